from __future__ import annotations

import pytest

from rag.answering.stopping import ending, loops

KNOWN = "Cầu Sông Mây dài 486 m, rộng 12 m. Cầu Sông Mây dài bao nhiêu?"
FIRST = "Cầu Sông Mây dài 486 m. "


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f"{FIRST}Câu hỏi: Cầu rộng bao nhiêu?", FIRST),
        (f"{FIRST}\n\nTrích đoạn bài báo:\n\nBài", FIRST + "\n\n"),
        (f"{FIRST}<|im_start|>user", FIRST),
        (f"{FIRST}Cầu Sông Mây dài 486 m.", FIRST),
        (f"{FIRST}Như vậy, cầu dài 486 m.", FIRST),  # nothing new
        (f"{FIRST}Cầu rộng rộng rộng", FIRST),
        ("và rất và rất và rất", ""),
    ],
)
def test_what_follows_the_end_is_cut_off(written: str, kept: str) -> None:
    end = ending(written, KNOWN)
    assert end is not None
    assert written[:end].strip() == kept.strip()


@pytest.mark.parametrize(
    "written",
    [
        f"{FIRST}云",
        "The bridge over the river is long",
        f"{FIRST}It was opened by the president",
    ],
)
def test_drift_ends_the_writing_and_stays_for_the_aligner_to_see(written: str) -> None:
    assert ending(written, KNOWN) == len(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Cầu",
        FIRST,
        f"{FIRST}Cầu rộng 12 m.",
        f"{FIRST}Cầu Sông Mây",  # it may still say something new
        "Trả lời: Cầu dài 486 m.",
        "\nTrả lời: Cầu dài 486 m.",
        "Gồm:\n- Toán\n- Ngữ văn\n- Tiếng Anh",
        "Ông hỏi: “Bao giờ xong?”",
    ],
)
def test_an_answer_may_go_on(written: str) -> None:
    assert ending(written, KNOWN) is None


def test_loops() -> None:
    assert loops(["a", "b", "a", "b", "a", "b"])
    assert not loops(["a", "b", "a", "b"])
    assert not loops([])
