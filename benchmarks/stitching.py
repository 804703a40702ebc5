"""What reading excerpts apart costs in answers and saves in time.

    python -m benchmarks.stitching [CASES…] [--corpus PATH…] [--ways WAY…] [--sample N --seed S] [--out DIR]
                                   [--json]

The same questions to the same model three times: every excerpt read behind all that stands before it, as
anybody does ("in place"); all of them apart ("all apart"); and all but the last of several, as ours does
("ours"). Without CASES it is our own demonstration. `--out` keeps the runs, and an interrupted one goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.plain_recipe import answered, parsed, warmed_up
from benchmarks.retrieval import case_scores, gain
from benchmarks.tables import Cell, Table, show, stems
from rag import llamacpp
from rag.evaluation.summary import Report

WAYS = {"in place": 99, "all apart": 0, "ours": 1}
"""How many of several excerpts, from the last one on, are read in their place."""

SHOWN = (
    "outcome.right", "answer.correct", "answer.f1", "evidence.contains", "citation.precision",
    "citation.recall", "citation.verbatim", "latency.first_token.p50", "latency.total.p50",
)  # fmt: skip
NOTE = (
    "The gain is that of the last way over the first on the same questions, with its 95 % interval (paired "
    "bootstrap), for figures that are means. Every question comes out of nothing: no excerpt had been read."
)


def main() -> None:
    options = parsed(__doc__, list(WAYS))
    reports = {}
    with warmed_up(options) as (ours, cases):
        for name in options.ways:
            llamacpp.IN_PLACE = WAYS[name]
            reports[name] = answered(name, ours, cases, options.sample, options.seed, options.out)
    asked = reports[options.ways[0]].n
    title = f"reading apart: {stems(options.cases)}, {asked:,} questions"
    show(table(title, reports), as_json=options.json)


def table(title: str, reports: Mapping[str, Report]) -> Table:
    """A row for every figure, a column for every way."""
    every = list(reports.values())
    rows: list[Sequence[Cell]] = []
    for name in SHOWN:
        better = gain(case_scores(every[0], name), case_scores(every[-1], name))
        rows.append([name, *(report.metrics[name] for report in every), better])
    return Table(title, NOTE, ["figure", *reports, "gain"], rows)


if __name__ == "__main__":
    main()
