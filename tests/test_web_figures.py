from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from rag.archive import Count, Interval, Names, Story, archive_of
from rag.store import ArticleSummary
from rag.types import Article
from rag.web import figures

NEWEST = ArticleSummary(
    "a", "Thông xe <cầu>", "2024-03-12T16:58:00+07:00", "Báo Lục Yên", None, "Giao thông", None, 9, 1
)
OLDEST = replace(
    NEWEST, id="b", title="Chuyến phà", published="2024-03-11", source="Tin Chiều", category=None
)
FOUND = Names(
    sequence=7,
    articles=1_500,
    planned=1_000,
    read=1_000,
    people=(Count("Lò Văn Sính", 31),),
    places=(Count("Lục Yên", 204), Count('"><script>', 2)),
    organisations=(),
    stories=(Story(Article("a", "Cầu mới", "…", "2024-03-12", "Báo Lục Yên"), 4, 3),),
)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_overview_says_how_many_from_when_and_whom() -> None:
    html = figures.overview(archive_of([NEWEST, OLDEST, replace(OLDEST, id="c", published=None)]))
    said = words(html)
    assert "Bài báo 3 Nguồn 2 Bài mới nhất 12/03/2024 Thông xe &#60;cầu&#62; Bài cũ nhất 11/03/2024" in said
    assert "Bài không ghi ngày 1 Số bài theo ngày" in said
    assert "từ 11/03/2024 đến 12/03/2024. Nhiều nhất: 1 bài vào 11/03/2024." in html
    assert "Theo nguồn Tin Chiều 2 2 bài Báo Lục Yên 1 1 bài" in said
    assert "2 bài không ghi chuyên mục." in said


def test_names_lead_to_questions() -> None:
    html = figures.names(FOUND)
    assert 'href="/?hoi=L%C3%B2+V%C4%83n+S%C3%ADnh+l%C3%A0+ai%3F"' in html
    assert "Đếm trong 1.000 bài mới nhất, trên tổng 1.500 bài" in html
    assert "3 báo cùng đưa tin · đăng đầu tiên: Báo Lục Yên, 12/03/2024" in html
    assert "<script>" not in html
    assert "Cơ quan" not in html  # nothing was found


def test_a_question_about_another_collection_says_which() -> None:
    assert figures.question_link("Cầu?", "Báo tỉnh") == "/?hoi=C%E1%BA%A7u%3F&kho=B%C3%A1o+t%E1%BB%89nh"


def test_a_count_that_is_not_done_says_how_far_it_is() -> None:
    assert "Sắp đếm tên" in figures.names(None)
    html = figures.names(replace(FOUND, read=400))
    assert "Đang đếm tên: đã đọc 400 trên 1.000 bài." in html
    assert 'max="1000" value="400"' in html
    nothing = Names(0, 0, 0, 0, (), (), (), ())
    assert "Không tìm thấy tên riêng nào." in figures.names(nothing)


def test_collections_are_links_and_one_alone_is_none() -> None:
    assert figures.switcher([("default", "Kho chính")], "default") == ""
    html = figures.switcher([("default", "Kho chính"), ("Báo tỉnh", "Báo tỉnh")], "Báo tỉnh")
    assert re.findall(r'<a href="([^"]+)"( aria-current=true)?>', html) == [
        ("/so-lieu?kho=default", ""),
        ("/so-lieu?kho=B%C3%A1o+t%E1%BB%89nh", " aria-current=true"),
    ]


def test_an_archive_without_dates_or_articles() -> None:
    assert figures.overview(archive_of([])) == ""
    assert "Không bài nào ghi ngày đăng" in figures.overview(archive_of([replace(NEWEST, published=None)]))


def test_the_masthead_says_what_is_the_matter() -> None:
    assert "Bộ sưu tập này có 1.234 bài báo." in figures.header(1_234)
    assert "Chưa có bài báo nào." in figures.header(0)
    assert 'data-state="loading"' in figures.header(None)
    assert "Chưa sẵn sàng: hỏng" in figures.header(None, "hỏng")


def test_labels_of_intervals() -> None:
    one = Interval(date(2024, 3, 4), 1)
    labels = [figures.interval_label(step, one) for step in ("day", "week", "month", "year")]
    assert labels == ["04/03/2024", "04/03/2024", "03/2024", "2024"]


def test_a_single_source_is_no_ranking() -> None:
    assert "Theo nguồn" not in figures.overview(archive_of([NEWEST, replace(NEWEST, id="b")]))
    assert "Theo nguồn" in figures.overview(archive_of([NEWEST, replace(NEWEST, id="b", source=None)]))
