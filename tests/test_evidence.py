from __future__ import annotations

import math
from dataclasses import fields

import pytest

from rag.answering.evidence import (
    EMBEDDED,
    HEADLINE_SHARE,
    PASSAGES,
    QUOTES,
    WEIGHTS,
    Judged,
    choose,
    coverage,
    judge_sentences,
    rarity,
    read_sentences,
    share,
    stretched,
)
from rag.embedding import FakeEmbedder
from rag.language.sentences import split_sentences
from rag.types import Article, Hit, Passage, Query, Quote

ARTICLE = Article(
    "cau", "Khởi công cầu Sông Mây", "Sáng nay lễ khởi công diễn ra. Cầu dài 486 m. Dân rất vui."
)


def hit(article: Article, rank: int = 1, score: float = 1.0, start: int = 0, end: int | None = None) -> Hit:
    stop = len(article.text) if end is None else end
    passage = Passage(f"{article.id}#{start}", article.id, 0, start, stop, article.text[start:stop])
    return Hit(rank, score, passage, article)


def asking(question: str) -> Query:
    return Query(question, question)


def judged(
    sentence: str, meaning: float, words: float = 0.0, asked: float = 0.0, passage: float = 0.0
) -> Judged:
    article = Article(sentence, "", sentence)
    return Judged(Quote(article, 0, len(sentence)), meaning, words, asked, passage)


# ── Judging ───────────────────────────────────────────────────────────────────────────────────────


def test_an_abbreviation_has_the_words_that_it_stands_for() -> None:
    asking_long, asking_short = (
        asking(f"Giám đốc Sở {office} là ai?") for office in ("Giáo dục và Đào tạo", "GD&ĐT")
    )
    for question, office in ((asking_long, "GD&ĐT"), (asking_short, "Giáo dục và Đào tạo")):
        article = Article("so", "", f"Giám đốc Sở {office} Tạ Văn Hợi phát biểu.")
        assert read_sentences(question, [hit(article)])[0].words == pytest.approx(1.0)


def test_every_sentence_is_judged_by_all_signs() -> None:
    found = judge_sentences(
        asking("Cầu dài bao nhiêu?"), [hit(ARTICLE, score=0.75)], FakeEmbedder(dimension=4096)
    )
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
    assert [j.around for j in found] == [1.0, 1.0, 1.0]  # the passage has all the question's words
    # Of "cầu dài", "dài bao", "bao nhiêu" one sentence has the first, and none has the others.
    one, none = math.log(1 + 2.5 / 1.5), math.log(1 + 3.5 / 0.5)
    assert [j.pairs for j in found] == [0.0, pytest.approx(one / (one + 2 * none)), 0.0]
    # The fake's cosine of two bags of syllables: "cầu" (there twice, the headline has it, too) and "dài".
    assert found[1].meaning == pytest.approx((2 + 1) / math.sqrt(4 * (2 * 2 + 7)))


def test_what_the_question_says_itself_is_not_what_it_asks_for() -> None:
    article = Article("a", "", "Ông Vi Văn Thắng khen đội thợ. Bà Lò Thị Én thiết kế cầu.")
    found = judge_sentences(asking("Ông Vi Văn Thắng khen ai?"), [hit(article)], FakeEmbedder())
    assert [j.asked for j in found] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Lễ khởi công có gì?", [1.0, 1.0, 1.0]),  # any sentence may hold a thing
        ("Cầu Sông Mây", [1.0, 1.0, 1.0]),
        ("Cầu gồm những gì?", [0.3, 0.3, 0.3]),  # a list of things is something else
    ],
)
def test_a_kind_that_any_sentence_could_hold_tells_nothing(question: str, asked: list[float]) -> None:
    assert [j.asked for j in read_sentences(asking(question), [hit(ARTICLE)])] == asked


def test_a_name_counts_when_all_of_it_is_there() -> None:
    article = Article("a", "", "Cầu Sông Mây dài. Sông cạn. Xã An Thuận vui vì cầu Sông Mây.")
    found = read_sentences(asking("Xã An Thuận cách cầu Sông Mây bao xa?"), [hit(article)])
    assert [j.names for j in found] == [0.5, 0.0, 1.0]
    assert [j.names for j in read_sentences(asking("cầu dài bao nhiêu"), [hit(article)])] == [0.0, 0.0, 0.0]


def test_a_sentence_in_two_passages_is_judged_once_by_the_better() -> None:
    second = ARTICLE.text.index("Cầu")
    hits = [hit(ARTICLE, 1, 0.9, 0, second + len("Cầu dài 486 m.")), hit(ARTICLE, 2, 0.4, second)]
    found = judge_sentences(asking("cầu"), hits, FakeEmbedder())
    assert [(j.quote.start, j.passage) for j in found] == [(0, 0.9), (second, 0.9), (second + 15, 0.4)]


def test_only_the_best_passages_are_read() -> None:
    hits = [hit(Article(str(i), "", f"Câu số {i}."), i + 1, 1 / (i + 1)) for i in range(PASSAGES + 2)]
    found = judge_sentences(asking("câu"), hits, FakeEmbedder())
    assert [j.quote.text for j in found] == [f"Câu số {i}." for i in range(PASSAGES)]


def test_only_the_likeliest_sentences_are_embedded() -> None:
    text = " ".join([*(f"Dòng thứ {i} không nói gì." for i in range(EMBEDDED)), "Lúa đạt 7,2 tấn mỗi hecta."])
    found = judge_sentences(asking("Lúa đạt bao nhiêu tấn?"), [hit(Article("lua", "", text))], FakeEmbedder())
    assert len(found) == EMBEDDED
    assert found[-1].quote.text == "Lúa đạt 7,2 tấn mỗi hecta."
    assert found[0].quote.text == "Dòng thứ 0 không nói gì."  # among equals the first


def test_without_hits_there_is_nothing_to_judge() -> None:
    assert judge_sentences(asking("cầu"), [], FakeEmbedder()) == []
    assert choose([]) == ()


def test_a_date_in_the_question_is_looked_for_as_a_date() -> None:
    text = "Tỉnh đặt mục tiêu tăng trưởng trong năm 2021. Chiều 22.1, hội nghị bế mạc."
    article = Article("a", "Bế mạc hội nghị", text, published="2021-01-22")
    found = judge_sentences(
        asking("Tháng 1 năm 2021 có hội nghị nào bế mạc?"), [hit(article, 1, 0.9)], FakeEmbedder()
    )
    assert [j.dated for j in found] == [1.0, 1.0]  # both are of that day's paper
    undated = Article("a", "Bế mạc hội nghị", text)
    found = judge_sentences(
        asking("Ngày 22/1 có hội nghị nào bế mạc?"), [hit(undated, 1, 0.9)], FakeEmbedder()
    )
    assert [j.dated for j in found] == [0.0, 1.0]


# ── Choosing ──────────────────────────────────────────────────────────────────────────────────────


def test_the_three_best_are_chosen_best_first() -> None:
    candidates = [judged("a", 0.1), judged("b", 0.9, 1.0), judged("c", 0.5, 0.5), judged("d", 0.5, 0.75)]
    quotes = choose(candidates)
    assert [quote.text for quote in quotes] == ["b", "d", "c"]
    assert [quote.score for quote in quotes] == [
        pytest.approx(WEIGHTS["meaning"] + WEIGHTS["words"]),
        pytest.approx(WEIGHTS["meaning"] / 2 + WEIGHTS["words"] * 0.75),
        pytest.approx(WEIGHTS["meaning"] / 2 + WEIGHTS["words"] * 0.5),
    ]
    assert len(quotes) == QUOTES


def test_only_the_order_of_cosines_and_their_distances_count() -> None:
    wide = choose([judged("a", 0.1), judged("b", 0.9), judged("c", 0.5)])
    narrow = choose([judged("a", 0.81), judged("b", 0.89), judged("c", 0.85)])
    assert [quote.text for quote in wide] == [quote.text for quote in narrow] == ["b", "c", "a"]
    assert [quote.score for quote in narrow] == pytest.approx([quote.score for quote in wide])


def test_among_equals_the_first_comes_first() -> None:
    assert [quote.text for quote in choose([judged(text, 0.5, 0.5) for text in "bca"])] == ["b", "c", "a"]


@pytest.mark.parametrize("sign", [sign for sign in WEIGHTS if sign != "meaning"])
def test_every_sign_moves_the_score_by_its_weight(sign: str) -> None:
    plain = judged("a", 0.5)
    values = {field.name: getattr(plain, field.name) for field in fields(Judged)}
    moved = Judged(**values | {sign: 0.75})
    scores = [choose([one])[0].score for one in (plain, moved)]
    assert scores[1] == pytest.approx(scores[0] + WEIGHTS[sign] * (0.75 - values[sign]))
    # A name counts as words already: it alone weighs less than what it is made of.
    assert (scores[1] > scores[0]) == (sign != "names")


def test_a_sentence_that_says_what_a_better_one_says_is_no_quote() -> None:
    told = "Sáng 15/3, tỉnh khởi công cầu Sông Mây dài 486 m."
    other = told.replace("486", "468")  # another figure is another statement
    candidates = [judged(told, 0.9), judged(told.upper(), 0.8), judged(other, 0.7), judged("Dân vui.", 0.6)]
    assert [quote.text for quote in choose(candidates)] == [told, other, "Dân vui."]


def test_each_of_two_things_asked_has_a_sentence_of_the_best_ones_article() -> None:
    text = "Công ty bị phạt 85 triệu đồng. Công ty rất lớn. Công ty ở xa. Xe lấm bùn do xả thải ban đêm."
    article = Article("a", "", text)
    spans = split_sentences(text)
    found = [
        Judged(Quote(article, span.start, span.end), meaning, 0.5, 0.0, 0.0)
        for span, meaning in zip(spans, (0.9, 0.8, 0.7, 0.1), strict=True)
    ]
    found.append(judged("Giá tăng do thiếu hàng.", 0.75, 0.5))  # a cause, but of something else
    first, second, third, last = (text[span.start : span.end] for span in spans)
    twofold = choose(found, "Công ty bị phạt bao nhiêu tiền và vì sao?")
    assert [quote.text for quote in twofold] == [first, second, last]
    once = choose(found, "Công ty bị phạt bao nhiêu tiền?")
    assert [quote.text for quote in once] == [first, second, "Giá tăng do thiếu hàng."]
    assert third not in {quote.text for quote in (*twofold, *once)}


def test_an_hour_is_looked_for_among_hours_alone() -> None:
    article = Article("cho", "", "Chợ mở cửa ngày 5/9/2019. Chợ mở cửa từ 5 giờ đến 12 giờ.")
    for question, found in (
        ("Chợ mở cửa mấy giờ?", ["Chợ mở cửa từ 5 giờ đến 12 giờ."]),
        ("Chợ mở cửa ngày nào?", ["Chợ mở cửa ngày 5/9/2019.", "Chợ mở cửa từ 5 giờ đến 12 giờ."]),
    ):
        sentences = judge_sentences(asking(question), [hit(article)], FakeEmbedder())
        assert [j.quote.text for j in sentences] == found


def test_stretched() -> None:
    assert stretched([0.25, 0.75, 0.5]) == [0.0, 1.0, 0.5]
    assert stretched([0.5, 0.5]) == [1.0, 1.0]
    assert stretched([]) == []


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────


def test_rarity_is_the_smoothed_idf_of_the_folded_word() -> None:
    assert rarity(["cầu", "dài", "lúa", "cầu_dài"], ["Cầu dài.", "cau", "Cầu cầu."]) == {
        "cau": pytest.approx(math.log(1 + 0.5 / 3.5)),
        "dai": pytest.approx(math.log(1 + 2.5 / 1.5)),
        "lua": pytest.approx(math.log(1 + 3.5 / 0.5)),
        "cau_dai": pytest.approx(math.log(1 + 2.5 / 1.5)),
    }


def test_a_share_is_of_the_weight() -> None:
    assert share({"cau": 3.0, "lua": 1.0}, {"cau", "mua"}) == 0.75
    assert share({}, {"cau"}) == 0.0


def test_coverage_counts_a_word_of_the_headline_a_little_less() -> None:
    start = ARTICLE.text.index("Cầu dài")
    quote = Quote(ARTICLE, start, start + len("Cầu dài 486 m."))
    assert coverage({"dai": 2.0, "lua": 2.0}, quote) == 0.5
    assert coverage({"dai": 1.0, "song": 1.0}, quote) == pytest.approx((1 + HEADLINE_SHARE) / 2)
    assert coverage({"cau": 1.0}, quote) == 1.0  # in the sentence and above it
    assert coverage({}, quote) == 0.0
