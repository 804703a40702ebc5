"""A question that is over, as it is kept: all that the page shows of it, and nothing of the index."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from rag.copies import carried_in
from rag.texts import text
from rag.types import Answer, Article, Message, Query, Quote
from rag.web.markup import day
from rag.web.turn import Turn

NEAREST = 3  # articles offered under a refusal

Outcome: TypeAlias = Literal["answered", "refused", "stopped", "failed"]
Opinion: TypeAlias = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class Source:
    """A place in an article as the page names it: `quote` is the article's `text[start:end]`."""

    article: str  # the article's id
    start: int
    end: int
    quote: str
    title: str
    published: str | None = None
    paper: str | None = None
    carried: str = ""  # "3 báo cùng đưa tin"
    number: int | None = None  # of the citation

    @property
    def names(self) -> tuple[str, ...]:
        """Title, paper, day: what names an article to a reader."""
        found = (self.title.strip() or text("web.untitled"), self.paper, day(self.published))
        return tuple(name for name in found if name)


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A sentence of the model that is held back, and why: a key of `web.reason_…`."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """One question, what came of it, and what the reader thought of that."""

    id: str
    asked: str  # ISO 8601 with time zone
    question: str
    outcome: Outcome
    text: str  # the answer with [n] marks; the refusal; what was written before it was stopped; the error
    understood: tuple[str, ...] = ()  # lines
    sources: tuple[Source, ...] = ()  # citations; of an answer that was stopped, the evidence
    nearest: tuple[Source, ...] = ()  # under a refusal
    withheld: tuple[Unsaid, ...] = ()
    suggestions: tuple[str, ...] = ()  # questions to go on with
    seconds: float = 0.0
    model: str = ""
    collection: str | None = None
    opinion: Opinion | None = None
    reason: str = ""  # of the opinion, in the reader's words

    @property
    def said(self) -> bool:
        """Whether it was answered, be it by a refusal: what comes after it may refer to it."""
        return self.outcome in {"answered", "refused"}


def record(turn: Turn, *, collection: str | None = None, suggestions: tuple[str, ...] = ()) -> Record:
    """What is kept of a turn that is over."""
    answer = turn.answer
    made = Record(
        id=uuid.uuid4().hex,
        asked=datetime.now(UTC).isoformat(timespec="seconds"),
        question=turn.question,
        outcome=_outcome(turn),
        text=turn.draft.strip(),
        understood=understood(turn.question, turn.query),
        sources=evidence(turn),
        seconds=round(turn.seconds, 3),
        collection=collection,
        suggestions=suggestions,
    )
    if answer is None:
        return replace(made, text=turn.problem, sources=()) if turn.problem else made
    return replace(
        made,
        text=answer.text,
        sources=_cited(answer),
        nearest=_nearest(answer) if answer.abstained else (),
        withheld=tuple(Unsaid(sentence.text, sentence.reason) for sentence in answer.withheld),
        model="" if answer.abstained else answer.model,
    )


def _outcome(turn: Turn) -> Outcome:
    if turn.answer is None:
        return "failed" if turn.problem else "stopped"
    return "refused" if turn.answer.abstained else "answered"


def understood(question: str, query: Query | None) -> tuple[str, ...]:
    """ "Hiểu là: …" when that differs from what was typed, the period, and what else has to be told."""
    if query is None:
        return ()
    lines = []
    if query.text.strip() != question.strip():
        lines.append(text("answer.understood", query=query.text))
    if query.period:
        start = day(query.period.start.isoformat()) if query.period.start else text("web.open_start")
        end = day(query.period.end.isoformat()) if query.period.end else text("web.open_end")
        lines.append(text("web.period", start=start, end=end))
    if query.source:
        lines.append(text("web.only_source", source=query.source))
    return (*lines, *query.notes)


def evidence(turn: Turn) -> tuple[Source, ...]:
    """The quotes that were found."""
    carried = carried_in(turn.hits)
    return tuple(_source(quote, carried) for quote in turn.quotes)


def _cited(answer: Answer) -> tuple[Source, ...]:
    carried = carried_in(answer.hits)
    return tuple(replace(_source(c.quote, carried), number=c.number) for c in answer.citations)


def _nearest(answer: Answer) -> tuple[Source, ...]:
    """The articles that came closest, each once, at the passage that was found."""
    carried = carried_in(answer.hits)
    best: dict[str, Source] = {}
    for hit in sorted(answer.hits, key=lambda hit: hit.rank):
        quote = Quote(hit.article, hit.passage.start, hit.passage.end)
        best.setdefault(hit.article.id, _source(quote, carried))
    return tuple(best.values())[:NEAREST]


def _source(quote: Quote, carried: Mapping[str, str]) -> Source:
    article: Article = quote.article
    return Source(
        article=article.id,
        start=quote.start,
        end=quote.end,
        quote=quote.text,
        title=article.title,
        published=article.published,
        paper=article.source,
        carried=carried.get(article.id, ""),
    )


def history(records: Iterable[Record]) -> tuple[Message, ...]:
    """What was said, as messages; stopped and failed questions never were."""
    return tuple(
        message
        for one in records
        if one.said
        for message in (
            Message(role="user", content=one.question),
            Message(role="assistant", content=one.text),
        )
    )


# ── As JSON ───────────────────────────────────────────────────────────────────────────────────────


def to_json(one: Record) -> str:
    return json.dumps(asdict(one), ensure_ascii=False)


def from_json(written: str) -> Record:
    """What `to_json` wrote; fields that came later have their defaults."""
    values: dict[str, Any] = json.loads(written)
    for name, kind in (("sources", Source), ("nearest", Source), ("withheld", Unsaid)):
        values[name] = tuple(kind(**entry) for entry in values.get(name, ()))
    for name in ("understood", "suggestions"):
        values[name] = tuple(values.get(name, ()))
    return Record(**values)
