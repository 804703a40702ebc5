"""Stories for made-up pages: our own demonstration articles, and around them what a news site puts there.

Everything is made up; the same stories come out every time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from rag.articles.dates import VIETNAM
from rag.articles.read import find_files, read_articles
from rag.errors import ArticleError
from rag.types import Article

_ARTICLES = Path(str(files("rag.demo") / "articles"))
_LEAST = 4  # paragraphs of a story


@dataclass(frozen=True, slots=True)
class Story:
    """What an editor typed in, and what the site set around it."""

    title: str
    lead: str  # sapo
    paragraphs: tuple[str, ...]
    subheading: str  # before the background
    background: tuple[str, ...]  # paragraphs
    author: str
    moment: datetime
    section: str
    site: str
    url: str
    captions: tuple[tuple[str, str], ...]  # caption and photographer
    related: tuple[str, ...]  # headlines inside the article and below it
    latest: tuple[str, ...]  # headlines beside it
    comments: tuple[tuple[str, str], ...]  # reader and what he says
    tags: tuple[str, ...]

    @property
    def body(self) -> tuple[str, ...]:
        """All of it in order, as most pages have it."""
        return (self.lead, *self.text)

    @property
    def text(self) -> tuple[str, ...]:
        """What stands below the lead."""
        return (*self.paragraphs, self.subheading, *self.background)


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was made up, and what is to be found in it."""

    name: str  # of the layout
    suffix: str
    content: bytes
    title: str
    body: tuple[str, ...]  # paragraphs
    day: str  # YYYY-MM-DD
    author: str
    captions: tuple[str, ...] = ()  # not to be found in the body, like the next two
    links: tuple[str, ...] = ()  # headlines of other articles
    comments: tuple[str, ...] = ()


def stories() -> Iterator[Story]:
    """Endless, each one different from those before until the articles are used up."""
    articles = _articles()
    pairs = zip(itertools.cycle(articles), itertools.cycle(articles[7:] + articles[:7]), strict=False)
    for number, (article, other) in enumerate(pairs):
        lead, *paragraphs = article.text.split("\n\n")
        day = datetime.fromisoformat(article.published or "2024-01-01").replace(tzinfo=VIETNAM)
        captions = _turned(_CAPTIONS, 3 * number)[:3]
        yield Story(
            title=article.title,
            lead=lead,
            paragraphs=tuple(paragraphs),
            subheading=_turned(_SUBHEADINGS, number)[0],
            background=tuple(other.text.split("\n\n")[1:]),
            author=_turned(_AUTHORS, number)[0],
            # Before seven in the morning it is still the day before in UTC.
            moment=day.replace(hour=_HOURS[number % len(_HOURS)], minute=7 * (number % 8)),
            section=article.category or "Đời sống",
            site=_turned(_SITES, number)[0],
            url=f"https://{_turned(_HOSTS, number)[0]}/{article.id}",
            captions=tuple(zip(captions, _turned(_PHOTOGRAPHERS, number), strict=False)),
            related=_turned(_HEADLINES, 5 * number)[:4],
            latest=_turned(_HEADLINES, 5 * number + 4)[:6],
            comments=tuple(zip(_READERS, _turned(_COMMENTS, 2 * number)[:3], strict=False)),
            tags=(article.category or "Đời sống", *_turned(_TAGS, number)[:3]),
        )


def _articles() -> list[Article]:
    """Those of the demonstration that are long enough. Raises ArticleError when one cannot be read."""

    def fail(error: ArticleError) -> None:
        raise error

    found = [article for file in find_files([_ARTICLES]) for article in read_articles(file, fail)]
    return [article for article in found if article.text.count("\n\n") + 1 >= _LEAST]


def _turned(items: Sequence[str], by: int) -> tuple[str, ...]:
    """The items from the one at `by` on, in a circle."""
    by %= len(items)
    return (*items[by:], *items[:by])


_HOURS = (5, 16, 22, 9)
_SITES = (
    "Báo Lam Giang",
    "Nhật báo Cửa Biển",
    "Thời báo Miền Núi",
    "Tin nhanh Ba Sông",
    "Tạp chí Ruộng Đồng",
)
_HOSTS = (
    "baolamgiang.example",
    "cuabien.example",
    "www.miennui.example",
    "basong.example",
    "tapchi.ruongdong.example",
)
_AUTHORS = ("Hoài Thương", "Nguyễn Đình Khải", "Phan Lê Vy", "Quốc Bảo - Thu Ngân", "H.Lâm", "Trần Mạnh Tuấn")
_PHOTOGRAPHERS = ("Đỗ Quyên", "Văn Thắng", "UBND xã cung cấp", "Lê Hữu Phước", "NVCC")
_SUBHEADINGS = (
    "Nhìn lại câu chuyện tương tự",
    "Bài học từ địa phương khác",
    "Những việc còn dang dở",
    "Chuyện ở nơi bên cạnh",
)
_TAGS = ("hạ tầng", "nông thôn mới", "Sông Mây", "người dân", "chính sách", "mùa khô", "ngân sách")
_CAPTIONS = (
    "Người dân tập trung bên bờ kè từ sáng sớm để theo dõi công việc",
    "Đội kỹ thuật kiểm tra từng mối nối trước khi bàn giao",
    "Một góc chợ phiên nhìn từ gác chuông nhà thờ cũ",
    "Chiếc máy xúc cuối cùng rời công trường vào chiều muộn",
    "Học sinh trường làng xếp hàng nhận áo ấm ở sân đình",
    "Cánh đồng bậc thang vào vụ gặt nhìn từ đỉnh đèo",
    "Bảng tin của thôn dán kín thông báo mới",
    "Phòng trực của trạm thủy văn lúc nửa đêm",
    "Thuyền gỗ neo kín bến trong ngày biển động",
    "Cụ bà cao tuổi nhất xóm kể chuyện dựng làng",
    "Sân vận động huyện trước giờ khai mạc",
)
_HEADLINES = (
    "Xóm Đá Bạc có điện lưới sau mười hai năm chờ",
    "Ba lò gạch cuối cùng ở Vĩnh Trại tắt lửa",
    "Vì sao giá cau tươi tăng gấp đôi chỉ trong một tuần?",
    "Học trò vùng cao làm phim hoạt hình bằng đất sét",
    "Khởi tố nhóm đốn trộm thông cổ thụ ở đèo Mây",
    "Bến phà Tân Lợi ngừng chạy từ cuối tháng",
    "Thợ rèn trẻ giữ nghề bằng lớp học cuối tuần",
    "Mưa đá làm hỏng hai trăm mái nhà ở Khe Sặt",
    "Thư viện lưu động về bản bằng xe ba bánh",
    "Đội tuyển cờ tướng tỉnh giành ba huy chương",
    "Bác sĩ về hưu mở phòng khám không thu tiền",
    "Đề nghị lùi thời hạn đổi giấy phép lái máy cày",
    "Cầu treo Bản Lác được thay toàn bộ dây cáp",
    "Cá lồng chết hàng loạt, ngư dân kêu cứu",
    "Người giữ đèn biển hai mươi năm không ăn Tết ở nhà",
    "Chợ nổi họp lại sau hai mùa vắng khách",
    "Nhà máy nước thô dời trạm bơm lên thượng nguồn",
)
_READERS = ("Tư Ếch", "Lan Chi 1988", "Bạn đọc giấu tên")
_COMMENTS = (
    "Tin vui quá, quê tôi chờ chuyện này lâu lắm rồi, mong làm cho tới nơi tới chốn.",
    "Theo tôi nên công khai chi phí từng hạng mục để dân còn biết mà giám sát.",
    "Đọc bài mà nhớ hồi nhỏ theo bà ngoại đi chợ, giờ cảnh vật đổi khác hết cả.",
    "Số liệu trong bài có vẻ chưa tính các xã bên kia sông, mong tòa soạn kiểm tra lại giúp.",
    "Cảm ơn các anh chị đã lên tiếng, hy vọng nơi khác cũng học theo cách làm này.",
    "Hay nhưng tiền bảo trì hằng năm lấy ở đâu ra thì không thấy ai nói tới?",
    "Chỗ tôi cũng y như vậy, gửi đơn ba lần chưa thấy ai trả lời.",
)
