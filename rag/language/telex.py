"""Keystrokes that an input method left undone: `tinhr uyr` (Telex), `Viet65 Nam` (VNI).

Only words that cannot be Vietnamese as typed are read this way, and English is full of them (`tax` would be
`tã`): so a reading is kept only when the texts the question is about contain it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from rag.language.normalize import matching_form, nfc, tokens
from rag.language.syllables import TONES, VOWELS, could_be_syllable, is_syllable, place_tone

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 12  # "nghieengx", "thuowngr" and a little more
_TELEX_VOWELS = (
    ("aa", "â"),
    ("ee", "ê"),
    ("oo", "ô"),
    ("uow", "ươ"),
    ("uwow", "ươ"),
    ("aw", "ă"),
    ("ow", "ơ"),
    ("uw", "ư"),
)
_VNI_TONES = dict(zip("12345", "sfrxj", strict=True))
_VNI_MARKS = {
    "6": {"a": "â", "e": "ê", "o": "ô"},
    "7": {"o": "ơ", "u": "ư"},
    "8": {"a": "ă"},
    "9": {"d": "đ"},
}


def _telex(word: str) -> str | None:
    """`vieejt` → `việt`, `tirnh` → `tỉnh`: vowel letters doubled or with w, one tone letter after a vowel."""
    tone = ""
    first_vowel = next((i for i, c in enumerate(word) if c in VOWELS), len(word))
    for i in range(len(word) - 1, first_vowel, -1):
        if word[i] in TONES:
            tone, word = word[i], word[:i] + word[i + 1 :]
            break
    if word.startswith("dd"):
        word = "đ" + word[2:]
    for keys, vowel in _TELEX_VOWELS:
        word = word.replace(keys, vowel)
    return place_tone(word, TONES[tone]) if tone else word


def _vni(word: str) -> str | None:
    """`viet65` → `việt`: digits for marks and tone after the letter they belong to, or at the end."""
    letters, tone = "", ""
    for character in word:
        if character in _VNI_TONES and not tone:
            tone = _VNI_TONES[character]
        elif character in _VNI_MARKS:
            marks = _VNI_MARKS[character]
            place = max((letters.rfind(letter) for letter in marks), default=-1)
            if place < 0:
                return None
            letters = letters[:place] + marks[letters[place]] + letters[place + 1 :]
            letters = letters.replace("uơ", "ươ")  # uo7 stands for both horns
        elif character.isdigit():
            return None
        else:
            letters += character
    return place_tone(letters, TONES[tone]) if tone else letters


def telex_reading(word: str) -> str | None:
    """What `word` says if it is keystrokes; None when it may be meant as typed or says no syllable."""
    lowered = nfc(word).lower()
    if len(lowered) > _LONGEST or not lowered.isascii() or lowered.isdigit() or not lowered[0].isalpha():
        return None
    if could_be_syllable(lowered):
        return None
    has_digit = any(character.isdigit() for character in lowered)
    reading = _vni(lowered) if has_digit else _telex(lowered)
    if reading is None or reading == lowered or not is_syllable(reading):
        return None
    return matching_form(reading)


def telex_readings(text: str) -> dict[str, str]:
    """Word as typed → its reading, for every word that may be keystrokes: more words to search with."""
    readings = {word: telex_reading(word) for word in _WORD.findall(nfc(text))}
    return {word: reading for word, reading in readings.items() if reading}


def fix_telex(text: str, samples: Iterable[str], count: Callable[[str], int]) -> str:
    """`text` with keystrokes replaced by what they say, where `samples` contain the word.

    What the index has as it was typed (`Lee`, `teen`) stays: `count` says how many passages have a word.

    `samples` are texts about the same thing: the passages that a search for `text` together with its
    `telex_readings` found. Capitals are kept (`Vieejt` → `Việt`); everything else stays as typed.
    """
    composed = nfc(text)
    readings = telex_readings(composed)
    if not readings:
        return composed
    known = {word for sample in samples for word in tokens(sample)}

    def fixed(match: re.Match[str]) -> str:
        word = match.group()
        reading = readings.get(word)
        if reading is None or reading not in known or count(word.lower()):
            return word
        if word.isupper():
            return reading.upper()
        return reading.capitalize() if word[0].isupper() else reading

    return _WORD.sub(fixed, composed)
