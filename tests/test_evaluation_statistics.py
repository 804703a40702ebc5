from __future__ import annotations

import math

import numpy as np
import pytest

from rag.evaluation.statistics import (
    Difference,
    Figure,
    Floats,
    auc,
    figure,
    mcnemar,
    mean,
    median,
    paired,
    percentile_95,
)


def floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


NO_LABELS = floats(0, 0, 0, 0)


def test_a_mean_has_the_closed_form_error() -> None:
    # deviations ±½: sample variance 4·¼/3 = ⅓; stderr = √(⅓/4)
    found = figure(floats(1, 0, 1, 0), NO_LABELS, mean)
    assert (found.value, found.n) == (0.5, 4)
    assert found.stderr == pytest.approx(math.sqrt(1 / 12))


def test_one_case_has_no_error_and_none_has_no_value() -> None:
    assert figure(floats(1), floats(0), mean) == Figure(1.0, None, 1)
    assert figure(floats(), floats(), mean) == Figure(None, None, 0)
    assert figure(floats(1, 2), floats(1, 1), auc) == Figure(None, None, 0)


def test_quantiles_interpolate() -> None:
    values = floats(1, 2, 3, 4)
    assert median(values, NO_LABELS) == 2.5
    assert percentile_95(values, NO_LABELS) == pytest.approx(3.85)


def test_auc_counts_pairs_and_halves_ties() -> None:
    # pairs (answerable, not): .9>.5, .9>.2, .5=.5, .5>.2 → 3.5 of 4
    assert auc(floats(0.9, 0.5, 0.5, 0.2), floats(1, 1, 0, 0)) == 0.875
    assert auc(floats(0.1, 0.9), floats(1, 0)) == 0.0


def test_the_bootstrap_error_of_a_median_is_near_the_known_one_and_repeatable() -> None:
    values = np.random.default_rng(1).normal(size=400)
    first = figure(values, np.zeros(400), median)
    # asymptotically 1.2533/√n
    assert first.stderr == pytest.approx(1.2533 / 20, rel=0.25)
    assert first == figure(values, np.zeros(400), median)


@pytest.mark.parametrize(
    ("wins", "losses", "p"),
    [(0, 0, 1.0), (5, 0, 2 / 32), (0, 5, 2 / 32), (1, 6, 2 * 8 / 128), (3, 3, 1.0), (1500, 1000, 0.0)],
)
def test_mcnemar_is_a_fair_coin(wins: int, losses: int, p: float) -> None:
    assert mcnemar(wins, losses) == pytest.approx(p, abs=1e-15)


def test_a_clear_loss_is_found_and_no_change_is_not() -> None:
    before, after = np.ones(40), np.array([0.0] * 15 + [1.0] * 25)
    lost = paired(before, after, np.ones(40), mean)
    assert (lost.before, lost.after, lost.change, lost.n) == (1.0, 0.625, -0.375, 40)
    assert lost.p == pytest.approx(2 / 1001)
    assert lost.low is not None
    assert lost.high is not None
    assert lost.low < -0.375 < lost.high < 0
    same = paired(before, before, np.ones(40), mean)
    assert same == Difference(1.0, 1.0, 0.0, 0.0, 1.0, 40)


def test_cases_without_a_score_are_left_out_on_their_side() -> None:
    found = paired(floats(1, math.nan, 0), floats(1, 1, math.nan), floats(1, 1, 1), mean)
    assert (found.before, found.after, found.n) == (0.5, 1.0, 1)
    assert found.p is None
    nothing = paired(floats(math.nan), floats(1), floats(1), mean)
    assert nothing == Difference(None, 1.0, None, None, None, 0)
