"""Runs of a scripted assistant: outcomes, resuming, and what planted faults move."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from scripted_assistant import ARTICLES, CASES, LINES, REFUSAL, Line, ScriptedAssistant, case, hits, quote

from rag.errors import InputError, ModelError
from rag.evaluation.command import running_note
from rag.evaluation.metrics import METRICS
from rag.evaluation.record import Outcome, from_json, to_json
from rag.evaluation.runner import Options, Progress, ask, prepare, run
from rag.evaluation.summary import Failure, Report, gate, parse_bounds, question_type
from rag.types import Answer, AnswerSentence, Article, Citation, Hit

ANSWER_MODE = {name for name in METRICS if not name.startswith(("latency.", "tokens."))}


def evaluate(assistant: ScriptedAssistant, options: Options | None = None, out: Path | None = None) -> Report:
    return run(CASES, assistant, options or Options(), out, clock=assistant.clock)


def figures(report: Report) -> dict[str, float | None]:
    return {name: figure.value for name, figure in report.metrics.items()}


def test_a_perfect_run() -> None:
    report = evaluate(ScriptedAssistant(LINES))
    assert report.n == 6
    found = figures(report)
    # f1: "1250 m" in 6 tokens; "6,85 tấn" in 10; "5/9/2022" is none of the tokens of the spelled date
    assert {name: found[name] for name in ANSWER_MODE if found[name] != 1.0} == {
        "outcome.error": 0.0,
        "answer.exact": 0.0,
        "answer.f1": pytest.approx((2 * 2 / 8 + 2 * 2 / 12 + 0) / 3),
        "refusal.wrong_answer_rate": 0.0,
        "retrieval.recall@1": 0.75,
        "retrieval.mrr@10": 0.875,
        "retrieval.ndcg@10": pytest.approx((3 + 0.63093) / 4, abs=1e-4),
    }
    assert [record.outcome for record in report.records] == [Outcome.CORRECT] * 4 + [Outcome.ABSTAINED] * 2
    assert all(record.right for record in report.records)


def test_times_are_those_the_caller_sees() -> None:
    found = figures(evaluate(ScriptedAssistant(LINES)))
    assert {name: found[name] for name in METRICS if name.startswith("latency.")} == {
        "latency.first_evidence.p50": 0.5,
        "latency.first_evidence.p95": 0.5,
        "latency.first_token.p50": 1.0,
        "latency.first_token.p95": 1.0,
        "latency.total.p50": 2.0,
        "latency.total.p95": 2.0,
    }
    assert (found["tokens.prompt"], found["tokens.answer"]) == (300.0, 20.0)


def test_json_of_the_contract() -> None:
    report = evaluate(ScriptedAssistant(LINES), Options(settings={"llm": "x"}, fingerprint={"index": "abc"}))
    printed = json.loads(json.dumps(report.to_json()))
    assert sorted(printed) == ["fingerprint", "metrics", "n", "settings", "slices"]
    assert printed["metrics"]["answer.correct"] == {"value": 1.0, "stderr": 0.0, "n": 4}
    assert printed["metrics"]["refusal.recall"] == {"value": 1.0, "stderr": 0.0, "n": 2}
    assert sorted(printed["slices"]) == [
        "accented",
        "answerable",
        "date",
        "name",
        "near",
        "number",
        "type:how_many",
        "type:when",
        "type:who",
        "unanswerable",
    ]
    assert printed["slices"]["number"]["answer.correct"] == {"value": 1.0, "stderr": 0.0, "n": 3}
    assert "answer.correct" not in printed["slices"]["near"]
    assert printed["settings"] == {
        "llm": "x",
        "retrieval_only": False,
        "unaccented": False,
        "drop_gold": False,
        "sample": None,
        "seed": 0,
    }
    assert printed["fingerprint"]["index"] == "abc"
    assert len(printed["fingerprint"]["cases"]) == 64


def test_retrieval_alone() -> None:
    report = evaluate(ScriptedAssistant(LINES), Options(retrieval_only=True))
    assert figures(report) == {
        "outcome.error": 0.0,
        "retrieval.recall@1": 0.75,
        "retrieval.recall@3": 1.0,
        "retrieval.recall@5": 1.0,
        "retrieval.recall@10": 1.0,
        "retrieval.mrr@10": 0.875,
        "retrieval.ndcg@10": pytest.approx((3 + 0.63093) / 4, abs=1e-4),
        "latency.total.p50": 0.25,
        "latency.total.p95": 0.25,
    }
    assert {record.outcome for record in report.records} == {None}


def test_hidden_articles_and_the_day_are_passed_on() -> None:
    assistant = ScriptedAssistant(LINES)
    dated = replace(CASES[0], today=date(2023, 4, 13), related=frozenset({"cau-song-han"}))
    report = run([dated], assistant, Options(drop_gold=True), clock=assistant.clock)
    assert assistant.asked == [(CASES[0].question, frozenset({"cau-song-han"}), date(2023, 4, 13))]
    assert figures(report)["refusal.recall"] == 1.0
    assert figures(report)["retrieval.recall@10"] is None


def test_options_are_applied_in_turn() -> None:
    (typed,) = prepare(CASES[:1], Options(unaccented=True))
    assert typed.question == "Cau Binh Loc dai bao nhieu met?"
    assert len(prepare(CASES, Options(sample=3, seed=1))) == 3
    with pytest.raises(InputError, match="Không còn câu nào"):
        prepare([replace(CASES[0], articles=())], Options(drop_gold=True))


# ── Errors ────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Failing(ScriptedAssistant):
    """Raises on one question."""

    error: Exception = field(default_factory=lambda: ValueError("hỏng"))

    def change(self, found: tuple[Hit, ...]) -> tuple[Hit, ...]:
        if self.asked[-1][0] == CASES[1].question:
            raise self.error
        return found

    def __post_init__(self) -> None:
        self.change_hits = self.change


def test_one_error_is_the_outcome_of_its_case() -> None:
    report = evaluate(Failing(LINES))
    failed = report.records[1]
    assert (failed.outcome, failed.error) == (Outcome.ERROR, "ValueError: hỏng")
    assert report.metrics["outcome.error"].value == pytest.approx(1 / 6)
    assert report.metrics["answer.correct"].n == 3
    assert report.metrics["outcome.right"].n == 5


def test_a_missing_model_ends_the_run() -> None:
    with pytest.raises(ModelError):
        evaluate(Failing(LINES, error=ModelError("errors.empty_question")))


def test_a_stream_without_an_end_is_an_error() -> None:
    class Silent(ScriptedAssistant):
        def answer(self, *_: object, **__: object) -> object:  # type: ignore[override]
            return iter(())

    record = ask(CASES[0], Silent(LINES))  # type: ignore[arg-type]
    assert record.error == "the stream of events ended without Done"


# ── Resuming ──────────────────────────────────────────────────────────────────────────────────────


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    whole = evaluate(ScriptedAssistant(LINES), out=tmp_path / "whole")
    evaluate(Failing(LINES), out=tmp_path / "run")  # the second case ends in an error and is asked again
    file = tmp_path / "run" / "records.jsonl"
    content = file.read_bytes()
    file.write_bytes(content[: content.rfind(b'{"case"') + 50])  # the last line was cut off
    told: list[Progress] = []
    second = ScriptedAssistant(LINES)
    resumed = run(CASES, second, Options(), tmp_path / "run", told.append, clock=second.clock)
    assert [question for question, *_ in second.asked] == [CASES[1].question, CASES[5].question]
    assert [(p.done, p.total, p.seconds_left) for p in told] == [(5, 6, 2.0), (6, 6, 0.0)]
    assert told[-1].running["outcome.right"] == 1.0
    assert running_note(told[0]).endswith(" · còn 0:02")
    assert running_note(told[-1]).startswith("answer.correct 1.00 · evidence.contains 1.00 · ")
    assert resumed == whole


def test_a_finished_run_is_not_asked_again(tmp_path: Path) -> None:
    first = evaluate(ScriptedAssistant(LINES), out=tmp_path)
    again = ScriptedAssistant(LINES)
    assert evaluate(again, out=tmp_path) == first
    assert again.asked == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["records.jsonl", "run.json", "summary.json"]


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    evaluate(ScriptedAssistant(LINES), out=tmp_path)
    with pytest.raises(InputError, match="đã có lượt đánh giá khác"):
        evaluate(ScriptedAssistant(LINES), Options(fingerprint={"llm": "other"}), tmp_path)
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="không phải một lượt đánh giá dùng được"):
        evaluate(ScriptedAssistant(LINES), out=tmp_path)


def test_a_record_survives_its_file() -> None:
    for record in evaluate(ScriptedAssistant(LINES)).records:
        dated = replace(record, case=replace(record.case, today=date(2023, 1, 2), hidden=frozenset("ab")))
        assert from_json(json.loads(json.dumps(to_json(dated)))) == dated


# ── Planted faults move exactly what they should ──────────────────────────────────────────────────


def moved(change: Callable[[ScriptedAssistant], None]) -> set[str]:
    """The metrics, but for time and tokens, that a fault moves from those of the perfect run."""
    good, bad = ScriptedAssistant(LINES), ScriptedAssistant(LINES)
    change(bad)
    before, after = figures(evaluate(good)), figures(evaluate(bad))
    return {name for name in ANSWER_MODE if before[name] != after[name]}


def test_a_retriever_that_finds_anything_moves_retrieval_alone() -> None:
    def elsewhere(found: tuple[Hit, ...]) -> tuple[Hit, ...]:
        names = [hit.article.id for hit in found]
        return hits([name for name in ARTICLES if name not in names][:1])

    def random_passages(assistant: ScriptedAssistant) -> None:
        assistant.change_hits = elsewhere

    assert moved(random_passages) == {name for name in ANSWER_MODE if name.startswith("retrieval.")}


def test_citations_shifted_to_the_next_sentence_move_precision_and_recall() -> None:
    def shift(answer: Answer) -> Answer:
        count = len(answer.citations)
        sentences = tuple(
            AnswerSentence(s.text, tuple(n % count + 1 for n in s.citations)) for s in answer.sentences
        )
        return replace(answer, sentences=sentences)

    def shifted(assistant: ScriptedAssistant) -> None:
        assistant.change_answer = shift

    assert moved(shifted) == {"citation.precision", "citation.recall"}


def test_a_quote_that_the_index_does_not_have_is_not_verbatim() -> None:
    def forge(answer: Answer) -> Answer:
        citations = tuple(
            replace(
                c,
                quote=replace(c.quote, article=replace(c.quote.article, text="X" + c.quote.article.text[1:])),
            )
            for c in answer.citations
        )
        return replace(answer, citations=citations)

    def forged(assistant: ScriptedAssistant) -> None:
        assistant.change_answer = forge

    assert moved(forged) == {"citation.verbatim"}


def test_citations_of_another_article() -> None:
    other = quote("giai-chay", ARTICLES["giai-chay"].text)

    def misplace(answer: Answer) -> Answer:
        return replace(answer, citations=tuple(Citation(c.number, other) for c in answer.citations))

    def misplaced(assistant: ScriptedAssistant) -> None:
        assistant.change_answer = misplace

    assert moved(misplaced) == {
        "citation.precision",
        "citation.recall",
        "citation.article",
        "evidence.contains",
    }


def test_an_assistant_that_always_answers() -> None:
    def insist(answer: Answer) -> Answer:
        if not answer.abstained:
            return answer
        line = LINES[CASES[2].question].parts[0]
        return replace(
            answer,
            text=f"{line[0]} [1]",
            abstained=False,
            citations=(Citation(1, quote(line[1], line[2])),),
            sentences=(AnswerSentence(line[0], (1,)),),
        )

    def always(assistant: ScriptedAssistant) -> None:
        assistant.change_answer = insist

    assert moved(always) == {
        "outcome.right",
        "refusal.precision",
        "refusal.recall",
        "refusal.wrong_answer_rate",
    }


def test_an_assistant_that_always_refuses() -> None:
    def refuse(answer: Answer) -> Answer:
        return replace(answer, text=REFUSAL, abstained=True, citations=(), sentences=())

    def never(assistant: ScriptedAssistant) -> None:
        assistant.change_answer = refuse

    assert moved(never) == {
        "outcome.right",
        "answer.correct",
        "answer.contains",
        "answer.f1",
        "evidence.contains",
        "citation.precision",
        "citation.recall",
        "citation.verbatim",
        "citation.article",
        "language.vietnamese",
        "refusal.precision",
    }


# ── Slices and gate ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Ai chủ trì hội nghị?", "who"),
        ("Bao nhiêu người dự?", "how_many"),
        ("Cầu khánh thành khi nào?", "when"),
        ("Họp vào ngày nào?", "when"),
        ("Hội nghị diễn ra ở đâu?", "where"),
        ("Do đâu giá tăng?", "why"),
        ("Vì sao giá tăng?", "why"),
        ("Tình hình ra sao?", "how"),
        ("Huyện nào đạt chuẩn?", "where"),
        ("Giống lúa nào cho năng suất cao?", "which"),
        ("Chủ đề là gì?", "what"),
        ("Cầu đã xong chưa?", "yes_no"),
        ("Kể tên các xã.", "other"),
        ("ai chu tri hoi nghi", "who"),
        ("may gio hop", "how_many"),
        ("dau tu vao may moc the nao", "how"),
        ("hop o dau", "where"),
    ],
)
def test_question_types(question: str, kind: str) -> None:
    assert question_type(question) == f"type:{kind}"


def test_the_gate_names_metric_value_and_bound() -> None:
    report = evaluate(ScriptedAssistant(LINES))
    assert gate(report, ["answer.correct=0.9", "latency.total.p95=3", "outcome.error=0"]) == []
    failures = gate(report, ["retrieval.recall@1=0.8", "latency.total.p95=1.5"])
    assert failures == [
        Failure("retrieval.recall@1", 0.75, 0.8),
        Failure("latency.total.p95", 2.0, 1.5),
    ]
    assert str(failures[0]) == "Chưa đạt: retrieval.recall@1 = 0.75, ngưỡng 0.8."


def test_what_was_not_measured_fails_the_gate() -> None:
    report = evaluate(ScriptedAssistant(LINES), Options(retrieval_only=True))
    (failure,) = gate(report, ["answer.correct=0.1"])
    assert failure == Failure("answer.correct", None, 0.1)
    assert str(failure) == "Chưa đạt: answer.correct = không đo được, ngưỡng 0.1."


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ("answer.corect=0.7", r'Không có số đo "answer\.corect"'),
        ("answer.correct=cao", "phải có dạng"),
        ("answer.correct", "phải có dạng"),
        ("answer.correct=nan", "phải có dạng"),
    ],
)
def test_unusable_bounds(bound: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_bounds([bound])


def test_the_article_must_be_in_the_index_to_be_quoted_verbatim() -> None:
    class Forgetful(ScriptedAssistant):
        def article(self, article_id: str) -> Article:
            raise KeyError(article_id)

    report = evaluate(Forgetful(LINES))
    assert report.metrics["citation.verbatim"].value == 0.0


def test_a_line_without_parts_is_refused() -> None:
    assistant = ScriptedAssistant({"Ai?": Line()})
    report = run([case("a", "Ai?", ["Mai"])], assistant, Options(), clock=assistant.clock)
    assert report.records[0].outcome is Outcome.ABSTAINED
    assert report.metrics["outcome.right"].value == 0.0
