from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import pytest

from rag.answering.evidence import Judged
from rag.answering.refusal import (
    THRESHOLD,
    TOP,
    Signs,
    decide,
    missing_names,
    read_signs,
    sufficiency,
    threshold,
)
from rag.texts import text
from rag.types import Article, Hit, Passage, Query, Quote

ARTICLE = Article(
    "cau", "Khởi công cầu Sông Mây", "UBND tỉnh Hà Trung Sơn khởi công cầu.", source="Nhật báo Minh Họa"
)
MIDDLING = Signs(meaning=0.8, sentence_meaning=0.8, words=0.5, lead=0.3, agreement=1.0, names=1.0)


def query(question: str) -> Query:
    return Query(question, question)


def hit(rank: int, dense: float, lexical: float, article: Article = ARTICLE) -> Hit:
    passage = Passage(f"{article.id}#0", article.id, 0, 0, len(article.text), article.text)
    return Hit(rank, 1 / rank, passage, article, {"dense": dense, "lexical": lexical})


def sentence(meaning: float) -> Judged:
    return Judged(Quote(ARTICLE, 0, 4), meaning, 0.0, 0.0, 0.0)


# ── Signs ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_signs_are_read_off_the_hits() -> None:
    hits = [hit(1, 0.9, 4.0), hit(2, 0.7, 3.0), hit(3, 0.8, 1.0)]
    signs = read_signs(query("Cầu Sông Mây khởi công khi nào?"), hits, [sentence(0.6), sentence(0.75)])
    assert signs == Signs(meaning=0.9, sentence_meaning=0.75, words=4.0, lead=0.25, agreement=1.0, names=1.0)


def test_legs_that_disagree() -> None:
    hits = [hit(1, 0.9, 3.0), hit(2, 0.7, 4.0)]
    assert read_signs(query("cầu"), hits, []).agreement == 0.0
    assert read_signs(query("cầu"), hits[::-1], []).agreement == 0.0


def test_one_hit_is_ahead_of_nothing_and_no_sentence_means_nothing() -> None:
    signs = read_signs(query("cầu"), [hit(1, 0.5, 2.0)], [])
    assert (signs.lead, signs.sentence_meaning) == (1.0, 0.0)


def test_a_hit_of_one_leg_alone() -> None:
    lexical_only = replace(hit(1, 0.0, 0.0), scores={"lexical": 2.0})
    dense_only = replace(hit(2, 0.0, 0.0), scores={"dense": 0.5})
    signs = read_signs(query("cầu"), [lexical_only, dense_only], [])
    assert (signs.meaning, signs.words, signs.lead, signs.agreement) == (0.5, 2.0, 1.0, 0.0)
    assert read_signs(query("cầu"), [dense_only], []).lead == 0.0


# ── Names ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Cầu Sông Mây ở đâu?", []),  # in the title
        ("Báo Minh Họa viết gì?", []),  # the source
        ("UBND tỉnh nào khởi công?", []),
        ("Tỉnh Ha Trung Son làm gì?", []),  # typed without accents
        ("Ông Lê Văn Tám nói gì về cầu Sông Mây?", ["Lê Văn Tám"]),
        ("Vinamilk và FPT đầu tư gì?", ["Vinamilk", "FPT"]),
    ],
)
def test_names_that_nothing_found_mentions(question: str, missing: list[str]) -> None:
    assert missing_names(query(question), [hit(1, 1, 1)]) == missing


def test_an_abbreviation_and_what_it_stands_for_are_one_name() -> None:
    spelled = Article("a", "Tin", "Ủy ban nhân dân tỉnh họp.")
    assert missing_names(query("Ai điều hành UBND?"), [hit(1, 1, 1, spelled)]) == []


def test_names_are_looked_for_in_the_top_hits_only() -> None:
    other = Article("b", "Tin khác", "Không có gì.")
    hits = [*(hit(rank, 1, 1, other) for rank in range(1, TOP + 1)), hit(TOP + 1, 1, 1)]
    assert missing_names(query("Cầu Sông Mây ở đâu?"), hits) == ["Cầu Sông Mây"]
    assert missing_names(query("Cầu Sông Mây ở đâu?"), hits[1:]) == []


def test_the_share_of_names_is_a_sign() -> None:
    signs = read_signs(query("Ông Lê Văn Tám nói gì về cầu Sông Mây?"), [hit(1, 1, 1)], [])
    assert signs.names == 0.5


# ── Probability and strictness ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [field.name for field in fields(Signs)])
def test_more_of_any_sign_is_never_less_sufficient(name: str) -> None:
    steps = [sufficiency(replace(MIDDLING, **{name: value})) for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert all(lower <= higher for lower, higher in pairwise(steps))
    assert all(0 < step < 1 for step in steps)


def test_strictness_moves_the_bar_in_straight_lines() -> None:
    assert threshold(0.0) == 0.0
    assert threshold(0.25) == pytest.approx(THRESHOLD / 2)
    assert threshold(0.5) == THRESHOLD
    assert threshold(0.75) == pytest.approx((THRESHOLD + 1) / 2)
    assert threshold(1.0) == 1.0


def test_the_stricter_the_more_is_refused() -> None:
    question = query("Cầu Sông Mây khởi công khi nào?")
    hits, judged = [hit(1, 0.85, 1.0)], [sentence(0.85)]
    refused = [decide(question, hits, judged, strictness=step / 10).abstain for step in range(11)]
    assert refused == sorted(refused)
    assert (refused[0], refused[-1]) == (False, True)
    probabilities = {decide(question, hits, judged, strictness=s).probability for s in (0.0, 0.5, 1.0)}
    assert probabilities == {sufficiency(read_signs(question, hits, judged))}


def test_nothing_found_is_refused_however_lenient() -> None:
    verdict = decide(query("Giá vàng?"), [], [], strictness=0.0)
    assert (verdict.probability, verdict.abstain, verdict.message) == (0.0, True, text("answer.refusal"))


def test_a_refusal_names_what_is_missing() -> None:
    verdict = decide(query("Vinamilk và FPT đầu tư gì?"), [hit(1, 0.5, 1.0)], [], strictness=1.0)
    assert verdict.message == text("answer.refusal_entity", missing="Vinamilk, FPT")
    unnamed = decide(query("Giá vàng bao nhiêu?"), [hit(1, 0.5, 1.0)], [], strictness=1.0)
    assert unnamed.message == text("answer.refusal")
    answered = decide(query("Vinamilk đầu tư gì?"), [hit(1, 0.5, 1.0)], [], strictness=0.0)
    assert not answered.abstain
