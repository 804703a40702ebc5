"""A question in its conversation → what there is for it: passages, sentences, and whether they suffice.

What was found is kept for a while: a question that was typed is asked a moment later.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from rag.answering import evidence, refusal
from rag.answering.comparing import hits_together, questions_in, quotes_together
from rag.answering.conversation import SURE, standalone
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import Snapshot, Store
from rag.types import Hit, Message, Period, Query, Quote

KEPT = 8  # questions: what several readers type at the same time


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles may answer, and the day that "hôm qua" counts from. `without` hides articles."""

    period: Period | None
    source: str | None
    without: frozenset[str]
    today: date


@dataclass(frozen=True, slots=True)
class Look:
    """What was found for one question, and whether it suffices."""

    query: Query
    hits: tuple[Hit, ...]
    judged: list[evidence.Judged]
    verdict: refusal.Verdict


@dataclass(frozen=True, slots=True)
class Found:
    """A question as it was understood, and what was found for it and its parts."""

    query: Query
    hits: tuple[Hit, ...]
    looks: tuple[Look, ...]
    searched: float  # when the search was over, on the clock of time.perf_counter

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The sentences that answer, if they suffice."""
        return quotes_together([evidence.choose(look.judged, look.query.text) for look in self.looks])

    @property
    def weakest(self) -> Look:
        """The part with the least evidence decides whether it suffices."""
        return min(self.looks, key=lambda look: look.verdict.probability)


@dataclass(slots=True)
class Memory:
    """What was found for the last questions. Threads may share it."""

    _kept: OrderedDict[Hashable, Found] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What was found under this key, which says all that it depends on, or else is found now."""
        with self._lock:
            known = self._kept.pop(key, None)
        found = find() if known is None else replace(known, searched=time.perf_counter())
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def clear(self) -> None:
        """From here on everything is looked for again."""
        with self._lock:
            self._kept.clear()


@dataclass(frozen=True, slots=True)
class Finder:
    """Looks for what answers a question in one index."""

    store: Store
    retriever: Retriever
    settings: Settings
    memory: Memory

    def found(self, question: str, history: Sequence[Message], scope: Scope) -> Found:
        """What there is for a question in its conversation."""
        said = tuple(turn["content"] for turn in history)
        with self.store.snapshot() as snapshot:
            # All that it depends on. Of an index that is no more, or another now, nothing is found again.
            key = (weakref.ref(snapshot), self.settings, question, said, scope)
            find = partial(self._in_conversation, question, history, scope, snapshot)
            return self.memory.get(key, find)

    def _in_conversation(
        self, question: str, history: Sequence[Message], scope: Scope, snapshot: Snapshot
    ) -> Found:
        reading = standalone(question, history)
        found = self._alone(reading.text, scope, snapshot)
        if reading.guessed and found.weakest.verdict.probability < SURE:
            found = self._alone(question, scope, snapshot)  # nothing to do with what was said before
        return replace(found, query=replace(found.query, original=question))

    def _alone(self, text: str, scope: Scope, snapshot: Snapshot) -> Found:
        """What there is for a question that stands alone; for one about two things, for each of them."""
        understand = partial(
            self.retriever.understand,
            snapshot=snapshot,
            today=scope.today,
            period=scope.period,
            source=scope.source,
        )
        query = understand(text)
        parts = questions_in(query.text)
        asked = [understand(part) for part in parts] if parts[1:] else [query]
        most = self.settings.hits
        hits = [self.retriever.search(one, snapshot, most, without=scope.without) for one in asked]
        searched = time.perf_counter()
        looks = tuple(self._look(one, its) for one, its in zip(asked, hits, strict=True))
        return Found(query, hits_together(hits, most), looks, searched)

    def _look(self, query: Query, hits: tuple[Hit, ...]) -> Look:
        judged = evidence.judge_sentences(query, hits, self.retriever.embedder)
        verdict = refusal.decide(query, hits, judged, strictness=self.settings.strictness)
        return Look(query, hits, judged, verdict)
