from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.comparing import hits_together, judged_together, questions_in, quotes_together
from rag.answering.evidence import Judged
from rag.types import Article, Hit, Passage, Quote

ARTICLE = Article("a", "", "Một. Hai. Ba. Bốn.")


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Chỉ tiêu lớp 10 năm 2024 và 2025 là bao nhiêu?",
            ("Chỉ tiêu lớp 10 năm 2024 là bao nhiêu?", "Chỉ tiêu lớp 10 năm 2025 là bao nhiêu?"),
        ),
        (
            "quý I/2021 so với quý I/2022 thu được bao nhiêu",
            ("quý I/2021 thu được bao nhiêu", "quý I/2022 thu được bao nhiêu"),
        ),
        (
            "Năm 2022, Vĩnh Phúc hay Hà Trung Sơn thu nhiều hơn?",
            ("Năm 2022, Vĩnh Phúc thu nhiều hơn?", "Năm 2022, Hà Trung Sơn thu nhiều hơn?"),
        ),
        (
            "So sánh tăng trưởng của Tuyên Quang và Lam Giang.",
            ("So sánh tăng trưởng của Tuyên Quang.", "So sánh tăng trưởng của Lam Giang."),
        ),
        (
            "so sanh tang truong cua Tuyen Quang va Lam Giang",
            ("so sanh tang truong cua Tuyen Quang", "so sanh tang truong cua Lam Giang"),
        ),
        # One thing between two, one office, one stretch of time, one date
        ("Cầu nối Sông Mây và An Thuận dài bao nhiêu?", ("Cầu nối Sông Mây và An Thuận dài bao nhiêu?",)),
        ("Lễ kết hôn của Lê Hà và Vũ Lan ở đâu?", ("Lễ kết hôn của Lê Hà và Vũ Lan ở đâu?",)),
        ("Bộ Giáo dục và Đào tạo nói gì?", ("Bộ Giáo dục và Đào tạo nói gì?",)),
        ("Từ năm 2015 đến 2020 có gì?", ("Từ năm 2015 đến 2020 có gì?",)),
        ("Ngày 3 và 4/6/2025 có gì?", ("Ngày 3 và 4/6/2025 có gì?",)),
        ("", ("",)),
    ],
)
def test_questions_in(question: str, parts: tuple[str, ...]) -> None:
    assert questions_in(question) == parts


def hit(start: int, rank: int) -> Hit:
    return Hit(rank, 1.0, Passage(f"a#{start}", "a", 0, start, start + 4, ""), ARTICLE)


def test_hits_take_turns_and_come_once() -> None:
    together = hits_together([[hit(0, 1), hit(5, 2)], [hit(5, 1), hit(10, 2)], [hit(15, 1)]], most=3)
    assert [(h.rank, h.passage.id) for h in together] == [(1, "a#0"), (2, "a#5"), (3, "a#15")]


def test_a_sentence_is_judged_once() -> None:
    first, second = (
        Judged(Quote(ARTICLE, start, start + 4), meaning, 0.0, 0.0, 0.0)
        for start, meaning in ((0, 0.8), (5, 0.7))
    )
    again = replace(first, meaning=0.1)
    assert judged_together([[first], [again, second]]) == [first, second]


def test_the_best_quotes_of_both_are_equally_good() -> None:
    one = [Quote(ARTICLE, 0, 4, 9.0), Quote(ARTICLE, 5, 9, 6.0)]
    other = [Quote(ARTICLE, 10, 13, 2.0), Quote(ARTICLE, 0, 4, 1.0)]
    assert [(q.start, q.score) for q in quotes_together([one, other])] == [(0, 9.0), (10, 9.0), (5, 6.0)]
    assert quotes_together([[], []]) == ()
