from __future__ import annotations

from collections import Counter

import pytest

from rag.language.accents import accented_share, lacking, looks_unaccented


@pytest.mark.parametrize(
    ("text", "unaccented"),
    [
        ("bi thu tinh uy vinh phuc la ai", True),
        ("thu ngan sach nha nuoc dat bao nhieu ty dong", True),
        ("hom nay co gi moi", True),
        ("UBND tinh o dau", True),
        ("Tong thong My la ai", True),
        ("Bí thư Tỉnh ủy là ai", False),
        ("hôm nay co bao nhieu ca", False),
        ("FIFA", False),
        ("FIFA World Cup 2022", False),
        ("Manchester United", False),
        ("Donald Trump", False),
        ("hanoi", False),
        ("2021", False),
        ("", False),
        ("?!", False),
    ],
)
def test_looks_unaccented(text: str, unaccented: bool) -> None:
    assert looks_unaccented(text) is unaccented


@pytest.mark.parametrize(
    ("text", "share"), [("hôm nay", 0.5), ("hom nay", 0.0), ("Đà Nẵng", 1.0), ("FIFA 2022", None), ("", None)]
)
def test_accented_share(text: str, share: float | None) -> None:
    assert accented_share(text) == share


PASSAGES = Counter(
    {"lúa": 40, "giống_lúa": 20, "bố": 300, "công_bố": 25, "bo": 30, "bo_mạch": 4, "cả": 250, "ca": 80}
)
"""How many passages of an index have these; all others are in none."""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Giống lua nào được trồng?", ["lua"]),  # never without its accent
        ("Số liệu được công bo khi nào?", ["bo"]),  # never without it in this place
        ("Thay bo mạch ở đâu?", []),
        ("Hôm nay có bao nhieu ca?", ["nhieu"]),  # known without any index; "ca" may be meant
        ("Giống lúa nào được công bố?", []),
        ("Ca sĩ Lua là ai?", []),  # a name
        ("", []),
    ],
)
def test_words_that_lack_their_accents(text: str, words: list[str]) -> None:
    assert lacking(text, PASSAGES.__getitem__) == words
