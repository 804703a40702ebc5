"""Writing files so that a reader finds the old one or the new one, never half; and who may write."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag.errors import IndexLocked, StoreError

LOCK = "write.lock"
SEAL = "manifest_sha256"
PATIENCE = 1.0  # seconds: a reader that mends a derived index holds the lock this long at most, as a rule


@contextmanager
def write_lock(folder: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """The right to write to the index, held by one at a time.

    Raises IndexLocked when another has it, StoreError when the folder cannot be written to.
    """
    lock = FileLock(folder / LOCK, thread_local=False)
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise IndexLocked("index.locked", folder=folder) from error
    except OSError as error:
        raise StoreError("index.unusable", folder=folder, reason=error) from error
    try:
        yield
    finally:
        lock.release()


def replace_file(path: Path, content: bytes) -> None:
    """Puts `content` in the place of the file in one step.

    Not synced to the disk: these files are checked by sha256 when they are read, and can be made again.
    """
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    move(beside, path)


def move(source: Path, target: Path) -> None:
    """Renames a file over another in one step. Raises OSError.

    Windows refuses that with PermissionError while somebody reads the other; readers are soon done.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(source, target)  # noqa: PTH105  # Path.replace, but visibly the atomic one
        except PermissionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def read_manifest(path: Path) -> dict[str, Any]:
    """The object that `write_manifest` wrote; empty when there is none, or a letter of it has changed."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or found.pop(SEAL, None) != _seal(found):
        return {}
    return found


def write_manifest(path: Path, value: dict[str, Any]) -> None:
    """Writes `value` with a sha256 of itself: a flipped digit in a manifest must not be believed."""
    replace_file(path, json.dumps(value | {SEAL: _seal(value)}, indent=1, sort_keys=True).encode())


def _seal(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def size_of(folder: Path) -> int:
    """Bytes of all files under a folder, while others may be writing in it."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            size += path.stat().st_size if path.is_file() else 0
    return size


def sha256_of(path: Path) -> str:
    """Raises OSError when the file cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
