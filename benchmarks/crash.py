"""What is left of an index when the process that writes it is killed: at named points, and at any moment.

    python -m benchmarks.crash [--repeats 10] [--moments 200] [--json]

A child process writes, derives, replaces, backs up and restores an index and is killed (SIGKILL); then
the index is opened, verified and searched in both legs. What the child said was committed must be there, and
nothing may be of two commits. Linux and macOS.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks import durable
from benchmarks.tables import Table, show
from rag.console import say
from rag.errors import HoiBaoError
from rag.store import Store, back_up, backup, restore

STEPS = 3  # commits of one life of the child
SEED = 1
NOTE = (
    "Each line is one point of the code at which the process that holds the index is killed, on one index "
    "again and again. Then another process opens it: lost is a commit that had been acknowledged, mixed a "
    "content of two commits or a word of `verify`, failed an index that did not open or took no other commit."
)
COLUMNS = ["killed", "times", "lost", "mixed", "failed"]


@dataclass(frozen=True, slots=True)
class Point:
    """Where in the code the child is killed: at the call of a function, by name."""

    action: str
    target: str  # module:qualified.name
    after: bool = False
    text: str = ""  # that must be among the arguments

    def plant(self, hit: int) -> None:
        """From now on this process dies there, when it comes by for the `hit`th time."""
        module, _, path = self.target.partition(":")
        *owners, name = path.split(".")
        owner: Any = import_module(module)
        for part in owners:
            owner = getattr(owner, part)
        original, seen = getattr(owner, name), 0

        def dying(*arguments: Any, **named: Any) -> Any:
            nonlocal seen
            here = self.text in " ".join(map(str, arguments))
            seen += here
            if here and seen == hit and not self.after:
                _die()
            result = original(*arguments, **named)
            if here and seen == hit:
                _die()
            return result

        setattr(owner, name, dying)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


RUN, REPLACE_FILE = "rag.store.database:Database.run", "rag.store.files:replace_file"
POINTS: Mapping[str, Point] = {
    "creating: the file is there": Point("create", RUN, text="journal_mode"),
    "creating: half of the tables": Point("create", RUN, text="CREATE TABLE vectors"),
    "creating: before its commit": Point("create", RUN, text="COMMIT"),
    "commit: begun": Point("commit", RUN, after=True, text="BEGIN IMMEDIATE"),
    "commit: article gone, new one not in": Point("commit", RUN, after=True, text="DELETE FROM articles"),
    "commit: article in, vectors not": Point("commit", RUN, text="INSERT INTO vectors"),
    "commit: all rows in": Point("commit", RUN, text="COMMIT"),
    "commit: kept by SQLite": Point("commit", RUN, after=True, text="COMMIT"),
    "words: before tantivy writes": Point("commit", "rag.store.lexical:_add"),
    "words: written, not committed": Point("commit", "rag.store.lexical:_add", after=True),
    "words: committed, no manifest": Point("commit", "rag.store.lexical:LexicalFolder._write_manifest"),
    "words: manifest written": Point("commit", "rag.store.lexical:LexicalFolder._remove_all_but"),
    "vectors: before they are written": Point("commit", "rag.store.dense:DenseIndex.save"),
    "vectors: the new file beside the old": Point("commit", "os:replace", text="passages.faiss.new"),
    "vectors: file renamed, old manifest": Point("commit", "rag.store.dense:write_manifest"),
    "vectors: manifest beside the old one": Point("commit", "os:replace", text="passages.faiss.json.new"),
    "vectors: manifest renamed": Point("commit", "rag.store.dense:write_manifest", after=True),
    "deriving: words forgotten": Point("derive", "rag.store.lexical:LexicalFolder.forget", after=True),
    "deriving: all forgotten": Point("derive", "rag.store.dense:forget", after=True),
    "deriving: an empty new folder": Point("derive", "rag.store.lexical:_create"),
    "deriving: old folder not yet gone": Point("derive", "rag.store.lexical:LexicalFolder._remove_all_but"),
    "mending: a reader writes words": Point("mend", "rag.store.lexical:_add"),
    "mending: a reader writes vectors": Point("mend", "rag.store.dense:write_manifest"),
    "replacing: a batch half staged": Point("replace", RUN, after=True, text="INSERT INTO staged"),
    "replacing: staged": Point("replace", "rag.store.replacement:Replacement.finish"),
    "replacing: old passages deleted": Point("replace", RUN, after=True, text="DELETE FROM removals"),
    "replacing: kept by SQLite": Point("replace", "rag.store.replacement:Replacement.finish", after=True),
    "backing up: pages copied": Point("back up", "rag.store.backup:_copied", after=True),
    "backing up: before the file is renamed": Point("back up", "rag.store.backup:move"),
    "restoring: unpacked": Point("restore", "rag.store.backup:_unpack", after=True),
    "restoring: half of the pages copied": Point("restore", "benchmarks.durable:copied", text="restore"),
    "restoring: kept by SQLite": Point("restore", "rag.store.backup:_take_over", after=True),
    "restoring: words derived": Point("restore", "rag.store.lexical:LexicalFolder.follow", after=True),
}


@dataclass(slots=True)
class Outcome:
    """What was found after the kills of one kind; the lists say what was wrong."""

    times: int = 0
    lost: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.mixed or self.failed)

    def row(self, name: str) -> list[str | int]:
        return [name, self.times, len(self.lost), len(self.mixed), len(self.failed)]


# ── The child ─────────────────────────────────────────────────────────────────────────────────────


def live(action: str, folder: Path, told: Connection, prepare: Callable[[], None]) -> None:
    """Does something to an index; tells of every commit that it got through, as the step it led to."""
    actions: dict[str, Callable[[Path, Connection, Callable[[], None]], None]] = {
        "create": _create, "commit": _commit, "derive": _derive, "mend": _mend, "replace": _replace,
        "back up": _back_up, "restore": _restore,
    }  # fmt: skip
    actions[action](folder, told, prepare)


def _create(folder: Path, told: Connection, prepare: Callable[[], None]) -> None:
    prepare()
    Store.open(folder, create=True).close()


def _commit(folder: Path, told: Connection, prepare: Callable[[], None]) -> None:
    with closing(Store.open(folder)) as store:
        with store.snapshot() as snapshot:
            before = durable.read(snapshot)
        told.send(before)
        prepare()
        with store.write(durable.RECIPE) as writer:
            for step in durable.steps(before, STEPS):
                durable.take(writer, step)
                writer.commit()
                told.send(step)


def _derive(folder: Path, told: Connection, prepare: Callable[[], None]) -> None:
    with closing(Store.open(folder)) as store:
        prepare()
        store.derive_again()


def _mend(folder: Path, told: Connection, prepare: Callable[[], None]) -> None:
    (folder / "lexical" / "manifest.json").unlink(missing_ok=True)
    (folder / "passages.faiss.json").unlink(missing_ok=True)
    with closing(Store.open(folder)) as store:
        prepare()
        with store.snapshot() as snapshot:
            durable.read(snapshot)


def _replace(folder: Path, told: Connection, prepare: Callable[[], None]) -> None:
    """To another recipe and back."""
    with closing(Store.open(folder)) as store:
        prepare()
        durable.replace_all(store, replace(durable.RECIPE, splitter="other"))
        durable.replace_all(store, durable.RECIPE)


def _back_up(folder: Path, told: Connection, prepare: Callable[[], None]) -> None:
    """Over an older backup; that one is restored at the end, so it has to be whole."""
    file = folder.with_name(f"{folder.name}.zip")
    back_up(folder, file)
    prepare()
    back_up(folder, file)


def _restore(folder: Path, told: Connection, prepare: Callable[[], None]) -> None:
    """A backup of the step that follows."""
    file, later = folder.with_name(f"{folder.name}.zip"), folder.with_name(f"{folder.name} sau")
    shutil.rmtree(later, ignore_errors=True)
    shutil.copytree(folder, later)
    with closing(Store.open(later)) as store:
        with store.snapshot() as snapshot:
            before = durable.read(snapshot)
        with store.write(store.recipe) as writer:
            durable.take(writer, before + 1)
    back_up(later, file)
    backup.PAGES = 1
    told.send(before)
    prepare()
    restore(file, folder, progress=lambda stage, *_: durable.copied(stage))


def _child(action: str, folder: Path, told: Connection, point: Point | None, hit: int) -> None:
    live(action, folder, told, partial(point.plant, hit) if point else lambda: None)
    told.send("lived")


# ── Killing, and looking ──────────────────────────────────────────────────────────────────────────


def killed(action: str, folder: Path, point: Point | None, hit: int, after: float | None) -> int | None:
    """Lets a child live until it dies at the point, or `after` seconds of work; the last step it told of.

    Raises RuntimeError when it was to die at a point and did not.
    """
    context = get_context("forkserver")  # children are forked from a process in which no thread has run
    context.set_forkserver_preload(["benchmarks.durable", "faiss", "tantivy"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(action, folder, theirs, point, hit))
    process.start()
    theirs.close()
    told: int | None = None
    began = None
    try:
        while True:
            left = None if after is None or began is None else max(0.0, began + after - time.perf_counter())
            if not ours.poll(left):
                process.kill()
                break
            message = ours.recv()
            if message == "lived":
                if point:
                    raise RuntimeError(f"did not come by {point}")
                break
            began, told = began or time.perf_counter(), message
        while ours.poll(None):  # what it said before it died; ends with EOFError
            message = ours.recv()
            told = told if message == "lived" else message
    except EOFError:
        pass
    finally:
        process.join()
        ours.close()
    return told


def look(folder: Path, told: int | None, outcome: Outcome) -> None:
    """Opens, searches, verifies and writes to what a kill has left."""
    outcome.times += 1
    try:
        with closing(Store.open(folder, create=told is None)) as store:
            with store.snapshot() as snapshot:
                step = durable.read(snapshot)
            if told is not None and step not in (told, told + 1):
                outcome.lost.append(f"{step} instead of {told}")
            if problems := store.verify():
                outcome.mixed.append("; ".join(map(str, problems)))
            recipe = store.recipe or durable.RECIPE
            with store.write(recipe) as writer:
                durable.take(writer, step + 1)
            with store.snapshot() as snapshot:
                durable.read(snapshot)
            file = folder.with_name(f"{folder.name}.zip")
            if file.exists():
                restore(file, folder)
                with store.snapshot() as snapshot:
                    durable.read(snapshot)
    except durable.Mixed as error:
        outcome.mixed.append(str(error))
    except HoiBaoError as error:
        outcome.failed.append(str(error))


def at_point(point: Point, folder: Path, repeats: int) -> Outcome:
    """Kills at one point, on one index again and again."""
    outcome = Outcome()
    for number in range(repeats):
        index = folder / str(number) if point.action == "create" else folder
        if point.action != "create":
            _prepared(index)
        told = killed(point.action, index, point, 1 + number % 2 if point.action == "commit" else 1, None)
        look(index, _known(index, told, point.action), outcome)
    return outcome


def at_random(folder: Path, moments: int, seed: int = SEED) -> Outcome:
    """Kills at any moment of writing."""
    outcome, chance = Outcome(), random.Random(seed)
    _prepared(folder)
    began = time.perf_counter()
    killed("commit", folder, None, 0, None)
    life = time.perf_counter() - began
    for _ in range(moments):
        told = killed("commit", folder, None, 0, chance.uniform(0, life))
        look(folder, told, outcome)
    return outcome


def _prepared(folder: Path) -> None:
    """An index with something in it."""
    if not folder.exists():
        with closing(Store.open(folder, create=True)) as store:
            durable.commit(store, 2)


def _known(folder: Path, told: int | None, action: str) -> int | None:
    """The step that must be there: also where the child changed nothing that readers see."""
    if told is not None or action == "create":
        return told
    import sqlite3  # beside the product: what the file itself says

    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection:
        title = connection.execute("SELECT title FROM articles WHERE id = 'thường trực'").fetchone()[0]
    return int(title.rpartition(" ")[2])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows, wrong = [], []
    with tempfile.TemporaryDirectory() as temporary:
        for number, (name, point) in enumerate(POINTS.items()):
            outcome = at_point(point, Path(temporary) / f"chỉ mục {number}", options.repeats)
            rows.append(outcome.row(name))
            wrong += [] if outcome.clean else [(name, outcome)]
        outcome = at_random(Path(temporary) / "bất kỳ", options.moments)
        rows.append(outcome.row("at any moment of writing"))
        wrong += [] if outcome.clean else [("any", outcome)]
    for name, outcome in wrong:
        say(f"{name}: {outcome}", markup=False)
    show(Table(f"killed at {len(POINTS)} points", NOTE, COLUMNS, rows), as_json=options.json)


if __name__ == "__main__":
    main()
