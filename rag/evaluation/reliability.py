"""Does the sufficiency mean what it says? Of the cases it calls 0.8, eight in ten must be answerable."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rag.evaluation.record import Record

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases whose probability lies from `low` to `high`; at least one."""

    low: float
    high: float
    n: int
    said: float  # mean probability
    true: float  # share that can be answered

    @property
    def stderr(self) -> float:
        """Of `true`, if the probability said were right: √(p(1−p)/n)."""
        return math.sqrt(self.said * (1 - self.said) / self.n)


def reliability(records: Iterable[Record]) -> list[Bin]:
    """The cases in ten bins of equal width, empty ones left out; none unless there are cases of both kinds.

    Cases without a probability (retrieval alone, errors) do not count.
    """
    pairs = [(r.sufficiency, float(not r.case.abstain)) for r in records if r.sufficiency is not None]
    if len({label for _, label in pairs}) < 2:
        return []
    said, labels = np.array(pairs, dtype=np.float64).T
    places = np.minimum((said * BINS).astype(int), BINS - 1)
    return [
        Bin(
            low=place / BINS,
            high=(place + 1) / BINS,
            n=int(inside.sum()),
            said=float(said[inside].mean()),
            true=float(labels[inside].mean()),
        )
        for place in range(BINS)
        if (inside := places == place).any()
    ]


def calibration_error(bins: Iterable[Bin]) -> float:
    """How far from the truth a probability is on average: |said − true| weighted by n (ECE, Naeini 2015)."""
    found = list(bins)
    return sum(b.n * abs(b.said - b.true) for b in found) / sum(b.n for b in found)
