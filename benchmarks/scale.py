"""A hybrid search over very many passages: time, memory and recall beside a flat index and bm25s.

    python -m benchmarks.scale [CASES…] [--corpus PATH…] [--passages N] [--json]

CASES and --corpus give the questions and the real passages that the synthetic ones are made of, as for
benchmarks.retrieval; without any they are our own demonstration. 100,000 take about a minute and
0.6 GB on disk; all grows with their number.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import psutil

from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.tables import Cell, Table, show, stems
from rag import assemble
from rag.evaluation.cases import read_cases
from rag.evaluation.command import opened_index
from rag.fusion import fuse
from rag.settings import Settings
from rag.store import Recipe, Scored, checks, dense, lexical
from rag.store.database import Database
from rag.store.dense import DenseIndex
from rag.store.files import size_of
from rag.store.lexical import LexicalFolder, terms
from rag.store.writer import packed
from rag.types import FloatMatrix, Passage

MOVED = 0.3  # how far a synthetic vector lies from the real one it starts at
BATCH = 10_000  # passages made at a time
QUESTIONS = 200
WARM_UP = 20  # questions asked before the clock of the first round runs
FLAT, WORDS = "flat.npy", "bm25s"
PRODUCT, RIVAL = "Hỏi Báo", "IndexFlatIP + bm25s"
NOTE = (
    "A synthetic passage starts at a real one; its vector is moved by {moved} of the difference between two "
    "other real ones, its text is drawn from sentences of the same three. Median cosine of a question to the "
    "nearest real passage {real:.3f}, to the nearest synthetic one {synthetic:.3f}. Timed are both legs to "
    "{k} candidates each and their fusion; the question's vector is given and no passage is read. Every "
    "question is asked twice: first ms is the median of the first round, which reads from the disk, other "
    "times are of the second. recall@10 "
    "is that of the dense leg against every cosine. MB: what opening and answering added to a process of its "
    "own that had loaded the libraries, mapped files included. Rows are written into SQLite in bulk; what is "
    "derived and searched is the product's own, without the sketches that copies of a story are found by "
    "(they take longest to make, and these searches do not read them). bm25s has the same terms (syllables "
    "and their pairs) of the text, Hỏi Báo those of the title as well. Both fuse with the product's function."
)


@dataclass(frozen=True, slots=True)
class Real:
    """What the synthetic passages are made of."""

    titles: Sequence[str]
    sentences: Sequence[Sequence[str]]
    vectors: FloatMatrix
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions: their terms, and their vectors as rows."""

    terms: Sequence[Sequence[str]]
    vectors: FloatMatrix


@dataclass(frozen=True, slots=True)
class Measured:
    """One way of searching, measured in a process of its own. Times in seconds, one for each question."""

    opened: float
    first: Sequence[float]  # of a whole search, when its question is asked for the first time
    dense: Sequence[float]
    lexical: Sequence[float]
    whole: Sequence[float]
    nearest: Sequence[Sequence[int]]  # rowids of the ten best of the dense leg
    best: Sequence[float]  # cosine of the first of them
    memory: float  # megabytes


Leg = Callable[[int], list[tuple[int, float]]]
"""Number of a question → rowids and scores."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, default=[])
    parser.add_argument("--passages", type=int, default=20_000, metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    case_files, corpus = options.cases, options.corpus
    if not case_files:
        case_files, corpus = [DEMO_CASES], [DEMO_ARTICLES]
    settings = Settings.load()
    embedder = assemble.embedder(settings)
    with opened_index(settings, case_files, corpus, embedder) as store:
        real = read_real(store.folder)
    questions = [case.question for case in read_cases(case_files)][: QUESTIONS + WARM_UP]
    asked = Asked([terms(text, folded=False) for text in questions], embedder.embed_queries(questions))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, real, options.passages)
        k = settings.candidates
        rival = alone(measure_rival, folder, asked, k)
        product = alone(measure_product, folder, asked, k)
        sizes = [size_of(folder / "product"), size_of(folder / "rival")]
    note = NOTE.format(
        moved=MOVED,
        k=k,
        real=float(np.median((asked.vectors @ real.vectors.T).max(axis=1))),
        synthetic=float(np.median(rival.best)),
    )
    title = f"{options.passages:,} synthetic passages of {stems([*case_files, *corpus])}, "
    title += f"{len(questions) - WARM_UP:,} questions"
    columns = [
        "way",
        "p50 ms",
        "p95 ms",
        "first ms",
        "dense ms",
        "lexical ms",
        "recall@10",
        "MB",
        "open s",
        "MB on disk",
    ]
    show(Table(title, note, columns, rows(product, rival, sizes)), as_json=options.json)


def rows(product: Measured, rival: Measured, sizes: Sequence[int]) -> list[list[Cell]]:
    """One row a way, and how the first compares with the second."""
    own, other = row(product, rival, sizes[0]), row(rival, rival, sizes[1])
    ratios = [a / b if b else None for a, b in zip(own, other, strict=True)]
    return [[PRODUCT, *own], [RIVAL, *other], ["ratio", *ratios]]


def row(measured: Measured, exact: Measured, size: int) -> list[float]:
    shares = [
        len(set(own) & set(true)) / len(true)
        for own, true in zip(measured.nearest, exact.nearest, strict=True)
    ]
    return [
        *(1000 * float(np.percentile(measured.whole, share)) for share in (50, 95)),
        1000 * float(np.median(measured.first)),
        1000 * float(np.median(measured.dense)),
        1000 * float(np.median(measured.lexical)),
        float(np.mean(shares)),
        measured.memory,
        measured.opened,
        size / 1e6,
    ]


# ── Making passages ───────────────────────────────────────────────────────────────────────────────


def read_real(folder: Path) -> Real:
    """The passages of an index, their titles and vectors."""
    database = Database(folder)
    texts = {rowid: (article.title, body) for rowid, _, article, body in database.documents(0)}
    chunks = list(database.vectors(0))
    recipe = database.recipe
    database.close()
    if recipe is None:
        raise SystemExit(f"{folder}: no passages to make others of")
    order = [rowid for rowids, _ in chunks for rowid in rowids]
    return Real(
        [texts[rowid][0] for rowid in order],
        [texts[rowid][1].replace("\n", " ").split(". ") for rowid in order],
        np.concatenate([vectors for _, vectors in chunks]),
        recipe,
    )


def passages(real: Real, count: int) -> Iterator[tuple[list[tuple[str, str]], FloatMatrix]]:
    """Titles and texts, and vectors of unit length, `BATCH` at a time; always the same."""
    numbers, choices = np.random.default_rng(0), random.Random(0)
    for start in range(0, count, BATCH):
        first, second, third = numbers.integers(0, len(real.titles), (3, min(BATCH, count - start)))
        moved = real.vectors[first] + MOVED * (real.vectors[second] - real.vectors[third])
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        texts = []
        for own, *others in zip(first, second, third, strict=True):
            drawn = [
                choices.choice(real.sentences[own if choices.random() < 0.6 else choices.choice(others)])
                for _ in real.sentences[own]
            ]
            texts.append((real.titles[own], ". ".join(drawn) or real.titles[own]))
        yield texts, moved.astype(np.float32)


def build(folder: Path, real: Real, count: int) -> None:
    """The product's index in one folder, the rival's in another, of the same passages."""
    tell(f"{count:,} passages: SQLite")
    database = Database(folder / "product", create=True)
    (folder / "rival").mkdir()
    database.set_recipe(real.recipe)
    flat = np.lib.format.open_memmap(
        folder / "rival" / FLAT, mode="w+", dtype=np.float32, shape=(count, real.vectors.shape[1])
    )
    vocabulary: dict[str, int] = {}
    documents: list[Any] = []  # an array of numbers of terms each: a list would take three times the memory

    @cache
    def numbered(sentence: str) -> list[int]:  # no pair of syllables reaches into the next sentence
        return [vocabulary.setdefault(term, len(vocabulary)) for term in terms(sentence, folded=False)]

    database.run("BEGIN IMMEDIATE")
    database.set_meta("sequence", 1)
    for texts, vectors in passages(real, count):
        start = len(documents) + 1
        fill(database, start, texts, packed(vectors, len(texts), vectors.shape[1]))
        flat[start - 1 : start - 1 + len(texts)] = vectors.astype(np.float16)
        for _, body in texts:
            numbers = [number for sentence in body.split(". ") for number in numbered(sentence)]
            documents.append(np.array(numbers, dtype=np.int32))
    for table, check in checks.OF.items():
        database.run(f'UPDATE {table} SET "check" = {check}')  # noqa: S608
    database.run("COMMIT")
    tell("FAISS")
    dense.follow(database.folder, database)
    tell("tantivy")
    with mock.patch.object(lexical, "bands", return_value=()):
        LexicalFolder(database.folder).follow(database)
    database.close()
    tell("bm25s")
    import bm25s  # the rival, no part of the product

    words = bm25s.BM25(k1=1.2, b=0.75)
    words.index((documents, vocabulary), show_progress=False)
    words.save(folder / "rival" / WORDS)


def fill(database: Database, start: int, texts: Sequence[tuple[str, str]], blobs: Sequence[bytes]) -> None:
    """Rows as `Writer.put` writes them, an article for every passage."""
    many = database.connection.executemany
    numbers = range(start, start + len(texts))
    many(
        "INSERT INTO articles (number, id, title, text, content_hash, \"check\") VALUES (?, ?, ?, ?, '', 0)",
        ((number, f"a{number}", *text) for number, text in zip(numbers, texts, strict=True)),
    )
    many(
        "INSERT INTO passages VALUES (?, ?, 0, 0, ?, 1, 0)",
        ((number, number, len(body)) for number, (_, body) in zip(numbers, texts, strict=True)),
    )
    many("INSERT INTO vectors VALUES (?, ?, 1, 0)", zip(numbers, blobs, strict=True))


# ── Measuring, in a process of its own ────────────────────────────────────────────────────────────


def alone(measure: Callable[[Path, Asked, int], Measured], folder: Path, asked: Asked, k: int) -> Measured:
    """Runs in a new process, so that nobody's memory is counted twice."""
    tell(measure.__name__)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measure, folder, asked, k).result()


def measure_product(folder: Path, asked: Asked, k: int) -> Measured:
    import faiss  # noqa: F401  # loaded before memory and time are taken, as for the rival
    import tantivy  # noqa: F401

    before, started = resident(), time.perf_counter()
    database = Database(folder / "product")
    database.pin()
    vectors = DenseIndex.load(database.folder, database)
    words = LexicalFolder(database.folder).open(database)
    if vectors is None or words is None:
        raise SystemExit("the index that was just built cannot be opened")
    opened = time.perf_counter() - started
    return measured(
        lambda number: vectors.search(asked.vectors[number], k, None, database),
        lambda number: words.search(asked.terms[number], k, folded=False, articles=None),
        asked,
        before,
        opened,
    )


def measure_rival(folder: Path, asked: Asked, k: int) -> Measured:
    import bm25s
    import faiss

    before, started = resident(), time.perf_counter()
    stored = np.load(folder / "rival" / FLAT, mmap_mode="r")
    flat = faiss.IndexFlatIP(stored.shape[1])
    for start in range(0, len(stored), BATCH):
        flat.add(np.ascontiguousarray(stored[start : start + BATCH]))
    del stored
    words = bm25s.BM25.load(folder / "rival" / WORDS)
    opened = time.perf_counter() - started

    def by_vector(number: int) -> list[tuple[int, float]]:
        scores, places = flat.search(asked.vectors[number][None], k)
        return [(int(place) + 1, float(score)) for place, score in zip(places[0], scores[0], strict=True)]

    def by_words(number: int) -> list[tuple[int, float]]:
        known = [term for term in dict.fromkeys(asked.terms[number]) if term in words.vocab_dict]
        if not known:
            return []
        places, scores = words.retrieve([known], k=k, show_progress=False)
        return [(int(place) + 1, float(score)) for place, score in zip(places[0], scores[0], strict=True)]

    return measured(by_vector, by_words, asked, before, opened)


def measured(by_vector: Leg, by_words: Leg, asked: Asked, before: float, opened: float) -> Measured:
    times, nearest, best = [], [], []
    weights = {"dense": 0.5, "lexical": 0.5}
    # Twice: what the first round reads from the disk, the second finds in memory.
    for number in [*range(len(asked.terms))] * 2:
        started = time.perf_counter()
        vectors = by_vector(number)
        between = time.perf_counter()
        words = by_words(number)
        after = time.perf_counter()
        fuse({"dense": scored(vectors), "lexical": scored(words)}, weights)
        times.append((between - started, after - between, time.perf_counter() - started))
        nearest.append([rowid for rowid, _ in vectors[:10]])
        best.append(vectors[0][1])
    count = len(asked.terms)
    first = [whole for _, _, whole in times[WARM_UP:count]]
    dense_leg, lexical_leg, whole = zip(*times[count:], strict=True)
    return Measured(
        opened, first, dense_leg, lexical_leg, whole, nearest[:count], best[:count], resident() - before
    )


def scored(found: Sequence[tuple[int, float]]) -> list[Scored]:
    """In the form in which the product fuses."""
    return [Scored(Passage(str(rowid), "", 0, 0, 0, ""), score) for rowid, score in found]


def resident() -> float:
    """Megabytes of this process that are in memory."""
    return float(psutil.Process().memory_info().rss / 1e6)


def tell(what: str) -> None:
    """Progress, for who waits."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
