"""Words that stand for somebody or something named before: "ông ấy", "họ", "công trình đó".

With accents each is told by its spelling; typed without them "ba" may be bà or three, "ho" they or a lake,
and only a place and a neighbour that leave no doubt count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.language.names import Name
from rag.language.normalize import fold, matching_form, nfc
from rag.language.patterns import is_bare

_TITLES = ("ông", "bà", "anh", "chị", "cô", "cụ", "chú", "em", "đồng chí", "người", "vị")
_WOMEN = frozenset(["bà", "chị", "cô", "ba", "chi", "co"])
_MEN = frozenset(["ông", "anh", "chú", "ong", "chu"])
# What follows the pronoun "bà" but not the noun: bà chủ, bà con, bà ngoại are nobody in particular.
_VERBS = (
    r"còn|có|là|làm|giữ|sinh|đã|đang|sẽ|được|bị|nói|cho|kể|từng|về|ở|sống|quê|xin|phát biểu|chỉ đạo|đề nghị"
    r"|yêu cầu|nhận|lên|ra|vào|học|tốt nghiệp|tên|trả lời|giải thích|phụ trách|trồng|viết|mất|qua đời|muốn"
    r"|cần|phải|thu|bán|mua|nuôi|thay|rời|đến|trở|tham gia|chủ trì|bao nhiêu|mấy|công tác|dạy|đề xuất|kiêm"
)
_BARE_VERBS = "con|co|la|lam|giu|sinh|da|dang|se|noi|tung|song|que|tot nghiep|phu trach"
_TITLE = rf"(?P<title>{'|'.join(_TITLES)})"
_ACCENTED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\w)(?P<whole>{_TITLE} (?:ấy|này|đó|ta))(?!\w)",
        rf"(?:^|, )(?:thế |vậy |còn )*(?P<whole>(?P<title>ông|bà|anh|chị|cô|cụ))(?= (?:{_VERBS})(?!\w))",
        r"(?<!\w)(?:của|cho|với|bởi|về|do|thay) (?P<whole>(?P<title>ông|bà))(?=\W*$)",
    )
)
_BARE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\w)(?P<whole>{fold(_TITLE)} (?:ay|nay|do|ta))(?!\w)",
        rf"^(?:the |vay |con )*(?P<whole>(?P<title>ong|ba))(?= (?:{_BARE_VERBS})(?!\w))",
    )
)
_THEY = re.compile(r"(?<!\w)(?<!dòng )họ(?! tên| hàng| và tên)(?!\w)|(?<!\w)(?:chúng|nó)(?!\w)")
_BARE_THEY = re.compile(r"^(?:the |vay )?(?:ho|no) (?:bi|lam|se|dang)(?!\w)")
_THING = re.compile(
    r"(?<!\w)(?:tinh|huyen|xa|thanh pho|dia phuong|noi|hoi nghi|du an|cong trinh|su viec|vu|chuong trinh|luc"
    r"|khi|don vi|cong ty|truong|giai|nghi quyet|cuoc thi|dot|bai|viec|dieu|so|nam|thang|sau|truoc|doi|muc"
    r"|o|tai) (?:nay|do|ay)(?!\w)"
)
_POINTING = re.compile(r"(?<!\w)(?!hôm|ngày|hiện|năm|sáng|tối|lâu|xưa|câu)[^\W\d_]+ (?:này|đó|ấy)(?!\w)")
_NOT_POINTING = re.compile(r"(?<!\w)(?:nam|thang|tuan|hom|ngay) nay(?!\w)")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a pronoun can mean."""

    title: str  # in matching form

    def can_be(self, name: Name, text: str) -> bool:
        """Whether `name` in `text` is a person of this title: by surname, or by what stands before it."""
        if not (name.is_person or _title_before(name, text)):
            return False
        parts = matching_form(name.text).split()
        if self.title in _WOMEN and "văn" in parts[1:]:
            return False
        return not (self.title in _MEN and "thị" in parts[1:])

    def titled(self, name: Name, text: str) -> bool:
        """Whether the text calls `name` so."""
        before = _title_before(name, text)
        return before is not None and fold(before) == fold(self.title)


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a pronoun stands; offsets into the NFC of the question."""

    person: Person
    start: int
    end: int


def refers_to_person(question: str) -> Reference | None:
    """The first pronoun for one person that is no title before a name ("bà Lan")."""
    composed = nfc(question)
    form = matching_form(composed)
    for pattern in _BARE if is_bare(composed) else _ACCENTED:
        for match in pattern.finditer(form):
            if not _name_follows(composed, match.end("whole")):
                return Reference(Person(match["title"]), match.start("whole"), match.end("whole"))
    return None


def says_they(question: str) -> bool:
    """Whether "họ" or "nó" stands for several people or a thing."""
    form = matching_form(question)
    return (_BARE_THEY if is_bare(question) else _THEY).search(form) is not None


def points_at_thing(question: str) -> bool:
    """Whether something is called "… này", "… đó": "hội nghị này", "giải đó", "sau đó"."""
    form = matching_form(question)
    if not is_bare(question):
        return (
            _POINTING.search(form) is not None or re.search(r"(?:năm|ngày) (?:đó|ấy)(?!\w)", form) is not None
        )
    return any(not _NOT_POINTING.match(form, m.start()) for m in _THING.finditer(fold(form)))


def _name_follows(question: str, position: int) -> bool:
    return (
        re.match(r"\s+[^\W\d_]", question[position:]) is not None
        and question[position:].lstrip()[0].isupper()
    )


def _title_before(name: Name, text: str) -> str | None:
    before = matching_form(text[max(0, name.start - 12) : name.start])
    found = re.search(rf"(?:^|\W)({'|'.join(_TITLES[:9])}) $", before)
    return found[1] if found else None
