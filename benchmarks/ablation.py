"""What each part of an answer is worth: the same questions with one part after the other switched off.

    python -m benchmarks.ablation [CASES…] [--corpus PATH…] [--sample N --seed S] [--out DIR] [--json]

The product has no switches for its parts, so they are replaced here for the length of a run. Without CASES
it is our own demonstration. Every row asks all questions again, some seconds each; `--out` keeps the runs,
and an interrupted one goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from unittest import mock

from benchmarks.plain_recipe import SYSTEM, answered, parsed, warmed_up
from benchmarks.retrieval import case_scores, gain
from benchmarks.tables import Cell, Table, show, stems
from rag import prompts, retrieval
from rag.answering import assistant, citations, evidence, finding, prompting, refusal
from rag.answering.conversation import Resolved
from rag.evaluation.summary import Report

WHOLE = "everything on"
WIDE = 6  # sentences on either side: about a passage
SHOWN = (
    "outcome.right", "answer.correct", "answer.f1", "evidence.contains", "citation.precision",
    "refusal.recall", "refusal.wrong_answer_rate", "latency.total.p50",
)  # fmt: skip
NOTE = (
    "Gain: of outcome.right over everything on, same questions, with its 95 % interval (paired bootstrap). "
    "A part that is switched off changes what comes after it, too."
)


def parts() -> Mapping[str, AbstractContextManager[object]]:
    """What is replaced while a row is measured, by the name of what is missing."""
    meaning = {sign: float(sign == "meaning") for sign in evidence.WEIGHTS}
    read = prompts.prompt
    return {
        WHOLE: nullcontext(),
        "no closer look at passages": mock.patch.object(retrieval, "WEIGHT", 0.0),
        "sentences chosen by meaning alone": mock.patch.object(evidence, "WEIGHTS", meaning),
        "passages instead of sentences": mock.patch.object(prompting, "NEIGHBOURS", WIDE),
        "no refusal": mock.patch.object(refusal, "threshold", return_value=0.0),
        "an ordinary prompt": mock.patch.object(
            prompting, "prompt", lambda name, **given: SYSTEM if name == "system" else read(name, **given)
        ),
        "no verification": mock.patch.multiple(
            citations, fault_of=lambda *_: None, language_fault=lambda *_: None, _misplaced=lambda *_: False
        ),
        "no best evidence behind": mock.patch.object(
            citations, "_beside_best", lambda found, *_: list(found)
        ),
        "no other articles behind": mock.patch.object(
            assistant, "beside_differing", lambda aligned, *_: aligned
        ),
        "two years or places as one": mock.patch.object(
            finding, "questions_in", lambda question: (question,)
        ),
        "one of two things asked": mock.patch.object(citations, "_with_parts", lambda found, *_: list(found)),
        "follow-ups as typed": mock.patch.object(
            finding, "standalone", lambda question, _: Resolved(question, "")
        ),
    }


def main() -> None:
    options = parsed(__doc__)
    reports: dict[str, Report] = {}
    with warmed_up(options) as (whole, cases):
        for name, part in parts().items():
            with part:
                fresh = replace(whole, memory=finding.Memory())  # what another part had found is no measure
                reports[name] = answered(name, fresh, cases, options.sample, options.seed, options.out)
    title = f"{stems(options.cases)}, {reports[WHOLE].n:,} questions, one part after the other off"
    show(table(title, reports), as_json=options.json)


def table(title: str, reports: Mapping[str, Report]) -> Table:
    """A row for every part."""
    rows: list[Sequence[Cell]] = []
    before = case_scores(reports[WHOLE], "outcome.right")
    for name, report in reports.items():
        change = "" if name == WHOLE else gain(before, case_scores(report, "outcome.right"))
        rows.append([name, *(report.metrics[figure] for figure in SHOWN), change])
    return Table(title, NOTE, ["", *SHOWN, "gain"], rows)


if __name__ == "__main__":
    main()
