"""Which articles carry one text: compared by the runs they share, found by bands that every machine makes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from rag.copies import BANDS, RUN, SHORT, bands, carried_by, copies_among, says, wording
from rag.types import Article

REPORT = (
    "Chiều 12/9, đoàn kiểm tra của tỉnh Hà Trung Sơn đã làm việc tại cảng cá Bãi Vàng. Theo báo cáo, từ đầu "
    "năm đến nay cảng đón 1.240 lượt tàu, bốc dỡ 8.600 tấn hải sản, tăng 12 % so với cùng kỳ năm trước. "
    "Ban quản lý kiến nghị nạo vét luồng vào cảng, vì nhiều tàu lớn phải chờ nước lên mới cập bến được. "
    "Ông Đỗ Văn Kha, Phó Chủ tịch tỉnh, yêu cầu các sở lập dự án, trình duyệt trước ngày 15/10."
)
REST = (
    " Cảng Bãi Vàng nằm ở cửa sông Mây, là nơi neo đậu của hơn ba trăm tàu đánh bắt xa bờ. Mùa biển động, bà "
    "con ngư dân trong vùng đưa tàu về đây tránh gió, có ngày kín cả hai bên bờ. Chợ cá họp từ nửa đêm, tan "
    "khi mặt trời lên."
)
OTHER = (
    "Trường tiểu học An Thuận vừa đưa vào sử dụng dãy nhà mới gồm 24 phòng học. Thầy hiệu trưởng cho biết "
    "học sinh không còn phải học nhờ ở nhà văn hóa thôn như ba năm qua."
)


def made(text: str, title: str = "Kiểm tra cảng cá Bãi Vàng", name: str = "b", **fields: str) -> Article:
    return replace(Article(name, title, text), **fields)  # type: ignore[arg-type]


OWN = made(REPORT, name="a")


def is_copy(text: str, title: str = OWN.title) -> bool:
    other = made(text, title)
    found, back = copies_among(OWN, [other]), copies_among(other, [OWN])
    assert bool(found) == bool(back)  # whichever of the two is asked about
    return found == [other]


# ── Texts ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_is_five_syllables_and_a_shorter_text_is_one_run() -> None:
    assert RUN == 5
    assert len(wording("một hai ba bốn năm sáu").runs) == 2
    assert len(wording("một hai ba").runs) == 1
    assert len(wording("a b c d e a b c d e a b c d e").runs) == 5  # each once
    assert (wording("…").syllables, wording("…").runs) == ((), frozenset())


def test_capitals_stops_spaces_and_the_place_of_tones_make_no_difference() -> None:
    assert wording("Hoà bình, thuỷ lợi:  xã AN THUẬN!") == wording("hòa bình thủy lợi – Xã An Thuận")


def test_the_same_text_and_one_with_a_paragraph_more_are_copies() -> None:
    assert is_copy(REPORT)
    assert is_copy(REPORT + REST)
    assert not is_copy(OTHER)


def test_a_few_words_changed_are_a_copy_and_many_are_not() -> None:
    assert is_copy(REPORT.replace("Theo báo cáo, từ", "Từ"))
    assert not is_copy(
        REPORT.replace("Theo báo cáo, từ", "Từ")
        .replace("đoàn kiểm tra của tỉnh Hà Trung Sơn đã", "một đoàn công tác")
        .replace("Ban quản lý kiến nghị nạo vét", "Nơi này đề nghị được khơi")
        .replace("yêu cầu các sở lập", "giao sở ngành làm")
    )


def test_a_text_more_than_twice_as_long_is_no_copy() -> None:
    assert not is_copy(REPORT + REST * 2)
    assert not is_copy(REPORT[: len(REPORT) // 3])


@pytest.mark.parametrize(
    ("written", "differently"),
    [
        ("1.240 lượt tàu", "1.420 lượt tàu"),
        ("tăng 12 %", "tăng 21 %"),
        ("trước ngày 15/10", "trước ngày 25/10"),
        ("Chiều 12/9", "Chiều 13/9"),
    ],
)
def test_a_figure_that_differs_may_be_the_answer(written: str, differently: str) -> None:
    assert written in REPORT
    assert not is_copy(REPORT.replace(written, differently))


@pytest.mark.parametrize(
    ("one", "other"),
    [("ba trăm tàu", "hai trăm tàu"), ("hai mươi tư tàu", "hai mươi lăm tàu"), ("nửa đội", "cả đội")],
)
def test_figures_in_words_are_figures(one: str, other: str) -> None:
    sentence = REPORT + " Đội tàu xa bờ nay có {} ra khơi mỗi ngày."
    assert copies_among(made(sentence.format(one)), [made(sentence.format(one))])
    assert not copies_among(made(sentence.format(one)), [made(sentence.format(other))])


def test_figures_must_stand_where_they_stood() -> None:
    whole = wording(REPORT)
    assert says(whole, wording(REPORT))
    swapped = REPORT.replace("1.240 lượt", "# lượt").replace("8.600 tấn", "1.240 tấn").replace("#", "8.600")
    assert not says(whole, wording(swapped))


def test_the_shorter_text_says_less_than_the_longer() -> None:
    part, whole = wording(REPORT), wording(REPORT + REST)
    assert says(whole, part)
    assert not says(part, whole)


def test_titles_differ_in_words_but_not_in_figures() -> None:
    assert is_copy(REPORT, "Cảng cá Bãi Vàng cần nạo vét")
    assert is_copy(REPORT, "Cảng cá Bãi Vàng: 1.240 lượt tàu")  # the other article says so, too
    assert not is_copy(REPORT, "Cảng cá Bãi Vàng: 1.300 lượt tàu")
    assert not is_copy(REPORT, "Kiểm tra cảng cá Bãi Vàng ngày 16/8")


def test_short_texts_are_copies_only_under_like_titles() -> None:
    page = "Mời bạn đọc gửi bài viết và ý kiến về tòa soạn theo mẫu dưới đây. Trân trọng cảm ơn."
    poet, farmer = made(page, "Nhà thơ Vi Thắng", "a"), made(page, "Lò Thị Én")
    assert len(wording(page).syllables) < SHORT
    assert not copies_among(poet, [farmer])
    assert copies_among(poet, [made(page, "Vi Thắng")])  # two of two
    long = "\n\n".join([REPORT, REST, OTHER])
    assert len(wording(long).syllables) >= SHORT
    assert copies_among(made(long, "Nhà thơ Vi Thắng", "a"), [made(long, "Lò Thị Én")])


# ── Bands ─────────────────────────────────────────────────────────────────────────────────────────


def test_bands_are_the_same_in_every_process_and_release() -> None:
    code = f"from rag.copies import bands; print(' '.join(bands({REPORT!r})))"
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert printed == [list(bands(REPORT))] * 2
    assert bands("Cầu Sông Mây")[:3] == ("004ce93dff", "01b86273f2", "0292ef66fa")


def test_a_band_is_a_word_that_names_its_place() -> None:
    made_of = bands(REPORT)
    assert len(made_of) == BANDS
    assert [word[:2] for word in made_of] == [f"{band:02d}" for band in range(BANDS)]
    assert all(len(word) == 10 and word.isalnum() for word in made_of)
    assert bands("… !") == ()


def test_copies_meet_in_a_band_and_strangers_do_not() -> None:
    assert bands(REPORT.upper()) == bands(REPORT)
    assert set(bands(REPORT)) & set(bands(REPORT + REST))
    assert not set(bands(REPORT)) & set(bands(OTHER))


# ── What a reader is told ─────────────────────────────────────────────────────────────────────────


def test_carried_by_counts_papers_where_they_are_known() -> None:
    first = replace(OWN, source="Nhật báo Minh Họa")
    second, third = replace(OWN, source="Thời báo Ví Dụ"), replace(OWN, source="thời báo ví dụ ")
    assert carried_by(first, []) == ""
    assert carried_by(first, [second, third]) == "2 báo cùng đưa tin"
    assert carried_by(first, [replace(OWN, source=first.source)]) == "2 bài cùng nội dung"
    assert carried_by(OWN, [second, OWN]) == "3 bài cùng nội dung"


def test_carried_by_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_LANG", "en")
    assert carried_by(replace(OWN, source="A"), [replace(OWN, source="B")]) == "2 papers carry this"
