"""What an answer has cost on this machine since the server started: medians of what the answers took."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from rag.answering.assistant import NO_LLM
from rag.types import Answer

REMEMBERED = 200  # answers


@dataclass(frozen=True, slots=True)
class Costs:
    """Medians in seconds; None for what has not happened yet."""

    answers: int = 0  # written by the LLM, and what they took until …
    evidence: float | None = None  # … the quotes were found,
    writing: float | None = None  # … from there to the end,
    total: float | None = None  # … and altogether
    refusals: int = 0  # decided before the LLM was asked
    refusal: float | None = None


@dataclass(slots=True)
class Times:
    """What the last answers took. Threads may share it."""

    _written: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _refused: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def note(self, answer: Answer) -> None:
        """Answers made of quotes alone do not count: readers do not wait for them."""
        spent = answer.timings
        if spent.total is None:
            return
        if answer.abstained and spent.first_token is None:
            self._refused.append(spent.total)
        elif answer.model != NO_LLM and spent.first_evidence is not None:
            self._written.append((spent.first_evidence, spent.total))

    def costs(self) -> Costs:
        """The medians of now."""
        written, refused = list(self._written), list(self._refused)
        return Costs(
            answers=len(written),
            evidence=median(evidence for evidence, _ in written) if written else None,
            writing=median(total - evidence for evidence, total in written) if written else None,
            total=median(total for _, total in written) if written else None,
            refusals=len(refused),
            refusal=median(refused) if refused else None,
        )
