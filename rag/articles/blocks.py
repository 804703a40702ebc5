"""HTML without the furniture of a page (of a book, a feed, a Word document) → its blocks of text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_SKIPPED = frozenset(
    [
        "button",
        "embed",
        "head",
        "iframe",
        "img",
        "input",
        "math",
        "noscript",
        "object",
        "script",
        "select",
        "style",
        "svg",
        "template",
    ]
)
_HEADINGS = frozenset(["h1", "h2", "h3"])


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, an item of a list, or a row of a table with " | " between its cells."""

    text: str
    heading: bool = False


def blocks(html: str | bytes) -> list[Block]:
    """The blocks in order; none when nothing can be made of it."""
    import lxml.etree  # imported here: only some formats need it
    import lxml.html

    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(html, parser=parser)
    except (ValueError, lxml.etree.LxmlError):
        return []
    walk = lxml.etree.iterwalk(tree, events=("start", "end"))
    collected = _Collected()
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if tag in _SKIPPED:
                walk.skip_subtree()
            else:
                collected.start(tag, element)
        else:
            collected.end(tag)
            collected.say(element.tail)
    collected.close()
    return collected.found


@dataclass(slots=True)
class _Collected:
    """What has been read so far."""

    found: list[Block] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # of the block that is open
    cells: list[str] | None = None  # of the row that is open
    numbers: list[int | None] = field(default_factory=list)  # of the next item of each open list
    mark: str = ""  # of the item that has begun
    heading: bool = False

    def start(self, tag: str, element: Any) -> None:
        if tag in _BLOCKS:
            self.close()
        if tag in _HEADINGS:
            self.heading = True
        elif tag in {"ol", "ul"}:
            self.numbers.append(1 if tag == "ol" else None)
        elif tag == "li":
            self.mark = self._next_mark()
        elif tag == "tr":
            self.cells = []
        elif tag == "br":
            self.words.append(" ")
        self.say(element.text)

    def end(self, tag: str) -> None:
        if tag in {"td", "th"} and self.cells is not None:
            self.cells.append(self._take())
        elif tag == "tr" and self.cells is not None:
            row, self.cells = self.cells, None
            if any(row):
                self.found.append(Block(" | ".join(row)))
        elif tag in _BLOCKS:
            self.close()
        if tag in {"ol", "ul"} and self.numbers:
            self.numbers.pop()
        if tag == "li":
            self.mark = ""

    def say(self, words: str | None) -> None:
        if words:
            self.words.append(words)

    def close(self) -> None:
        """Ends the open block; inside a row it goes on: cells are of one line."""
        if self.cells is not None:
            self.words.append(" ")
            return
        text = self._take()
        if text:
            self.found.append(Block(self.mark + text, self.heading))
            self.mark = ""
        self.heading = False

    def _take(self) -> str:
        text = re.sub(r"\s+", " ", "".join(self.words)).strip()
        self.words.clear()
        return text

    def _next_mark(self) -> str:
        number = self.numbers[-1] if self.numbers else None
        if number is None:
            return "- "
        self.numbers[-1] = number + 1
        return f"{number}. "
