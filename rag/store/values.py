"""The values that go in and out of the store. All frozen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.types import Article, Passage


@dataclass(frozen=True, slots=True)
class Recipe:
    """What made the passages and vectors of an index. Those of two recipes never meet in one index."""

    embedder: str  # its name, for messages
    fingerprint: str  # its weights and way of embedding
    dimension: int
    splitter: str  # the version and settings of the splitter


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """How a file looked when all its articles were indexed: the same again is not read again."""

    path: Path  # absolute
    size: int  # bytes
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage that one search leg found; scores of two legs cannot be compared."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """What a listing shows of an article, without reading its text."""

    id: str
    title: str
    published: str | None
    source: str | None
    url: str | None
    category: str | None
    path: str | None
    characters: int
    passages: int
    published_from: str | None = None  # as in Article

    @property
    def day(self) -> str:
        """The day as `Article.day` writes it."""
        return Article(self.id, self.title, "", self.published).day


@dataclass(frozen=True, slots=True)
class Status:
    """The index in numbers. `healthy`: both derived indexes are whole (one that is behind is caught up
    when it is next read)."""

    articles: int
    passages: int
    sequence: int
    pending_vectors: int
    embedder: str | None  # None as long as nothing was ever added
    bytes: int
    healthy: bool
    committed: str | None = None  # when the newest commit was, ISO 8601 in UTC; None when not known


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that `Store.verify` found: where, and what."""

    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"
