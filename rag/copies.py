"""One story, several newspapers: which texts say the same, and how to find them among thousands.

Texts are compared by the runs of five syllables that they share (w-shingling, Broder 1997). To find an
article's copies without comparing it with all others, its runs are sketched by MinHash, and the sketch is
cut into bands that the lexical index keeps as words: copies share at least one.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.language.normalize import tokens
from rag.texts import text
from rag.types import Article, Hit

RUN = 5  # syllables
SAME = 0.8  # share of the shorter text's runs that a copy has, too
LEAST_LENGTH = 0.5  # of the longer one: below that it is a teaser or a summary, not a copy

SHORT = 120  # syllables: so much may be what a site prints below every video, tag or author's name
TITLES_ALIKE = 0.5  # share of the shorter title's words that copies have in common when the text is short

# Two texts that have the share J of all their runs in common meet in some band with 1 - (1 - J²)²⁰: 0.94 at
# the least J that SAME and LEAST_LENGTH leave, 0.36; unrelated articles nearly never.
BANDS = 20
ROWS = 2

NUMERALS = frozenset((
    "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười", "mươi", "chục", "trăm", "nghìn",
    "ngàn", "triệu", "tỷ", "tỉ", "mốt", "tư", "lăm", "nhăm", "rưỡi", "nửa",
))  # fmt: skip

Runs = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as it is compared."""

    syllables: tuple[str, ...]
    runs: frozenset[int]


def wording(written: str) -> Wording:
    """The matching forms of the syllables of a text, and its runs."""
    syllables = tuple(tokens(written))
    return Wording(syllables, frozenset(_runs(syllables).tolist()))


def copies_among(article: Article, others: Iterable[Article]) -> list[Article]:
    """Those that carry the text of `article`: the shorter is in the longer, which is at most twice as long.

    Not when a figure differs: the difference may be the answer.
    """
    own = wording(article.text)
    return [
        other
        for other in others
        if _of_a_length(len(article.text), len(other.text))
        and _same_text(own, wording(other.text))
        and _titles_agree(article, other)
    ]


def says(whole: Wording, part: Wording) -> bool:
    """Whether one text says what another does: nearly all its runs and every figure in its place."""
    if len(part.runs & whole.runs) < SAME * len(part.runs):
        return False
    pairs = set(zip(whole.syllables, whole.syllables[1:], strict=False))
    padded = ("", *part.syllables, "")
    return all(
        (before, here) in pairs or (here, after) in pairs
        for before, here, after in zip(padded, padded[1:], padded[2:], strict=False)
        if _is_figure(here)
    )


def bands(written: str) -> tuple[str, ...]:
    """The words under which copies of a text find each other; none for a text without syllables.

    The same on every machine. Own code, since a library of MinHash brings its own search structure, which
    the lexical index already is.
    """
    runs = _runs(tokens(written))
    if not len(runs):
        return ()
    factors, offsets = _permutations()
    least = ((runs * factors[:, None] + offsets[:, None]) >> np.uint64(32)).min(axis=1)
    rows = least.reshape(BANDS, ROWS) * factors[:ROWS]
    mixed = rows.sum(axis=1, dtype=np.uint64) >> np.uint64(32)
    return tuple(f"{band:02d}{value:08x}" for band, value in enumerate(mixed.tolist()))


def carried_by(article: Article, copies: Sequence[Article]) -> str:
    """ "3 báo cùng đưa tin", or how many articles where their papers are not known; empty without copies."""
    if not copies:
        return ""
    everywhere = (article, *copies)
    papers = {one.source.strip().casefold() for one in everywhere if one.source}
    return carried(len(everywhere), len(papers))


def carried(articles: int, papers: int) -> str:
    """That so many articles of so many known papers tell one story, in words."""
    if papers > 1:
        return text("answer.carried_by_papers", count=papers)
    return text("answer.carried_by_articles", count=articles)


def carried_in(hits: Iterable[Hit]) -> dict[str, str]:
    """What `carried_by` says of the article of each hit, by id."""
    return {hit.article.id: carried_by(hit.article, hit.copies) for hit in hits}


def _same_text(one: Wording, other: Wording) -> bool:
    part, whole = sorted((one, other), key=lambda text: len(text.runs))
    return _of_a_length(len(part.runs), len(whole.runs)) and says(whole, part)


def _of_a_length(one: int, other: int) -> bool:
    return min(one, other) >= LEAST_LENGTH * max(one, other)


def _runs(syllables: Sequence[str]) -> Runs:
    """A number for each distinct run; a shorter text is one run."""
    if not syllables:
        return np.empty(0, np.uint64)
    codes = np.fromiter(map(zlib.crc32, map(str.encode, syllables)), np.uint64, len(syllables))
    count = max(1, len(codes) - RUN + 1)
    numbers = np.zeros(count, np.uint64)
    for place in range(min(RUN, len(codes))):
        numbers = numbers * np.uint64(0x9E3779B97F4A7C15) + codes[place : place + count]
    return np.unique(numbers)


@cache
def _permutations() -> tuple[Runs, Runs]:
    """Factors (odd) and offsets of the hash functions, from a digest: numpy's random numbers may change."""
    digest = hashlib.shake_128(b"hoibao stories").digest(2 * 8 * BANDS * ROWS)
    factors, offsets = np.frombuffer(digest, "<u8").astype(np.uint64).reshape(2, -1)
    return factors | np.uint64(1), offsets


def _is_figure(syllable: str) -> bool:
    return syllable[:1].isdigit() or syllable in NUMERALS


def _titles_agree(one: Article, other: Article) -> bool:
    """Whether the figures of either title are in the other article; in words titles may differ.

    Of short texts they must be alike in words, too, or the pages of a site that have no text of their own
    are copies of each other.
    """
    titles = [tokens(article.title) for article in (one, other)]
    texts = [tokens(article.text) for article in (one, other)]
    said = [{*title, *text} for title, text in zip(titles, texts, strict=True)]
    figures = [{syllable for syllable in title if syllable[0].isdigit()} for title in titles]
    if not (figures[0] <= said[1] and figures[1] <= said[0]):
        return False
    shared = set(titles[0]) & set(titles[1])
    fewest = min(len(set(title)) for title in titles)
    return min(map(len, texts)) >= SHORT or len(shared) >= TITLES_ALIKE * fewest
