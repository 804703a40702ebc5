"""Why a passage was found: exact terms and places."""

from __future__ import annotations

import pytest

from rag.matched import matched_terms, word_places
from rag.store.lexical import terms

PASSAGE = "Cầu Sông Mây dài 486 m. Sông rộng nhất tỉnh."
TITLE = "Khởi công cầu ở Hà Trung Sơn"


@pytest.mark.parametrize(
    ("question", "folded", "found"),
    [
        (
            "Cầu Sông Mây dài bao nhiêu?",
            False,
            ("cầu", "cầu sông", "sông", "sông mây", "mây", "mây dài", "dài"),
        ),
        (
            "cau song may dai bao nhieu",
            True,
            ("cau", "cau song", "song", "song may", "may", "may dai", "dai"),
        ),
        ("Mây trên sông", False, ("mây", "sông")),  # apart: no pair
        ("cau song may", False, ()),  # accents count when they were typed
        ("Khởi công ở đâu?", False, ("khởi", "khởi công", "công", "ở")),  # of the title
        ("Sông, sông và sông", False, ("sông",)),
        ("cầu? Sông", False, ("cầu", "sông")),
        ("486 m", False, ("486", "486 m", "m")),
        ("", False, ()),
    ],
)
def test_matched_terms(question: str, folded: bool, found: tuple[str, ...]) -> None:
    assert matched_terms(terms(question, folded=folded), PASSAGE, TITLE, folded=folded) == found


def test_places_are_those_of_the_original() -> None:
    assert [PASSAGE[a:b] for a, b in word_places(PASSAGE, {"sông", "486"}, folded=False)] == [
        "Sông",
        "486",
        "Sông",
    ]
    assert [PASSAGE[a:b] for a, b in word_places(PASSAGE, {"song"}, folded=True)] == ["Sông", "Sông"]
    assert word_places(PASSAGE, {"song"}, folded=False) == []
    assert [(a, b) for a, b in word_places("Hoà bình", {"hòa"}, folded=False)] == [(0, 3)]
