"""The text layer of a PDF → runs of characters, and these → lines in reading order, by pdfium.

Coordinates are points on the page as it is shown, rotation applied, from its upper left corner downwards.
Runs in the child process.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from rag.articles.columns import columns
from rag.errors import ArticleError

_WIDE = 1.2  # em between two characters that do not belong to one run of text
_LINE = 0.35  # em between two baselines of one run
_CELL = 2.0  # em between two cells of a table
_CELLS = " | "
_HYPHEN = "\x02"  # pdfium's sign for one at the end of a line, hard or soft
_EM = 1 / 1.17  # of the height that a line of type takes
_DROP_CAP = 1.8  # times the size of the text beside it
_MAX_CHARACTERS = 60_000  # of a page; a full newspaper page has 20,000


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters on one baseline; `edges` is the left and right end of each character."""

    text: str
    edges: tuple[tuple[float, float], ...]
    baseline: float
    size: float  # of the type, in points

    @property
    def left(self) -> float:
        return self.edges[0][0]

    @property
    def right(self) -> float:
        return self.edges[-1][1]


@dataclass(frozen=True, slots=True)
class Line(Run):
    """All of one column on one baseline. `block` counts the columns of a page in reading order."""

    block: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page, numbered from 1. `lost` characters have no known letter; `pictured` is what images cover."""

    number: int
    width: float
    height: float
    runs: tuple[Run, ...]
    lost: int = 0
    pictured: float = 0.0

    @property
    def letters(self) -> int:
        return sum(len(run.text) for run in self.runs)


_Place: TypeAlias = Callable[[Any, float, float], tuple[float, float, float, float]]


@contextmanager
def opened(path: Path, content: bytes | None = None) -> Iterator[Any]:
    """The pdfium document in a file, or in `content`, which came from it.

    Raises ArticleError when it is locked, or none.
    """
    import pypdfium2  # imported here: only the child needs it

    try:
        document = pypdfium2.PdfDocument(path if content is None else content)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise ArticleError("articles.locked_pdf" if locked else "articles.broken_pdf", path=path) from error
    except FileNotFoundError as error:
        raise ArticleError("articles.unreadable_file", path=path, reason=error) from error
    try:
        yield document
    finally:
        document.close()


def read_pages(document: Any, numbers: Iterable[int]) -> Iterator[Page]:
    """The pages of these numbers; one that is damaged is empty."""
    for number in numbers:
        with _open_page(document, number) as (page, text):
            if text is None:
                yield Page(number, 0, 0, ())
                continue
            runs, lost = _runs(page, text)
            width, height = page.get_size()
            yield Page(number, width, height, tuple(runs), lost, 0.0 if runs else _pictured(page))


def text_of_page(document: Any, number: int) -> str:
    """The characters of a page in the order of the file, in a hundredth of the time that its lines take."""
    with _open_page(document, number) as (_, text):
        return "" if text is None else str(text.get_text_range(0, min(text.count_chars(), _MAX_CHARACTERS)))


@contextmanager
def _open_page(document: Any, number: int) -> Iterator[tuple[Any, Any]]:
    """A page and its text; neither when it is damaged."""
    import pypdfium2

    try:
        page = document[number - 1]
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        yield None, None
        return
    try:
        yield page, text
    finally:
        text.close()
        page.close()


def lines_of(page: Page) -> list[Line]:
    """The lines of a page, column after column."""
    return [line for number, block in enumerate(columns(page.runs)) for line in _lines(block, number)]


def _runs(page: Any, text: Any) -> tuple[list[Run], int]:
    """All runs of the page in the order of the file, and how many characters are no known letter."""
    found: list[Run] = []
    lost = 0
    letters: list[str] = []
    edges: list[tuple[float, float]] = []
    baseline = size = 0.0

    def end() -> None:
        if letters and "".join(letters).strip():
            found.append(Run("".join(letters), tuple(edges), baseline, size))
        letters.clear()
        edges.clear()

    for code, left, right, height, line in _characters(page, text):
        letter = chr(code)
        if letter in "\r\n":
            end()
            continue
        if code == 0xFFFD or 0xE000 <= code <= 0xF8FF or (code < 32 and letter != _HYPHEN):
            lost += 1
            continue
        if letter.isspace():
            if letters and letters[-1] != " ":
                letters.append(" ")
                edges.append((edges[-1][1], edges[-1][1]))
            continue
        if letters and (
            abs(line - baseline) > _LINE * size
            or left > edges[-1][1] + _WIDE * size
            or left < edges[-1][0] - size / 2
            or not 0.8 < height / size < 1.25
        ):
            end()
        if not letters:
            baseline, size = line, height
        letters.append("\xad" if letter == _HYPHEN else letter)
        edges.append((left, right))
    end()
    return found, lost


def _characters(page: Any, text: Any) -> Iterator[tuple[int, float, float, float, float]]:
    """Code point, left and right end, size and baseline of each character: here the time goes."""
    import pypdfium2.raw as pdfium

    unicode, loose = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    origin, place = pdfium.FPDFText_GetCharOrigin, _placing(page)
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    for index in range(min(text.count_chars(), _MAX_CHARACTERS)):
        code = unicode(text, index)
        if 0 < code <= 0x10FFFF and loose(text, index, box) and origin(text, index, x, y):
            left, right, height, baseline = place(box, x.value, y.value)
            yield code, left, right, max(1.0, height * _EM), baseline


def _placing(page: Any) -> _Place:
    """Turns box and origin of a character into left, right, height and baseline on the page as shown."""
    left, bottom, right, top = page.get_cropbox()
    places: dict[int, _Place] = {
        0: lambda box, x, y: (box.left - left, box.right - left, box.top - box.bottom, top - y),
        90: lambda box, x, y: (box.bottom - bottom, box.top - bottom, box.right - box.left, x - left),
        180: lambda box, x, y: (right - box.right, right - box.left, box.top - box.bottom, y - bottom),
        270: lambda box, x, y: (top - box.top, top - box.bottom, box.right - box.left, right - x),
    }
    return places[page.get_rotation()]


def rows(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs on one baseline together, from top to bottom, and each from left to right."""
    found: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: run.baseline):
        if found and run.baseline - found[-1][0].baseline <= 0.5 * min(run.size, found[-1][0].size):
            found[-1].append(run)
        else:
            found.append([run])
    return [sorted(row, key=lambda run: run.left) for row in found]


def _lines(runs: list[Run], block: int) -> list[Line]:
    """The runs of one column as lines from top to bottom."""
    found = rows(_seat_drop_caps(runs))
    gaps = [_wide_gaps(row) for row in found]
    tabular = [  # a gap in one line alone is that of a line stretched to the column's width
        any(left < end and start < right for left, right in own for start, end in (*above, *below))
        for above, own, below in zip([[], *gaps], gaps, [*gaps[1:], []], strict=False)
    ]
    return [joined(row, block, cells=cells) for row, cells in zip(found, tabular, strict=True)]


def _wide_gaps(row: Sequence[Run]) -> list[tuple[float, float]]:
    return [(a.right, b.left) for a, b in pairwise(row) if b.left - a.right > _CELL * b.size]


def _seat_drop_caps(runs: list[Run]) -> list[Run]:
    """A large first letter moves to the baseline of the first line beside it."""
    return [_seated(run, runs) if _is_letter(run) else run for run in runs]


def _is_letter(run: Run) -> bool:
    letter = run.text.strip()
    return len(letter) == 1 and letter.isalpha()


def _seated(letter: Run, runs: Sequence[Run]) -> Run:
    beside = [
        run
        for run in runs
        if letter.size > _DROP_CAP * run.size
        and 0 <= run.left - letter.right < 1.5 * run.size
        and letter.baseline - letter.size <= run.baseline <= letter.baseline + run.size / 2
    ]
    if not beside:
        return letter
    first = min(beside, key=lambda run: run.baseline)
    return replace(letter, baseline=first.baseline, size=first.size)


def joined(row: Sequence[Run], block: int = 0, *, cells: bool = True) -> Line:
    """A row as one line; with `cells`, runs with room between them are cells of a table."""
    text, edges = row[0].text, list(row[0].edges)
    for before, run in pairwise(row):
        gap = (run.left - before.right) / run.size
        drop_cap = len(before.text.strip()) == 1 and before.edges[0][1] - before.edges[0][0] > run.size
        if cells and gap > _CELL and not drop_cap:
            between = _CELLS
        elif text.endswith(" ") or run.text.startswith(" ") or drop_cap or gap < 0.1:
            between = ""
        else:
            between = " "
        if between == _CELLS:
            text, edges = text.rstrip(), edges[: len(text.rstrip())]
        text += between + run.text
        edges += [(before.right, before.right)] * len(between)
        edges += run.edges
    size = max(row, key=lambda run: len(run.text)).size
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return Line(text[start:end], tuple(edges[start:end]), row[0].baseline, size, block)


def _pictured(page: Any) -> float:
    """Which part of the page images cover, 0..1; overlapping ones count twice."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    covered = 0.0
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = image.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
    return min(1.0, covered / max(1.0, width * height)) if math.isfinite(covered) else 1.0
