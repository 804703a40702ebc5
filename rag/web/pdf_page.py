"""Pages of an article's own PDF as images, the quote marked: for those who want to see how it was printed.

The file is the article's, never one that a request names, and it is read in a child process: it is foreign.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Response

from rag.articles.child import call
from rag.articles.pdf_marks import Box, letters
from rag.errors import ArticleError, HoiBaoError
from rag.texts import text
from rag.types import Article
from rag.web.desk import Desk
from rag.web.panel import has_pages

AT_ONCE = 2  # children that draw: others wait

_drawing = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page as PNG; `marked` are the pages on which the quote stands, `mark` is its place on this one."""

    png: bytes
    number: int
    pages: int
    marked: tuple[int, ...]
    mark: tuple[float, float] | None  # left and top, parts of the page


def page(article: Article, start: int | None, end: int | None, number: int | None) -> PdfPage:
    """A page of the article's PDF with `article.text[start:end]` marked; without `number`, its first page.

    Raises ArticleError when the file cannot be read any more, KeyError when it is no PDF or has no such page.
    """
    if article.path is None or not has_pages(article):
        raise KeyError(article.id)
    span = (start or 0, end or 0)
    quote = article.text[span[0] : span[1]] if 0 <= span[0] < span[1] else ""
    before = len(letters(article.text[: span[0]]))
    try:
        state = article.path.stat()
    except OSError as error:
        reason = error.strerror or error
        raise ArticleError("articles.unreadable_file", path=article.path, reason=reason) from error
    version = (state.st_mtime_ns, state.st_size)
    count, marks = _located(article.path, version, quote, before)
    chosen = number or min(marks, default=1)
    if not 1 <= chosen <= count:
        raise KeyError(chosen)
    boxes = marks.get(chosen, ())
    png = _drawn(article.path, version, chosen, boxes)
    return PdfPage(png, chosen, count, tuple(sorted(marks)), boxes[0][:2] if boxes else None)


@lru_cache(maxsize=32)
def _located(
    path: Path, version: tuple[int, int], quote: str, before: int
) -> tuple[int, Mapping[int, tuple[Box, ...]]]:
    """How many pages there are, and the marks on each. `version` lets a changed file be read anew."""
    with _drawing:
        (found,) = call("rag.articles.pdf_marks:locate", path, quote=quote, before=before)
    return found["pages"], {int(number): tuple(map(tuple, boxes)) for number, boxes in found["marks"].items()}


@lru_cache(maxsize=16)
def _drawn(path: Path, version: tuple[int, int], number: int, boxes: tuple[Box, ...]) -> bytes:
    with _drawing:
        (png,) = call("rag.articles.pdf_marks:draw", path, number=number, boxes=boxes)
    return base64.b64decode(png)


def page_route(desk: Desk) -> Any:
    """`GET /page?id=…&start=…&end=…&collection=…&number=…` → PNG; 404 and why when there is none.

    The headers `hb-page` and `hb-pages` say which page it is and of how many, `hb-marked` on which the quote
    is, and `hb-mark` where on this one, `left,top`.
    """

    def route(
        id: str,  # noqa: A002  # the name in the address
        start: int | None = None,
        end: int | None = None,
        collection: str | None = None,
        number: int | None = None,
    ) -> Response:
        try:
            assistant = desk.assistant(collection)
            if assistant is None:
                return _missing()
            shown = page(assistant.article(id), start, end, number)
        except (KeyError, HoiBaoError):
            return _missing()
        headers = {
            "hb-page": str(shown.number),
            "hb-pages": str(shown.pages),
            "hb-marked": ",".join(map(str, shown.marked)),
            "hb-mark": ",".join(f"{part:.4f}" for part in shown.mark or ()),
        }
        return Response(shown.png, media_type="image/png", headers=headers)

    return route


def _missing() -> Response:
    return Response(text("web.pdf_missing"), 404, media_type="text/plain; charset=utf-8")
