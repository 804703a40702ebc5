"""A run on disk: one folder, written so that an interrupted run can go on.

run.json        settings and fingerprint; written first, so that nothing else is ever mixed in
records.jsonl   one line per case, appended as each finishes
summary.json    the figures and every case's scores; written last: it exists when the run is complete
report.html     the same to read, offline
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import InputError
from rag.evaluation.record import Outcome, Record, from_json, to_json
from rag.evaluation.summary import Report

MANIFEST, RECORDS, SUMMARY, REPORT = "run.json", "records.jsonl", "summary.json", "report.html"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    def open(self, manifest: Mapping[str, Any]) -> dict[str, Record]:
        """Makes the folder, or takes up the run in it; gives the finished records by case id.

        Cases that ended in an error are asked again. Raises InputError when the folder holds another
        run, or cannot be written.
        """
        wanted = json.loads(json.dumps(manifest))
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = self.path / MANIFEST
            if file.exists():
                if json.loads(file.read_text(encoding="utf-8")) != wanted:
                    raise InputError("eval.other_run", path=self.path)
            else:
                file.write_text(_pretty(wanted), encoding="utf-8")
            self._drop_cut_line()
            return {r.case.id: r for r in self.records() if r.outcome is not Outcome.ERROR}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError("eval.bad_run", path=self.path, reason=error) from error

    def _drop_cut_line(self) -> None:
        """An interrupted run may have left half a line at the end."""
        file = self.path / RECORDS
        if file.exists() and not (content := file.read_bytes()).endswith(b"\n"):
            file.write_bytes(content[: content.rfind(b"\n") + 1])

    def records(self) -> Iterator[Record]:
        """The records in the order they were written; a case that was asked again comes again.

        Raises ValueError, KeyError or TypeError for a file that was not written here.
        """
        file = self.path / RECORDS
        for line in file.read_text(encoding="utf-8").split("\n") if file.exists() else ():
            if line:
                yield from_json(json.loads(line))

    def append(self, record: Record) -> None:
        """Adds one finished case."""
        with (self.path / RECORDS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(to_json(record), ensure_ascii=False) + "\n")

    def finish(self, report: Report) -> None:
        """Writes the summary: the report, and per case what a later run is compared with."""
        cases = {
            record.case.id: {
                "outcome": record.outcome,
                "right": record.right,
                "abstain": record.case.abstain,
                "scores": {name: score.value for name, score in record.scores.items()},
            }
            for record in report.records
        }
        summary = report.to_json() | {"cases": cases}
        (self.path / SUMMARY).write_text(_pretty(summary), encoding="utf-8")


def _pretty(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"
