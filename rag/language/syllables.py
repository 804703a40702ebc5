"""The shape of a Vietnamese syllable: onset + rime + tone, as the orthography allows them.

Source: the closed inventory of onsets and rimes of quốc ngữ (Đoàn Thiện Thuật, Ngữ âm tiếng Việt). Loan words
and names from elsewhere mostly fall outside it, and that is what it is used for.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rag.language.normalize import fold, matching_form, nfc

TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
"""Telex letter → combining tone mark: sắc, huyền, hỏi, ngã, nặng."""

VOWELS = "aăâeêioôơuưy"
_TONE_MARKS = frozenset(TONES.values())
_SHARP_OR_HEAVY = frozenset("\u0301\u0323")

_ONSET_TABLE = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RIME_TABLE = """
    a ac ach ai am an ang anh ao ap at au ay
    ăc ăm ăn ăng ăp ăt
    âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et
    ê êch êm ên ênh êp êt êu
    i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong
    op ot
    ô ôc ôi ôm ôn ông ôp ôt
    ơ ơi ơm ơn ơp ơt
    u ua uc ui um un ung uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uynh uyt uyu
    uân uâng uât uây uê uêch uênh uêu uơ
    ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu
    y yêm yên yêng yêt yêu
"""


def _by_bare(rimes: frozenset[str]) -> dict[str, list[str]]:
    """Rimes under what is left of them without accents."""
    found: dict[str, list[str]] = {}
    for rime in rimes:
        found.setdefault(fold(rime), []).append(rime)
    return found


_ONSETS = frozenset(["", *_ONSET_TABLE.split()])
_RIMES = frozenset(_RIME_TABLE.split())
_RIMES_AFTER_QU = frozenset(r for r in _RIMES if r[0] in "aăâeêơiy") | {"ôc", "ynh", "ych", "yt"}
_FOLDED_RIMES = frozenset(map(fold, _RIMES))
_FOLDED_RIMES_AFTER_QU = frozenset(map(fold, _RIMES_AFTER_QU))
_BARE_RIMES = _by_bare(_RIMES)
_BARE_RIMES_AFTER_QU = _by_bare(_RIMES_AFTER_QU)
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST = 7  # nghiêng


def split_tone(syllable: str) -> tuple[str, str]:
    """`tỉnh` → (`tinh`, hỏi): the letters with their quality, and the combining tone mark or ''."""
    decomposed = unicodedata.normalize("NFD", syllable)
    tone = "".join(c for c in decomposed if c in _TONE_MARKS)
    letters = "".join(c for c in decomposed if c not in _TONE_MARKS)
    return unicodedata.normalize("NFC", letters), tone


def place_tone(letters: str, tone: str) -> str | None:
    """The syllable with its tone mark where the orthography puts it; None when `letters` has no vowel."""
    start = 2 if letters.startswith(("qu", "gi")) and any(c in VOWELS for c in letters[2:]) else 0
    places = [i for i, c in enumerate(letters) if i >= start and c in VOWELS]
    if not places:
        return None
    marked = [i for i in places if letters[i] in "ăâêôơư"]
    if marked:
        place = marked[-1]
    elif len(places) == 1 or (places[-1] == len(letters) - 1 and len(places) == 2):
        place = places[0]
    else:
        place = places[1]
    return unicodedata.normalize("NFC", letters[: place + 1] + tone + letters[place + 1 :])


def tones_in_place(text: str) -> str:
    """`text` with the tone marks of its syllables where they belong: `đựơc` → `được`, `tòan` → `toàn`.

    NFC, of the same length. Either way of writing `hòa` and `hoà` stays.
    """

    def placed(match: re.Match[str]) -> str:
        word = match.group()
        form = matching_form(word)
        letters, tone = split_tone(form)
        right = place_tone(letters, tone) if len(tone) == 1 and is_syllable(form) else None
        if right is None or right == form:
            return word
        return "".join(r.upper() if w.isupper() else r for w, r in zip(word, right, strict=True))

    return _LETTERS.sub(placed, nfc(text))


@lru_cache(maxsize=8192)
def spellings(bare: str) -> tuple[str, ...]:
    """The syllables, in matching form, that are `bare` (folded, lower case) once their accents are left out.

    `lua` → lua, lùa, lúa, … lưa, lừa, lửa, …; nothing for what could not be a syllable.
    """
    found = []
    for cut in range(min(len(bare), 4)):
        rimes = _BARE_RIMES_AFTER_QU if bare[:cut] == "qu" else _BARE_RIMES
        onsets = [bare[:cut]] if bare[:cut] != "d" else ["d", "đ"]
        found += [
            place_tone(onset + rime, tone)
            for onset in onsets
            if onset in _ONSETS
            for rime in rimes.get(bare[cut:], ())
            for tone in ("", *_TONE_MARKS)
        ]
    return tuple(sorted({word for word in found if word and is_syllable(word)}))


def _splits(letters: str, rimes: frozenset[str], rimes_after_qu: frozenset[str]) -> bool:
    return any(
        letters[:cut] in _ONSETS and letters[cut:] in (rimes_after_qu if letters[:cut] == "qu" else rimes)
        for cut in range(min(len(letters), 4))
    )


@lru_cache(maxsize=8192)
def is_syllable(word: str) -> bool:
    """Whether `word` is spelled as a Vietnamese syllable; a final stop takes sắc, nặng or no mark."""
    if len(word) > _LONGEST:
        return False
    letters, tone = split_tone(word.lower())
    if len(tone) > 1 or (tone and letters.endswith(("c", "ch", "p", "t")) and tone not in _SHARP_OR_HEAVY):
        return False
    return _splits(letters, _RIMES, _RIMES_AFTER_QU)


@lru_cache(maxsize=8192)
def could_be_syllable(word: str) -> bool:
    """Whether accents could make a Vietnamese syllable of the bare `word` (`nguoi` → người)."""
    return len(word) <= _LONGEST and _splits(fold(word.lower()), _FOLDED_RIMES, _FOLDED_RIMES_AFTER_QU)
