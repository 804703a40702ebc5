"""ZIP files (and what is one under another name: DOCX, EPUB) within bounds."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path, PurePosixPath

from rag.articles.files import MAX_FILE_BYTES
from rag.errors import ArticleError

MAX_ENTRIES = 20_000
MAX_UNPACKED = 1_000_000_000  # bytes, all entries together
MAX_RATIO = 200  # times its packed size; texts shrink to a tenth or twentieth
_HEADER = 30  # bytes of the shortest that stands before an entry
# UnicodeDecodeError: of the name that stands before an entry
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeDecodeError)
_SMALL = 1_000_000  # bytes: below that any ratio is harmless


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive. Raises ArticleError when it is damaged, or unpacks to more than anybody can read."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ArticleError("articles.broken_zip", path=path, reason=error) from error
    except OSError as error:
        raise ArticleError("articles.unreadable_file", path=path, reason=error.strerror or error) from error
    with archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise ArticleError("articles.many_entries", path=path, count=len(entries), limit=MAX_ENTRIES)
        total = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        if total > MAX_UNPACKED or (total > _SMALL and total > MAX_RATIO * packed):
            raise ArticleError("articles.zip_bomb", path=path, size=total // 1_000_000)
        if _overlap(entries):
            raise ArticleError("articles.broken_zip", path=path, reason="overlapping entries")
        yield archive


def _overlap(entries: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether bytes of the file belong to two entries: what is packed once would be unpacked many times."""
    places = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    return any(start + size + _HEADER > following for (start, size), (following, _) in pairwise(places))


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> bytes:
    """The bytes of one entry. Raises ArticleError when it is locked, damaged or too large."""
    if entry.flag_bits & 0x1:
        raise ArticleError("articles.locked_entry", path=path)
    if entry.file_size > MAX_FILE_BYTES:
        raise ArticleError("articles.large_file", path=path, limit=MAX_FILE_BYTES // 1_000_000)
    try:
        with archive.open(entry) as stream:  # gives no more than the size it states
            return stream.read()
    except _DAMAGE as error:
        raise ArticleError("articles.broken_zip", path=path, reason=error) from error


def read_named(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """The bytes of the entry `name`. Raises ArticleError, also when there is none."""
    try:
        entry = archive.getinfo(name)
    except KeyError as error:
        raise ArticleError("articles.broken_zip", path=path, reason=f"{name}?") from error
    return read_entry(archive, entry, path)


def is_link(entry: zipfile.ZipInfo) -> bool:
    """Whether it is a symbolic link: its text is the name of another file, and no article."""
    return stat.S_ISLNK(entry.external_attr >> 16)


def is_safe(name: str) -> bool:
    """Whether an entry's name is a path inside the archive."""
    parts = PurePosixPath(name).parts
    return not name.startswith(("/", "\\")) and ".." not in parts and "\\" not in name and ":" not in name
