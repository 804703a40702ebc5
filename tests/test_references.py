from __future__ import annotations

import pytest

from rag.language.references import points_at_thing, refers_to_person, says_they


@pytest.mark.parametrize(
    ("question", "pronoun"),
    [
        ("Ông ấy giữ chức gì?", "Ông ấy"),
        ("Bà còn giữ chức gì?", "Bà"),
        ("Hiện nay người này ở đâu?", "người này"),
        ("Quê của ông?", "ông"),
        ("Cô xin toa tàu ở đâu?", "Cô"),
        ("ong ay lam gi", "ong ay"),
        ("ba con giu chuc gi", "ba"),
    ],
)
def test_pronouns(question: str, pronoun: str) -> None:
    found = refers_to_person(question)
    assert found is not None
    assert question[found.start : found.end] == pronoun


@pytest.mark.parametrize(
    "question",
    [
        "Bà Lan làm gì?",
        "Bà chủ quán là ai?",
        "Bà con mang gì xuống chợ?",
        "Ba bị cáo lãnh án bao nhiêu năm?",
        "ba bi cao linh an bao nhieu nam",
        "ông bà ngoại sống ở đâu?",
    ],
)
def test_no_pronouns(question: str) -> None:
    assert refers_to_person(question) is None


def test_they_and_things() -> None:
    assert says_they("Họ đã bồi thường chưa?")
    assert says_they("ho bi phat bao nhieu")
    assert not says_they("Hồ Đá Dựng rộng bao nhiêu?")
    assert not says_they("Họ tên bị cáo là gì?")
    assert points_at_thing("Hội nghị đó diễn ra khi nào?")
    assert points_at_thing("hoi nghi do dien ra khi nao")
    assert not points_at_thing("Năm nay ai vô địch?")
    assert not points_at_thing("từ người thứ năm đóng bao nhiêu?")
