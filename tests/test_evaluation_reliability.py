from __future__ import annotations

import re

import pytest

from rag.evaluation.cases import Case
from rag.evaluation.record import Record
from rag.evaluation.reliability import Bin, calibration_error, reliability
from rag.evaluation.report import render
from rag.evaluation.summary import Report


def record(sufficiency: float | None, *, answerable: bool) -> Record:
    return Record(
        Case(id=str(sufficiency), question="Cầu dài bao nhiêu?", abstain=not answerable),
        sufficiency=sufficiency,
    )


RECORDS = [
    record(0.05, answerable=False),
    record(0.09, answerable=False),
    record(0.62, answerable=True),
    record(0.68, answerable=False),
    record(1.0, answerable=True),
    record(None, answerable=True),
]


def page(records: list[Record]) -> str:
    return render(Report(len(records), {}, {}, {}, {}, tuple(records)))


def test_cases_are_counted_where_their_probability_lies() -> None:
    found = reliability(RECORDS)
    assert [(b.low, b.high, b.n, b.true) for b in found] == [
        (0, 0.1, 2, 0),
        (0.6, 0.7, 2, 0.5),
        (0.9, 1, 1, 1),
    ]
    assert [b.said for b in found] == pytest.approx([0.07, 0.65, 1.0])


def test_nothing_can_be_told_from_one_kind_of_case() -> None:
    assert reliability([record(0.3, answerable=True), record(None, answerable=False)]) == []
    assert reliability([]) == []


def test_the_calibration_error_weighs_bins_by_their_cases() -> None:
    assert calibration_error(reliability(RECORDS)) == pytest.approx((2 * 0.07 + 2 * 0.15 + 0) / 5)


def test_what_chance_does_to_a_bin() -> None:
    assert Bin(0.4, 0.5, 25, 0.5, 0.6).stderr == pytest.approx(0.1)


def test_the_page_draws_the_curve_and_its_table() -> None:
    html = page(RECORDS)
    # x: 48 + 496·said, y: 14 + 184·(1 − true)
    assert [float(x) for x in re.findall(r'class="point line-0" cx="([\d.]+)"', html)] == [82.7, 370.4, 544.0]
    assert [float(y) for y in re.findall(r'class="point line-0" cx="[\d.]+" cy="([\d.]+)"', html)] == [
        198,
        106,
        14,
    ]
    assert '<polyline class="line line-1" points="48.0,198.0 544.0,14.0"/>' in html
    table = html[html.index('<table class="reliability">') :]
    rows = re.findall(r"<tr><td>(.*?)</td>(.*?)</tr>", table[: table.index("</table>")])
    assert [name for name, _ in rows] == ["0% – 10%", "60% – 70%", "90% – 100%"]
    assert re.findall(r">([^<]+)</td>", rows[1][1]) == ["2", "65,0 %", "50,0 % ± 66,1"]
    assert "Lệch trung bình: 0,088." in html


def test_a_page_without_both_kinds_has_no_curve() -> None:
    html = page([record(0.3, answerable=False)])
    assert 'class="point' not in html
    assert '<table class="reliability">' not in html
