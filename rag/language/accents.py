"""Questions typed without accents: recognised, and given their accents back from the texts they are about.

No model and no index-time state: the folded lexical search finds passages for the bare question, and those
passages say how its syllables are written here. A Viterbi search over their syllable pairs, together with a
small list of question phrases, picks the likeliest spelling.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import log

from rag.language.normalize import fold, matching_form, nfc
from rag.language.syllables import could_be_syllable

_LETTERS = re.compile(r"[^\W\d_]+")
_UNACCENTED_SHARE = 0.6  # of the words that could be Vietnamese, the rest being names and loan words
_PHRASE_COUNT = 0.5  # sightings in the samples that a word of the phrase list is worth, for each time there
_PAIR_COUNT = 6  # sightings that a pair of the phrase list is worth
_PAIR_SMOOTHING = 10  # sightings of the syllable before, above which its pairs count more than the syllable alone
_UNSEEN = 0.05  # sightings of "stays as typed"
_CAPITAL_SHARE = 0.6  # of the sightings inside a sentence, for a name to get its capitals
_SAMPLE_CHARACTERS = 200_000  # of all samples together; hostile input cannot make us read more


# ── Recognising ───────────────────────────────────────────────────────────────────────────────────


def accented_share(text: str) -> float | None:
    """Share of the words with a Vietnamese letter, among those that could be Vietnamese; None without any."""
    accented = bare = 0
    for match in _LETTERS.finditer(nfc(text)):
        word = match.group()
        if fold(word) != word:
            accented += 1
        elif could_be_syllable(word) and not (len(word) > 1 and word.isupper()):
            bare += 1
    return accented / (accented + bare) if accented + bare else None


def looks_unaccented(text: str) -> bool:
    """Whether `text` is Vietnamese typed without accents.

    False for one word, for names and numbers alone (`FIFA`, `World Cup 2022`), and for text with any accent:
    `looks_half_accented` is about that.
    """
    if accented_share(text) != 0.0:
        return False
    found = [m.group() for m in _LETTERS.finditer(text) if not (len(m.group()) > 1 and m.group().isupper())]
    possible = [word for word in found if could_be_syllable(word)]
    if len(possible) < 2 or len(possible) < _UNACCENTED_SHARE * len(found):
        return False
    wanting = _never_bare()
    return any(word.lower() in wanting for word in possible) or (
        len(possible) >= 3 and not all(word[0].isupper() for word in possible)
    )


def looks_half_accented(text: str) -> bool:
    """Whether some words carry accents and others certainly lack theirs (`hôm nay co bao nhieu ca`)."""
    wanting = _never_bare()
    found = [m.group().lower() for m in _LETTERS.finditer(nfc(text))]
    return any(fold(word) != word for word in found) and any(word in wanting for word in found)


# ── Restoring ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Sightings:
    """How the syllables of one question are written in the samples. Keys of `forms` are folded."""

    forms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    cased: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    cased_pairs: dict[tuple[str, str], Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )


@cache
def _phrases() -> tuple[tuple[str, ...], ...]:
    lines = files("rag.language").joinpath("question_words.txt").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(matching_form(line).split()) for line in lines if line.strip() and line[0] != "#")


@cache
def _phrase_counts() -> tuple[dict[str, dict[str, int]], dict[tuple[str, str], int]]:
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    pairs: Counter[tuple[str, str]] = Counter()
    for phrase in _phrases():
        for word in phrase:
            forms[fold(word)][word] += 1
        pairs.update(zip(phrase, phrase[1:], strict=False))
    return {bare: dict(counts) for bare, counts in forms.items()}, dict(pairs)


@cache
def _never_bare() -> frozenset[str]:
    """Folded syllables of the phrase list that the list never writes bare."""
    forms, _ = _phrase_counts()
    return frozenset(bare for bare, written in forms.items() if bare not in written)


@cache
def _known_fold(word: str) -> str:
    return fold(word)


_SAMPLE_WORD = re.compile(r"([^\W\d_]+)|([.!?…:;\"“”\n(])|\d+")


def _read(samples: Iterable[str], wanted: frozenset[str]) -> _Sightings:
    seen = _Sightings()
    remaining = _SAMPLE_CHARACTERS
    for sample in samples:
        text = nfc(sample[:remaining])
        remaining -= len(text)
        lowered = matching_form(text)
        previous: str | None = None
        previous_raw = ""
        inside = False  # a sentence's first word says nothing about capitals
        for match in _SAMPLE_WORD.finditer(lowered):
            word = match.group(1)
            if word is None:
                previous = None
                inside = match.group(2) is None
                continue
            bare = _known_fold(word)
            if bare not in wanted:
                previous, inside = None, True
                continue
            raw = text[match.start() : match.end()]
            seen.forms[bare][word] += 1
            if inside:
                seen.cased[word][raw] += 1
            if previous is not None:
                seen.pairs[previous, word] += 1
                if previous_raw:
                    seen.cased_pairs[previous, word][previous_raw, raw] += 1
            previous, previous_raw, inside = word, raw if inside else "", True
        if remaining <= 0:
            break
    return seen


def _candidates(typed: str, seen: _Sightings) -> dict[str, float]:
    """Spellings of a typed word with how often each was seen."""
    if fold(typed) != typed:  # what carries an accent was meant
        return {typed: 1.0}
    listed = _phrase_counts()[0].get(typed, {})
    counts = dict.fromkeys(listed, 0.0) | {form: float(n) for form, n in seen.forms.get(typed, {}).items()}
    for form, times in listed.items():
        counts[form] += _PHRASE_COUNT * min(times, 3)
    counts[typed] = counts.get(typed, 0.0) + _UNSEEN
    return counts


def _likeliest(words: Sequence[str], seen: _Sightings) -> list[str]:
    """Viterbi over a syllable pair model: each spelling given the one before it."""
    listed_pairs = _phrase_counts()[1]
    everything = max(sum(sum(forms.values()) for forms in seen.forms.values()), 1000)
    best: dict[str, tuple[float, list[str]]] = {"": (0.0, [])}
    before_counts = {"": 0.0}
    for word in words:
        counts = _candidates(word, seen)
        step: dict[str, tuple[float, list[str]]] = {}
        for form, count in counts.items():
            alone = _PAIR_SMOOTHING * count / everything
            score, before = max(
                (
                    path_score
                    + log(
                        (
                            seen.pairs.get((b, form), 0)
                            + (_PAIR_COUNT if (b, form) in listed_pairs else 0)
                            + alone
                        )
                        / (before_counts[b] + _PAIR_SMOOTHING)
                    ),
                    b,
                )
                for b, (path_score, _) in best.items()
            )
            step[form] = (score, [*best[before][1], form])
        best, before_counts = step, counts
    return max(best.values(), key=lambda entry: entry[0])[1]


def _with_capitals(typed: Sequence[str], forms: Sequence[str], seen: _Sightings) -> list[str]:
    result = []
    for i, form in enumerate(forms):
        if typed[i] != typed[i].lower():
            result.append(_copy_case(typed[i], form))
            continue
        votes: Counter[str] = Counter()
        if i > 0:
            for (_, right), n in seen.cased_pairs.get((forms[i - 1], form), {}).items():
                votes[right] += n
        if i + 1 < len(forms):
            for (left, _), n in seen.cased_pairs.get((form, forms[i + 1]), {}).items():
                votes[left] += n
        if not votes:
            votes = seen.cased.get(form, Counter())
        total = sum(votes.values())
        top, n = max(votes.items(), key=lambda vote: vote[1], default=(form, 0))
        result.append(top if total >= 2 and n >= _CAPITAL_SHARE * total else form)
    return result


def _copy_case(typed: str, form: str) -> str:
    return "".join(f.upper() if t.isupper() else f for t, f in zip(typed, form, strict=True))


def restore(question: str, samples: Iterable[str]) -> str:
    """`question` with the accents (and the capitals of names) its words have in `samples`.

    `samples` are texts about the same thing, best the passages that a folded lexical search found for this
    very question, best first. Digits, punctuation and spacing stay as typed, words with an accent too, and
    words that neither the samples nor the phrase list know. Result has the length of the NFC of `question`.
    """
    text = nfc(question)
    matches = list(_LETTERS.finditer(text))
    if not matches:
        return text
    typed = [m.group() for m in matches]
    lowered = [matching_form(word) for word in typed]
    seen = _read(samples, frozenset(map(fold, lowered)))
    forms = _with_capitals(typed, _likeliest(lowered, seen), seen)
    pieces, end = [], 0
    for match, form in zip(matches, forms, strict=True):
        pieces += [text[end : match.start()], form]
        end = match.end()
    return "".join([*pieces, text[end:]])
