"""ZIP → the articles of what is packed in it. Runs in the child process.

Nothing is unpacked under a name of the archive's choice; an archive in an archive is not opened.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rag.articles.draft import RawArticle, Reader, Report
from rag.articles.files import plain
from rag.articles.inside import load
from rag.articles.packed import is_link, is_safe, opened_zip, read_entry
from rag.articles.read import IN_CHILD, IN_PROCESS, suffix_of
from rag.errors import ArticleError

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_STEM = "entry"  # of the file an entry is unpacked to


def read_zip(path: Path, report: Report) -> Iterator[RawArticle]:
    """The articles of its files by name; an id is the path inside, unless the file gives one.

    What is wrong with one file is reported. Raises ArticleError when the archive itself cannot be used or has
    no article in it.
    """
    readable = False
    with opened_zip(path) as archive, tempfile.TemporaryDirectory() as folder:
        for entry, suffix, name in _named(archive):
            readable = True
            shown = path / plain(entry.filename)
            if not is_safe(entry.filename) or is_link(entry):
                report(ArticleError("articles.unsafe_entry", path=path, name=entry.filename[:200]))
            elif suffix == ".zip":
                report(ArticleError("articles.nested_zip", path=shown))
            elif not _is_beside(entry.filename):
                place = Path(folder, _STEM + suffix)
                for article in _read_entry(archive, entry, place, shown, report):
                    own = article.id != _STEM and not article.id.startswith(f"{_STEM}-")
                    yield article if own else replace(article, id=name + article.id[len(_STEM) :])
    if not readable:
        raise ArticleError("articles.no_article", path=path)


def printed(path: Path) -> Iterator[list[str]]:
    """The ids of the articles that `read_zip` makes of PDFs, in one value. Raises ArticleError."""
    with opened_zip(path) as archive:
        yield list(_printed(archive))


def read_printed(path: Path, article_id: str) -> bytes:
    """The PDF that such an article was read from. Raises ArticleError, also when there is none."""
    with opened_zip(path) as archive:
        entry = _printed(archive).get(article_id)
        if entry is None:
            raise ArticleError("articles.no_article", path=path)
        return read_entry(archive, entry, path)


def _printed(archive: ZipFile) -> dict[str, ZipInfo]:
    return {name: entry for entry, suffix, name in _named(archive) if suffix == ".pdf" and _is_offered(entry)}


def _named(archive: ZipFile) -> Iterator[tuple[ZipInfo, str, str]]:
    """Every entry that has an article's suffix, in the order they are read, and the id its article gets."""
    names: set[str] = set()
    for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
        suffix = suffix_of(Path(entry.filename))
        if suffix is None or entry.is_dir():
            continue
        name = plain(entry.filename[: -len(suffix)])
        if _is_offered(entry) and suffix != ".zip":
            name = plain(entry.filename) if name in names else name  # a.docx and a.pdf
            names.add(name)
        yield entry, suffix, name


def _is_offered(entry: ZipInfo) -> bool:
    """Whether the entry is meant to be read."""
    return is_safe(entry.filename) and not is_link(entry) and not _is_beside(entry.filename)


def _is_beside(name: str) -> bool:
    """Hidden files, what a Mac adds, and the folder that a browser saves beside a page."""
    parts = PurePosixPath(name).parts
    return any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts) or any(
        part.endswith("_files") for part in parts[:-1]
    )


def _read_entry(
    archive: ZipFile, entry: ZipInfo, place: Path, shown: Path, report: Report
) -> Iterator[RawArticle]:
    """The articles of one entry, unpacked to `place`; errors name it as `shown`."""
    suffix = place.name.removeprefix(_STEM)
    read: Reader = load((IN_CHILD | IN_PROCESS)[suffix])

    def report_shown(error: ArticleError) -> None:
        report(ArticleError(error.key, **{**error.values, "path": shown}))

    try:
        place.write_bytes(read_entry(archive, entry, shown))
        yield from read(place, report_shown)
    except ArticleError as error:
        report_shown(error)
    finally:
        place.unlink(missing_ok=True)
