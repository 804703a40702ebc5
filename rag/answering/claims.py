"""What a sentence claims, and whether a text says it: words, quantities and days, each compared as itself.

`2.100` and `2100`, `30/6/2023` and "30 tháng 6 năm 2023", `BCH` and "Ban Chấp hành" are the same; `5 triệu`
and `5 tỷ` are not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from rag.language.abbreviations import expand
from rag.language.dates import DateMention, dates_in
from rag.language.names import Number, names, numbers
from rag.language.normalize import nfc, tokens
from rag.language.questions import content_words
from rag.store.lexical import terms

FIGURE_WEIGHT = 3.0  # a number or a date says more than a word
NAME_WEIGHT = 2.0  # and so does a part of a name
WORD_WEIGHT = 1.0

BEFORE, AFTER = 6, 3  # syllables beside a figure that tell what it is said of

Quantity: TypeAlias = tuple[float, bool]
"""A value, and whether it is a percentage."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing said: a word in matching form, a quantity, or a day."""

    what: str | Quantity | DateMention
    weight: float
    # Of a figure: the syllables and pairs beside it, which tell what it is said of
    near: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def is_figure(self) -> bool:
        """Numbers, dates and numbered documents: what must never be wrong."""
        return not isinstance(self.what, str) or self.what[0].isdigit()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says, ready to be asked."""

    words: frozenset[str]
    quantities: frozenset[Quantity]
    dates: tuple[DateMention, ...]
    terms: frozenset[str] = frozenset()  # syllables and pairs of syllables

    def say(self, claim: Claim) -> bool:
        what = claim.what
        if isinstance(what, str):
            return what in self.words
        if isinstance(what, DateMention):
            years = {date.year for date in self.dates if date.year}
            return any(_says(date, what, years) for date in self.dates)
        return what in self.quantities

    def rival(self, claim: Claim) -> bool:
        """Whether there is another figure of the same kind here."""
        if self.say(claim):
            return False
        if isinstance(claim.what, DateMention):
            return bool(self.dates)
        return isinstance(claim.what, tuple) and any(q[1] == claim.what[1] for q in self.quantities)

    def __or__(self, other: Facts) -> Facts:
        return Facts(
            self.words | other.words,
            self.quantities | other.quantities,
            self.dates + other.dates,
            self.terms | other.terms,
        )


NOTHING = Facts(frozenset(), frozenset(), ())


@lru_cache(maxsize=4096)
def facts_of(text: str) -> Facts:
    """Everything `text` says; its abbreviations spelled out too, and what it spells out abbreviated."""
    forms = [text, *expand(text)]
    return Facts(
        frozenset(word for form in forms for word in tokens(form)),
        frozenset(map(_quantity, numbers(text))),
        tuple(dates_in(text)),
        frozenset(term for form in forms for term in terms(form, folded=False)),
    )


def claims_of(sentence: str) -> tuple[Claim, ...]:
    """What `sentence` says, without the words that say nothing; each claim once."""
    composed = nfc(sentence)
    dates, quantities = dates_in(composed), numbers(composed)
    rest = list(composed)
    for start, end in [(d.start, d.end) for d in dates] + [(q.start, q.end) for q in quantities]:
        rest[start:end] = " " * (end - start)
    words = "".join(rest)
    named = {word for name in names(composed) for word in tokens(name.text)}
    claims = [Claim(date, FIGURE_WEIGHT, _beside(words, date.start, date.end)) for date in dates]
    claims += [
        Claim(_quantity(number), FIGURE_WEIGHT, _beside(words, number.start, number.end))
        for number in quantities
    ]
    for word in content_words(words) or tokens(words):
        weight = FIGURE_WEIGHT if word[0].isdigit() else NAME_WEIGHT if word in named else WORD_WEIGHT
        claims.append(Claim(word, weight))
    return tuple(dict.fromkeys(claims))


def _beside(words: str, start: int, end: int) -> frozenset[str]:
    """The syllables next to a figure, and their pairs."""
    before = words[:start].split()[-BEFORE:]
    after = words[end:].split()[:AFTER]
    return frozenset(terms(" ".join(before), folded=False)) | frozenset(terms(" ".join(after), folded=False))


def _says(said: DateMention, claimed: DateMention, years: Collection[int]) -> bool:
    """Whether `said` is as exact as `claimed` and agrees: "năm 2023" does not say `30/6/2023`.

    Newspapers leave the year out beside a day or month: then it must be one of `years`, if there are any.
    """
    if claimed.day or claimed.month:
        exact = bool(said.day or not claimed.day) and bool(said.month or not claimed.month)
    elif claimed.quarter:
        exact = bool(said.quarter or said.month)
    else:
        exact = said.year is not None
    right_year = bool(said.year) or claimed.year is None or not years or claimed.year in years
    return exact and right_year and claimed.compatible(said)


def _quantity(number: Number) -> Quantity:
    return number.value, number.unit == "%"
