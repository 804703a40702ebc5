from __future__ import annotations

import pytest

from rag.language.twofold import Part, parts_of


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Vụ nổ xảy ra ở đâu và làm bao nhiêu người bị thương?", ["place", "number"]),
        ("vu no xay ra o dau va lam bao nhieu nguoi bi thuong", ["place", "number"]),
        ("Công ty bị phạt bao nhiêu tiền và tại sao?", ["number", "cause"]),
        ("Công ty bị phạt bao nhiêu tiền, vì sao?", ["number", "cause"]),
        ("Ai thiết kế cây cầu và khi nào?", ["person", "date"]),
        ("Lượng khách đông nhất là bao nhiêu vào ngày nào?", ["number", "date"]),
        ("Chợ họp ở đâu, mấy giờ, ai được vào?", ["place", "hour", "person"]),
        ("Nhà máy làm ra gì và ở tỉnh nào?", ["place"]),  # a thing is not told by its form
        ("Lê Văn Tám là ai và sinh năm nào?", ["date"]),
        ("Ai là Chủ tịch UBND tỉnh và nhậm chức khi nào?", ["date"]),
        # One thing each
        ("Cầu dài bao nhiêu mét?", []),
        ("Trong quý I/2021, tỉnh Lam Giang và Hà Trung Sơn thu bao nhiêu?", []),
        ("Ai là Giám đốc Sở Giáo dục và Đào tạo?", []),
        ("Lý do xóa bỏ chức vụ này là gì?", []),
        ("Sau ngày độc lập, những nước nào có số lượng người nhập cư nhiều nhất?", []),
        ("Giá 1,5 triệu đồng áp dụng từ ngày nào?", []),
        ("", []),
    ],
)
def test_parts_of(question: str, kinds: list[str]) -> None:
    assert [part.kind for part in parts_of(question)] == kinds


def test_a_part_asks_with_its_own_words() -> None:
    assert parts_of("Cầu dài bao nhiêu mét và tốn bao nhiêu tiền?") == (
        Part("number", "Cầu dài bao nhiêu mét "),
        Part("number", "và tốn bao nhiêu tiền?"),
    )


def test_a_number_of_something_else_holds_a_part_less() -> None:
    length, cost = parts_of("Cầu dài bao nhiêu mét và tốn bao nhiêu tiền?")
    assert (length.held_by("Cầu dài 486 m."), cost.held_by("Cầu dài 486 m.")) == (1.0, 0.8)
    assert cost.held_by("Cầu tốn 900 tỷ đồng.") == 1.0
