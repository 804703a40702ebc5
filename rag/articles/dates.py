"""Dates as newspapers write them → ISO 8601. Day before month, always; Vietnam's time unless told.

UTC is how machines write: such a time is given by Vietnam's clock, so that its day is the one that the paper
shows. Other zones stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from rag.articles.files import plain

VIETNAM = timezone(timedelta(hours=7))
HEAD_LINES, FOOT_LINES = 8, 5  # of an article, among which its stamp is looked for
BARE_LINES = 4  # of them, among which a day alone is one

_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?(?!\d)"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?")
_DAY = re.compile(
    r"(?<![\d./-])(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*\2\s*(\d{4})(?!\d)"
    r"|(?<!\d)(\d{1,2})\s+tháng\s+(\d{1,2})\s*(?:,|năm)?\s*(\d{4})(?!\d)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\d:])(\d{1,2})\s*(?::|h|giờ)\s*(\d{2})(?:\s*:\s*(\d{2}))?(?:\s*phút)?(?:\s*(AM|PM|SA|CH)\b)?(?![\d:])",
    re.IGNORECASE,
)
_ZONE = re.compile(r"\(?\s*(?:GMT|UTC)\s*(?:([+-])\s*(\d{1,2})(?::?(\d{2}))?)?\s*\)?", re.IGNORECASE)


def date_to_iso(value: str) -> str | None:
    """ISO 8601 of a date field: with time and zone when a time is given, else the day; None if there is none.

    Reads ISO, `20201001`, RFC 2822, `22/01/2021 17:11:16`, `Thứ tư, 7/2/2024, 23:41 (GMT+7)`,
    `ngày 22 tháng 1 năm 2021`. Days that are not in the calendar give None.
    """
    value = value.strip()[:200]  # a date is short; anything longer is not one
    iso = _ISO.search(value)
    if iso is not None:
        zone = iso.group(7)
        return _to_iso(iso.group(1, 2, 3), iso.group(4, 5, 6), _zone_of_iso(zone) if zone else VIETNAM)
    compact = _COMPACT.fullmatch(value)
    if compact is not None:
        return _to_iso(compact.group(1, 2, 3), compact.group(4, 5, 6), VIETNAM)
    return _day_first(value) or _rfc_2822(value)


_DAY_IN_PATH = re.compile(r"(?<![\d/])/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)")
# "…-20240312165800123.htm": a day, often with the time and some digits more
_DAY_IN_NAME = re.compile(r"[-_/]((?:19|20)\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})\d{0,8})?(?=\.\w{3,5}$|/?$)")


def day_in_address(url: str) -> str | None:
    """The day that an article's address gives, `/2024/03/12/…` or `…-20240312165800123.htm`; else None.

    Only whole days of the calendar, and behind them nothing that is no time of day: other numbers of that
    length are ids.
    """
    address = re.split(r"[?#]", url[:2_000], maxsplit=1)[0]
    path = _DAY_IN_PATH.search(address)
    if path is not None:
        return _to_iso(path.group(1, 2, 3), (None, None, None), VIETNAM)
    name = _DAY_IN_NAME.search(address)
    if name is None or int(name.group(4) or 0) > 23 or int(name.group(5) or 0) > 59:
        return None
    return _to_iso(name.group(1, 2, 3), (None, None, None), VIETNAM)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A line that says when (and perhaps in which section) an article was published."""

    published: str
    category: str | None
    bare: bool  # nothing but a day: near the head a stamp, elsewhere perhaps a subheading


_WEEKDAY = re.compile(r"\b(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ\s*nhật|T[2-7]|CN)\b", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:cập\s+nhật(?:\s+lần\s+cuối)?|ngày\s+đăng|đăng\s+ngày|đăng\s+lúc|ngày\s+xuất\s+bản|xuất\s+bản|"
    r"thời\s+gian\s+đăng|ngày\s+cập\s+nhật|đăng\s+tải)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\b(?:số\s+)?lượt\s+(?:xem|đọc)\s*:?\s*[\d.,]+", re.IGNORECASE)
_FOUND = "\0"  # stands where a date, time, weekday or label was read
_FILLER = re.compile(r"\b(?:lúc|ngày|vào)\b|[\s,;:|()\[\]–—\0-]+", re.IGNORECASE)
_SECTION = re.compile(r"([^\0\d,.:;()|]{2,40}?)\s*[-–—|][\s–—|-]*\0")  # a name set off by a dash or bar
_LONGEST_STAMP = 120  # characters


def read_stamp(line: str) -> Stamp | None:
    """The stamp a whole line consists of, None when the line says anything else.

    "Chính trị - Ngày đăng : 16:58, 25/09/2021" has the category "Chính trị"; a sentence with a date in it
    ("Sáng 25/9/2021, …") is no stamp.
    """
    line = line.strip()
    if len(line) > _LONGEST_STAMP:
        return None
    published = date_to_iso(line) if _DAY.search(line) or _ISO.search(line) else None
    if published is None:
        return None
    labelled = bool(_LABEL.search(line) or _WEEKDAY.search(line) or _TIME.search(line))
    rest = line
    for pattern in (_COUNT, _ISO, _DAY, _ZONE, _TIME, _WEEKDAY, _LABEL):
        rest = pattern.sub(_FOUND, rest)
    if not _FILLER.sub("", rest):
        return Stamp(published, None, bare=not labelled)
    section = _SECTION.match(rest)
    if section is None or not labelled or _FILLER.sub("", rest[section.end() :]):
        return None
    return Stamp(published, section.group(1), bare=False)


def stamp_at(lines: Sequence[str], position: int) -> Stamp | None:
    """The stamp that a line is when it stands near the head or the foot of an article; a bare day is one only
    at the very head.
    """
    if HEAD_LINES <= position < len(lines) - FOOT_LINES:
        return None
    stamp = read_stamp(lines[position])
    return None if stamp is None or (stamp.bare and position >= BARE_LINES) else stamp


def is_stamped(lines: Sequence[str]) -> bool:
    """Whether an article, characters as they came, says when it was published."""
    written = [plain(line) for line in lines]
    return any(stamp_at(written, position) for position in range(len(written)))


def _day_first(value: str) -> str | None:
    day = _DAY.search(value)
    if day is None:
        return None
    groups = day.group(4, 3, 1) if day.group(4) else day.group(7, 6, 5)
    time = _TIME.search(_DAY.sub(" ", _ZONE.sub(" ", value)))
    zone = _ZONE.search(value)
    if time is None:
        return _to_iso(groups, (None, None, None), VIETNAM)
    hour = _hour_of_day(int(time.group(1)), (time.group(4) or "").upper())
    return _to_iso(groups, (str(hour), time.group(2), time.group(3)), _zone(zone))


def _hour_of_day(hour: int, half: str) -> int:
    """`04:15 CH` (or PM) is 16:15, `12:10 SA` (or AM) is 0:10."""
    if half in {"PM", "CH"} and hour < 12:
        return hour + 12
    return 0 if half in {"AM", "SA"} and hour == 12 else hour


def _zone(match: re.Match[str] | None) -> timezone:
    if match is None:
        return VIETNAM
    if match.group(1) is None:
        return UTC
    offset = timedelta(hours=int(match.group(2)), minutes=int(match.group(3) or 0))
    return timezone(offset if match.group(1) == "+" else -offset) if offset < timedelta(hours=15) else VIETNAM


def _zone_of_iso(text: str) -> timezone:
    if text in {"Z", "UTC"}:
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset) if offset < timedelta(hours=15) else VIETNAM


def _rfc_2822(value: str) -> str | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not 1900 <= moment.year <= 2100:
        return None
    return _local(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def _to_iso(day: tuple[str | None, ...], time: tuple[str | None, ...], zone: timezone) -> str | None:
    """`day` is year, month, day; `time` is hour, minute, second. A time that does not exist is left out."""
    year, month, day_of_month = (int(part or 0) for part in day)
    try:
        calendar_day = date(year, month, day_of_month)
    except ValueError:
        return None
    if not 1900 <= year <= 2100:
        return None
    if time[0] is None:
        return calendar_day.isoformat()
    hour, minute, second = (int(part or 0) for part in time)
    try:
        return _local(datetime(year, month, day_of_month, hour, minute, second, tzinfo=zone)).isoformat()
    except ValueError:
        return calendar_day.isoformat()


def _local(moment: datetime) -> datetime:
    return moment if moment.utcoffset() else moment.astimezone(VIETNAM)
