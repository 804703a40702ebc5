from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.claims import (
    FIGURE_WEIGHT,
    NAME_WEIGHT,
    NOTHING,
    WORD_WEIGHT,
    Claim,
    claims_of,
    facts_of,
)
from rag.language.dates import DateMention


def test_words_names_numbers_and_days_each_weigh_their_own() -> None:
    number, *words = claims_of("Cầu Sông Mây tăng 16,8%.")
    assert number == Claim((16.8, True), FIGURE_WEIGHT)
    assert words == [
        Claim("cầu", NAME_WEIGHT),
        Claim("sông", NAME_WEIGHT),
        Claim("mây", NAME_WEIGHT),
        Claim("tăng", WORD_WEIGHT),
    ]
    (day,) = claims_of("30/6/2023")
    assert (day.what, day.weight) == (DateMention(30, 6, 2023, 0, 9), FIGURE_WEIGHT)


def test_quantities_are_their_value_and_not_their_spelling() -> None:
    assert claims_of("2.100 người") == claims_of("2100 người") == (Claim((2100.0, False), FIGURE_WEIGHT),)
    assert claims_of("347 tỷ đồng") == (Claim((347e9, False), FIGURE_WEIGHT),)


def test_each_thing_is_claimed_once() -> None:
    assert claims_of("Vụ 2 vụ 2") == (Claim((2.0, False), FIGURE_WEIGHT), Claim("vụ", WORD_WEIGHT))


def test_numbered_documents_are_figures() -> None:
    assert [claim.what for claim in claims_of("Nghị quyết 57-NQ/TW") if claim.is_figure] == ["57"]


def test_a_sentence_of_small_words_claims_those() -> None:
    assert [claim.what for claim in claims_of("Thì là mà.")] == ["thì", "là", "mà"]
    assert claims_of("") == claims_of("?!") == ()


def says(text: str, sentence: str) -> bool:
    """Whether `text` says all the figures of `sentence`."""
    facts = facts_of(text)
    return all(facts.say(claim) for claim in claims_of(sentence) if claim.is_figure)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dài 2.100 m", "dài 2100 m"),
        ("16,8%", "16,8 phần trăm"),
        ("ngày 30/6/2023", "30 tháng 6 năm 2023"),
        ("ngày 30/6/2023", "tháng 6/2023"),
        ("ngày 30/6/2023", "năm 2023"),
        ("ngày 30/6/2023", "quý II/2023"),
        ("Sáng 15/3", "ngày 15/3/2021"),  # the year is that of the article
        ("Sáng 15/3. 16/03/2021", "ngày 15/3/2021"),
        ("Theo Nghị quyết 57-NQ/TW", "Nghị quyết 57-NQ/TW"),
    ],
)
def test_the_same_figure_in_other_words(text: str, sentence: str) -> None:
    assert says(text, sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("5 triệu đồng", "5 tỷ đồng"),
        ("16,8%", "16,8 điểm"),
        ("16,8%", "168%"),
        ("ngày 30/6/2023", "30/7/2023"),
        ("ngày 30/6/2023", "30/6/2022"),
        ("năm 2023", "ngày 30/6/2023"),  # less exact than what is claimed
        ("tháng 6/2023", "ngày 30/6/2023"),
        ("năm 2023", "ngày 30/6"),
        ("quý II/2023", "tháng 5/2023"),
        ("năm 2023", "quý II/2023"),
        ("Sáng 15/3", "năm 2021"),
        ("Sáng 15/3. 16/03/2021", "ngày 15/3/1999"),
        ("Nghị quyết 57-NQ/TW", "Nghị quyết 58-NQ/TW"),
        ("", "486 m"),
    ],
)
def test_another_figure(text: str, sentence: str) -> None:
    assert not says(text, sentence)


def test_words_are_said_in_any_case_and_tone_placement() -> None:
    assert facts_of("HOÀ bình").say(Claim("hòa", 1.0))
    assert not facts_of("Hòa bình").say(Claim("hoa", 1.0))


def test_abbreviations_are_said_both_ways() -> None:
    assert facts_of("BCH Đảng bộ tỉnh").say(Claim("chấp", 1.0))
    assert facts_of("Ban Chấp hành Đảng bộ tỉnh").say(Claim("bch", 1.0))


def test_facts_add_up() -> None:
    both = facts_of("Cầu dài 486 m.") | facts_of("Khởi công 15/3/2021.")
    assert says("Cầu dài 486 m. Khởi công 15/3/2021.", "Cầu dài 486 m, khởi công 15/3/2021.")
    assert all(both.say(claim) for claim in claims_of("Cầu dài 486 m, khởi công 15/3/2021."))
    assert facts_of("a") | NOTHING == facts_of("a")


@given(st.text(max_size=120))
def test_every_text_says_what_it_claims(sentence: str) -> None:
    facts = facts_of(sentence)
    assert [claim for claim in claims_of(sentence) if not facts.say(claim)] == []
