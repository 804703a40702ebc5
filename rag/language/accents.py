"""Words typed without their accents, recognised: in a whole question, and in one that has others."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import TypeAlias

from rag.language.normalize import fold, matching_form, nfc
from rag.language.phrases import question_forms, question_pairs, written
from rag.language.syllables import could_be_syllable, spellings

Count: TypeAlias = Callable[[str], int]
"""How many passages of an index have a syllable, or two in a row (`nước_sạch`), in matching form."""

LETTERS = re.compile(r"[^\W\d_]+")
_UNACCENTED_SHARE = 0.6  # of the words that could be Vietnamese, the rest being names and loan words
_RARELY_BARE = 100  # a word found with accents so many times as often as without is not meant without
_TOGETHER = 5  # passages with a pair, for it to say that a word is not meant bare
_OFTEN = 3  # passages; what is found less often says nothing
_LISTED = 0.2  # passages that a time in the lists is worth


def accented_share(text: str) -> float | None:
    """Share of the words with a Vietnamese letter, among those that could be Vietnamese; None without any."""
    accented = bare = 0
    for match in LETTERS.finditer(nfc(text)):
        word = match.group()
        if fold(word) != word:
            accented += 1
        elif could_be_syllable(word) and not (len(word) > 1 and word.isupper()):
            bare += 1
    return accented / (accented + bare) if accented + bare else None


def looks_unaccented(text: str) -> bool:
    """Whether `text` is Vietnamese typed without accents.

    False for one word, for names and numbers alone (`FIFA`, `World Cup 2022`), and for text with any accent:
    `lacking` is about that.
    """
    if accented_share(text) != 0.0:
        return False
    found = [m.group() for m in LETTERS.finditer(text) if not (len(m.group()) > 1 and m.group().isupper())]
    possible = [word for word in found if could_be_syllable(word)]
    if len(possible) < 2 or len(possible) < _UNACCENTED_SHARE * len(found):
        return False
    pairs = pairwise(word.lower() for word in found)
    if any(pair in _bare_pairs() for pair in pairs) or any(
        word.lower() in _never_bare() for word in possible
    ):
        return True
    return len(possible) >= 3 and not all(word[0].isupper() for word in possible)


def lacking(text: str, count: Count) -> list[str]:
    """The words of `text`, in lower case, that lack the accents which texts hardly ever leave out.

    `Giống lua nào` → `lua`, where the index has `lúa` and no `lua`; `được công bo` → `bo`, where it has
    `công bố` and `bo` only next to other words. Names may be foreign and are left alone.
    """
    found = [match.group() for match in LETTERS.finditer(nfc(text))]
    forms = ["", *map(matching_form, found), ""]
    return [
        word
        for before, word, after in zip(forms, found, forms[2:], strict=False)
        if word.islower()
        and fold(word) == word
        and (_never_meant(word, count) or _never_here(before, word, after, count))
    ]


def _never_meant(bare: str, count: Count) -> bool:
    """Whether a word is hardly ever written bare."""
    listed = written(bare)
    if bare in listed:
        return False
    seen = _LISTED * sum(listed.values()) + sum(count(form) for form in spellings(bare) if form != bare)
    return seen >= _OFTEN and seen > _RARELY_BARE * count(bare)


def _never_here(before: str, bare: str, after: str, count: Count) -> bool:
    """Whether a word is never written bare between two others, but well with the accents of some spelling."""

    def together(form: str) -> int:
        return count(f"{before}_{form}") + count(f"{form}_{after}")

    return not together(bare) and any(together(form) >= _TOGETHER for form in spellings(bare))


@cache
def _bare_pairs() -> frozenset[tuple[str, str]]:
    """Pairs of the phrase list as they are typed without accents (`la ai`)."""
    bare = {(fold(left), fold(right)): (left, right) for left, right in question_pairs()}
    return frozenset(pair for pair, accented in bare.items() if pair != accented)


@cache
def _never_bare() -> frozenset[str]:
    """Folded syllables of the phrase list that the list never writes bare."""
    return frozenset(bare for bare, forms in question_forms().items() if bare not in forms)
