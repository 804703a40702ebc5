from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fit_evidence import SIGNS, Question, drawn, figures, fit, likeliest_of, question_of, scored
from rag.answering import evidence
from rag.answering.evidence import Judged
from rag.evaluation.cases import Case
from rag.types import Article, Quote

WORDS = SIGNS.index("words")


def question(identity: str, words: list[float], inside: list[float]) -> Question:
    """Sentences that differ in their words alone; one fact."""
    signs = np.zeros((len(words), len(SIGNS)))
    signs[:, WORDS] = words
    return Question(identity, False, signs, np.array(inside)[:, None])


def test_a_sentence_holds_a_fact_when_it_has_one_of_its_phrases() -> None:
    article = Article("lua", "", "Lúa đạt 7,2 tấn. Bà Én trồng 3 ha.")
    judged = [
        Judged(Quote(article, 0, 16), 0.5, 1.0, 0.0, 0.0),
        Judged(Quote(article, 17, 34), 0.25, 0.0, 1.0, 0.0),
    ]
    case = Case("a", "?", answers=(("7,2 tấn", "72 tạ"), ("Én",)))
    told = question_of(case, True, judged)
    assert told.inside.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert told.signs[:, SIGNS.index("meaning")].tolist() == [0.5, 0.25]
    assert (told.id, told.held_out) == ("a", True)


def test_the_sign_that_tells_gets_the_weight() -> None:
    weights = fit([question(str(i), [0.0, 1.0, 0.5], [0.0, 1.0, 0.0]) for i in range(4)])
    assert weights[WORDS] > 1
    assert [weight for sign, weight in zip(SIGNS, weights, strict=True) if sign != "words"] == pytest.approx(
        [0.0] * (len(SIGNS) - 1), abs=1e-6
    )
    assert fit([question("a", [1.0, 0.0], [0.0, 1.0])])[WORDS] < 0


def test_figures_of_the_first_quote_and_of_all_shown() -> None:
    questions = [question("a", [0.9, 0.1], [1.0, 0.0]), question("b", [0.9, 0.1], [0.0, 1.0])]
    first, shown = figures(questions, [asked.signs[:, WORDS] for asked in questions])
    assert (first.value, shown.value, first.n) == (0.5, 1.0, 2)


def test_what_would_not_be_embedded_comes_last() -> None:
    many = question("a", [*([0.5] * evidence.EMBEDDED), 0.25], [0.0] * evidence.EMBEDDED + [1.0])
    weights = np.eye(len(SIGNS))[WORDS]
    assert likeliest_of(many, weights).tolist() == list(range(evidence.EMBEDDED))
    assert scored(many, weights).tolist() == [*([0.5] * evidence.EMBEDDED), -np.inf]


def test_what_is_held_out_is_what_the_evaluation_would_draw() -> None:
    cases = [Case(str(i), "?", answers=(("x",),)) for i in range(6)] + [Case("no", "?", abstain=True)]
    chosen = drawn(cases, 3, 2, seed=1)
    assert sorted(apart for _, apart in chosen)[:2] == [False, False]
    assert len({case.id for case, _ in chosen}) == len(chosen)
    assert all(case.answers for case, _ in chosen)
    assert [apart for _, apart in drawn(cases, 0, None, seed=1)] == [False] * 6
