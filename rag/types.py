"""The values that travel between the stages. All frozen; each stage returns a new one.

Offsets are always character offsets into `Article.text`, end exclusive, so that
`article.text[start:end]` is the quoted text to the letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

FloatMatrix: TypeAlias = NDArray[np.float32]
"""Shape (n, dimension), rows of unit length."""


class Message(TypedDict):
    """One turn of a conversation, in the shape every chat API uses."""

    role: Literal["system", "user", "assistant"]
    content: str


# ── Build: a file → Article → Passages ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Article:
    """One news article, cleaned. `text` is NFC, paragraphs separated by a blank line, title not included."""

    id: str
    title: str
    text: str
    published: str | None = None  # ISO 8601: "2021-09-25T16:58:00+07:00" or "2021-01-22"
    source: str | None = None
    url: str | None = None
    category: str | None = None
    author: str | None = None
    path: Path | None = None  # the file it was read from, absolute
    content_hash: str = ""  # sha256 of everything a reader of the article could see
    published_from: str | None = None  # where: "page", "text", "url", "file"; None when it was given

    @property
    def day(self) -> str:
        """The day it was published as Vietnamese papers write it, `25/09/2021`; empty when not known."""
        return date.fromisoformat(self.published[:10]).strftime("%d/%m/%Y") if self.published else ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one article: `text == article.text[start:end]`."""

    id: str  # "<article id>#<number>"
    article_id: str
    number: int  # 0, 1, 2 … in reading order
    start: int
    end: int
    text: str


# ── Ask: question → Query → Hits → Quotes → Answer ────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar days, both ends included. None is an open end."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Options:
    """How a question is to be answered: from articles of a period or source, with the LLM or by quotes."""

    period: Period | None = None
    source: str | None = None
    use_llm: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was understood. `text` is what is searched and shown as "Hiểu là: …"."""

    original: str
    text: str
    accents_restored: bool = False
    readings: tuple[str, ...] = ()  # other spellings that `text` may stand for, nearly as likely
    expansions: tuple[str, ...] = ()  # of its abbreviations, and short forms of what it spells out
    phrases: tuple[str, ...] = ()  # quoted in it, and held by passages
    held: frozenset[str] | None = None  # ids of the passages that hold them: only those are found; None: all
    period: Period | None = None  # that it asks about
    limit: Period | None = None  # when articles were published that may answer; None when all may
    newest: bool = False  # whether the latest of equals is wanted
    source: str | None = None
    notes: tuple[str, ...] = ()  # what the reader has to be told of how it was understood


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, or neighbouring ones of an article as one span, under the id of the best.

    `score` is the fused score, 0..1 and a bonus for the right time. `scores` holds what each leg gave it:
    `dense` the cosine, `lexical` BM25 divided by the weight of the question's words; a leg that did not
    find it is missing. A reranker adds its own, `rerank`, by which the hits then stand. `copies` are the
    other articles that carry the article's text, earliest first.
    """

    rank: int  # 1, 2, 3 …
    score: float
    passage: Passage
    article: Article
    scores: Mapping[str, float] = field(default_factory=dict)
    copies: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim span of an article: `text == article.text[start:end]`."""

    article: Article
    start: int
    end: int
    score: float = 0.0

    @property
    def text(self) -> str:
        return self.article.text[self.start : self.end]

    def overlaps(self, other: Quote) -> bool:
        """Whether both have a character of the same article."""
        return self.article.id == other.article.id and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote under the number the reader sees: `[number]`."""

    number: int
    quote: Quote


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of the answer, without marks, and the numbers of the citations that support it."""

    text: str
    citations: tuple[int, ...]

    @property
    def supported(self) -> bool:
        return bool(self.citations)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence the model wrote that is not shown, because the articles do not support it."""

    text: str
    reason: str  # what is wrong: "language", "figure", "name", "quotation" or "words"


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds since the question arrived; None for a stage that did not happen."""

    retrieve: float | None = None
    first_evidence: float | None = None
    first_token: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The finished answer. When `abstained`, `text` is the refusal and `citations` is empty."""

    question: str
    text: str  # with [n] marks, only numbers that are in `citations`
    abstained: bool
    citations: tuple[Citation, ...]
    sentences: tuple[AnswerSentence, ...]
    hits: tuple[Hit, ...]
    model: str
    timings: Timings
    sufficiency: float = 0.0  # probability that the evidence answers the question, decided before the LLM
    query: Query | None = None
    withheld: tuple[Withheld, ...] = ()  # what the model wrote, no article says and no evidence replaced
    prompt_tokens: int = 0
    answer_tokens: int = 0


# ── The one stream that CLI, web and evaluation consume ───────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Understood:
    query: Query


@dataclass(frozen=True, slots=True)
class Retrieved:
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Token:
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    answer: Answer


Event: TypeAlias = Understood | Retrieved | Evidence | Token | Done
