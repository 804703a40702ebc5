"""Files that readers drop: received piece by piece, kept under their own names in a folder per collection.

What is being received and what was deleted but may still come back lie in folders of their own beside those
of the collections; whatever is forgotten there, by a crash or a closed tab, is swept away after a day.
"""

from __future__ import annotations

import filecmp
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from rag.articles.files import plain
from rag.articles.read import READERS, suffix_of
from rag.errors import ArticleError, InputError, StoreError
from rag.language.normalize import nfc

MAX_FILE_BYTES: Final = 100_000_000
MAX_FILES: Final = 2_000  # of one drop
LEAST_FREE: Final = 1_000_000_000  # bytes that stay free on the disk
FORGOTTEN: Final = 86_400  # seconds after which nobody comes back for a file

LONGEST_STEM: Final = 60  # characters: 180 bytes of Vietnamese, where file systems take 255
INCOMING, DISCARDED = ".incoming", ".discarded"

_DROP = re.compile(r"[0-9a-f]{32}")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f/\\]')  # in file names of Windows
_RESERVED = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d", re.IGNORECASE)


class Uploads:
    """The folder of uploaded files. Nothing is created before the first file comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def receiving(self, drop: str, name: str, size: int | None = None) -> Iterator[_Bounded]:
        """A place for the bytes of one file of a drop, gone again when the block does not end well.

        `drop` are 32 hexadecimal digits that the page chose, `size` what the file is said to have.
        Raises ArticleError for a file of unknown type or one that is too large, InputError for too many,
        StoreError when the disk does not take it.
        """
        if not _DROP.fullmatch(drop):
            raise InputError("library.bad_drop")
        if suffix_of(Path(name)) is None:
            raise ArticleError("articles.unknown_suffix", path=plain(name), known=" ".join(READERS))
        place = self.folder / INCOMING / drop / uuid4().hex
        try:
            with self._told():
                self._make_room(place, name, size or 0)
                file = (place / safe_name(name)).open("xb")
            with file:
                yield _Bounded(file, name, self._told)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the disk does not take, in the reader's words."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or error
            raise StoreError("library.unwritable", folder=self.folder, reason=reason) from error

    def _make_room(self, place: Path, name: str, size: int) -> None:
        if size > MAX_FILE_BYTES:
            raise too_large(name)
        if not place.parent.is_dir():
            self._sweep()
        place.mkdir(parents=True)
        if len(list(place.parent.iterdir())) > MAX_FILES:
            raise InputError("library.too_many", limit=MAX_FILES)
        if shutil.disk_usage(self.folder).free - size < LEAST_FREE:
            raise StoreError("library.disk_full", folder=self.folder)

    def keep(self, drop: str, collection: str) -> list[Path]:
        """Moves the files of a drop to those of the collection and gives their places, in order of name.

        A name that is taken gets a number; the same file again is the one that is there.
        """
        if not _DROP.fullmatch(drop):
            raise InputError("library.bad_drop")
        folder = self.folder / collection
        received = sorted((self.folder / INCOMING / drop).glob("*/*"), key=lambda file: file.name)
        kept = [_move(file, folder) for file in received]
        shutil.rmtree(self.folder / INCOMING / drop, ignore_errors=True)
        return list(dict.fromkeys(kept))

    def owns(self, file: Path) -> bool:
        """Whether a file is one of those kept here: others are never touched."""
        return file.is_relative_to(self.folder) and ".." not in file.parts

    def discard(self, files: Iterable[Path]) -> list[tuple[Path, Path]]:
        """Takes files out of reach: where each was and where it is now. What is not ours is passed over."""
        moved = []
        for file in files:
            aside = self.folder / DISCARDED / uuid4().hex / file.name
            if self.owns(file) and file.is_file():
                aside.parent.mkdir(parents=True, exist_ok=True)
                file.replace(aside)
                moved.append((file, aside))
        return moved

    def bring_back(self, moved: Sequence[tuple[Path, Path]]) -> dict[Path, Path]:
        """The opposite of `discard`; gives where each file is now: its name may be taken meanwhile."""
        back = {file: _move(aside, file.parent) for file, aside in moved}
        for _, aside in moved:
            shutil.rmtree(aside.parent, ignore_errors=True)
        return back

    def remove(self, files: Iterable[Path]) -> None:
        """Deletes files of ours for good, and the folders that are empty then."""
        for file in files:
            if self.owns(file):
                file.unlink(missing_ok=True)
                with suppress(OSError):  # not empty: there are others
                    file.parent.rmdir()

    def _sweep(self) -> None:
        """Removes what nobody came back for."""
        for place in [*self.folder.glob(f"{INCOMING}/*"), *self.folder.glob(f"{DISCARDED}/*")]:
            with suppress(FileNotFoundError):
                if time.time() - place.stat().st_mtime > FORGOTTEN:
                    shutil.rmtree(place, ignore_errors=True)


class _Bounded:
    """Writes until it is too much."""

    def __init__(self, file: BinaryIO, name: str, told: Callable[[], AbstractContextManager[None]]) -> None:
        self._file = file
        self._name = name
        self._told = told
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Raises ArticleError beyond MAX_FILE_BYTES, StoreError when the disk does not take it."""
        self._size += len(piece)
        if self._size > MAX_FILE_BYTES:
            raise too_large(self._name)
        with self._told():
            self._file.write(piece)


def too_large(name: str) -> ArticleError:
    return ArticleError("library.large_file", path=plain(name), limit=MAX_FILE_BYTES // 1_000_000)


def safe_name(name: str) -> str:
    """The last part of a file's name as every file system takes it, Vietnamese letters and suffix kept."""
    last = plain(nfc(name)).replace("\\", "/").rpartition("/")[2]
    suffix = suffix_of(Path(last)) or ""
    stem = " ".join(_FORBIDDEN.sub(" ", last[: len(last) - len(suffix)]).split())
    stem = stem[:LONGEST_STEM].strip(" .")
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return f"{stem}{suffix.lower()}"


def _move(file: Path, folder: Path) -> Path:
    """Into the folder, under the first of `tên.txt`, `tên (2).txt` … that is free or holds the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = suffix_of(file) or ""
    stem = file.name[: len(file.name) - len(suffix)]
    number, target = 1, folder / file.name
    while target.exists():
        if target.is_file() and filecmp.cmp(file, target, shallow=False):
            return target
        number += 1
        target = folder / f"{stem} ({number}){suffix}"
    return file.rename(target)
