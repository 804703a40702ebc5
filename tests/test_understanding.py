from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.embedding import FakeEmbedder
from rag.indexing import add_articles
from rag.settings import Settings
from rag.store import Snapshot, Store
from rag.types import Article, Period, Query
from rag.understanding import understand

TODAY = date(2025, 1, 1)
ARTICLES = (
    Article(
        "cau",
        "Khởi công cầu Sông Mây",
        "Sáng 15/3, tỉnh Hà Trung Sơn khởi công cầu Sông Mây dài 486 m. Dân mong “không phải đi vòng”.",
        published="2021-03-16",
        source="Nhật báo Minh Họa",
    ),
    Article("lua", "Lúa HS18 được mùa", "Vụ đông xuân, giống lúa HS18 đạt 7,2 tấn mỗi hecta.", "2022-06-01"),
    Article("lua-2", "Gieo lúa", "Giống lúa cũ cho 5 tấn. Nông dân muốn đổi giống lúa.", "2020-06-01"),
    Article("truong", "Trường mới", "Trường tiểu học An Thuận có 24 phòng học."),
)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    store = Store.open(tmp_path / "index", create=True)
    add_articles(ARTICLES, store, FakeEmbedder(), Settings(index=tmp_path / "index"))
    with store.snapshot() as snapshot:
        yield snapshot
    store.close()


def asked(question: str, snapshot: Snapshot, period: Period | None = None) -> Query:
    return understand(question, snapshot, today=TODAY, period=period)


# ── Spelling ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("cau song may dai bao nhieu", "cầu Sông Mây dài bao nhiêu"),
        ("Cầu Sông Maay dài bao nhiêu?", "Cầu Sông Mây dài bao nhiêu?"),  # Telex
        ("Cầu Sông Ma6y dài bao nhiêu?", "Cầu Sông Mây dài bao nhiêu?"),  # VNI
        ("Cầu Sông Mây đựơc khởi công khi nào?", "Cầu Sông Mây được khởi công khi nào?"),
        ("Giống lua HS18 đạt bao nhieu tấn?", "Giống lúa HS18 đạt bao nhiêu tấn?"),  # half accented
    ],
)
def test_accents_come_back(snapshot: Snapshot, typed: str, text: str) -> None:
    query = asked(typed, snapshot)
    assert (query.text, query.accents_restored) == (text, True)


def test_what_has_its_accents_is_searched_as_it_was_typed(snapshot: Snapshot) -> None:
    query = asked("Giống lúa HS18 đạt bao nhiêu tấn?", snapshot)
    assert query == Query(query.original, query.original)
    decomposed = unicodedata.normalize("NFD", "Giống lúa HS18 đạt bao nhiêu tấn?")
    assert asked(decomposed, snapshot) == Query(decomposed, decomposed)


def test_abbreviations_are_spelled_out_with_those_of_the_readers_own_file(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    own = tmp_path / "viết tắt.txt"
    own.write_text("TTHĐS\tTrung tâm Hoa Đồng Sen\n", encoding="utf-8")
    question = "UBND xã và TTHĐS ở đâu?"
    assert asked(question, snapshot).expansions == ("Ủy ban nhân dân",)
    query = understand(question, snapshot, today=TODAY, abbreviations=own)
    assert query.expansions == ("Ủy ban nhân dân", "Trung tâm Hoa Đồng Sen")


# ── Time ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_firm_time_is_a_limit_with_the_delay_of_reporting(snapshot: Snapshot) -> None:
    query = asked("Tháng 3 năm 2021 khởi công cầu nào?", snapshot)
    assert query.period == Period(date(2021, 3, 1), date(2021, 3, 31))
    assert query.limit == Period(date(2021, 3, 1), date(2021, 5, 1))
    assert query.notes == (
        "Chỉ tìm trong các bài đăng từ 01/03/2021 đến 01/05/2021.",
        "1 bài không ghi ngày đăng vẫn được tìm.",
    )


def test_a_firm_time_without_the_words_is_none_and_the_reader_is_told(snapshot: Snapshot) -> None:
    query = asked("Hôm qua khởi công cầu Sông Mây dài bao nhiêu?", snapshot)
    assert (query.period, query.limit) == (Period(date(2024, 12, 31), date(2024, 12, 31)), None)
    (note,) = query.notes
    assert note.startswith("Không có bài nào đăng từ 31/12/2024 trở đi có nội dung được hỏi; đã tìm")


def test_a_vague_time_is_no_limit(snapshot: Snapshot) -> None:
    query = asked("Năm 2021 khởi công cầu nào?", snapshot)
    assert query.period == Period(date(2021, 1, 1), date(2021, 12, 31))
    assert (query.limit, query.notes) == (None, ())


def test_the_readers_own_period_is_a_limit_to_the_day(snapshot: Snapshot) -> None:
    chosen = Period(date(2022, 1, 1), None)
    query = asked("Tháng 3 năm 2021 có gì?", snapshot, chosen)
    assert (query.period, query.limit) == (chosen, chosen)
    assert query.notes == ("1 bài không ghi ngày đăng vẫn được tìm.",)


# ── Quotations ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("Ai nói “không phải đi vòng”?", "cau"),
        ("Ai nói «KHÔNG phải, đi vòng»?", "cau"),  # case and punctuation aside
        ('ai noi "khong phai di vong"', "cau"),
        ('Bài nào viết "giong lua cu"?', "lua-2"),  # typed without accents
        ("Bài nào tên là “Khởi công cầu Sông Mây”?", "cau"),  # of the title
    ],
)
def test_a_phrase_that_passages_hold_is_required(snapshot: Snapshot, question: str, article: str) -> None:
    query = asked(question, snapshot)
    assert (len(query.phrases), query.notes) == (1, ())
    assert query.held == frozenset({f"{article}#0"})


@pytest.mark.parametrize(
    "phrase", ["vòng không phải đi", "đông xuân giống lúa mới", "không phải, đi vòng vo"]
)
def test_a_phrase_that_nothing_holds_is_said(snapshot: Snapshot, phrase: str) -> None:
    query = asked(f"Ai nói “{phrase}”?", snapshot)
    assert (query.phrases, query.held) == ((), None)
    assert query.notes == (f"Không có bài nào viết nguyên văn “{phrase}”; đã tìm theo từng từ.",)


def test_two_phrases_are_held_by_one_passage(snapshot: Snapshot) -> None:
    query = asked("“giống lúa cũ” và “đổi giống lúa” và “cầu Sông Mây”", snapshot)
    assert (query.phrases, query.held) == (("giống lúa cũ", "đổi giống lúa"), frozenset({"lua-2#0"}))
    assert query.notes == ("Không có bài nào viết nguyên văn “cầu Sông Mây”; đã tìm theo từng từ.",)
