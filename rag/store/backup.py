"""An index in one file, and an index from such a file.

A backup is a ZIP archive of two members: `articles.sqlite`, the truth as of one commit, and `manifest.json`,
written after it, with the sha256 of the first: a file cannot hold its own. FAISS and tantivy are derived
again; the files that articles came from are no part of an index, so they are not in it.

Restoring is one more commit of the index that is there, made of whole pages by SQLite itself: whoever reads
meanwhile, in this process or another, sees the old content or the new, and after a kill either is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rag.errors import InputError, StoreError
from rag.store import dense, verify
from rag.store.database import FILE, FORMAT, Database, holds_index, schema_of
from rag.store.files import move, write_lock
from rag.store.lexical import LexicalFolder

MANIFEST = "manifest.json"
KIND = "hoibao index"
WORK = ".new"  # ends the name of the folder in which a file is made or looked at
PAGES = 2_048  # copied between two words of progress: 8 MiB
CHUNK = 1 << 23  # bytes
LONGEST_MANIFEST = 65_536  # bytes
DAMAGED = ".damaged"  # ends the names of what a restored index took the place of

Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself."""

    kind: str
    format: int  # of the index
    sequence: int
    articles: int
    bytes: int  # of articles.sqlite
    sha256: str


def back_up(folder: Path, file: Path, *, progress: Progress = lambda *_: None) -> Backup:
    """Writes the index as of its newest commit into one file, in the place of an older backup there.

    Others may write meanwhile. What is damaged is not backed up. Raises InputError for a file in the index
    or one that is something else, StoreError when the index is damaged or the disk does not take the file.
    """
    file = Path(os.path.abspath(file))  # noqa: PTH100  # not resolve(): a link keeps its name
    if file.is_relative_to(os.path.abspath(folder)):  # noqa: PTH100
        raise InputError("backup.inside", file=file)
    if file.is_dir() or (file.exists() and not _is_ours(file)):
        raise InputError("backup.in_the_way", file=file)
    with closing(Database(folder)) as database, database.pinned():
        try:
            with _work(file.with_name(file.name + WORK)) as work:
                _copied(database, work, progress)
                backup = _described(work)
                packed = work / "packed"
                _pack(work / FILE, packed, backup, progress)
                move(packed, file)
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreError("backup.unwritable", file=file, reason=error) from error
    return backup


def restore(file: Path, folder: Path, *, progress: Progress = lambda *_: None) -> tuple[Backup, Path | None]:
    """Puts the content of a backup in the place of the index's, as one commit; the index may be missing.

    Nothing is touched before the backup has been verified. An index too damaged to be written to is set
    aside; its new name comes second. Raises InputError for a file that is missing, foreign, damaged or of a
    newer version, IndexLocked while another writes, StoreError.
    """
    with _opened(file) as (archive, backup):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with write_lock(folder), _work(folder / f"restore{WORK}") as work:
                _unpack(archive, backup, work, file, progress)
                aside = _take_over(work, folder, progress)
                progress("derive", 0, 0)
                with closing(Database(folder)) as database, database.pinned():
                    LexicalFolder(folder).follow(database)
                    dense.follow(folder, database)
        except (OSError, sqlite3.OperationalError) as error:
            raise StoreError("index.unusable", folder=folder, reason=error) from error
    return backup, aside


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    """An empty folder to work in; what an interrupted run has left there is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def _copied(database: Database, work: Path, progress: Progress) -> None:
    """The pages of the commit that the database is pinned to, in a file without a -wal beside it.

    Raises StoreError when something in them is damaged.
    """
    with closing(sqlite3.connect(work / FILE)) as target:
        target.execute("PRAGMA synchronous = OFF")  # what is not finished is not kept
        _copy(database.connection, target, database.folder, "copy", progress)
        target.execute("PRAGMA journal_mode = DELETE")
    with closing(Database(work)) as copy:
        if problems := verify.truth(copy):
            raise StoreError(
                "backup.source_damaged", folder=database.folder, count=len(problems), problem=problems[0]
            )


def _copy(
    source: sqlite3.Connection, target: sqlite3.Connection, folder: Path, stage: str, progress: Progress
) -> None:
    def tell(_: int, left: int, total: int) -> None:
        progress(stage, total - left, total)

    try:
        source.backup(target, pages=PAGES, progress=tell)
    except sqlite3.OperationalError:  # a full disk: for the caller to say of which file
        raise
    except sqlite3.DatabaseError as error:
        raise StoreError("index.damaged", folder=folder, reason=error) from error


def _described(work: Path) -> Backup:
    with closing(Database(work)) as copy:
        sequence, articles = copy.sequence, int(copy.scalar("SELECT count(*) FROM articles"))
    with (work / FILE).open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Backup(KIND, FORMAT, sequence, articles, (work / FILE).stat().st_size, digest)


def _pack(path: Path, packed: Path, backup: Backup, progress: Progress) -> None:
    # Level 1: texts take a third, and it keeps up with a disk.
    with (
        packed.open("wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        with path.open("rb") as content, archive.open(FILE, "w", force_zip64=True) as member:
            done = 0
            while chunk := content.read(CHUNK):
                member.write(chunk)
                done += len(chunk)
                progress("pack", done, backup.bytes)
        archive.writestr(MANIFEST, json.dumps(asdict(backup), indent=1))
        archive.close()
        file.flush()
        os.fsync(file.fileno())


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────


def _is_ours(file: Path) -> bool:
    """Whether a file is a backup, in whatever state: its first member has our name."""
    try:
        with file.open("rb") as content:
            return content.read(30 + len(FILE))[30:] == FILE.encode()
    except OSError:
        return False


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Backup]]:
    """The archive and what it says of itself. Raises InputError."""
    if not file.is_file():
        raise InputError("backup.missing", file=file)
    if not _is_ours(file):
        raise InputError("backup.foreign", file=file)
    with _naming(file):
        archive = zipfile.ZipFile(file)
    with archive:
        with _naming(file), archive.open(MANIFEST) as member:
            backup = _backup_of(json.loads(member.read(LONGEST_MANIFEST)), file)
        yield archive, backup


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """What is wrong with an archive becomes InputError; RuntimeError is how zipfile says "encrypted"."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, OSError, KeyError, ValueError, EOFError, RuntimeError) as error:
        raise InputError("backup.damaged", file=file, reason=error) from error


def _backup_of(found: Any, file: Path) -> Backup:
    """Raises InputError when it is a newer version's, ValueError when it is none."""
    if not isinstance(found, dict) or found.get("kind") != KIND or not isinstance(found.get("format"), int):
        raise ValueError(MANIFEST)
    if found["format"] > FORMAT:
        raise InputError("backup.newer", file=file, found=found["format"], known=FORMAT)
    try:
        backup = Backup(**found)
    except TypeError as error:
        raise ValueError(MANIFEST) from error
    if [type(value) for value in astuple(backup)] != [str, int, int, int, int, str]:
        raise ValueError(MANIFEST)
    return backup


def _unpack(archive: zipfile.ZipFile, backup: Backup, work: Path, file: Path, progress: Progress) -> None:
    """The truth of a backup, verified. Raises InputError, OSError."""
    digest, done = hashlib.sha256(), 0
    with _naming(file):
        member = archive.open(FILE)
    with member, (work / FILE).open("wb") as target:
        while done <= backup.bytes:
            with _naming(file):
                chunk = member.read(CHUNK)
            if not chunk:
                break
            target.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            progress("unpack", done, backup.bytes)
    if (done, digest.hexdigest()) != (backup.bytes, backup.sha256):
        raise InputError("backup.damaged", file=file, reason="sha256")
    try:
        with closing(Database(work)) as database:
            problems: list[Any] = list(verify.truth(database))
            if not problems and schema_of(database) != schema_of(None):  # with triggers, say
                problems = ["sqlite_master"]
    except StoreError as error:
        problems = [error]
    if problems:
        raise InputError("backup.damaged", file=file, reason=problems[0])


# ── Taking over ───────────────────────────────────────────────────────────────────────────────────


def _take_over(work: Path, folder: Path, progress: Progress) -> Path | None:
    """Puts what was unpacked in the place of the index's truth; where that went when it was too damaged."""
    if holds_index(folder):
        try:
            with closing(Database(folder)) as current:
                _continue(work, current)
                with closing(sqlite3.connect(work / FILE)) as source:
                    _copy(source, current.connection, folder, "restore", progress)
        except StoreError as error:
            if error.key != "index.damaged":
                raise
        else:
            return None
    return _set_aside(work, folder)


def _continue(work: Path, current: Database) -> None:
    """Makes of the restored content the next commit of this index: what was derived before is too old."""
    with closing(Database(work)) as restored:
        sequence = max(current.sequence, restored.sequence) + 1
        restored.run("BEGIN IMMEDIATE")
        restored.set_meta("store", current.store)
        restored.set_meta("history_start", sequence)
        restored.advance(sequence)
        restored.run("COMMIT")


def _set_aside(work: Path, folder: Path) -> Path | None:
    aside = None
    LexicalFolder(folder).forget()
    dense.forget(folder)
    for name in (f"{FILE}-shm", f"{FILE}-wal", FILE):  # the database itself last: it is missed
        if (folder / name).exists():
            aside = folder / f"{name}{DAMAGED}"
            move(folder / name, aside)
    move(work / FILE, folder / FILE)
    Database(folder, create=True).close()  # from here on with a -wal
    return aside
