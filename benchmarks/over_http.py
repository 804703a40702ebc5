"""An answer whose words come from a server on this machine, beside one whose model runs in the process.

    python -m benchmarks.over_http [--questions 10] [--json]

`rag.generation.OpenAIGenerator` talks to llama-cpp-python's server, set as in `rivals`, the way it talks to
llama-server or vLLM. The first run makes the server's environment (`rivals_setup.py`).
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks import rivals_ways as ways
from benchmarks.answer_speed import Bench, forget
from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.rivals import spread
from benchmarks.rivals_setup import server
from benchmarks.rivals_ways import Told
from benchmarks.tables import Cell, Table, show
from rag import assemble
from rag.evaluation.cases import read_cases
from rag.evaluation.command import opened_index
from rag.models import locate
from rag.settings import Settings

HERE, THERE = "in the process", "over HTTP"
NOTE = (
    "Medians in seconds from the question on, n the answers that a model wrote. Both are asked at the desk "
    "of the page, question by question; each has read what stands before every question, and nothing "
    "else. The ratio is the median over the questions."
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    weights, threads = locate(settings.llm, settings.models), assemble.threads(settings)
    cases = [case for case in read_cases([DEMO_CASES]) if not case.abstain and not case.history]
    questions = [case.question for case in spread(cases, options.questions)]
    with (
        opened_index(settings, [DEMO_CASES], [DEMO_ARTICLES], assemble.embedder(settings)) as store,
        server(weights, threads=threads, context=settings.context_tokens) as url,
    ):
        here = replace(settings, index=store.folder)
        with ways.opened(here) as near, ways.opened(replace(here, llm=f"{url}#{weights.stem}")) as far:
            told = asked({HERE: near, THERE: far}, questions)
    title = f"the model behind a server, {len(questions)} questions, {threads} threads, {weights.stem}"
    columns = ["", "first evidence", "first token", "finished", "n"]
    show(Table(title, NOTE, columns, rows(told)), as_json=options.json)


def asked(desks: Mapping[str, Bench], questions: Sequence[str]) -> dict[str, list[Told]]:
    """Every question put to every desk in turn, so that a machine that slows down does so for all."""
    told: dict[str, list[Told]] = {name: [] for name in desks}
    for question in questions:
        for name, desk in desks.items():
            forget(desk)
            told[name].append(ways.put(desk, question)[0])
    return told


def rows(told: Mapping[str, Sequence[Told]]) -> list[list[Cell]]:
    """A row for each desk, and their ratio, of the questions that a model answered at both."""
    pairs = [pair for pair in zip(told[HERE], told[THERE], strict=True) if all(one.pieces for one in pair)]
    near, far = [[times(pair[place]) for pair in pairs] for place in (0, 1)]
    ratios = [[b / a for a, b in zip(*pair, strict=True)] for pair in zip(near, far, strict=True)]
    named = ((HERE, near), (THERE, far), (f"{THERE} / {HERE}", ratios))
    return [[name, *map(statistics.median, zip(*ones, strict=True)), len(ones)] for name, ones in named]


def times(told: Told) -> tuple[float, float, float]:
    """First evidence, first token and finished, of an answer that was written."""
    assert told.evidence is not None  # it comes before the words
    assert told.first_token is not None
    return told.evidence, told.first_token, told.finished


if __name__ == "__main__":
    main()
