"""How much of an article is found in its file: our readers beside the known extractors, in one run.

    python -m benchmarks.extraction [--rounds 3] [--listing] [--json]

The documents are made up (`made_pages`, `made_special_pages`, `made_papers`) from our demonstration articles,
so that what is to be found is known to the word. Each layout is filled `--rounds` times with another story.
`--listing` says on stderr which layout lost what. The rivals come with `pip install -e '.[bench]'`, which
`make bench` does.
"""

from __future__ import annotations

import argparse
import logging
import math
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.made_awkward_pages import AWKWARD
from benchmarks.made_pages import MODERN
from benchmarks.made_papers import PAPERS
from benchmarks.made_special_pages import SPECIAL
from benchmarks.made_stories import Made, stories
from benchmarks.tables import Cell, Table, show
from rag.articles.blocks import blocks
from rag.articles.draft import squash
from rag.articles.files import plain
from rag.articles.read import read_articles
from rag.console import say
from rag.errors import ArticleError
from rag.evaluation.statistics import Figure
from rag.language.normalize import tokens

NOTE = (
    "Body: F1 of its tokens, each as often as it stands there, mean over documents; the headline is taken "
    "off where a tool repeats it. Title, date (the day in Vietnam) and author: share that is right to the "
    "letter; a tool without such a field has none. To trafilatura's text its description is added. Lost: "
    "paragraphs of the article that are missing. Captions, links, comments: captions of pictures, "
    "headlines of other articles and what readers say that stand in the body; in a photo story captions "
    "are the body. A tool that cannot read a kind of file is left out there. The pages are made up after "
    "the structures of real sites by those who wrote our rules, which were mended on these very pages: on "
    "pages not seen before we are worse than this, and real pages are harder for all."
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool says about a document; None for a field that it does not have."""

    body: str = ""
    title: str | None = None
    day: str | None = None
    author: str | None = None


Tool = Callable[[Path], Found]


@dataclass(frozen=True, slots=True)
class Score:
    """One document against its truth."""

    body: float
    title: float  # 1 or 0; not a number when the tool has no such field
    day: float
    author: float
    lost: int
    captions: int
    links: int
    comments: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--listing", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        tools = {"Hỏi Báo": ours, **rivals()}
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed: pip install -e '.[bench]'", file=sys.stderr)
        sys.exit(2)
    show(compare(list(documents(options.rounds)), tools, listing=options.listing), as_json=options.json)


def documents(rounds: int) -> Iterator[Made]:
    """Every layout, `rounds` times, each time with the next story."""
    supply = stories()
    for _ in range(rounds):
        for layout in (*MODERN, *SPECIAL, *AWKWARD, *PAPERS):
            yield layout(next(supply))


def compare(made: Sequence[Made], tools: Mapping[str, Tool], *, listing: bool = False) -> Table:
    """A row per kind of file and tool that reads it."""
    scores: defaultdict[tuple[str, str], list[Score]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for number, document in enumerate(made):
            path = Path(folder, f"{number}{document.suffix}")
            path.write_bytes(document.content)
            for name, tool in tools.items():
                if document.suffix in _SUFFIXES.get(name, ANY):
                    found = tool(path)
                    judged = score(found, document)
                    scores[document.suffix, name].append(judged)
                    if listing and name == "Hỏi Báo":
                        _list(document, found, judged)
    return Table(f"extraction, {len(made)} made-up documents", NOTE, COLUMNS, list(_rows(scores)))


COLUMNS = (
    "kind, tool",
    "documents",
    "body F1",
    "title",
    "date",
    "author",
    "lost",
    "captions",
    "links",
    "comments",
)
ANY = (".html", ".pdf", ".docx")
_SUFFIXES = {"trafilatura": (".html",), "readability-lxml": (".html",)}
_KINDS = {".html": "web page", ".pdf": "PDF", ".docx": "Word"}


def _rows(scores: Mapping[tuple[str, str], Sequence[Score]]) -> Iterator[Sequence[Cell]]:
    for (suffix, name), of_tool in sorted(scores.items(), key=lambda item: ANY.index(item[0][0])):
        n = len(of_tool)
        shares = np.array([[one.body, one.title, one.day, one.author] for one in of_tool])
        counts = np.array([[one.lost, one.captions, one.links, one.comments] for one in of_tool]).sum(axis=0)
        figures = [
            None if np.isnan(column).all() else Figure(float(column.mean()), float(column.std() / n**0.5), n)
            for column in shares.T
        ]
        yield [f"{_KINDS[suffix]}: {name}", n, *figures, *map(int, counts)]


# ── Judging ───────────────────────────────────────────────────────────────────────────────────────


def score(found: Found, made: Made) -> Score:
    """What was found against what is there."""
    body = without_title(found.body, made.title)
    squashed = squash(plain(body))
    return Score(
        body=token_f1(body, "\n".join(made.body)),
        title=_right(found.title, lambda said: " ".join(plain(said).split()) == made.title),
        day=_right(found.day, lambda said: said == made.day),
        author=_right(found.author, lambda said: names(said) == names(made.author)),
        lost=sum(squash(paragraph) not in squashed for paragraph in made.body),
        captions=sum(squash(caption) in squashed for caption in made.captions),
        links=sum(squash(title) in squashed for title in made.links),
        comments=sum(squash(words) in squashed for words in made.comments),
    )


def _right(said: str | None, is_right: Callable[[str], bool]) -> float:
    return math.nan if said is None else float(is_right(said))


def without_title(body: str, title: str) -> str:
    """The text without lines that only repeat the headline."""
    return "\n".join(line for line in body.splitlines() if squash(line) != squash(title))


def token_f1(found: str, truth: str) -> float:
    """Harmonic mean of precision and recall over tokens, each counted as often as it stands there."""
    one, other = Counter(tokens(plain(found))), Counter(tokens(plain(truth)))
    common = (one & other).total()
    return 2 * common / (one.total() + other.total()) if common else 0.0


def names(author: str) -> frozenset[str]:
    """ "Quốc Bảo - Thu Ngân" and "Thu Ngân; Quốc Bảo" are the same two people."""
    return frozenset(filter(None, map(squash, re.split(r"[,;/]|\s[-–]\s|\svà\s", author))))


def _list(made: Made, found: Found, judged: Score) -> None:
    """Says what went wrong."""
    if (
        judged.body < 0.99
        or judged.lost
        or not (judged.title and judged.day and judged.author)
        or judged.links
    ):
        say(f"── {made.name}: {judged}", markup=False)
        say(
            f"   {found.title!r} {found.day} {found.author!r} | {made.title!r} {made.day} {made.author!r}",
            markup=False,
        )
        truth = {squash(line) for line in made.body}
        lines = {squash(line) for line in found.body.splitlines()}
        for line in filter(None, found.body.splitlines()):
            if squash(line) not in truth:
                say(f"   + {line[:150]}", markup=False)
        for line in made.body:
            if squash(line) not in lines:
                say(f"   - {line[:150]}", markup=False)


# ── Tools ─────────────────────────────────────────────────────────────────────────────────────────


def ours(path: Path) -> Found:
    """The first article of the file."""
    problems: list[ArticleError] = []
    article = next(read_articles(path, problems.append), None)
    if article is None:
        say("; ".join(map(str, problems)), markup=False)
        return Found("", "", "", "")
    return Found(article.text, article.title, (article.published or "")[:10], article.author or "")


def rivals() -> dict[str, Tool]:
    """Those that are installed with the extra. Raises ModuleNotFoundError."""
    import trafilatura
    from markitdown import MarkItDown
    from readability import Document

    for name in ("readability", "trafilatura", "pdfminer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    converter = MarkItDown(enable_plugins=False)

    def alone(path: Path) -> Found:
        page = path.read_text(encoding="utf-8")
        found = trafilatura.bare_extraction(page, with_metadata=True, include_comments=False)
        if not isinstance(found, trafilatura.settings.Document):
            return Found("", "", "", "")
        lead, text = found.description or "", found.text or ""
        body = text if squash(lead) in squash(text) else f"{lead}\n{text}"
        return Found(body, found.title or "", found.date or "", found.author or "")

    def readability(path: Path) -> Found:
        page = Document(path.read_text(encoding="utf-8"))
        text = "\n".join(block.text for block in blocks(page.summary()))
        return Found(text, page.short_title(), None, page.author() or "")

    def markitdown(path: Path) -> Found:
        result = converter.convert(str(path))
        title = result.title if path.suffix == ".html" else None  # other files have none
        return Found(_markdown_text(result.markdown), title)

    return {"trafilatura": alone, "readability-lxml": readability, "markitdown": markitdown}


def _markdown_text(markdown: str) -> str:
    """Without addresses and marks, which are no words of the article."""
    return re.sub(r"!?\[([^\]]*)\]\([^)]*\)|^#+ |\*\*|^[-*+] ", r"\1", markdown, flags=re.MULTILINE)


if __name__ == "__main__":
    main()
