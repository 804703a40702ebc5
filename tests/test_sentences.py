"""Sentences of Vietnamese news: a gold file, and the cases one by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.sentences import Span, split_sentences

GOLD = Path(__file__).parent / "data" / "sentences.txt"
MARK = "│"


def pieces(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def gold_blocks() -> list[list[str]]:
    """Blocks of the gold file as lists of sentences."""
    lines = [line for line in GOLD.read_text(encoding="utf-8").split("\n") if not line.startswith("#")]
    blocks = "\n".join(lines).strip().split("\n\n")
    return [block.split(MARK) for block in blocks]


def ends(sentences: list[str]) -> set[int]:
    """Offsets of the inner boundaries, where the visible text of a sentence ends."""
    found, offset = set(), 0
    for sentence in sentences[:-1]:
        found.add(offset + len(sentence.rstrip()))
        offset += len(sentence)
    return found


def test_gold_file_boundary_f1(record_property: Callable[[str, object], None]) -> None:
    blocks = gold_blocks()
    assert sum(map(len, blocks)) >= 300
    right = guessed = wanted = 0
    wrong = []
    for sentences in blocks:
        text = "".join(sentences)
        gold = ends(sentences)
        found = {span.end for span in split_sentences(text)[:-1]}
        right, guessed, wanted = right + len(gold & found), guessed + len(found), wanted + len(gold)
        wrong += [text[max(0, end - 30) : end] + MARK + text[end : end + 15] for end in gold ^ found]
    f1 = 2 * right / (guessed + wanted)
    record_property("boundary_f1", f1)
    assert f1 >= 0.98, f"F1 {f1:.4f}, wrong: {wrong}"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("GS.TS. Lê Nam đến. Ông họp.", ["GS.TS. Lê Nam đến.", "Ông họp."]),
        ("Từ TP.HCM đi TP. Hồ Chí Minh. Xong.", ["Từ TP.HCM đi TP. Hồ Chí Minh.", "Xong."]),
        ("Rời TP.HCM. Họ về quê.", ["Rời TP.HCM.", "Họ về quê."]),
        ("Bà H.Đ.T. khai báo. Vụ án mở.", ["Bà H.Đ.T. khai báo.", "Vụ án mở."]),
        ("Tăng 5,67%. Có 2.100 ca.", ["Tăng 5,67%.", "Có 2.100 ca."]),
        ("Chiều ngày 22.1, họp. Ngày 22.1.2021 ký.", ["Chiều ngày 22.1, họp.", "Ngày 22.1.2021 ký."]),
        ("Xem vnexpress.net nhé. Hay lắm.", ["Xem vnexpress.net nhé.", "Hay lắm."]),
        ("Ủy viên T.Ư Đảng. Th.S Nam.", ["Ủy viên T.Ư Đảng.", "Th.S Nam."]),
        ("Xem tr. 5 và Q.1 nữa.", ["Xem tr. 5 và Q.1 nữa."]),
        ("Gạo, muối, v.v. Tất cả đều hết.", ["Gạo, muối, v.v.", "Tất cả đều hết."]),
        ("Về cơ bản trong quý I. 2021 phải xong.", ["Về cơ bản trong quý I. 2021 phải xong."]),
        ("“Tôi đi.” Anh nói.", ["“Tôi đi.”", "Anh nói."]),
        ("“Tôi đi.”, anh nói.", ["“Tôi đi.”, anh nói."]),
        ("“Tôi đi?” anh nói.", ["“Tôi đi?” anh nói."]),
        ('"Ai đó?" - Nam hỏi. "Tôi."', ['"Ai đó?" - Nam hỏi.', '"Tôi."']),
        ('Bay hôm nay."Khi ấy vui", bà nói.', ["Bay hôm nay.", '"Khi ấy vui", bà nói.']),
        ('Bà nói: "Khi ấy vui."Rồi bà đi.', ['Bà nói: "Khi ấy vui."', "Rồi bà đi."]),
        ("Ở Singapore.Hôm sau về.", ["Ở Singapore.", "Hôm sau về."]),
        ("Ông đi xa… Bà ở nhà... một mình.", ["Ông đi xa…", "Bà ở nhà... một mình."]),
        ("Câu một. (…) Câu hai.", ["Câu một.", "(…) Câu hai."]),
        ("Gồm: đào kênh; đắp đê; trồng cây.", ["Gồm: đào kênh; đắp đê; trồng cây."]),
        ("Gồm:\n- đào kênh;\n- đắp đê.", ["Gồm:", "- đào kênh;", "- đắp đê."]),
        ("1. Mở đầu\na) việc nhỏ\nb) việc lớn", ["1. Mở đầu", "a) việc nhỏ", "b) việc lớn"]),
        ("Các đại biểu\ntặng hoa.", ["Các đại biểu\ntặng hoa."]),
        ("Các đại biểu\n\ntặng hoa.", ["Các đại biểu", "tặng hoa."]),
        ("Bão vào đất liền\n\nẢnh chụp từ trên cao", ["Bão vào đất liền", "Ảnh chụp từ trên cao"]),
        ("Thực hiện nghiêm./. Ban biên tập", ["Thực hiện nghiêm./.", "Ban biên tập"]),
        ("Đón Tết vui. thủ trưởng đơn vị lo.", ["Đón Tết vui. thủ trưởng đơn vị lo."]),
        ("Đón Tết hạnh phúc. thủ trưởng lo.", ["Đón Tết hạnh phúc.", "thủ trưởng lo."]),
        ("  \n\t", []),
        ("", []),
    ],
)
def test_cases(text: str, sentences: list[str]) -> None:
    assert pieces(text) == sentences


def test_spans_are_offsets_of_the_trimmed_sentence() -> None:
    assert split_sentences("  Một câu.  Hai câu. \n") == [Span(2, 10), Span(12, 20)]


@given(st.text(alphabet=st.sampled_from('aBđỦ1 .,;:!?…"“”()-\n\u00a0\u2028\r'), max_size=60))
def test_spans_cover_all_visible_text_in_order(text: str) -> None:
    spans = split_sentences(text)
    rest, cut = "", 0
    for span in spans:
        rest += text[cut : span.start]
        assert text[span.start : span.end].strip() == text[span.start : span.end] != ""
        assert "\n\n" not in text[span.start : span.end]
        assert span.start >= cut
        cut = span.end
    assert (rest + text[cut:]).strip() == ""


@pytest.mark.parametrize(
    "unit", [".", "a.", ". ", ". " + " " * 66, '"', '.""""', "\n", "A. B", "a\n", '?"A', "(…) A", "1. "]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    started = time.process_time()
    split_sentences(text)
    assert time.process_time() - started < 5  # measured below 1.5 s; quadratic work would take minutes
