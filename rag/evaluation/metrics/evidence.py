"""evidence.contains: whether what must be said stands in a quote that the reader was shown."""

from __future__ import annotations

from rag.evaluation.matching import contains
from rag.evaluation.record import Record, Score
from rag.texts import text

NAMES = ("evidence.contains",)


def score(record: Record) -> dict[str, Score]:
    """Share of the case's facts with an alternative inside one shown quote, cited or not.

    Answerable cases only; showing nothing (a refusal) scores 0.
    """
    facts = record.case.answers
    if record.case.abstain or not facts:
        return {}
    quotes = {quote.text for quote in (*record.evidence, *record.citations)}
    lacking = [
        fact
        for fact in facts
        if not any(contains(quote, alternative) for quote in quotes for alternative in fact)
    ]
    names = "; ".join(" / ".join(fact) for fact in lacking)
    why = text("eval.why_no_evidence", facts=names) if lacking else text("eval.why_evidence")
    return {"evidence.contains": Score(1 - len(lacking) / len(facts), why)}
