"""Abbreviations of Vietnamese public life, for the query side: `UBND` ↔ `Ủy ban nhân dân`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from rag.errors import InputError
from rag.language.normalize import fold, has_accents, matching_form, nfc
from rag.language.syllables import could_be_syllable

_RUN = re.compile(r"[^\W_]+(?:[.&/-][^\W_]+)*")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Both directions. Keys are folded; phrases keep their accents, to compare with an accented question."""

    phrases: dict[str, tuple[str, ...]]  # "ubnd" → ("Ủy ban nhân dân",)
    short: dict[str, tuple[tuple[str, str], ...]]  # "uy ban nhan dan" → (("ủy ban nhân dân", "UBND"),)
    longest: int  # words of the longest phrase


def _key(abbreviation: str) -> str:
    """`T.Ư` → `tu`, `GD&ĐT` → `gddt`."""
    return "".join(_WORD.findall(fold(matching_form(abbreviation))))


def _read(text: str, origin: str) -> list[tuple[str, str]]:
    pairs = []
    for number, line in enumerate(nfc(text).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        short, _, phrase = (part.strip() for part in line.partition("\t"))
        if not (short and phrase) or "\t" in phrase:
            raise InputError("language.abbreviation_line", file=origin, number=number, line=line[:80])
        pairs.append((short, phrase))
    return pairs


@lru_cache(maxsize=8)
def _load(file: Path | None) -> Abbreviations:
    pairs = _read(files("rag.language").joinpath("abbreviations.txt").read_text(encoding="utf-8"), "")
    if file is not None:
        try:
            pairs += _read(file.read_text(encoding="utf-8-sig"), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("language.abbreviation_file", file=file, reason=error) from error
    phrases: dict[str, list[str]] = {}
    short: dict[str, list[tuple[str, str]]] = {}
    for abbreviation, phrase in pairs:
        phrases.setdefault(_key(abbreviation), []).append(phrase)
        form = " ".join(_WORD.findall(matching_form(phrase)))
        short.setdefault(fold(form), []).append((form, abbreviation))
    return Abbreviations(
        {key: tuple(dict.fromkeys(values)) for key, values in phrases.items()},
        {key: tuple(values) for key, values in short.items()},
        max(len(key.split()) for key in short),
    )


def _spelled_out(question: str, known: Abbreviations) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where an abbreviation stands, and what it stands for."""
    for run in _RUN.finditer(question):
        whole = known.phrases.get(_key(run.group()), ())
        for piece in [run] if whole else _WORD.finditer(question, run.start(), run.end()):
            key = _key(piece.group())
            # what could be a word (tu, ca, do) is an abbreviation only in capitals
            if could_be_syllable(key) and not (piece.group().isupper() and len(piece.group()) > 1):
                continue
            if key in known.phrases:
                yield piece.start(), piece.end(), known.phrases[key]


def _shortened(question: str, known: Abbreviations) -> Iterator[tuple[int, int, list[str]]]:
    """Where a phrase stands that has an abbreviation, and its abbreviations."""
    found = list(_WORD.finditer(matching_form(question)))
    words = [match.group() for match in found]
    bare = [fold(word) for word in words]
    start = 0
    while start < len(words):
        for length in range(min(known.longest, len(words) - start), 1, -1):
            pairs = known.short.get(" ".join(bare[start : start + length]))
            if not pairs:
                continue
            said = " ".join(words[start : start + length])
            matching = [short for form, short in pairs if form == said or not has_accents(said)]
            if matching:
                yield found[start].start(), found[start + length - 1].end(), matching
                start += length - 1
                break
        start += 1


def _known(text: str, file: Path | None = None) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Everything in `text` that has another form: where it stands, and the forms."""
    known = _load(file)
    yield from _spelled_out(text, known)
    yield from _shortened(text, known)


def expand(question: str, file: Path | None = None) -> tuple[str, ...]:
    """Phrases to search with besides `question`: what its abbreviations stand for, and the short forms of
    what it spells out. Case and accents may be missing (`chu tich hdnd` → `Hội đồng nhân dân`).

    `file` adds pairs of the user's own, one `abbreviation<tab>phrase` a line. Raises InputError when it
    cannot be read.
    """
    return tuple(dict.fromkeys(form for *_, forms in _known(nfc(question), file) for form in forms))


def known_spans(text: str) -> list[tuple[int, int]]:
    """Where abbreviations stand in the NFC of `text`, and phrases that have one."""
    return [(start, end) for start, end, _ in _known(nfc(text))]


def rewritten(text: str) -> tuple[str, ...]:
    """`text` with one abbreviation spelled out, or one phrase shortened, in every known way."""
    composed = nfc(text)
    return tuple(
        f"{composed[:start]}{form}{composed[end:]}"
        for start, end, forms in _known(composed)
        for form in forms
    )
