from __future__ import annotations

from datetime import date

import pytest

from rag.answering.evidence import Judged
from rag.answering.signs import AROUND, MISSPELT, TIMELY, UNTIMED, USUAL, Ground, read_signs
from rag.answering.times import BESIDE, HERE
from rag.language.sentences import split_sentences
from rag.types import Article, Hit, Passage, Period, Query, Quote

BUDGET = Article(
    "ngan-sach",
    "Thu ngân sách vượt dự toán",
    "Tỉnh Lam Giang thu 9.120 tỷ đồng. Kết quả ấy cao hơn dự toán. Nghị quyết 15-NQ/TU đặt ra mục tiêu. "
    "Ông Schneider chúc mừng. Năm 2021 tỉnh thu 8.450 tỷ đồng.",
    published="2023-01-09",
    source="Nhật báo Minh Họa",
)
SPANS = split_sentences(BUDGET.text)


def hit(rank: int = 1, score: float = 1.0, article: Article = BUDGET, lexical: float | None = 0.4) -> Hit:
    passage = Passage(f"{article.id}#0", article.id, 0, 0, len(article.text), article.text)
    return Hit(rank, score, passage, article, {} if lexical is None else {"lexical": lexical})


def ground(question: str, number: int, *, period: Period | None = None, found: Hit | None = None) -> Ground:
    """The signs of one sentence of the article for a question."""
    found = found or hit()
    quote = Quote(found.article, SPANS[number].start, SPANS[number].end)
    query = Query(question, question, period=period)
    return read_signs(query, [found], [Judged(quote, 0.87, 0.6, 0.7, 1.0, pairs=0.5)]).grounds[0]


def test_what_is_taken_over_from_retrieval_and_evidence() -> None:
    seen = ground("thu bao nhiêu?", 0)
    assert (seen.meaning, seen.pairs, seen.asked) == (0.87 - USUAL * 0.87, 0.5, 0.7)  # the only sentence
    assert (seen.passage, seen.article) == (0.4, "ngan-sach")
    assert ground("thu bao nhiêu?", 0, found=hit(lexical=None)).passage == 0.0


def test_what_the_question_does_not_speak_of_speaks_not_against() -> None:
    seen = ground("thu bao nhiêu?", 0)
    assert (seen.names, seen.times, seen.numbers) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("number", "share"),
    [(0, HERE), (1, BESIDE), (3, AROUND)],  # the sentence, its neighbour, the passage
)
def test_a_name_counts_less_the_farther_away_it_is(number: int, share: float) -> None:
    assert ground("Lam Giang thu bao nhiêu?", number).names == share


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("Báo Minh Họa viết gì?", HERE),  # the source stands above every sentence
        ("Tỉnh Lam Giang và Hà Trung Sơn?", AROUND / 2),
        ("Ông Shneider nói gì?", MISSPELT * BESIDE),
        ("Ông Schmidt nói gì?", 0.0),
        ("Tỉnh Lam Sơn thu bao nhiêu?", 0.0),  # shares a syllable, as many names do
        ("Giang Lâm thu bao nhiêu?", 0.0),
    ],
)
def test_names_are_found_as_wholes_or_nearly(question: str, share: float) -> None:
    assert ground(question, 2).names == pytest.approx(share)


@pytest.mark.parametrize(
    ("question", "number", "share"),
    [
        ("Năm 2021 thu bao nhiêu?", 4, HERE),
        ("Năm 2022 thu bao nhiêu?", 4, 0.0),  # the sentence speaks of another year
        ("Năm 2021 thu bao nhiêu?", 3, BESIDE),
        ("Năm 2021 thu bao nhiêu?", 0, AROUND),
        ("Năm 2024 thu bao nhiêu?", 0, UNTIMED),
    ],
)
def test_the_year_asked_for_and_another(question: str, number: int, share: float) -> None:
    assert ground(question, number).times == share


def test_a_paper_of_the_time_asked_for_speaks_for_it_without_saying_so() -> None:
    year = Period(date(2022, 1, 1), date(2022, 12, 31))  # reported in January
    assert ground("Năm 2022 thu bao nhiêu?", 0, period=year).times == TIMELY
    earlier = Period(date(2020, 1, 1), date(2020, 12, 31))
    assert ground("Năm 2020 thu bao nhiêu?", 0, period=earlier).times == UNTIMED


def test_another_quarter_of_the_year_is_another_time() -> None:
    shrimp = Article("tom", "Xuất khẩu tôm", "Quý I/2023, Lam Giang xuất khẩu 2.150 tấn tôm. Giá tôm giảm.")
    question = Query("Quý II/2023 Lam Giang xuất khẩu bao nhiêu tôm?", "Quý II/2023 xuất khẩu bao nhiêu tôm?")
    sentence = Judged(Quote(shrimp, 0, 47), 0.9, 1.0, 1.0, 1.0)
    assert read_signs(question, [hit(article=shrimp)], [sentence]).grounds[0].times == 0.0


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("Năm 2022 tỉnh đón bao nhiêu khách?", BESIDE),  # said once, three sentences before
        ("Năm 2020 tỉnh đón bao nhiêu khách?", 0.0),  # 2020 is only what 2022 is compared with
        ("Năm 2023 tỉnh đón bao nhiêu khách?", 0.0),  # a plan that follows is no report
    ],
)
def test_a_year_said_once_holds_for_what_follows(question: str, share: float) -> None:
    text = (
        "Kinh tế Lam Giang năm 2022 phục hồi. So với năm 2020, thu ngân sách tăng. Giá cả ổn định. "
        "Tỉnh đón 2,47 triệu lượt khách. Năm 2023 tỉnh muốn đón ba triệu lượt."
    )
    report = Article("kinh-te", "Du lịch trở lại", text, published="2023-01-06")
    start = text.index("Tỉnh đón")
    sentence = Judged(Quote(report, start, start + 32), 0.9, 1.0, 1.0, 1.0)
    assert read_signs(Query(question, question), [hit(article=report)], [sentence]).grounds[0].times == share


def test_figures_and_numbers_of_documents() -> None:
    assert ground("Vì sao thu 9.120 tỷ đồng?", 0).numbers == HERE
    assert ground("Vì sao thu 9.999 tỷ đồng?", 0).numbers == 0.0


def test_the_margin_is_held_against_the_third_to_sixth_hit() -> None:
    query = Query("thu", "thu")
    scores = (0.9, 0.8, 0.6, 0.4, 0.2, 0.0)
    assert read_signs(query, [hit(r, s) for r, s in enumerate(scores, 1)], []).margin == pytest.approx(0.6)
    assert read_signs(query, [hit(1, 0.9)], []).margin == 0.9
