"""Where a quote stands on the pages of a PDF, and a page as an image with those places marked.

Runs in the child process. Places are parts of the page's width and height, 0..1, from its upper left corner.
"""

from __future__ import annotations

import base64
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

from rag.articles.archive import read_printed
from rag.articles.pdf import body_lines, read_numbers
from rag.articles.pdf_text import Line, Page, opened, read_pages, text_of_page
from rag.errors import ArticleError

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_SHORTEST = 16  # letters: half a quote that is still worth looking for
_PIECE = 24  # letters of a quote that are looked for at once
_AROUND = 2  # pages before and behind those of a quote
_WIDTH = 1_400  # pixels of the image
_MAX_PIXELS = 4_000_000
_LARGEST = 4.0  # pixels per point
_ABOVE, _BELOW = 0.82, 0.24  # em of a line above and below its baseline
_YELLOW = (255, 229, 138)
_BORDER = (155, 28, 28)


def letters(text: str) -> str:
    """What a quote and a page have in common: letters and digits, whatever the blanks and the hyphens."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if c.isalnum()).lower()


def locate(path: Path, quote: str, before: int, article_id: str | None = None) -> Iterator[dict[str, Any]]:
    """`{"pages": how many, "marks": {page number: boxes of lines}}`; no marks when the quote is not found.

    `before` is how many letters of the article come before the quote: of several places the nearest is meant.
    `article_id` tells which of the PDFs in an archive is meant. Raises ArticleError.
    """
    wanted = letters(quote)
    with _opened(path, article_id) as document:
        print_of = _Print.of(document, _pages_near(wanted, _letters_of_pages(document, path, article_id)))
        if wanted not in print_of.text:
            print_of = _Print.of(document, read_numbers(document))
        yield {"pages": len(document), "marks": print_of.boxes(_spans(print_of.text, wanted, before))}


def _opened(path: Path, article_id: str | None) -> AbstractContextManager[Any]:
    return opened(path, None if article_id is None else read_printed(path, article_id))


# ── Which pages ───────────────────────────────────────────────────────────────────────────────────

_known: dict[tuple[object, ...], list[str]] = {}  # of the document that was asked for last


def _letters_of_pages(document: Any, path: Path, article_id: str | None) -> list[str]:
    """The letters of each page in the order of the file, running heads and all."""
    state = path.stat()
    version = (path, article_id, state.st_mtime_ns, state.st_size)
    if version not in _known:
        _known.clear()
        _known[version] = [letters(text_of_page(document, number)) for number in read_numbers(document)]
    return _known[version]


def _pages_near(quote: str, printed: Sequence[str]) -> range:
    """The pages on which a quote is, and those around them, which tell what a running head is.

    None when no piece of the quote is in one place alone: which one is meant only the whole article tells.
    """
    found: set[int] = set()
    for start in range(0, len(quote) - _PIECE + 1, _PIECE):
        piece = quote[start : start + _PIECE]
        here = [number for number, text in enumerate(printed, start=1) for _ in range(text.count(piece))]
        found.update(here if len(here) == 1 else ())
    if not found or max(found) - min(found) > 1:
        return range(0)
    return range(max(1, min(found) - _AROUND), min(len(printed), max(found) + _AROUND) + 1)


# ── Where on them ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Print:
    """The letters of the body on some pages in reading order, and where each of them is."""

    text: str
    places: Sequence[tuple[int, Line, int]]  # page, line and character
    pages: Mapping[int, Page]

    @classmethod
    def of(cls, document: Any, numbers: range) -> _Print:
        pages = {page.number: page for page in read_pages(document, numbers)}
        text: list[str] = []
        places: list[tuple[int, Line, int]] = []
        for number, line in body_lines(list(pages.values())):
            for index, character in enumerate(line.text):
                for letter in letters(character):
                    text.append(letter)
                    places.append((number, line, index))
        return cls("".join(text), places, pages)

    def boxes(self, spans: Sequence[tuple[int, int]]) -> dict[int, list[Box]]:
        """A box for each line of these spans, by page."""
        found = [self.places[position] for start, end in spans for position in range(start, end)]
        marks: dict[int, list[Box]] = {}
        for (number, _), parts in groupby(found, key=lambda place: (place[0], id(place[1]))):
            members = list(parts)
            box = _box(self.pages[number], members[0][1], members[0][2], members[-1][2])
            marks.setdefault(number, []).append(box)
        return marks


def _spans(text: str, quote: str, before: int) -> list[tuple[int, int]]:
    """Where the quote is; when not as a whole, because cleaning took a line out of it, then its halves."""
    starts = []
    start = text.find(quote) if quote else -1
    while start >= 0:
        starts.append(start)
        start = text.find(quote, start + 1)
    if starts:
        nearest = min(starts, key=lambda start: abs(start - before))
        return [(nearest, nearest + len(quote))]
    middle = len(quote) // 2
    if middle < _SHORTEST:
        return []
    return _spans(text, quote[:middle], before) + _spans(text, quote[middle:], before + middle)


def _box(page: Page, line: Line, first: int, last: int) -> Box:
    while first > 0 and _belongs(line.text[first - 1]):
        first -= 1
    while last + 1 < len(line.text) and _belongs(line.text[last + 1]):
        last += 1
    left, right = line.edges[first][0], line.edges[last][1]
    top, bottom = line.baseline - _ABOVE * line.size, line.baseline + _BELOW * line.size
    return left / page.width, top / page.height, right / page.width, bottom / page.height


def _belongs(character: str) -> bool:
    """Whether it is a sign beside the first or last letter, such as a stop."""
    return not character.isalnum() and not character.isspace()


def draw(path: Path, number: int, boxes: Sequence[Box], article_id: str | None = None) -> Iterator[str]:
    """The page as PNG in base64, its boxes yellow with a thin red border; `article_id` as in `locate`.

    Raises ArticleError.
    """
    import pypdfium2  # imported here: only the child needs these
    from PIL import Image, ImageChops, ImageDraw

    with _opened(path, article_id) as document:
        try:
            page = document[number - 1]
            width, height = page.get_size()
            scale = min(_LARGEST, _WIDTH / max(1, width), (_MAX_PIXELS / max(1, width * height)) ** 0.5)
            image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        except (pypdfium2.PdfiumError, IndexError) as error:
            raise ArticleError("articles.broken_pdf", path=path) from error
    ink = Image.new("RGB", image.size, "white")
    pen = ImageDraw.Draw(ink)
    for left, top, right, bottom in boxes:
        corners = (left * image.width - 2, top * image.height, right * image.width + 2, bottom * image.height)
        pen.rectangle(corners, fill=_YELLOW, outline=_BORDER, width=2)
    content = io.BytesIO()
    ImageChops.multiply(image, ink).save(content, "PNG", optimize=False)
    yield base64.b64encode(content.getvalue()).decode()
