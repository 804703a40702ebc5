"""Article → Passages: whole sentences, exact offsets.

Whole paragraphs fill a passage; a paragraph is divided only when it does not fit into one by itself. A
sentence that does not fit is cut after ";", else at another clause mark, else at a space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from rag.language.sentences import split_sentences
from rag.types import Article, Passage

SPLITTER = "sentences-1"
"""Version of the rules of this module and of `rag.language.sentences`: part of the index fingerprint."""

CONTEXT_TOKENS = 128
"""What `embedding_text` may put before a passage: keep `max_tokens` this far below the embedder's limit."""

_LONGEST_TITLE = 120  # characters, in `embedding_text`
_CLAUSE_MARKS = (re.compile(r";(?=\s)"), re.compile(r"[,:](?=\s)|\s[–-](?=\s)"), re.compile(r"(?=\s)"))
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a part of one that is too long for a passage."""

    start: int
    end: int
    tokens: int
    opens_paragraph: bool


def split(
    article: Article,
    count_tokens: Callable[[str], int],
    *,
    max_tokens: int,
    overlap_sentences: int,
) -> tuple[Passage, ...]:
    """The passages of `article` in reading order, each at most `max_tokens` long by `count_tokens`.

    A passage begins with up to `overlap_sentences` sentences of the one before, as long as they take no
    more than a quarter of the room. Only a single word may be longer than `max_tokens`. Raises ValueError
    for `max_tokens` below 1 or a negative overlap.
    """
    if max_tokens < 1 or overlap_sentences < 0:
        raise ValueError(f"max_tokens={max_tokens}, overlap_sentences={overlap_sentences}")
    text = article.text
    units = _units(text, count_tokens, max_tokens)
    passages: list[Passage] = []
    first = 0  # first unit not yet in a passage
    previous = 0  # first new unit of the passage before
    while first < len(units):
        lead = _overlap(units, previous, first, overlap_sentences, max_tokens)
        room = max_tokens - sum(unit.tokens for unit in units[lead:first])
        if units[first].tokens > room:
            lead, room = first, max_tokens
        end = _last_fitting(units, first, room)
        end = _at_paragraph(units, first, end, max_tokens)
        end = _spare_tail(units, first, end, max_tokens)
        # Tokens of sentences need not add up to those of the passage: count what will be stored.
        while count_tokens(text[units[lead].start : units[end - 1].end]) > max_tokens and end - lead > 1:
            lead, end = (lead + 1, end) if lead < first else (lead, end - 1)
        start, stop = units[lead].start, units[end - 1].end
        number = len(passages)
        passages.append(Passage(f"{article.id}#{number}", article.id, number, start, stop, text[start:stop]))
        previous, first = first, end
    return tuple(passages)


def embedding_text(article: Article, passage: Passage) -> str:
    """What is embedded for `passage`: title and day of publication as context, then its text.

    Passages of one article often leave out who and when; searching needs it, quoting does not.
    """
    title = article.title
    if len(title) > _LONGEST_TITLE:
        title = title[:_LONGEST_TITLE].rsplit(" ", 1)[0]
    day = date.fromisoformat(article.published[:10]).strftime("%d/%m/%Y") if article.published else ""
    context = " – ".join(part for part in (title, day) if part)
    return f"{context}\n{passage.text}" if context else passage.text


def _units(text: str, count_tokens: Callable[[str], int], max_tokens: int) -> list[_Unit]:
    units: list[_Unit] = []
    end = 0
    for span in split_sentences(text):
        opens = "\n\n" in text[end : span.start] or not units
        end = span.end
        for start, stop in _cut(text, span.start, span.end, count_tokens, max_tokens):
            units.append(_Unit(start, stop, count_tokens(text[start:stop]), opens))
            opens = False
    return units


def _cut(
    text: str, start: int, end: int, count_tokens: Callable[[str], int], max_tokens: int
) -> list[tuple[int, int]]:
    """The sentence in parts that fit, each as long as its best mark allows."""
    parts: list[tuple[int, int]] = []
    while True:
        fitting = _longest_fitting(text, start, end, count_tokens, max_tokens)
        if fitting >= end:
            return [*parts, (start, end)]
        stop = _best_mark(text, start, fitting)
        parts.append((start, stop))
        space = _SPACE.match(text, stop)
        start = space.end() if space else stop


def _longest_fitting(
    text: str, start: int, end: int, count_tokens: Callable[[str], int], max_tokens: int
) -> int:
    """The end of the longest run of whole words from `start` that fits, at least one word."""
    # Looking no further than needed keeps a sentence of megabytes linear.
    reach = start + 4 * max_tokens
    while reach < end and count_tokens(text[start:reach]) <= max_tokens:
        reach = start + 2 * (reach - start)
    reach = min(reach, end)
    if reach == end and count_tokens(text[start:end]) <= max_tokens:
        return end
    stops = [match.start() for match in _SPACE.finditer(text, start + 1, reach)]
    if not stops:
        space = _SPACE.search(text, reach, end)
        return space.start() if space else end
    low, high = 0, len(stops)  # stops[:low] fit, stops[high:] do not
    while low < high:
        middle = (low + high) // 2
        if count_tokens(text[start : stops[middle]]) <= max_tokens:
            low = middle + 1
        else:
            high = middle
    return stops[max(low - 1, 0)]


def _best_mark(text: str, start: int, fitting: int) -> int:
    """The last clause mark in the second half of what fits; the better kind of mark first."""
    half = start + (fitting - start) // 2
    for mark in _CLAUSE_MARKS:
        ends = [match.end() for match in mark.finditer(text, half, fitting + 1) if match.end() <= fitting]
        if ends:
            return ends[-1]
    return fitting


def _overlap(units: Sequence[_Unit], previous: int, first: int, sentences: int, max_tokens: int) -> int:
    """The unit the next passage begins with: a quarter of its room at most, never the whole one before."""
    lead = first
    room = max_tokens // 4
    while lead > max(previous + 1, first - sentences) and units[lead - 1].tokens <= room:
        lead -= 1
        room -= units[lead].tokens
    return lead


def _last_fitting(units: Sequence[_Unit], first: int, room: int) -> int:
    """The end of the longest run of units from `first` that fits, at least one."""
    end = first + 1
    room -= units[first].tokens
    while end < len(units) and units[end].tokens <= room:
        room -= units[end].tokens
        end += 1
    return end


def _at_paragraph(units: Sequence[_Unit], first: int, end: int, max_tokens: int) -> int:
    """The last paragraph's end before `end`, unless the next paragraph has to be divided anyway."""
    if end == len(units):
        return end
    opening = next((i for i in range(end, first, -1) if units[i].opens_paragraph), None)
    if opening is None:
        return end
    rest = 0
    for unit in units[opening:]:
        if unit is not units[opening] and unit.opens_paragraph:
            break
        rest += unit.tokens
        if rest > max_tokens:
            return end
    # A headline or a lone line is no passage: it takes sentences of the next paragraph along.
    kept = sum(unit.tokens for unit in units[first:opening])
    return opening if 8 * kept >= max_tokens else end


def _spare_tail(units: Sequence[_Unit], first: int, end: int, max_tokens: int) -> int:
    """Ends earlier when only a scrap would be left for the last passage."""
    tail = 0
    for unit in units[end:]:
        tail += unit.tokens
        if 8 * tail >= max_tokens:
            return end
    if end == len(units):
        return end
    kept = sum(unit.tokens for unit in units[first:end])
    while end - 1 > first and 4 * tail < max_tokens and 4 * (kept - units[end - 1].tokens) >= max_tokens:
        end -= 1
        kept -= units[end].tokens
        tail += units[end].tokens
    return end
