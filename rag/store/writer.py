"""Writing: one SQLite transaction per commit, then the derived indexes follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from rag.store import dense
from rag.store.database import ARTICLE_COLUMNS, Database, as_json
from rag.store.lexical import LexicalFolder
from rag.store.values import FileIdentity, PendingPassage
from rag.types import Article, FloatMatrix, Passage

# The FAISS file is written whole: during a long run only when it has grown by this share, and at the end.
SHARE_TO_SAVE = 0.25


class Writer:
    """Changes the index. Nothing is seen by readers, nor kept, before `commit`.

    Handed out by `Store.write()`, which holds the write lock and commits at the end of its block.
    """

    def __init__(self, database: Database, lexical: LexicalFolder) -> None:
        self._database = database
        self._lexical = lexical
        self._next = 0  # the sequence that the open transaction will become

    # ── What is there ─────────────────────────────────────────────────────────────────────────────

    def files(self) -> dict[Path, FileIdentity]:
        """The files whose articles are all in the index, as they were then."""
        rows = self._database.rows("SELECT path, size, mtime_ns, sha256 FROM files")
        return {Path(path): FileIdentity(Path(path), *rest) for path, *rest in rows}

    def owned(self, path: Path) -> dict[str, str]:
        """Ids of the articles that came from a file, and their content hashes."""
        rows = self._database.rows("SELECT id, content_hash FROM articles WHERE path = ?", (str(path),))
        return dict(rows)

    def paths(self) -> dict[Path, int]:
        """The files that articles came from, and how many came from each."""
        query = "SELECT path, count(*) FROM articles WHERE path IS NOT NULL GROUP BY path"
        return {Path(path): count for path, count in self._database.rows(query)}

    def owner(self, article_id: str) -> Path | None:
        """The file that an article came from. Raises KeyError when there is no such article."""
        return self._database.article(self._database.article_number(article_id)).path

    # ── Changes ───────────────────────────────────────────────────────────────────────────────────

    def put(self, article: Article, passages: Sequence[Passage], vectors: FloatMatrix | None) -> None:
        """Adds an article, in the place of the one with the same id.

        `vectors` has shape (len(passages), dimension), rows of unit length; None leaves them pending: the
        article is then found by its words alone.
        """
        self._check(article, passages, vectors)
        self._begin()
        self.remove([article.id])
        values = (
            *(article.id, article.title, article.text, article.published, article.source, article.url),
            *(article.category, article.author, None if article.path is None else str(article.path)),
            article.content_hash,
        )
        insert = f"INSERT INTO articles ({ARTICLE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        number = self._database.run(insert, values)
        rowids = [
            self._database.run(
                'INSERT INTO passages (article, number, "start", "end", added) VALUES (?, ?, ?, ?, ?)',
                (number, passage.number, passage.start, passage.end, self._next),
            )
            for passage in passages
        ]
        if vectors is not None:
            self.fill(rowids, vectors)

    def remove(self, article_ids: Iterable[str]) -> None:
        """Takes articles out of every leg; ids that are not there are passed over."""
        self._begin()
        for number in self._database.numbers(article_ids):
            self._database.run(
                "INSERT INTO removals SELECT rowid, ? FROM passages WHERE article = ?", (self._next, number)
            )
            self._database.run(
                "DELETE FROM vectors WHERE passage IN (SELECT rowid FROM passages WHERE article = ?)",
                (number,),
            )
            self._database.run("DELETE FROM passages WHERE article = ?", (number,))
            self._database.run("DELETE FROM staged WHERE article = ?", (number,))
            self._database.run("DELETE FROM articles WHERE number = ?", (number,))

    def record_file(self, identity: FileIdentity) -> None:
        """Notes that all articles of a file are in, so that it need not be read again."""
        self._begin()
        values = (str(identity.path), identity.size, identity.mtime_ns, identity.sha256)
        self._database.run("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", values)

    def forget_files(self, paths: Iterable[Path]) -> None:
        """The opposite of `record_file`: these files will be read again."""
        self._begin()
        self._database.run(
            "DELETE FROM files WHERE path IN (SELECT value FROM json_each(?))", (as_json(map(str, paths)),)
        )

    def pending(self, limit: int) -> list[PendingPassage]:
        """Up to `limit` passages without a vector."""
        query = """SELECT p.rowid, a.id, p.number, p."start", p."end" FROM passages p
                   JOIN articles a ON a.number = p.article
                   WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage = p.rowid)
                   ORDER BY p.rowid LIMIT ?"""
        return [PendingPassage(*row) for row in self._database.rows(query, (limit,))]

    def article(self, article_id: str) -> Article:
        """Raises KeyError when there is none."""
        return self._database.article(self._database.article_number(article_id))

    def fill(self, rowids: Sequence[int], vectors: FloatMatrix) -> None:
        """Gives passages their vectors. `vectors` has shape (len(rowids), dimension), rows of unit length."""
        self._begin()
        for rowid, blob in zip(rowids, packed(vectors), strict=True):
            self._database.run("INSERT INTO vectors VALUES (?, ?, ?)", (rowid, blob, self._next))

    # ── Commit ────────────────────────────────────────────────────────────────────────────────────

    def commit(self) -> int:
        """Makes the changes lasting and visible, all at once; gives the new sequence.

        Raises StoreError when the disk does not take them: then none of them happened, or, when only a
        derived index could not be written, all of them did and the next reader derives it.
        """
        if self._database.in_transaction:
            self._database.set_meta("sequence", self._next)
            self._database.run("COMMIT")
            self._lexical.follow(self._database)
            self._save_dense(at_least=SHARE_TO_SAVE)
        return self._database.sequence

    def close(self) -> None:
        """Forgets what was not committed and leaves the derived indexes as new as the articles."""
        if self._database.in_transaction:
            self._database.run("ROLLBACK")
        self._lexical.follow(self._database)
        self._save_dense(at_least=0)

    def _save_dense(self, *, at_least: float) -> None:
        folder = self._database.folder
        known = dense.stamp(folder, self._database) or 0
        new = self._database.scalar("SELECT count(*) FROM vectors WHERE added > ?", (known,))
        if new >= at_least * self._database.scalar("SELECT count(*) FROM vectors"):
            dense.follow(folder, self._database)

    def _begin(self) -> None:
        if not self._database.in_transaction:
            self._database.run("BEGIN IMMEDIATE")
            self._next = self._database.sequence + 1

    def _check(self, article: Article, passages: Sequence[Passage], vectors: FloatMatrix | None) -> None:
        """A passage that does not quote its article, or a vector of another size, is a mistake of the caller."""
        for passage in passages:
            if passage.text != article.text[passage.start : passage.end] or not passage.text:
                raise ValueError(f"passage {passage.id} is not {passage.start}:{passage.end} of its article")
        recipe = self._database.recipe
        expected = (len(passages), recipe.dimension if recipe else 0)
        if vectors is not None and vectors.shape != expected:
            raise ValueError(f"vectors of shape {vectors.shape}, expected {expected}")


def packed(vectors: FloatMatrix) -> list[bytes]:
    """The rows as little-endian float16: half the space, and the same neighbours."""
    if not np.isfinite(vectors).all():
        raise ValueError("vectors that are not numbers")
    return [row.tobytes() for row in vectors.astype("<f2")]
