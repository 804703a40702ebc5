"""How the vectors of the dense leg lie in memory: exact while they are few, compressed when they are many.

Exact is FAISS's flat index: 4 bytes a number, every vector is looked at. Compressed keeps one bit a number
(RaBitQ, Gao & Long 2024) in lists around centroids (IVF) that fast-scan reads; it only proposes candidates,
which are scored again by the vectors in SQLite. So both give true cosines. How much that costs and what it
finds: `python -m benchmarks.scale`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.store.database import Database
from rag.types import FloatMatrix

# Vectors. There exact takes 3 to 7 ms and 77 MB at 384 numbers, compressed under 3 ms and 4 MB: not yet worth
# the one neighbour in a hundred that compressed overlooks.
EXACT_UP_TO = 50_000
GROWTH = 4  # times so many vectors, and the centroids are found again
SAMPLE = 48  # vectors a list that the centroids are found from
ITERATIONS = 8  # of k-means
SEED = 1
PROBED = 0.3  # share of the lists that is looked at
CANDIDATES = 400  # scored again by the true vectors
QUERY_BITS = 8  # a question is rounded to this many bits a number
MOVED = 0.01  # share of its bits that rounding may have moved in a vector encoded once more


class Layout(Protocol):
    """Vectors under passage rowids. Changed only by who has just made or copied it."""

    @property
    def index(self) -> Any:
        """The faiss index: all that is written to the file."""

    @property
    def count(self) -> int: ...

    def suits(self, count: int) -> bool:
        """Whether this many vectors should lie in this layout."""

    def copy(self) -> Layout:
        """The same vectors, to be changed while others search these."""

    def add(self, rowids: Sequence[int], vectors: FloatMatrix) -> None: ...

    def remove(self, rowids: Sequence[int]) -> None: ...

    def search(
        self, vector: NDArray[np.float32], k: int, passages: Sequence[int] | None, database: Database
    ) -> list[tuple[int, float]]:
        """Rowid and cosine of the `k` nearest, among `passages` when given, in any order."""

    def agrees(self, database: Database) -> bool:
        """Whether exactly the database's vectors lie in it, as far as this layout can tell."""


def empty_for(database: Database, count: int) -> Layout:
    """The layout in which the database's vectors, `count` of them, should lie; none are in it yet."""
    if count <= EXACT_UP_TO:
        return Exact.of(database.vector_sample(1).shape[1])
    lists = math.isqrt(count)
    return Compressed.of(database.vector_sample(SAMPLE * lists), lists)


def read(content: bytes) -> Layout:
    """From the bytes of a file that has been checked."""
    index = _faiss().deserialize_index(np.frombuffer(content, dtype=np.uint8))
    return Compressed(index) if isinstance(index, _faiss().IndexPreTransform) else Exact(index)


@dataclass(frozen=True, slots=True)
class Exact:
    """Every vector as it is, every one looked at."""

    index: Any  # faiss.IndexIDMap2 over IndexFlatIP

    @classmethod
    def of(cls, dimension: int) -> Exact:
        return cls(_faiss().IndexIDMap2(_faiss().IndexFlatIP(dimension)))

    @property
    def count(self) -> int:
        return int(self.index.ntotal)

    def suits(self, count: int) -> bool:
        return count <= EXACT_UP_TO

    def copy(self) -> Exact:
        return Exact(_faiss().clone_index(self.index))

    def add(self, rowids: Sequence[int], vectors: FloatMatrix) -> None:
        self.index.add_with_ids(vectors, np.array(rowids, dtype=np.int64))

    def remove(self, rowids: Sequence[int]) -> None:
        self.index.remove_ids(np.array(rowids, dtype=np.int64))

    def search(
        self, vector: NDArray[np.float32], k: int, passages: Sequence[int] | None, database: Database
    ) -> list[tuple[int, float]]:
        chosen = None if passages is None else _faiss().SearchParameters(sel=_selector(passages))
        scores, rowids = self.index.search(_row(vector), min(k, self.count), params=chosen)
        return [(rowid, float(score)) for rowid, score in _found(rowids, scores)]

    def agrees(self, database: Database) -> bool:
        return self.count == database.vector_count and all(
            self._holds(rowids, vectors) for rowids, vectors in database.vectors(0)
        )

    def _holds(self, rowids: Sequence[int], vectors: FloatMatrix) -> bool:
        try:
            own = self.index.reconstruct_batch(np.array(rowids, dtype=np.int64))
        except RuntimeError:  # FAISS: key not found
            return False
        return bool(np.array_equal(own, vectors))


@dataclass(frozen=True, slots=True)
class Compressed:
    """One bit a number, in lists around centroids; the best candidates are scored by the true vectors."""

    index: Any  # faiss.IndexPreTransform: a random rotation, then IndexIVFRaBitQFastScan

    @classmethod
    def of(cls, sample: FloatMatrix, lists: int) -> Compressed:
        """Without vectors yet; so many centroids, from a sample of them: the same from the same sample."""
        faiss, dimension = _faiss(), sample.shape[1]
        padded = -(-dimension // 8) * 8  # fast-scan reads whole bytes
        rotation = faiss.RandomRotationMatrix(dimension, padded)  # spreads what one number says over all
        rotation.init(SEED)
        metric = faiss.METRIC_INNER_PRODUCT
        inner = faiss.IndexIVFRaBitQFastScan(faiss.IndexFlatIP(padded), padded, lists, metric)
        inner.cp.seed, inner.cp.niter, inner.cp.spherical = SEED, ITERATIONS, True
        inner.cp.min_points_per_centroid = 1  # says nothing on stderr about small samples
        inner.nprobe, inner.qb = max(1, round(PROBED * lists)), QUERY_BITS
        index = faiss.IndexPreTransform(rotation, inner)
        index.train(sample)
        return cls(index)

    @property
    def count(self) -> int:
        return int(self.index.ntotal)

    @property
    def _inner(self) -> Any:
        return _faiss().downcast_index(self.index.index)

    @property
    def lists(self) -> int:
        """How many the vectors are parted into."""
        return int(self._inner.nlist)

    def suits(self, count: int) -> bool:
        # From half the bound on: an index that goes to and fro around it is not built again each time.
        return EXACT_UP_TO // 2 < count <= GROWTH * (self.lists + 1) ** 2

    def copy(self) -> Compressed:
        return Compressed(_faiss().clone_index(self.index))

    def add(self, rowids: Sequence[int], vectors: FloatMatrix) -> None:
        self.index.add_with_ids(vectors, np.array(rowids, dtype=np.int64))

    def remove(self, rowids: Sequence[int]) -> None:
        self.index.remove_ids(np.array(rowids, dtype=np.int64))

    def search(
        self, vector: NDArray[np.float32], k: int, passages: Sequence[int] | None, database: Database
    ) -> list[tuple[int, float]]:
        wanted = max(CANDIDATES, 4 * k)
        if passages is None or len(passages) > wanted:
            passages = self._candidates(vector, min(wanted, self.count), passages)
        rowids, vectors = database.vectors_of(passages)
        if not rowids:  # none of them has a vector yet
            return []
        scores = vectors @ np.asarray(vector, dtype=np.float32)
        best = np.argsort(-scores, kind="stable")[:k]
        return [(rowids[place], float(scores[place])) for place in best]

    def _candidates(
        self, vector: NDArray[np.float32], wanted: int, passages: Sequence[int] | None
    ) -> list[int]:
        faiss, chosen = _faiss(), None
        if passages is not None or wanted > self.count // 8:  # the lists looked at may not hold so many
            selector = None if passages is None else _selector(passages)
            everywhere = faiss.SearchParametersIVF(sel=selector, nprobe=self.lists)
            chosen = faiss.SearchParametersPreTransform(index_params=everywhere)
        with _one_thread():
            scores, rowids = self.index.search(_row(vector), wanted, params=chosen)
        return [rowid for rowid, _ in _found(rowids, scores)]

    def agrees(self, database: Database) -> bool:
        seen: set[int] = set()
        for number in range(self.lists):
            rowids, codes = self._list(number)
            seen.update(rowids)
            known, vectors = database.vectors_of(rowids)
            if sorted(rowids) != known:
                return False
            # FAISS decodes this kind of index wrongly, so the vectors are encoded as they were.
            different = self._encoded(vectors, number) ^ codes[np.argsort(rowids)]
            if (np.unpackbits(different, axis=1).sum(axis=1) > MOVED * self._inner.d).any():
                return False
        return len(seen) == self.count == database.vector_count

    def _list(self, number: int) -> tuple[list[int], NDArray[np.uint8]]:
        """The rowids in one list, and a bit for every number of their vectors."""
        faiss, inner = _faiss(), self._inner
        held, packer = faiss.downcast_InvertedLists(inner.invlists), inner.get_CodePacker()
        size = held.list_size(number)
        if size == 0:
            return [], np.zeros((0, inner.d // 8), dtype=np.uint8)
        blocks = -(-size // packer.nvec)
        packed = faiss.rev_swig_ptr(held.get_codes(number), blocks * packer.block_size)
        packed = packed.reshape(blocks, packer.block_size)
        codes = np.stack([packer.unpack_1(packed, place) for place in range(size)])
        return faiss.rev_swig_ptr(held.get_ids(number), size).tolist(), codes[:, : inner.d // 8]

    def _encoded(self, vectors: FloatMatrix, number: int) -> NDArray[np.uint8]:
        """What `_list` gives for these vectors when they lie in a list."""
        faiss, inner = _faiss(), self._inner
        codes = np.zeros((len(vectors), inner.code_size), dtype=np.uint8)
        if len(vectors):
            turned = faiss.downcast_VectorTransform(self.index.chain.at(0)).apply(vectors)
            lists = np.full(len(vectors), number, dtype=np.int64)
            places = [faiss.swig_ptr(array) for array in (turned, lists, codes)]
            inner.encode_vectors(len(vectors), *places, False)
        return codes[:, : inner.d // 8]


def _row(vector: NDArray[np.float32]) -> FloatMatrix:
    return np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)


def _selector(passages: Sequence[int]) -> Any:
    return _faiss().IDSelectorBatch(np.array(passages, dtype=np.int64))


def _found(rowids: NDArray[np.int64], scores: FloatMatrix) -> list[tuple[int, float]]:
    """What FAISS found for one question; it fills up with -1 when that was fewer than were wanted."""
    return [
        (int(rowid), float(score)) for rowid, score in zip(rowids[0], scores[0], strict=True) if rowid != -1
    ]


@contextmanager
def _one_thread() -> Iterator[None]:
    """One question is done before a second thread wakes up: two took four times as long on a busy one.

    OpenMP keeps the number for each thread that asks, so others are not disturbed.
    """
    faiss = _faiss()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _faiss() -> Any:
    import faiss  # imported here: a native library, not needed to list articles

    return faiss
