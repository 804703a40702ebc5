"""EPUB → an article for each of its documents that is more than a cover. Runs in the child process."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from rag.articles.blocks import blocks
from rag.articles.draft import RawArticle, Report, squash
from rag.articles.files import stem_of
from rag.articles.packed import opened_zip, read_named
from rag.articles.xml import named, parsed, text_of
from rag.errors import ArticleError

if TYPE_CHECKING:
    from zipfile import ZipFile

LEAST = 200  # characters: less is a cover, a title page, an empty leaf
_PAGES = frozenset({"application/xhtml+xml", "text/html"})


def read_epub(path: Path, report: Report) -> Iterator[RawArticle]:
    """Its documents in reading order; what is damaged is reported. Raises ArticleError without one."""
    with opened_zip(path) as archive:
        place, package = _package(archive, path)
        source, published, author = (text_of(package, name) for name in ("title", "date", "creator"))
        found = False
        for number, name in enumerate(_reading_order(package, place), start=1):
            try:
                page = blocks(read_named(archive, name, path))
            except ArticleError as error:
                report(error)
                continue
            heading = next((block.text for block in page if block.heading), None)
            text = [block.text for block in page if squash(block.text) != squash(heading or "")]
            if sum(map(len, text)) < LEAST:
                continue
            found = True
            yield RawArticle(
                id=f"{stem_of(path)}-{number}",
                body="\n\n".join(text),
                title=heading,
                published=published,
                source=source,
                author=author,
            )
    if not found:
        raise ArticleError("articles.no_article", path=path)


def _package(archive: ZipFile, path: Path) -> tuple[str, Any]:
    """The folder of the package document, and its root element."""
    container = parsed(read_named(archive, "META-INF/container.xml", path), path)
    name = next((root.get("full-path", "") for root in named(container, "rootfile")), "")
    return posixpath.dirname(name), parsed(read_named(archive, name, path), path)


def _reading_order(package: Any, folder: str) -> Iterator[str]:
    """The names of the documents in the spine, each once, but for the table of contents."""
    items = {item.get("id"): item for item in named(package, "item")}
    for reference in named(package, "itemref"):
        item = items.pop(reference.get("idref"), None)
        if (
            item is None
            or item.get("media-type") not in _PAGES
            or "nav" in (item.get("properties") or "").split()
        ):
            continue
        yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
