"""Pages of a PDF without what stands on every page: running heads and feet, page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.articles.pdf_text import Page, Run, joined, rows

_ZONE = 0.12  # of the page's height, from above and from below
_ROWS = 3  # from the edge
_OFTEN = 0.4  # of the pages: left and right pages may have different heads
_SAME = 1.07  # times the size: still the same
_NEXT = 1.7  # em to the next line of a text
_PAGE_NUMBER = re.compile(
    r"\W*(?:trang|page|tr\.)?\s*0\s*(?:(?:[/|]|of|trên)\s*0)?\W*"
    r"|0/0/0,? 0:0.* \| .+|\S+ \| 0/0",  # what browsers print above and below
    re.IGNORECASE,
)

Row = list[Run]


def without_running_heads(pages: Sequence[Page]) -> list[Page]:
    """The pages with the rest of their runs."""
    margins = [_margin(page) for page in pages]
    seen = Counter(key for margin in margins for key in {_key(row) for row in margin})
    enough = max(2, _OFTEN * len(pages))
    found = []
    for page, margin in zip(pages, margins, strict=True):
        heads = [row for row in margin if seen[_key(row)] >= enough or _PAGE_NUMBER.fullmatch(_words(row))]
        while text := [head for head in heads if _goes_on(head, page, heads)]:
            heads = [head for head in heads if head not in text]
        gone = {id(run) for head in heads for run in head}
        found.append(replace(page, runs=tuple(run for run in page.runs if id(run) not in gone)))
    return found


def _margin(page: Page) -> list[Row]:
    every = rows(page.runs)
    top = [row for row in every[:_ROWS] if row[0].baseline < _ZONE * page.height]
    return top + [row for row in every[-_ROWS:] if row[0].baseline > (1 - _ZONE) * page.height]


def _key(row: Row) -> tuple[str, float]:
    """What is the same on every page: the words, whatever the figures, and the size."""
    return "".join(_words(row).split()).lower(), round(row[0].size, 1)


def _words(row: Row) -> str:
    return re.sub(r"\d+", "0", joined(row).text)


def _goes_on(head: Row, page: Page, heads: Sequence[Row]) -> bool:
    """Whether text of the same size is in the next line: no running head, only the same words again."""
    baseline, size = head[0].baseline, head[0].size
    others = {id(run) for row in heads for run in row}
    return any(
        abs(run.baseline - baseline) < _NEXT * size and 1 / _SAME < run.size / size < _SAME
        for run in page.runs
        if id(run) not in others
    )
