"""When two pieces of text say the same: Vietnamese syllables, numbers as numbers, whole tokens only.

The scorers judge with this module and with nothing of the answering code, so that a mistake in the
aligner cannot hide itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from rag.language.normalize import matching_form, tokens

_MARK = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_ENGLISH_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3}){2,}")
_DOTTED_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")
_SPELLED_DATE = re.compile(
    r"\b(?:(?:ngày|mùng|mồng|sáng|trưa|chiều|tối)\s+(?P<d>\d{1,2})|(?P<d2>\d{1,2}))"
    r"\s+tháng\s+(?P<m>\d{1,2})(?:[\s,]+năm\s+(?P<y>\d{4}))?\b"
)


def without_marks(answer: str) -> str:
    """The answer without its `[n]` citation marks."""
    return _MARK.sub("", answer)


def marks(answer: str) -> list[int]:
    """The numbers of the `[n]` marks of an answer, in order, with repetitions."""
    return [int(number) for mark in _MARK.findall(answer) for number in re.findall(r"\d+", mark)]


def canonical_number(token: str) -> str:
    """One spelling per number, read the Vietnamese way: dot for thousands, comma for decimals.

    `2.100` → `2100`, `1.234,50` → `1234,5`, `08` → `8`, `14/01/2022` → `14/1/2022`, `14.01.2022` the same.
    One or two digits after a dot are a decimal or a day and month (`22.1` → `22,1`): which one cannot be
    told, so zeros at the end stay (`22.10` is not `22.1`). A word is returned as it is.
    """
    if not token[:1].isdigit():
        return token
    if _DOTTED_DATE.fullmatch(token):
        token = token.replace(".", "/")
    if "/" in token or ":" in token:
        return re.sub(r"\d+", lambda digits: _plain(digits.group()), token)
    if _ENGLISH_THOUSANDS.fullmatch(token):
        return token.replace(",", "")
    whole, comma, fraction = token.partition(",")
    if _THOUSANDS.fullmatch(whole):
        whole = whole.replace(".", "")
    if comma:
        fraction = fraction.rstrip("0")
        return f"{_plain(whole)},{fraction}" if fraction else _plain(whole)
    whole, dot, fraction = whole.partition(".")
    return f"{_plain(whole)},{fraction}" if dot else _plain(whole)


def _plain(digits: str) -> str:
    return digits.lstrip("0") or "0"


@lru_cache(maxsize=8192)
def comparable(text: str) -> tuple[str, ...]:
    """Tokens for comparing: NFC, case-folded, tone placement unified, no punctuation, canonical numbers."""
    return tuple(canonical_number(token) for token in tokens(text))


@lru_cache(maxsize=8192)
def _comparable_dates(text: str) -> tuple[str, ...]:
    """As `comparable`, with dates in words written in digits: `ngày 2 tháng 9` → `2/9`."""
    return comparable(_SPELLED_DATE.sub(_digits, matching_form(text)))


def _digits(match: re.Match[str]) -> str:
    day = match["d"] or match["d2"]
    if match["d"] is None and match["y"] is None:
        return match.group()  # "2 tháng 3" alone may be a duration
    return "/".join(part for part in (day, match["m"], match["y"]) if part)


def contains(text: str, phrase: str) -> bool:
    """Whether `phrase` stands in `text` as whole tokens, one after the other.

    `13/11` stands in `13/11/2020`, and in `ngày 13 tháng 11`.
    """
    return _within(comparable(phrase), comparable(text)) or _within(
        _comparable_dates(phrase), _comparable_dates(text)
    )


def _within(phrase: Sequence[str], text: Sequence[str]) -> bool:
    if not phrase:
        return False
    return any(
        all(map(_same, phrase, text[at : at + len(phrase)])) for at in range(len(text) - len(phrase) + 1)
    )


def _same(wanted: str, found: str) -> bool:
    return wanted == found or ("/" in wanted and f"/{wanted}/" in f"/{found}/")


def exact(text: str, phrase: str) -> bool:
    """Whether both are the same tokens in the same order."""
    return comparable(text) == comparable(phrase)


def f1(text: str, phrase: str) -> float:
    """Harmonic mean of precision and recall of the shared tokens (SQuAD: Rajpurkar et al. 2016)."""
    found, wanted = Counter(comparable(text)), Counter(comparable(phrase))
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else 0.0
