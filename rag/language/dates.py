"""The calendar period a question asks about, and how firmly: `hôm qua`, `quý IV/2020`, `trước Tết`.

A period is *explicit* (a date, month or quarter with its year), *relative* to today, or *vague*: a bare year,
a term of office, `cuối năm`, Tết, anything in the future. What is vague may be what the news is about and not
when it was published, so it is fit to prefer articles, not to exclude them. A day or month without a year
(`25/9`) is vague too: its period is None (a day) or the last such month; `day`, `month` keep what was said.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from rag.language.date_mentions import (
    DateMention,
    dates_in,
    hide_codes,
    mentions_in_form,
    share_month_and_year,
)
from rag.language.normalize import fold, matching_form, nfc
from rag.language.patterns import compile_vietnamese, is_bare
from rag.language.period_words import (
    DAYS,
    NUMBERS,
    TET_DAYS,
    TET_SEASON,
    WEEKDAY,
    Firmness,
    part_of,
    period_of,
    period_words,
    weekday,
    whole_months,
)
from rag.types import Period

__all__ = [
    "DateMention",
    "TimeReference",
    "dates_in",
    "find_period",
    "find_time",
    "time_references",
    "wants_newest",
]


@dataclass(frozen=True, slots=True)
class TimeReference:
    """A period and how it was said; offsets into the NFC of the question."""

    period: Period | None
    kind: Firmness
    start: int
    end: int
    day: int | None = None  # day and month of a date that was said without its year
    month: int | None = None


# ── Putting them together ─────────────────────────────────────────────────────────────────────────

_EDGE_BEFORE = (
    r"(?<!\w)(?:(?:(?P<half>\d{1,2}) tháng |(?P<nua>nửa ))?(?P<edge>đầu|giữa|cuối)"
    rf"|(?P<on>{WEEKDAY})),? $"
)
_COMPARED = r"(?<!\w)(?:so với|so)(?: cùng kỳ)?(?: của)?(?: các)? $|(?<!\w)cùng kỳ $"
_TERM_BEFORE = r"(?<!\w)(?:giai đoạn|nhiệm kỳ|niên khóa|khóa|thời kỳ|những năm|các năm|năm học)(?: năm)? $"
_OPERATOR = (
    r"(?<!\w)(?:(?P<before>trước)|(?P<after>sau)|(?P<from>kể từ|từ)|(?P<until>đến hết|đến|tới|cho đến))"
    r"(?: khi| dịp)? $"
)
_FROM = r"(?<!\w)(?:kể từ|từ|giữa)(?: khi)? $"
_RANGE_JOINT = r"^ ?(?:đến|tới|cho đến|-|–|và)(?: hết)? ?$"


class _Reader:
    """Reads one question: words for periods and dates first, then what stands before and between them."""

    def __init__(self, question: str, today: date) -> None:
        self.today = today
        self.form = matching_form(hide_codes(nfc(question)))
        self.bare = is_bare(self.form)

    def _before(self, pattern: str, position: int) -> re.Match[str] | None:
        return compile_vietnamese(pattern, bare=self.bare).search(self.form, max(0, position - 24), position)

    def read(self) -> list[TimeReference]:
        rest = list(self.form)
        found: list[TimeReference] = []
        for start, end, period, kind in period_words(self.form, self.today, bare=self.bare):
            rest[start:end] = "#" * (end - start)
            if period:
                found.append(TimeReference(period, kind, start, end))
        mentions = share_month_and_year(list(mentions_in_form("".join(rest), None)), self.form)
        found += [self._of_mention(mention) for mention in mentions]
        found.sort(key=lambda reference: reference.start)
        found = self._narrowed([self._with_edge(reference) for reference in found])
        found = [self._with_operator(r) for r in self._ranges(found) if not self._is_now(r)]
        return [self._softened(r) for r in found if not self._before(_COMPARED, r.start)]

    def _of_mention(self, mention: DateMention) -> TimeReference:
        period = period_of(mention, self.today)
        firm = mention.year is not None and (mention.month is not None or mention.quarter is not None)
        yearless = mention.year is None
        return TimeReference(
            period,
            "explicit" if firm else "vague",
            mention.start,
            mention.end,
            mention.day if yearless else None,
            mention.month if yearless else None,
        )

    def _with_edge(self, reference: TimeReference) -> TimeReference:
        """`6 tháng đầu` năm 2021, `cuối` tháng 9, `thứ hai` tuần trước."""
        match = self._before(_EDGE_BEFORE, reference.start)
        period = reference.period
        if not match or not period or not period.start or not period.end or period.start == period.end:
            return reference
        if match["on"]:
            days = weekday(match["on"])
            if (period.end - period.start).days != 6:
                return reference
            day = period.start + timedelta(days=days)
            return replace(reference, period=Period(day, day), start=match.start())
        counted = bool(match["half"] or match["nua"])
        part = part_of(period, match["edge"], match["half"], bool(match["nua"]))
        kind: Firmness = ("explicit" if reference.kind == "vague" else reference.kind) if counted else "vague"
        return replace(reference, period=part, kind=kind, start=match.start())

    def _narrowed(self, found: list[TimeReference]) -> list[TimeReference]:
        """Two that touch: `tháng 9 | năm ngoái`, `ngày 22 | tháng trước`, `tuần trước | ngày 12/3/2021`."""
        result: list[TimeReference] = []
        for reference in found:
            left = result[-1] if result else None
            if left is None or not self.form[left.end : reference.start].isspace() or not reference.period:
                touching = left is not None and self.form[left.end : reference.start].isspace()
                if touching and left is not None and self._is_step(left):
                    result.pop()  # a week before a day whose year is unknown
                result.append(reference)
                continue
            joined = self._join(left, reference)
            if joined:
                result[-1] = joined
            else:
                result.append(reference)
        return result

    def _is_now(self, reference: TimeReference) -> bool:
        """Whether this is `đến nay`, which only means something as the end of a range."""
        said = self.form[reference.start : reference.end]
        if said == "toi nay":  # tới nay or tối nay
            return self._before(r"(?<!\w)từ .*$", reference.start) is not None
        return said in ("đến nay", "den nay", "tới nay", "cho đến nay", "cho den nay", "cho tới nay")

    def _is_tet(self, reference: TimeReference) -> bool:
        return re.search(r"\bt[ếe]t\b", self.form[reference.start : reference.end]) is not None

    def _is_step(self, reference: TimeReference) -> bool:
        said = self.form[reference.start : reference.end]
        return reference.kind == "relative" and fold(said).endswith(("truoc", "sau"))

    def _join(self, left: TimeReference, right: TimeReference) -> TimeReference | None:
        period = right.period
        assert period is not None
        if self._is_step(left) and period.start and period.end:
            words = fold(self.form[left.start : left.end]).split()
            count = int(words[0]) if words[0].isdigit() else NUMBERS.get(words[0], 1) if len(words) > 2 else 1
            span = timedelta(days=count * DAYS.get(words[-2], 90))
            one = timedelta(days=1)
            is_tet = self._is_tet(right)
            first, last = (period.start + TET_DAYS,) * 2 if is_tet else (period.start, period.end)
            window = (
                Period(first - span, first - one) if words[-1] == "truoc" else Period(last + one, last + span)
            )
            return replace(right, period=window, start=left.start)
        if right.kind != "relative" or not (left.day or left.month) or not period.start:
            return None
        year, month = period.start.year, left.month or period.start.month
        if left.day is None:
            return TimeReference(whole_months(year, month, month), "relative", left.start, right.end)
        if left.day > monthrange(year, month)[1]:
            return None
        day = date(year, month, left.day)
        return TimeReference(Period(day, day), "relative", left.start, right.end)

    def _ranges(self, found: list[TimeReference]) -> list[TimeReference]:
        """`từ A đến B`, `2020-2025`, `từ A đến nay`."""
        joint = compile_vietnamese(_RANGE_JOINT, bare=self.bare)
        result: list[TimeReference] = []
        for reference in found:
            left = result[-1] if result else None
            if left and left.period and reference.period and reference.start - left.end <= 12:
                between = self.form[left.end : reference.start]
                opened = self._before(_FROM, left.start)
                to_now = self._is_now(reference) and between.isspace()
                dashed = between.strip() in ("-", "–")
                if (joint.match(between) and (opened or dashed)) or (opened and to_now):
                    result[-1] = self._range(left, reference, opened.start() if opened else left.start)
                    continue
            result.append(reference)
        return result

    def _range(self, left: TimeReference, right: TimeReference, start: int) -> TimeReference:
        assert left.period is not None
        assert right.period is not None
        kind: Firmness = "vague" if "vague" in (left.kind, right.kind) else right.kind
        first, last = left.period.start, right.period.end
        if first and last and first > last:
            first, last = right.period.start, left.period.end
        return TimeReference(Period(first, last), kind, start, right.end)

    def _with_operator(self, reference: TimeReference) -> TimeReference:
        """`trước`, `sau`, `từ`, `đến` a period: what lies on that side of it."""
        match, period = self._before(_OPERATOR, reference.start), reference.period
        if not match or not period or not period.start or not period.end:
            return reference
        one = timedelta(days=1)
        is_tet = self._is_tet(reference)
        if match["before"]:
            first = period.start + TET_DAYS
            result = Period(first - TET_SEASON, first - one) if is_tet else Period(None, period.start - one)
        elif match["after"]:
            first = period.start + TET_DAYS
            result = Period(first + one, first + TET_SEASON) if is_tet else Period(period.end + one, None)
        else:
            result = Period(period.start, None) if match["from"] else Period(None, period.end)
        return replace(reference, period=result, start=match.start())

    def _softened(self, reference: TimeReference) -> TimeReference:
        """The future is told beforehand and a term of office is a subject: neither may exclude an article."""
        period = reference.period
        ahead = period is not None and period.start is not None and period.start > self.today
        if ahead or self._before(_TERM_BEFORE, reference.start):
            return replace(reference, kind="vague")
        return reference


def time_references(question: str, today: date) -> list[TimeReference]:
    """Everything said about time in `question`, in reading order, but comparisons (`so với năm ngoái`)."""
    return _Reader(question, today).read()


def find_time(question: str, today: date) -> TimeReference | None:
    """The one reference that counts: the firm ones together, else the vague ones, else any.

    Of vague ones that share days the first alone counts: `năm 2021, trước Tết`.
    """
    found = time_references(question, today)
    timed = [r for r in found if r.period]
    together = [r for r in timed if r.kind != "vague"] or (timed if _apart(timed) else timed[:1])
    if len(together) < 2:
        return next(iter(together or found), None)
    starts = [r.period.start for r in together if r.period]
    ends = [r.period.end for r in together if r.period]
    hull = Period(
        None if None in starts else min(s for s in starts if s),
        None if None in ends else max(e for e in ends if e),
    )
    kinds = {r.kind for r in together}
    kind: Firmness = next(kind for kind in ("relative", "explicit", "vague") if kind in kinds)
    return TimeReference(hull, kind, together[0].start, together[-1].end)


def _apart(references: Sequence[TimeReference]) -> bool:
    """Whether no two of their periods share a day."""
    spans = sorted(
        (r.period.start or date.min, r.period.end or date.max) for r in references if r.period is not None
    )
    return all(before[1] < after[0] for before, after in pairwise(spans))


_NEWEST = (
    r"(?<!\w)(?:mới nhất|gần đây|mới đây|gần nhất|mới cập nhật|hiện (?:nay|tại|giờ|thời|là|đang|có)|bây giờ"
    r"|lúc này|vừa mới|tính đến nay|đến nay)(?!\w)"
)
_NEAREST_PLACE = r"(?<!\w)(?:nơi|chỗ|đường|điểm|nhà|trạm|chợ|viện|trường|cảng|ga|bay) gần nhất"


def wants_newest(question: str) -> bool:
    """Whether the latest news is wanted of several that answer: `hiện nay`, `mới nhất`, `gần đây`."""
    form = matching_form(nfc(question))
    bare = is_bare(form)
    form = compile_vietnamese(_NEAREST_PLACE, bare=bare).sub("", form)
    return compile_vietnamese(_NEWEST, bare=bare).search(form) is not None


def find_period(question: str, today: date) -> Period | None:
    """The calendar period `question` asks about, both ends included; None when it names none."""
    reference = find_time(question, today)
    return reference.period if reference else None
