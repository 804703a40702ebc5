"""Asks every case through the same stream of events that chat and command line consume."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from rag.errors import InputError, ModelError, StoreError
from rag.evaluation.cases import Case
from rag.evaluation.folder import RunFolder
from rag.evaluation.metrics import METRICS, scored
from rag.evaluation.metrics.retrieval import DEPTH
from rag.evaluation.record import Record, Sentence, cited, found, shown, to_json
from rag.evaluation.statistics import mean
from rag.evaluation.summary import Report, summarize
from rag.evaluation.variants import drop_gold, sample, unaccented
from rag.types import (
    Answer,
    Article,
    Done,
    Event,
    Evidence,
    Hit,
    Message,
    Query,
    Retrieved,
    Token,
    Understood,
)

logger = logging.getLogger(__name__)


class Assistant(Protocol):
    """What is evaluated: all of it, or its retrieval alone."""

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        without: frozenset[str] = frozenset(),
        today: date | None = None,
    ) -> Iterator[Event]: ...

    def search(
        self,
        question: str,
        k: int,
        *,
        without: frozenset[str] = frozenset(),
        today: date | None = None,
    ) -> tuple[Query, tuple[Hit, ...]]: ...

    def article(self, article_id: str) -> Article:
        """The index's own copy. Raises KeyError when it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. `settings` and `fingerprint` describe the assistant and go into the report as they are."""

    retrieval_only: bool = False
    unaccented: bool = False
    drop_gold: bool = False
    sample: int | None = None
    seed: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)
    fingerprint: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `running` holds the means so far."""

    done: int
    total: int
    running: Mapping[str, float]
    seconds_left: float
    last: Record


def run(
    cases: Sequence[Case],
    assistant: Assistant,
    options: Options,
    out: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Report:
    """Asks all cases, writes the run to the folder `out` if there is one, and gives the figures.

    An interrupted run with the same cases, options and fingerprint goes on where it stopped.
    Raises InputError when there is nothing to ask or `out` holds another run; ModelError and StoreError
    end the run, any other failure is the outcome of its case.
    """
    chosen = prepare(cases, options)
    settings = {**options.settings, **_switches(options)}
    fingerprint = {**options.fingerprint, "cases": _cases_fingerprint(chosen)}
    folder = RunFolder(out) if out else None
    finished = folder.open({"settings": settings, "fingerprint": fingerprint}) if folder else {}
    tracker = _Tracker(len(chosen), finished.values(), progress, clock())
    for case in chosen:
        if case.id in finished:
            continue
        record = scored(ask(case, assistant, retrieval_only=options.retrieval_only, clock=clock))
        if folder:
            folder.append(record)
        finished[case.id] = record
        tracker.add(record, clock())
    report = summarize(tuple(finished[case.id] for case in chosen), settings, fingerprint)
    if folder:
        folder.finish(report)
    return report


def prepare(cases: Sequence[Case], options: Options) -> tuple[Case, ...]:
    """The cases that these options ask. Raises InputError when none is left."""
    chosen = tuple(cases)
    if options.drop_gold:
        chosen = drop_gold(chosen)
    if options.sample is not None and chosen:
        chosen = sample(chosen, options.sample, options.seed)
    if options.unaccented:
        chosen = unaccented(chosen)
    if not chosen:
        raise InputError("eval.nothing_to_ask")
    return chosen


def _switches(options: Options) -> dict[str, object]:
    return {
        "retrieval_only": options.retrieval_only,
        "unaccented": options.unaccented,
        "drop_gold": options.drop_gold,
        "sample": options.sample,
        "seed": options.seed,
    }


def _cases_fingerprint(cases: Sequence[Case]) -> str:
    """Changes with anything that is asked or expected, not with where the files lie."""
    described = [to_json(Record(replace(case, place="")))["case"] for case in cases]
    content = json.dumps(described, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


# ── One case ──────────────────────────────────────────────────────────────────────────────────────


def ask(
    case: Case,
    assistant: Assistant,
    *,
    retrieval_only: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> Record:
    """What came of one case, not yet scored; a failure is kept in `error`.

    Raises ModelError and StoreError: no later case could fare better.
    """
    try:
        return _search(case, assistant, clock) if retrieval_only else _answer(case, assistant, clock)
    except (ModelError, StoreError):
        raise
    except Exception as error:
        logger.exception("case %s", case.id)
        return Record(case, error=f"{type(error).__name__}: {error}")


def _search(case: Case, assistant: Assistant, clock: Callable[[], float]) -> Record:
    started = clock()
    query, hits = assistant.search(case.question, DEPTH, without=case.hidden, today=case.today)
    seconds = {"total": clock() - started}
    return Record(case, understood=query.text, hits=tuple(map(found, hits)), seconds=seconds)


def _answer(case: Case, assistant: Assistant, clock: Callable[[], float]) -> Record:
    record = Record(case)
    seconds: dict[str, float] = {}
    started = clock()
    for event in assistant.answer(case.question, case.history, without=case.hidden, today=case.today):
        now = clock() - started
        match event:
            case Understood(query):
                record = replace(record, understood=query.text)
            case Retrieved(hits):
                record = replace(record, hits=tuple(map(found, hits)))
            case Evidence(quotes):
                seconds.setdefault("first_evidence", now)
                evidence = tuple(shown(quote, assistant.article) for quote in quotes)
                record = replace(record, evidence=evidence)
            case Token():
                seconds.setdefault("first_token", now)
            case Done(answer):
                seconds["total"] = now
                return _finished(replace(record, seconds=seconds), answer, assistant)
    return replace(record, error="the stream of events ended without Done")


def _finished(record: Record, answer: Answer, assistant: Assistant) -> Record:
    return replace(
        record,
        answer=answer.text,
        abstained=answer.abstained,
        sufficiency=answer.sufficiency,
        citations=cited(answer.citations, assistant.article),
        sentences=tuple(Sentence(s.text, s.citations) for s in answer.sentences),
        model=answer.model,
        prompt_tokens=answer.prompt_tokens,
        answer_tokens=answer.answer_tokens,
    )


# ── Progress ──────────────────────────────────────────────────────────────────────────────────────


class _Tracker:
    """Running means and the time left, told after every case."""

    def __init__(
        self, total: int, finished: Iterable[Record], tell: Callable[[Progress], None], now: float
    ) -> None:
        self._total, self._tell, self._started = total, tell, now
        self._values: defaultdict[str, list[float]] = defaultdict(list)
        self._done = 0
        for record in finished:
            self._count(record)
        self._resumed = self._done

    def _count(self, record: Record) -> None:
        self._done += 1
        for name, score in record.scores.items():
            if METRICS[name].aggregate is mean:
                self._values[name].append(score.value)

    def add(self, record: Record, now: float) -> None:
        """Counts a finished case and tells how far the run is."""
        self._count(record)
        per_case = (now - self._started) / (self._done - self._resumed)
        running = {name: sum(values) / len(values) for name, values in self._values.items()}
        self._tell(Progress(self._done, self._total, running, per_case * (self._total - self._done), record))
