"""Which article files there are, and what became of those in the index: gone, moved, changed, touched."""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from rag.articles.files import as_opened
from rag.articles.read import find_files
from rag.errors import InputError
from rag.language.normalize import nfc
from rag.store import FileIdentity, Writer

Look: TypeAlias = tuple[int, int]
"""Bytes and time of the last change, nanoseconds: what a file that nobody touched still has."""


def look_at(file: Path) -> Look:
    """How a file looks that can be opened. Raises OSError."""
    with file.open("rb") as content:
        now = os.fstat(content.fileno())
    return now.st_size, now.st_mtime_ns


def is_touched(file: Path, look: Look, known: FileIdentity) -> bool:
    """Whether a file that looks otherwise has the content that is known: only its time is another.

    Raises OSError.
    """
    return look[0] == known.size and identify(file).sha256 == known.sha256


def moved_files(
    files: Iterable[Path], gone: Iterable[Path], known: Mapping[Path, FileIdentity]
) -> dict[Path, Path]:
    """New files with the content of one that is gone, and where that was."""
    left = {known[file].sha256: file for file in gone if file in known}
    sizes = {known[file].size for file in left.values()}
    moved = {}
    for file in files if left else ():
        with suppress(OSError):  # is said when it is read
            if file not in known and file.stat().st_size in sizes:
                before = left.pop(identify(file).sha256, None)
                if before is not None:
                    moved[file] = before
    return moved


def identify(file: Path) -> FileIdentity:
    """The file's look and the hash of what it had when it was opened. Raises OSError."""
    size, time = look_at(file)
    with as_opened(file) as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    return FileIdentity(file, size, time, digest)


def found_files(paths: Iterable[Path], gone: Collection[Path]) -> Iterator[Path]:
    """The files there are. Raises InputError for a path that leads neither to one nor to one that was."""
    for path in paths:
        try:
            yield from find_files([path])
        except InputError:
            if not any(_covers(path, file) for file in gone):
                raise


def gone_files(paths: Iterable[Path], writer: Writer) -> list[Path]:
    """The indexed files under `paths` that are no more.

    A folder that is no more itself takes nothing with it: its disk may only be unplugged.
    """
    missing = [file for file in {*writer.places().values(), *writer.files()} if _is_missing(file)]
    return sorted(file for file in missing if any(_covers(path, file) for path in paths))


def _is_missing(file: Path) -> bool:
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:  # there, perhaps, but not for us to see
        return False
    return False


def _covers(path: Path, file: Path) -> bool:
    """Whether a file belongs to what the user named: a folder, a file or a glob."""
    named = _absolute(path)
    if named.is_dir():
        return file.is_relative_to(named)
    return file == named or fnmatch.fnmatch(str(file), str(named))


def meant(target: str, writer: Writer, places: Mapping[str, Path]) -> set[str]:
    """Ids of the articles that an id, a file or a folder stands for."""
    if nfc(target) in writer:
        return {nfc(target)}
    if not target.strip():
        return set()
    return {article_id for article_id, file in places.items() if file.is_relative_to(_absolute(Path(target)))}


def nearest_folder(path: Path) -> Path:
    """The folder itself, or the one that a file or glob is in."""
    folder = _absolute(path)
    while not folder.is_dir():
        folder = folder.parent
    return folder


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100  # resolve() would lose the name of a link
