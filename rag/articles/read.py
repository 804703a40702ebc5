"""A file → Articles. One reader per format, found by the end of the file's name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rag.articles.child import isolated
from rag.articles.clean import clean
from rag.articles.draft import RawArticle, Reader, Report
from rag.articles.files import decode, expand_paths, open_bytes, plain, read_limited, read_text
from rag.articles.markdown import read_markdown
from rag.articles.webpage import read_mhtml, read_page
from rag.errors import ArticleError
from rag.types import Article


def read_articles(path: Path, report: Report) -> Iterator[Article]:
    """The articles of one file, cleaned. Whatever is wrong goes to `report`, naming the file and the cure."""
    path = path.absolute()
    suffix = suffix_of(path)
    if suffix is None:
        report(ArticleError("articles.unknown_suffix", path=path, known=" ".join(READERS)))
        return
    seen: set[str] = set()
    try:
        for raw in READERS[suffix](path, report):
            try:
                article = clean(raw, path)
            except ArticleError as error:
                report(error)
                continue
            if article.id in seen:
                report(ArticleError("articles.duplicate_id", path=path, id=article.id))
                continue
            seen.add(article.id)
            yield article
    except ArticleError as error:
        report(error)


def find_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The article files behind files, folders and globs: see `rag.articles.files.expand_paths`.

    Raises InputError for a path that leads to nothing.
    """
    return expand_paths(paths, tuple(READERS))


def suffix_of(path: Path) -> str | None:
    """The key of READERS for this file, None when there is none."""
    name = path.name.lower()
    return next((suffix for suffix in READERS if name.endswith(suffix)), None)


def stem_of(path: Path) -> str:
    """The file's name without the suffix, `.jsonl.gz` as a whole: the article id when the file names none."""
    suffix = suffix_of(path) or ""
    return plain(path.name[: len(path.name) - len(suffix)]) or plain(path.name)


def read_plain_text(path: Path, report: Report) -> Iterator[RawArticle]:
    """One article; title, date and byline are found by cleaning."""
    yield RawArticle(id=stem_of(path), body=read_text(path))


def read_markdown_file(path: Path, report: Report) -> Iterator[RawArticle]:
    """One article, its metadata in the front matter."""
    yield read_markdown(read_text(path), article_id=stem_of(path))


def read_web_page(path: Path, report: Report) -> Iterator[RawArticle]:
    """The article of a saved page."""
    yield read_page(read_text(path), path, article_id=stem_of(path))


def read_web_archive(path: Path, report: Report) -> Iterator[RawArticle]:
    """The article of a page saved as one file."""
    page, url = read_mhtml(path)
    yield read_page(page, path, article_id=stem_of(path), url=url)


def read_json(path: Path, report: Report) -> Iterator[RawArticle]:
    """One record or a list of records."""
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise ArticleError("articles.broken_json", path=path, reason=error) from error
    records = value if isinstance(value, list) else [value]
    for number, record in enumerate(records, start=1):
        unnamed = stem_of(path) if records is not value else f"{stem_of(path)}-{number}"
        yield from _read_record(record, path, number, unnamed, report)


def read_json_lines(path: Path, report: Report) -> Iterator[RawArticle]:
    """One record a line, read as a stream; a broken line is reported and the others are read."""
    number = 0
    with open_bytes(path) as stream:
        while line := read_limited(stream, path, line=True):
            number += 1
            if not line.strip():
                continue
            try:
                record = json.loads(decode(line, path))
            except (ValueError, RecursionError, ArticleError) as error:
                report(ArticleError("articles.broken_line", path=path, line=number, reason=error))
                continue
            yield from _read_record(record, path, number, f"{stem_of(path)}-{number}", report)
    if number == 0:
        raise ArticleError("articles.empty_file", path=path)


def _read_record(
    record: object, path: Path, number: int, unnamed: str, report: Report
) -> Iterator[RawArticle]:
    """The article of one JSON record; `unnamed` is its id when it has none."""
    if not isinstance(record, dict):
        report(ArticleError("articles.no_record", path=path, number=number))
        return
    body, lead = _text(record, "body", "content", "text"), _text(record, "sapo", "description")
    if body is None and lead is None:
        report(ArticleError("articles.no_body", path=path, number=number))
        return
    yield RawArticle(
        id=_text(record, "id") or unnamed,
        body=body or "",
        title=_text(record, "title"),
        lead=lead,
        published=_text(record, "published", "date"),
        source=_text(record, "source"),
        url=_text(record, "url"),
        category=_text(record, "category"),
        author=_text(record, "author"),
    )


def _text(record: Mapping[str, object], *keys: str) -> str | None:
    """The first of `keys` that holds something: text, a number, or a list of texts (paragraphs, authors)."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ("\n\n" if key in {"body", "content", "text"} else ", ").join(value)
        if isinstance(value, str) and value.strip():
            return value
    return None


READERS: dict[str, Reader] = {
    ".txt": read_plain_text,
    ".md": read_markdown_file,
    ".html": read_web_page,
    ".htm": read_web_page,
    ".html.gz": read_web_page,
    ".mhtml": read_web_archive,
    ".mht": read_web_archive,
    ".pdf": isolated("rag.articles.pdf:read_pdf"),
    ".jsonl": read_json_lines,
    ".jsonl.gz": read_json_lines,
    ".json": read_json,
    ".json.gz": read_json,
}
