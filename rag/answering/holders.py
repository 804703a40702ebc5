"""Who holds the office that a question asks about, read off the article.

"Phó Bí thư Thường trực Tỉnh ủy Ngô Thị Thanh Bình điều hành, thay Bí thư Tỉnh ủy Trần Đình Khoát": a small
model takes the wrong one of two names. Newspapers write an office right before its holder, or between commas
right behind, so it can be seen who is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answering.gaps import named, own_names
from rag.language.abbreviations import rewritten
from rag.language.names import Name, names
from rag.language.normalize import matching_form, nfc, tokens, words
from rag.language.questions import OFFICE, asked_for
from rag.store.lexical import terms
from rag.types import Quote

# After these words of a question the office is over
_ENDS = frozenset(["là", "ai", "tên", "năm", "tháng", "hiện", "hồi", "cuối", "đầu", "nào", "khi", "lúc"])
_ANOTHER = frozenset(["phó", "nguyên", "quyền", "cựu"])  # "Phó Chủ tịch" is no "Chủ tịch"
_TITLES = frozenset(["ông", "bà", "đồng", "chí", "anh", "chị", "bác", "sĩ", "tiến", "giáo", "sư", "luật"])
_OFFICE_TABLE = """
    tỉnh huyện xã phường quận thành phố thị trấn kiêm và trưởng phó đoàn đại biểu quốc hội ủy viên trung ương
    đảng bộ chủ tịch bí thư thường trực hội đồng nhân dân ban công an giám đốc sở tổng khóa bch chấp hành
"""
_OFFICE_WORDS = frozenset(_OFFICE_TABLE.split())  # what is written small between an office and its holder


@dataclass(frozen=True, slots=True)
class Holder:
    """A person, and the sentence that gives them the office."""

    name: str
    quote: Quote


def holder_of(question: str, quotes: Sequence[Quote]) -> Holder | None:
    """The one whom `quotes` call so; None when that is nobody or several, or no office is asked about."""
    office = _office_in(question)
    if "person" not in asked_for(question) or office is None:
        return None
    ways = [tokens(way) for way in (office, *rewritten(office))]
    places = [frozenset(terms(place, folded=True)) for place in own_names(question) if place.istitle()]
    found: dict[str, Holder] = {}
    for quote in quotes:
        about = frozenset(terms(f"{quote.article.title}\n{quote.article.text}", folded=True))
        if all(place <= about for place in places):
            for person in _called(quote.text, ways):
                found.setdefault(tokens(person)[-1], Holder(person, quote))
    return next(iter(found.values())) if len(found) == 1 else None


def _office_in(question: str) -> str | None:
    """`Chủ tịch UBND tỉnh` of "Ai là Chủ tịch UBND tỉnh Lam Giang?"; None for "Ai" alone or one word."""
    composed = nfc(question)
    begins = OFFICE.search(matching_form(composed))
    if begins is None:
        return None
    before = words(composed[: begins.start()])[-1:]
    start = before[0].start if before and before[0].text in _ANOTHER else begins.start()
    places = [name.start for name in named(composed) if name.start > start and name.text.istitle()]
    stops = [word.start for word in words(composed) if word.start > start and word.text in _ENDS]
    office = composed[start : min([*places, *stops, len(composed)])].strip(" ,?.")
    return office if len(office.split()) > 1 else None


def _called(sentence: str, ways: Sequence[Sequence[str]]) -> Iterator[str]:
    """The persons whom `sentence` gives the office: the next one behind it, or the one it stands behind."""
    people = [name for name in names(sentence) if name.person]
    said = words(sentence)
    for way in ways:
        for first in range(len(said) - len(way) + 1):
            if [word.text for word in said[first : first + len(way)]] != list(way):
                continue
            if first and said[first - 1].text in _ANOTHER:
                continue
            person = _beside(sentence, said[first].start, said[first + len(way) - 1].end, people)
            if person:
                yield person


def _beside(sentence: str, start: int, end: int, people: Sequence[Name]) -> str | None:
    """Whose office `sentence[start:end]` is: of the name right behind it, else of the one it is listed for.

    `Bí thư Tỉnh ủy Trần Đình Khoát`; `Trần Đình Khoát, Ủy viên Trung ương Đảng, Bí thư Tỉnh ủy`; `Bí thư Tỉnh
    ủy, Trưởng đoàn ĐBQH tỉnh Trần Đình Khoát`.
    """
    before = next((name for name in reversed(people) if name.end <= start), None)
    after = next((name for name in people if name.person and name.end > end), None)
    ahead = sentence[before.end : start] if before else ""
    behind = sentence[end : after.end - len(after.person or "")] if after else ""
    if after and _is_list(behind) and "," not in behind:
        return after.person
    if before and _is_list(ahead) and "," in ahead:
        return before.person
    return after.person if after and _is_list(behind) else None


def _is_list(between: str) -> bool:
    """Whether nothing but further offices and places stands between an office and a name."""
    small = {word.text for word in words(between) if between[word.start].islower()}
    return not re.search(r"[;:–]|\.\s", between) and small <= _OFFICE_WORDS | _TITLES
