from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rag import archive, indexing
from rag.archive import Count, Interval, Names, archive_of, read_names
from rag.embedding import FakeEmbedder
from rag.settings import Settings
from rag.store import ArticleSummary, Store
from rag.types import Article


def summary(
    name: str, published: str | None, source: str | None = None, topic: str | None = None
) -> ArticleSummary:
    return ArticleSummary(name, f"Bài {name}", published, source, None, topic, None, 100, 1)


def test_a_short_archive_is_counted_by_day_without_gaps() -> None:
    made = archive_of(
        [
            summary("c", "2024-03-04T16:58:00+07:00", "Báo Lục Yên", "Giao thông"),
            summary("b", "2024-03-02", "báo lục yên ", "Đời sống"),
            summary("a", "2024-03-02", "Báo Lục Yên", "Giao thông"),
            summary("d", None),
        ]
    )
    assert (made.articles, made.undated, made.step, made.earlier) == (4, 1, "day", 0)
    assert made.intervals == (
        Interval(date(2024, 3, 2), 2),
        Interval(date(2024, 3, 3), 0),
        Interval(date(2024, 3, 4), 1),
    )
    assert made.newest is not None
    assert made.oldest is not None
    assert (made.newest.id, made.oldest.id) == ("c", "a")
    assert (made.sources, made.sourceless) == ((Count("Báo Lục Yên", 3),), 1)
    assert made.source_count == 1
    assert (made.topics, made.topicless) == ((Count("Giao thông", 2), Count("Đời sống", 1)), 1)


@pytest.mark.parametrize(
    ("oldest", "step", "first", "bars"),
    [
        ("2024-02-20", "day", date(2024, 2, 20), 14),
        ("2023-12-27", "week", date(2023, 12, 25), 11),
        ("2021-12-31", "month", date(2021, 12, 1), 28),
        ("1989-07-01", "year", date(1989, 1, 1), 36),
    ],
)
def test_the_step_follows_the_length(oldest: str, step: str, first: date, bars: int) -> None:
    made = archive_of([summary("b", "2024-03-04"), summary("a", oldest)])
    assert (made.step, made.intervals[0].start, len(made.intervals)) == (step, first, bars)
    assert (made.intervals[0].articles, made.intervals[-1].articles) == (1, 1)


def test_a_date_that_cannot_be_does_not_stretch_the_plot() -> None:
    made = archive_of([summary("b", "2024-03-04"), summary("a", "0001-01-01")])
    assert (made.step, made.intervals[0].start, made.earlier) == ("year", date(1965, 1, 1), 1)


def test_an_empty_archive() -> None:
    made = archive_of([])
    assert (made.articles, made.newest, made.intervals, made.sources) == (0, None, (), ())


STORY = (
    "Sáng 5/4, xã Lũng Pù khánh thành cầu treo dài 96 m bắc qua suối Nậm Khoang sau mười tháng thi công. "
    "Ông Lò Văn Sính, Chủ tịch UBND xã, cho biết cầu giúp 214 hộ dân đi chợ không phải vòng 7 km. "
    "Kinh phí 3,2 tỷ đồng do Tập đoàn Sao Việt tài trợ."
)
ARTICLES = (
    Article("a", "Lũng Pù có cầu treo mới", STORY, "2024-04-05", "Báo Nậm Khoang"),
    Article("b", "Khánh thành cầu treo Lũng Pù", STORY, "2024-04-06", "Tin Chiều"),
    Article("c", "Chợ phiên", "Bà Giàng Thị Dợ bán vải ở xã Lũng Pù từ năm 2010.", "2024-05-01", "Tin Chiều"),
)


@pytest.fixture
def store(settings: Settings) -> Store:
    opened = Store.open(settings.index, create=True)
    indexing.add_articles(ARTICLES, opened, FakeEmbedder(), settings)
    return opened


def test_names_and_stories_of_an_index(store: Store) -> None:
    first, last = read_names(store)
    assert (first.read, first.is_final, first.people) == (0, False, ())
    assert (last.read, last.articles, last.is_final) == (3, 3, True)
    assert last.people == (Count("Lò Văn Sính", 2),)  # not whom one article alone names
    assert last.places == (Count("Lũng Pù", 3),)
    assert last.organisations == (Count("Tập đoàn Sao Việt", 2),)
    assert [(story.first.id, story.articles, story.papers) for story in last.stories] == [("a", 2, 2)]
    store.close()


def test_of_a_large_index_only_the_newest_are_read(store: Store) -> None:
    waited: list[None] = []
    *_, last = read_names(store, lambda: waited.append(None), most=2)
    assert (last.read, last.planned, last.articles, last.is_final) == (2, 2, 3, True)
    assert last.places == (Count("Lũng Pù", 2),)
    assert len(waited) == 2
    store.close()


def test_memory_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "HELD", 3)
    *_, last = read_names(store)
    assert last.people == ()  # forgotten each time when one article alone had named him
    assert last.places == (Count("Lũng Pù", 3),)
    store.close()


def test_progress_is_told(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(archive, "REPORT_EVERY", 1)
    told = [(names.read, names.is_final) for names in read_names(store)]
    assert told == [(0, False), (1, False), (2, False), (3, True)]
    store.close()


def test_nothing_read_of_nothing_is_final() -> None:
    names = Names(0, 0, 0, 0, (), (), (), ())
    assert names.is_final
    assert not replace(names, planned=1).is_final
