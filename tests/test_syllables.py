from __future__ import annotations

import pytest

from rag.language.syllables import (
    could_be_syllable,
    is_syllable,
    place_tone,
    spellings,
    split_tone,
    tones_in_place,
)


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "quý",
        "gì",
        "giêng",
        "người",
        "ủy",
        "Tỉnh",
        "khuya",
        "quyết",
        "ăn",
        "y",
        "được",
        "hòa",
        "quốc",
    ],
)
def test_syllables(word: str) -> None:
    assert is_syllable(word) is True
    assert could_be_syllable(word) is True


@pytest.mark.parametrize(
    "word", ["tỉnhh", "covid", "việf", "trump", "hàc", "fifa", "xyz", "ngh", "nghiêngg", ""]
)
def test_other_words(word: str) -> None:
    assert is_syllable(word) is False


@pytest.mark.parametrize("word", ["nguoi", "duoc", "viet", "nghieng", "quy", "AI"])
def test_bare_words_that_accents_could_complete(word: str) -> None:
    assert could_be_syllable(word) is True


def test_split_tone() -> None:
    assert split_tone("tỉnh") == ("tinh", "\u0309")
    assert split_tone("được") == ("đươc", "\u0323")
    assert split_tone("la") == ("la", "")


def test_all_spellings_of_what_is_left_without_accents() -> None:
    assert spellings("quoc") == ("quôc", "quốc", "quộc")
    assert {"lua", "lúa", "lụa", "lứa", "lừa", "lửa", "lựa"} <= set(spellings("lua"))
    assert {"được", "dược", "đuốc", "duộc"} <= set(spellings("duoc"))
    assert {"hòa", "hóa"} <= set(spellings("hoa"))  # tones placed as in matching forms
    assert spellings("trump") == spellings("") == spellings("lúa") == ()


@pytest.mark.parametrize(
    ("letters", "tone", "syllable"),
    [
        ("tinh", "\u0309", "tỉnh"),
        ("hoa", "\u0300", "hòa"),
        ("thuy", "\u0309", "thủy"),
        ("quy", "\u0301", "quý"),
        ("gia", "\u0309", "giả"),
        ("đươc", "\u0323", "được"),
        ("toan", "\u0300", "toàn"),
        ("th", "\u0301", None),
    ],
)
def test_where_the_tone_mark_stands(letters: str, tone: str, syllable: str | None) -> None:
    assert place_tone(letters, tone) == syllable


def test_misplaced_tone_marks() -> None:
    assert tones_in_place("Gía TÒAN phần đựơc qùa") == "Giá TOÀN phần được quà"
    right = "Hoà bình, hòa bình, thuỷ lợi, khuỷu tay, quý, giêng, Đắk Lắk, Nguyễn, iPhone, Gödel 16,8%"
    assert tones_in_place(right) == right
