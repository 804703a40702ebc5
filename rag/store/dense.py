"""The dense leg: a FAISS index in memory, derived from the vectors in SQLite and kept in a file.

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
from rag.store.database import Database
from rag.store.files import read_manifest, replace_file, write_manifest
from rag.types import FloatMatrix

FILE = "passages.faiss"
MANIFEST = "passages.faiss.json"


@dataclass(frozen=True, slots=True)
class DenseIndex:
    """The vectors of one sequence. Never changed once made, so threads may search it together."""

    sequence: int
    index: Any  # faiss.IndexIDMap2 over IndexFlatIP, ids are passage rowids; None without any vector

    @classmethod
    def build(cls, database: Database) -> DenseIndex:
        """From the vectors in SQLite alone."""
        return cls(0, None)._with_difference(database)

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
        return cls(manifest["sequence"], _faiss().deserialize_index(np.frombuffer(content, dtype=np.uint8)))

    def at(self, database: Database) -> DenseIndex:
        """The same index caught up to the database's sequence by the difference."""
        if self.sequence == database.sequence:
            return self
        if not database.history_start <= self.sequence <= database.sequence:
            return self.build(database)
        return self._with_difference(database)

    def _with_difference(self, database: Database) -> DenseIndex:
        index = None if self.index is None else _faiss().clone_index(self.index)
        removed = database.removals(self.sequence)
        if index is not None and removed:
            index.remove_ids(np.array(removed, dtype=np.int64))
        for rowids, vectors in database.vectors(self.sequence):
            if index is None:
                index = _faiss().IndexIDMap2(_faiss().IndexFlatIP(vectors.shape[1]))
            index.add_with_ids(vectors, np.array(rowids, dtype=np.int64))
        return DenseIndex(database.sequence, index)

    def save(self, folder: Path, database: Database) -> None:
        """Writes file and manifest. The caller holds the write lock. Raises OSError."""
        # Through Python's files: FAISS itself cannot open a non-ASCII path on Windows.
        content = b"" if self.index is None else _faiss().serialize_index(self.index).tobytes()
        replace_file(folder / FILE, content)
        manifest = {
            "store": database.store,
            "fingerprint": database.meta("fingerprint"),
            "sequence": self.sequence,
            "count": self.count,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        write_manifest(folder / MANIFEST, manifest)

    def holds(self, rowids: Sequence[int], vectors: FloatMatrix) -> bool:
        """Whether it has exactly these vectors under these rowids."""
        try:
            own = self.index.reconstruct_batch(np.array(rowids, dtype=np.int64))
        except RuntimeError:  # FAISS: key not found
            return False
        return bool(np.array_equal(own, vectors))

    @property
    def count(self) -> int:
        return 0 if self.index is None else int(self.index.ntotal)

    def search(
        self, vector: NDArray[np.float32], k: int, passages: Sequence[int] | None
    ) -> list[tuple[int, float]]:
        """Rowid and cosine of the `k` nearest, best first; among `passages` (rowids) when given."""
        if self.index is None or k < 1 or (passages is not None and not passages):
            return []
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        chosen = None
        if passages is not None:
            selector = _faiss().IDSelectorBatch(np.array(passages, dtype=np.int64))
            chosen = _faiss().SearchParameters(sel=selector)
        scores, rowids = self.index.search(query, min(k, self.count), params=chosen)
        found = [
            (int(rowid), float(score))
            for rowid, score in zip(rowids[0], scores[0], strict=True)
            if rowid != -1  # FAISS fills up with -1 when fewer than k were chosen
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))


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
