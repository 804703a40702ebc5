"""The words of a question in one place of a passage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.embedding import FakeEmbedder
from rag.indexing import add_articles
from rag.nearness import nearness, wanted_words
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import Snapshot, Store
from rag.types import Article, Passage, Query

# By words alone the first is ahead: it has them oftener and in pairs, but never in one place.
SCATTERED = Article(
    "cho",
    "Tin vắn",
    "Lễ khánh thành chợ Bến Gòn đông người. Chợ mở cả tuần. Hội đua thuyền lùi ngày. Nhà máy nước đang sửa. "
    "Kè sông dài 300 m. Kè sông do huyện xây.",
)
TOGETHER = Article(
    "ke",
    "Tin trong tuần",
    "Chợ nghỉ phiên sớm hơn mọi năm. Ngày khánh thành của kè ven sông phải lùi vì mưa. Sân bóng mở lại. "
    "Bà con đi lại bình thường trên tuyến đường liên xã. Trường học dạy bù hai buổi vào cuối tuần này. "
    "Trạm y tế có thêm bác sĩ trực đêm.",
)

NEITHER = Article(
    "khac", "Tin ngắn", "Nước sông lên chậm, trời còn mưa, gió nhẹ, biển động, tàu nhỏ chưa ra khơi."
)


def passage(text: str) -> Passage:
    return Passage("a#0", "a", 0, 0, len(text), text)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    store = Store.open(tmp_path / "index", create=True)
    add_articles([SCATTERED, TOGETHER, NEITHER], store, FakeEmbedder(), Settings(index=tmp_path / "index"))
    with store.snapshot() as snapshot:
        yield snapshot
    store.close()


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        ("Kè sông dài 300 m.", "", 1.0),
        ("Kè vừa xong. Sông lên cao.", "", 1.0),  # two sentences side by side
        ("Kè vừa xong. Chợ đông. Sông lên cao.", "", 0.75),  # but not three
        ("Vừa xong.", "Kè sông", 1.0),  # a headline holds for every sentence
        ("Chợ đông.", "", 0.0),
        ("", "", 0.0),
    ],
)
def test_share_of_the_words_in_the_best_place(text: str, title: str, expected: float) -> None:
    assert nearness(passage(text), title, {"kè": 1.0, "sông": 3.0}, folded=False) == expected


def test_without_accents_words_are_compared_folded() -> None:
    assert nearness(passage("Kè sông dài 300 m."), "", {"ke": 1.0, "song": 1.0}, folded=True) == 1.0
    assert nearness(passage("Kè sông dài 300 m."), "", {"ke": 1.0, "song": 1.0}, folded=False) == 0.0


def test_a_question_without_words_is_near_nothing() -> None:
    assert nearness(passage("Kè sông."), "", {}, folded=False) == 0.0


def test_rare_words_weigh_more(snapshot: Snapshot) -> None:
    wanted = wanted_words("Kè ở huyện nào?", snapshot, folded=False)
    assert set(wanted) == {"kè", "huyện"}
    assert wanted["huyện"] > wanted["kè"] > 0  # in one passage, in both
    assert set(wanted_words("Kè ở huyện nào?", snapshot, folded=True)) == {"ke", "huyen"}


def test_the_passage_that_says_it_in_one_place_comes_first(snapshot: Snapshot) -> None:
    retriever = Retriever(FakeEmbedder(), candidates=10, dense_weight=0.0)
    question = "Khánh thành kè sông lùi vì sao?"
    query = Query(question, question)
    by_words = [scored.passage.article_id for scored in retriever.lexical(query, snapshot, None)]
    assert by_words == ["cho", "ke", "khac"]
    assert [hit.article.id for hit in retriever.search(query, snapshot, 3)] == ["ke", "cho", "khac"]
