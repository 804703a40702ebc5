"""Which files there are, and their bytes as plain text: encodings, packing, limits, hidden characters."""

from __future__ import annotations

import gzip
import io
import os
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from rag.errors import ArticleError, InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_FILE_BYTES = 50_000_000  # of one text, unpacked; no newspaper article comes near it
MAX_CHARACTERS = 2_000_000  # of one article: a book of six hundred pages
MAX_MARKS = 30  # on one letter, as in Unicode's Stream-Safe Text Format (UAX #15)

# Control, zero-width, direction and tag characters, soft hyphens, lone surrogates, private letters,
# variation selectors: invisible to a reader, so they could smuggle text past one.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\ufffb"
    "\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_MANY_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{MAX_MARKS + 1},}}")  # or other signs
_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_SPACE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164]")
_GLOB = re.compile(r"[*?\[]")


def expand_paths(paths: Sequence[Path], suffixes: Sequence[str]) -> Iterator[Path]:
    """The files behind files, folders and globs, absolute, each once, sorted within a folder.

    Folders are searched in depth for `suffixes`; hidden names, linked folders (they may lead in circles), a
    `README.md` at the top and the `…_files` that browsers save beside a page are left out. A file named
    outright is always given, whatever its suffix.
    Pipes, devices and links to nothing are left out, too.
    Raises InputError for a path that leads to nothing or to no file.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _expand(path.expanduser(), tuple(suffixes)):
            absolute = Path(os.path.abspath(file))  # noqa: PTH100  # resolve() would lose the name of a link
            if absolute not in seen:
                seen.add(absolute)
                yield absolute


def _expand(path: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    if path.is_dir():
        yield from _walk(path, suffixes)
    elif path.is_file():
        yield path
    elif path.exists():
        raise InputError("articles.no_file", path=path)
    else:
        matches = _glob(path)
        if not matches:
            raise InputError("articles.unknown_path", path=path)
        for match in matches:
            if match.is_dir():
                yield from _walk(match, suffixes)
            elif match.is_file():
                yield match


def _glob(pattern: Path) -> list[Path]:
    """What the pattern matches, hidden names left out; nothing when it is no pattern."""
    plain_parts = list(takewhile(lambda part: not _GLOB.search(part), pattern.parts))
    wild_parts = pattern.parts[len(plain_parts) :]
    base = Path(*plain_parts)
    if not wild_parts or not base.is_dir():
        return []
    found = (match.relative_to(base) for match in base.glob(str(Path(*wild_parts))))
    return sorted(base / match for match in found if not any(part.startswith(".") for part in match.parts))


def _walk(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not name.endswith("_files")
        )
        for name in sorted(names):
            file = Path(parent, name)
            readme = Path(parent) == folder and name.lower() == "readme.md"
            if not name.startswith(".") and not readme and name.lower().endswith(suffixes) and file.is_file():
                yield file


def stem_of(path: Path) -> str:
    """The file's name without its suffix, `.jsonl.gz` as a whole: the article id when the file names none."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return plain(name[: len(name) - len(Path(name).suffix)]) or plain(path.name)


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes as a stream, unpacked when its name ends in `.gz`.

    Raises ArticleError when it cannot be opened.
    """
    try:
        stream = as_opened(path)
    except OSError as error:
        raise ArticleError("articles.unreadable_file", path=path, reason=error.strerror or error) from error
    return cast(BinaryIO, _Unpacked(stream)) if path.name.lower().endswith(".gz") else stream


def as_opened(path: Path) -> BinaryIO:
    """The file's bytes, which end where they did when it was opened. Raises OSError."""
    return cast(BinaryIO, io.BufferedReader(_AsOpened(path), 1 << 17))


class _AsOpened(io.RawIOBase):
    """A file to read, which ends where it did when it was opened: one that somebody writes to might never."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._left = os.fstat(self._file.fileno()).st_size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        count = self._file.readinto(memoryview(buffer)[: self._left])
        self._left -= count or 0
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class _Unpacked(gzip.GzipFile):
    """What is packed in a stream, which is closed with it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        super().__init__(fileobj=stream, mode="rb")

    def close(self) -> None:
        super().close()
        self._stream.close()


def read_text(path: Path) -> str:
    """The whole file as text, characters as they are.

    Raises ArticleError when it is empty, binary, longer than MAX_FILE_BYTES or badly packed.
    """
    with open_bytes(path) as stream:
        data = read_limited(stream, path)
    if not data.strip(b" \t\r\n\0"):
        raise ArticleError("articles.empty_file", path=path)
    return decode(data, path)


def read_limited(stream: BinaryIO, path: Path, *, line: bool = False) -> bytes:
    """All bytes of `stream`, or its next line. Raises ArticleError beyond MAX_FILE_BYTES."""
    try:
        data = stream.readline(MAX_FILE_BYTES + 1) if line else stream.read(MAX_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ArticleError("articles.unreadable_file", path=path, reason=error) from error
    if len(data) > MAX_FILE_BYTES:
        raise ArticleError("articles.large_file", path=path, limit=MAX_FILE_BYTES // 1_000_000)
    return data


def decode(data: bytes, path: Path) -> str:
    """UTF-8, UTF-16 with a byte order mark, or Windows-1258 when the result reads like Vietnamese.

    Else what it is in one of the older encodings when that is certain. Raises ArticleError for anything else.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data:
        raise ArticleError("articles.binary_file", path=path)
    else:
        encodings = ["utf-8-sig", "cp1258"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp1258" or _reads_like_vietnamese(text):
            return text
    from rag.articles.legacy import repaired_text  # imported here: hardly any file needs it

    for encoding in ("cp1252", "latin-1"):  # the first has quotation marks where the second has nothing
        repaired = repaired_text(data.decode(encoding, "replace"))
        if repaired is not None:
            return repaired
    raise ArticleError("articles.unknown_encoding", path=path)


_VIETNAMESE_LETTERS = frozenset(
    character
    for base in "aăâeêioôơuưyđ"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    for character in unicodedata.normalize("NFC", base + tone)
    + unicodedata.normalize("NFC", base + tone).upper()
)


def _reads_like_vietnamese(text: str) -> bool:
    """Whether the letters outside ASCII are Vietnamese ones: other 8-bit texts decode, but into nonsense."""
    foreign = [c for c in _composed(text) if not c.isascii() and c not in "“”‘’–—…«»•°²³ \u00a0"]
    known = sum(character in _VIETNAMESE_LETTERS for character in foreign)
    return known > 0 and known >= 0.95 * len(foreign)


def plain(text: str) -> str:
    """NFC, without invisible characters; every line break is `\\n`, every other white space a space."""
    text = _LINE_BREAK.sub("\n", text)
    text = _SPACE.sub(" ", text)
    return _composed(_INVISIBLE.sub("", text))


def _composed(text: str) -> str:
    """NFC. Marks beyond MAX_MARKS on one letter go: to order n of them takes n² steps."""
    return unicodedata.normalize("NFC", _MANY_MARKS.sub(_first_marks, text))


def _first_marks(match: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in match.group():
        marks = marks + 1 if unicodedata.combining(unicodedata.normalize("NFD", character)[0]) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)
