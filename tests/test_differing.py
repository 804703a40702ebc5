from __future__ import annotations

import pytest

from rag.answering.citations import Aligned, align
from rag.answering.differing import beside_differing
from rag.answering.evidence import Judged, read_sentences
from rag.types import Article, Hit, Passage, Query, Quote


def article(name: str, text: str, published: str | None = None, title: str = "") -> Article:
    return Article(name, title or name, text, published=published)


def judged(question: str, *articles: Article) -> list[Judged]:
    hits = [
        Hit(rank, 1.0, Passage(f"{one.id}#0", one.id, 0, 0, len(one.text), one.text), one)
        for rank, one in enumerate(articles, start=1)
    ]
    return read_sentences(Query(question, question), hits)


def answered(question: str, written: str, *articles: Article) -> Aligned:
    """The answer `written` from the first article, and what the others say."""
    aligned = align(written, [Quote(articles[0], 0, len(articles[0].text))])
    assert aligned.citations
    return beside_differing(aligned, judged(question, *articles), Query(question, question))


OLD = article("khoi-to", "Vụ vé xe giả có 176 bị hại.", "2024-01-25")
NEW = article("xet-xu", "Vụ vé xe giả có tổng cộng 243 bị hại.", "2024-09-19")


def test_another_number_of_the_same_thing_is_shown_with_both_days() -> None:
    aligned = answered("Vụ vé xe giả có bao nhiêu bị hại?", "176 bị hại", OLD, NEW)
    assert aligned.text == (
        "176 bị hại. [1] Bài ngày 19/09/2024 nêu khác bài ngày 25/01/2024: "
        "Vụ vé xe giả có tổng cộng 243 bị hại. [1] [2]"
    )
    assert [(c.number, c.quote.article.id, c.quote.text) for c in aligned.citations] == [
        (1, "khoi-to", OLD.text),
        (2, "xet-xu", NEW.text),
    ]


def test_a_sentence_that_the_answer_repeats_gets_its_day() -> None:
    question = "Vụ vé xe giả có bao nhiêu bị hại?"
    quotes = [Quote(one, 0, len(one.text)) for one in (OLD, NEW)]
    aligned = align(f"176 bị hại. {NEW.text}", quotes)
    assert aligned.text == f"176 bị hại. [1] {NEW.text} [2]"
    assert beside_differing(aligned, judged(question, OLD, NEW), Query(question, question)).text == (
        f"176 bị hại. [1] Bài ngày 19/09/2024 nêu khác bài ngày 25/01/2024: {NEW.text} [1] [2]"
    )


def test_an_article_without_a_day_is_called_by_its_title() -> None:
    undated = article("x", NEW.text, title="Xét xử nhóm bán vé giả")
    aligned = answered("Vụ vé xe giả có bao nhiêu bị hại?", "176 bị hại.", OLD, undated)
    assert aligned.sentences[1].text == (
        "Bài “Xét xử nhóm bán vé giả” nêu khác: Vụ vé xe giả có tổng cộng 243 bị hại."
    )
    assert aligned.sentences[1].citations == (2,)


def test_where_only_the_first_has_no_day_the_other_is_called_by_its_own() -> None:
    undated = article("x", OLD.text)
    aligned = answered("Vụ vé xe giả có bao nhiêu bị hại?", "176 bị hại.", undated, NEW)
    assert aligned.sentences[1].text == "Bài ngày 19/09/2024 nêu khác: Vụ vé xe giả có tổng cộng 243 bị hại."


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("Vụ vé xe giả có bao nhiêu bị hại?", "Vụ vé xe giả có 176 bị hại ở bốn tỉnh."),  # the same number
        ("Vụ vé xe giả có bao nhiêu bị hại?", "Vụ vé xe giả có số tiền 214 triệu đồng của bị hại."),  # unit
        ("Vụ vé xe giả có bao nhiêu bị hại?", "Vụ vé số có 12 bị hại."),  # another matter
        ("Năm 2024 vụ vé xe giả có bao nhiêu bị hại?", NEW.text),  # the question says which
        ("Vì sao vụ vé xe giả có nhiều bị hại?", NEW.text),  # no number is asked for
        ("Ai báo vụ vé xe giả có 176 bị hại?", "Ông Lê Văn Tám báo vụ vé xe giả có bị hại."),  # no office
    ],
)
def test_what_does_not_disagree_is_left_out(question: str, other: str) -> None:
    aligned = answered(question, "176 bị hại.", OLD, article("x", other, "2024-09-19"))
    assert aligned.text == "176 bị hại. [1]"


def test_an_office_that_several_people_hold_is_answered_with_each() -> None:
    here = article("lam-giang", "Bí thư Tỉnh ủy Đoàn Công Lựu phát biểu.", "2022-01-05")
    there = article("ha-trung-son", "Bí thư Tỉnh ủy Trần Đình Khoát chủ trì.", "2022-12-28")
    aligned = answered("Bí thư Tỉnh ủy là ai?", "Đoàn Công Lựu", here, there)
    assert aligned.text == (
        "Đoàn Công Lựu. [1] Bài ngày 28/12/2022 nêu khác bài ngày 05/01/2022: "
        "Bí thư Tỉnh ủy Trần Đình Khoát chủ trì. [1] [2]"
    )


def test_whom_the_question_names_the_other_article_must_name() -> None:
    here = article("lam-giang", "Bí thư Tỉnh ủy Lam Giang Đoàn Công Lựu phát biểu.", "2022-01-05")
    there = article("ha-trung-son", "Bí thư Tỉnh ủy Hà Trung Sơn Trần Đình Khoát chủ trì.", "2022-12-28")
    aligned = answered("Bí thư Tỉnh ủy Lam Giang là ai?", "Đoàn Công Lựu.", here, there)
    assert aligned.text == "Đoàn Công Lựu. [1]"


def test_another_day_of_the_same_thing() -> None:
    here = article("a", "Cầu Sông Mây thông xe ngày 28/6.", "2023-06-29")
    there = article("b", "Cầu Sông Mây thông xe ngày 30/6.", "2023-06-20")
    aligned = answered("Cầu Sông Mây thông xe ngày nào?", "28/6.", here, there)
    assert aligned.sentences[1].text == (
        "Bài ngày 20/06/2023 nêu khác bài ngày 29/06/2023: Cầu Sông Mây thông xe ngày 30/6."
    )


def test_a_deadline_is_no_other_day() -> None:
    here = article("a", "Cầu Sông Mây thông xe ngày 28/6.", "2023-06-29")
    there = article("b", "Cầu Sông Mây phấn đấu thông xe trước hạn 30/6.", "2023-02-19")
    assert answered("Cầu Sông Mây thông xe ngày nào?", "28/6.", here, there).text == "Ngày 28/6. [1]"


def test_at_most_two_more_are_shown() -> None:
    others = [
        article(f"b{n}", f"Lễ hội hoa cải đón {n}.000 lượt khách.", f"2023-02-0{n}") for n in range(1, 5)
    ]
    first = article("a", "Lễ hội hoa cải đón 62.000 lượt khách.", "2023-01-30")
    aligned = answered("Lễ hội hoa cải đón bao nhiêu lượt khách?", "62.000 lượt khách.", first, *others)
    assert [c.quote.article.id for c in aligned.citations] == ["a", "b1", "b2"]
