"""What is known of Vietnamese without any index: phrases of questions, common words, their neighbours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise

from rag.language.normalize import fold, matching_form

Phrase = tuple[str, ...]


@cache
def question_forms() -> Mapping[str, Mapping[str, int]]:
    """Folded syllable → how often each of its spellings stands in the phrases of questions."""
    return _forms(_read("question_words.txt"))


@cache
def question_pairs() -> frozenset[tuple[str, str]]:
    """Syllables that stand next to each other in the phrases of questions."""
    return _pairs(_read("question_words.txt"))


def written(bare: str) -> Mapping[str, int]:
    """The spellings of a folded syllable, with how often each stands in all phrases and words."""
    return _all_forms().get(bare, {})


@cache
def known_pairs() -> frozenset[tuple[str, str]]:
    """Syllables that stand next to each other in any of the phrases and words."""
    return _pairs([*_read("question_words.txt"), *_read("common_words.txt")])


@cache
def _all_forms() -> Mapping[str, Mapping[str, int]]:
    return _forms([*_read("question_words.txt"), *_read("common_words.txt")])


def _read(name: str) -> list[Phrase]:
    lines = files("rag.language").joinpath(name).read_text(encoding="utf-8").splitlines()
    phrases = (phrase for line in lines if not line.startswith("#") for phrase in line.split(","))
    return [tuple(matching_form(phrase).split()) for phrase in phrases if phrase.strip()]


def _forms(phrases: Iterable[Phrase]) -> dict[str, Counter[str]]:
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase in phrases:
        for word in phrase:
            forms[fold(word)][word] += 1
    return dict(forms)


def _pairs(phrases: Iterable[Phrase]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for phrase in phrases for pair in pairwise(phrase))
