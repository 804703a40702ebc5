"""Does the evidence answer the question? Decided before the LLM is called, from cheap signs.

A small model never says no (0 of 20 unanswerable questions refused with the plain recipe), so it is not
asked. The sentence that speaks most for an answer is looked for, and a logistic model turns its signs into
one probability; `strictness` moves the bar. What the refusal says is `gaps`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.evidence import Judged
from rag.answering.signs import Ground, Signs, read_signs
from rag.types import Hit, Query

# Chosen by `python -m benchmarks.fit_refusal` on 350 and 244 answerable questions of two Wikipedia sets and
# 197 of tests/eval/demo.jsonl, each also with its articles hidden, and the cases there that must be refused:
# logistic weights of the best sentence's signs and of the margin, none negative. `meaning` is of a cosine
# whose whole range is some .1 wide. When the way sentences are judged or embedded changes
# (rag/answering/evidence.py), all of them are to be fitted again.
WEIGHTS = {
    "meaning": 52.43,
    "pairs": 1.8,
    "names": 2.38,
    "times": 2.93,
    "numbers": 1.36,
    "asked": 0.54,
    "passage": 1.52,
}
MARGIN = 1.85
INTERCEPT = -31.85
THRESHOLD = 0.34  # strictness 0.5: loses 8 % of the answerable questions it was fitted on
QUOTE_ALONE = 0.6  # from here on the best quote may answer when nothing the LLM wrote is supported


@dataclass(frozen=True, slots=True)
class Verdict:
    """The probability that the evidence suffices, and what follows from it."""

    probability: float
    abstain: bool


def decide(query: Query, hits: Sequence[Hit], judged: Sequence[Judged], *, strictness: float) -> Verdict:
    """Whether to answer at all. `strictness` 0.5 is the fitted threshold, 0 answers nearly always."""
    if not hits:
        return Verdict(0.0, abstain=True)
    probability = sufficiency(read_signs(query, hits, judged))
    return Verdict(probability, abstain=probability < threshold(strictness))


def sufficiency(signs: Signs) -> float:
    """The probability that the evidence answers the question, where half of all questions can be answered."""
    best = max(map(weight_of, signs.grounds), default=0.0)
    return 1 / (1 + math.exp(-(INTERCEPT + best + MARGIN * signs.margin)))


def weight_of(ground: Ground) -> float:
    """How much one sentence speaks for an answer."""
    return sum(weight * float(getattr(ground, name)) for name, weight in WEIGHTS.items())


def threshold(strictness: float, fitted: float = THRESHOLD) -> float:
    """0 → 0, 0.5 → what was fitted, 1 → 1, straight lines between."""
    if strictness <= 0.5:
        return fitted * strictness * 2
    return fitted + (1 - fitted) * (strictness - 0.5) * 2
