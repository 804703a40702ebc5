"""refusal.*: knowing when not to answer."""

from __future__ import annotations

from rag.evaluation.record import Outcome, Record, Score

NAMES = ("refusal.precision", "refusal.recall", "refusal.wrong_answer_rate", "refusal.auc")


def score(record: Record) -> dict[str, Score]:
    """One value per figure the case counts for; their means are the figures, but for the AUC.

    `precision` is over refusals, `recall` over cases that must be refused, `wrong_answer_rate` over all
    judged cases; `auc` holds the sufficiency score, its label being whether the case can be answered.
    """
    must = record.case.abstain
    scores: dict[str, Score] = {}
    if record.abstained:
        scores["refusal.precision"] = Score(float(must), record.reason)
    if must:
        scores["refusal.recall"] = Score(float(record.abstained), record.reason)
    if record.right is not None:
        wrong = record.outcome is Outcome.INCORRECT
        scores["refusal.wrong_answer_rate"] = Score(float(wrong), record.reason)
    if record.sufficiency is not None:
        scores["refusal.auc"] = Score(record.sufficiency)
    return scores
