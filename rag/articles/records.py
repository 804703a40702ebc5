"""Records of exports (JSON, JSON lines, tables) → articles. Fields are known by names in two languages."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.articles.draft import RawArticle, Report
from rag.articles.files import decode, open_bytes, plain, read_limited, read_text, stem_of
from rag.errors import ArticleError

# What exporters call the fields, the surest name first; written as `_key` writes them
FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("id", "mã", "mã bài", "article id"),
    "title": ("title", "headline", "tiêu đề", "tên bài", "tít", "tựa đề", "tieu de"),
    "body": ("body", "content", "text", "nội dung", "nội dung bài", "toàn văn", "bài viết", "noi dung"),
    "lead": ("sapo", "description", "lead", "tóm tắt", "mô tả", "tom tat"),
    "published": (
        *("published", "date", "published at", "publish date", "pubdate", "datepublished"),
        *("ngày", "ngày đăng", "ngày xuất bản", "thời gian", "ngay", "ngay dang"),
    ),
    "source": ("source", "publisher", "nguồn", "báo", "tên báo", "nguon"),
    "url": ("url", "link", "đường dẫn", "liên kết", "địa chỉ"),
    "category": ("category", "section", "topic", "chuyên mục", "mục", "chủ đề", "danh mục", "chuyen muc"),
    "author": ("author", "authors", "byline", "tác giả", "tac gia"),
}
MAX_COLUMNS = 1_000  # of a table: a row of more is no article, and takes memory for every name
_DELIMITERS = ",;\t|"


def read_json(path: Path, report: Report) -> Iterator[RawArticle]:
    """One record or a list of records."""
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise ArticleError("articles.broken_json", path=path, reason=error) from error
    records = value if isinstance(value, list) else [value]
    if not records:
        raise ArticleError("articles.empty_file", path=path)
    for number, record in enumerate(records, start=1):
        unnamed = stem_of(path) if records is not value else f"{stem_of(path)}-{number}"
        yield from _read_record(record, path, number, unnamed, report)


def read_json_lines(path: Path, report: Report) -> Iterator[RawArticle]:
    """One record a line, read as a stream; a broken line is reported and the others are read."""
    number, empty = 0, True
    with open_bytes(path) as stream:
        while line := read_limited(stream, path, line=True):
            number += 1
            if not line.strip():
                continue
            empty = False
            try:
                record = json.loads(decode(line, path))
            except (ValueError, RecursionError, ArticleError) as error:
                report(ArticleError("articles.broken_line", path=path, line=number, reason=error))
                continue
            yield from _read_record(record, path, number, f"{stem_of(path)}-{number}", report)
    if empty:
        raise ArticleError("articles.empty_file", path=path)


def read_table(path: Path, report: Report) -> Iterator[RawArticle]:
    """One record a row; the first row has the names of the fields.

    Raises ArticleError when no column holds the text of articles, and when nothing is in any row.
    """
    text = read_text(path).lstrip("\ufeff")
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(len(text) + 1)  # the file has been bounded
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        if len(rows.fieldnames or ()) > MAX_COLUMNS:
            count = len(rows.fieldnames or ())
            raise ArticleError("articles.wide_table", path=path, count=count, limit=MAX_COLUMNS)
        names = {_key(name) for name in rows.fieldnames or () if name}
        if not names & {*FIELDS["body"], *FIELDS["lead"]}:
            raise ArticleError("articles.no_columns", path=path, columns=", ".join(sorted(names))[:200])
        empty = True
        for number, row in enumerate(rows, start=1):
            record = {name: value for name, value in row.items() if name is not None and value is not None}
            if any(value.strip() for value in record.values()):
                empty = False
                yield from _read_record(record, path, number, f"{stem_of(path)}-{number}", report)
        if empty:
            raise ArticleError("articles.empty_file", path=path)
    except csv.Error as error:
        reason = f"{rows.line_num}: {error}"
        raise ArticleError("articles.broken_table", path=path, reason=reason) from error


def _read_record(
    record: object, path: Path, number: int, unnamed: str, report: Report
) -> Iterator[RawArticle]:
    """The article of one record; `unnamed` is its id when it has none."""
    if not isinstance(record, dict):
        report(ArticleError("articles.no_record", path=path, number=number))
        return
    named = {_key(str(name)): value for name, value in record.items()}
    found = {name: _text(named, *keys) for name, keys in FIELDS.items()}
    if found["body"] is None and found["lead"] is None:
        report(ArticleError("articles.no_body", path=path, number=number))
        return
    yield RawArticle(
        id=found["id"] or unnamed,
        body=found["body"] or "",
        title=found["title"],
        lead=found["lead"],
        published=found["published"],
        source=found["source"],
        url=found["url"],
        category=found["category"],
        author=found["author"],
    )


def _key(name: str) -> str:
    """`Ngày_đăng` and `ngày đăng` are one name."""
    return " ".join(plain(name).replace("_", " ").replace("-", " ").lower().split())


def _text(record: Mapping[str, object], *keys: str) -> str | None:
    """The first of `keys` that holds something: text, a number, or a list of texts (paragraphs, authors)."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ("\n\n" if key in FIELDS["body"] else ", ").join(value)
        if isinstance(value, str) and value.strip():
            return value
    return None
