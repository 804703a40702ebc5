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
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from math import log

from rag.language.normalize import fold, matching_form, nfc
from rag.language.syllables import could_be_syllable

_LETTERS = re.compile(r"[^\W\d_]+")
_UNACCENTED_SHARE = 0.6  # of the words that could be Vietnamese, the rest being names and loan words
_PHRASE_COUNT = 0.5  # sightings in the samples that a word of the phrase list is worth, for each time there
_PAIR_COUNT = 6  # sightings that a pair of the phrase list is worth
_PAIR_SMOOTHING = 10  # a syllable seen more often than this is judged by its neighbours more than alone
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
    pairs = pairwise(word.lower() for word in found)
    if any(pair in _bare_pairs() for pair in pairs) or any(
        word.lower() in _never_bare() for word in possible
    ):
        return True
    return len(possible) >= 3 and not all(word[0].isupper() for word in possible)


def looks_half_accented(text: str) -> bool:
    """Whether some words carry accents and two or more others lack theirs (`hôm nay co bao nhieu ca`)."""
    found = [m.group() for m in _LETTERS.finditer(nfc(text))]
    return any(fold(word) != word for word in found) and sum(word in _never_bare() for word in found) >= 2


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
        pairs.update(pairwise(phrase))
    return {bare: dict(counts) for bare, counts in forms.items()}, dict(pairs)


@cache
def _bare_pairs() -> frozenset[tuple[str, str]]:
    """Pairs of the phrase list as they are typed without accents (`la ai`)."""
    bare = {(fold(left), fold(right)): (left, right) for left, right in _phrase_counts()[1]}
    return frozenset(pair for pair, written in bare.items() if pair != written)


@cache
def _never_bare() -> frozenset[str]:
    """Folded syllables of the phrase list that the list never writes bare."""
    forms, _ = _phrase_counts()
    return frozenset(bare for bare, written in forms.items() if bare not in written)


_TOKEN = re.compile(r"([\W\d_]*)([^\W\d_]+)[\W\d_]*")
_STOPS = ".!?…:;"


@dataclass(frozen=True, slots=True)
class _SampleWord:
    """One word of a sample between two blanks, read once for all its occurrences."""

    bare: str  # folded
    form: str  # matching form
    raw: str  # with its capitals
    opens: bool  # after a quotation mark or bracket: its capital says nothing


@lru_cache(maxsize=65_536)
def _sample_word(token: str) -> _SampleWord | None:
    """None for what is not one word: numbers, `kinh-tế`."""
    match = _TOKEN.fullmatch(token) if len(token) < 40 else None
    if not match:
        return None
    before, raw = match.groups()
    form = matching_form(raw)
    return _SampleWord(fold(form), form, raw, bool(before))


def _read(samples: Iterable[str], wanted: frozenset[str]) -> _Sightings:
    """One pass over the words of the samples; only the `wanted` ones are looked at closely."""
    seen = _Sightings()
    tokens = nfc(" . ".join(samples)[:_SAMPLE_CHARACTERS]).split()
    read = {token: word for token in set(tokens) if (word := _sample_word(token)) and word.bare in wanted}
    last_place, last, last_raw = -2, "", ""
    for place in [i for i, token in enumerate(tokens) if token in read]:
        word = read[tokens[place]]
        inside = place > 0 and not word.opens and tokens[place - 1][-1] not in _STOPS
        seen.forms[word.bare][word.form] += 1
        if inside:
            seen.cased[word.form][word.raw] += 1
        if last_place == place - 1 and tokens[last_place][-1] not in _STOPS:
            seen.pairs[last, word.form] += 1
            if last_raw:
                seen.cased_pairs[last, word.form][last_raw, word.raw] += 1
        last_place, last, last_raw = place, word.form, word.raw if inside else ""
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

    def evidence(before: str, form: str) -> float:
        return seen.pairs.get((before, form), 0) + (_PAIR_COUNT if (before, form) in listed_pairs else 0)

    scores, counts_before = {"": 0.0}, {"": 0.0}
    origins: list[dict[str, str]] = []
    for word in words:
        counts = _candidates(word, seen)
        step: dict[str, float] = {}
        origin: dict[str, str] = {}
        for form, count in counts.items():
            alone = _PAIR_SMOOTHING * count / everything
            step[form], origin[form] = max(
                (
                    score + log((evidence(before, form) + alone) / (counts_before[before] + _PAIR_SMOOTHING)),
                    before,
                )
                for before, score in scores.items()
            )
        scores, counts_before = step, counts
        origins.append(origin)
    form = max(scores, key=lambda last: scores[last])
    path = []
    for origin in reversed(origins):
        path.append(form)
        form = origin[form]
    return path[::-1]


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
        needed = 1  # two words together are evidence enough
        if not votes:
            votes, needed = seen.cased.get(form, Counter()), 2
        total = sum(votes.values())
        top, n = max(votes.items(), key=lambda vote: vote[1], default=(form, 0))
        result.append(top if total >= needed and n >= _CAPITAL_SHARE * total else form)
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
