"""How the words of one question are written in texts about the same thing: accents, neighbours, capitals."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rag.language.normalize import fold, matching_form, nfc

_CAPITAL_SHARE = 0.6  # of the sightings inside a sentence, for a name to get its capitals
_SAMPLE_CHARACTERS = 200_000  # of all samples together; hostile input cannot make us read more


@dataclass(frozen=True, slots=True)
class Sightings:
    """How the syllables of one question are written in the samples. Keys of `forms` are folded."""

    forms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    cased: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    cased_pairs: dict[tuple[str, str], Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )


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


def sightings(samples: Iterable[str], wanted: frozenset[str]) -> Sightings:
    """What `samples` show of the `wanted` (folded) words, in one pass that hardly looks at the others."""
    seen = Sightings()
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


def with_capitals(typed: Sequence[str], forms: Sequence[str], seen: Sightings) -> list[str]:
    """The restored forms with the capitals that were typed, and those that names have in the samples."""
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
