from __future__ import annotations

import pytest

from rag.language.offices import called, office_in


@pytest.mark.parametrize(
    ("question", "office"),
    [
        ("Ai là Chủ tịch UBND tỉnh Lam Giang?", "Chủ tịch UBND tỉnh"),
        ("Bí thư Tỉnh ủy Lam Giang năm 2022 là ai?", "Bí thư Tỉnh ủy"),
        ("Phó Giám đốc Sở Giáo dục và Đào tạo là ai?", "Phó Giám đốc Sở Giáo dục và Đào tạo"),
        ("bí thư tỉnh ủy là ai", "bí thư tỉnh ủy"),
        ("Ai khởi công cầu Sông Mây?", None),
        ("", None),
    ],
)
def test_office_in(question: str, office: str | None) -> None:
    assert office_in(question) == office


@pytest.mark.parametrize(
    ("sentence", "office", "people"),
    [
        ("Giám đốc Sở GD&ĐT Tạ Văn Hợi nói.", "Giám đốc Sở Giáo dục và Đào tạo", ["Tạ Văn Hợi"]),
        ("Phó Giám đốc Sở GD&ĐT Vũ Thị Lành nói.", "Giám đốc Sở GD&ĐT", []),
        ("Dự có Lê Én, Bí thư Huyện ủy; Vũ Sơn, Bí thư Huyện ủy.", "Bí thư Huyện ủy", ["Lê Én", "Vũ Sơn"]),
        ("Bí thư Tỉnh ủy giao Ban Tổ chức rà soát. Ông Lê Én nhận.", "Bí thư Tỉnh ủy", []),
        ("Bí thư Tỉnh ủy chủ trì.", "Bí thư Tỉnh ủy", []),
    ],
)
def test_called(sentence: str, office: str, people: list[str]) -> None:
    assert called(sentence, office) == people
