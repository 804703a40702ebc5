"""PDFs → Article: running heads dropped, broken lines joined, paragraphs rebuilt, title and date found.

What has no text layer is named in the report, page by page, and the rest is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from rag.articles.dates import date_to_iso, is_stamped
from rag.articles.draft import RawArticle, Report, squash
from rag.articles.files import MAX_CHARACTERS, plain, stem_of
from rag.articles.pdf_text import Line, Page, lines_of, opened, read_pages
from rag.articles.running_heads import without_running_heads
from rag.errors import ArticleError
from rag.language.syllables import is_syllable

MAX_PAGES = 500
_SCANNED = 0.5  # of the page is image, and nothing is text
_GARBLED = 0.3  # of the characters have no known letter

_CLOSED = '.!?…:;”"’)»'
_TCVN3 = re.compile("[§©ª«¬®µ¶·¸¹]")  # there the soft hyphen is the letter ư
_BULLET = re.compile(r"[-–—•*+▪●]\s")
_TABLE = " | "
_BIGGER = 1.07  # times the size of the type: another kind of text
_DROP_CAP = 1.3  # em: the least width of one; no letter of the text is as wide
_HEADLINE = 1.15  # times the size of the text
_SHORTEST_TITLE, _LONGEST_TITLE = 3, 300  # words, characters
_FILE_NAME = re.compile(
    r"\.(?:docx?|indd|qxp|pdf|html?|pub|odt)$|^microsoft word|^untitled|^https?:", re.IGNORECASE
)
_PRINTERS = re.compile(
    r"skia|chrom|mozilla|firefox|cairo|quartz pdfcontext|print to pdf|wkhtml", re.IGNORECASE
)


Placed: TypeAlias = tuple[int, Line]
"""A line, and the number of its page."""


def read_pdf(path: Path, report: Report) -> Iterator[RawArticle]:
    """The one article of the file. Raises ArticleError when it is locked, damaged, or has no text."""
    with opened(path) as document:
        pages = list(_within_limits(read_pages(document, read_numbers(document))))
        if len(pages) < len(document):
            report(ArticleError("articles.many_pages", path=path, count=len(document), limit=len(pages)))
        title, created = _metadata(document, "Title"), _created(document)
    _say_what_is_missing(pages, path, report)
    lines = body_lines(pages)
    headline = _headline(lines)
    name = _title(title, headline, lines)
    text = paragraphs([line for line in lines if line not in headline])
    text = [paragraph for paragraph in text if squash(paragraph) != squash(name or "")] or text
    yield RawArticle(
        id=stem_of(path),
        body="\n\n".join(text),
        title=name,
        published=None if is_stamped(text) else created,
        published_from="file",
    )


def read_numbers(document: Any) -> range:
    """The numbers of the pages that are read."""
    return range(1, min(len(document), MAX_PAGES) + 1)


def _within_limits(pages: Iterator[Page]) -> Iterator[Page]:
    """The pages until the text of all is too long for anybody."""
    characters = 0
    for page in pages:
        yield page
        characters += page.letters
        if characters > MAX_CHARACTERS:
            return


def _say_what_is_missing(pages: Sequence[Page], path: Path, report: Report) -> None:
    """Reports the pages without letters. Raises ArticleError when there are no others."""
    scanned = [page.number for page in pages if not page.runs and page.pictured >= _SCANNED]
    garbled = [page.number for page in pages if _is_garbled(page)]
    if not any(page.runs and page.number not in garbled for page in pages):
        if not scanned and not garbled:
            raise ArticleError("articles.no_text", path=path, id=path.name)
        raise ArticleError("articles.scanned_file" if scanned else "articles.garbled_file", path=path)
    if scanned:
        report(ArticleError("articles.scanned_pages", path=path, pages=_ranges(scanned)))
    if garbled:
        report(ArticleError("articles.garbled_pages", path=path, pages=_ranges(garbled)))


def _is_garbled(page: Page) -> bool:
    return page.lost > _GARBLED * (page.lost + page.letters)


def body_lines(pages: Sequence[Page]) -> list[Placed]:
    """All lines in reading order, each with the number of its page, without what is on every page.

    With it, where there is nothing else.
    """
    readable = [page for page in pages if not _is_garbled(page)]
    text = without_running_heads(readable)
    kept = text if any(page.runs for page in text) else readable
    return [(page.number, line) for page in kept for line in lines_of(page)]


def _ranges(numbers: Sequence[int]) -> str:
    """`2–5, 8` of 2, 3, 4, 5, 8."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


# ── Title and date ────────────────────────────────────────────────────────────────────────────────


def _headline(lines: Sequence[Placed]) -> list[Placed]:
    """The lines in the largest type of the first page, when it is larger than that of the text."""
    first = [pair for pair in lines if pair[0] == lines[0][0]]
    sizes = Counter[float]()
    for _, line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    usual = sizes.most_common(1)[0][0]
    for size in sorted({line.size for _, line in first}, reverse=True):
        if size < _HEADLINE * usual:
            break
        found: list[Placed] = []
        for pair in first:  # the first lines in this size that follow each other
            if size / 1.08 <= pair[1].size <= size:
                found.append(pair)
            elif found:
                break
        words = " ".join(line.text for _, line in found)
        if len(words.split()) >= _SHORTEST_TITLE and len(words) <= _LONGEST_TITLE:
            return found
    return []


def _title(said: str | None, headline: Sequence[Placed], lines: Sequence[Placed]) -> str | None:
    """The metadata's title when page one has it; else the headline, else the metadata's if no file name."""
    shown = " ".join(line.text for _, line in headline) or None
    if said is None or len(said.split()) < _SHORTEST_TITLE or _FILE_NAME.search(said):
        return shown
    first = squash("".join(line.text for page, line in lines if page == lines[0][0]))
    return said if squash(said) in first or shown is None else shown


def _metadata(document: Any, key: str) -> str | None:
    return plain(document.get_metadata_value(key)).strip() or None


def _created(document: Any) -> str | None:
    """When the file was made, unless a browser printed it: then that is the day somebody read it."""
    makers = f"{_metadata(document, 'Producer')} {_metadata(document, 'Creator')}"
    when = re.match(
        r"(?:D:)?(\d{8})(\d{6})?(?:([+-]\d{2})'?(\d{2}))?", _metadata(document, "CreationDate") or ""
    )
    if when is None or _PRINTERS.search(makers):
        return None
    day, time, hours, minutes = when.groups()
    zone = f"{hours}:{minutes}" if hours else "Z"
    iso = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return date_to_iso(f"{iso}T{time[:2]}:{time[2:4]}:{time[4:]}{zone}" if time else iso)


# ── Paragraphs ────────────────────────────────────────────────────────────────────────────────────


def paragraphs(lines: Sequence[Placed]) -> list[str]:
    """The lines as paragraphs: by space, indent, size, and lines that end before they are full."""
    found: list[str] = []
    before: Line | None = None
    column: _Stretch | None = None
    for stretch in _stretches(lines):
        for line in stretch.lines:
            if before is not None and column is not None and not _begins(before, line, column, stretch):
                found[-1] = join_lines(found[-1], line.text)
            else:
                found.append(line.text)
            before, column = line, stretch
    return found


class _Stretch:
    """Lines of one column and one size, and what is usual in them: edges, distance, indents."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.left = min(line.left for line in lines)
        self.right = max(line.right for line in lines)
        self.size = median(line.size for line in lines)
        steps = [b.baseline - a.baseline for a, b in pairwise(lines)]
        steps = sorted(step for step in steps if 0.8 * self.size < step < 2.5 * self.size)
        # a third, not the median: with paragraphs of two lines the steps between them are as many
        self.step = steps[len(steps) // 3] if steps else 1.5 * self.size
        indented = sum(self.is_indented(line) for line in lines)
        self.indents = 2 <= indented <= len(lines) / 2  # whether that is how its paragraphs begin

    def is_indented(self, line: Line) -> bool:
        return line.left > self.left + 0.7 * line.size


def _stretches(lines: Sequence[Placed]) -> list[_Stretch]:
    found: list[list[Line]] = []
    place: tuple[int, int] | None = None
    for page, line in lines:
        if place == (page, line.block) and _alike(found[-1][-1], line):
            found[-1].append(line)
        else:
            found.append([line])
        place = (page, line.block)
    return [_Stretch(stretch) for stretch in found]


def _alike(line: Line, other: Line) -> bool:
    return 1 / _BIGGER < line.size / other.size < _BIGGER


def _begins(old: Line, line: Line, column: _Stretch, new: _Stretch) -> bool:
    """Whether a paragraph begins with `line`, which follows `old`; each with its stretch."""
    if _TABLE in old.text or _TABLE in line.text or _BULLET.match(line.text) or not _alike(old, line):
        return True
    first_word = line.edges[len(line.text.split(" ", 1)[0]) - 1][1] - line.left
    room = column.right - old.right - first_word - 0.3 * line.size  # with that word on the old line
    wide = 0.25 * (column.right - column.left)
    closed, lower = old.text[-1] in _CLOSED, line.text[0].islower()
    if column is not new:
        if new.indents and column.indents:
            return new.is_indented(line)
        return not lower and (closed or room > wide)
    if room > 0.4 * line.size and (closed or (room > wide and not lower)):
        return True
    if line.baseline - old.baseline > 1.35 * column.step:
        return True
    beside_drop_cap = old.edges[0][1] - old.edges[0][0] > _DROP_CAP * old.size
    return column.is_indented(line) and not column.is_indented(old) and not beside_drop_cap


def join_lines(text: str, line: str) -> str:
    """Two lines of a paragraph as one text; a hyphen that only broke a word goes."""
    if text.endswith("\xad") and not _TCVN3.search(text + line):
        text = text[:-1] + "-"
    match = re.search(r"([^\W\d_]+)-$", text)
    if match is None:
        return f"{text} {line}"
    rest = re.match(r"[^\W\d_]+", line)
    if rest is None or not rest.group()[0].islower():
        return text + line  # "COVID-" "19", "Mỹ-" "Trung"
    whole = is_syllable(match.group(1) + rest.group())
    compound = is_syllable(match.group(1)) and is_syllable(rest.group())
    return text + line if compound and not whole else text[:-1] + line
