"""A file → Articles. One reader per format, found by the end of the file's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.articles.child import isolated
from rag.articles.clean import clean
from rag.articles.draft import RawArticle, Reader, Report
from rag.articles.files import expand_paths, read_text, stem_of
from rag.articles.inside import load
from rag.articles.legacy import repaired
from rag.articles.markdown import read_markdown
from rag.errors import ArticleError, ArticleNote
from rag.language.drift import language_of
from rag.types import Article

MAX_TOLD = 1_000  # problems of one file, one by one
HOPELESS = 10_000  # of them, and no article between
_NOT_VIETNAMESE = {"en": "articles.english_article", "other": "articles.foreign_article"}


def read_articles(path: Path, report: Report) -> Iterator[Article]:
    """The articles of one file, cleaned. Whatever is wrong goes to `report`, naming the file and the cure."""
    path = path.absolute()
    suffix = suffix_of(path)
    if suffix is None:
        report(ArticleError("articles.unknown_suffix", path=path, known=" ".join(READERS)))
        return
    if path.exists() and not path.is_file():  # a pipe or a device may never end
        report(ArticleError("articles.no_file", path=path))
        return
    seen: set[str] = set()
    told = _Told(path, report)
    try:
        for raw in READERS[suffix](path, told):
            raw, doubtful = repaired(raw)  # noqa: PLW2901
            if doubtful:
                told(ArticleError("articles.doubtful_letters", path=path, id=raw.id))
            try:
                article = clean(raw, path)
            except ArticleError as error:
                told(error)
                continue
            if article.id in seen:
                told(ArticleError("articles.duplicate_id", path=path, id=article.id))
                continue
            seen.add(article.id)
            told.in_a_row = 0
            language = language_of(article.text)
            if language != "vi":
                told(ArticleNote(_NOT_VIETNAMESE[language], path=path, id=article.id))
            yield article
    except ArticleError as error:
        report(error)
    if told.count > MAX_TOLD:
        report(ArticleError("articles.more_problems", path=path, count=told.count - MAX_TOLD))


class _Told:
    """Passes on what is wrong with one file, as long as somebody may read that; ends a file of nothing else.

    `in_a_row` is set back by whoever reads an article.
    """

    def __init__(self, path: Path, report: Report) -> None:
        self._path, self._report = path, report
        self.count = self.in_a_row = 0

    def __call__(self, problem: ArticleError) -> None:
        self.count += 1
        self.in_a_row += 1
        if self.count <= MAX_TOLD:
            self._report(problem)
        if self.in_a_row > HOPELESS:
            raise ArticleError("articles.hopeless_file", path=self._path, count=HOPELESS)


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The article files behind files, folders and globs: see `rag.articles.files.expand_paths`.

    Raises InputError for a path that leads to nothing.
    """
    return expand_paths(paths, tuple(READERS))


def suffix_of(path: Path) -> str | None:
    """The key of READERS for this file, None when there is none."""
    name = path.name.lower()
    return next((suffix for suffix in READERS if name.endswith(suffix)), None)


def read_plain_text(path: Path, report: Report) -> Iterator[RawArticle]:
    """One article; title, date and byline are found by cleaning."""
    yield RawArticle(id=stem_of(path), body=read_text(path))


def read_markdown_file(path: Path, report: Report) -> Iterator[RawArticle]:
    """One article, its metadata in the front matter."""
    yield read_markdown(read_text(path), article_id=stem_of(path))


IN_PROCESS: dict[str, str] = {
    ".txt": "rag.articles.read:read_plain_text",
    ".md": "rag.articles.read:read_markdown_file",
    ".jsonl": "rag.articles.records:read_json_lines",
    ".jsonl.gz": "rag.articles.records:read_json_lines",
    ".json": "rag.articles.records:read_json",
    ".json.gz": "rag.articles.records:read_json",
    ".csv": "rag.articles.records:read_table",
    ".csv.gz": "rag.articles.records:read_table",
    ".tsv": "rag.articles.records:read_table",
}
"""Readers by the end of the file's name; what is not small they read in a child process, too."""

IN_CHILD: dict[str, str] = {
    ".html": "rag.articles.webpage:read_web_page",
    ".htm": "rag.articles.webpage:read_web_page",
    ".html.gz": "rag.articles.webpage:read_web_page",
    ".mhtml": "rag.articles.webpage:read_web_archive",
    ".mht": "rag.articles.webpage:read_web_archive",
    ".pdf": "rag.articles.pdf:read_pdf",
    ".docx": "rag.articles.word:read_word",
    ".epub": "rag.articles.epub:read_epub",
    ".rss": "rag.articles.feed:read_feed",
    ".atom": "rag.articles.feed:read_feed",
    ".xml": "rag.articles.feed:read_feed",
    ".zip": "rag.articles.archive:read_zip",
}
"""Readers of what may be hostile in more ways than being long: they work in a child process."""

SMALL = 200_000  # bytes of a file that is read in this process: it takes no time and no memory worth a look
PACKED_SMALL = SMALL // 20


def _isolated_when_large(name: str) -> Reader:
    """The reader `module:name`, in this process for what is small, else in a child."""

    def read(path: Path, report: Report) -> Iterator[RawArticle]:
        limit = PACKED_SMALL if path.name.lower().endswith(".gz") else SMALL
        try:
            large = path.stat().st_size > limit
        except OSError:  # is said by the reader
            large = False
        reader: Reader = isolated(name) if large else load(name)
        return reader(path, report)

    return read


READERS: dict[str, Reader] = {
    **{suffix: _isolated_when_large(name) for suffix, name in IN_PROCESS.items()},
    **{suffix: isolated(name) for suffix, name in IN_CHILD.items()},
}
