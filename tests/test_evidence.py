from __future__ import annotations

import math

import pytest

from rag.answering.evidence import (
    ASKED_WEIGHT,
    HEADLINE_SHARE,
    MEANING_WEIGHT,
    PASSAGE_WEIGHT,
    PASSAGES,
    WORDS_WEIGHT,
    Judged,
    choose,
    coverage,
    judge_sentences,
    word_rarity,
)
from rag.embedding import FakeEmbedder
from rag.types import Article, Hit, Passage, Query, Quote

ARTICLE = Article(
    "cau", "Khởi công cầu Sông Mây", "Sáng nay lễ khởi công diễn ra. Cầu dài 486 m. Dân rất vui."
)


def hit(article: Article, rank: int = 1, score: float = 1.0, start: int = 0, end: int | None = None) -> Hit:
    stop = len(article.text) if end is None else end
    passage = Passage(f"{article.id}#{start}", article.id, 0, start, stop, article.text[start:stop])
    return Hit(rank, score, passage, article)


def judged(start: int, meaning: float, words: float, asked: float = 0.0, passage: float = 0.0) -> Judged:
    return Judged(Quote(ARTICLE, start, start + 1), meaning, words, asked, passage)


# ── Judging ───────────────────────────────────────────────────────────────────────────────────────


def test_every_sentence_is_judged_by_meaning_words_kind_and_passage() -> None:
    query = Query("Cầu dài bao nhiêu?", "Cầu dài bao nhiêu?")
    found = judge_sentences(query, [hit(ARTICLE, score=0.75)], FakeEmbedder())
    assert [j.quote.text for j in found] == [
        "Sáng nay lễ khởi công diễn ra.",
        "Cầu dài 486 m.",
        "Dân rất vui.",
    ]
    # "cầu" and "dài" are what is asked about: both in the second sentence, "cầu" in the title of all.
    assert [j.words for j in found] == [
        pytest.approx(HEADLINE_SHARE / 2),
        1.0,
        pytest.approx(HEADLINE_SHARE / 2),
    ]
    assert [j.asked for j in found] == [0.0, 1.0, 0.0]  # only one holds a number
    assert [j.passage for j in found] == [0.75, 0.75, 0.75]
    # The fake's cosine of two bags of four syllables that share two.
    assert found[1].meaning == pytest.approx(2 / math.sqrt(4 * 4))


def test_a_sentence_in_two_passages_is_judged_once_by_the_better() -> None:
    second = ARTICLE.text.index("Cầu")
    hits = [hit(ARTICLE, 1, 0.9, 0, second + len("Cầu dài 486 m.")), hit(ARTICLE, 2, 0.4, second)]
    found = judge_sentences(Query("cầu", "cầu"), hits, FakeEmbedder())
    assert [(j.quote.start, j.passage) for j in found] == [(0, 0.9), (second, 0.9), (second + 15, 0.4)]


def test_only_the_best_passages_are_read() -> None:
    hits = [hit(Article(str(i), "", f"Câu số {i}."), i + 1, 1 / (i + 1)) for i in range(PASSAGES + 2)]
    found = judge_sentences(Query("câu", "câu"), hits, FakeEmbedder())
    assert [j.quote.text for j in found] == [f"Câu số {i}." for i in range(PASSAGES)]


def test_without_hits_there_is_nothing_to_judge() -> None:
    assert judge_sentences(Query("cầu", "cầu"), [], FakeEmbedder()) == []
    assert choose([]) == ()


# ── Choosing ──────────────────────────────────────────────────────────────────────────────────────


def test_the_three_best_are_chosen_best_first() -> None:
    quotes = choose([judged(0, 0.1, 0.0), judged(1, 0.9, 1.0), judged(2, 0.5, 0.5), judged(3, 0.5, 0.75)])
    assert [quote.start for quote in quotes] == [1, 3, 2]
    assert [quote.score for quote in quotes] == [
        pytest.approx(MEANING_WEIGHT + WORDS_WEIGHT),
        pytest.approx(MEANING_WEIGHT / 2 + WORDS_WEIGHT * 0.75),
        pytest.approx(MEANING_WEIGHT / 2 + WORDS_WEIGHT / 2),
    ]


def test_among_equals_the_first_comes_first() -> None:
    quotes = choose([judged(start, 0.5, 0.5) for start in (3, 1, 2)])
    assert [quote.start for quote in quotes] == [3, 1, 2]


def test_what_was_asked_for_and_a_better_passage_decide_between_equals() -> None:
    assert choose([judged(0, 0.5, 0.5), judged(1, 0.5, 0.5, asked=1.0)])[0].start == 1
    best = choose([judged(0, 0.5, 0.5), judged(1, 0.5, 0.5, asked=0.5, passage=0.5)])[0]
    assert best.score == pytest.approx(MEANING_WEIGHT + WORDS_WEIGHT + ASKED_WEIGHT / 2 + PASSAGE_WEIGHT / 2)


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────


def test_rarity_is_the_smoothed_idf_of_the_folded_word() -> None:
    rarity = word_rarity(["cầu", "dài", "lúa"], ["Cầu dài.", "cau", "Cầu cầu."])
    assert rarity == {
        "cau": pytest.approx(math.log(1 + 0.5 / 3.5)),
        "dai": pytest.approx(math.log(1 + 2.5 / 1.5)),
        "lua": pytest.approx(math.log(1 + 3.5 / 0.5)),
    }


def test_coverage_counts_a_word_of_the_headline_a_little_less() -> None:
    start = ARTICLE.text.index("Cầu dài")
    quote = Quote(ARTICLE, start, start + len("Cầu dài 486 m."))
    assert coverage({"dai": 2.0, "lua": 2.0}, quote) == 0.5
    assert coverage({"dai": 1.0, "song": 1.0}, quote) == pytest.approx((1 + HEADLINE_SHARE) / 2)
    assert coverage({"cau": 1.0}, quote) == 1.0  # in the sentence and above it
    assert coverage({}, quote) == 0.0


def test_a_date_in_the_question_is_looked_for_as_a_date() -> None:
    text = "Tỉnh đặt mục tiêu tăng trưởng trong năm 2021. Chiều 22.1, hội nghị bế mạc."
    article = Article("a", "Bế mạc hội nghị", text, published="2021-01-22")
    judged = judge_sentences(
        Query("x", "Tháng 1 năm 2021 có hội nghị nào bế mạc?"), [hit(article, 1, 0.9)], FakeEmbedder()
    )
    assert [j.dated for j in judged] == [1.0, 1.0]  # both are of that day's paper
    undated = Article("a", "Bế mạc hội nghị", text)
    judged = judge_sentences(
        Query("x", "Ngày 22/1 có hội nghị nào bế mạc?"), [hit(undated, 1, 0.9)], FakeEmbedder()
    )
    assert [j.dated for j in judged] == [0.0, 1.0]
