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

# The same words in both: scattered in the first, together in the second.
SCATTERED = Article(
    "cho",
    "Chợ Bến Gòn",
    "Ban quản lý chợ họp sáng nay. Lễ hội đua thuyền lùi một tuần. Nhà máy nước đang sửa. "
    "Kè sông dài 300 m. Bà con chờ khánh thành sân bóng.",
)
TOGETHER = Article(
    "ke",
    "Tin trong tuần",
    "Chợ nghỉ phiên sớm. Lễ khánh thành kè sông lùi một tuần vì mưa. Sân bóng mở. Bà con đi lại bình thường.",
)


def passage(text: str) -> Passage:
    return Passage("a#0", "a", 0, 0, len(text), text)


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    store = Store.open(tmp_path / "index", create=True)
    add_articles([SCATTERED, TOGETHER], store, FakeEmbedder(), Settings(index=tmp_path / "index"))
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
    wanted, folded = wanted_words(Query("Kè ở chợ nào?", "Kè ở chợ nào?"), snapshot)
    assert not folded
    assert set(wanted) == {"kè", "chợ"}
    assert wanted["kè"] == wanted["chợ"] > 0


def test_the_passage_that_says_it_in_one_place_comes_first(snapshot: Snapshot) -> None:
    retriever = Retriever(FakeEmbedder(), candidates=10, dense_weight=0.0)
    question = "Lễ khánh thành kè sông lùi mấy tuần?"
    hits = retriever.search(Query(question, question), snapshot, 2)
    assert [hit.article.id for hit in hits] == ["ke", "cho"]
    assert hits[0].score - hits[1].score > 0.3
