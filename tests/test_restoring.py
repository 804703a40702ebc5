from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping

import pytest

from rag.language.restoring import restore

SAMPLES = [
    "Bà Lê Thị Kim Dung, Chủ tịch HĐND tỉnh, phát biểu. Hội nghị do bà Lê Thị Kim Dung chủ trì.",
    "Đồng chí Bí thư Tỉnh ủy Vĩnh Phúc dự hội nghị. Thu ngân sách của tỉnh đạt khá, ngân sách nhà nước tăng.",
    "Theo Bí thư Tỉnh ủy Vĩnh Phúc, ngân sách nhà nước của Vĩnh Phúc đạt kế hoạch; kế hoạch năm sau cao hơn.",
]


def best(question: str, samples: list[str], passages: Mapping[str, int] | None = None) -> str:
    """The likeliest reading; `passages` of the index have a syllable or pair."""
    return restore(question, samples, Counter(passages or {}).__getitem__)[0]


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
        ("khi nao, o dau va nhu the nao", "khi nào, ở đâu và như thế nào"),
        ("vi sao lai co nhung thay doi", "vì sao lại có những thay đổi"),
        ("", ""),
        ("2021?", "2021?"),
    ],
)
def test_restore(typed: str, restored: str) -> None:
    assert best(typed, SAMPLES) == restored


def test_restore_without_samples_knows_the_words_of_questions() -> None:
    assert best("ai la thu tuong va khi nao", []) == "ai là thủ tướng và khi nào"


def test_the_neighbours_decide() -> None:
    samples = ["Ông Đỗ Tử Bình là tướng. Quân của Đỗ Tử Bình thua.", "Kinh đô từ đó dời đi, đô từ đó vắng."]
    assert best("quan cua do tu binh la gi", samples) == "quân của Đỗ Tử Bình là gì"


def test_capitals_at_the_beginning_of_sentences_are_no_evidence() -> None:
    samples = ["Giá vàng tăng. Giá vàng giảm. “Giá vàng cao.”"]
    assert best("gia vang the nao", samples) == "giá vàng thế nào"


def test_samples_in_decomposed_form() -> None:
    samples = [unicodedata.normalize("NFD", sample) for sample in SAMPLES]
    assert best("ngan sach vinh phuc", samples) == "ngân sách Vĩnh Phúc"


def test_length_is_kept_so_that_offsets_stay() -> None:
    typed = "Thu  ngan-sach (nha nuoc) 2021: dat bao nhieu?"
    assert len(best(typed, SAMPLES)) == len(typed)


def test_hostile_input() -> None:
    assert best("a" * 20_000, ["a" * 100_000]) == "a" * 20_000
    assert len(best("la " * 5_000, ["là la lá " * 20_000])) == 15_000


def test_what_lacks_its_accents_among_words_that_have_theirs() -> None:
    index = {"là": 50, "ủy": 20}
    assert best("Bí thư tinh uy la ai", SAMPLES, index) == "Bí thư Tỉnh ủy là ai"


def test_the_whole_index_decides_what_the_samples_do_not() -> None:
    passages = {"nước": 400, "sạch": 60, "sách": 900, "nước_sạch": 30}
    assert best("gia nuoc sach", ["Giá bán lẻ."], passages) == "giá nước sạch"
    assert best("sach", [], {"sạch": 60, "sách": 900}) == "sách"


def test_words_with_accents_stay_and_make_it_likelier_that_others_are_meant_bare() -> None:
    passages = {"ca": 100, "cả": 200, "ca_sĩ": 40, "bao_nhiêu": 30, "nhiêu": 30}
    assert best("Ca sĩ này hát bao nhieu bài", [], passages) == "Ca sĩ này hát bao nhiêu bài"
    assert best("Mỗi ca dài mấy giờ, bao nhieu người", [], passages).startswith("Mỗi ca dài")


def test_a_second_reading_follows_when_it_is_nearly_as_likely() -> None:
    both = {"bán": 50, "bàn": 45, "vé": 9}
    assert restore("xyz ban xyz", [], Counter(both).__getitem__) == ("xyz bán xyz", "xyz bàn xyz")
    assert restore("xyz ban xyz", [], Counter({"bán": 500, "bàn": 1}).__getitem__) == ("xyz bán xyz",)
