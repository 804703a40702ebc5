from __future__ import annotations

import unicodedata

import pytest

from rag.language.accents import accented_share, looks_half_accented, looks_unaccented, restore

SAMPLES = [
    "Bà Lê Thị Kim Dung, Chủ tịch HĐND tỉnh, phát biểu. Hội nghị do bà Lê Thị Kim Dung chủ trì.",
    "Đồng chí Bí thư Tỉnh ủy Vĩnh Phúc dự hội nghị. Thu ngân sách của tỉnh đạt khá, ngân sách nhà nước tăng.",
    "Theo Bí thư Tỉnh ủy Vĩnh Phúc, ngân sách nhà nước của Vĩnh Phúc đạt kế hoạch; kế hoạch năm sau cao hơn.",
]


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
    ("text", "half"),
    [
        ("hôm nay co bao nhieu ca", True),
        ("Bí thư tinh uy nao", True),
        ("Hôm nay có bao nhiêu ca?", False),
        ("hom nay co bao nhieu ca", False),
        ("FIFA là gì", False),
    ],
)
def test_looks_half_accented(text: str, half: bool) -> None:
    assert looks_half_accented(text) is half


@pytest.mark.parametrize(
    ("text", "share"), [("hôm nay", 0.5), ("hom nay", 0.0), ("Đà Nẵng", 1.0), ("FIFA 2022", None), ("", None)]
)
def test_accented_share(text: str, share: float | None) -> None:
    assert accented_share(text) == share


@pytest.mark.parametrize(
    ("typed", "restored"),
    [
        ("le thi kim dung giu chuc vu gi", "Lê Thị Kim Dung giữ chức vụ gì"),
        ("bi thu tinh uy vinh phuc la ai?", "Bí thư Tỉnh ủy Vĩnh Phúc là ai?"),
        ("thu ngan sach nha nuoc  dat bao nhieu ty dong", "thu ngân sách nhà nước  đạt bao nhiêu tỷ đồng"),
        ("chu tich hdnd la ai", "Chủ tịch HĐND là ai"),
        ("Chu tich HDND la ai", "Chủ tịch HĐND là ai"),
        ("nam 2021, 16,8% vi sao?", "năm 2021, 16,8% vì sao?"),
        ("blockchain xyz la gi", "blockchain xyz là gì"),
        ("Bí thư tinh uy la ai", "Bí thư Tỉnh ủy là ai"),
        ("khi nao, o dau va nhu the nao", "khi nào, ở đâu và như thế nào"),
        ("vi sao lai co nhung thay doi", "vì sao lại có những thay đổi"),
        ("", ""),
        ("2021?", "2021?"),
    ],
)
def test_restore(typed: str, restored: str) -> None:
    assert restore(typed, SAMPLES) == restored


def test_restore_without_samples_knows_the_words_of_questions() -> None:
    assert restore("ai la thu tuong va khi nao", []) == "ai là thủ tướng và khi nào"


def test_the_neighbours_decide() -> None:
    samples = ["Ông Đỗ Tử Bình là tướng. Quân của Đỗ Tử Bình thua.", "Kinh đô từ đó dời đi, đô từ đó vắng."]
    assert restore("quan cua do tu binh la gi", samples) == "quân của Đỗ Tử Bình là gì"


def test_capitals_at_the_beginning_of_sentences_are_no_evidence() -> None:
    samples = ["Giá vàng tăng. Giá vàng giảm. “Giá vàng cao.”"]
    assert restore("gia vang the nao", samples) == "giá vàng thế nào"


def test_samples_in_decomposed_form() -> None:
    samples = [unicodedata.normalize("NFD", sample) for sample in SAMPLES]
    assert restore("ngan sach vinh phuc", samples) == "ngân sách Vĩnh Phúc"


def test_length_is_kept_so_that_offsets_stay() -> None:
    typed = "Thu  ngan-sach (nha nuoc) 2021: dat bao nhieu?"
    assert len(restore(typed, SAMPLES)) == len(typed)


def test_hostile_input() -> None:
    assert restore("a" * 20_000, ["a" * 100_000]) == "a" * 20_000
    assert len(restore("la " * 5_000, ["là la lá " * 20_000])) == 15_000
