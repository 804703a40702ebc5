"""Pages of an article's own PDF as images, the quote marked: for those who want to see how it was printed.

The file is the article's, never one that a request names, and it is read in a child process: it is foreign.
"""

from __future__ import annotations

import base64
import re
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

AT_ONCE = 2  # children that draw: others wait
_PDF, _ZIP = ".pdf", ".zip"
_DISTINCT = re.compile(r"(?:~[0-9a-f]{8})+$")  # as `rag.indexing` keeps ids apart

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
    path = article.path
    if path is None or path.suffix.lower() not in {_PDF, _ZIP}:
        raise KeyError(article.id)
    span = (start or 0, end or 0)
    quote = article.text[span[0] : span[1]] if 0 <= span[0] < span[1] else ""
    before = len(letters(article.text[: span[0]]))
    version = _version(path)
    packed = _packed_as(article.id, path, version)
    count, marks = _located(path, version, packed, quote, before)
    chosen = number or min(marks, default=1)
    if not 1 <= chosen <= count:
        raise KeyError(chosen)
    boxes = marks.get(chosen, ())
    png = _drawn(path, version, packed, chosen, boxes)
    return PdfPage(png, chosen, count, tuple(sorted(marks)), boxes[0][:2] if boxes else None)


def has_pages(article: Article) -> bool:
    """Whether the article came from a PDF, which may be in an archive that is still there."""
    path = article.path
    if path is None or path.suffix.lower() != _ZIP:
        return path is not None and path.suffix.lower() == _PDF
    try:
        _packed_as(article.id, path, _version(path))
    except (KeyError, ArticleError):
        return False
    return True


def _version(path: Path) -> tuple[int, int]:
    """What is another when the file has changed. Raises ArticleError when it is gone."""
    try:
        state = path.stat()
    except OSError as error:
        raise ArticleError("articles.unreadable_file", path=path, reason=error.strerror or error) from error
    return state.st_mtime_ns, state.st_size


def _packed_as(article_id: str, path: Path, version: tuple[int, int]) -> str | None:
    """The id under which an archive has the article's PDF; None when its file is the PDF itself.

    The index may have put something behind an id that was taken. Raises KeyError, ArticleError.
    """
    if path.suffix.lower() != _ZIP:
        return None
    packed = _pdfs_in(path, version)
    for name in (article_id, _DISTINCT.sub("", article_id)):
        if name in packed:
            return name
    raise KeyError(article_id)


@lru_cache(maxsize=8)
def _pdfs_in(path: Path, version: tuple[int, int]) -> frozenset[str]:
    with _drawing:
        (names,) = call("rag.articles.archive:printed", path)
    return frozenset(names)


@lru_cache(maxsize=32)
def _located(
    path: Path, version: tuple[int, int], packed: str | None, quote: str, before: int
) -> tuple[int, Mapping[int, tuple[Box, ...]]]:
    """How many pages there are, and the marks on each. `version` lets a changed file be read anew."""
    with _drawing:
        (found,) = call("rag.articles.pdf_marks:locate", path, quote=quote, before=before, article_id=packed)
    return found["pages"], {int(number): tuple(map(tuple, boxes)) for number, boxes in found["marks"].items()}


@lru_cache(maxsize=16)
def _drawn(
    path: Path, version: tuple[int, int], packed: str | None, number: int, boxes: tuple[Box, ...]
) -> bytes:
    with _drawing:
        (png,) = call("rag.articles.pdf_marks:draw", path, number=number, boxes=boxes, article_id=packed)
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
