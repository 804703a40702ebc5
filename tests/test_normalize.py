from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.normalize import Word, fold, has_accents, matching_form, nfc, tokens, unify_tones, words


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hoà bình", "hòa bình"),
        ("thuỷ sản", "thủy sản"),
        ("THUỶ", "THỦY"),
        ("khoẻ", "khỏe"),
        ("uý", "úy"),
        ("quý", "quý"),  # qu is a consonant
        ("quỳnh", "quỳnh"),
        ("toàn", "toàn"),  # a closed syllable has its tone on the main vowel in both orthographies
        ("loại", "loại"),
    ],
)
def test_tone_marks_go_where_the_new_orthography_puts_them(old: str, new: str) -> None:
    assert unify_tones(old) == new


@pytest.mark.parametrize(
    ("accented", "plain"),
    [("Đồng chí Chẩu Văn Lâm", "Dong chi Chau Van Lam"), ("ước đạt 16,8%", "uoc dat 16,8%"), ("½ ™", "½ ™")],
)
def test_folding_removes_every_diacritic_and_nothing_else(accented: str, plain: str) -> None:
    assert fold(accented) == plain


def test_decomposed_text_matches_composed_text() -> None:
    assert tokens(unicodedata.normalize("NFD", "Thuỷ sản Đà Nẵng")) == ["thủy", "sản", "đà", "nẵng"]


def test_numbers_keep_their_inner_separators() -> None:
    assert tokens("147-KH/TU, 2.100 người, 16,8% ngày 25/9.") == [
        "147",
        "kh",
        "tu",
        "2.100",
        "người",
        "16,8",
        "ngày",
        "25/9",
    ]


def test_words_know_where_they_stand() -> None:
    assert words("Ở Huế, 5%") == [Word("ở", 0, 1), Word("huế", 2, 5), Word("5", 7, 8)]


@pytest.mark.parametrize(("text", "accented"), [("bi thu tinh uy", False), ("bí thư", True), ("đ", True)])
def test_accents_are_noticed(text: str, accented: bool) -> None:
    assert has_accents(text) is accented


@given(st.text())
def test_every_form_keeps_the_offsets_of_the_composed_text(text: str) -> None:
    assert len(matching_form(text)) == len(fold(text)) == len(nfc(text))
