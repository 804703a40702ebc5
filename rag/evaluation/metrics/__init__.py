"""Every figure of the test set: its name, how cases add up to it, and which way is better.

One file per scorer; each gives a value and an explanation per case, from the case's record alone.
`docs/metrics.md` has a section for every name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rag.evaluation.metrics import answer, citation, evidence, language, latency, outcome, refusal, retrieval
from rag.evaluation.record import Outcome, Record, Score
from rag.evaluation.statistics import Aggregate, auc, mean, median, percentile_95


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure over cases."""

    name: str
    aggregate: Aggregate = mean
    higher_is_better: bool = True
    is_share: bool = True  # between 0 and 1; otherwise seconds or tokens


def _latency(name: str) -> Metric:
    aggregate = median if name.endswith("p50") else percentile_95
    return Metric(name, aggregate, higher_is_better=False, is_share=False)


_DIFFERENT = {
    "refusal.auc": Metric("refusal.auc", auc),
    "refusal.wrong_answer_rate": Metric("refusal.wrong_answer_rate", higher_is_better=False),
    "outcome.error": Metric("outcome.error", higher_is_better=False),
}
_SHARES = (
    *outcome.NAMES,
    *answer.NAMES,
    *evidence.NAMES,
    *citation.NAMES,
    *refusal.NAMES,
    *language.NAMES,
    *retrieval.NAMES,
)

METRICS: Mapping[str, Metric] = {
    **{name: _DIFFERENT.get(name, Metric(name)) for name in _SHARES},
    **{name: _latency(name) for name in latency.NAMES},
    **{name: Metric(name, higher_is_better=False, is_share=False) for name in latency.TOKEN_NAMES},
}
RETRIEVAL_ONLY = (
    "outcome.error",
    *retrieval.NAMES,
    *(name for name in latency.NAMES if name.startswith("latency.total")),
)
"""What `--retrieval-only` can measure."""


def scored(record: Record) -> Record:
    """The record with its outcome, the reason for it and all its scores; an error scores only as an error."""
    if record.error:
        failed = replace(record, outcome=Outcome.ERROR, reason=record.error.strip().splitlines()[-1])
        return replace(failed, scores=outcome.score(failed))
    judged = record
    if record.answer is not None:
        verdict, reason = answer.judge(record)
        judged = replace(record, outcome=verdict, reason=reason)
    scores: dict[str, Score] = {}
    if record.answer is not None:
        for scorer in (answer, evidence, citation, refusal, language):
            scores |= scorer.score(judged)
    for scorer in (outcome, retrieval, latency):
        scores |= scorer.score(judged)
    return replace(judged, scores=scores)
