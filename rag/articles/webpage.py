"""Saved web pages: which part of a page is the article, and when it was published by its own word.

The article is found by trafilatura (Barbaresi 2021, https://aclanthology.org/2021.acl-demo.15), the best kept
of the extractors: finding an article in a page is not what this project is for. It gives a day; the page's
metadata has the minute.
"""

from __future__ import annotations

import email
import email.policy
import json
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.articles.dates import date_to_iso
from rag.articles.draft import RawArticle, host_of
from rag.articles.files import open_bytes, plain, read_limited
from rag.errors import ArticleError

LEAST = 80  # characters: less is the name of a page or a menu
# Where pages say when they were published, the surest first; a <time> may be that of a related article
_TIMES = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//meta[@name='pubdate' or @name='publishdate' or @name='its_publication']/@content",
)
_LINKED_DATA = "//script[@type='application/ld+json']/text()"
_SHOWN = "//time[@datetime]/@datetime"
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")  # a description that is only the beginning of one


def read_page(text: str, path: Path, *, article_id: str, url: str | None = None) -> RawArticle:
    """The article in a page. Raises ArticleError when there is none."""
    # Imported here: takes over a second, and most folders hold no pages.
    import lxml.html
    import trafilatura
    from trafilatura.settings import Document

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it cannot read is said by us
    try:
        tree = lxml.html.fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
        found = trafilatura.bare_extraction(tree, url=url, with_metadata=True, include_comments=False)
    except (ValueError, RecursionError, lxml.etree.LxmlError) as error:
        raise ArticleError("articles.broken_page", path=path, reason=error) from error
    text = (found.text or "").strip() if isinstance(found, Document) else ""
    if not isinstance(found, Document) or len(text) < LEAST:
        raise ArticleError("articles.no_article", path=path)
    lead = found.description if found.description and not _CUT.search(found.description) else None
    return RawArticle(
        id=article_id,
        body="\n\n".join(text.splitlines()),
        title=found.title,
        lead=lead,
        published=_published(tree) or found.date,
        # A site that does not name itself is known by its address, which the cleaning looks up.
        source=found.sitename if found.sitename != host_of(found.url) else None,
        url=found.url,
        author=found.author,
    )


def _published(tree: Any) -> str | None:
    """The first time that the page gives in a form we know."""
    said = [value for path in _TIMES for value in tree.xpath(path)]
    linked = [value for script in tree.xpath(_LINKED_DATA) for value in _dates_in(script)]
    every = (str(value) for value in (*said, *linked, *tree.xpath(_SHOWN)))
    return next((value for value in every if date_to_iso(plain(value))), None)


def _dates_in(script: str) -> Iterator[str]:
    """`datePublished` of linked data (https://schema.org/NewsArticle), on whatever level it stands."""
    try:
        waiting: list[Any] = [json.loads(script)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, Mapping):
            if isinstance(value.get("datePublished"), str):
                yield value["datePublished"]
            waiting += value.values()


def read_mhtml(path: Path) -> tuple[str, str | None]:
    """The page in a web archive (RFC 2557), and the address it was saved from.

    Raises ArticleError when there is no page in it.
    """
    with open_bytes(path) as stream:
        message = email.message_from_bytes(read_limited(stream, path), policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            try:
                return str(part.get_content()), part.get("content-location")
            except (LookupError, ValueError) as error:  # an encoding that does not exist, or does not fit
                raise ArticleError("articles.broken_page", path=path, reason=error) from error
    raise ArticleError("articles.no_article", path=path)
