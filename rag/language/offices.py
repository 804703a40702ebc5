"""Offices and who holds them, as Vietnamese newspapers write it.

`Bí thư Tỉnh ủy Trần Đình Khoát`, or in a list, `Trần Đình Khoát, Ủy viên Trung ương Đảng, Bí thư Tỉnh ủy`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.language.abbreviations import expand, known_spans, rewritten
from rag.language.names import Name, names, pieces
from rag.language.normalize import matching_form, nfc, tokens, words

OFFICE = re.compile(  # how the name of an office begins, in matching form
    r"(?<!\w)(?:bí thư|chủ tịch|giám đốc|bộ trưởng|thứ trưởng|thủ tướng|tổng thống|đội trưởng|hiệu trưởng"
    r"|viện trưởng|cục trưởng|vụ trưởng|kế toán trưởng|chỉ huy trưởng|chỉ huy phó|hiệu phó|đội phó"
    r"|trưởng (?:ban|đoàn|phòng|khoa|bộ môn|đài|thôn|bản|nhóm|công an)"
    r"|phó (?:ban|đoàn|phòng|khoa|trưởng)|chánh (?:án|văn phòng|thanh tra)|tổng (?:thư ký|biên tập)|ủy viên"
    r"|đại biểu|thư ký|tư lệnh|huấn luyện viên|đại sứ|tham mưu trưởng|chính ủy|chủ nhiệm|phát ngôn)(?!\w)"
)
# After these words of a question the office is over
_ENDS = frozenset(["là", "ai", "tên", "năm", "tháng", "hiện", "hồi", "cuối", "đầu", "nào", "khi", "lúc"])
_ANOTHER = frozenset(["phó", "nguyên", "quyền", "cựu"])  # "Phó Chủ tịch" is no "Chủ tịch"
_TITLES = frozenset(["ông", "bà", "đồng", "chí", "anh", "chị", "bác", "sĩ", "tiến", "giáo", "sư", "luật"])
_OFFICE_TABLE = """
    tỉnh huyện xã phường quận thành phố thị trấn kiêm và trưởng phó đoàn đại biểu quốc hội ủy viên trung ương
    đảng bộ chủ tịch bí thư thường trực hội đồng nhân dân ban công an giám đốc sở tổng khóa bch chấp hành
"""
_OFFICE_WORDS = frozenset(_OFFICE_TABLE.split())  # what is written small between an office and its holder


@lru_cache(maxsize=64)
def office_in(question: str) -> str | None:
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


def called(sentence: str, office: str) -> list[str]:
    """The persons whom `sentence` gives the office, abbreviated or spelled out."""
    people = [name for name in names(sentence) if name.person]
    if not people:
        return []
    said = words(sentence)
    found = []
    for way in _ways(office):
        for first in range(len(said) - len(way) + 1):
            if [word.text for word in said[first : first + len(way)]] != way:
                continue
            if first and said[first - 1].text in _ANOTHER:
                continue
            person = _beside(sentence, said[first].start, said[first + len(way) - 1].end, people)
            if person:
                found.append(person)
    return list(dict.fromkeys(found))


def ranked(text: str) -> dict[str, set[str]]:
    """The offices of `text`, each with the words before it that make it another: "phó", or "" for none."""
    form = matching_form(nfc(text))
    found: dict[str, set[str]] = {}
    for office in OFFICE.finditer(form):
        before = form[: office.start()].split()[-1:]
        found.setdefault(office.group(), set()).add(before[0] if before and before[0] in _ANOTHER else "")
    return found


@lru_cache(maxsize=64)
def _ways(office: str) -> list[list[str]]:
    return [tokens(way) for way in (office, *rewritten(office))]


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


def named(question: str) -> list[Name]:
    """Whom and what a question names, offices that there are everywhere aside; offsets into its NFC."""
    question = nfc(question)
    found: list[Name] = []
    known = known_spans(question)
    for name in names(question):
        # "Sở Giáo" of "Sở Giáo dục và Đào tạo", "ĐT" of "GD&ĐT"; "Hồ Chí Minh" is whole without "Thành phố"
        inside = question[name.start - 1 : name.start] not in ("", " ")
        is_torn = any(start < name.end < end or (inside and start < name.start < end) for start, end in known)
        if not is_torn and not (name.text.isupper() and expand(name.text)):
            found += pieces(name)
    return found
