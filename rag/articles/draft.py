"""What readers hand to the cleaning, and its rules to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

from rag.errors import ArticleError


@dataclass(frozen=True, slots=True)
class RawArticle:
    """What a reader found in a file, characters as they came; None for what the file does not say."""

    id: str
    body: str
    title: str | None = None
    lead: str | None = None  # sapo
    published: str | None = None  # in any form
    source: str | None = None
    url: str | None = None
    category: str | None = None
    author: str | None = None
    published_from: str | None = None  # as in Article


Report: TypeAlias = Callable[[ArticleError], None]
"""Told of everything that could not be read while the rest still is."""


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, path: Path, report: Report) -> Iterator[RawArticle]:
        """The articles of the file. Raises ArticleError when nothing of it can be read."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """An article on its way: each rule takes one and gives a new one."""

    lines: tuple[str, ...]  # paragraphs
    title: str = ""
    lead: str = ""
    published: str | None = None
    source: str | None = None
    url: str | None = None
    category: str | None = None
    author: str | None = None
    published_from: str | None = None


def squash(text: str) -> str:
    """Letters and digits only, lower case: two copies of a line differ in stops, spaces and capitals."""
    return re.sub(r"[\W_]+", "", text).lower()


def host_of(url: str | None) -> str:
    """`baolang.vn` of `https://www.baolang.vn/a.html`, "" when there is none."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:  # "http://[" and the like
        return ""
