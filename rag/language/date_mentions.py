"""Dates as Vietnamese news writes them: found, and compared part by part.

`22.1`, `ngày 22/01/2021`, `22 tháng 1 năm 2021`, `tháng 11/2020`, `quý IV/2020`, `năm 2020`, and with a
reference date `hôm qua`, `sáng nay`, `năm ngoái`. Numbers of documents (`Nghị quyết 11/2020/NQ-CP`), scores
(`2-1`), prices (`22.1`) and fractions (`1/3 dân số`) are not dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rag.language.normalize import fold, matching_form, nfc
from rag.language.patterns import any_of, compile_vietnamese, is_bare, is_name_in_nam


@dataclass(frozen=True, slots=True)
class DateMention:
    """What was said of a date, and where in the NFC text; a part that was not said is None."""

    day: int | None
    month: int | None
    year: int | None
    start: int
    end: int
    quarter: int | None = None

    def compatible(self, other: DateMention) -> bool:
        """Whether all parts that both have agree: `22.1` with `22/01/2021`, not with `23/01`."""
        mine, theirs = self._parts(), other._parts()
        return all(a == b for a, b in zip(mine, theirs, strict=True) if a is not None and b is not None)

    def _parts(self) -> tuple[int | None, ...]:
        quarter = (self.month + 2) // 3 if self.month else self.quarter
        return self.day, self.month, quarter, self.year


# ── Patterns ──────────────────────────────────────────────────────────────────────────────────────
# Written with accents. For a text typed without them every accented letter also matches its bare form.
# Every repetition is bounded, so matching is linear in the length of the text.

_CUE = (
    r"(?:(?:(?:rạng sáng|sáng|trưa|chiều|tối|đêm|hôm|chủ nhật|thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])),? )?"
    r"(?:ngày|mùng|mồng) |(?:rạng sáng|sáng|trưa|chiều|tối|đêm|hôm) )?\(?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:1[0-2]|0?[1-9])"
_YEAR = r"(?:1\d|20)\d\d"
_MODERN_YEAR = r"(?:19|20)\d\d"  # where only the number says that it is a year
_WORD_MONTH = r"(?:mười một|mười hai|một|hai|ba|tư|sáu|bảy|tám|chín|mười|năm(?= năm \d))"
_OPEN = r"(?<![\w/#])(?<!\d[.,:])"  # no letter, digit or separator of a longer number just before …
_CLOSE = r"(?![\w/%#]|[.,:]\d)"  # … and none just after
# All of them begin with a word or number, and with one of these: looked at first, it saves most of the work.
_FIRST = r"(?<!\w)(?=[\d(rstcdhnmq\u0111])"
_NAMED_MONTH = rf"(?:{_MONTH}|{_WORD_MONTH})"
_BEFORE_YEAR = r"(?:,? năm |[/.-]|,? | - )"
_AND = r" ?(?:,|-|–|và|đến|tới) ?(?:(?:sáng|chiều|tối) )?(?:ngày )?"
_ALTERNATIVES = {
    "iso": rf"{_OPEN}(?P<y1>{_MODERN_YEAR})-(?P<m1>\d\d)-(?P<d1>\d\d)(?!\d)",
    "full": (
        rf"{_CUE}{_OPEN}(?P<d2>{_DAY})(?P<separator>[/.-])(?P<m2>{_MONTH})(?P=separator)(?P<y2>{_YEAR}){_CLOSE}"
    ),
    "short": rf"{_CUE}{_OPEN}(?P<d3>{_DAY})/(?P<m3>{_MONTH})/(?P<y3>[012]\d){_CLOSE}",
    "words": (
        rf"{_CUE}{_OPEN}(?P<d4>{_DAY}),? tháng (?P<m4>{_NAMED_MONTH})(?!\d)"
        rf"(?:{_BEFORE_YEAR}(?P<y4>{_YEAR}){_CLOSE})?(?!\w)"
    ),
    "daymonth": rf"{_CUE}{_OPEN}(?P<d5>{_DAY})(?P<mark>[/.-])(?P<m5>{_MONTH}){_CLOSE}",
    "month": rf"(?<!\w)tháng (?P<m6>{_NAMED_MONTH}){_BEFORE_YEAR}(?P<y6>{_YEAR}){_CLOSE}",
    "barest": rf"(?<!\w)tháng (?P<m7>{_NAMED_MONTH}){_CLOSE}",
    "slashed": rf"{_OPEN}(?P<m8>{_MONTH})/(?P<y8>{_MODERN_YEAR}){_CLOSE}",
    "quarter": (rf"(?<!\w)quý (?P<q>iv|i{{1,3}}|[1-4])(?!\w)(?:{_BEFORE_YEAR}(?P<y9>{_YEAR}){_CLOSE})?"),
    "year": rf"(?<!\w)năm (?P<y10>{_YEAR}){_CLOSE}",
    "bare": rf"{_OPEN}(?P<y11>{_MODERN_YEAR}){_CLOSE}",
    "listed": (
        rf"{_CUE}{_OPEN}(?P<d12>{_DAY})"
        rf"(?=(?:{_AND}{_DAY}){{0,5}}{_AND}{_DAY}(?:[/.]{_MONTH}(?!\d)| tháng {_MONTH}(?!\d)))"
    ),
    "day": (
        rf"(?<!\w)(?:ngày|mùng|mồng) (?P<d13>{_DAY}){_CLOSE}"
        r"(?! (?:tháng|tuần|năm|buổi|lần|bữa|viên|ca|giờ|người|đêm|ly|cốc|tiếng)(?!\w))"
    ),
    "relative": (
        r"(?<!\w)(?:hôm (?P<hom>nay|qua|kia)|ngày (?P<mai>mai)"
        r"|(?:sáng|trưa|chiều|tối|đêm) (?P<buoi>nay|qua|mai)"
        r"|(?P<unit>năm|tháng|quý) (?P<which>này|nay|ngoái|trước))(?!\w)"
    ),
}
_NUMBER_WORDS = {
    "mot": 1, "hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
    "muoi mot": 11, "muoi hai": 12, "i": 1, "ii": 2, "iii": 3, "iv": 4,
}  # fmt: skip


# ── What only looks like a date ───────────────────────────────────────────────────────────────────

_CODE = re.compile(r"\d[-/][^\W\d_]|[^\W\d_][-/]\d|[A-ZĐ]\d|\d[A-ZĐ]")
_QUARTER_CODE = re.compile(r"^\W?(?:IV|I{1,3})[/-](?:19|20)\d\d\W*$", re.IGNORECASE)
_NOT_BEFORE = re.compile(  # of D/M, M/Y and bare days: what counts or names documents
    r"(?:^|\W)(?:nghi quyet|nghi dinh|quyet dinh|thong tu|cong van|chi thi|luat|ke hoach|thong bao"
    r"|cong dien|ket luan|quy dinh|to trinh|phap lenh|so|ma|gia|ti so|ty so|ti le|ty le|dat|hon|gan|khoang"
    r"|chiem|quoc lo|lop|phong|thang|thua|hoa|diem|tang|giam|ngo|duong) ?(?:so )?$"
)
_FRACTION_AFTER = re.compile(
    r" ?(?:so|dan so|dien tich|nguoi|tong so|the gioi|quang duong|chieu|dong|ty|trieu|diem|do)\b"
)
_NOT_BARE_YEAR_BEFORE = re.compile(r"(?:^|\W)(?:so|ma|gia|hon|gan|khoang|tong cong|dat|co|voi) $")
_COUNTED = re.compile(
    r" (?:nguoi|ca|dong|trieu|ty|nghin|ngan|usd|hoc sinh|sinh vien|dai bieu|truong hop|can|ha|m|km"
    r"|m2|tan|kg|ban|chiec|xe|lan|phut|giay|ho|con|benh nhan|doanh nghiep|diem|trang|cong nhan)(?!\w)"
)


def hide_codes(text: str) -> str:
    """`text` with the numbers of documents and models (`147-KH/TU`, `Covid-19`, `B52`) blanked by `#`."""

    def blank(match: re.Match[str]) -> str:
        token = match.group()
        is_code = _CODE.search(token[:80]) and not _QUARTER_CODE.match(token[:80])
        return "#" * len(token) if is_code else token

    return re.sub(r"\S+", blank, text)


def _plausible(kind: str, form: str, match: re.Match[str]) -> bool:
    """Whether a match is a date and not a score, price, fraction or number of a document."""
    said = match.group(kind)
    has_cue = said[0].isalpha()
    before, after = (
        fold(form[max(0, match.start() - 24) : match.start()]),
        fold(form[match.end() : match.end() + 20]),
    )
    if kind in ("year", "relative"):
        return not is_name_in_nam(form, match.start())
    if kind == "bare":
        return not (_NOT_BARE_YEAR_BEFORE.search(before) or _COUNTED.match(after))
    if has_cue or kind in ("iso", "full", "words"):
        return True
    if kind == "daymonth":
        is_slash = match.group("mark") == "/"
        return (
            is_slash and said != "24/7" and not (_NOT_BEFORE.search(before) or _FRACTION_AFTER.match(after))
        )
    return not _NOT_BEFORE.search(before)


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────

_PARTS = {  # alternative → its groups for day, month, year
    "iso": ("d1", "m1", "y1"), "full": ("d2", "m2", "y2"), "short": ("d3", "m3", "y3"),
    "words": ("d4", "m4", "y4"), "daymonth": ("d5", "m5", ""), "month": ("", "m6", "y6"),
    "barest": ("", "m7", ""), "slashed": ("", "m8", "y8"), "quarter": ("", "", "y9"), "year": ("", "", "y10"),
    "bare": ("", "", "y11"), "listed": ("d12", "", ""), "day": ("d13", "", ""),
}  # fmt: skip


def _number(match: re.Match[str], group: str) -> int | None:
    said = match.group(group) if group else None
    if not said:
        return None
    return int(said) if said.isdigit() else _NUMBER_WORDS[fold(" ".join(said.split()))]


def _absolute(kind: str, match: re.Match[str]) -> DateMention | None:
    day, month, year = (_number(match, group) for group in _PARTS[kind])
    if year is not None and year < 100:
        year += 2000
    quarter = _number(match, "q") if kind == "quarter" else None
    if day and month:
        try:
            date(year or 2000, month, day)  # 2000 has a 29 February
        except ValueError:
            return None
    if month and not 1 <= month <= 12:
        return None
    return DateMention(day, month, year, match.start(), match.end(), quarter)


def _relative(match: re.Match[str], reference: date) -> DateMention | None:
    start, end = match.start(), match.end()
    word = match.group("hom") or match.group("mai") or match.group("buoi")
    if word:
        shift = {"nay": 0, "qua": -1, "kia": -2, "mai": 1}[fold(word)]
        day = reference + timedelta(days=shift)
        return DateMention(day.day, day.month, day.year, start, end)
    unit, back = fold(match.group("unit")), fold(match.group("which")) in ("ngoai", "truoc")
    if unit == "nam":
        return DateMention(None, None, reference.year - back, start, end)
    if unit == "thang":
        last = reference.replace(day=1) - timedelta(days=1) if back else reference
        return DateMention(None, last.month, last.year, start, end)
    quarter, year = (reference.month + 2) // 3 - back, reference.year
    return DateMention(None, None, year if quarter else year - 1, start, end, quarter or 4)


def mentions_in_form(form: str, reference: date | None) -> Iterator[DateMention]:
    """The mentions of a matching form whose codes are hidden, each on its own."""
    pattern = compile_vietnamese(rf"{_FIRST}(?:{any_of(_ALTERNATIVES)})", bare=is_bare(form))
    for match in pattern.finditer(form):
        kind = match.lastgroup or ""
        if not _plausible(kind, form, match):
            continue
        if kind == "relative":
            mention = _relative(match, reference) if reference else None
        else:
            mention = _absolute(kind, match)
        if mention:
            yield mention


_JOINT = re.compile(
    r"^[ \u00a0]{0,2}(?:,|-|–|và|va|đến|den|tới|toi)[ \u00a0]{0,2}"
    r"(?:sáng|chiều|tối|sang|chieu|toi)?[ \u00a0]?$"
)


def share_month_and_year(found: list[DateMention], composed: str) -> list[DateMention]:
    """Lists and ranges: `ngày 13 và 14/11` is 13/11 and 14/11; a number left alone is no date."""
    found = list(found)
    for i in range(len(found) - 2, -1, -1):
        left, right = found[i], found[i + 1]
        if right.start - left.end > 16 or not _JOINT.match(composed[left.end : right.start].lower()):
            continue
        if left.month is None and left.day and right.day:
            left = replace(left, month=right.month, year=right.year)
        elif left.year is None and (right.month or (left.quarter and right.quarter)):
            left = replace(left, year=right.year)
        found[i] = left
    return [m for m in found if not (m.day and m.month is None and composed[m.start].isdigit())]


def dates_in(text: str, reference: date | None = None) -> list[DateMention]:
    """The dates of `text` in reading order, offsets into its NFC form.

    `hôm qua`, `năm ngoái` and the like count only when `reference`, the day the text was written, is given.
    A list or range shares its last month and year.
    """
    form = matching_form(hide_codes(nfc(text)))
    return share_month_and_year(list(mentions_in_form(form, reference)), form)
