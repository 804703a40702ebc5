from __future__ import annotations

from datetime import date

import pytest

from rag.language.date_mentions import DateMention
from rag.language.period_words import part_of, period_of, period_words, weekday, whole_months
from rag.types import Period

TODAY = date(2021, 3, 12)


@pytest.mark.parametrize(
    ("edge", "count", "is_half", "first", "last"),
    [
        ("đầu", None, False, (1, 1), (4, 30)),
        ("giữa", None, False, (5, 1), (8, 31)),
        ("cuối", None, False, (9, 1), (12, 31)),
        ("đầu", "6", False, (1, 1), (6, 30)),
        ("cuối", "3", False, (10, 1), (12, 31)),
        ("đầu", None, True, (1, 1), (6, 30)),
        ("đầu", "99", False, (1, 1), (12, 31)),
    ],
)
def test_part_of_a_year(
    edge: str, count: str | None, is_half: bool, first: tuple[int, int], last: tuple[int, int]
) -> None:
    expected = Period(date(2020, *first), date(2020, *last))
    assert part_of(whole_months(2020, 1, 12), edge, count, is_half) == expected


def test_part_of_a_month() -> None:
    assert part_of(whole_months(2021, 4, 4), "đầu", None, False) == Period(
        date(2021, 4, 1), date(2021, 4, 11)
    )


def test_mentions_without_a_year_are_the_last_that_have_begun() -> None:
    assert period_of(DateMention(None, 4, None, 0, 1), TODAY) == whole_months(2020, 4, 4)
    assert period_of(DateMention(None, None, None, 0, 1, quarter=1), TODAY) == whole_months(2021, 1, 3)
    assert period_of(DateMention(22, 1, None, 0, 1), TODAY) is None


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("tuần trước", [(0, 10, Period(date(2021, 3, 1), date(2021, 3, 7)), "relative")]),
        ("quý này", [(0, 7, whole_months(2021, 1, 3), "relative")]),
        ("năm kia", [(0, 7, whole_months(2019, 1, 12), "relative")]),
        ("2 tháng trước", [(0, 13, whole_months(2021, 1, 1), "relative")]),
        ("hàng triệu năm trước", []),
        ("tết 2040", [(0, 8, None, "vague")]),
        ("tết quý mão", [(0, 11, Period(date(2023, 1, 15), date(2023, 1, 29)), "vague")]),
    ],
)
def test_period_words(form: str, found: list[tuple[int, int, Period | None, str]]) -> None:
    assert list(period_words(form, TODAY, bare=False)) == found


@pytest.mark.parametrize(("said", "number"), [("thứ hai", 0), ("thu 7", 5), ("chủ nhật", 6)])
def test_weekday(said: str, number: int) -> None:
    assert weekday(said) == number
