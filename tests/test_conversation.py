from __future__ import annotations

from pathlib import Path

import pytest

from rag.answering.conversation import TURNS, standalone
from rag.evaluation.cases import read_cases
from rag.types import Message

DEMO = read_cases([Path(__file__).parent / "eval" / "demo.jsonl"])


def turns(*said: str) -> list[Message]:
    """Questions and answers in turn."""
    return [Message(role="user" if i % 2 == 0 else "assistant", content=text) for i, text in enumerate(said)]


MAYOR = turns("Ai là Bí thư Tỉnh ủy Hà Trung Sơn?", "Bí thư Tỉnh ủy Hà Trung Sơn là bà Hà Thị Mai. [1]")
BRIDGE = turns("Cầu Sông Mây khởi công khi nào?")
BUDGET = turns("Thu ngân sách của Tuyên Quang năm 2021 là bao nhiêu?", "2.600 tỷ đồng. [1]")
MEETING = turns(
    "Ai chủ trì hội nghị Ban Chấp hành Đảng bộ tỉnh Hà Nam?", "Ông Trần Văn Hòa và bà Lê Thị Sen chủ trì. [1]"
)


@pytest.mark.parametrize(
    ("question", "history", "expected"),
    [
        ("Bà còn giữ những chức vụ nào khác?", MAYOR, "Hà Thị Mai còn giữ những chức vụ nào khác?"),
        ("Bà ấy sinh năm nào?", MAYOR, "Hà Thị Mai sinh năm nào?"),
        ("ba ay sinh nam nao", MAYOR, "Hà Thị Mai sinh nam nao"),
        ("Quê của bà?", MAYOR, "Quê của Hà Thị Mai?"),
        ("Bà Lò Thị Én trồng bao nhiêu hecta lúa?", MAYOR, "Bà Lò Thị Én trồng bao nhiêu hecta lúa?"),
        ("Bà còn giữ chức gì?", [], "Bà còn giữ chức gì?"),
        ("Ông ấy giữ chức gì?", MEETING, "Trần Văn Hòa giữ chức gì?"),
        ("Bà ấy giữ chức gì?", MEETING, "Lê Thị Sen giữ chức gì?"),
        (
            "Họ nói gì?",
            MEETING,
            "Họ nói gì (chủ trì hội nghị Ban Chấp hành Đảng bộ tỉnh Hà Nam; Trần Văn Hòa; Lê Thị Sen)?",
        ),
    ],
)
def test_a_pronoun_becomes_whom_it_means(question: str, history: list[Message], expected: str) -> None:
    assert standalone(question, history).text == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Còn năm 2022?", "Thu ngân sách của Tuyên Quang năm 2022 là bao nhiêu?"),
        ("con nam 2022", "Thu ngân sách của Tuyên Quang năm 2022 là bao nhiêu?"),
        ("Năm 2020?", "Thu ngân sách của Tuyên Quang năm 2020 là bao nhiêu?"),
        ("Còn năm sau?", "Thu ngân sách của Tuyên Quang năm 2022 là bao nhiêu?"),
        ("Thế năm trước đó?", "Thu ngân sách của Tuyên Quang năm 2020 là bao nhiêu?"),
        ("Còn tháng 6/2022?", "Thu ngân sách của Tuyên Quang tháng 6/2022 là bao nhiêu?"),
        ("Quý II thì sao?", "Thu ngân sách của Tuyên Quang quý II năm 2021 là bao nhiêu?"),
        ("Còn Bắc Ninh thì sao?", "Thu ngân sách của Bắc Ninh năm 2021 là bao nhiêu?"),
        ("Ở Hà Nam thì sao?", "Thu ngân sách của Hà Nam năm 2021 là bao nhiêu?"),
        ("Còn tỉnh Lam Giang?", "Thu ngân sách của tỉnh Lam Giang năm 2021 là bao nhiêu?"),
    ],
)
def test_another_time_or_place_takes_the_place_of_the_last(question: str, expected: str) -> None:
    assert standalone(question, BUDGET).text == expected


def test_a_time_is_added_where_none_was() -> None:
    history = turns("Lam Giang đón bao nhiêu khách?", "2,47 triệu lượt. [1]")
    assert standalone("Còn năm 2023 thì sao?", history).text == "Lam Giang đón bao nhiêu khách năm 2023?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Ai chủ trì?", "Ai chủ trì (Cầu Sông Mây khởi công)?"),
        ("vi sao", "vi sao (Cầu Sông Mây khởi công)?"),
        ("Công trình đó dài bao nhiêu?", "Công trình đó dài bao nhiêu (Cầu Sông Mây khởi công)?"),
        ("Cầu đó dài mấy mét?", "Cầu Sông Mây dài mấy mét?"),
        ("Thế còn nhà thầu?", "Thế còn nhà thầu (Cầu Sông Mây khởi công)?"),
    ],
)
def test_what_leaves_its_subject_unsaid_gets_the_topic(question: str, expected: str) -> None:
    assert standalone(question, BRIDGE).text == expected


def test_what_an_answer_brought_up_is_pointed_at_too() -> None:
    history = turns("Trường nào mới mở ở Hà Trung Sơn?", "Trường mới là THPT An Thuận. [1]")
    assert standalone("Trường đó tuyển bao nhiêu em?", history).text == (
        "Trường đó tuyển bao nhiêu em (Trường mới mở Hà Trung Sơn; THPT; An Thuận)?"
    )


def test_each_turn_is_resolved_before_the_next() -> None:
    history = [*BUDGET, *turns("Còn năm 2022?", "2.900 tỷ đồng. [1]")]
    assert standalone("Còn Bắc Ninh?", history).text == "Thu ngân sách của Bắc Ninh năm 2022 là bao nhiêu?"
    history += turns("Còn Bắc Ninh?", "30.000 tỷ đồng. [1]")
    assert standalone("Vì sao tăng?", history).text == "Vì sao tăng (Thu ngân sách Bắc Ninh năm 2022)?"
    history += turns("Vì sao tăng?", "Do thu từ đất. [1]")
    assert standalone("Ai phát biểu?", history).text == "Ai phát biểu (Thu ngân sách Bắc Ninh năm 2022)?"


def test_a_question_in_passing_does_not_become_the_topic() -> None:
    history = turns(
        "Sinh viên Lam Phố chế máy sấy gì?", "Máy sấy cá.", "Mỗi mẻ sấy được bao nhiêu?", "80 kg."
    )
    assert standalone("Giá bao nhiêu một máy?", history).text == (
        "Giá bao nhiêu một máy (Sinh viên Lam Phố chế máy sấy)?"
    )


def test_a_new_topic_replaces_the_old() -> None:
    history = [*BUDGET, *turns("Cầu Sông Mây dài bao nhiêu mét?", "486 m. [1]")]
    assert standalone("Ai thiết kế?", history).text == "Ai thiết kế (Cầu Sông Mây dài mét)?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Phà Cồn Sim chạy từ mấy giờ đến mấy giờ?", "Vé bao nhiêu (Phà Cồn Sim chạy)?"),
        ("pha con sim chay tu may gio den may gio", "Vé bao nhiêu (pha con sim chay)?"),
        ("Mấy giờ phà Cồn Sim chạy?", "Vé bao nhiêu (phà Cồn Sim chạy)?"),
        ("Phà Cồn Sim đổi giờ chạy khi nào?", "Vé bao nhiêu (Phà Cồn Sim đổi giờ chạy)?"),
    ],
)
def test_the_hour_that_was_asked_for_is_no_topic(question: str, expected: str) -> None:
    assert standalone("Vé bao nhiêu?", turns(question, "Từ 5 giờ đến 21 giờ. [1]")).text == expected


def test_after_a_refusal_the_topic_is_still_known() -> None:
    history = turns("Cầu Cồn Sim khởi công ngày nào?", "Không tìm thấy câu trả lời trong các bài báo đã nạp.")
    assert standalone("Vì sao?", history).text == "Vì sao (Cầu Cồn Sim khởi công ngày)?"


def test_only_the_last_turns_of_a_long_conversation_count() -> None:
    history = turns("Ai là Bí thư Tỉnh ủy Hà Nam?", "Bà Hà Thị Mai. [1]")
    for number in range(TURNS):
        history += turns(f"Cầu số {number} dài bao nhiêu?", "12 m. [1]")
    assert standalone("Bà ấy quê ở đâu?", history).text == "Bà ấy quê ở đâu (Cầu số 5 dài; Cầu số 4 dài)?"
    assert standalone("Bà ấy quê ở đâu?", history[:-2]).text == "Hà Thị Mai quê ở đâu?"


@pytest.mark.parametrize(
    "question",
    [
        "Ba người bị thương trong vụ nổ ở xưởng cơ khí được chữa ở đâu?",
        "Bà con được hỗ trợ gì sau cơn bão số 3?",
        "Con số 62.000 khách sai vì đâu?",
        "Hồ Đá Dựng rộng bao nhiêu?",
        "ho da dung tuoi cho bao nhieu hecta lua",
        "Năm nay lúa đông xuân được mùa hay mất mùa?",
    ],
)
def test_what_only_looks_like_a_follow_up_is_left_alone(question: str) -> None:
    assert standalone(question, MAYOR).text == question


UNRELATED = [
    MAYOR,
    BUDGET,
    MEETING,
    turns("Giá vàng SJC hôm nay?", "Không tìm thấy câu trả lời trong các bài báo đã nạp."),
    turns("gio mo cua thu vien toa tau", "Từ 7 giờ đến 16 giờ. [1]"),
]


@pytest.mark.parametrize("history", UNRELATED)
def test_a_change_of_topic_is_noticed(history: list[Message]) -> None:
    questions = [case.question for case in DEMO if not case.history]
    assert [q for q in questions if standalone(q, history).text != q] == []


def test_every_follow_up_of_our_own_cases_is_filled_in() -> None:
    follow_ups = [case for case in DEMO if case.history]
    resolved = {case.id: standalone(case.question, case.history).text for case in follow_ups}
    assert [case.id for case in follow_ups if resolved[case.id] == case.question] == []


@pytest.mark.parametrize(
    ("question", "guessed"),
    [
        ("Giá vàng bao nhiêu?", True),  # may be about the bridge, or about gold
        ("Năm 2023 tổ chức ở đâu?", True),  # a year is no subject
        ("Vì sao?", False),  # has nothing of its own to be about
        ("Còn giá vé?", False),  # says that it goes on
        ("Cầu đó dài bao nhiêu?", False),
    ],
)
def test_a_guess_is_said_to_be_one(question: str, guessed: bool) -> None:
    assert standalone(question, BRIDGE).guessed == guessed


def test_a_long_question_leaves_the_topic_before_it_behind() -> None:
    history: list[Message] = [
        *BRIDGE,
        {"role": "user", "content": "Ai vô địch giải bóng chuyền nông dân 2024?"},
        {"role": "assistant", "content": "Xã Hải Vân Thượng vô địch. [1]"},
    ]
    resolved = standalone("Đội đó được thưởng bao nhiêu?", history)
    assert resolved.text == (
        "Đội đó được thưởng bao nhiêu (vô địch giải bóng chuyền nông dân 2024; Hải Vân Thượng)?"
    )
