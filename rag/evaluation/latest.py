"""The newest finished run: below `runs` of the checkout, or of the folder we were started in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rag.evaluation.folder import REPORT, SUMMARY
from rag.evaluation.metrics import METRICS
from rag.evaluation.statistics import Figure
from rag.settings import checkout


@dataclass(frozen=True, slots=True)
class PastFigures:
    """The figures of a finished run. `report` is its page, None when there is none."""

    folder: Path
    finished: datetime
    questions: int
    metrics: Mapping[str, Figure]  # those that were measured
    report: Path | None


def run_folders() -> tuple[Path, ...]:
    """Where runs are kept: what `make eval` and `hoibao eval --out runs/…` write."""
    root = checkout()
    places = [root / "runs"] if root else []
    return tuple(dict.fromkeys([*places, Path.cwd() / "runs"]))


def latest_run(folders: Iterable[Path] | None = None) -> PastFigures | None:
    """The run that was finished last and can be read; None when there is none."""
    found = [
        summary
        for folder in (run_folders() if folders is None else folders)
        for summary in folder.glob(f"*/{SUMMARY}")
    ]
    for summary in sorted(found, key=_finished, reverse=True):
        if run := _read(summary):
            return run
    return None


def _finished(summary: Path) -> float:
    try:
        return summary.stat().st_mtime
    except OSError:  # deleted meanwhile
        return 0.0


def _read(summary: Path) -> PastFigures | None:
    """None for what `RunFolder.finish` did not write."""
    try:
        table = json.loads(summary.read_text(encoding="utf-8"))
        metrics = {name: _figure(value) for name, value in table["metrics"].items() if name in METRICS}
        questions = int(table["n"])
        finished = datetime.fromtimestamp(_finished(summary)).astimezone()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    report = summary.parent / REPORT
    return PastFigures(
        summary.parent,
        finished,
        questions,
        {name: figure for name, figure in metrics.items() if figure.value is not None},
        report if report.is_file() else None,
    )


def _figure(value: Mapping[str, Any]) -> Figure:
    number, stderr = (None if value[key] is None else float(value[key]) for key in ("value", "stderr"))
    return Figure(value=number, stderr=stderr, n=int(value["n"]))
