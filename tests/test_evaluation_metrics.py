"""Every metric with values worked out by hand; the worked examples of `docs/metrics.md` are among them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_assistant import case

from rag.evaluation.cases import Case
from rag.evaluation.metrics import METRICS, RETRIEVAL_ONLY, scored
from rag.evaluation.metrics.citation import names, supports
from rag.evaluation.metrics.language import is_syllable
from rag.evaluation.record import Found, Outcome, Record, Sentence, Shown
from rag.texts import catalogue

QUOTE = "Cầu có tổng vốn 860 tỷ đồng, do Công ty Xây lắp Minh Phú thi công trong 28 tháng."


def shown(text: str, number: int | None = 1, *, article: str = "cau", verbatim: bool = True) -> Shown:
    return Shown(number, article, "Khánh thành cầu", "2023-04-12", None, 0, len(text), text, verbatim)


def found(*articles: str) -> tuple[Found, ...]:
    return tuple(
        Found(rank, 1 / rank, name, f"{name}-stem", name, None, 0, 1, "x")
        for rank, name in enumerate(articles, start=1)
    )


def answered(
    asked: Case, text: str, citations: Sequence[Shown] = (), sentences: Sequence[Sentence] = ()
) -> Record:
    return scored(Record(asked, answer=text, citations=tuple(citations), sentences=tuple(sentences)))


def values(record: Record, prefix: str) -> dict[str, float]:
    return {name: score.value for name, score in record.scores.items() if name.startswith(prefix)}


def refused(asked: Case, sufficiency: float | None = None) -> Record:
    return scored(Record(asked, answer="Không tìm thấy.", abstained=True, sufficiency=sufficiency))


# ── answer.* and evidence.* ───────────────────────────────────────────────────────────────────────


def test_one_fact_is_scored_by_all_four_answer_metrics() -> None:
    record = answered(case("a", "?", ["28 tháng", "hai mươi tám tháng"]), "Cầu xây trong 28 tháng. [1]")
    # tokens: cầu xây trong 28 tháng; shared with "28 tháng": 2 → F1 = 2·2/(5+2)
    assert values(record, "answer.") == {
        "answer.correct": 1.0,
        "answer.contains": 1.0,
        "answer.exact": 0.0,
        "answer.f1": pytest.approx(4 / 7),
    }
    assert record.outcome is Outcome.CORRECT


def test_every_fact_must_be_there_to_be_correct() -> None:
    record = answered(case("a", "?", ["860 tỷ"], ["Minh Phú"], ["28 tháng"]), "Vốn 860 tỷ, trong 28 tháng.")
    assert values(record, "answer.") == {
        "answer.correct": 0.0,
        "answer.contains": pytest.approx(2 / 3),
    }
    assert (record.outcome, record.reason) == (Outcome.INCORRECT, "Thiếu: Minh Phú")


def test_exact_is_the_whole_answer() -> None:
    assert values(answered(case("a", "?", ["1.250 m"]), "1250 m. [1]"), "answer.exact") == {
        "answer.exact": 1.0
    }


def test_a_reference_is_scored_by_f1_alone() -> None:
    record = answered(replace(case("a", "?"), abstain=False, reference="Mai về nhất"), "Mai về đích nhất")
    assert values(record, "answer.") == {"answer.f1": pytest.approx(6 / 7)}
    assert record.outcome is None
    assert record.right is None


def test_a_refusal_scores_nothing_right_on_an_answerable_case() -> None:
    record = refused(case("a", "?", ["Mai"]))
    assert values(record, "answer.") == {
        "answer.correct": 0.0,
        "answer.contains": 0.0,
        "answer.exact": 0.0,
        "answer.f1": 0.0,
    }
    assert values(record, "evidence.") == {"evidence.contains": 0.0}
    assert values(record, "citation.") == {}
    assert values(record, "language.") == {}
    assert (record.outcome, record.right) == (Outcome.ABSTAINED, False)


def test_evidence_counts_facts_inside_one_shown_quote() -> None:
    asked = case("a", "?", ["860 tỷ"], ["41.300 ha"])
    record = scored(Record(asked, answer="?", evidence=(shown(QUOTE, None),)))
    assert values(record, "evidence.") == {"evidence.contains": 0.5}
    cited_only = answered(asked, "?", [shown(QUOTE)])
    assert values(cited_only, "evidence.") == {"evidence.contains": 0.5}


# ── citation.* ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("Cầu có tổng vốn 860 tỷ đồng.", True),  # stands in the quote
        ("Công ty Minh Phú đã thi công cầu 28 tháng.", True),  # numbers, names, words
        ("Cầu có tổng vốn 680 tỷ đồng.", False),  # another number
        ("Công ty Minh Hưng thi công cầu trong 28 tháng.", False),  # another name
        ("Cầu khánh thành ngày 12/4/2023 với vốn 860 tỷ.", True),  # title and date stand beside the quote
        ("Nhà văn hóa xã mở cửa đón bạn đọc.", False),  # nothing in common
    ],
)
def test_a_quote_supports_what_its_numbers_names_and_words_say(sentence: str, supported: bool) -> None:
    assert supports([shown(QUOTE)], sentence) is supported


def test_nothing_supports_a_sentence_without_quotes() -> None:
    assert not supports([], "Cầu có tổng vốn 860 tỷ đồng.")


def test_names_are_capitalised_words_after_the_first() -> None:
    assert names("Ông Trần Quốc Bảo ở Hòa An.") == {"trần", "quốc", "bảo", "hòa", "an"}


def test_precision_and_recall_of_citations() -> None:
    citations = [
        shown("Cầu có tổng vốn 860 tỷ đồng.", 1),
        shown("Diện tích gieo trồng là 41.300 ha.", 2),
    ]
    sentences = [
        Sentence("Cầu có tổng vốn 860 tỷ đồng.", (1, 2)),  # supported by [1]; [2] does not help
        Sentence("Diện tích gieo trồng là 14.300 ha.", (2,)),  # another number
        Sentence("Cầu rất đẹp.", ()),  # not cited
    ]
    record = answered(case("a", "?", ["860 tỷ"]), "x [1][2] y [2] z", citations, sentences)
    assert values(record, "citation.") == {
        "citation.verbatim": 1.0,
        "citation.recall": pytest.approx(1 / 3),
        "citation.precision": pytest.approx(1 / 3),
    }
    assert record.scores["citation.precision"].explanation == "Không làm chứng cho câu của nó: [2], [2]"


def test_two_quotes_may_support_a_sentence_together() -> None:
    citations = [shown("Cầu dài 1.250 m.", 1), shown("Cầu có tổng vốn 860 tỷ đồng.", 2)]
    sentence = Sentence("Cầu dài 1.250 m, tổng vốn 860 tỷ đồng.", (1, 2))
    record = answered(case("a", "?", ["860 tỷ"]), "x [1][2]", citations, [sentence])
    assert values(record, "citation.") == {
        "citation.verbatim": 1.0,
        "citation.recall": 1.0,
        "citation.precision": 1.0,
    }


def test_verbatim_counts_false_quotes_and_marks_without_a_quote() -> None:
    citations = [shown(QUOTE, 1), shown(QUOTE, 2, verbatim=False)]
    record = answered(case("a", "?", ["860 tỷ"]), "Vốn 860 tỷ. [1][2] Xong. [9]", citations)
    assert values(record, "citation.verbatim") == {"citation.verbatim": pytest.approx(1 / 3)}
    assert record.scores["citation.verbatim"].explanation == "Không khớp với bài: [2], [9]"


def test_citations_come_from_gold_articles() -> None:
    asked = case("a", "?", ["860 tỷ"], articles=("cau",))
    record = answered(asked, "x [1][2]", [shown(QUOTE, 1), shown(QUOTE, 2, article="khac")])
    assert values(record, "citation.article") == {"citation.article": 0.5}


# ── refusal.*, outcome.* ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("record", "refusal", "right"),
    [
        (refused(case("a", "?", ["Mai"]), 0.2), {"precision": 0, "wrong_answer_rate": 0, "auc": 0.2}, 0),
        (refused(case("a", "?"), 0.1), {"precision": 1, "recall": 1, "wrong_answer_rate": 0, "auc": 0.1}, 1),
        (answered(case("a", "?", ["Mai"]), "Mai."), {"wrong_answer_rate": 0}, 1),
        (answered(case("a", "?", ["Mai"]), "Lan."), {"wrong_answer_rate": 1}, 0),
        (answered(case("a", "?"), "Lan."), {"recall": 0, "wrong_answer_rate": 1}, 0),
    ],
)
def test_refusals(record: Record, refusal: dict[str, float], right: float) -> None:
    assert values(record, "refusal.") == {f"refusal.{name}": value for name, value in refusal.items()}
    assert values(record, "outcome.") == {"outcome.error": 0.0, "outcome.right": right}


def test_an_error_is_only_an_error() -> None:
    record = scored(Record(case("a", "?"), error="ValueError: hỏng", hits=found("a"), seconds={"total": 1.0}))
    assert values(record, "") == {"outcome.error": 1.0}
    assert (record.outcome, record.reason, record.right) == (Outcome.ERROR, "ValueError: hỏng", None)


def test_a_citation_from_a_copy_of_a_gold_article_is_right() -> None:
    asked = case("a", "?", ["860 tỷ"], articles=("cau",))
    (hit,) = found("ban-sao")
    copied = Record(
        asked,
        answer="x [1]",
        hits=(replace(hit, copies=("cau",)),),
        citations=(shown(QUOTE, 1, article="ban-sao"),),
    )
    assert values(scored(copied), "citation.article") == {"citation.article": 1.0}


# ── retrieval.* ───────────────────────────────────────────────────────────────────────────────────


def test_a_hit_is_every_copy_of_its_story_that_the_case_names() -> None:
    other, first = found("khac", "dau")
    hits = (other, replace(first, copies=("ban-sao", "ban-sao-stem")))
    one = scored(Record(case("a", "?", ["x"], articles=("ban-sao",)), hits=hits))
    assert one.scores["retrieval.mrr@10"].value == 0.5
    both = scored(Record(case("b", "?", ["x"], articles=("ban-sao", "dau")), hits=hits))
    assert both.scores["retrieval.recall@3"].value == 1.0
    assert both.scores["retrieval.recall@1"].value == 0.0


def test_retrieval_of_two_articles_of_which_one_is_second_and_one_fourth() -> None:
    asked = case("a", "?", ["x"], articles=("g1", "g2"))
    record = scored(Record(asked, hits=found("o", "g1", "p", "g2")))
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert values(record, "retrieval.") == {
        "retrieval.recall@1": 0.0,
        "retrieval.recall@3": 0.5,
        "retrieval.recall@5": 1.0,
        "retrieval.recall@10": 1.0,
        "retrieval.mrr@10": 0.5,
        "retrieval.ndcg@10": pytest.approx(gain / ideal),
    }
    assert record.outcome is None


def test_several_passages_of_an_article_take_one_rank() -> None:
    asked = case("a", "?", ["x"], articles=("g",))
    record = scored(Record(asked, hits=found("o", "o", "o", "g")))
    assert record.scores["retrieval.mrr@10"].value == 0.5


def test_an_article_may_be_named_by_its_stem() -> None:
    asked = case("a", "?", ["x"], articles=("g-stem",))
    assert scored(Record(asked, hits=found("g"))).scores["retrieval.recall@1"].value == 1.0


def test_nothing_found_and_nothing_to_find() -> None:
    asked = case("a", "?", ["x"], articles=("g",))
    assert set(values(scored(Record(asked)), "retrieval.").values()) == {0.0}
    assert values(scored(Record(case("a", "?", ["x"]), hits=found("o"))), "retrieval.") == {}


# ── language.*, latency.*, tokens.* ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "vietnamese"),
    [
        ("Cầu do Công ty Xây lắp Minh Phú thi công.", 1.0),
        ("The bridge was built by the company in two years.", 0.0),
        ("Cầu được xây trong 28 tháng 建设.", 0.0),
        ("Мост построен.", 0.0),
        ("Cau duoc xay trong hai nam boi cong ty.", 0.0),
        ("Cầu do hãng Golden Bridge thi công trong hai năm.", 1.0),
        ("Asia Next Top Model", 1.0),  # stands in the question
    ],
)
def test_vietnamese_or_not(answer: str, vietnamese: float) -> None:
    asked = case("a", "Ai thắng Asia Next Top Model?", ["x"])
    assert values(answered(asked, answer), "language.") == {"language.vietnamese": vietnamese}


def test_an_answer_without_words_has_no_language() -> None:
    assert values(answered(case("a", "?", ["136"]), "136 [1]"), "language.") == {}


@pytest.mark.parametrize("word", ["nghiêng", "quý", "giếng", "khuỷu", "oằn", "yêu", "toàn", "gì"])
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["bridge", "company", "was", "golden", "zalo", "két\u0301"])
def test_not_syllables(word: str) -> None:
    assert not is_syllable(word)


def test_seconds_and_tokens_are_taken_as_they_are() -> None:
    record = Record(
        case("a", "?", ["x"]),
        answer="x",
        seconds={"first_evidence": 0.5, "total": 2.0},
        prompt_tokens=300,
        answer_tokens=20,
    )
    assert values(scored(record), "latency.") == {
        "latency.first_evidence.p50": 0.5,
        "latency.first_evidence.p95": 0.5,
        "latency.total.p50": 2.0,
        "latency.total.p95": 2.0,
    }
    assert values(scored(record), "tokens.") == {"tokens.prompt": 300.0, "tokens.answer": 20.0}


# ── All of them ───────────────────────────────────────────────────────────────────────────────────


def test_the_names_are_those_of_the_contract() -> None:
    stages = ("first_evidence", "first_token", "total")
    assert set(METRICS) == {
        *(f"retrieval.recall@{k}" for k in (1, 3, 5, 10)),
        "retrieval.mrr@10",
        "retrieval.ndcg@10",
        *(f"answer.{name}" for name in ("correct", "f1", "exact", "contains")),
        "evidence.contains",
        *(f"citation.{name}" for name in ("precision", "recall", "verbatim", "article")),
        *(f"refusal.{name}" for name in ("precision", "recall", "wrong_answer_rate", "auc")),
        "language.vietnamese",
        *(f"latency.{stage}.{level}" for stage in stages for level in ("p50", "p95")),
        "tokens.prompt",
        "tokens.answer",
        "outcome.right",
        "outcome.error",
    }
    assert set(RETRIEVAL_ONLY) < set(METRICS)
    assert {name for name, metric in METRICS.items() if not metric.higher_is_better} == {
        "refusal.wrong_answer_rate",
        "outcome.error",
        "tokens.prompt",
        "tokens.answer",
        *(name for name in METRICS if name.startswith("latency.")),
    }


def test_every_metric_is_documented_and_has_words_for_the_report() -> None:
    page = (Path(__file__).parent.parent / "docs" / "metrics.md").read_text(encoding="utf-8")
    sections = re.split(r"(?m)^### ", page)[1:]
    documented = {name for section in sections for name in re.findall(r"`([^`]+)`", section.split("\n")[0])}
    assert documented == set(METRICS)
    for section in sections:
        for part in ("**Definition.**", "**Source.**", "**Example.**"):
            assert part in section, section.split("\n")[0]
    assert {f"eval.metric_{name.replace('.', '_').replace('@', '_')}" for name in METRICS} == {
        key for key in catalogue() if key.startswith("eval.metric_")
    }
