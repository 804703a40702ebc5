"""How long an answer takes: first evidence, first word, finished; medians over questions on our articles.

Each question is asked three times: out of nothing; after somebody has typed it while the desk looked it up as
it came, as the page does; and after the article that answers it was open beside the chat.

python -m benchmarks.answer_speed [--questions N] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.tables import Cell, Table, show
from rag import assemble
from rag.answering.assistant import Assistant
from rag.evaluation.cases import read_cases
from rag.evaluation.command import opened_index
from rag.settings import Settings
from rag.types import Done, Message
from rag.web.desk import Desk

T = TypeVar("T")

TYPED, ARTICLE_OPEN = "typed", "article open"
TOLD_AGAIN = ("first_token", "total")

A_SECOND = 6  # characters that are typed in it
OFTEN = 0.7  # seconds between two looks at what is typed, as in chat.js
WORTH = 8  # characters, as there
LOOKED_OVER = 1.0  # seconds before it is sent
OPEN = 10.0  # seconds that an article is read for
ANOTHER: tuple[Message, ...] = ({"role": "system", "content": "."}, {"role": "user", "content": "."})
"""A prompt that begins otherwise: for it, what was read is forgotten."""

NOTE = (
    f"Medians in seconds from the question on, n the answers that got so far; open: models and index, once. "
    f"prompt_tokens are counted, not timed. typed: the same question after it was typed at {A_SECOND} "
    f"characters a second, looked up every {OFTEN} s meanwhile, and looked over for {LOOKED_OVER:.0f} s; "
    f"article open: after the article that answers was open for {OPEN:.0f} s; ratio: their median over the "
    "first."
)


class Bench(Desk):
    """A desk that also works by hand."""

    def do(self, work: Callable[[], T]) -> T:
        """What `work` gives in the desk's own thread: where two compute, llama.cpp is slower in both, see
        `rag.engine`."""
        return self._thread.submit(work).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    cases = [case for case in read_cases([DEMO_CASES]) if not case.abstain and not case.history]
    step = max(1, len(cases) // options.questions)
    rows = []
    with opened_index(settings, [DEMO_CASES], [DEMO_ARTICLES], assemble.embedder(settings)) as store:
        folder = store.folder
        started = time.perf_counter()
        with assemble.library(replace(settings, index=folder)) as library:
            opened = time.perf_counter() - started
            desk = Bench(lambda: nullcontext(library))
            for case in cases[::step][: options.questions]:
                forget(desk)
                row = timed(desk, case.question)
                forget(desk)
                write(desk, case.question)
                row |= also(TYPED, timed(desk, case.question))
                forget(desk)
                desk.read_article(desk.loaded().assistant().article(case.articles[0]), 0)
                time.sleep(OPEN)
                rows.append(row | also(ARTICLE_OPEN, timed(desk, case.question)))
            desk.close()
    llm = Path(settings.llm).name  # it may be named by its file
    title = f"answer speed, {len(rows)} questions, {assemble.threads(settings)} threads, {llm}"
    show(Table(title, NOTE, ["", "median", "n"], figures(opened, rows)), as_json=options.json)


def also(way: str, row: dict[str, float | None]) -> dict[str, float | None]:
    """What is told of a question that was asked again."""
    return {f"{way}: {name}": row[name] for name in TOLD_AGAIN}


def figures(opened: float, rows: list[dict[str, float | None]]) -> list[list[Cell]]:
    reached = {name: [seconds for row in rows if (seconds := row[name])] for name in rows[0]}
    medians = {name: statistics.median(values) for name, values in reached.items() if values}
    found: list[list[Cell]] = [["open", opened, 1]]
    found += [[name, median, len(reached[name])] for name, median in medians.items()]
    found += [
        [f"ratio, {way}: {name}", medians[f"{way}: {name}"] / medians[name], len(reached[name])]
        for way in (TYPED, ARTICLE_OPEN)
        for name in TOLD_AGAIN
    ]
    return found


def forget(desk: Bench) -> None:
    """The model has read what stands before every question, nothing else, and nothing was looked for."""
    assistant = desk.loaded().assistant()
    assert isinstance(assistant, Assistant)  # only the generator of the real one is asked directly
    assistant.memory.clear()
    generator = assistant.generator()
    desk.do(lambda: generator.prepare(ANOTHER))
    desk.do(lambda: assistant.prepare(""))


def write(desk: Desk, question: str, history: Sequence[Message] = ()) -> None:
    """As somebody types it who does not think in between."""
    told = time.perf_counter()
    for length in range(1, len(question) + 1):
        time.sleep(1 / A_SECOND)
        if length >= WORTH and time.perf_counter() - told > OFTEN:
            desk.prepare(question[:length], history=history)
            told = time.perf_counter()
    desk.prepare(question, history=history)
    time.sleep(LOOKED_OVER)


def timed(desk: Desk, question: str) -> dict[str, float | None]:
    async def ask() -> Done:
        done = None
        async for event in desk.answer(question, (), threading.Event()):
            done = event
        assert isinstance(done, Done)
        return done

    answer = asyncio.run(ask()).answer
    return asdict(answer.timings) | {"prompt_tokens": answer.prompt_tokens}


if __name__ == "__main__":
    main()
