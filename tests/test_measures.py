from __future__ import annotations

import pytest

from rag.language.measures import is_counted_otherwise, is_measured_otherwise, measures_asked


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Một máy sấy cá giá bao nhiêu?", {"money"}),
        ("gia nuoc sach o Song May bao nhieu", {"money"}),
        ("Số tiền chiếm đoạt là bao nhiêu?", {"money"}),
        ("Giá xăng tăng bao nhiêu?", {"money", "share"}),
        ("Người bệnh phải đi bao xa?", {"length", "time"}),
        ("Cầu dài bao nhiêu mét?", {"length", "time"}),
        ("Lễ hội kéo dài bao lâu?", {"time"}),
        ("Khu đất rộng bao nhiêu mét vuông?", {"area"}),
        ("Có bao nhiêu đội tham gia giải?", set()),
        ("gia dinh ong co bao nhieu nguoi", set()),
        ("Quốc gia nào có bao nhiêu tỉnh?", set()),
        ("Tỷ lệ hộ nghèo là bao nhiêu?", set()),
        ("Ai thiết kế cầu?", set()),
    ],
)
def test_what_a_question_wants_measured(question: str, wanted: set[str]) -> None:
    assert measures_asked(question) == wanted


@pytest.mark.parametrize(
    ("text", "question", "otherwise"),
    [
        ("Cánh đồng rộng 32 ha.", "Đường vào lễ hội tắc dài bao nhiêu?", True),
        ("Giá máy sấy là 49 MW.", "Máy sấy giá bao nhiêu?", True),
        ("Máy sấy giá 48 triệu đồng, nặng 60 kg.", "Máy sấy giá bao nhiêu?", False),
        ("Máy sấy được 80 con cá.", "Máy sấy giá bao nhiêu?", False),  # it counts
        ("Máy sấy đắt.", "Máy sấy giá bao nhiêu?", False),
        ("Vé tăng 20%.", "Giá vé tăng bao nhiêu?", False),
        ("Cầu dài 486 m.", "Cầu dài bao nhiêu và xây hết bao nhiêu tiền?", False),  # half of it
        ("Khánh thành ngày 30/6/2023.", "Cầu giá bao nhiêu?", False),  # a day is no figure
    ],
)
def test_a_figure_that_measures_something_else(text: str, question: str, otherwise: bool) -> None:
    assert is_measured_otherwise(text, question) is otherwise


@pytest.mark.parametrize(
    ("sentence", "quote", "otherwise"),
    [
        ("Bệnh viện có 64 giường bệnh.", "Toàn huyện có 64 người cần lọc máu.", True),
        ("64 máy", "Có 64 người cần lọc máu; bệnh viện xin thêm 8 máy.", True),
        ("Có 37 hồ sơ.", "Phát hiện 37 trong số 1.240 hồ sơ.", False),
        ("Cầu dài 486 mét.", "Cầu dài 486 m, rộng 12 m.", False),
        ("Có 24 chiếc xe buýt.", "Tỉnh mua 24 xe buýt điện.", False),
        ("Có 243 nạn nhân.", "Số bị hại tăng lên 243 người.", False),
        ("Có 64.", "Có 64 người cần lọc máu.", False),
        ("Có 65 giường bệnh.", "Có 64 người cần lọc máu.", False),  # a figure of its own: `verification`
    ],
)
def test_a_figure_that_counts_something_else(sentence: str, quote: str, otherwise: bool) -> None:
    assert is_counted_otherwise(sentence, [quote]) is otherwise
