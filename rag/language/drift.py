"""Whether a text has left Vietnamese: letters of another script, or a run of words that are none of its own.

A small model that drifts does so in one of two ways: Chinese characters, or a sentence in English. An article
may be in another language as a whole.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from rag.language.normalize import has_accents, tokens
from rag.language.syllables import could_be_syllable

LEAST_STRANGE = 0.3  # share of the unknown words that no accent could make a Vietnamese syllable
# One of these is enough: "hai nghị quyết và four đề án". None is a Vietnamese syllable.
_ENGLISH = {
    "of", "and", "with", "from", "which", "four", "five", "six", "seven", "eight", "nine", "eleven",
    "twelve", "hundred", "thousand", "million", "billion", "first", "second", "third", "year",
    "years", "month", "months", "people", "however", "there", "were", "was",
}  # fmt: skip
_COMMONEST_ENGLISH = {
    "the", "of", "and", "to", "in", "a", "is", "was", "for", "on", "with", "that", "by", "as", "at", "from",
    "it", "are", "be", "has", "have", "said",
}  # fmt: skip
_SAMPLE = 5_000  # characters of an article, of which its language is known
_LEAST_WORDS = 20  # fewer are names and figures
_ACCENTED = 0.2  # share of words; Vietnamese has seven of ten, quotations and names in a foreign text a few
_MOST_NAMES = 0.4  # share of words with a capital: a list of players or cars is in no language
_ENGLISH_SHARE = 0.15  # of the words of an English text are its commonest, at the least
# Cyrillic, Hebrew to Thai, kana, Chinese, Korean
_SCRIPTS = r"[\u0400-\u04ff\u0590-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_FOREIGN = re.compile(_SCRIPTS)
_TURNS_FOREIGN = re.compile(rf"(?<=[.!?…])\s*(?={_SCRIPTS})")


def foreign_letter(text: str, known: str = "") -> int | None:
    """Where the first letter of another script stands that `known` does not have; None when there is none."""
    return next((m.start() for m in _FOREIGN.finditer(text) if m.group() not in known), None)


def parted(text: str) -> str:
    """`text` with a line break where a finished sentence is followed by one in another script."""
    return _TURNS_FOREIGN.sub("\n", text)


def is_foreign(sentence: str, known: str = "", *, least: int = 3) -> bool:
    """Whether `sentence` is in another language with the same letters.

    Judged by its words that are not in `known`, which it may repeat. One of the commonest words of English
    tells. Else, when there are `least` of them, that none has an accent, which in Vietnamese seven of ten
    have, and some are no syllables.
    """
    own = [word for word in tokens(sentence) if word[0].isalpha() and word not in _words(known)]
    if not _ENGLISH.isdisjoint(own):
        return True
    if len(own) < least or any(map(has_accents, own)):
        return False
    return sum(not could_be_syllable(word) for word in own) >= LEAST_STRANGE * len(own)


@lru_cache(maxsize=8)  # asked again after every word of an answer
def _words(text: str) -> frozenset[str]:
    return frozenset(tokens(text))


def language_of(article: str) -> Literal["vi", "en", "other"]:
    """The language that most of an article is in; Vietnamese without accents is Vietnamese.

    Vietnamese also where there is too little to tell.
    """
    sample = article[:_SAMPLE]
    if 2 * len(_FOREIGN.findall(sample)) > sum(map(str.isalpha, sample)):
        return "other"
    own = [word for word in tokens(sample) if word[0].isalpha()]
    if len(own) < _LEAST_WORDS or sum(map(has_accents, own)) >= _ACCENTED * len(own):
        return "vi"
    if sum(not could_be_syllable(word) for word in own) < LEAST_STRANGE * len(own):
        return "vi"
    if sum(word in _COMMONEST_ENGLISH for word in own) >= _ENGLISH_SHARE * len(own):
        return "en"
    written = [word for word in sample.split() if word[0].isalpha()]
    names = sum(word[0].isupper() for word in written)
    return "vi" if names > _MOST_NAMES * len(written) else "other"
