"""Two runs of the same cases: who won where, and whether it is more than chance."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import InputError
from rag.evaluation.folder import SUMMARY, RunFolder
from rag.evaluation.metrics import METRICS
from rag.evaluation.record import Record
from rag.evaluation.statistics import Difference, Floats, mcnemar, paired
from rag.evaluation.summary import Report
from rag.texts import text

SIGNIFICANT = 0.05
GUARDED = (
    "outcome.error",
    "outcome.right",
    "answer.correct",
    "evidence.contains",
    "citation.verbatim",
    "citation.precision",
    "citation.recall",
    "refusal.recall",
    "language.vietnamese",
    "retrieval.ndcg@10",
)
"""A significant loss in one of these is a regression. Few, so that chance seldom raises an alarm, and no
latency: the other run may be from another machine."""


@dataclass(frozen=True, slots=True)
class PastCase:
    """How a case fared in an earlier run. `record` is None when only its summary was kept."""

    right: bool | None
    scores: Mapping[str, float]
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class PastRun:
    """An earlier run, read from its folder or from its summary file alone."""

    path: Path
    cases: Mapping[str, PastCase]
    settings: Mapping[str, object]
    fingerprint: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A case that fared differently."""

    before: PastCase
    after: Record


@dataclass(frozen=True, slots=True)
class Regression:
    """A guarded metric that got worse by more than chance."""

    metric: str
    difference: Difference

    def __str__(self) -> str:
        found = self.difference
        return text(
            "eval.regressed",
            metric=self.metric,
            before=f"{found.before:.3f}",
            after=f"{found.after:.3f}",
            p=f"{found.p:.2g}",
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from `before` to the present run, over the `n` cases that both have."""

    before: PastRun
    n: int
    wins: tuple[Change, ...]
    losses: tuple[Change, ...]
    p: float  # exact McNemar over wins and losses
    differences: Mapping[str, Difference]

    @property
    def regressions(self) -> tuple[str, ...]:
        """The guarded metrics that got worse by more than chance (Holm 1979, 5 % over all of them)."""
        tested = sorted(
            (difference.p, name)
            for name in GUARDED
            if (difference := self.differences.get(name)) and difference.p is not None
        )
        found: set[str] = set()
        for position, (p, name) in enumerate(tested):
            if p is None or p * (len(tested) - position) > SIGNIFICANT:
                break
            change = self.differences[name].change or 0.0
            if (change < 0) == METRICS[name].higher_is_better:
                found.add(name)
        return tuple(name for name in GUARDED if name in found)

    @property
    def regressed(self) -> tuple[Regression, ...]:
        """The same with their figures, for the gate."""
        return tuple(Regression(name, self.differences[name]) for name in self.regressions)

    def to_json(self) -> dict[str, Any]:
        """`{before, n, wins: [ids], losses: [ids], p, regressions, differences: {name: {…}}}`."""
        return {
            "before": str(self.before.path),
            "n": self.n,
            "wins": [change.after.case.id for change in self.wins],
            "losses": [change.after.case.id for change in self.losses],
            "p": self.p,
            "regressions": list(self.regressions),
            "differences": {name: asdict(value) for name, value in self.differences.items()},
        }


def load_run(path: Path) -> PastRun:
    """A finished run, from its folder or its `summary.json` under any name (a kept baseline).

    Raises InputError when there is none or it cannot be read.
    """
    try:
        folder = RunFolder(path) if path.is_dir() else None
        file = path / SUMMARY if folder else path
        summary = json.loads(file.read_text(encoding="utf-8"))
        records = {record.case.id: record for record in folder.records()} if folder else {}
        cases = {
            case_id: PastCase(values["right"], values["scores"], records.get(case_id))
            for case_id, values in summary["cases"].items()
        }
        return PastRun(path, cases, summary["settings"], summary["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("eval.bad_run", path=path, reason=error) from error


def compare(before: PastRun, after: Report) -> Comparison:
    """Case by case and metric by metric. Raises InputError when the runs share no case."""
    records = [record for record in after.records if record.case.id in before.cases]
    if not records:
        raise InputError("eval.no_common_cases", path=before.path)
    changes = [Change(before.cases[record.case.id], record) for record in records]
    wins = tuple(change for change in changes if _gain(change) > 0)
    losses = tuple(change for change in changes if _gain(change) < 0)
    return Comparison(
        before=before,
        n=len(records),
        wins=wins,
        losses=losses,
        p=mcnemar(len(wins), len(losses)),
        differences=_differences(changes),
    )


def _gain(change: Change) -> float:
    """Above 0 for a win. By right and wrong; where neither run judged answers, by the ranking."""
    before, after = change.before.right, change.after.right
    if before is not None and after is not None:
        return float(after) - float(before)
    ranking = "retrieval.ndcg@10"
    if (
        before is None
        and after is None
        and ranking in change.before.scores
        and ranking in change.after.scores
    ):
        return change.after.scores[ranking].value - change.before.scores[ranking]
    return 0.0


def _differences(changes: list[Change]) -> dict[str, Difference]:
    labels: Floats = np.array([float(not change.after.case.abstain) for change in changes])
    differences: dict[str, Difference] = {}
    for name, metric in METRICS.items():
        before = _column([change.before.scores.get(name) for change in changes])
        after = _column([s.value if (s := change.after.scores.get(name)) else None for change in changes])
        if np.isnan(before).all() or np.isnan(after).all():
            continue
        difference = paired(before, after, labels, metric.aggregate)
        if name in ("outcome.right", "answer.correct"):
            wins, losses = int((after > before).sum()), int((after < before).sum())
            difference = replace(difference, p=mcnemar(wins, losses))
        differences[name] = difference
    return differences


def _column(values: list[float | None]) -> Floats:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
