"""PDFs made up for the tests, of which we know what they say."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import font_roboto
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595.0, 842.0  # A4, points
MARGIN = 56.0

TITLE = "Làng chài Hải Vân thử nuôi rong sụn trên phao tre"
STAMP = "Thứ Ba, 12/3/2024, 16:58 (GMT+7)"
LEAD = (
    "Sau ba mùa biển động, hai mươi hộ ở làng Hải Vân bỏ lưới giã cào, chuyển sang trồng rong sụn trên những "
    "dàn phao tre tự đan."
)
PARAGRAPHS = (
    (
        "Ông Trần Văn Đính, tổ trưởng tổ nuôi, cho biết mỗi dàn phao dài 12 m, neo bằng đá hộc và "
        "chịu được sóng cấp năm. Vụ đầu tiên thu 3,4 tấn rong tươi, bán tại bến với giá 9.500 "
        "đồng một kg."
    ),
    (
        "“Tre rẻ, hỏng thì thay cây khác, không phải vay ngân hàng như hồi đóng lồng nhựa”, ông "
        "Đính nói. Theo ông, điều khó nhất là canh rùa biển vào ăn rong lúc nửa đêm."
    ),
    (
        "Trung tâm Khuyến nông huyện cử hai kỹ sư xuống hướng dẫn cách buộc giống và đo độ mặn "
        "mỗi tuần. Kỹ sư Lê Thị Hoài Thu ghi nhận độ mặn ở vịnh dao động từ 28 đến 33 phần nghìn, "
        "hợp với giống rong lấy từ Ninh Hải."
    ),
    (
        "Huyện dự kiến hỗ trợ thêm 450 triệu đồng để mở rộng lên sáu mươi dàn trước tháng 9. "
        "Nguồn tiền lấy từ chương trình chuyển đổi nghề cho ngư dân ven bờ."
    ),
    (
        "Chị Phan Thị Nở, người đầu tiên đăng ký, nói thu nhập chưa bằng đi biển nhưng đều hơn. "
        "Tháng trước gia đình chị nhận về 6,2 triệu đồng, đủ đóng học phí cho hai con."
    ),
    (
        "Một công ty ở Quy Nhơn đã ký hợp đồng mua toàn bộ rong khô trong hai năm. Giá sàn ghi "
        "trong hợp đồng là 78.000 đồng một kg, thanh toán sau mười ngày kể từ lúc nhận hàng."
    ),
)


@dataclass
class Layout:
    """How a made-up paper looks."""

    columns: int = 1
    size: float = 10.5
    indent: float = 0.0
    gap: float = 0.5  # em between paragraphs
    gutter: float = 18.0
    justified: bool = False
    head: str | None = None  # on every page
    numbered: bool = False
    offset: float = 0.0  # points by which baselines of the second column are lower
    hyphens: bool = False  # words are broken where a line ends
    bottom: float = MARGIN  # where columns end: high, and there are many pages


def register() -> None:
    if "Roboto" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("Roboto", font_roboto.Roboto))
        pdfmetrics.registerFont(TTFont("Roboto-Bold", font_roboto.RobotoBold))


def paper(
    path: Path,
    layout: Layout = Layout(),  # noqa: B008
    *,
    title: str = TITLE,
    stamp: str | None = STAMP,
    lead: str | None = LEAD,
    paragraphs: Sequence[str] = PARAGRAPHS,
    password: str | None = None,
    scans: Sequence[int] = (),
    metadata: bool = True,
) -> Path:
    """Writes an article as a PDF; `scans` are the pages, from 1, that are inserted as images."""
    register()
    encryption = StandardEncryption(password) if password else None
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), encrypt=encryption, invariant=1)
    if metadata:
        canvas.setTitle(title)
    Setter(canvas, layout, scans).article(title, stamp, lead, paragraphs)
    canvas.save()
    return path


class Setter:
    """Sets text into columns, page after page."""

    def __init__(self, canvas: Canvas, layout: Layout, scans: Sequence[int]) -> None:
        self.canvas, self.layout, self.scans = canvas, layout, scans
        self.number = 1
        self.column = 0
        self.top = HEIGHT - MARGIN
        self.y = self.top
        self._head()

    def article(self, title: str, stamp: str | None, lead: str | None, paragraphs: Sequence[str]) -> None:
        full = WIDTH - 2 * MARGIN
        for text, font, size in (
            (title, "Roboto-Bold", 20.0),
            (stamp, "Roboto", 9.0),
            (lead, "Roboto-Bold", 11.5),
        ):
            if text:
                for line in broken(text, font, size, full):
                    self.y -= 1.3 * size
                    self.canvas.setFont(font, size)
                    self.canvas.drawString(MARGIN, self.y, line)
                self.y -= size
        self.top = self.y
        for paragraph in paragraphs:
            self._paragraph(paragraph)
        self._finish_page()

    def _paragraph(self, text: str) -> None:
        layout = self.layout
        width = (WIDTH - 2 * MARGIN - (layout.columns - 1) * layout.gutter) / layout.columns
        lines = broken(text, "Roboto", layout.size, width, layout.indent, hyphens=layout.hyphens)
        for number, line in enumerate(lines):
            if self.y - 1.35 * layout.size < layout.bottom:
                self._next_column()
            self.y -= 1.35 * layout.size
            indent = layout.indent if number == 0 else 0.0
            last = number == len(lines) - 1
            self._line(line, self.column * (width + layout.gutter) + indent, width - indent, last=last)
        self.y -= layout.gap * layout.size

    def _line(self, line: str, x: float, width: float, *, last: bool) -> None:
        size = self.layout.size
        words = self.canvas.beginText(MARGIN + x, self.y - self.layout.offset * self.column)
        words.setFont("Roboto", size)
        spaces = line.count(" ")
        natural = pdfmetrics.stringWidth(line, "Roboto", size)
        if not self.layout.justified or last or not spaces:
            words.textOut(line)
        else:  # word by word: word space does nothing for fonts of two bytes
            for word in line.split(" "):
                words.textOut(word)
                words.setTextOrigin(
                    words.getX() + pdfmetrics.stringWidth(" ", "Roboto", size) + (width - natural) / spaces,
                    words.getY(),
                )
        self.canvas.drawText(words)

    def _next_column(self) -> None:
        self.column += 1
        if self.column == self.layout.columns:
            self._finish_page()
            self.number += 1
            self.column, self.top = 0, HEIGHT - MARGIN
            self._head()
        self.y = self.top

    def _head(self) -> None:
        self.canvas.setFont("Roboto", 8)
        if self.layout.head:
            self.canvas.drawString(MARGIN, HEIGHT - 36, self.layout.head)

    def _finish_page(self) -> None:
        if self.layout.numbered:
            self.canvas.setFont("Roboto", 8)
            self.canvas.drawCentredString(WIDTH / 2, 30, f"Trang {self.number}")
        self.canvas.showPage()
        while self.number + 1 in self.scans:
            self.number += 1
            self.canvas.drawImage(ImageReader(picture()), 0, 0, WIDTH, HEIGHT)
            self.canvas.showPage()


def broken(
    text: str, font: str, size: float, width: float, indent: float = 0.0, *, hyphens: bool = False
) -> list[str]:
    """`text` in lines of `width`; with `hyphens`, words longer than any of ours are broken at its end."""
    lines: list[str] = []
    line = ""
    room = width - indent
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if pdfmetrics.stringWidth(longer, font, size) <= room:
            line = longer
            continue
        begun = f"{line} {word[:5]}-"
        if hyphens and len(word) > 8 and word.isalpha() and pdfmetrics.stringWidth(begun, font, size) <= room:
            line, word = begun, word[5:]  # noqa: PLW2901
        lines.append(line)
        line, room = word, width
    return [*lines, line]


def picture() -> io.BytesIO:
    """A grey page without any letter in it."""
    from PIL import Image

    content = io.BytesIO()
    Image.new("L", (120, 170), 200).save(content, "PNG")
    content.seek(0)
    return content
