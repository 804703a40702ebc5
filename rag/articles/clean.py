"""Raw text → Article. One small rule per habit of newspaper sites; what a rule is not sure of stays.

Metadata moves to where it belongs, furniture of the page goes, the rest is kept to the letter, paragraphs
separated by a blank line. Losing a sentence is worse than keeping a caption.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rag.articles.captions import drop_adjacent_repeats, drop_captions, drop_repeated_sentences
from rag.articles.dates import date_to_iso
from rag.articles.draft import Draft, RawArticle
from rag.articles.files import plain
from rag.articles.foot import cut_foot, cut_imprint, drop_promotions, take_byline
from rag.articles.head import (
    complete_title,
    date_by_address,
    drop_repeated_title,
    make_title,
    name_source,
    part_place,
    place_lead,
    split_site_tail,
    take_headline,
    take_stamps,
)
from rag.articles.paragraphs import paragraphs
from rag.errors import ArticleError
from rag.types import Article

INFERRED = frozenset({"url", "file"})
"""Of `Article.published_from`: the article itself does not say when it was published, so readers are told."""

_LONGEST_FIELD = 500  # characters of one metadata field: anything longer is not metadata

_RULES: tuple[Callable[[Draft], Draft], ...] = (
    take_stamps,
    date_by_address,
    drop_captions,
    drop_promotions,
    take_headline,
    split_site_tail,
    complete_title,
    drop_repeated_title,
    cut_foot,
    cut_imprint,
    take_byline,
    place_lead,
    drop_repeated_sentences,
    drop_adjacent_repeats,
    part_place,
    make_title,
    name_source,
)


def clean(raw: RawArticle, path: Path) -> Article:
    """The article a reader of the page would have seen.

    Raises ArticleError when no text is left.
    """
    published = date_to_iso(plain(raw.published)) if raw.published else None
    draft = Draft(
        lines=paragraphs(plain(_unescape(raw.body))),
        title=_field(raw.title) or "",
        lead=_field(raw.lead, limit=10_000) or "",
        published=published,
        published_from=raw.published_from if published else None,
        source=_field(raw.source),
        url=_field(raw.url),
        category=_field(raw.category),
        author=_field(raw.author),
    )
    for rule in _RULES:
        draft = rule(draft)
    if not draft.lines:
        raise ArticleError("articles.no_text", path=path, id=raw.id)
    article = Article(
        id=_field(raw.id) or path.stem,
        title=draft.title,
        text="\n\n".join(draft.lines),
        published=draft.published,
        source=draft.source,
        url=draft.url,
        category=draft.category,
        author=draft.author,
        path=path,
        published_from=draft.published_from,
    )
    return replace(article, content_hash=content_hash(article))


def content_hash(article: Article) -> str:
    """sha256 (hex) of everything a reader of the article could see."""
    seen = [article.title, article.text, article.published, article.source]
    seen += [article.url, article.category, article.author]
    if article.published_from in INFERRED:
        seen.append(article.published_from)
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


def _field(value: str | None, *, limit: int = _LONGEST_FIELD) -> str | None:
    """One line of metadata, None when nothing is in it."""
    return " ".join(plain(_unescape(value)).split())[:limit].rstrip() or None if value else None


def _unescape(text: str) -> str:
    """`&nbsp;` and `&amp;` as exporters leave them; a bare "&copy" in an address stays."""
    return re.sub(
        r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});", lambda m: html.unescape(m.group()), text
    )
