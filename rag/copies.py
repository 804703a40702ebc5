"""One story, several newspapers: which passages say the same."""

from __future__ import annotations

from collections.abc import Sequence

from rag.language.normalize import tokens
from rag.types import Passage

SAME_STORY = 0.8  # share of common five-syllable runs above which two passages are one story
SHINGLE = 5


def distinct(passages: Sequence[Passage], k: int) -> list[Passage]:
    """The first `k` passages that are not near-copies of an earlier one (one story, two newspapers).

    Copies that differ in a figure are both kept: the difference may be the answer.
    """
    kept: list[tuple[Passage, list[str]]] = []
    for passage in passages:
        syllables = tokens(passage.text)
        if not any(_near_copy(syllables, other) for _, other in kept):
            kept.append((passage, syllables))
        if len(kept) == k:
            break
    return [passage for passage, _ in kept]


def _near_copy(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the runs of the shorter text are nearly all in the longer (containment, Broder 1997)."""
    if len(one) > len(other):
        one, other = other, one
    if {w for w in one if w[0].isdigit()} - set(other):
        return False
    small, large = _shingles(one), _shingles(other)
    return len(small & large) >= SAME_STORY * len(small)


def _shingles(syllables: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(
        tuple(syllables[start : start + SHINGLE]) for start in range(max(1, len(syllables) - SHINGLE + 1))
    )
