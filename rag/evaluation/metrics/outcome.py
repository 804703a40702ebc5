"""outcome.*: how many cases were treated right, and how many could not be judged for an error."""

from __future__ import annotations

from rag.evaluation.record import Outcome, Record, Score

NAMES = ("outcome.right", "outcome.error")


def score(record: Record) -> dict[str, Score]:
    """`right`: answered correctly, or refused where it must be; errors are counted in `error` alone."""
    error = record.outcome is Outcome.ERROR
    scores = {"outcome.error": Score(float(error), record.reason if error else "")}
    if record.right is not None:
        scores["outcome.right"] = Score(float(record.right), record.reason)
    return scores
