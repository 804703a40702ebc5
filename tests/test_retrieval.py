from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.embedding import FakeEmbedder
from rag.fusion import fuse
from rag.indexing import add_articles
from rag.nearness import WEIGHT
from rag.retrieval import TIMELY_BONUS, Retriever
from rag.settings import Settings
from rag.store import Scored, Snapshot, Store
from rag.types import Article, FloatMatrix, Passage, Query

TODAY = date(2025, 1, 1)
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


def test_a_source_limits(snapshot: Snapshot, retriever: Retriever) -> None:
    query = Query("cầu Sông Mây", "cầu Sông Mây", source="thoi bao vi du")
    assert [hit.article.id for hit in retriever.search(query, snapshot, 10)] == ["cau-2"]


def test_hidden_articles_are_as_if_never_indexed(snapshot: Snapshot, retriever: Retriever) -> None:
    query = Query("cầu Sông Mây", "cầu Sông Mây")
    found = retriever.search(query, snapshot, 10, without=frozenset({"cau", "cau-2"}))
    assert "cau" not in {hit.article.id for hit in found}
    assert "cau-2" not in {hit.article.id for hit in found}


def test_both_readings_of_an_unsure_question_are_searched_by_meaning(snapshot: Snapshot) -> None:
    class Listening(FakeEmbedder):
        def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
            asked.extend(texts)
            return super().embed_queries(texts)

    asked: list[str] = []
    query = Query("lua", "lúa", readings=("lụa",))
    found = Retriever(Listening(), candidates=10, dense_weight=0.5).dense(query, snapshot, None)
    assert asked == ["lúa", "lụa"]
    both = FakeEmbedder().embed_queries(asked).mean(axis=0)
    assert found == snapshot.dense(both / np.linalg.norm(both), 10)


def test_what_an_abbreviation_stands_for_is_searched_too(snapshot: Snapshot, retriever: Retriever) -> None:
    plain = Query("Tin của HĐND", "Tin của HĐND")
    assert retriever.lexical(plain, snapshot, None) == []
    spelled_out = replace(plain, expansions=("trường tiểu học",))
    found = retriever.lexical(spelled_out, snapshot, None)
    assert [scored.passage.article_id for scored in found] == ["truong"]


def test_a_quoted_phrase_is_in_everything_that_is_found(snapshot: Snapshot, retriever: Retriever) -> None:
    query = retriever.understand("Bài nào viết “lớn nhất tỉnh”?", snapshot, today=TODAY)
    assert [hit.article.id for hit in retriever.search(query, snapshot, 10)] == ["cau-2"]
    title = retriever.understand("“Khởi công cầu Sông Mây”", snapshot, today=TODAY)
    assert {hit.article.id for hit in retriever.search(title, snapshot, 10)} <= {"cau", "cau-2"}


def test_a_firm_time_in_the_words_leaves_other_articles_out(snapshot: Snapshot, retriever: Retriever) -> None:
    query = retriever.understand("Tháng 3/2021 khởi công cầu nào?", snapshot, today=TODAY)
    found = {hit.article.id for hit in retriever.search(query, snapshot, 10)}
    assert "cau" in found
    assert found <= {"cau", "cau-2", "truong"}  # an article without a date is never hidden


def test_a_vague_time_prefers(snapshot: Snapshot, retriever: Retriever) -> None:
    asked = retriever.understand("Năm 2022 có gì?", snapshot, today=TODAY)
    plain = replace(asked, period=None)
    with_time = {hit.article.id: hit.score for hit in retriever.search(asked, snapshot, 10)}
    without = {hit.article.id: hit.score for hit in retriever.search(plain, snapshot, 10)}
    assert set(with_time) == set(without)
    assert with_time["lua"] - without["lua"] == pytest.approx(TIMELY_BONUS / (1 + WEIGHT))
    assert with_time["cau"] - without["cau"] == pytest.approx(0.0)


def test_the_latest_of_equals_comes_first_when_the_newest_is_wanted(tmp_path: Path) -> None:
    monthly = [
        Article(
            f"gia-{month}",
            "Giá nước",
            f"Giá nước sạch tháng {month} là {month}.500 đồng.",
            f"2024-0{month}-05",
        )
        for month in (2, 4, 3)
    ]
    store = Store.open(tmp_path / "giá", create=True)
    add_articles(monthly, store, FakeEmbedder(), Settings(index=tmp_path / "giá"))
    retriever = Retriever(FakeEmbedder(), candidates=10, dense_weight=0.0)
    with store.snapshot() as snapshot:
        query = retriever.understand("Giá nước sạch hiện nay là bao nhiêu?", snapshot, today=TODAY)
        assert query.newest
        assert retriever.search(query, snapshot, 1)[0].article.id == "gia-4"
    store.close()
