"""One index folder: who may read it, who may write it, and keeping what is derived up to the truth."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from rag.errors import IndexLocked, StoreError
from rag.store import dense, verify
from rag.store.database import Database
from rag.store.dense import DenseIndex
from rag.store.files import size_of, write_lock
from rag.store.lexical import LexicalFolder, LexicalIndex
from rag.store.replacement import Replacement
from rag.store.snapshot import Snapshot
from rag.store.values import Problem, Recipe, Status
from rag.store.writer import Writer

WAIT_FOR_WRITER = 5.0  # seconds that a first reader gives a writer to finish deriving what it committed

_log = logging.getLogger(__name__)


class Store:
    """An index folder. Threads may share it; so may processes, one of them writing."""

    def __init__(self, folder: Path, control: Database) -> None:
        self.folder = folder
        self._control = control  # outside any transaction: sees every commit at once
        self._lexical = LexicalFolder(folder)
        self._mutex = threading.Lock()
        self._current: Snapshot | None = None
        self._readers: Counter[Snapshot] = Counter()

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> Store:
        """Opens the index in a folder, with `create` an empty one when there is none.

        Raises StoreError when there is none, or one that is damaged or of a newer version.
        """
        return cls(folder, Database(folder, create=create))

    def close(self) -> None:
        """Lets go of the files. Snapshots still in use keep theirs until they end."""
        with self._mutex:
            current, self._current = self._current, None
            if current is not None and not self._readers[current]:
                current.close()
        self._control.close()

    def retire(self) -> None:
        """Closes for good, so that the folder can be deleted. Raises IndexLocked while another writes."""
        with write_lock(self.folder):
            self.close()

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The index as of its newest commit, unchanged until the block ends.

        Costs next to nothing while nobody writes: the searchers are kept. Raises StoreError.
        """
        with self._mutex:
            snapshot = self._newest()
            self._readers[snapshot] += 1
        try:
            yield snapshot
        finally:
            with self._mutex:
                self._readers[snapshot] -= 1
                if not self._readers[snapshot]:
                    del self._readers[snapshot]
                    if snapshot is not self._current:
                        snapshot.close()

    def _newest(self) -> Snapshot:
        before = self._current
        if before is not None and before.sequence == self._control.sequence:
            return before
        vectors = before.dense_index if before else None
        if before is not None and not self._readers[before] and self._lexical.claims(self._control.sequence):
            self._let_go(before)
            before = None
        self._current = self._read(before, vectors)
        if before is not None and before is not self._current and not self._readers[before]:
            before.close()
        return self._current

    def _let_go(self, before: Snapshot) -> None:
        """Ends the old snapshot before the new one begins, so that SQLite can empty its -wal in between.

        Otherwise somebody would always be reading in it, and it would grow for as long as this runs.
        """
        self._current = None
        before.close()
        with suppress(StoreError):  # a full disk: another time
            self._control.run("PRAGMA wal_checkpoint(PASSIVE)")

    def _read(self, before: Snapshot | None, vectors: DenseIndex | None) -> Snapshot:
        """Truth and searchers of one sequence; `before` when a writer has not derived its searchers yet.

        `vectors` are those of an earlier sequence, from which the new ones need not be read.
        """
        database, lexical, loaded = self._pinned(vectors)
        if lexical is None or loaded is None or dense.stamp(self.folder, database) != database.sequence:
            database.close()
            mended = self._mend()
            database, lexical, loaded = self._pinned(vectors)
            deadline = time.monotonic() + WAIT_FOR_WRITER
            while lexical is None and not mended:  # a writer is between its commit and the searchers
                database.close()
                if before is not None:
                    return before
                time.sleep(0.05)
                database, lexical, loaded = self._pinned(vectors)
                mended = time.monotonic() > deadline
        if lexical is None:
            _log.warning("%s: the lexical index cannot be kept on disk, deriving it in memory", self.folder)
            lexical = self._lexical.in_memory(database)
        return Snapshot(database, (loaded or DenseIndex.build(database)).at(database), lexical)

    def _pinned(self, vectors: DenseIndex | None) -> tuple[Database, LexicalIndex | None, DenseIndex | None]:
        """A read transaction, and what is derived of its sequence (dense: or of an earlier one)."""
        database = Database(self.folder)
        database.pin()
        return database, self._lexical.open(database), vectors or DenseIndex.load(self.folder, database)

    def _mend(self) -> bool:
        """Derives on disk what is missing, behind, damaged or foreign; False while a writer is at work."""
        try:
            with write_lock(self.folder, patience=0):
                self._follow()
        except IndexLocked:
            return False
        except StoreError as error:  # a full disk, a folder that cannot be written: reading goes on in memory
            _log.warning("%s", error)
        return True

    def _follow(self) -> None:
        with self._pinned_database() as database:
            for problem in verify.lost_commits(self.folder, database):
                _log.warning("%s: %s", self.folder, problem)
            self._lexical.follow(database)
            dense.follow(self.folder, database)

    @contextmanager
    def _pinned_database(self) -> Iterator[Database]:
        """A connection of its own, on the sequence of now."""
        with closing(Database(self.folder)) as database, database.pinned():
            yield database

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def write(self, recipe: Recipe | None = None) -> Iterator[Writer]:
        """The one writer; commits at the end unless there was an error.

        `recipe` is what the vectors to come are made by; None when none will come.

        Raises IndexLocked while another writes, EmbedderMismatch when the index was made by another recipe.
        """
        with write_lock(self.folder):
            database = Database(self.folder)
            try:
                if recipe is not None:
                    database.adopt(recipe)
                    database.require(recipe)
                writer = Writer(database, self._lexical)
                try:
                    yield writer
                    writer.commit()
                finally:
                    writer.close()
            finally:
                database.close()

    @contextmanager
    def replace(self, recipe: Recipe) -> Iterator[Replacement]:
        """All passages and vectors anew, by another recipe. Readers see the old ones until it is finished.

        Raises IndexLocked while another writes.
        """
        with write_lock(self.folder):
            database = Database(self.folder)
            try:
                yield Replacement(database, recipe)
                with database.pinned():
                    self._lexical.follow(database)
                    dense.follow(self.folder, database)
            finally:
                database.close()

    def derive_again(self) -> None:
        """Builds both derived indexes from SQLite, whatever is there. Raises IndexLocked, StoreError."""
        with write_lock(self.folder):
            self._lexical.forget()
            dense.forget(self.folder)
            self._follow()

    # ── Looking after it ──────────────────────────────────────────────────────────────────────────

    @property
    def recipe(self) -> Recipe | None:
        """What made the passages and vectors; None as long as nothing was ever added."""
        return self._control.recipe

    def status(self) -> Status:
        """The index in numbers; reads the derived files to say whether they are whole."""
        with self._pinned_database() as database:
            recipe = database.recipe
            passages = database.scalar("SELECT count(*) FROM passages")
            return Status(
                articles=database.scalar("SELECT count(*) FROM articles"),
                passages=passages,
                sequence=database.sequence,
                pending_vectors=passages - database.scalar("SELECT count(*) FROM vectors"),
                embedder=recipe.embedder if recipe else None,
                bytes=size_of(self.folder),
                healthy=None not in verify.stamps(self.folder, database).values(),
                committed=database.meta("committed"),
            )

    def verify(self) -> list[Problem]:
        """Everything against everything: offsets, vectors, the derived indexes. Empty when all is well.

        Raises IndexLocked while another writes: what is being changed cannot be judged.
        """
        with write_lock(self.folder), self._pinned_database() as database:
            return verify.everything(self.folder, database)
