from __future__ import annotations

import pytest

from rag.language.names import Name, Number, is_list, names, numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ai là Chủ tịch UBND thành phố Hà Nội?", ["UBND", "Hà Nội"]),
        ("Bà Lê Thị Kim Dung, Chủ tịch HĐND tỉnh", ["Lê Thị Kim Dung", "HĐND"]),
        ("Theo Nguyễn Văn An, Vinamilk đứng đầu.", ["Nguyễn Văn An", "Vinamilk"]),
        ("Hội nghị Ban Chấp hành Trung ương khóa XIII", ["Ban Chấp hành Trung ương"]),
        ("Quốc hội họp ở Hà Nội. Tại Huế trời mưa.", ["Quốc hội", "Hà Nội", "Huế"]),
        ("Ông Trump và Tổng thống Pháp", ["Trump", "Pháp"]),
        ("LÊ THỊ KIM DUNG", ["LÊ THỊ KIM DUNG"]),
        ("Giá xăng hôm nay bao nhiêu?", []),
        ("Quý I/2023 Hà Trung Sơn bán 20 tấn. Ông Vũ Quý mua.", ["Hà Trung Sơn", "Vũ Quý"]),
        ("gia xang hom nay", []),
        ("", []),
    ],
)
def test_names(text: str, found: list[str]) -> None:
    assert [name.text for name in names(text)] == found


def test_offsets_of_names() -> None:
    assert names("ở Hà Nội.") == [Name("Hà Nội", 2, 8)]


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Lê Thị Kim Dung", "Lê Thị Kim Dung"),
        ("Trần Hưng", "Trần Hưng"),
        ("Bí thư Tỉnh ủy Lê Thị Lan", "Lê Thị Lan"),
        ("Anh Phạm Hoàng Anh", "Phạm Hoàng Anh"),
        ("Tỉnh ủy Lâm Đồng", None),
        ("Bắc Kinh", None),
        ("Vinamilk", None),
    ],
)
def test_the_person_in_a_name(text: str, person: str | None) -> None:
    name = names(f"ở {text} đó")[-1]
    assert (name.person, name.is_person) == (person, person is not None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("đạt 2.100 xã", [(2100.0, "xã", "2.100 xã")]),
        ("tăng 16,8%", [(16.8, "%", "16,8%")]),
        ("tăng 5 phần trăm", [(5.0, "%", "5 phần trăm")]),
        ("47 triệu", [(47e6, None, "47 triệu")]),
        ("1,2 tỷ đồng", [(1.2e9, "đồng", "1,2 tỷ đồng")]),
        ("2.664 tỷ đồng", [(2.664e12, "đồng", "2.664 tỷ đồng")]),
        ("3 nghìn tỷ đồng", [(3e12, "đồng", "3 nghìn tỷ đồng")]),
        ("1.234.567 người", [(1234567.0, "người", "1.234.567 người")]),
        ("5.67 điểm", [(5.67, "điểm", "5.67 điểm")]),
        ("3 nghị quyết, 4 đề án", [(3.0, "nghị quyết", "3 nghị quyết"), (4.0, "đề án", "4 đề án")]),
        ("ngày 22/1/2021 có 136 xã", [(136.0, "xã", "136 xã")]),
        ("Nghị quyết 15-NQ/TU năm 2020", []),
        ("hai mươi người", []),
    ],
)
def test_numbers(text: str, found: list[tuple[float, str | None, str]]) -> None:
    assert [(number.value, number.unit, number.raw) for number in numbers(text)] == found


def test_offsets_of_numbers() -> None:
    assert numbers("có 12 ca mới") == [Number(12.0, "ca", "12 ca", 3, 8)]


def test_is_list() -> None:
    assert is_list("gồm lúa, ngô, khoai và sắn") is True
    assert is_list("Hôm qua, ông họp.") is False


def test_hostile_text() -> None:
    assert numbers("1." * 20_000) == []
    assert names("Đ" * 50_000)[0].end == 50_000
    assert len(names("Hà Nội, " * 10_000)) == 10_000
