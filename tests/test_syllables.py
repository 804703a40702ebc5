from __future__ import annotations

import pytest

from rag.language.syllables import could_be_syllable, is_syllable, split_tone


@pytest.mark.parametrize(
    "word",
    ["nghiêng", "quý", "gì", "giêng", "người", "ủy", "Tỉnh", "khuya", "quyết", "ăn", "y", "được", "hòa"],
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
