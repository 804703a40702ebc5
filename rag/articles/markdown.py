"""Markdown → plain text. Parsed by markdown-it-py (CommonMark); front matter is `key: value` lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.articles.draft import RawArticle

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", re.DOTALL)
_HEADER_LINE = re.compile(r"([A-Za-z_-]{1,40})[ \t]*:[ \t]*(.*)")
_LONGEST_HEADER = 20_000  # characters; a text that only starts with a rule has no front matter


def read_markdown(text: str, *, article_id: str) -> RawArticle:
    """The article in plain text: no marks, images, code or HTML; links are their words, tables lines."""
    header, body = _split_front_matter(text)
    return RawArticle(
        id=header.get("id") or article_id,
        body="\n\n".join(_plain_blocks(body)),
        title=header.get("title"),
        lead=header.get("sapo") or header.get("description"),
        published=header.get("published") or header.get("date"),
        source=header.get("source"),
        url=header.get("url"),
        category=header.get("category"),
        author=header.get("author"),
    )


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    match = _FRONT_MATTER.match(text[:_LONGEST_HEADER])
    if match is None:
        return {}, text
    header: dict[str, str] = {}
    for line in match.group(1).splitlines():
        field = _HEADER_LINE.match(line.strip())
        if field is not None:
            value = field.group(2).strip()
            quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
            header[field.group(1).lower()] = value[1:-1] if quoted else value
    return header, text[match.end() :]


def _plain_blocks(text: str) -> Iterator[str]:
    """Paragraphs, headings, list items and table rows, one text each."""
    # Only Markdown files need the parser.
    from markdown_it import MarkdownIt

    bullets: list[int | None] = []  # number of the next item per open list, None for bullets
    mark = ""
    row: list[str] | None = None
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "ordered_list_open":
            bullets.append(int(token.attrGet("start") or 1))
        elif token.type == "bullet_list_open":
            bullets.append(None)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            bullets.pop()
        elif token.type == "list_item_open":
            mark, bullets[-1] = _next_mark(bullets[-1])
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            yield " | ".join(row or [])
            row = None
        elif token.type == "inline":
            words = _plain_inline(token.children or [])
            if row is not None:
                row.append(words)
            elif words:
                yield mark + words
                mark = ""


def _next_mark(number: int | None) -> tuple[str, int | None]:
    return ("- ", None) if number is None else (f"{number}. ", number + 1)


def _plain_inline(tokens: list[Token]) -> str:
    """The words of one block: link texts and code stay, images and tags go."""
    parts = []
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            parts.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
    return "".join(parts).strip()
