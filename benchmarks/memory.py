"""How much memory answering takes: with the models loaded, after some questions, and after many.

python -m benchmarks.memory [--questions 1000] [--json]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice

import psutil

from benchmarks import rivals_ways as ways
from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.tables import Cell, Table, show
from rag import assemble, console
from rag.evaluation.cases import read_cases
from rag.evaluation.command import opened_index
from rag.settings import Settings
from rag.web.desk import Desk

SOME = 100
ANSWER_TOKENS = 16  # what is read is what takes memory, and time
NOTE = (
    "MB of memory that the process and its children hold (resident). The questions are the answerable ones "
    f"of demo, again and again, put to the desk of the page; answers have up to {ANSWER_TOKENS} tokens."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    cases = [case for case in read_cases([DEMO_CASES]) if not case.abstain and not case.history]
    questions = list(islice(cycle(case.question for case in cases), options.questions))
    with opened_index(settings, [DEMO_CASES], [DEMO_ARTICLES], assemble.embedder(settings)) as store:
        settings = replace(settings, index=store.folder, answer_tokens=ANSWER_TOKENS)
    with ways.opened(settings) as desk:
        held = asked(desk, questions)
    title = f"memory, {len(questions):,} questions"
    show(Table(title, NOTE, ["", "MB", "aim"], rows(held)), as_json=options.json)


def asked(desk: Desk, questions: Sequence[str]) -> dict[int, int]:
    """Bytes held when so many questions were answered."""
    marks = {SOME, len(questions)}
    held = {0: resident()}
    with console.running_figures() as tell:
        for number, question in enumerate(questions, start=1):
            ways.put(desk, question)
            if number in marks:
                held[number] = resident()
            tell(number, len(questions), f"{resident() / 1e6:,.0f} MB")
    return held


def resident() -> int:
    """Bytes, of this process and all that it has started; those that two of them share count twice."""
    process = psutil.Process()
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


def rows(held: Mapping[int, int]) -> list[list[Cell]]:
    """`held`: bytes by the number of questions, 0 among them."""
    found: list[list[Cell]] = [
        [f"after {number:,} questions" if number else "idle", size / 1e6, None]
        for number, size in held.items()
    ]
    last = max(held)
    if last > SOME:
        found.append([f"growth from {SOME} to {last:,}", (held[last] - held[SOME]) / 1e6, "≤ 50"])
    return found


if __name__ == "__main__":
    main()
