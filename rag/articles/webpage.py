"""Saved web pages: which part of a page is the article. Runs in the child process.

The article is found by trafilatura (Barbaresi 2021, https://aclanthology.org/2021.acl-demo.15), the best kept
of the extractors: finding an article in a page is not what this project is for. What it cannot know, the
habits of Vietnamese news sites, comes before it: what a page says about its article (`page_facts`), and what
in it is not the article (`page_parts`).
"""

from __future__ import annotations

import email
import email.policy
import logging
from collections.abc import Iterator
from pathlib import Path

from rag.articles.dates import day_in_address
from rag.articles.draft import RawArticle, Report, host_of
from rag.articles.files import open_bytes, read_limited, read_text, stem_of
from rag.articles.page_facts import read_facts
from rag.articles.page_parts import strip_page
from rag.errors import ArticleError

LEAST = 80  # characters: less is the name of a page or a menu
_ITS_OWN_DATE = {"extensive_search": False, "original_date": True}  # not any day that the text speaks of


def read_web_page(path: Path, report: Report) -> Iterator[RawArticle]:
    """The article of a saved page. Raises ArticleError."""
    yield read_page(read_text(path), path, article_id=stem_of(path))


def read_web_archive(path: Path, report: Report) -> Iterator[RawArticle]:
    """The article of a page saved as one file. Raises ArticleError."""
    page, url = read_mhtml(path)
    yield read_page(page, path, article_id=stem_of(path), url=url)


def read_page(text: str, path: Path, *, article_id: str, url: str | None = None) -> RawArticle:
    """The article in a page. Raises ArticleError when there is none."""
    # Imported here: takes over a second, and most folders hold no pages.
    import lxml.html
    import trafilatura
    from trafilatura.settings import Document

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it cannot read is said by us
    try:
        tree = lxml.html.fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
        facts = read_facts(tree)
        if facts.sapo is not None:
            facts.sapo[:] = []
            facts.sapo.text = facts.lead
        strip_page(tree)
        found = trafilatura.bare_extraction(
            tree, url=url, with_metadata=True, include_comments=False, date_extraction_params=_ITS_OWN_DATE
        )
    except (ValueError, RecursionError, lxml.etree.LxmlError) as error:
        raise ArticleError("articles.broken_page", path=path, reason=error) from error
    text = (found.text or "").strip() if isinstance(found, Document) else ""
    if not isinstance(found, Document) or len(text) < LEAST:
        raise ArticleError("articles.no_article", path=path)
    # What trafilatura takes from the address comes last: the text may know better.
    date = None if found.date == day_in_address(found.url or "") else found.date
    return RawArticle(
        id=article_id,
        body="\n\n".join(text.splitlines()),
        title=facts.title or found.title,
        lead=facts.lead,
        published=facts.published or date,
        published_from=facts.published_from if facts.published else "page",
        # A site that does not name itself is known by its address, which the cleaning looks up.
        source=found.sitename if found.sitename != host_of(found.url) else None,
        url=found.url,
        author=facts.author,
    )


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
