"""Does the evidence answer the question? Decided before the LLM is called, from cheap signs.

A small model never says no (0 of 20 unanswerable questions refused with the plain recipe), so it is not
asked. A logistic model turns a few signs into one probability; `strictness` moves the bar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.citations import headline_of
from rag.answering.evidence import Judged
from rag.language.abbreviations import expand
from rag.language.names import names
from rag.store.lexical import terms
from rag.texts import text
from rag.types import Hit, Query

TOP = 3  # hits whose words are looked for the question's names


@dataclass(frozen=True, slots=True)
class Signs:
    """What can be seen of the evidence without reading it; more is better."""

    meaning: float  # cosine of the question with the nearest passage
    sentence_meaning: float  # … with the nearest sentence
    words: float  # BM25 of the best passage over the weight of all the question's words
    lead: float  # how far it is ahead of the next by words, 0..1
    agreement: float  # 1 when both legs put the same passage first
    names: float  # share of the question's names that the top passages or their headlines have


# Logistic weights, and the probability below which a question is refused at strictness 0.5; fitted by
# benchmarks/fit_refusal.py.
INTERCEPT = -10.67
WEIGHTS = Signs(meaning=1.34, sentence_meaning=7.03, words=4.53, lead=0.31, agreement=0.28, names=1.23)
QUOTE_ALONE = 0.6  # from here on the best quote may answer when nothing the LLM wrote is supported
THRESHOLD = 0.25  # loses one in twenty of the answerable questions it was fitted on


@dataclass(frozen=True, slots=True)
class Verdict:
    """The probability that the evidence suffices, and the refusal to show if it does not."""

    probability: float
    abstain: bool
    message: str


def decide(query: Query, hits: Sequence[Hit], judged: Sequence[Judged], *, strictness: float) -> Verdict:
    """Whether to answer at all. `strictness` 0.5 is the fitted threshold, 0 answers nearly always."""
    if not hits:
        return Verdict(0.0, abstain=True, message=text("answer.refusal"))
    probability = sufficiency(read_signs(query, hits, judged))
    missing = missing_names(query, hits)
    message = text("answer.refusal_entity", missing=", ".join(missing)) if missing else text("answer.refusal")
    return Verdict(probability, abstain=probability < threshold(strictness), message=message)


def sufficiency(signs: Signs) -> float:
    """The probability that the evidence answers the question."""
    score = INTERCEPT + sum(getattr(WEIGHTS, name) * getattr(signs, name) for name in Signs.__slots__)
    return 1 / (1 + math.exp(-score))


def threshold(strictness: float, fitted: float = THRESHOLD) -> float:
    """0 → 0, 0.5 → what was fitted, 1 → 1, straight lines between."""
    if strictness <= 0.5:
        return fitted * strictness * 2
    return fitted + (1 - fitted) * (strictness - 0.5) * 2


def read_signs(query: Query, hits: Sequence[Hit], judged: Sequence[Judged]) -> Signs:
    """The signs of at least one hit and its sentences."""
    meanings = [hit.scores.get("dense", 0.0) for hit in hits]
    words = [hit.scores.get("lexical", 0.0) for hit in hits]
    best, second = sorted([*words, 0.0], reverse=True)[:2]
    named = own_names(query.text)
    missing = missing_names(query, hits)
    return Signs(
        meaning=max(meanings),
        sentence_meaning=max((j.meaning for j in judged), default=0.0),
        words=best,
        lead=(best - second) / best if best else 0.0,
        agreement=float(meanings.index(max(meanings)) == words.index(best) == 0),
        names=1 - len(missing) / len(named) if named else 1.0,
    )


def own_names(question: str) -> list[str]:
    """Whom and what the question names; `UBND` names nobody, there is one everywhere."""
    named = [name.text for name in names(question)]
    return [name for name in named if not (name.isupper() and expand(name))]


def missing_names(query: Query, hits: Sequence[Hit]) -> list[str]:
    """The names of the question that neither the top passages nor their headlines have."""
    found: set[str] = set()
    for hit in hits[:TOP]:
        found.update(terms(f"{headline_of(hit.article)}\n{hit.passage.text}", folded=True))
    return [name for name in own_names(query.text) if not set(terms(name, folded=True)) <= found]
