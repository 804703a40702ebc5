from __future__ import annotations

import unicodedata

import pytest

from rag.evaluation.matching import canonical_number, comparable, contains, exact, f1, marks, without_marks


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2.100", "2100"),
        ("1.600", "1600"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234,50", "1234,5"),
        ("5,67", "5,67"),
        ("5,670", "5,67"),
        ("5.67", "5,67"),
        ("3,0", "3"),
        ("0,5", "0,5"),
        ("0.600", "0,600"),
        ("22.1", "22,1"),
        ("22.10", "22,10"),
        ("08", "8"),
        ("0", "0"),
        ("14/01/2022", "14/1/2022"),
        ("14.01.2022", "14/1/2022"),
        ("07:05", "7:5"),
        ("tấn", "tấn"),
    ],
)
def test_numbers_have_one_spelling(written: str, number: str) -> None:
    assert canonical_number(written) == number


@pytest.mark.parametrize(
    ("text", "phrase", "inside"),
    [
        ("Có 2100 hộ dân.", "2.100", True),
        ("tăng 5,67% so với", "5,67 %", True),
        ("có 136 xã", "36", False),
        ("có 1.136 xã", "136", False),
        ("ông Thuỷ ở Hoà Bình", "Thủy ở Hòa Bình", True),
        ("VĂN HÓA CON NGƯỜI", "văn hóa, con người", True),
        ("Họp ngày 13/11/2020 tại xã", "13/11", True),
        ("Họp ngày 13/11/2020", "3/11", False),
        ("Họp ngày 13/11/2020", "11", False),
        ("sáng 5 tháng 9 năm 2022", "5/9/2022", True),
        ("vào 05/09/2022", "ngày 5 tháng 9", True),
        ("ngày 5 tháng 9 năm 2022", "năm 2022", True),
        ("kéo dài 2 tháng 3 tuần", "2/3", False),
        ("Nguyễn Văn An", "Văn A", False),
        ("một câu", "!", False),
        ("", "câu", False),
    ],
)
def test_contains_compares_whole_tokens(text: str, phrase: str, inside: bool) -> None:
    assert contains(text, phrase) is inside


def test_decomposed_text_is_the_same_text() -> None:
    decomposed = unicodedata.normalize("NFD", "Tổng vốn 860 tỷ đồng")
    assert comparable(decomposed) == ("tổng", "vốn", "860", "tỷ", "đồng")


def test_exact_ignores_case_marks_of_punctuation_and_number_spelling() -> None:
    assert exact("“41.300 Ha.”", "41300 ha")
    assert not exact("41.300 ha đất", "41300 ha")


def test_f1_is_the_harmonic_mean_over_shared_tokens() -> None:
    # shared: năng, suất (2); found 4, wanted 3 → 2·2/(4+3)
    assert f1("năng suất lúa cao", "năng suất ngô") == pytest.approx(4 / 7)
    assert f1("lúa lúa", "lúa") == pytest.approx(2 / 3)  # a token counts as often as both have it
    assert f1("lúa", "ngô") == 0.0
    assert f1("", "ngô") == 0.0


def test_citation_marks_are_not_part_of_the_answer() -> None:
    assert without_marks("Cầu dài 1.250 m. [1] Vốn 860 tỷ. [2, 3]") == "Cầu dài 1.250 m. Vốn 860 tỷ."
    assert marks("Cầu dài [1]. Vốn [2, 3] [1]") == [1, 2, 3, 1]
