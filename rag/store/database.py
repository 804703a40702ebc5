"""The truth: one SQLite file. Its schema, how it is opened, and reading from it."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import EmbedderMismatch, IndexLocked, StoreError
from rag.store import checks
from rag.store.checks import SEAL
from rag.store.values import Recipe
from rag.types import Article, FloatMatrix, Passage

FILE = "articles.sqlite"
FORMAT = 3  # of the whole index folder; index/README.md describes it
LARGEST = 2**63 - 1  # what SQLite holds: a rowid that comes after all others

# Numbers and rowids are AUTOINCREMENT: one that was removed never comes back under another meaning, so the
# derived indexes can be caught up by `added` and `removals` alone.
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    text TEXT NOT NULL, published TEXT, source TEXT, url TEXT, category TEXT, author TEXT,
    path TEXT, content_hash TEXT NOT NULL, published_from TEXT, "check" INTEGER NOT NULL
);
CREATE INDEX articles_by_path ON articles (path);
CREATE TABLE passages (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL, number INTEGER NOT NULL,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, added INTEGER NOT NULL, "check" INTEGER NOT NULL,
    UNIQUE (article, number)
);
CREATE INDEX passages_by_added ON passages (added);
CREATE TABLE vectors (
    passage INTEGER PRIMARY KEY, vector BLOB NOT NULL, added INTEGER NOT NULL, "check" INTEGER NOT NULL
);
CREATE INDEX vectors_by_added ON vectors (added);
CREATE TABLE removals (passage INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);
CREATE INDEX removals_by_sequence ON removals (sequence);
CREATE TABLE staged (
    article INTEGER NOT NULL, number INTEGER NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    vector BLOB NOT NULL, PRIMARY KEY (article, number)
) WITHOUT ROWID;
"""

ARTICLE_COLUMNS = (
    "id, title, text, published, source, url, category, author, path, content_hash, published_from"
)


class Database:
    """One connection. Safe to share between threads: every statement holds its lock to the last row."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Raises StoreError when there is no index, a damaged one, or one of a newer format."""
        self.folder = folder
        path = folder / FILE
        if not create and not path.is_file():
            raise StoreError("index.missing", folder=folder)
        try:
            if create:
                folder.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise StoreError("index.unusable", folder=folder, reason=error) from error
        self._lock = threading.RLock()
        checks.register(self.connection)
        try:
            self._prepare(create=create)
        except BaseException:
            self.connection.close()
            raise

    def _prepare(self, *, create: bool) -> None:
        # FULL: a commit that returned survives a power cut; WAL: readers never wait for the writer.
        self.run("PRAGMA synchronous = FULL")
        self.run("PRAGMA temp_store = MEMORY")
        self.run("PRAGMA busy_timeout = 10000")
        if create:
            self.run("PRAGMA journal_mode = WAL")
            self.run("BEGIN IMMEDIATE")
            if not self.rows("SELECT 1 FROM sqlite_master"):
                for statement in SCHEMA.split(";"):
                    self.run(statement)
                first = {"format": FORMAT, "sequence": 0, "history_start": 0, "store": uuid.uuid4().hex}
                for key, value in first.items():
                    self.set_meta(key, value)
            self.run("COMMIT")
        if not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'meta'"):
            raise StoreError("index.damaged", folder=self.folder, reason=f"{FILE}: no table meta")
        found = self.meta("format")
        if not isinstance(found, int) or found > FORMAT:
            raise StoreError("index.newer_format", folder=self.folder, found=found, known=FORMAT)
        if found < FORMAT:
            self._migrate()
        self._check_meta()

    def _migrate(self) -> None:
        """From format 2, which did not know where a date was found, or 1, which had no checks, either: what
        is damaged there by then is not found. In one transaction.
        """
        self.run("BEGIN IMMEDIATE")
        found = self.meta("format")
        if found < FORMAT:  # nobody else was quicker
            self.run("ALTER TABLE articles ADD COLUMN published_from TEXT")
        if found == 1:
            for table, function in checks.OF.items():
                self.run(f'ALTER TABLE {table} ADD COLUMN "check" INTEGER NOT NULL DEFAULT 0')
                self.run(f'UPDATE {table} SET "check" = {function}')  # noqa: S608
        self.set_meta("format", FORMAT)
        self.run("COMMIT")

    def _check_meta(self) -> None:
        """Raises StoreError when a word of the table meta is another one than was written."""
        found = dict(self.rows("SELECT key, value FROM meta"))
        if found.pop(SEAL, None) != checks.of_meta(found):
            raise self.damaged("meta")

    def close(self) -> None:
        with self._lock:
            self.connection.close()

    def pin(self) -> None:
        """From here on every read sees the sequence of now, whatever a writer commits."""
        self.run("BEGIN")
        self._check_meta()  # a read transaction starts with its first read

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """A block in which every read sees the sequence of its beginning."""
        self.pin()
        try:
            yield
        finally:
            if self.in_transaction:  # SQLite ends some itself, on a disk that cannot be read, say
                self.run("ROLLBACK")

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    # ── Statements, in one place so that SQLite's errors become ours ──────────────────────────────

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Executes one statement and gives the rowid of its insert."""
        with self._lock:
            try:
                return self.connection.execute(statement, values).lastrowid or 0
            except sqlite3.DatabaseError as error:
                raise self.explained(error) from error

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query."""
        with self._lock:
            try:
                return self.connection.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise self.explained(error) from error

    def scalar(self, query: str, values: Sequence[object] = ()) -> Any:
        """The first column of the first row."""
        return self.rows(query, values)[0][0]

    def explained(self, error: sqlite3.DatabaseError) -> Exception:
        """SQLite's error in the user's words; a mistake of ours stays what it is."""
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return error
        code = getattr(error, "sqlite_errorcode", None)  # Python's own, of letters that are none, has no code
        if code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return IndexLocked("index.locked", folder=self.folder)
        outside = code is not None and isinstance(error, sqlite3.OperationalError)
        key = "index.unusable" if outside else "index.damaged"
        return StoreError(key, folder=self.folder, reason=error)

    def damaged(self, place: str) -> StoreError:
        """Of a row that is not what was written, or is missing."""
        return StoreError("index.damaged_row", folder=self.folder, place=place)

    # ── Meta ──────────────────────────────────────────────────────────────────────────────────────

    def meta(self, key: str) -> Any:
        """A value of the table meta, None when it was never set."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def set_meta(self, key: str, value: object) -> None:
        put = "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        self.run(put, (key, value))
        rest = dict(self.rows("SELECT key, value FROM meta WHERE key <> ?", (SEAL,)))
        self.run(put, (SEAL, checks.of_meta(rest)))

    @property
    def sequence(self) -> int:
        """How many commits there have been."""
        return int(self.meta("sequence"))

    def advance(self, sequence: int) -> None:
        """Notes, in the transaction that makes it, that this is the newest commit, and when it was."""
        self.set_meta("sequence", sequence)
        self.set_meta("committed", datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def history_start(self) -> int:
        """What was derived at this sequence or later can be caught up; what is older cannot."""
        return int(self.meta("history_start"))

    @property
    def store(self) -> str:
        """Names this index among all others: derived files of another one are foreign."""
        return str(self.meta("store"))

    @property
    def recipe(self) -> Recipe | None:
        """None as long as nothing was ever added."""
        if self.meta("fingerprint") is None:
            return None
        return Recipe(**{name: self.meta(name) for name in Recipe.__dataclass_fields__})

    def set_recipe(self, recipe: Recipe) -> None:
        for name, value in asdict(recipe).items():
            self.set_meta(name, value)

    def adopt(self, recipe: Recipe) -> None:
        """Takes over another recipe, as long as there are no passages made by the old one."""
        if self.recipe == recipe or self.rows("SELECT 1 FROM passages LIMIT 1"):
            return
        self.run("BEGIN IMMEDIATE")
        if self.sequence:  # there were vectors of the old recipe, and what was derived from them
            self.set_meta("history_start", self.sequence + 1)
            self.set_meta("sequence", self.sequence + 1)
        self.set_recipe(recipe)
        self.run("COMMIT")

    def require(self, recipe: Recipe) -> None:
        """Raises EmbedderMismatch when the index was made by another recipe."""
        own = self.recipe
        if own is None or own == recipe:
            return
        if (own.fingerprint, own.dimension) != (recipe.fingerprint, recipe.dimension):
            raise embedder_mismatch(self.folder, own, recipe.embedder, recipe.fingerprint)
        if own.splitter != recipe.splitter:
            raise EmbedderMismatch(
                "index.splitter_mismatch", folder=self.folder, found=own.splitter, wanted=recipe.splitter
            )

    # ── Rows ──────────────────────────────────────────────────────────────────────────────────────

    def article(self, number: int) -> Article:
        """Raises StoreError when it is not what was put there, or gone."""
        values, sound = self.article_row(number)
        if not sound:
            raise StoreError("index.damaged_article", folder=self.folder, id=values[0])
        fields = dict(zip(ARTICLE_COLUMNS.split(", "), values, strict=True))
        return Article(**fields | {"path": None if fields["path"] is None else Path(fields["path"])})

    def article_row(self, number: int) -> tuple[tuple[Any, ...], bool]:
        """The columns of an article, and whether they are what was put there."""
        query = f'SELECT {ARTICLE_COLUMNS}, "check" FROM articles WHERE number = ?'  # noqa: S608
        for *values, check in self.rows(query, (number,)):
            return tuple(values), check == checks.of_article(*values)
        raise self.damaged(f"articles/{number}")

    def article_number(self, article_id: str) -> int:
        """Raises KeyError when there is none."""
        found = self.rows("SELECT number FROM articles WHERE id = ?", (article_id,))
        if not found:
            raise KeyError(article_id)
        return int(found[0][0])

    def passages(self, where: str, values: Sequence[object]) -> list[tuple[int, int, int, int, int]]:
        """Rowid, article, number, start and end of passages; `where` is what stands behind FROM passages p.

        Raises StoreError when one of them is not what was put there.
        """
        query = f"""SELECT p.rowid, p.article, p.number, p."start", p."end", p.added, p."check"
                    FROM passages p {where}"""  # noqa: S608
        found = []
        for rowid, article, number, start, end, added, check in self.rows(query, values):
            if check != checks.of_passage(article, number, start, end, added):
                raise self.damaged(f"passages/{rowid}")
            found.append((rowid, article, number, start, end))
        return found

    def documents(self, after: int) -> Iterator[tuple[int, int, Article, str]]:
        """Passage rowid, article number, article and passage text of all passages added after a sequence."""
        article, of = None, 0
        where = "WHERE (p.added, p.rowid) > (?, ?) ORDER BY p.added, p.rowid LIMIT 256"
        added, last = after, LARGEST
        while found := self.passages(where, (added, last)):
            for rowid, number, _, start, end in found:
                if article is None or number != of:
                    article, of = self.article(number), number
                yield rowid, number, article, article.text[start:end]
            last = found[-1][0]
            added = self.scalar("SELECT added FROM passages WHERE rowid = ?", (last,))

    def vectors(self, after: int) -> Iterator[tuple[list[int], FloatMatrix]]:
        """Passage rowids and their vectors, of all vectors added after a sequence, in chunks."""
        query = """SELECT passage, vector, added, "check" FROM vectors
                   WHERE (added, passage) > (?, ?) ORDER BY added, passage LIMIT 4096"""
        last = (after, LARGEST)
        while found := self.rows(query, last):
            yield self._unpacked(found)
            last = (found[-1][2], found[-1][0])

    def vectors_of(self, rowids: Sequence[int]) -> tuple[list[int], FloatMatrix]:
        """Those of the passages that have a vector, by rowid, and their vectors."""
        query = """SELECT passage, vector, added, "check" FROM vectors
                   WHERE passage IN (SELECT value FROM json_each(?)) ORDER BY passage"""
        return self._unpacked(self.rows(query, (as_json(rowids),)))

    def vector_sample(self, size: int) -> FloatMatrix:
        """About `size` vectors, at least one, spread evenly over all: the same of the same vectors."""
        step = max(1, self.vector_count // max(1, size))
        query = """WITH numbered AS (SELECT passage, row_number() OVER (ORDER BY passage) AS n FROM vectors)
                   SELECT passage, vector, added, "check" FROM vectors
                   WHERE passage IN (SELECT passage FROM numbered WHERE n % ? = 0) ORDER BY passage"""
        return self._unpacked(self.rows(query, (step,)))[1]

    def _unpacked(self, rows: Sequence[Any]) -> tuple[list[int], FloatMatrix]:
        """The opposite of `writer.packed`. Raises StoreError when one is not what was put there."""
        for passage, vector, added, check in rows:
            if check != checks.of_vector(passage, vector, added):
                raise self.damaged(f"vectors/{passage}")
        packed = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f2")
        vectors = packed.reshape(len(rows), -1 if rows else 0).astype(np.float32)
        return [row[0] for row in rows], vectors

    @property
    def vector_count(self) -> int:
        return int(self.scalar("SELECT count(*) FROM vectors"))

    def removals(self, after: int) -> list[int]:
        """Rowids of the passages removed after a sequence."""
        return [row[0] for row in self.rows("SELECT passage FROM removals WHERE sequence > ?", (after,))]

    def numbers(self, article_ids: Iterable[str]) -> list[int]:
        """The numbers of those articles that exist."""
        query = "SELECT number FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        return [row[0] for row in self.rows(query, (as_json(article_ids),))]


def holds_index(folder: Path) -> bool:
    """Whether there is an index of ours in a folder, in whatever state."""
    return (folder / FILE).is_file()


def schema_of(database: Database | None) -> set[tuple[object, ...]]:
    """The tables and all else that is in a database, with their columns; None: of every index."""
    query = """SELECT m.type, m.name, x.name, x.type, x.hidden
               FROM sqlite_master m LEFT JOIN pragma_table_xinfo(m.name) x"""
    if database is not None:
        return set(database.rows(query))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        return set(connection.execute(query))


def passage_of(article: Article, number: int, start: int, end: int) -> Passage:
    """A row of the table passages as a value."""
    return Passage(f"{article.id}#{number}", article.id, number, start, end, article.text[start:end])


def embedder_mismatch(folder: Path, own: Recipe, embedder: str, fingerprint: str) -> EmbedderMismatch:
    """Names both embedders; by fingerprint too, since one name can hold two sets of weights."""
    return EmbedderMismatch(
        "index.embedder_mismatch",
        folder=folder,
        found=f"{own.embedder} ({own.fingerprint[:12]})",
        wanted=f"{embedder} ({fingerprint[:12]})",
    )


def as_json(values: Iterable[str] | Iterable[int]) -> str:
    """A set of values as one parameter: SQLite limits how many a statement may have."""
    return json.dumps(list(values))
