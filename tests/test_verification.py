from __future__ import annotations

import pytest

from rag.answering.claims import NOTHING, claims_of, facts_of
from rag.answering.verification import (
    Fault,
    capitalised,
    fault_of,
    language_fault,
    names_said,
    speech_said,
)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Ông Thưởng chủ trì.", "Đồng chí Võ Văn Thưởng chủ trì hội nghị."),
        ("Hội nghị do Võ Văn Thưởng chủ trì.", "VÕ VĂN THƯỞNG chủ trì"),
        ("Bí thư Ban Chấp hành Đảng bộ.", "bí thư BCH Đảng bộ"),
        ("Bí thư BCH Đảng bộ.", "bí thư Ban Chấp hành Đảng bộ"),
        ("Sở đặt ở TP.HCM.", "Sở tại Thành phố Hồ Chí Minh"),
        ("Sở đặt ở Thành phố Hồ Chí Minh.", "Sở tại TP.HCM"),
        ("Ở Thanh Hoá có mưa.", "Mưa ở Thanh Hóa"),
        ("Tính đến quý II, thu 5 tỷ.", "quý 2 thu 5 tỷ"),
    ],
)
def test_a_name_is_said_in_another_spelling(sentence: str, said: str) -> None:
    assert names_said(sentence, facts_of(said), NOTHING)


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Hội nghị do Võ Văn Thưởng chủ trì.", "Hội nghị do ông Trần Văn Nam chủ trì"),
        (
            "Hội nghị do Trần Văn Nam chủ trì.",
            "Bà Trần Thị Sen và ông Lê Văn Nam chủ trì",
        ),  # of two people one
        ("Hội nghị do ông Thưởng chủ trì.", "Hội nghị do ông Nam chủ trì"),
        ("Hội nghị ở Lam Giang.", "Hội nghị ở tỉnh"),
        ("Hội nghị do Võ Văn Thưởng chủ trì.", "Hội nghị do ông Thưởng chủ trì"),  # which Thưởng?
    ],
)
def test_a_name_that_is_not_said(sentence: str, said: str) -> None:
    assert not names_said(sentence, facts_of(said), NOTHING)


def test_the_question_may_call_somebody_by_the_full_name() -> None:
    said, asked = facts_of("Ông Thưởng chủ trì hội nghị."), facts_of("Võ Văn Thưởng làm gì?")
    assert names_said("Đồng chí Võ Văn Thưởng chủ trì hội nghị.", said, asked)
    assert not names_said("Đồng chí Võ Văn Thưởng chủ trì.", facts_of("Ông Nam chủ trì."), asked)


def test_the_word_that_opens_a_sentence_is_no_name() -> None:
    assert capitalised("Theo Sở Y tế, quý II có XIV ca.") == {"sở", "y"}


@pytest.mark.parametrize(
    ("sentence", "quoted", "said"),
    [
        ("Ông nói: “Từ nay con tôi đi học gần hơn”.", "“Từ nay con tôi đi học gần hơn”, ông nói.", True),
        ('Ông nói: "từ nay  con tôi đi học gần hơn".', "Từ nay con tôi đi học gần hơn, ông nói.", True),
        ("Ông nói: “Con tôi từ nay đi học gần hơn”.", "“Từ nay con tôi đi học gần hơn”, ông nói.", False),
        ("Ông không nói gì.", "", True),
    ],
)
def test_what_stands_between_quotation_marks_was_said_so(sentence: str, quoted: str, said: bool) -> None:
    assert speech_said(sentence, [quoted]) is said


def test_speech_may_be_spread_over_two_quotes() -> None:
    sentence = "Ông nói: “Cầu đã xong. Dân rất vui.”"
    assert speech_said(sentence, ["“Cầu đã xong.", "Dân rất vui.” Ông nói thế."])
    assert not speech_said(sentence, ["“Cầu đã xong."])


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Cầu Sông Mây dài 486 m.", None),
        ("Cầu Sông Mây dài 684 m.", "figure"),
        ("Cầu Sông Hồng dài 486 m.", "name"),
        ("Cầu Sông Mây “dài nhất tỉnh”.", "quotation"),
        ("Công trình do nước ngoài tài trợ toàn bộ.", "words"),
    ],
)
def test_the_worst_fault_is_named(sentence: str, fault: Fault | None) -> None:
    text = "Cầu Sông Mây dài 486 m, rộng 12 m."
    assert fault_of(sentence, claims_of(sentence), facts_of(text), [text], NOTHING) == fault


@pytest.mark.parametrize(
    ("sentence", "quote", "fault"),
    [
        ("Chủ tịch UBND tỉnh Vi Văn Thắng dự.", "Phó Chủ tịch UBND tỉnh Vi Văn Thắng dự.", "name"),
        ("Phó Chủ tịch tỉnh Vi Văn Thắng dự.", "Chủ tịch tỉnh Vi Văn Thắng dự, phó giám đốc vắng.", "name"),
        ("Chủ tịch tỉnh Vi Văn Thắng dự.", "Chủ tịch tỉnh Vi Văn Thắng và một Phó Chủ tịch tỉnh dự.", None),
        ("Giám đốc Vi Văn Thắng dự lễ.", "Ông Vi Văn Thắng dự lễ.", None),  # no office there to be mistaken
    ],
)
def test_nobody_is_promoted(sentence: str, quote: str, fault: Fault | None) -> None:
    assert fault_of(sentence, claims_of(sentence), facts_of(quote), [quote], NOTHING) == fault


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Quán không được dùng đồ nhựa vì chưa có giấy phép.", "words"),  # all that is new is invented
        ("Quán không được dùng đồ nhựa vì huyện cấm.", None),
        (
            "Thứ 18/11 huyện cấm hàng quán dùng đồ nhựa.",
            None,
        ),  # a figure weighs more than a word
        ("Quán không được dùng đồ nhựa.", None),  # nothing is new
    ],
)
def test_what_the_question_does_not_say_itself_must_be_said(sentence: str, fault: Fault | None) -> None:
    quote = "Từ 18/11, huyện cấm hàng quán dùng đồ nhựa một lần; quán không được dùng, vi phạm bị phạt."
    asked = facts_of("Vì sao quán không được dùng đồ nhựa?")
    assert fault_of(sentence, claims_of(sentence), facts_of(quote), [quote], asked) == fault


def test_the_language_is_looked_at_first() -> None:
    assert language_fault("The bridge is 486 m long.", "Cầu dài 486 m.") == "language"
    assert language_fault("桥长486米。", "") == "language"
    assert language_fault("Cầu dài 486 m.", "") is None
