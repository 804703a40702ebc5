"""The dense leg: a FAISS index in memory, derived from the vectors in SQLite and kept in a file.

How the vectors lie in it depends on how many there are: `rag.store.layouts`.

The file is a cache. It is written whole, with a manifest beside it that is written last and names its
sha256; a file that does not match, or that belongs to another index, is not opened: flipped bytes in FAISS
files otherwise give silently wrong answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import StoreError
from rag.store import layouts
from rag.store.database import Database
from rag.store.files import read_manifest, replace_file, write_manifest
from rag.store.layouts import Layout

FILE = "passages.faiss"
MANIFEST = "passages.faiss.json"


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """The vectors of one sequence. Never changed once made, so threads may search it together."""

    sequence: int
    layout: Layout | None  # None without any vector

    @classmethod
    def build(cls, database: Database) -> DenseIndex:
        """From the vectors in SQLite alone, some thousands of them at a time."""
        count = database.vector_count
        layout = layouts.empty_for(database, count) if count else None
        return cls(database.sequence, layout and _with_added(layout, database, after=0))

    @classmethod
    def load(cls, folder: Path, database: Database) -> DenseIndex | None:
        """From its file, possibly some commits behind; None when the file cannot be trusted."""
        manifest = read_manifest(folder / MANIFEST)
        if stamped(manifest, database) is None:
            return None
        if manifest.get("count") == 0:
            return cls(manifest["sequence"], None)
        try:
            content = (folder / FILE).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() != manifest.get("sha256"):
            return None
        return cls(manifest["sequence"], layouts.read(content))

    def at(self, database: Database) -> DenseIndex:
        """The same index caught up to the database's sequence: by the difference, as long as it fits."""
        if self.sequence == database.sequence:
            return self
        known = database.history_start <= self.sequence <= database.sequence
        if self.layout is None or not known or not self.layout.suits(database.vector_count):
            return self.build(database)
        layout = self.layout.copy()
        if removed := database.removals(self.sequence):
            layout.remove(removed)
        caught_up = DenseIndex(database.sequence, _with_added(layout, database, after=self.sequence))
        # Less or more than there is: a row of `removals` is not what was written.
        return caught_up if caught_up.count == database.vector_count else self.build(database)

    def save(self, folder: Path, database: Database) -> None:
        """Writes file and manifest. The caller holds the write lock. Raises OSError."""
        # Through Python's files: FAISS itself cannot open a non-ASCII path on Windows.
        content = b"" if self.layout is None else _faiss().serialize_index(self.layout.index).tobytes()
        replace_file(folder / FILE, content)
        manifest = {
            "store": database.store,
            "fingerprint": database.meta("fingerprint"),
            "sequence": self.sequence,
            "count": self.count,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        write_manifest(folder / MANIFEST, manifest)

    def agrees(self, database: Database) -> bool:
        """Whether it has exactly the vectors in SQLite, as far as its layout can tell."""
        return database.vector_count == 0 if self.layout is None else self.layout.agrees(database)

    @property
    def count(self) -> int:
        return 0 if self.layout is None else self.layout.count

    def search(
        self, vector: NDArray[np.float32], k: int, passages: Sequence[int] | None, database: Database
    ) -> list[tuple[int, float]]:
        """Rowid and cosine of the `k` nearest, best first; among `passages` (rowids) when given.

        `database` is on the sequence of this index.
        """
        if self.layout is None or k < 1 or (passages is not None and not passages):
            return []
        found = self.layout.search(vector, k, passages, database)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _with_added(layout: Layout, database: Database, *, after: int) -> Layout:
    for rowids, vectors in database.vectors(after):
        layout.add(rowids, vectors)
    return layout


def stamped(manifest: dict[str, Any], database: Database) -> int | None:
    """The sequence in a manifest; None when it is foreign, too old to be caught up, or from a lost future."""
    sequence = manifest.get("sequence")
    if manifest.get("store") != database.store or manifest.get("fingerprint") != database.meta("fingerprint"):
        return None
    if not isinstance(sequence, int) or not database.history_start <= sequence <= database.sequence:
        return None
    return sequence


def stamp(folder: Path, database: Database) -> int | None:
    """The sequence that the file on disk claims; its content is checked when it is loaded."""
    return stamped(read_manifest(folder / MANIFEST), database)


def follow(folder: Path, database: Database) -> None:
    """Brings the file up to the database. The caller holds the write lock.

    Raises StoreError when it cannot be written.
    """
    before = DenseIndex.load(folder, database)
    if before is not None and before.sequence == database.sequence:
        return
    try:
        (before or DenseIndex.build(database)).at(database).save(folder, database)
    except OSError as error:
        raise StoreError("index.unusable", folder=folder, reason=error) from error


def forget(folder: Path) -> None:
    """Distrusts the file, so that `follow` builds it again. The caller holds the write lock."""
    (folder / MANIFEST).unlink(missing_ok=True)


def _faiss() -> Any:
    import faiss  # imported here: a native library, not needed to list articles

    return faiss
