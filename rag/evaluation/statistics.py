"""A figure with its uncertainty, and whether two runs differ by more than chance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Aggregate = Callable[[Floats, Floats], Floats]
"""(values, labels) of n cases in the last axis → one figure for each row. A value is NaN where a case has
no score; a figure is NaN where it is not defined."""

RESAMPLES = 1_000
_SEED = 20_250_101  # fixed: the same run gives the same error bars


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over `n` cases. `value` is None when no case could be scored, `stderr` when one alone was."""

    value: float | None
    stderr: float | None
    n: int


def mean(values: Floats, _labels: Floats) -> Floats:
    """The mean of the scored cases."""
    counts = _scored(values)
    return np.where(counts > 0, np.nansum(values, axis=-1) / np.maximum(counts, 1), np.nan)


def median(values: Floats, _labels: Floats) -> Floats:
    """Half of the scored cases lie at or below it."""
    return _quantile(values, 0.5)


def percentile_95(values: Floats, _labels: Floats) -> Floats:
    """19 of 20 scored cases lie at or below it."""
    return _quantile(values, 0.95)


def _quantile(values: Floats, share: float) -> Floats:
    """Linear between neighbours, as numpy's default. Sorting puts NaN last, out of the way."""
    place = share * np.maximum(_scored(values) - 1, 0)
    low = np.floor(place).astype(np.int64)
    high = np.ceil(place).astype(np.int64)
    ordered = np.sort(values, axis=-1)
    below = np.take_along_axis(ordered, low[..., None], axis=-1)[..., 0]
    above = np.take_along_axis(ordered, high[..., None], axis=-1)[..., 0]
    return np.asarray(below + (above - below) * (place - low))


def _scored(values: Floats) -> NDArray[np.int64]:
    return np.asarray((~np.isnan(values)).sum(axis=-1))


def auc(values: Floats, labels: Floats) -> Floats:
    """Probability that a case of label 1 has the higher value, ties counted half (Mann-Whitney U)."""
    if values.ndim > 1:
        return np.array([auc(*row) for row in zip(values, labels, strict=True)])
    positive = values[(labels == 1) & ~np.isnan(values)]
    negative = np.sort(values[(labels == 0) & ~np.isnan(values)])
    if not len(positive) or not len(negative):
        return np.array(np.nan)
    below = np.searchsorted(negative, positive, side="left")
    not_above = np.searchsorted(negative, positive, side="right")
    return np.array((below + not_above).sum() / 2 / len(positive) / len(negative))


def figure(values: Floats, labels: Floats, aggregate: Aggregate) -> Figure:
    """The figure with its standard error: sample deviation / √n for a mean, bootstrap for all else."""
    n = len(values)
    value = float(aggregate(values, labels)) if n else math.nan
    if math.isnan(value):
        return Figure(None, None, 0)
    if n < 2:
        return Figure(value, None, n)
    if aggregate is mean:
        return Figure(value, float(values.std(ddof=1) / math.sqrt(n)), n)
    picks = _picks(n)
    resampled = aggregate(values[picks], labels[picks])
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
    first, second = float(aggregate(before, labels)), float(aggregate(after, labels))
    n = int((~np.isnan(before) & ~np.isnan(after)).sum())
    if math.isnan(first) or math.isnan(second) or n < 2:
        return Difference(_or_none(first), _or_none(second), None, None, None, n)
    picks = _picks(len(before))
    changes = aggregate(after[picks], labels[picks]) - aggregate(before[picks], labels[picks])
    changes = changes[~np.isnan(changes)]
    if not len(changes):
        return Difference(first, second, None, None, None, n)
    low, high = np.quantile(changes, [0.025, 0.975])
    smaller = min((changes <= 0).sum(), (changes >= 0).sum())
    p = min(1.0, 2 * (float(smaller) + 1) / (len(changes) + 1))
    return Difference(first, second, float(low), float(high), p, n)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def mcnemar(wins: int, losses: int) -> float:
    """Exact two-sided p of McNemar's test (1947): could a fair coin have shared out wins and losses so?"""
    changed = wins + losses
    tail = sum(math.comb(changed, k) for k in range(min(wins, losses) + 1))
    return min(1.0, 2 * tail / (1 << changed))
