"""The contexts inside SQuAD files as articles, for a throw-away index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rag.errors import InputError
from rag.evaluation.cases import context_article, records
from rag.types import Article


def corpus_articles(paths: Iterable[Path]) -> Iterator[Article]:
    """One article per distinct context of these SQuAD files, in order; files of our own cases give none.

    Raises InputError, naming file and line, for a file that cannot be read.
    """
    seen: set[str] = set()
    for path in paths:
        for record, place in records(path):
            if "context" not in record:
                continue
            article = context_article(record, place)
            if article.id not in seen:
                seen.add(article.id)
                yield article


def has_contexts(path: Path) -> bool:
    """Whether this is a SQuAD file, whose contexts are its corpus. A file of articles is not."""
    if not path.name.removesuffix(".gz").endswith((".json", ".jsonl")):
        return False
    try:
        return any("context" in record for record, _ in records(path))
    except InputError:  # not a case file at all: whoever reads it next will say what is wrong
        return False


def corpus_fingerprint(articles: Sequence[Article]) -> str:
    """The same for the same articles in any order: names the cached index made of them."""
    lines = sorted(f"{article.id}\t{article.content_hash}" for article in articles)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
