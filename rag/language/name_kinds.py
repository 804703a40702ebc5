"""Is a name a person's, a place's or an organisation's? Told by the words around it.

`names` finds names by their spelling alone. What they name is said by the word before (`tỉnh`, `ông`,
`hãng`), by an organisation's own first word (`Bệnh viện Bạch Mai`) and, for what everybody knows, by a list.
All these words are in `name_kinds.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias, get_args

from rag.language.names import SURNAMES, Name, names, pieces
from rag.language.normalize import matching_form, nfc
from rag.language.offices import OFFICE
from rag.language.phrases import known_pairs

Kind: TypeAlias = Literal["person", "place", "organisation"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SURE, LIKELY = 3, 1  # weights of what says a name's kind: a word that says it, or a spelling
LOOK_BACK = 40  # characters before a name in which the word that tells its kind may stand

_CITY_BEFORE = re.compile(r"(?<!\w)(?:thành phố|tp\.?) ?$")
_IN = re.compile(r"(?<!\w)(?:tại|ở) $")
_OFFICE_BEFORE = re.compile(OFFICE.pattern + r"[^.;:!?()]{0,24}$")
_CAPITAL = "[A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠ-Ỹ]"
_NO_NAMES = frozenset(["Tiếng", "Tết"])  # begin with a capital what names nobody


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands, and what its surroundings say it is; None when they say nothing.

    `title` is the word before it that says so (`ông`, `tỉnh`), as it is written there.
    """

    text: str
    kind: Kind | None
    weight: int = SURE
    title: str = ""


def mentions(text: str) -> Iterator[Mention]:
    """The names of `text`, each as often as it stands there. Names torn from a longer one (`Phó Chủ` of
    `Phó Chủ tịch`), offices and abbreviations that name nobody are left out."""
    composed = nfc(text)
    words = _words()
    taken: list[tuple[int, int]] = []
    for found in words.department.finditer(composed):
        taken.append(found.span())
        yield Mention(f"{found[1]} {words.fields[found[2]]}", "organisation")
    for found in words.organisation.finditer(composed):
        if any(start < found.end() and found.start() < end for start, end in taken):
            continue
        taken.append(found.span())
        if not _is_torn(found.group(), found.end(), composed) and _is_one_of_many(found.group()):
            yield Mention(found.group(), "organisation")
    form = matching_form(composed)
    taken.sort()
    place = 0
    for name in names(composed):
        while place < len(taken) and taken[place][1] <= name.start:
            place += 1
        if place == len(taken) or taken[place][0] >= name.end:
            for part in pieces(name):
                yield from _mentioned(part, composed, form)


def known_kind(name: str) -> Kind | None:
    """What everybody knows a name to be."""
    return _words().known.get(name)


def _mentioned(name: Name, composed: str, form: str) -> Iterator[Mention]:
    if _is_torn(name.text, name.end, composed) or not _is_name(name.text):
        return
    before = form[max(0, name.start - LOOK_BACK) : name.start]
    text = _words().same.get(name.text, name.text)
    if name.text == "Hồ Chí Minh" and _CITY_BEFORE.search(before):
        text = "TP.HCM"
    if known := known_kind(text):
        yield Mention(text, known)
    elif (parts := _place_and_person(text)) and _OFFICE_BEFORE.search(before):
        yield Mention(parts[0], "place")
        yield Mention(parts[1], "person")
    else:
        kind, weight, length = _told(name, before)
        yield Mention(text, kind, weight, composed[name.start - length : name.start].rstrip())


def _told(name: Name, before: str) -> tuple[Kind | None, int, int]:
    """The kind, how sure it is, and how many characters before the name are the word that says so."""
    is_full = name.is_person and len(name.text.split()) > 2
    has_office = name.is_person and bool(_OFFICE_BEFORE.search(before))
    if is_full and has_office:  # "Chủ tịch UBND xã Lò Thị Mai" is hers, "UBND tỉnh Hà Trung Sơn" a province's
        return "person", LIKELY, 0
    for kind, words in _words().before.items():
        if title := words.search(before):
            return kind, SURE, len(title[0])
    if is_full or has_office:
        return "person", LIKELY, 0
    return ("place", LIKELY, 0) if _IN.search(before) else (None, 0, 0)


def _is_torn(name: str, end: int, composed: str) -> bool:
    """Whether the word behind it belongs to it: `Cục Quản` of `Cục Quản lý`."""
    behind = re.match(r" ([^\W\d_]+)", composed[end : end + 12])
    if behind is None or not behind[1].islower():
        return False
    if _words().one_syllable.fullmatch(name):  # "Viện Vệ" of "Viện Vệ sinh Dịch tễ"
        return True
    return (matching_form(name.rsplit(maxsplit=1)[-1]), matching_form(behind[1])) in known_pairs()


def _is_name(text: str) -> bool:
    """Whether it may name someone: no office, an acronym only when it is known."""
    if known_kind(_words().same.get(text, text)):
        return True
    syllables = text.split()
    if syllables[0] in _NO_NAMES or text.isupper():
        return False
    return all(syllable[0].isupper() and syllable.isalpha() for syllable in syllables)


def _is_one_of_many(text: str) -> bool:
    """`Bệnh viện Bạch Mai`, not `Bệnh viện Đa khoa`, which every province has."""
    return bool(_words().shared.sub("", text).strip()) or known_kind(text) is not None


def _place_and_person(text: str) -> tuple[str, str] | None:
    """`Hà Trung Sơn Vi Văn Thắng`, behind an office: whose and who."""
    syllables = text.split()
    for first in range(len(syllables) - 3, 1, -1):
        if len(syllables) - first <= 4 and matching_form(syllables[first]) in SURNAMES:
            return " ".join(syllables[:first]), " ".join(syllables[first:])
    return None


@dataclass(frozen=True, slots=True)
class _Words:
    """`name_kinds.toml`, compiled."""

    before: Mapping[Kind, re.Pattern[str]]
    known: Mapping[str, Kind]
    fields: Mapping[str, str]
    same: Mapping[str, str]
    department: re.Pattern[str]
    organisation: re.Pattern[str]
    shared: re.Pattern[str]  # what is nobody's own in an organisation's name
    one_syllable: re.Pattern[str]


@cache
def _words() -> _Words:
    table = tomllib.loads(files("rag.language").joinpath("name_kinds.toml").read_text(encoding="utf-8"))
    heads, shared = _any_of(table["organisations"]["heads"]), _any_of(table["organisations"]["shared"])
    part = rf"(?:{shared})(?!\w)|và (?={_CAPITAL})|{_CAPITAL}[\w&-]*"
    return _Words(
        before={kind: _before(table, kind) for kind in KINDS},
        known={name: kind for kind in KINDS for name in table["known"].get(kind, ())},
        fields=table["fields"],
        same=table["same"],
        department=re.compile(rf"\b(Bộ|Sở) ({_any_of(table['fields'])})(?!\w)"),
        organisation=re.compile(rf"\b(?:{heads})(?: (?:{part})){{1,8}}"),
        shared=re.compile(rf"^(?:{heads})|(?<!\w)(?:{shared}|và)(?!\w)"),
        one_syllable=re.compile(rf"(?:{heads}) {_CAPITAL}\w*"),
    )


def _before(table: Mapping[str, Any], kind: Kind) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_any_of(table['before'][kind])})\.? $")


def _any_of(words: Any) -> str:
    """A pattern of these words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
