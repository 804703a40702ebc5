"""RSS and Atom files → an article for each entry. Runs in the child process.

An entry's whole text (`content:encoded`, `content`) is the article, its summary the lead; without the text
the summary is all there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.articles.blocks import blocks
from rag.articles.draft import RawArticle, Report
from rag.articles.files import read_text, stem_of
from rag.articles.xml import children, local, named, parsed, words
from rag.errors import ArticleError


def read_feed(path: Path, report: Report) -> Iterator[RawArticle]:
    """Its entries as they stand. Raises ArticleError when it is no feed, or an empty one."""
    root = parsed(read_text(path).lstrip("\ufeff \n\r\t"), path)
    if local(root) not in {"rss", "feed", "RDF"}:
        raise ArticleError("articles.no_feed", path=path)
    channel = next(named(root, "channel"), root)
    source = _first(channel, "title")
    found = False
    for number, entry in enumerate(named(root, "item", "entry"), start=1):
        found = True
        link = _link(entry)
        summary = _text(_first(entry, "description", "summary"))
        body = _text(_first(entry, "encoded", "content"))
        if not body and not summary:
            report(ArticleError("articles.no_entry_text", path=path, number=number))
            continue
        yield RawArticle(
            id=_first(entry, "guid", "id") or link or f"{stem_of(path)}-{number}",
            body=body or summary,
            title=_text(_first(entry, "title")) or None,
            lead=summary if body and len(summary) < len(body) else None,
            published=_first(entry, "pubDate", "published", "date", "issued", "updated"),
            source=source,
            url=link,
            category=", ".join(filter(None, map(_category, children(entry, "category", "subject")))) or None,
            author=_first(entry, "creator", "author"),
        )
    if not found:
        raise ArticleError("articles.no_feed", path=path)


def _first(entry: Any, *names: str) -> str | None:
    """The text of the first of these children that has any; XHTML of Atom as markup."""
    import lxml.etree  # imported here: only some formats need it

    for name in names:
        for element in children(entry, name):
            if element.get("type") == "xhtml":
                return "".join(lxml.etree.tostring(child, encoding="unicode") for child in element)
            inner = children(element, "name") or [element]
            if words(inner[0]):
                return words(inner[0])
    return None


def _text(markup: str | None) -> str:
    return "\n\n".join(block.text for block in blocks(markup)) if markup else ""


def _link(entry: Any) -> str | None:
    """RSS has it as text, Atom in an attribute."""
    for link in children(entry, "link"):
        if link.get("rel", "alternate") == "alternate":
            return link.get("href") or words(link) or None
    return None


def _category(element: Any) -> str:
    return words(element) or element.get("label") or element.get("term") or ""
