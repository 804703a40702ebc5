"""Writing: one SQLite transaction per commit, then the derived indexes follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from rag.store import checks, dense
from rag.store.database import ARTICLE_COLUMNS, Database, passage_of
from rag.store.lexical import LexicalFolder
from rag.store.values import FileIdentity
from rag.types import Article, FloatMatrix, Passage

# The FAISS file is written whole: during a long run only when it has grown by this share, and at the end.
SHARE_TO_SAVE = 0.25
PENDING = "NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage = p.rowid)"


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

    def places(self) -> dict[str, Path]:
        """The file that each article came from, by article id; those that came from none are left out."""
        rows = self._database.rows("SELECT id, path FROM articles WHERE path IS NOT NULL")
        return {article_id: Path(path) for article_id, path in rows}

    def __contains__(self, article_id: str) -> bool:
        return bool(self._database.rows("SELECT 1 FROM articles WHERE id = ?", (article_id,)))

    def whole(self, article_id: str) -> tuple[Article, list[Passage], FloatMatrix | None]:
        """What `put` takes to bring the article back; no vectors when some are pending.

        Raises KeyError when there is no such article, StoreError when it is damaged.
        """
        number = self._database.article_number(article_id)
        article = self._database.article(number)
        rows = self._database.passages("WHERE article = ? ORDER BY rowid", (number,))
        with_vector, vectors = self._database.vectors_of([rowid for rowid, *_ in rows])
        passages = [passage_of(article, *place) for _, _, *place in rows]
        return article, passages, vectors if len(with_vector) == len(rows) else None

    def pending_count(self) -> int:
        """How many passages have no vector yet."""
        return int(self._database.scalar(f"SELECT count(*) FROM passages p WHERE {PENDING}"))  # noqa: S608

    def pending(self, after: int, limit: int) -> list[tuple[int, Article, Passage]]:
        """Up to `limit` passages without a vector, with their rowids, from those beyond rowid `after`."""
        where = f"WHERE p.rowid > ? AND {PENDING} ORDER BY p.rowid LIMIT ?"
        rows = self._database.passages(where, (after, limit))
        articles = {number: self._database.article(number) for number in {row[1] for row in rows}}
        return [
            (rowid, articles[number], passage_of(articles[number], *place)) for rowid, number, *place in rows
        ]

    # ── Changes ───────────────────────────────────────────────────────────────────────────────────

    def put(self, article: Article, passages: Sequence[Passage], vectors: FloatMatrix | None) -> None:
        """Adds an article, in the place of the one with the same id.

        `vectors` has shape (len(passages), dimension), rows of unit length; None leaves them pending: the
        article is then found by its words alone.
        """
        for passage in passages:
            if passage.text != article.text[passage.start : passage.end] or not passage.text:
                raise ValueError(f"passage {passage.id} is not {passage.start}:{passage.end} of its article")
        self._begin()
        self.remove([article.id])
        values = (
            *(article.id, article.title, article.text, article.published, article.source, article.url),
            *(article.category, article.author, None if article.path is None else str(article.path)),
            *(article.content_hash, article.published_from),
        )
        places = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
        insert = f'INSERT INTO articles ({ARTICLE_COLUMNS}, "check") VALUES ({places}, ?)'  # noqa: S608
        number = self._database.run(insert, (*values, checks.of_article(*values)))
        insert = (
            'INSERT INTO passages (article, number, "start", "end", added, "check") VALUES (?, ?, ?, ?, ?, ?)'
        )
        rowids = []
        for passage in passages:
            place = (number, passage.number, passage.start, passage.end)
            rowids.append(
                self._database.run(insert, (*place, self._next, checks.of_passage(*place, self._next)))
            )
        if vectors is not None:
            self.fill(rowids, vectors)

    def remove(self, article_ids: Iterable[str]) -> None:
        """Takes articles out of every leg; ids that are not there are passed over."""
        for number in self._database.numbers(article_ids):
            self._begin()
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
        for path in paths:
            self._begin()
            self._database.run("DELETE FROM files WHERE path = ?", (str(path),))

    def fill(self, rowids: Sequence[int], vectors: FloatMatrix) -> None:
        """Gives passages their vectors. `vectors` has shape (len(rowids), dimension), rows of unit length."""
        recipe = self._database.recipe
        blobs = packed(vectors, len(rowids), recipe.dimension if recipe else 0)
        self._begin()
        for rowid, blob in zip(rowids, blobs, strict=True):
            values = (rowid, blob, self._next, checks.of_vector(rowid, blob, self._next))
            self._database.run("INSERT INTO vectors VALUES (?, ?, ?, ?)", values)

    # ── Commit ────────────────────────────────────────────────────────────────────────────────────

    def commit(self) -> int:
        """Makes the changes lasting and visible, all at once; gives the new sequence.

        Raises StoreError when the disk does not take them: then none of them happened, or, when only a
        derived index could not be written, all of them did and the next reader derives it.
        """
        if self._database.in_transaction:
            self._database.advance(self._next)
            self._database.run("COMMIT")
            self._derive(SHARE_TO_SAVE)
        return self._database.sequence

    def close(self) -> None:
        """Forgets what was not committed and leaves the derived indexes as new as the articles."""
        if self._database.in_transaction:
            self._database.run("ROLLBACK")
        self._derive(0)

    def _derive(self, share: float) -> None:
        """Brings the words up to the articles, and the vectors when at least this share of them is new."""
        database = self._database
        with database.pinned():  # whoever stole the lock may commit meanwhile
            self._lexical.follow(database)
            known = dense.stamp(database.folder, database) or 0
            new = database.scalar("SELECT count(*) FROM vectors WHERE added > ?", (known,))
            if new >= share * database.scalar("SELECT count(*) FROM vectors"):
                dense.follow(database.folder, database)

    def _begin(self) -> None:
        if not self._database.in_transaction:
            self._database.run("BEGIN IMMEDIATE")
            self._next = self._database.sequence + 1


def packed(vectors: FloatMatrix, count: int, dimension: int) -> list[bytes]:
    """The rows as little-endian float16: half the space, and the same neighbours."""
    if vectors.shape != (count, dimension):
        raise ValueError(f"vectors of shape {vectors.shape}, expected {(count, dimension)}")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors that are not numbers")
    return [row.tobytes() for row in vectors.astype("<f2")]
