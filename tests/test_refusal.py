from __future__ import annotations

from dataclasses import asdict, replace
from itertools import pairwise

import pytest

from rag.answering.evidence import Judged
from rag.answering.refusal import THRESHOLD, WEIGHTS, decide, sufficiency, threshold, weight_of
from rag.answering.signs import Ground, Signs, read_signs
from rag.types import Article, Hit, Passage, Query, Quote

ARTICLE = Article("cau", "Khởi công cầu Sông Mây", "Cầu Sông Mây dài 486 m.")
MIDDLING = Ground(
    meaning=0.43, pairs=0.5, names=0.5, times=0.5, numbers=0.5, asked=0.5, passage=0.5, article="cau"
)
QUESTION = Query("Cầu Sông Mây dài bao nhiêu?", "Cầu Sông Mây dài bao nhiêu?")


def hits(*scores: float) -> list[Hit]:
    passage = Passage("cau#0", "cau", 0, 0, len(ARTICLE.text), ARTICLE.text)
    return [
        Hit(rank, score, passage, ARTICLE, {"lexical": 0.5}) for rank, score in enumerate(scores, start=1)
    ]


def judged(meaning: float) -> list[Judged]:
    return [Judged(Quote(ARTICLE, 0, len(ARTICLE.text)), meaning, 0.5, 0.0, 0.0)]


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_more_of_any_sign_is_never_less_sufficient(name: str) -> None:
    values = (0.0, 0.25, 0.5, 0.75, 1.0)
    steps = [sufficiency(Signs((Ground(**(asdict(MIDDLING) | {name: v})),), 0.3)) for v in values]
    assert all(lower <= higher for lower, higher in pairwise(steps))
    assert all(0 < step < 1 for step in steps)


def test_a_hit_far_ahead_of_the_others_is_more_sufficient() -> None:
    assert sufficiency(Signs((MIDDLING,), 0.5)) > sufficiency(Signs((MIDDLING,), 0.1))


def test_the_sentence_that_speaks_most_for_an_answer_counts() -> None:
    poor = replace(MIDDLING, names=0.0, times=0.0)
    assert weight_of(poor) < weight_of(MIDDLING)
    assert sufficiency(Signs((poor, MIDDLING), 0.3)) == sufficiency(Signs((MIDDLING,), 0.3))


def test_no_sentence_speaks_for_nothing() -> None:
    assert sufficiency(Signs((), 1.0)) < 0.001


@pytest.mark.parametrize("lacking", ["names", "times"])
def test_a_near_miss_is_refused_where_the_same_evidence_answers(lacking: str) -> None:
    whole = Ground(
        meaning=0.46, pairs=0.7, names=1.0, times=1.0, numbers=1.0, asked=1.0, passage=0.4, article="cau"
    )
    assert sufficiency(Signs((whole,), 0.3)) > 0.5
    assert sufficiency(Signs((Ground(**(asdict(whole) | {lacking: 0.0})),), 0.3)) < 0.5


def test_strictness_moves_the_bar_in_straight_lines() -> None:
    assert threshold(0.0) == 0.0
    assert threshold(0.25) == pytest.approx(THRESHOLD / 2)
    assert threshold(0.5) == THRESHOLD
    assert threshold(0.75) == pytest.approx((THRESHOLD + 1) / 2)
    assert threshold(1.0) == 1.0


def test_the_stricter_the_more_is_refused() -> None:
    found, sentences = hits(1.0, 0.5), judged(0.85)
    verdicts = [decide(QUESTION, found, sentences, strictness=step / 10) for step in range(11)]
    refused = [verdict.abstain for verdict in verdicts]
    assert refused == sorted(refused)
    assert (refused[0], refused[-1]) == (False, True)
    assert {v.probability for v in verdicts} == {sufficiency(read_signs(QUESTION, found, sentences))}


def test_nothing_found_is_refused_however_lenient() -> None:
    verdict = decide(QUESTION, [], [], strictness=0.0)
    assert (verdict.probability, verdict.abstain) == (0.0, True)
