"""How good the answers are: every figure of docs/metrics.md that was measured.

    python -m benchmarks.answers [CASES…] [--corpus PATH…] [--sample N] [--seed S] [--json]
    python -m benchmarks.answers --run FOLDER [--json]

Asks as `hoibao eval` does; without CASES it is our own demonstration. FOLDER is a finished run that
`hoibao eval --out FOLDER` kept, so that nothing is asked twice.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.machine import peak_memory
from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.tables import Cell, Table, show, stem
from rag.evaluation.command import measure
from rag.evaluation.folder import SUMMARY, RunFolder
from rag.evaluation.record import Record
from rag.settings import Settings

NOTE = (
    "± is the standard error, n the questions that a figure could be taken from; docs/metrics.md defines "
    "each. Latencies are seconds."
)
SWITCHES = {"unaccented": "no accents", "drop_gold": "their articles hidden"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, default=[])
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", type=Path, metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.run is None:
        show(asked(options), as_json=options.json)
    elif not (options.run / SUMMARY).exists():
        parser.error(f"{options.run}: no finished run of hoibao eval --out")
    else:
        summary = json.loads((options.run / SUMMARY).read_text(encoding="utf-8"))
        show(table(summary, RunFolder(options.run).records()), as_json=options.json)


def asked(options: argparse.Namespace) -> Table:
    """Asks now; says how long that took and how much memory."""
    case_files, corpus = options.cases, options.corpus
    if not case_files:
        case_files, corpus = [DEMO_CASES], [DEMO_ARTICLES]
    switches = {"sample": options.sample, "seed": options.seed}
    started = time.perf_counter()
    report = measure(Settings.load(), case_files, corpus, switches=switches, out=None)
    seconds, memory = time.perf_counter() - started, peak_memory()
    cost: list[list[Cell]] = [
        ["all of it, s", seconds, report.n],
        ["peak memory, MiB", None if memory is None else memory / 2**20, report.n],
    ]
    return table(report.to_json(), report.records, cost)


def table(summary: Mapping[str, Any], records: Iterable[Record], cost: Iterable[list[Cell]] = ()) -> Table:
    """The measured figures of a run; `summary` is `Report.to_json()`."""
    files = dict.fromkeys(stem(Path(record.case.place.rpartition(":")[0])) for record in records)
    settings = summary["settings"]
    # A model may be named by its file: its folder is nobody's business.
    models = " and ".join(Path(settings[name]).name for name in ("llm", "embedder"))
    switches = "".join(f", {said}" for name, said in SWITCHES.items() if settings[name])
    title = f"answers: {' + '.join(files)}, {summary['n']:,} questions{switches}, {models}"
    rows: list[list[Cell]] = [
        [name, figure, figure["n"]]
        for name, figure in summary["metrics"].items()
        if figure["value"] is not None
    ]
    return Table(title, NOTE, ["figure", "value", "n"], [*rows, *cost])


if __name__ == "__main__":
    main()
