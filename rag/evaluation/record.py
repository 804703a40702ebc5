"""What happened to one case: everything the stream of events showed, as plain data that goes into a file.

The scorers read records only, so a finished run can be scored, compared and reported again without a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from rag.evaluation.cases import Case
from rag.types import Article, Citation, Hit, Message, Quote


class Outcome(StrEnum):
    """How an answer ended. None in a record: only retrieval, or only a reference text to compare with."""

    CORRECT = "CORRECT"
    INCORRECT = "INCORRECT"
    ABSTAINED = "ABSTAINED"  # right or wrong: the case says whether it had to be refused
    ERROR = "ERROR"  # never counted as any of the others


@dataclass(frozen=True, slots=True)
class Found:
    """A passage as it was retrieved."""

    rank: int
    score: float
    article_id: str
    stem: str | None  # of the article's file
    title: str
    published: str | None
    start: int
    end: int
    text: str
    copies: tuple[str, ...] = ()  # ids and file stems of the articles that carry the same story

    @property
    def names(self) -> frozenset[str]:
        """All that the place may be called: by finding one copy of a story, all are found."""
        return frozenset({self.article_id, *self.copies} | ({self.stem} if self.stem else set()))


@dataclass(frozen=True, slots=True)
class Shown:
    """A quote as it was shown. `number` is None for evidence that the answer does not cite."""

    number: int | None
    article_id: str
    title: str
    published: str | None
    source: str | None
    start: int
    end: int
    text: str
    verbatim: bool  # equals the index's own copy of the article at these offsets


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer, without marks, and the numbers it cites."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """One metric for one case: the value, and in words how it came about."""

    value: float
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One case and all that came of it. Times are seconds since the question was asked."""

    case: Case
    outcome: Outcome | None = None
    reason: str = ""
    answer: str | None = None  # None when only retrieval was asked for
    abstained: bool = False
    sufficiency: float | None = None
    understood: str = ""
    hits: tuple[Found, ...] = ()
    evidence: tuple[Shown, ...] = ()
    citations: tuple[Shown, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    model: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)  # first_evidence, first_token, total
    prompt_tokens: int = 0
    answer_tokens: int = 0
    error: str = ""
    scores: Mapping[str, Score] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """Whether an answer was given, neither refusal nor error nor retrieval alone."""
        return self.answer is not None and not self.abstained and not self.error

    @property
    def right(self) -> bool | None:
        """Whether the case was treated right; None when it cannot be told, as after an error."""
        if self.outcome in (None, Outcome.ERROR) or not self.case.judgeable:
            return None
        return self.outcome is Outcome.CORRECT or (self.outcome is Outcome.ABSTAINED and self.case.abstain)


ReadArticle = Callable[[str], Article]
"""The index's article under an id; KeyError when there is none."""


def found(hit: Hit) -> Found:
    """A hit as plain data."""
    article, passage = hit.article, hit.passage
    return Found(
        rank=hit.rank,
        score=hit.score,
        article_id=article.id,
        stem=article.path.stem if article.path else None,
        title=article.title,
        published=article.published,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        copies=tuple(
            name for copy in hit.copies for name in (copy.id, copy.path.stem if copy.path else None) if name
        ),
    )


def shown(quote: Quote, read_article: ReadArticle, number: int | None = None) -> Shown:
    """A quote as plain data, checked against the index's own copy of the article."""
    article = quote.article
    return Shown(
        number=number,
        article_id=article.id,
        title=article.title,
        published=article.published,
        source=article.source,
        start=quote.start,
        end=quote.end,
        text=quote.text,
        verbatim=_verbatim(quote, read_article),
    )


def _verbatim(quote: Quote, read_article: ReadArticle) -> bool:
    try:
        text = read_article(quote.article.id).text
    except KeyError:
        return False
    return (
        0 <= quote.start < quote.end <= len(text)
        and bool(quote.text.strip())
        and quote.text == text[quote.start : quote.end]
    )


def cited(citations: Iterable[Citation], read_article: ReadArticle) -> tuple[Shown, ...]:
    """The citations of an answer as plain data."""
    return tuple(shown(citation.quote, read_article, citation.number) for citation in citations)


# ── To and from JSON ──────────────────────────────────────────────────────────────────────────────


def to_json(record: Record) -> dict[str, Any]:
    """The record as JSON values; `from_json` gives an equal record back."""
    values = asdict(record)
    case = values["case"]
    case["hidden"] = sorted(case["hidden"])
    case["today"] = record.case.today.isoformat() if record.case.today else None
    del case["related"]  # only needed to derive cases, and long
    values["right"] = record.right  # for readers of the file
    return values


def from_json(values: Mapping[str, Any]) -> Record:
    """The record that `to_json` made these values from, without `case.related`."""
    fields = dict(values)
    del fields["right"]
    return Record(
        **fields
        | {
            "case": _case(fields["case"]),
            "outcome": Outcome(fields["outcome"]) if fields["outcome"] else None,
            "hits": tuple(Found(**hit | {"copies": tuple(hit.get("copies", ()))}) for hit in fields["hits"]),
            "evidence": tuple(Shown(**quote) for quote in fields["evidence"]),
            "citations": tuple(Shown(**quote) for quote in fields["citations"]),
            "sentences": tuple(Sentence(s["text"], tuple(s["citations"])) for s in fields["sentences"]),
            "scores": {name: Score(**score) for name, score in fields["scores"].items()},
        }
    )


def _case(values: Mapping[str, Any]) -> Case:
    return Case(
        **dict(values)
        | {
            "history": tuple(Message(role=m["role"], content=m["content"]) for m in values["history"]),
            "answers": tuple(tuple(fact) for fact in values["answers"]),
            "articles": tuple(values["articles"]),
            "tags": tuple(values["tags"]),
            "today": date.fromisoformat(values["today"]) if values["today"] else None,
            "hidden": frozenset(values["hidden"]),
        }
    )
