"""Reading: one sequence of the index, for as long as a question takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from rag.copies import copies_among
from rag.language.normalize import fold, matching_form, tokens
from rag.store.database import Database, as_json, embedder_mismatch, passage_of
from rag.store.dense import DenseIndex
from rag.store.lexical import LexicalIndex, terms
from rag.store.values import ArticleSummary, Recipe, Scored
from rag.types import Article, Passage

CACHED_ARTICLES = 256
MOST_HOLDING = 1_000  # passages that are read for a quoted phrase
MOST_ALIKE = 32  # articles that are held against one to see whether they are its copies


class Snapshot:
    """Articles, passages and both search legs as of one commit. Threads may share it.

    Handed out by `Store.snapshot()` and good until that block ends.
    """

    def __init__(self, database: Database, dense: DenseIndex, lexical: LexicalIndex) -> None:
        self._database = database
        self.dense_index = dense
        self._lexical = lexical
        self.sequence = database.sequence
        self.recipe: Recipe | None = database.recipe
        self._article = lru_cache(CACHED_ARTICLES)(database.article)  # the legs meet in the same articles
        self._copies = lru_cache(CACHED_ARTICLES)(  # and questions in the same stories
            partial(_copies, database, lexical, self._article)
        )

    @property
    def fingerprint(self) -> str | None:
        """Of the embedder that made the vectors; None as long as nothing was ever added."""
        return self.recipe.fingerprint if self.recipe else None

    def require(self, *, embedder: str, fingerprint: str) -> None:
        """Raises EmbedderMismatch when the vectors are another embedder's: its questions would find noise."""
        if self.recipe is not None and self.recipe.fingerprint != fingerprint:
            raise embedder_mismatch(self._database.folder, self.recipe, embedder, fingerprint)

    # ── Articles and passages ─────────────────────────────────────────────────────────────────────

    def article(self, article_id: str) -> Article:
        """Raises KeyError when the index has none under this id."""
        return self._article(self._database.article_number(article_id))

    def articles(self) -> list[ArticleSummary]:
        """All articles without their texts, newest first, those without a date last."""
        query = """SELECT a.id, a.title, a.published, a.source, a.url, a.category, a.path, length(a.text),
                   (SELECT count(*) FROM passages p WHERE p.article = a.number), a.published_from
                   FROM articles a ORDER BY a.published IS NULL, a.published DESC, a.id"""
        return [ArticleSummary(*row) for row in self._database.rows(query)]

    def passages(self, article_id: str) -> list[Passage]:
        """The passages of an article in reading order. Raises KeyError when there is no such article."""
        number = self._database.article_number(article_id)
        rows = self._database.rows("SELECT rowid FROM passages WHERE article = ? ORDER BY number", (number,))
        return self._load([row[0] for row in rows])

    def passage(self, passage_id: str) -> Passage:
        """Raises KeyError when the index has none under this id."""
        article_id, _, number = passage_id.rpartition("#")
        query = """SELECT p.rowid FROM passages p JOIN articles a ON a.number = p.article
                   WHERE a.id = ? AND p.number = ?"""
        found = self._database.rows(query, (article_id, int(number))) if number.isdecimal() else []
        if not found:
            raise KeyError(passage_id)
        return self._load([found[0][0]])[0]

    def find(self, *, start: date | None, end: date | None, source: str | None) -> frozenset[str]:
        """Ids of the articles published from `start` to `end`, both included, and by `source`.

        Articles without a date are among them: a period never hides what it cannot judge. A source is
        compared without case and accents.
        """
        query = """SELECT id, source FROM articles
                   WHERE published IS NULL OR substr(published, 1, 10) BETWEEN ? AND ?"""
        first, last = (start or date.min).isoformat(), (end or date.max).isoformat()
        wanted = None if source is None else _plain(source)
        return frozenset(
            article_id
            for article_id, found in self._database.rows(query, (first, last))
            if wanted is None or (found is not None and _plain(found) == wanted)
        )

    def undated(self) -> int:
        """How many articles do not say when they were published."""
        return int(self._database.scalar("SELECT count(*) FROM articles WHERE published IS NULL") or 0)

    # ── The two search legs ───────────────────────────────────────────────────────────────────────

    def dense(
        self, vector: NDArray[np.float32], k: int, within: Collection[str] | None = None
    ) -> list[Scored]:
        """The `k` passages nearest to a unit vector of shape (dimension,), best first.

        The score is the cosine. `within` limits the search to these article ids, exactly.
        """
        if self.recipe is not None and vector.shape != (self.recipe.dimension,):
            raise ValueError(f"vector of shape {vector.shape} in an index of {self.recipe.dimension} numbers")
        passages = None
        if within is not None:
            query = """SELECT p.rowid FROM articles a JOIN passages p ON p.article = a.number
                       WHERE a.id IN (SELECT value FROM json_each(?))"""
            passages = [row[0] for row in self._database.rows(query, (as_json(within),))]
        return self._scored(self.dense_index.search(vector, k, passages, self._database))

    def lexical(
        self,
        wanted: Sequence[str],
        k: int,
        *,
        folded: bool,
        within: Collection[str] | None = None,
        extra: Sequence[str] = (),
    ) -> list[Scored]:
        """The `k` passages that share most with `wanted`, the `terms` of a question, best first.

        The score is BM25 of the passage plus half that of its article's title. `folded` says that the terms
        are without accents. `within` limits the search to these article ids, exactly. `extra` terms count
        for less than the others.
        """
        articles = None if within is None else self._database.numbers(within)
        found = self._lexical.search(wanted, k, folded=folded, articles=articles, extra=extra)
        return self._scored(found)

    def holding(
        self, phrases: Sequence[str], *, folded: bool, within: Collection[str] | None = None
    ) -> list[Passage]:
        """The passages that hold all these phrases in one piece each, or whose titles do; 1,000 at most.

        Case, the placement of tones, blanks and punctuation do not count, `folded` leaves accents aside, too.
        `within` limits them to these article ids.
        """
        wanted = [terms(phrase, folded=folded) for phrase in phrases]
        articles = None if within is None else self._database.numbers(within)
        if not all(wanted) or articles == []:
            return []
        found = self._load(self._lexical.holding(wanted, MOST_HOLDING, folded=folded, articles=articles))
        sought = [_in_one_piece(phrase, folded=folded) for phrase in phrases]
        return [passage for passage in found if self._holds(passage, sought, folded=folded)]

    def _holds(self, passage: Passage, sought: Sequence[str], *, folded: bool) -> bool:
        """Whether each of these is in the passage or in the title of its article."""
        title = self.article(passage.article_id).title
        texts = [_in_one_piece(text, folded=folded) for text in (passage.text, title)]
        return all(any(phrase in text for text in texts) for phrase in sought)

    def rarity(self, wanted: Iterable[str], *, folded: bool) -> float:
        """The weight BM25 gives to all these terms together: their inverse document frequencies, summed.

        Divides a lexical score into one that can be compared between questions.
        """
        return self._lexical.rarity(wanted, folded=folded)

    def frequency(self, term: str) -> int:
        """In about how many passages one of `rag.store.lexical.terms`, with its accents, occurs."""
        return self._lexical.frequency(term)

    # ── Copies ────────────────────────────────────────────────────────────────────────────────────

    def copies(self, article_id: str, within: Collection[str] | None = None) -> tuple[Article, ...]:
        """The other articles that carry the text of this one, earliest first, those without a date last.

        `within` limits them to these article ids. Raises KeyError when there is no such article.
        """
        found = self._copies(self._database.article_number(article_id))
        return tuple(other for other in found if within is None or other.id in within)

    def _scored(self, found: Sequence[tuple[int, float]]) -> list[Scored]:
        passages = self._load([rowid for rowid, _ in found])
        return [Scored(passage, score) for passage, (_, score) in zip(passages, found, strict=True)]

    def _load(self, rowids: Sequence[int]) -> list[Passage]:
        """Passages by rowid, in the order asked for. Raises StoreError when one is damaged or gone."""
        where = "WHERE rowid IN (SELECT value FROM json_each(?))"
        loaded = {}
        for rowid, number, *place in self._database.passages(where, (as_json(rowids),)):
            loaded[rowid] = passage_of(self._article(number), *place)
        for rowid in rowids:
            if rowid not in loaded:
                raise self._database.damaged(f"passages/{rowid}")
        return [loaded[rowid] for rowid in rowids]

    def close(self) -> None:
        """Ends the read transaction; called by the Store."""
        self._database.close()


def _copies(
    database: Database, lexical: LexicalIndex, article: Callable[[int], Article], number: int
) -> tuple[Article, ...]:
    """`Snapshot.copies` by number, without limit. No method: its cache would keep the snapshot alive."""
    first = database.scalar("SELECT min(rowid) FROM passages WHERE article = ?", (number,))
    if first is None:  # without passages it is in no index
        return ()
    query = "SELECT article FROM passages WHERE rowid IN (SELECT value FROM json_each(?))"
    alike = lexical.alike(first, MOST_ALIKE)
    others = [article(row[0]) for row in database.rows(query, (as_json(alike),))]
    found = copies_among(article(number), others) if others else []
    return tuple(sorted(found, key=lambda other: (other.published or "9", other.id)))


def _in_one_piece(text: str, *, folded: bool) -> str:
    """The syllables of a text, a blank before and after each."""
    joined = f" {' '.join(tokens(text))} "
    return fold(joined) if folded else joined


def _plain(source: str) -> str:
    """A source's name as people type it."""
    return fold(matching_form(source)).strip()
