from __future__ import annotations

import pytest

from rag.language.name_kinds import LIKELY, SURE, Mention, known_kind, mentions


def told(text: str) -> list[tuple[str, str | None]]:
    return [(mention.text, mention.kind) for mention in mentions(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sáng nay, ông Tấn đến xã Lũng Pù.", [("Lũng Pù", "place")]),
        ("Tại hội nghị, bà Nông Mai đã phát biểu.", [("Nông Mai", "person")]),
        ("Hãng Sao Việt mở đường bay.", [("Hãng Sao Việt", None)]),
        ("Vé của hãng Sao Việt tăng giá.", [("Sao Việt", "organisation")]),
        ("Cầu nối hai bờ sông Mường Chà.", [("Mường Chà", "place")]),
        ("Chủ tịch UBND xã Lò Thị Mai khen thưởng.", [("Lò Thị Mai", "person")]),
        ("Bí thư Tỉnh ủy Lam Giang Vi Văn Toại dự.", [("Lam Giang", "place"), ("Vi Văn Toại", "person")]),
        ("Phó Chủ tịch huyện đến dự.", []),
        ("Theo Bộ GD&ĐT, kỳ thi lùi một tuần.", [("Bộ Giáo dục và Đào tạo", "organisation")]),
        ("Sở Y tế cấp phép.", [("Sở Y tế", "organisation")]),
        ("Ca mổ ở Bệnh viện Đa khoa Đồng Lau.", [("Bệnh viện Đa khoa Đồng Lau", "organisation")]),
        ("Bệnh viện Đa khoa có thêm máy.", []),
        ("Viện Vệ sinh công bố số liệu.", []),
        ("Năm nay Covid lan rộng.", [("Covid", None)]),
        ("UBND và HĐND họp.", []),
        ("WHO cảnh báo.", [("WHO", "organisation")]),
        ("Đoàn ra TP Hồ Chí Minh.", [("TP.HCM", "place")]),
        ("Chủ tịch Hồ Chí Minh đọc tuyên ngôn.", [("Hồ Chí Minh", "person")]),
        ("Khách từ Hoa Kỳ tới Nhật Bản.", [("Mỹ", "place"), ("Nhật Bản", "place")]),
    ],
)
def test_what_the_surroundings_say(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert told(text) == expected


def test_a_word_before_counts_for_more_than_a_spelling() -> None:
    said = list(mentions("Hà Trung Sơn đón mưa. Ở tỉnh Hà Trung Sơn trời lạnh."))
    assert said == [Mention("Hà Trung Sơn", "person", LIKELY), Mention("Hà Trung Sơn", "place", SURE, "tỉnh")]


def test_the_word_before_is_told_as_it_is_written() -> None:
    said = list(mentions("Bác sĩ Lò Inh và TS. Vi Toại dự. Nông Mai vắng."))
    assert [(mention.text, mention.title) for mention in said] == [
        ("Lò Inh", "Bác sĩ"), ("Vi Toại", "TS."), ("Nông Mai", ""),
    ]  # fmt: skip


def test_what_everybody_knows() -> None:
    assert (known_kind("Việt Nam"), known_kind("Quốc hội"), known_kind("Lam Giang")) == (
        "place",
        "organisation",
        None,
    )
