"""The second look: order and scores, a real CrossEncoder of a few hundred numbers, and what is none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from tiny_reranker import make_reranker

from rag import reranking
from rag.collapse import Place
from rag.embedding import FakeEmbedder
from rag.errors import ModelError
from rag.reranking import CrossEncoderReranker, FakeReranker, rerank
from rag.retrieval import Retriever
from rag.store import Store
from rag.types import Passage

QUESTION = "Cầu dài bao nhiêu?"
TEXTS = ["Lúa được mùa.", "Cầu sông dài.", "Bao nhiêu lúa, bao nhiêu sông, cầu dài cầu dài cầu?"]


def place(article_id: str, *texts: str) -> Place:
    return Place(
        tuple(Passage(f"{article_id}#{n}", article_id, n, 0, len(t), t) for n, t in enumerate(texts))
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_reranker(tmp_path_factory.mktemp("mô hình") / "tiny")


# ── Order ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_fake_counts_shared_syllables() -> None:
    assert FakeReranker().score("cau dai bao nhieu", ["Cầu dài.", "Lúa.", "Bao nhiêu cầu dài?"]) == [
        0.5,
        0.0,
        1.0,
    ]
    assert FakeReranker().score("?", ["Lúa."]) == [0.0]


def test_places_stand_by_title_and_best_passage() -> None:
    places = [
        place("lua", "Lúa được mùa.", "Cầu dài bao nhiêu."),
        place("cau", "Dài 486 m."),
        place("de", "Đê."),
    ]
    titles = {"lua": "Lúa", "cau": "Cầu", "de": "Đê dài"}
    ordered, judged = rerank(places, QUESTION, FakeReranker(), titles.__getitem__)
    assert [p.article_id for p in ordered] == ["cau", "de", "lua"]
    assert judged == {"lua#0": 0.0, "cau#0": 0.5, "de#0": 0.25}


def test_equal_scores_and_what_is_not_looked_at_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reranking, "RERANKED", 3)
    places = [place("a", "Lúa."), place("b", "Cầu."), place("c", "Lúa."), place("d", "Cầu dài bao nhiêu.")]
    ordered, judged = rerank(places, QUESTION, FakeReranker(), lambda _: "")
    assert [p.article_id for p in ordered] == ["b", "a", "c", "d"]
    assert set(judged) == {"a#0", "b#0", "c#0"}
    assert rerank([], QUESTION, FakeReranker(), lambda _: "") == ([], {})


def test_hits_stand_by_the_reranker_and_keep_their_other_scores(store: Store) -> None:
    class Contrary(FakeReranker):
        def score(self, question: str, passages: Sequence[str]) -> list[float]:
            return [1 - score for score in super().score(question, passages)]

    plain = Retriever(FakeEmbedder(), candidates=10, dense_weight=0.5)
    contrary = Retriever(FakeEmbedder(), candidates=10, dense_weight=0.5, reranker=Contrary())
    with store.snapshot() as snapshot:
        query = plain.understand("Cầu Sông Mây dài bao nhiêu mét?", snapshot, today=date(2025, 1, 1))
        before, after = (r.search(query, snapshot, 2) for r in (plain, contrary))
        (only,) = contrary.search(query, snapshot, 1)  # chosen from more than are shown
    assert [hit.article.id for hit in before] == ["cau", "lua"]
    assert [(hit.rank, hit.article.id) for hit in after] == [(1, "lua"), (2, "cau")]
    assert only.article.id == "lua"
    assert {hit.article.id: hit.score for hit in after} == {hit.article.id: hit.score for hit in before}
    assert after[0].scores["rerank"] > after[1].scores["rerank"]
    assert "rerank" not in before[0].scores


# ── A real one ────────────────────────────────────────────────────────────────────────────────────


def test_scores_are_the_networks_own_between_0_and_1(folder: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    reranker = CrossEncoderReranker(folder, threads=1)
    assert reranker.seconds == 0
    scores = reranker.score(QUESTION, TEXTS)
    network = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    with torch.inference_mode():
        expected = [
            float(torch.sigmoid(network(**tokenizer(QUESTION, text, return_tensors="pt")).logits))
            for text in TEXTS
        ]
    assert scores == pytest.approx(expected, abs=1e-5)
    assert len(set(scores)) == 3
    assert all(0 < score < 1 for score in scores)
    assert reranker.seconds > 0
    assert reranker.score(QUESTION, TEXTS[::-1]) == pytest.approx(scores[::-1], abs=1e-5)
    assert reranker.score(QUESTION, []) == []


def test_a_text_that_is_too_long_is_read_to_its_limit(folder: Path) -> None:
    reranker = CrossEncoderReranker(folder, threads=1)
    long, longer = ("Cầu sông dài. " * times for times in (20, 40))
    assert reranker.score(QUESTION, [long]) == pytest.approx(reranker.score(QUESTION, [longer]), abs=1e-5)


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError) as refused:
        CrossEncoderReranker(tmp_path)
    assert refused.value.key == "models.no_safetensors"


@pytest.mark.parametrize(
    "config",
    [
        {"architectures": ["BertModel"], "id2label": {"0": "a"}},
        {"architectures": ["BertForSequenceClassification"]},
        {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "a", "1": "b", "2": "c"}},
        {},
    ],
)
def test_a_model_that_scores_no_pairs_is_refused(tmp_path: Path, config: dict[str, object]) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError) as refused:
        CrossEncoderReranker(tmp_path)
    assert refused.value.key == "models.no_reranker"


def test_damaged_weights_are_named_when_they_are_first_needed(folder: Path, tmp_path: Path) -> None:
    broken = make_reranker(tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"no tensors")
    reranker = CrossEncoderReranker(broken)
    with pytest.raises(ModelError) as refused:
        reranker.score(QUESTION, TEXTS)
    assert refused.value.key == "models.bad_weights"
    (broken / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError) as unreadable:
        CrossEncoderReranker(broken)
    assert unreadable.value.key == "models.bad_weights"
