"""Whether readers ever see articles, words and vectors of two commits at once.

    python -m benchmarks.generations [--readers 8] [--queries 2000] [--commits 50] [--json]

Processes of their own ask an index, each question in a snapshot of its own, while another commits to it,
removes, replaces and now and then replaces everything. Every answer is held against the whole content that
its commit must have.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

from benchmarks import durable
from benchmarks.tables import Cell, Table, show
from rag.console import say
from rag.errors import HoiBaoError
from rag.store import Store

NOTE = (
    "A question is one search by words, one by a phrase, one by vectors and an article, all in one "
    "snapshot. Commits seen: different ones among all readers. Backwards: a reader that saw an earlier one "
    "than before."
)

_over: Event | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reader met."""

    queries: int
    sequences: frozenset[int]
    mixed: tuple[str, ...]
    failed: tuple[str, ...]
    backwards: int
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("--commits", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    context = get_context("spawn")
    over = context.Event()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "chỉ mục"
        write(folder, 1)
        with ProcessPoolExecutor(options.readers, context, _remember, (over,)) as pool:
            readers = [pool.submit(ask, folder, options.queries, n) for n in range(options.readers)]
            began = time.perf_counter()
            write(folder, options.commits - 1, pause=0.3)
            seconds = time.perf_counter() - began
            over.set()
            seen = [reader.result() for reader in readers]
    rows: list[list[Cell]] = [
        ["commits", options.commits],
        ["… in s", seconds],
        ["questions", sum(one.queries for one in seen)],
        [
            "… ms each, with 2 and more at a time",
            1000 * sum(s.seconds for s in seen) / sum(s.queries for s in seen),
        ],
        ["commits seen", len(frozenset[int]().union(*(one.sequences for one in seen)))],
        ["mixed", sum(len(one.mixed) for one in seen)],
        ["failed", sum(len(one.failed) for one in seen)],
        ["backwards", sum(one.backwards for one in seen)],
    ]
    for one in seen:
        for word in (*one.mixed, *one.failed)[:3]:
            say(word, markup=False)
    title = f"{options.readers} readers while {options.commits} commits are made"
    show(Table(title, NOTE, ["", "figure"], rows), as_json=options.json)


def write(folder: Path, commits: int, *, pause: float = 0) -> None:
    """So many commits; every tenth replaces all passages and vectors."""
    with closing(Store.open(folder, create=True)) as store:
        for number in range(1, commits + 1):
            recipe = store.recipe or durable.RECIPE
            with store.snapshot() as snapshot:
                before = durable.read(snapshot)
            if number % 10:
                with store.write(recipe) as writer:
                    durable.take(writer, before + 1)
            else:
                durable.replace_all(store, replace(recipe, splitter=f"paragraphs {number}"))
            time.sleep(pause)


def _remember(over: Event) -> None:
    global _over  # noqa: PLW0603  # how a pool hands an event to its processes
    _over = over


def ask(folder: Path, queries: int, seed: int) -> Seen:
    """Asks so many questions, and for as long as there are commits."""
    chance, sequences = random.Random(seed), set[int]()
    mixed, failed, backwards, last, count, busy = list[str](), list[str](), 0, 0, 0, 0.0
    with closing(Store.open(folder)) as store:
        while count < queries or (_over is not None and not _over.is_set()):
            count += 1
            began = time.perf_counter()
            try:
                with store.snapshot() as snapshot:
                    if chance.random() < 0.1:
                        durable.read(snapshot)
                    else:
                        durable.search(snapshot)
                    backwards += snapshot.sequence < last
                    last = snapshot.sequence
                    sequences.add(last)
            except durable.Mixed as error:
                mixed.append(str(error)[:300])
            except HoiBaoError as error:
                failed.append(str(error)[:300])
            busy += time.perf_counter() - began
            time.sleep(0.002)
    return Seen(count, frozenset(sequences), tuple(mixed), tuple(failed), backwards, busy)


if __name__ == "__main__":
    main()
