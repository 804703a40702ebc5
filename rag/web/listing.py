"""The articles of a collection as a table: searched, filtered, sorted and cut into pages, in memory.

25,000 titles are gone through in some hundredths of a second, so nothing is asked of the disk but the list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from rag.language.normalize import has_accents, matching_form
from rag.store import ArticleSummary, Store

PAGE = 50
_ACCENTS = re.compile("[\u0300-\u036f]+")

Order: TypeAlias = Literal["day", "title", "source", "category", "passages"]
ORDERS: tuple[Order, ...] = ("title", "source", "category", "day", "passages")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader wants to see. Empty fields restrict nothing."""

    words: str = ""
    source: str = ""
    category: str = ""
    start: date | None = None
    end: date | None = None
    order: Order = "day"
    downwards: bool = True
    page: int = 1

    @property
    def restricts(self) -> bool:
        return bool(self.words.strip() or self.source or self.category or self.start or self.end)


@dataclass(frozen=True, slots=True)
class Page:
    """The articles of one page, and how many there are beyond it."""

    articles: tuple[ArticleSummary, ...]
    found: int  # that fit the wish
    total: int  # in the collection
    number: int  # 1, 2, 3 …
    pages: int
    wish: Wish


def page_of(articles: Sequence[ArticleSummary], wish: Wish) -> Page:
    """The page the wish asks for, or the last one there is.

    Words are looked for in title, source, topic and id, each somewhere, whatever its case; one typed without
    accents finds those with. Articles without a date are in no period.
    """
    typed = wish.words.split()
    accented = [matching_form(word) for word in typed if has_accents(word)]
    plain = [_plain(word) for word in typed if not has_accents(word)]
    found = list(articles)
    if wish.restricts:
        found = [a for a in found if _fits(a, wish) and _has(_facts(a), accented, plain)]
    found.sort(key=_KEYS[wish.order], reverse=wish.downwards)
    found.sort(key=lambda article: not _present(article, wish.order))  # what is missing comes last either way
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(1, wish.page), pages)
    shown = tuple(found[(number - 1) * PAGE : number * PAGE])
    return Page(shown, len(found), len(articles), number, pages, replace(wish, page=number))


def values(articles: Iterable[ArticleSummary], name: Literal["source", "category"]) -> tuple[str, ...]:
    """The sources or topics there are, in the order of their letters."""
    return tuple(sorted({getattr(article, name) for article in articles} - {None, ""}, key=_plain))


class Listings:
    """The lists of articles by collection, read again only when an index has changed."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Store, int, list[ArticleSummary]]] = {}

    def articles(self, collection: str, store: Store) -> list[ArticleSummary]:
        """All articles of a collection. Raises StoreError."""
        with store.snapshot() as snapshot:
            known = self._read.get(collection)
            if known is None or known[:2] != (store, snapshot.sequence):
                known = self._read[collection] = (store, snapshot.sequence, snapshot.articles())
            return known[2]


def _fits(article: ArticleSummary, wish: Wish) -> bool:
    if wish.source and article.source != wish.source:
        return False
    if wish.category and article.category != wish.category:
        return False
    if wish.start or wish.end:
        day = (article.published or "")[:10]
        first, last = (wish.start or date.min).isoformat(), (wish.end or date.max).isoformat()
        if not day or not first <= day <= last:
            return False
    return True


def _facts(article: ArticleSummary) -> str:
    """What is searched."""
    return " ".join((article.title, article.source or "", article.category or "", article.id))


def _has(facts: str, accented: Sequence[str], plain: Sequence[str]) -> bool:
    """Whether all words are somewhere in the facts: those with accents as they are, the others without."""
    if plain and not _all_in(plain, _plain(facts)):
        return False
    return not accented or _all_in(accented, _matching(facts))


def _all_in(words: Sequence[str], text: str) -> bool:
    return all(word in text for word in words)


def _plain(text: str) -> str:
    """Small letters without accents. Ten times as fast as `fold`, which keeps every letter in its place."""
    return _ACCENTS.sub("", unicodedata.normalize("NFD", text.lower())).replace("đ", "d")


@lru_cache(maxsize=1 << 16)
def _matching(facts: str) -> str:
    return matching_form(facts)


def _present(article: ArticleSummary, order: Order) -> bool:
    return order == "passages" or bool(article.published if order == "day" else getattr(article, order))


_KEYS: dict[Order, Callable[[ArticleSummary], Any]] = {
    "day": lambda article: (article.published or "", article.id),
    "title": lambda article: (_plain(article.title), article.id),
    "source": lambda article: (_plain(article.source or ""), article.published or "", article.id),
    "category": lambda article: (_plain(article.category or ""), article.published or "", article.id),
    "passages": lambda article: (article.passages, article.id),
}
