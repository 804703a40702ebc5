"""A question gets its accents back, from the texts it is about and from the words of the whole index.

No model and no table made while indexing: a folded lexical search finds passages for the bare question, which
say how its words are written where it is about; the index itself says how often a spelling, and two in a row,
occur in all passages; and two small lists know what is always true of Vietnamese. A Viterbi search over the
syllable pairs picks the likeliest spellings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log

from rag.language.accents import LETTERS, Count, lacking
from rag.language.normalize import fold, matching_form, nfc
from rag.language.phrases import known_pairs, written
from rag.language.sightings import Sightings, sightings, with_capitals
from rag.language.syllables import spellings

# Weights, in sightings in the samples; chosen on held-back sentences, see benchmarks/accents.py.
_PASSAGE = 0.05  # a passage of the whole index
_PHRASE = 0.5  # a time in the lists
_PAIR = 6  # two words that are neighbours in the lists
_SMOOTHING = 20  # a syllable seen more often than this is judged by its neighbours more than alone
_UNSEEN = 0.05  # "stays as typed"
_MOST_SPELLINGS = 16  # of a word, the commonest
_HYPOTHESES = 2
_NEARLY = log(2)  # the second hypothesis is worth a search when it is half as likely as the first
_SLIP = 0.005  # the least share of words without accents that anybody types

Path = tuple[float, tuple[str, ...]]
"""Logarithm of how likely, and the spellings so far."""


def restore(question: str, samples: Iterable[str], count: Count) -> tuple[str, ...]:
    """`question` with the accents (and the capitals of names) its words have in `samples` and in the index.

    The likeliest reading comes first; a second one follows when it is nearly as likely.

    `samples` are texts about the same thing, best the passages that a folded lexical search found for this
    very question, best first. Digits, punctuation and spacing stay as typed, words with an accent too, and
    words that nothing knows. Results have the length of the NFC of `question`.
    """
    text = nfc(question)
    matches = list(LETTERS.finditer(text))
    if not matches:
        return (text,)
    typed = [match.group() for match in matches]
    lowered = [matching_form(word) for word in typed]
    seen = sightings(samples, frozenset(map(fold, lowered)))
    found = _likeliest(lowered, seen, count, change=log(_bareness(text, lowered, count)))
    readings = []
    for forms in found:
        pieces, end = [], 0
        for match, form in zip(matches, with_capitals(typed, forms, seen), strict=True):
            pieces += [text[end : match.start()], form]
            end = match.end()
        readings.append("".join([*pieces, text[end:]]))
    return tuple(readings)


def _bareness(text: str, words: Sequence[str], count: Count) -> float:
    """The share of accents that whoever typed this leaves out: 1 in a question without any."""
    accented = sum(fold(word) != word for word in words)
    if not accented:
        return 1.0
    left_out = len(lacking(text, count))
    return max(_SLIP, left_out / (left_out + accented))


def _likeliest(words: Sequence[str], seen: Sightings, count: Count, change: float) -> list[tuple[str, ...]]:
    """The likeliest spellings of all words by Viterbi search: each given the one before it.

    `change` is the logarithm of how likely a word is typed bare that is not written so.
    """
    choices = {word: _choices(word, seen, count) for word in dict.fromkeys(words)}
    everything = max(sum(map(sum, (counts.values() for counts in choices.values()))), 1000.0)
    known = known_pairs()
    before: dict[str, list[Path]] = {"": [(0.0, ())]}
    counts_before: Mapping[str, float] = {"": 0.0}
    for word in words:
        paths: dict[str, list[Path]] = {}
        for form, alone in choices[word].items():
            backed_off = _SMOOTHING * alone / everything
            longer: list[Path] = []
            for previous, heads in before.items():
                together = seen.pairs.get((previous, form), 0) + _PASSAGE * count(f"{previous}_{form}")
                together += _PAIR if (previous, form) in known else 0
                step = log((together + backed_off) / (counts_before[previous] + _SMOOTHING))
                step += change if form != word else 0
                longer += [(score + step, (*path, form)) for score, path in heads]
            paths[form] = sorted(longer, reverse=True)[:_HYPOTHESES]
        before, counts_before = paths, choices[word]
    ends = sorted((path for paths in before.values() for path in paths), reverse=True)[:_HYPOTHESES]
    return [path for score, path in ends if score >= ends[0][0] - _NEARLY]


def _choices(word: str, seen: Sightings, count: Count) -> dict[str, float]:
    """The spellings a typed word may stand for, with how often each was seen."""
    if fold(word) != word:  # what carries an accent was meant
        return {word: 1.0}
    listed = written(word)
    found: Mapping[str, int] = seen.forms.get(word, {})
    counts = {
        form: found.get(form, 0) + _PASSAGE * count(form) + _PHRASE * min(listed.get(form, 0), 3)
        for form in {*spellings(word), *listed, *found}
    }
    commonest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_SPELLINGS]
    return {form: n for form, n in commonest if n} | {word: counts.get(word, 0.0) + _UNSEEN}
