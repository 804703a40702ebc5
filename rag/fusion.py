"""Two rankings → one.

Fusion is min-max: each leg's scores are stretched to 0..1 over its own candidates and averaged with a
weight. On Vietnamese news it beats reciprocal rank fusion by 1.5 to 3.9 points of nDCG@10 (ViRE, EACL
2026), because it keeps how much better one passage is than the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.store import Scored


def fuse(legs: Mapping[str, Sequence[Scored]], weights: Mapping[str, float]) -> dict[str, float]:
    """Min-max fusion: passage id → weighted sum of each leg's score stretched to 0..1.

    A passage that a leg did not return scores 0 there, like the leg's worst candidate.
    """
    fused: dict[str, float] = {}
    for name, leg in legs.items():
        scores = [scored.score for scored in leg]
        low, span = min(scores, default=0.0), max(scores, default=0.0) - min(scores, default=0.0)
        for scored in leg:
            part = (scored.score - low) / span if span else 1.0
            fused[scored.passage.id] = fused.get(scored.passage.id, 0.0) + weights[name] * part
    return fused
