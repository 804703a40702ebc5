from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.embedding import FakeEmbedder
from rag.fusion import fuse
from rag.indexing import add_articles
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import Scored, Snapshot, Store
from rag.types import Article, Passage, Period, Query

BRIDGE = Article(
    "cau",
    "Khởi công cầu Sông Mây",
    "Sáng 15/3, tỉnh Hà Trung Sơn khởi công cầu Sông Mây dài 486 m.",
    published="2021-03-16",
    source="Nhật báo Minh Họa",
)
COPY = Article(
    "cau-2",
    "Hà Trung Sơn: khởi công cầu Sông Mây",
    "Sáng 15/3, tỉnh Hà Trung Sơn khởi công cầu Sông Mây dài 486 m, cầu qua sông lớn nhất tỉnh.",
    published="2021-03-17",
    source="Thời báo Ví Dụ",
)
RICE = Article(
    "lua", "Lúa HS18 được mùa", "Vụ đông xuân, giống lúa HS18 đạt 7,2 tấn mỗi hecta.", published="2022-06-01"
)
SCHOOL = Article("truong", "Trường mới", "Trường tiểu học An Thuận có 24 phòng học.")


def passage(number: int, text: str) -> Passage:
    return Passage(f"a#{number}", "a", number, 0, len(text), text)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    store = Store.open(tmp_path / "index", create=True)
    add_articles([BRIDGE, COPY, RICE, SCHOOL], store, FakeEmbedder(), Settings(index=tmp_path / "index"))
    with store.snapshot() as snapshot:
        yield snapshot
    store.close()


@pytest.fixture
def retriever() -> Retriever:
    return Retriever(FakeEmbedder(), candidates=10, dense_weight=0.5)


def test_fusion_stretches_each_leg_and_weighs_it() -> None:
    one, two, three = (passage(number, f"{number}") for number in range(3))
    legs = {
        "dense": [Scored(one, 0.9), Scored(two, 0.8), Scored(three, 0.7)],
        "lexical": [Scored(two, 12.0), Scored(one, 6.0)],
    }
    fused = fuse(legs, {"dense": 0.25, "lexical": 0.75})
    assert fused == pytest.approx({"a#0": 0.25, "a#1": 0.875, "a#2": 0.0})


def test_a_single_candidate_gets_the_whole_weight() -> None:
    assert fuse({"dense": [Scored(passage(0, "x"), -0.2)]}, {"dense": 0.5}) == {"a#0": 0.5}


def test_the_passage_that_shares_the_words_comes_first(snapshot: Snapshot, retriever: Retriever) -> None:
    query = Query("Giống lúa HS18 đạt bao nhiêu tấn?", "Giống lúa HS18 đạt bao nhiêu tấn?")
    best = retriever.search(query, snapshot, 3)[0]
    assert (best.rank, best.article.id, best.passage.text) == (1, "lua", RICE.text)
    assert set(best.scores) == {"dense", "lexical"}


def test_a_question_without_accents_is_restored_and_finds_the_same(
    snapshot: Snapshot, retriever: Retriever
) -> None:
    query = retriever.understand("cau song may dai bao nhieu", snapshot, today=date(2025, 1, 1))
    assert (query.text, query.accents_restored) == ("cầu Sông Mây dài bao nhiêu", True)
    assert retriever.search(query, snapshot, 1)[0].article.id == "cau"


def test_a_period_in_the_words_prefers_and_one_set_by_the_reader_limits(
    snapshot: Snapshot, retriever: Retriever
) -> None:
    asked = retriever.understand("Tháng 6 năm 2022 có gì?", snapshot, today=date(2025, 1, 1))
    assert (asked.period, asked.period_is_limit) == (Period(date(2022, 6, 1), date(2022, 6, 30)), False)
    limited = retriever.understand(
        "Có gì mới?", snapshot, today=date(2025, 1, 1), period=Period(date(2022, 1, 1), None)
    )
    found = {hit.article.id for hit in retriever.search(limited, snapshot, 10)}
    assert found == {"lua", "truong"}  # an article without a date is never silently hidden


def test_a_source_limits(snapshot: Snapshot, retriever: Retriever) -> None:
    query = Query("cầu Sông Mây", "cầu Sông Mây", source="thoi bao vi du")
    assert [hit.article.id for hit in retriever.search(query, snapshot, 10)] == ["cau-2"]


def test_hidden_articles_are_as_if_never_indexed(snapshot: Snapshot, retriever: Retriever) -> None:
    query = Query("cầu Sông Mây", "cầu Sông Mây")
    found = retriever.search(query, snapshot, 10, without=frozenset({"cau", "cau-2"}))
    assert "cau" not in {hit.article.id for hit in found}
    assert "cau-2" not in {hit.article.id for hit in found}


def test_keystrokes_left_over_are_read_as_the_letters_they_meant(
    snapshot: Snapshot, retriever: Retriever
) -> None:
    query = retriever.understand("Cầu Sông Maay dài bao nhiêu?", snapshot, today=date(2025, 1, 1))
    assert (query.text, query.accents_restored) == ("Cầu Sông Mây dài bao nhiêu?", True)
