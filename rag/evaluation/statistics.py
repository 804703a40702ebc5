"""A figure with its uncertainty, and whether two runs differ by more than chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Aggregate = Callable[[Floats, Floats], float]
"""(values, labels) of n cases → one figure; NaN when it is not defined for them."""

RESAMPLES = 1_000
_SEED = 20_250_101  # fixed: the same run gives the same error bars


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over `n` cases. `value` is None when no case could be scored, `stderr` when one alone was."""

    value: float | None
    stderr: float | None
    n: int


def mean(values: Floats, _labels: Floats) -> float:
    return float(values.mean()) if len(values) else math.nan


def median(values: Floats, _labels: Floats) -> float:
    return float(np.quantile(values, 0.5)) if len(values) else math.nan


def percentile_95(values: Floats, _labels: Floats) -> float:
    return float(np.quantile(values, 0.95)) if len(values) else math.nan


def auc(values: Floats, labels: Floats) -> float:
    """Probability that a case of label 1 has the higher value, ties counted half (Mann-Whitney U)."""
    positive, negative = values[labels == 1], np.sort(values[labels == 0])
    if not len(positive) or not len(negative):
        return math.nan
    below = np.searchsorted(negative, positive, side="left")
    not_above = np.searchsorted(negative, positive, side="right")
    return float((below + not_above).sum() / 2 / len(positive) / len(negative))


def figure(values: Floats, labels: Floats, aggregate: Aggregate) -> Figure:
    """The figure with its standard error: sample deviation / √n for a mean, bootstrap for all else."""
    n = len(values)
    value = aggregate(values, labels)
    if math.isnan(value):
        return Figure(None, None, 0)
    if n < 2:
        return Figure(value, None, n)
    if aggregate is mean:
        return Figure(value, float(values.std(ddof=1) / math.sqrt(n)), n)
    resampled = [aggregate(values[pick], labels[pick]) for pick in _picks(n)]
    return Figure(value, float(np.nanstd(resampled, ddof=1)), n)


def _picks(n: int) -> NDArray[np.int64]:
    """Rows of n positions drawn with replacement."""
    return np.random.default_rng(_SEED).integers(n, size=(RESAMPLES, n))


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in two runs on the same cases: after − before, its 95 % interval and how surprising it is."""

    before: float | None
    after: float | None
    low: float | None
    high: float | None
    p: float | None  # two-sided; None when the difference is not defined
    n: int

    @property
    def change(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before


def paired(before: Floats, after: Floats, labels: Floats, aggregate: Aggregate) -> Difference:
    """Paired bootstrap over cases (Efron & Tibshirani 1993, ch. 16; NaN: the case has no score).

    p is twice the smaller share of resamples on either side of no difference.
    """
    first, second = _over_scored(before, labels, aggregate), _over_scored(after, labels, aggregate)
    n = int((~np.isnan(before) & ~np.isnan(after)).sum())
    if math.isnan(first) or math.isnan(second) or n < 2:
        return Difference(_or_none(first), _or_none(second), None, None, None, n)
    changes = np.array(
        [
            _over_scored(after[pick], labels[pick], aggregate)
            - _over_scored(before[pick], labels[pick], aggregate)
            for pick in _picks(len(before))
        ]
    )
    changes = changes[~np.isnan(changes)]
    if not len(changes):
        return Difference(first, second, None, None, None, n)
    low, high = np.quantile(changes, [0.025, 0.975])
    smaller = min((changes <= 0).sum(), (changes >= 0).sum())
    p = min(1.0, 2 * (float(smaller) + 1) / (len(changes) + 1))
    return Difference(first, second, float(low), float(high), p, n)


def _over_scored(values: Floats, labels: Floats, aggregate: Aggregate) -> float:
    scored = ~np.isnan(values)
    return aggregate(values[scored], labels[scored])


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def mcnemar(wins: int, losses: int) -> float:
    """Exact two-sided p of McNemar's test (1947): could a fair coin have shared out wins and losses so?"""
    changed = wins + losses
    tail = sum(math.comb(changed, k) for k in range(min(wins, losses) + 1))
    return min(1.0, 2 * tail / (1 << changed))
