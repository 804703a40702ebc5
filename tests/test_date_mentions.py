from __future__ import annotations

from datetime import date

import pytest

from rag.language.date_mentions import DateMention, dates_in, hide_codes

Parts = tuple[int | None, int | None, int | None]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ngày 22/01/2021, hội nghị bế mạc.", [(22, 1, 2021)]),
        ("họp sáng 22.1, tại thành phố", [(22, 1, None)]),
        ("chiều 18/02", [(18, 2, None)]),
        ("ngày 13 và 14/11", [(13, 11, None), (14, 11, None)]),
        ("các ngày 20, 21 và 22/1/2021", [(20, 1, 2021), (21, 1, 2021), (22, 1, 2021)]),
        ("từ 22 đến 25/1/2021", [(22, 1, 2021), (25, 1, 2021)]),
        ("từ ngày 10-15/3", [(10, 3, None), (15, 3, None)]),
        ("ngày 7 tháng 5 năm 2021", [(7, 5, 2021)]),
        ("tháng 11/2020", [(None, 11, 2020)]),
        ("trong tháng 5", [(None, 5, None)]),
        ("năm 2020", [(None, None, 2020)]),
        ("nhiệm kỳ 2020-2025", [(None, None, 2020), (None, None, 2025)]),
        ("lúc 9h30 ngày 22/1/21", [(22, 1, 2021)]),
        ("từ tháng 3 đến tháng 5 năm 2021", [(None, 3, 2021), (None, 5, 2021)]),
        ("Kế hoạch số 147-KH/TU ngày 14/01/2022", [(14, 1, 2022)]),
        ("giá 22.1, thắng 2-1, đạt 2.100 tỷ, tăng 16,8%", []),
        ("Nghị định 100/2019/NĐ-CP", []),
        ("ngày 30/2/2021 và ngày 32/1", []),
        ("học ngày 2 buổi", []),
    ],
)
def test_dates_in(text: str, parts: list[Parts]) -> None:
    assert [(m.day, m.month, m.year) for m in dates_in(text)] == parts


def test_quarter() -> None:
    assert dates_in("quý IV/2020") == [DateMention(None, None, 2020, 0, 11, quarter=4)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hôm qua", (11, 3, 2021)),
        ("sáng nay", (12, 3, 2021)),
        ("năm ngoái", (None, None, 2020)),
        ("tháng trước", (None, 2, 2021)),
        ("năm nay", (None, None, 2021)),
    ],
)
def test_relative_words_need_a_reference(text: str, parts: Parts) -> None:
    assert dates_in(text) == []
    assert [(m.day, m.month, m.year) for m in dates_in(text, date(2021, 3, 12))] == [parts]


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("ngày 22.1", "22/01/2021", True),
        ("ngày 23.1", "22/01/2021", False),
        ("ngày 22.1", "ngày 22 tháng 1", True),
        ("năm 2021", "22/01/2021", True),
        ("năm 2020", "22/01/2021", False),
        ("tháng 1/2021", "22/01/2021", True),
        ("quý I/2021", "22/01/2021", True),
        ("quý II/2021", "22/01/2021", False),
        ("quý II/2021", "quý III/2021", False),
    ],
)
def test_mentions_agree_when_the_parts_both_have_agree(one: str, other: str, agree: bool) -> None:
    assert dates_in(one)[0].compatible(dates_in(other)[0]) is agree
    assert dates_in(other)[0].compatible(dates_in(one)[0]) is agree


def test_offsets() -> None:
    text = "Hội nghị khai mạc sáng 25/9/2021 tại Vĩnh Yên."
    mention = dates_in(text)[0]
    assert text[mention.start : mention.end] == "sáng 25/9/2021"


def test_codes_are_hidden_and_quarters_are_not() -> None:
    assert hide_codes("147-KH/TU, quý IV/2020, B52") == "##########, quý IV/2020, ###".replace(
        "##########,", "##########"
    )
