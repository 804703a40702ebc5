"""Vietnamese words for periods (`tuần trước`, `6 tháng đầu năm`, `dịp Tết`) and the days they stand for."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal, TypeAlias

from rag.language.date_mentions import DateMention
from rag.language.normalize import fold
from rag.language.patterns import any_of, compile_vietnamese, is_name_in_nam
from rag.types import Period

Firmness: TypeAlias = Literal["explicit", "relative", "vague"]

# First day of the lunar year in Vietnam (UTC+7), and the name of the year.
_TET = {
    2015: (date(2015, 2, 19), "ất mùi"), 2016: (date(2016, 2, 8), "bính thân"),
    2017: (date(2017, 1, 28), "đinh dậu"), 2018: (date(2018, 2, 16), "mậu tuất"),
    2019: (date(2019, 2, 5), "kỷ hợi"), 2020: (date(2020, 1, 25), "canh tý"),
    2021: (date(2021, 2, 12), "tân sửu"), 2022: (date(2022, 2, 1), "nhâm dần"),
    2023: (date(2023, 1, 22), "quý mão"), 2024: (date(2024, 2, 10), "giáp thìn"),
    2025: (date(2025, 1, 29), "ất tỵ"), 2026: (date(2026, 2, 17), "bính ngọ"),
    2027: (date(2027, 2, 6), "đinh mùi"), 2028: (date(2028, 1, 26), "mậu thân"),
    2029: (date(2029, 2, 13), "kỷ dậu"), 2030: (date(2030, 2, 2), "canh tuất"),
}  # fmt: skip
TET_DAYS = timedelta(days=7)  # "dịp Tết" reaches so far to both sides
TET_SEASON = timedelta(days=30)  # "trước Tết" and "sau Tết" reach so far


# ── Calendar arithmetic ───────────────────────────────────────────────────────────────────────────


def whole_months(year: int, first: int, last: int) -> Period:
    return Period(date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def _shift_month(day: date, by: int) -> Period:
    index = day.year * 12 + day.month - 1 + by
    return whole_months(index // 12, index % 12 + 1, index % 12 + 1)


def _week(day: date, by: int) -> Period:
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=by)
    return Period(monday, monday + timedelta(days=6))


def _quarter(day: date, by: int) -> Period:
    index = day.year * 4 + (day.month - 1) // 3 + by
    return whole_months(index // 4, index % 4 * 3 + 1, index % 4 * 3 + 3)


def period_of(mention: DateMention, today: date) -> Period | None:
    """The days a mention stands for; a month or quarter without a year is the last one that has begun."""
    year, month = mention.year, mention.month
    if mention.quarter:
        first = mention.quarter * 3 - 2
        return whole_months(year or today.year - (first > today.month), first, first + 2)
    if mention.day is None and month:
        return whole_months(year or today.year - (month > today.month), month, month)
    if mention.day and month and year:
        day = date(year, month, mention.day)
        return Period(day, day)
    return whole_months(year, 1, 12) if year and not mention.day else None


def part_of(period: Period, edge: str, months: str | None, is_half: bool) -> Period:
    """The beginning, middle or end of a year or month: thirds, halves, or so many months."""
    if period.start is None or period.end is None:
        return period
    days = (period.end - period.start).days + 1
    edge = fold(edge)
    if months and days > 31:
        count = min(max(int(months), 1), 12)
        year = period.start.year
        return whole_months(year, 1, count) if edge == "dau" else whole_months(year, 13 - count, 12)
    if days > 31:
        if is_half:
            return whole_months(period.start.year, *((1, 6) if edge == "dau" else (7, 12)))
        return whole_months(period.start.year, *{"dau": (1, 4), "giua": (5, 8), "cuoi": (9, 12)}[edge])
    first, last = {
        "dau": (0, days // 3),
        "giua": (days // 3, 2 * days // 3),
        "cuoi": (2 * days // 3, days - 1),
    }[edge]
    return Period(period.start + timedelta(days=first), period.start + timedelta(days=last))


# ── Words for periods ─────────────────────────────────────────────────────────────────────────────

_COUNT = r"(?:\d{1,3}|một|hai|ba|bốn|năm|sáu|bảy|mười|vài|mấy)"
WEEKDAY = r"(?:thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật)"
_PAST = r"(?:vừa qua|vừa rồi|qua)"
_PART_OF_DAY = r"(?:sáng|trưa|chiều|tối|đêm)"
_ALONE = r"(?<![\w/.,])(?<!thứ\s)(?<!ngày\s)(?<!tháng\s)"  # "thứ hai tuần trước" is no "hai tuần trước"
_TET_YEARS = "|".join(name for _, name in _TET.values())
_WORDS = {
    "now": r"(?<!\w)(?:đến|tới|cho đến|cho tới) nay(?!\w)",
    "rolling": (
        rf"{_ALONE}(?P<count>{_COUNT}) (?P<rolled>ngày|tuần|tháng|năm) "
        r"(?:vừa qua|vừa rồi|qua|gần đây|gần nhất|trở lại đây)(?!\w)"
    ),
    "ago": rf"{_ALONE}(?P<ago_count>{_COUNT}) (?P<ago_unit>ngày|tuần|tháng|năm) trước(?! đó|\w)",
    "day": (
        r"(?<!\w)(?:hôm (?P<hom>nay|qua|kia)|ngày (?P<ngay>mai|kia)"
        rf"|{_PART_OF_DAY} (?P<buoi>nay|qua|mai))(?!\w)"
    ),
    "nextyear": r"(?<!\w)sang năm(?! (?:19|20)\d)(?!\w)",
    "unit": (
        r"(?<!\w)(?P<what>tuần|tháng|quý|năm) "
        rf"(?P<shift>này|nay|trước|ngoái|kia|rồi|tới|sau|{_PAST})(?!\w)"
    ),
    "weekday": (
        rf"(?<!\w)(?:(?:{_PART_OF_DAY}|hôm|ngày) (?P<on>{WEEKDAY})(?! tuần)(?: (?:này|{_PAST}))?"
        rf"|(?P<on_last>{WEEKDAY}) (?:này|{_PAST}))(?!\w)"
    ),
    "thisyear": (
        r"(?<!\w)(?:(?P<half>\d{1,2}) tháng |(?P<nua>nửa ))?(?P<edge>đầu|giữa|cuối) năm"
        r"(?! (?:\d{3}|nay|này|ngoái|trước|kia|tới|sau|qua|vừa|học))(?!\w)"
    ),
    "tet": (
        r"(?<!\w)(?:dịp )?tết(?! (?:trung thu|dương|độc lập|đoan ngọ|hàn thực|thiếu nhi))"
        r"(?: nguyên đán| âm lịch| cổ truyền| ta)?(?: năm)?"
        rf"(?: (?:(?P<tet_year>20\d\d)|(?P<tet_name>{_TET_YEARS})|(?P<tet_shift>nay|này|ngoái)))?(?!\w)"
    ),
    "recent": r"(?<!\w)(?:gần đây|mới đây)(?!\w)",
}
DAYS = {"ngay": 1, "tuan": 7, "thang": 30, "nam": 365}
NUMBERS = {
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "nam": 5,
    "sau": 6,
    "bay": 7,
    "muoi": 10,
    "vai": 3,
    "may": 3,
}
_SHIFTS = {"nay": 0, "truoc": -1, "ngoai": -1, "roi": -1, "kia": -2, "toi": 1, "sau": 1}
_WEEKDAYS = {
    "hai": 0,
    "2": 0,
    "ba": 1,
    "3": 1,
    "tu": 2,
    "4": 2,
    "nam": 3,
    "5": 3,
    "sau": 4,
    "6": 4,
    "bay": 5,
    "7": 5,
}


def weekday(said: str) -> int:
    return _WEEKDAYS.get(fold(said).split()[-1], 6)


def _read_count(said: str) -> int:
    return int(said) if said.isdigit() else NUMBERS[fold(said)]


def _rolling(match: re.Match[str], today: date) -> Period:
    days = _read_count(match.group("count")) * DAYS[fold(match.group("rolled"))]
    return Period(today - timedelta(days=days), today)


def _ago(match: re.Match[str], today: date) -> Period:
    back, unit = -_read_count(match.group("ago_count")), fold(match.group("ago_unit"))
    if unit == "ngay":
        day = today + timedelta(days=back)
        return Period(day, day)
    return _unit(unit, back, today)


def _unit(unit: str, by: int, today: date) -> Period:
    if unit == "tuan":
        return _week(today, by)
    if unit == "thang":
        return _shift_month(today, by)
    return _quarter(today, by) if unit == "quy" else whole_months(today.year + by, 1, 12)


def _day(match: re.Match[str], today: date) -> Period:
    ahead = match.group("ngay")
    word = fold(match.group("hom") or ahead or match.group("buoi"))
    shift = 2 if ahead and word == "kia" else {"nay": 0, "qua": -1, "kia": -2, "mai": 1}[word]
    day = today + timedelta(days=shift)
    return Period(day, day)


def _shifted_unit(match: re.Match[str], today: date) -> Period:
    unit, shift = fold(match.group("what")), fold(match.group("shift"))
    if shift in _SHIFTS:
        return _unit(unit, _SHIFTS[shift], today)
    return Period(today - timedelta(days=DAYS.get(unit, 90)), today)  # "tuần qua": the seven days up to today


def _last_weekday(match: re.Match[str], today: date) -> Period:
    wanted = weekday(match.group("on") or match.group("on_last"))
    day = today - timedelta(days=(today.weekday() - wanted) % 7)
    return Period(day, day)


def _tet(match: re.Match[str], today: date) -> Period | None:
    said, name = match.group("tet_year"), match.group("tet_name")
    if name:
        first = next((day for day, called in _TET.values() if fold(called) == fold(name)), None)
    elif said:
        first = _TET[int(said)][0] if int(said) in _TET else None
    elif match.group("tet_shift"):
        first = _TET.get(today.year - (fold(match.group("tet_shift")) == "ngoai"), (None, ""))[0]
    else:
        first = min((day for day, _ in _TET.values()), key=lambda day: abs(day - today))
    return Period(first - TET_DAYS, first + TET_DAYS) if first else None


def _part_of_this_year(match: re.Match[str], today: date) -> Period:
    return part_of(
        whole_months(today.year, 1, 12), match.group("edge"), match.group("half"), bool(match.group("nua"))
    )


_READERS: dict[str, tuple[Callable[[re.Match[str], date], Period | None], Firmness]] = {
    "now": (lambda _, today: Period(today, today), "relative"),
    "rolling": (_rolling, "relative"),
    "ago": (_ago, "relative"),
    "day": (_day, "relative"),
    "nextyear": (lambda _, today: whole_months(today.year + 1, 1, 12), "relative"),
    "unit": (_shifted_unit, "relative"),
    "weekday": (_last_weekday, "relative"),
    "thisyear": (_part_of_this_year, "vague"),
    "tet": (_tet, "vague"),
    "recent": (lambda _, today: Period(today - timedelta(days=30), today), "vague"),
}


_MANY_BEFORE = re.compile(
    r"(?:\d{3}|trieu|ty|nghin|ngan|tram|nhieu|vai|may|bon|tam|chin|muoi|chuc|nhung|cac|moi|hang) $"
)


_ONE_BEFORE = re.compile(r"(?<!thang )(?<!thu )(?<!\w)(?:mot|hai|ba|nam|sau|\d{1,2}) $")


def _counted(form: str, match: re.Match[str]) -> bool:
    """`triệu năm trước`, `những ngày chủ nhật`, `một năm sau`: so many of them, not the last or next one."""
    before = fold(form[max(0, match.start() - 12) : match.start()])
    if match.lastgroup == "unit" and fold(match.group("shift")) == "sau" and _ONE_BEFORE.search(before):
        return True
    return match.lastgroup in ("unit", "weekday") and _MANY_BEFORE.search(before) is not None


_FOR_TET = re.compile(
    r"(?:^|\W)(?:ve|xe|tau|qua|hoa|cay|banh|mut|hang|cho|do|ao|phim|nhac|tien|thuong|tour) $"
)


def _for_tet(form: str, match: re.Match[str]) -> bool:
    """`vé xe Tết`, `hoa Tết`: things for it, at whatever time."""
    before = fold(form[max(0, match.start() - 8) : match.start()])
    return fold(match.group()) in ("tet", "tet nam") and _FOR_TET.search(before) is not None


def period_words(form: str, today: date, *, bare: bool) -> Iterator[tuple[int, int, Period | None, Firmness]]:
    """Start, end, period and firmness of the words for periods in a matching form."""
    for match in compile_vietnamese(any_of(_WORDS), bare=bare).finditer(form):
        if is_name_in_nam(form, match.start()) or _counted(form, match) or _for_tet(form, match):
            continue
        reader, kind = _READERS[match.lastgroup or ""]
        yield match.start(), match.end(), reader(match, today), kind
