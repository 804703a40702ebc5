"""Forms of Vietnamese text for matching. The original is kept for display and offsets.

Matching form: NFC, lower case, tone mark where the new orthography puts it (`hoà` → `hòa`,
`thuỷ` → `thủy`). Folded form: the matching form without any diacritic, `đ` → `d`.
Both keep the number of characters, so an offset in a form is an offset in the (NFC) original.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TONES = "\u0300\u0301\u0303\u0309\u0323"  # grave, acute, tilde, hook above, dot below

# A syllable is a run of letters, a number keeps its inner separators: 2.100 16,8 25/9
WORD = re.compile(r"\d+(?:[.,/:]\d+)*|[^\W\d_]+", re.UNICODE)


def nfc(text: str) -> str:
    """Canonical composition: the only form in which text is stored."""
    return unicodedata.normalize("NFC", text)


def _move_tone(match: re.Match[str]) -> str:
    """`oà` → `òa`: the tone mark moves from the second vowel to the first."""
    first, second = match.group(1), match.group(2)
    decomposed = unicodedata.normalize("NFD", second)
    tone = next(mark for mark in decomposed if mark in _TONES)
    return unicodedata.normalize("NFC", first + tone) + unicodedata.normalize(
        "NFC", decomposed.replace(tone, "")
    )


# oa, oe, uy at the end of a syllable; `qu` is a consonant, so `quý` stays as it is.
_OLD_TONE = re.compile(
    r"(?:(?<=\b)|(?<=[^\W\d_]))(?<![qQ])([oOuU])"
    r"((?<=[oO])[àáãảạèéẽẻẹÀÁÃẢẠÈÉẼẺẸ]|(?<=[uU])[ỳýỹỷỵỲÝỸỶỴ])(?![^\W\d_])"
)


def unify_tones(text: str) -> str:
    """Tone placement of the new orthography, character count unchanged (`hoà` → `hòa`)."""
    return _OLD_TONE.sub(_move_tone, text)


def matching_form(text: str) -> str:
    """NFC, lower case, unified tone placement. Same length as the NFC of `text`."""
    composed = nfc(text)
    lowered = composed.lower()
    if len(lowered) != len(composed):  # a handful of letters (İ) change length: leave those as they are
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in composed)
    return unify_tones(lowered)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in "đĐ":
        return "d" if character == "đ" else "D"
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isalnum() else character


def fold(text: str) -> str:
    """Without diacritics, `đ` → `d`; same length as the NFC of `text`."""
    return "".join(map(_fold_character, nfc(text)))


def has_accents(text: str) -> bool:
    """Whether any Vietnamese letter beyond plain ASCII occurs."""
    composed = nfc(text)
    return fold(composed) != composed


@dataclass(frozen=True, slots=True)
class Word:
    """A syllable or number in its matching form and where it stands in the NFC original."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Syllables and numbers of `text` in matching form, with offsets."""
    form = matching_form(text)
    return [Word(m.group(), m.start(), m.end()) for m in WORD.finditer(form)]


def tokens(text: str) -> list[str]:
    """The matching forms of the syllables and numbers of `text`."""
    return WORD.findall(matching_form(text))
