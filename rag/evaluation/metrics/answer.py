"""answer.*: whether the answer says what it must, by facts and by token overlap. Answerable cases only."""

from __future__ import annotations

from rag.evaluation.matching import contains, exact, f1, without_marks
from rag.evaluation.record import Outcome, Record, Score
from rag.texts import text

NAMES = ("answer.correct", "answer.f1", "answer.exact", "answer.contains")


def score(record: Record) -> dict[str, Score]:
    """The figures that the case's gold answer allows; a refusal scores 0 in all of them.

    `correct`: every fact has one alternative in the answer. `contains`: the share of facts that have.
    `exact` and `f1`: best alternative, for cases of one fact; `f1` against the reference if there is one.
    """
    case = record.case
    if case.abstain:
        return {}
    answer = "" if record.abstained else without_marks(record.answer or "")
    scores: dict[str, Score] = {}
    if case.answers:
        lacking = missing_facts(record)
        share = 1 - len(lacking) / len(case.answers)
        why = explain_missing(lacking)
        scores["answer.correct"] = Score(float(not lacking), why)
        scores["answer.contains"] = Score(share, why)
    if len(case.answers) == 1:
        best = max(case.answers[0], key=lambda alternative: f1(answer, alternative))
        same = any(exact(answer, alternative) for alternative in case.answers[0])
        scores["answer.exact"] = Score(float(same), text("eval.why_best", best=best))
        scores["answer.f1"] = Score(f1(answer, best), text("eval.why_best", best=best))
    if case.reference:
        scores["answer.f1"] = Score(f1(answer, case.reference), text("eval.why_reference"))
    return scores


def missing_facts(record: Record) -> tuple[tuple[str, ...], ...]:
    """The facts of which the answer has no alternative; all of them when it refused."""
    if record.abstained:
        return record.case.answers
    answer = without_marks(record.answer or "")
    return tuple(
        fact for fact in record.case.answers if not any(contains(answer, alternative) for alternative in fact)
    )


def explain_missing(lacking: tuple[tuple[str, ...], ...]) -> str:
    """In words: which facts are missing."""
    if not lacking:
        return text("eval.why_all_facts")
    return text("eval.why_missing", facts="; ".join(" / ".join(fact) for fact in lacking))


def judge(record: Record) -> tuple[Outcome | None, str]:
    """The outcome of a record without an error, and the reason for it."""
    case = record.case
    if record.abstained:
        return Outcome.ABSTAINED, text("eval.why_refused_right" if case.abstain else "eval.why_refused_wrong")
    if case.abstain:
        return Outcome.INCORRECT, text("eval.why_should_refuse")
    if not case.answers:
        return None, text("eval.why_unjudged")
    lacking = missing_facts(record)
    return (Outcome.INCORRECT if lacking else Outcome.CORRECT), explain_missing(lacking)
