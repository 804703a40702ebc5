"""latency.* and tokens.*: what an answer costs the person who waits and the machine that writes."""

from __future__ import annotations

from rag.evaluation.record import Record, Score

STAGES = ("first_evidence", "first_token", "total")
NAMES = tuple(f"latency.{stage}.{level}" for stage in STAGES for level in ("p50", "p95"))
TOKEN_NAMES = ("tokens.prompt", "tokens.answer")


def score(record: Record) -> dict[str, Score]:
    """Seconds from the question to each event, as the caller saw them; tokens when an LLM wrote."""
    scores = {
        f"latency.{stage}.{level}": Score(record.seconds[stage])
        for stage in STAGES
        if stage in record.seconds
        for level in ("p50", "p95")
    }
    if record.prompt_tokens:
        scores["tokens.prompt"] = Score(float(record.prompt_tokens))
        scores["tokens.answer"] = Score(float(record.answer_tokens))
    return scores
