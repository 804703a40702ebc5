"""Does the evidence answer the question? Decided before the LLM is called, from cheap signs.

A small model never says no (0 of 20 unanswerable questions refused with the plain recipe), so it is not
asked. A logistic model turns a few signs into one probability; `strictness` moves the bar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.citations import headline_of
from rag.answering.evidence import Judged, word_rarity
from rag.language.abbreviations import expand
from rag.language.names import names
from rag.language.normalize import fold, tokens
from rag.language.questions import content_words
from rag.texts import text
from rag.types import Hit, Query

TOP = 3  # hits whose words count


@dataclass(frozen=True, slots=True)
class Signs:
    """What can be seen of the evidence without reading it. All in 0..1, more is better."""

    meaning: float  # cosine of the question with the nearest passage
    sentence_meaning: float  # … with the nearest sentence
    passage_words: float  # rarity-weighted share of the question's content words in the best passage
    sentence_words: float  # … in the best sentence, its headline counting a little less
    names: float  # share of the question's names that the top passages or their titles have
    numbers: float  # share of its numbers
    asked: float  # the best sentence by words and meaning holds what was asked for


# Logistic weights, and the probability below which a question is refused at strictness 0.5.
INTERCEPT = -14.0
WEIGHTS = Signs(
    meaning=9.0,
    sentence_meaning=4.0,
    passage_words=3.0,
    sentence_words=1.5,
    names=2.0,
    numbers=0.5,
    asked=0.5,
)
THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """The probability that the evidence suffices, and the refusal to show when it does not."""

    probability: float
    abstain: bool
    message: str = ""


def decide(query: Query, hits: Sequence[Hit], judged: Sequence[Judged], *, strictness: float) -> Verdict:
    """Whether to answer at all. `strictness` 0.5 is the fitted threshold, 0 answers nearly always."""
    if not hits:
        return Verdict(0.0, abstain=True, message=text("answer.refusal"))
    signs, missing = read_signs(query, hits, judged)
    score = INTERCEPT + sum(getattr(WEIGHTS, name) * getattr(signs, name) for name in Signs.__slots__)
    probability = 1 / (1 + math.exp(-score))
    if probability >= threshold(strictness):
        return Verdict(probability, abstain=False)
    message = text("answer.refusal_entity", missing=", ".join(missing)) if missing else text("answer.refusal")
    return Verdict(probability, abstain=True, message=message)


def threshold(strictness: float) -> float:
    """0 → 0, 0.5 → THRESHOLD, 1 → 1, straight lines between."""
    if strictness <= 0.5:
        return THRESHOLD * strictness * 2
    return THRESHOLD + (1 - THRESHOLD) * (strictness - 0.5) * 2


def read_signs(query: Query, hits: Sequence[Hit], judged: Sequence[Judged]) -> tuple[Signs, list[str]]:
    """The signs, and the names of the question that the top passages lack."""
    top = hits[:TOP]
    bodies = [_own_words(hit) for hit in top]
    together = frozenset().union(*bodies)
    asked = [fold(word) for word in content_words(query.text)]
    rarity = word_rarity(asked, [f"{hit.article.title} {hit.passage.text}" for hit in hits])
    mass = sum(rarity.values())
    named = [name.text for name in names(query.text)]
    missing = [name for name in named if not _occurs(name, together)]
    numbers = [word for word in asked if word[0].isdigit()]
    best = max(judged, key=lambda j: j.meaning + j.words, default=None)
    signs = Signs(
        meaning=max((hit.scores.get("dense", 0.0) for hit in top), default=0.0),
        sentence_meaning=max((j.meaning for j in judged), default=0.0),
        passage_words=max(
            (sum(rarity[w] for w in rarity if w in body) / mass if mass else 1.0 for body in bodies),
            default=0.0,
        ),
        sentence_words=max((j.words for j in judged), default=0.0),
        names=_share(len(named) - len(missing), len(named)),
        numbers=_share(sum(number in together for number in numbers), len(numbers)),
        asked=best.asked if best else 0.0,
    )
    return signs, missing


def _own_words(hit: Hit) -> frozenset[str]:
    """Folded words of a passage and of what stands above it."""
    return frozenset(tokens(fold(f"{headline_of(hit.article)}\n{hit.passage.text}")))


def _occurs(name: str, words: frozenset[str]) -> bool:
    """Whether all syllables of `name`, as written or spelled out, are among `words`."""
    return any(set(tokens(fold(form))) <= words for form in (name, *expand(name)))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
