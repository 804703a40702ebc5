"""Four readers at once, beside the plain recipe that answers the same questions one after the other.

python -m benchmarks.crowd [--json]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

from benchmarks import rivals_ways as ways
from benchmarks.plain_recipe import PlainRecipe
from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.rivals import spread, tuned_model
from benchmarks.rivals_table import OURS, TUNED
from benchmarks.tables import Cell, Table, show
from rag import assemble
from rag.evaluation.cases import read_cases
from rag.evaluation.command import opened_index
from rag.settings import Settings
from rag.web.desk import Desk

READERS, EACH = 4, 4
NOTE = (
    f"Seconds. {READERS} readers ask {EACH} questions each, the next as soon as the last is answered. "
    f"{TUNED}, as in the table of rivals, answers the same ones one by one. Fair share: what a question "
    "takes when all readers have the machine in turns, that is, the time per answer times the readers."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    cases = [case for case in read_cases([DEMO_CASES]) if not case.abstain and not case.history]
    questions = [case.question for case in spread(cases, READERS * EACH)]
    embedder = assemble.embedder(settings)
    with opened_index(settings, [DEMO_CASES], [DEMO_ARTICLES], embedder) as store:
        settings = replace(settings, index=store.folder)
        serial = one_by_one(PlainRecipe(assemble.assistant(settings, store, embedder)), questions)
        with ways.opened(settings) as desk:
            started = time.perf_counter()
            waits = together(desk, [questions[reader::READERS] for reader in range(READERS)])
            wall = time.perf_counter() - started
    title = f"{READERS} readers at once, {len(questions)} questions"
    show(Table(title, NOTE, ["", "figure", "aim"], rows(serial, wall, waits)), as_json=options.json)


def one_by_one(recipe: PlainRecipe, questions: Sequence[str]) -> float:
    """Seconds that (b) takes for all of them."""
    with closing(tuned_model(recipe.ours.settings)) as llama:
        plain = ways.Plain(recipe, ways.in_process(llama), ways.prompt_counter(llama))
        plain.ask(ways.WARM)
        started = time.perf_counter()
        for question in questions:
            plain.ask(question)
        return time.perf_counter() - started


def together(desk: Desk, batches: Sequence[Sequence[str]]) -> list[float]:
    """Seconds until each question was answered; a batch is asked by one reader, in order."""

    def read(questions: Sequence[str]) -> list[float]:
        return [ways.put(desk, question)[0].finished for question in questions]

    with ThreadPoolExecutor(len(batches)) as readers:
        return [seconds for waits in readers.map(read, batches) for seconds in waits]


def rows(serial: float, wall: float, waits: Sequence[float]) -> list[list[Cell]]:
    """`serial` and `wall` are what (b) and we took for all of it."""
    fair = wall / len(waits) * READERS
    return [
        [f"{TUNED}, one after the other", serial, None],
        [f"{OURS}, {READERS} at once", wall, None],
        ["throughput, ratio", serial / wall, "≥ 1.5"],
        ["longest wait for an answer", max(waits), None],
        ["fair share", fair, None],
        ["longest wait / fair share", max(waits) / fair, "≤ 2"],
    ]


if __name__ == "__main__":
    main()
