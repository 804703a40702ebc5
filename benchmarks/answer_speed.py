"""How long an answer takes: first evidence, first word, finished; medians over questions on our articles.

python -m benchmarks.answer_speed [--questions N] [--json]
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.tables import Cell, Table, show
from rag import assemble
from rag.evaluation.cases import read_cases
from rag.evaluation.command import opened_index
from rag.settings import Settings
from rag.types import Done

NOTE = (
    "Medians in seconds from the question on, n the answers that got so far; open: models and index, once. "
    "prompt_tokens are counted, not timed."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    started = time.perf_counter()
    embedder = assemble.embedder(settings)
    cases = [case for case in read_cases([DEMO_CASES]) if not case.abstain and not case.history]
    step = max(1, len(cases) // options.questions)
    rows = []
    with opened_index(settings, [DEMO_CASES], [DEMO_ARTICLES], embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        embedder.embed_queries(["làm nóng"])
        assistant.generator()
        opened = time.perf_counter() - started
        for case in cases[::step][: options.questions]:
            *_, done = assistant.answer(case.question)
            assert isinstance(done, Done)
            rows.append(asdict(done.answer.timings) | {"prompt_tokens": done.answer.prompt_tokens})
    reached = {name: [row[name] for row in rows if row[name]] for name in rows[0]}
    figures: list[list[Cell]] = [
        ["open", opened, 1],
        *([name, statistics.median(values), len(values)] for name, values in reached.items() if values),
    ]
    llm = Path(settings.llm).name  # it may be named by its file
    title = f"answer speed, {len(rows)} questions, {assemble.threads(settings)} threads, {llm}"
    show(Table(title, NOTE, ["", "median", "n"], figures), as_json=options.json)


if __name__ == "__main__":
    main()
