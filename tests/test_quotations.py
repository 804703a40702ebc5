from __future__ import annotations

import unicodedata

import pytest

from rag.language.quotations import quotations


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ("Bài nào viết “cầu Sông Mây thông xe”?", ("cầu Sông Mây thông xe",)),
        ('Ai nói "không để dân khát" và «nước về bản»?', ("không để dân khát", "nước về bản")),
        ("Ai nói “ không lùi ” rồi lại “không lùi”?", ("không lùi",)),
        ("Cụm từ “…” là gì?", ()),
        ('Tivi 55" và 65" giá bao nhiêu?', ()),
        ("Một dấu “ để ngỏ", ()),
        ("Cầu Sông Mây dài bao nhiêu?", ()),
        ("", ()),
    ],
)
def test_what_stands_between_marks(question: str, phrases: tuple[str, ...]) -> None:
    assert quotations(question) == phrases


def test_phrases_are_composed_and_few() -> None:
    assert quotations(unicodedata.normalize("NFD", "“Sông Mây”")) == ("Sông Mây",)
    assert quotations(" ".join(f"“câu {n}”" for n in range(9))) == tuple(f"câu {n}" for n in range(5))


def test_hostile_questions() -> None:
    assert quotations("“" * 50_000) == ()
    assert quotations('"' * 50_001) == ()
