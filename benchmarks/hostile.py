"""What hostile files cost whoever indexes them, and those who ask meanwhile.

    python -m benchmarks.hostile [--only WORDS] [--json]

Every kind of `made_hostile` lies in one folder with the demonstration articles before and after it, and is
indexed as `hoibao index add` does, by the fake embedder. Meanwhile an assistant over the same index, in the
same process, is asked one question after the other; its model is a script. Linux: memory is read from /proc.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from benchmarks.made_hostile import KINDS, Hostile
from benchmarks.tables import Cell, Table, show
from rag import indexing
from rag.answering.assistant import Assistant
from rag.answering.finding import Memory
from rag.console import say
from rag.embedding import FakeEmbedder
from rag.errors import HoiBaoError
from rag.generation import ScriptedGenerator
from rag.indexing import FileReport
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import Store
from rag.types import Done

DEMO = Path(str(files("rag.demo") / "articles"))
QUESTION = "Bãi Sò thu gom được bao nhiêu rác nhựa?"
VECTORS = Path("vectors of all of it")
PAUSE = 0.02  # seconds between two questions
NOTE = (
    "Outcome: the message that names the file, by its key in rag/texts.toml, and how many articles were read "
    "all the same. s: from the end of the file before it until this one was done with. MB: how much more "
    "memory the process that indexes held at most than before the first file; the child that reads is not "
    "counted, it is ended at its own limit. Answer: the longest that an answer took whose time overlaps "
    "with that, in seconds; {usual:.2f} before the indexing began (median). Pipes, devices, sockets and "
    "loops are left out of a folder and were named one by one."
)


@dataclass(slots=True)
class Asked:
    """When answers began and ended."""

    spans: list[tuple[float, float]] = field(default_factory=list)

    def longest(self, began: float, ended: float) -> float:
        """Seconds of the longest answer that overlaps with this time."""
        return max((end - start for start, end in self.spans if start < ended and end > began), default=0.0)


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one file."""

    path: Path
    outcome: str
    began: float
    ended: float
    memory: int  # bytes, the peak while it was read


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="kinds that have these words in their names")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if sys.platform != "linux":
        print("benchmarks.hostile needs Linux", file=sys.stderr)
        sys.exit(2)
    kinds = [kind for kind in KINDS if options.only.lower() in kind.what.lower()]
    with tempfile.TemporaryDirectory() as temporary:
        show(measured(Path(temporary), kinds), as_json=options.json)


def measured(place: Path, kinds: Sequence[Hostile]) -> Table:
    """Makes the files, indexes them while questions are asked, and gives a row for each."""
    folder, outside = place / "bài", place / "ngoài"
    folder.mkdir()
    outside.mkdir()
    named = {}
    for number, kind in enumerate(kinds):
        path = (folder if kind.plain else outside) / f"{number:02}{kind.suffix}"
        kind.make(path)
        named[path] = kind.what
    for name in ("0 trước", "9 sau"):
        shutil.copytree(DEMO, folder / name)
    with closing(Store.open(place / "chỉ mục", create=True)) as store:
        embedder, settings = FakeEmbedder(dimension=256), Settings(index=place / "chỉ mục")
        indexing.add([folder / "0 trước"], store, embedder, settings)
        assistant = Assistant(
            store,
            Retriever(embedder, candidates=settings.candidates, dense_weight=settings.dense_weight),
            lambda: ScriptedGenerator(lambda _: "Bãi Sò thu gom 41 tấn rác nhựa."),
            settings,
        )
        usual = sorted(answered(assistant) for _ in range(15))[7]
        before = now("VmRSS")
        with asking(assistant) as asked:
            taken = [*indexed([folder], store, embedder, settings)]
            for path in named:
                if path.is_relative_to(outside):
                    taken += indexed([path], store, embedder, settings)
    return table(taken, named, asked, before, usual)


def answered(assistant: Assistant) -> float:
    """Seconds of one answer, looked for anew."""
    assistant = replace(assistant, memory=Memory())
    began = time.perf_counter()
    *_, done = assistant.answer(QUESTION, [])
    assert isinstance(done, Done)
    return time.perf_counter() - began


@contextmanager
def asking(assistant: Assistant) -> Iterator[Asked]:
    """Asks in a thread of its own, one question after the other, until it is left."""
    asked, stop, failed = Asked(), threading.Event(), []

    def run() -> None:
        try:
            while not stop.wait(PAUSE):
                began = time.perf_counter()
                answered(assistant)
                asked.spans.append((began, time.perf_counter()))
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield asked
    finally:
        stop.set()
        thread.join()
    if failed:
        raise failed[0]


def indexed(
    paths: Sequence[Path], store: Store, embedder: FakeEmbedder, settings: Settings
) -> Iterator[Taken]:
    """Adds files and folders, and gives what came of each file."""
    taken: list[Taken] = []
    began = [time.perf_counter()]

    def note(path: Path, outcome: str) -> None:
        ended = time.perf_counter()
        say(f"{ended - began[0]:6.1f} s  {path.name}  {outcome}", markup=False)
        taken.append(Taken(path, outcome, began[0], ended, now("VmHWM")))
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        began[0] = time.perf_counter()

    def report(file: FileReport) -> None:
        keys = Counter(problem.key.removeprefix("articles.") for problem in file.problems)
        told = [f"{key} ×{count:,}" if count > 1 else key for key, count in keys.items()]
        read = [f"{file.articles:,} read"] if file.articles or not told else []
        note(file.path, ", ".join([*told, *read]))

    try:
        indexing.add(paths, store, embedder, settings, report=report)
    except HoiBaoError as error:
        note(paths[0], error.key.removeprefix("articles."))
    else:
        if not taken:  # a folder in which nothing is found
            note(paths[0], "left out")
        elif len(taken) > 1:
            note(VECTORS, "")
    yield from taken


def now(name: str) -> int:
    """Bytes of a line of /proc/self/status."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return 1024 * int(line.split()[1])
    raise LookupError(name)


def table(taken: Sequence[Taken], named: dict[Path, str], asked: Asked, before: int, usual: float) -> Table:
    """A row for each kind, and one for all."""

    def figures(some: Sequence[Taken]) -> list[Cell]:
        return [
            max(each.ended - each.began for each in some),
            max(0, max(each.memory for each in some) - before) / 1e6,
            max(asked.longest(each.began, each.ended) for each in some),
        ]

    hostile = [each for each in taken if each.path in named]
    vectors = [each for each in taken if each.path == VECTORS]
    sound = [each for each in taken if each.path not in named and each.path != VECTORS]
    read = sum(each.outcome.endswith(" read") for each in sound)
    rows: list[list[Cell]] = [[named[each.path], each.outcome, *figures([each])] for each in hostile]
    rows.append(["sound files", f"{read} of {len(sound)} read", *figures(sound)])
    rows += [[str(each.path), "", *figures([each])] for each in vectors]
    rows.append([f"{len(hostile)} hostile files: the most", "", *figures(hostile)])
    title = f"{len(hostile)} hostile files among {len(sound)} sound ones"
    return Table(title, NOTE.format(usual=usual), ["file", "outcome", "s", "MB", "answer, s"], rows)


if __name__ == "__main__":
    main()
