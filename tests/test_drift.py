from __future__ import annotations

import pytest

from rag.language.drift import foreign_letter, is_foreign, parted


def test_a_letter_of_another_script_is_found_where_it_stands() -> None:
    assert foreign_letter("Cầu dài 486米") == 11
    assert foreign_letter("Cầu dài 486 m") is None
    assert foreign_letter("Bảo tàng 故宫", known="Bảo tàng Cố Cung (故宫)") is None
    assert foreign_letter("мост") == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "The bridge is 486 meters long.",
        "I do not know the answer to this question.",
        "Le pont mesure 486 metres de longueur.",
        "Tỉnh ủy dự kiến làm hai nghị quyết và four đề án.",  # one word is enough
    ],
)
def test_another_language(sentence: str) -> None:
    assert is_foreign(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Cầu dài 486 m.",
        "Samsung Electronics",  # too short to tell
        "Cong trinh nay dai bon tram met.",  # without accents, but Vietnamese
        "Con tem, the lụa và hai mươi tám the nữa.",
        "Hãng Samsung Electronics Vietnam mở nhà máy.",
        "",
    ],
)
def test_vietnamese(sentence: str) -> None:
    assert not is_foreign(sentence)


def test_what_the_articles_say_may_be_repeated() -> None:
    assert is_foreign("Manchester United Football Club")
    assert is_foreign("Ngân hàng Bank of America")
    assert not is_foreign("Ngân hàng Bank of America", "Bank of America lãi lớn")
    assert not is_foreign("Manchester United Football Club", "CLB Manchester United (Football Club)")


def test_a_sentence_in_another_script_begins_a_line() -> None:
    assert parted("Cầu dài 486 m. 该桥") == "Cầu dài 486 m.\n该桥"
    assert parted("Cầu dài 486 m. Cầu") == "Cầu dài 486 m. Cầu"
