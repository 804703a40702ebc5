from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_pdfs import HEIGHT, LEAD, MARGIN, PARAGRAPHS, STAMP, TITLE, WIDTH, Layout, paper, register
from reportlab.pdfgen.canvas import Canvas

from rag.articles import child, pdf
from rag.articles.pdf import body_lines, join_lines, read_pdf
from rag.articles.pdf_text import Page, Run
from rag.articles.read import read_articles
from rag.errors import ArticleError
from rag.types import Article

NEWSPAPER = Layout(columns=2, justified=True, indent=11, gap=0, head="Báo Làng Chài, số 41", numbered=True)


@pytest.fixture(autouse=True, scope="module")
def children() -> Iterator[None]:
    yield
    child.close()


def read(path: Path) -> tuple[list[Article], list[ArticleError]]:
    problems: list[ArticleError] = []
    return list(read_articles(path, problems.append)), problems


def read_one(path: Path) -> Article:
    (article,), problems = read(path)
    assert problems == []
    return article


def token_f1(expected: str, found: str) -> float:
    left, right = Counter(expected.split()), Counter(found.split())
    return 2 * sum((left & right).values()) / (sum(left.values()) + sum(right.values()))


def test_the_article_of_a_pdf(tmp_path: Path) -> None:
    article = read_one(paper(tmp_path / "rong sụn.pdf"))
    assert (article.id, article.title) == ("rong sụn", TITLE)
    assert article.published == "2024-03-12T16:58:00+07:00"
    assert article.text.split("\n\n") == [LEAD, *PARAGRAPHS]


@pytest.mark.parametrize(
    "layout",
    [
        Layout(indent=11, gap=0),
        Layout(columns=2),
        Layout(columns=2, bottom=480),
        Layout(columns=2, bottom=480, offset=4),
        Layout(columns=3, size=9, gutter=12, justified=True, indent=10, gap=0, bottom=540),
        Layout(columns=3, size=9, hyphens=True, bottom=520),
    ],
)
def test_columns_are_read_one_after_the_other(tmp_path: Path, layout: Layout) -> None:
    article = read_one(paper(tmp_path / "a.pdf", layout))
    assert article.text.split("\n\n") == [LEAD, *PARAGRAPHS]


@pytest.mark.parametrize("bottom", [MARGIN, 300, 480])
def test_what_is_on_every_page_is_no_text(tmp_path: Path, bottom: float) -> None:
    varied = [f"Kỳ {number}. {paragraph}" for number in range(4) for paragraph in PARAGRAPHS]
    article = read_one(paper(tmp_path / "a.pdf", replace(NEWSPAPER, bottom=bottom), paragraphs=varied))
    assert article.text.split("\n\n") == [LEAD, *varied]


def test_a_paper_of_running_heads_alone_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "bia.pdf"
    canvas = Canvas(str(path))
    for number in range(1, 4):
        canvas.drawString(MARGIN, HEIGHT - 30, f"Ban tin so {number}")
        canvas.showPage()
    canvas.save()
    assert read_one(path).text == "Ban tin so 1 Ban tin so 2 Ban tin so 3"


def test_words_that_begin_several_pages_are_no_running_head(tmp_path: Path) -> None:
    same = [PARAGRAPHS[0]] * 40  # the first line of some pages is that of others, at the same place
    (raw,) = read_pdf(paper(tmp_path / "a.pdf", paragraphs=same), print)
    assert token_f1("\n\n".join([STAMP, LEAD, *same]), raw.body) == 1.0


def test_a_hyphen_at_the_end_of_a_line() -> None:
    assert join_lines("nền kinh", "tế") == "nền kinh tế"
    assert join_lines("hãng Inter-", "national báo lãi") == "hãng International báo lãi"
    assert join_lines("doanh ng-", "hiệp") == "doanh nghiệp"
    assert join_lines("nền kinh-", "tế") == "nền kinh-tế"
    assert join_lines("dịch COVID-", "19") == "dịch COVID-19"
    assert join_lines("quan hệ Mỹ-", "Trung") == "quan hệ Mỹ-Trung"
    assert join_lines("hãng Inter\xad", "national") == "hãng International"
    assert join_lines("dịch COVID\xad", "19") == "dịch COVID-19"
    assert join_lines("hai kü s\xad", "xuèng ®©y") == "hai kü s\xad xuèng ®©y"
    assert join_lines("Hà Nội -", "Huế") == "Hà Nội - Huế"


def test_words_broken_at_the_end_of_lines_are_whole_again(tmp_path: Path) -> None:
    text = " ".join(
        f"Nhóm {number} của trường International Aquaculture công bố tài liệu Eucheumatoids về rong biển."
        for number in range(6)
    )
    layout = Layout(columns=3, size=9, hyphens=True)
    article = read_one(paper(tmp_path / "a.pdf", layout, paragraphs=[text]))
    assert article.text == f"{LEAD}\n\n{text}"


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    register()
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Roboto", 10)
    table = ("Năm", "Sản lượng", "Giá"), ("2022", "3,4 tấn", "9.500"), ("2023", "12 tấn", "8.700")
    for number, line in enumerate((*PARAGRAPHS[:1], "Bảng giá rong từng năm:")):
        canvas.drawString(MARGIN, 700 - 20 * number, line[:90])
    for number, row in enumerate(table):
        for cell, words in enumerate(row):
            canvas.drawString(MARGIN + 120 * cell, 640 - 14 * number, words)
    canvas.save()
    lines = read_one(tmp_path / "a.pdf").text.split("\n\n")
    assert lines[-3:] == ["Năm | Sản lượng | Giá", "2022 | 3,4 tấn | 9.500", "2023 | 12 tấn | 8.700"]


def test_a_line_stretched_to_its_column_is_no_row_of_a_table(tmp_path: Path) -> None:
    register()
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Roboto", 10)
    canvas.drawString(MARGIN, 700, "Ông Trần Văn Đính, tổ trưởng tổ nuôi")
    canvas.drawString(MARGIN, 686, "rong,")
    canvas.drawString(MARGIN + 130, 686, "cho biết")
    canvas.drawString(MARGIN, 672, "mỗi dàn phao dài 12 m.")
    canvas.save()
    text = "Ông Trần Văn Đính, tổ trưởng tổ nuôi rong, cho biết mỗi dàn phao dài 12 m."
    assert read_one(tmp_path / "a.pdf").text == text


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_that_is_turned_is_read_as_it_is_shown(tmp_path: Path, turned: int) -> None:
    register()
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, 600))
    canvas.setPageRotation(turned)
    canvas.translate(300, 300)
    canvas.rotate(turned)
    canvas.translate(-300, -300)
    canvas.setFont("Roboto", 10)
    for number, paragraph in enumerate(PARAGRAPHS):
        canvas.drawString(MARGIN, 500 - 30 * number, paragraph[:60])
    canvas.save()
    article = read_one(tmp_path / "a.pdf")
    lines = [paragraph[:60].strip() for paragraph in PARAGRAPHS]
    assert [article.title, *article.text.split("\n\n")] == lines


# ── Title and date ────────────────────────────────────────────────────────────────────────────────


def test_the_title_is_the_largest_type_when_the_metadata_has_none(tmp_path: Path) -> None:
    article = read_one(paper(tmp_path / "a.pdf", metadata=False))
    assert (article.title, article.text.startswith(LEAD)) == (TITLE, True)


def test_a_file_name_is_no_title(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setTitle("Microsoft Word - bai rong sun sua lan 2.docx")
    register()
    canvas.setFont("Roboto", 10)
    canvas.drawString(MARGIN, 700, "Rong sụn ở vịnh Hải Vân được mùa sau ba năm mất trắng.")
    canvas.save()
    assert read_one(tmp_path / "a.pdf").title == "Rong sụn ở vịnh Hải Vân được mùa sau ba năm mất trắng."


def test_without_a_stamp_the_day_is_that_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1710237480")  # 2024-03-12 09:58 UTC
    article = read_one(paper(tmp_path / "a.pdf", stamp=None))
    assert (article.published, article.published_from) == ("2024-03-12T16:58:00+07:00", "file")


def test_the_day_on_which_a_browser_printed_it_is_not_the_articles(tmp_path: Path) -> None:
    register()
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setCreator("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0")
    canvas.setFont("Roboto", 10)
    canvas.drawString(MARGIN, 700, "Rong sụn ở vịnh Hải Vân được mùa sau ba năm mất trắng.")
    canvas.save()
    assert read_one(tmp_path / "a.pdf").published is None


# ── What cannot be read ───────────────────────────────────────────────────────────────────────────


def test_scanned_pages_are_named_and_the_others_read(tmp_path: Path) -> None:
    layout = Layout(bottom=500)
    (article,), (problem,) = read(paper(tmp_path / "a.pdf", layout, scans=(2, 3)))
    assert article.text.split("\n\n") == [LEAD, *PARAGRAPHS]
    assert str(problem).startswith(
        f"{tmp_path / 'a.pdf'}: trang 2–3 là ảnh quét, không có chữ để đọc; các trang"
    )


def test_a_file_of_scanned_pages_is_refused(tmp_path: Path) -> None:
    from made_pdfs import picture
    from reportlab.lib.utils import ImageReader

    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawImage(ImageReader(picture()), 0, 0, WIDTH, 800)
    canvas.save()
    articles, (problem,) = read(tmp_path / "a.pdf")
    assert (articles, problem.key) == ([], "articles.scanned_file")


def test_pages_whose_letters_are_not_known_are_left_out() -> None:
    run = Run("Rong", ((50, 60), (60, 66), (66, 72), (72, 78)), 400, 10)
    pages = [Page(1, 595, 842, (run,)), Page(2, 595, 842, (run,), lost=4)]
    assert [(number, line.text) for number, line in body_lines(pages)] == [(1, "Rong")]


def test_a_locked_file_is_named(tmp_path: Path) -> None:
    articles, (problem,) = read(paper(tmp_path / "a.pdf", password="rong"))
    assert (articles, problem.key) == ([], "articles.locked_pdf")
    assert "có mật khẩu. Hãy mở bằng mật khẩu rồi in ra" in str(problem)


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\x00\xff" * 5_000, b"PK\x03\x04", b"xin chao"]
)
def test_what_is_no_pdf_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    articles, (problem,) = read(tmp_path / "a.pdf")
    assert (articles, problem.key) == ([], "articles.broken_pdf")


def test_a_truncated_file_is_read_as_far_as_it_goes_or_named(tmp_path: Path) -> None:
    whole = paper(tmp_path / "a.pdf").read_bytes()
    for part in (0.2, 0.5, 0.9, 0.99):
        (tmp_path / "b.pdf").write_bytes(whole[: int(len(whole) * part)])
        articles, problems = read(tmp_path / "b.pdf")
        assert len(articles) + len(problems) == 1


def test_a_page_that_unpacks_to_much_is_stopped_and_the_next_file_read(tmp_path: Path) -> None:
    bomb = zlib.compress(zlib.compress(b"q Q " * (1 << 27), 9), 9)
    filters = b"/Filter[/FlateDecode/FlateDecode]"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length %d%s>>stream\n%s\nendstream" % (len(bomb), filters, bomb),
    )
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, content) for n, content in enumerate(objects, start=1))
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n" + body + b"trailer<</Size 5/Root 1 0 R>>\n%%EOF")
    assert (tmp_path / "a.pdf").stat().st_size < 10_000
    articles, (problem,) = read(tmp_path / "a.pdf")
    assert (articles, problem.key.startswith("articles.child_")) == ([], True)
    assert read_one(paper(tmp_path / "b.pdf")).title == TITLE


def test_of_too_many_pages_the_first_are_read(tmp_path: Path) -> None:
    articles, (problem,) = read(empty_pages(tmp_path / "a.pdf", pdf.MAX_PAGES + 1))
    assert [article.text for article in articles] == ["Trang đầu có một câu về rong sụn ở vịnh Hải Vân."]
    assert f"có {pdf.MAX_PAGES + 1} trang, chỉ {pdf.MAX_PAGES} trang đầu được nạp" in str(problem)


def test_of_too_long_a_text_the_first_pages_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_CHARACTERS", 10)
    problems: list[ArticleError] = []
    (raw,) = pdf.read_pdf(empty_pages(tmp_path / "a.pdf", 3), problems.append)
    assert raw.body == "Trang đầu có một câu về rong sụn ở vịnh Hải Vân."
    assert [str(problem).partition(": ")[2] for problem in problems] == [
        "có 3 trang, chỉ 1 trang đầu được nạp. Hãy tách thành nhiều tệp."
    ]


def empty_pages(path: Path, count: int) -> Path:
    """A small file that says it has `count` pages, all of them the same object but the first."""
    register()
    canvas = Canvas(str(path))
    canvas.setFont("Roboto", 10)
    canvas.drawString(MARGIN, 700, "Trang đầu có một câu về rong sụn ở vịnh Hải Vân.")
    canvas.showPage()
    for _ in range(count - 1):
        canvas.showPage()
    canvas.save()
    return path
