from __future__ import annotations

import pytest

from rag.answering.holders import holder_of
from rag.types import Article, Quote


def quote(text: str, title: str = "Lam Giang") -> Quote:
    return Quote(Article(text, title, text), 0, len(text))


@pytest.mark.parametrize(
    ("question", "sentence", "name"),
    [
        (
            "Ai là Bí thư Tỉnh ủy Lam Giang?",
            "Phó Bí thư Thường trực Tỉnh ủy Ngô Thị Bình thay Bí thư Tỉnh ủy Trần Đình Khoát đi họp.",
            "Trần Đình Khoát",
        ),
        ("Ai là Bí thư Tỉnh ủy?", "Ông Trần Đình Khoát, Bí thư Tỉnh ủy, chủ trì.", "Trần Đình Khoát"),
        (  # further offices before the name
            "Bí thư Tỉnh ủy là ai?",
            "Bí thư Tỉnh ủy, Trưởng đoàn ĐBQH tỉnh Chẩu Thị Lâm dự.",
            "Chẩu Thị Lâm",
        ),
        (  # further offices behind it, and before it; the next in the list is somebody else
            "Ai là Bí thư Tỉnh ủy?",
            "Lê Thị Én, Ủy viên T.Ư Đảng, Bí thư Tỉnh ủy, Chủ tịch HĐND tỉnh; Vũ Hoàng Anh, Phó Bí thư dự.",
            "Lê Thị Én",
        ),
        (
            "Ai là Chủ tịch UBND tỉnh?",
            "Dự có Lê Thị Én, Bí thư Tỉnh ủy, Vũ Hoàng Anh, Phó Bí thư Tỉnh ủy, Chủ tịch UBND tỉnh.",
            "Vũ Hoàng Anh",
        ),
        (
            "Ai là Bí thư Tỉnh ủy?",
            "Dự có Lê Thị Én, Bí thư Tỉnh ủy, Vũ Hoàng Anh, Phó Bí thư Tỉnh ủy, Chủ tịch UBND tỉnh.",
            "Lê Thị Én",
        ),
        (
            "Ai là Chủ tịch HĐND tỉnh?",
            "Dự có Bí thư Tỉnh ủy Lê Thị Én, Chủ tịch HĐND tỉnh Phan Quang Sửu.",
            "Phan Quang Sửu",
        ),
        (  # abbreviated in one, spelled out in the other
            "Chủ tịch Hội đồng nhân dân tỉnh tên là gì?",
            "Chủ tịch HĐND tỉnh Phan Quang Sửu kết luận.",
            "Phan Quang Sửu",
        ),
        ("Phó Chủ tịch tỉnh là ai?", "Phó Chủ tịch tỉnh, bà Lê Thị Nhàn, nói.", "Lê Thị Nhàn"),
        ("Ai là Chủ tịch tỉnh?", "Phó Chủ tịch tỉnh Lê Thị Nhàn nói.", None),  # a deputy
        ("Ai là Chủ tịch tỉnh?", "Chủ tịch tỉnh thăm bà Lê Thị Nhàn.", None),  # whom he visits
        ("Ai là Chủ tịch tỉnh Hà Sơn?", "Chủ tịch tỉnh Lê Thị Nhàn nói.", None),  # of another province
        ("Ai khởi công cầu?", "Chủ tịch tỉnh Lê Thị Nhàn khởi công cầu.", None),  # no office is asked about
        ("Chủ tịch tỉnh nói gì?", "Chủ tịch tỉnh Lê Thị Nhàn nói.", None),
    ],
)
def test_holder_of(question: str, sentence: str, name: str | None) -> None:
    assert holder_of(question, [quote(sentence)]) == name


def test_where_two_hold_the_office_nobody_is_chosen() -> None:
    quotes = [quote("Bí thư Tỉnh ủy Trần Đình Khoát dự."), quote("Bí thư Tỉnh ủy Lê Thị Nhàn dự.")]
    assert holder_of("Bí thư Tỉnh ủy là ai?", quotes) is None
    assert holder_of("Bí thư Tỉnh ủy là ai?", []) is None
