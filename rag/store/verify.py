"""Holding the index against itself: every offset, vector and derived index against SQLite."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rag.store import checks, dense, lexical
from rag.store.database import FILE, Database
from rag.store.dense import DenseIndex
from rag.store.files import read_manifest
from rag.store.lexical import LexicalFolder
from rag.store.values import Problem
from rag.texts import text
from rag.types import FloatMatrix

UNIT = 0.01  # how far from 1 the length of a float16 unit vector may be


def everything(folder: Path, database: Database) -> list[Problem]:
    """All problems of the index; what is inside the derived indexes is compared when all else is well."""
    damage = _pages(database)
    return (
        damage
        or [*_rows(database), *_derived(folder, database)]
        or [
            *_dense_content(folder, database),
            *_lexical_content(folder, database),
        ]
    )


def truth(database: Database) -> list[Problem]:
    """The problems of SQLite's file alone."""
    return _pages(database) or _rows(database)


def stamps(folder: Path, database: Database) -> dict[str, int | None]:
    """The sequence of each derived index, every byte of it checked; None when it is not to be trusted."""
    loaded = DenseIndex.load(folder, database)
    return {
        dense.FILE: loaded.sequence if loaded else None,
        lexical.FOLDER: LexicalFolder(folder).stamp(database),
    }


def _pages(database: Database) -> list[Problem]:
    found = (row[0] for row in database.rows("PRAGMA integrity_check"))
    return [Problem(FILE, line) for line in found if line != "ok"]


def _rows(database: Database) -> list[Problem]:
    return [*_passages(database), *_vectors(database)]


def lost_commits(folder: Path, database: Database) -> list[Problem]:
    """Whether something was derived from commits that SQLite no longer has: a damaged -wal ends earlier."""
    manifests = [
        read_manifest(folder / dense.MANIFEST),
        read_manifest(folder / lexical.FOLDER / lexical.MANIFEST),
    ]
    last = max(int(one["sequence"]) if one.get("store") == database.store else 0 for one in manifests)
    first = database.sequence + 1
    return [Problem(FILE, text("index.lost_commits", first=first, last=last))] if last >= first else []


def _derived(folder: Path, database: Database) -> list[Problem]:
    return lost_commits(folder, database) + [
        Problem(name, text("index.derived_untrusted" if stamp is None else "index.derived_behind"))
        for name, stamp in stamps(folder, database).items()
        if stamp != database.sequence
    ]


def _passages(database: Database) -> list[Problem]:
    """Articles that changed, passages that do not lie in theirs or are not numbered 0, 1, 2 …"""
    problems = []
    orphans = "SELECT count(*) FROM passages WHERE article NOT IN (SELECT number FROM articles)"
    if database.scalar(orphans):
        problems.append(Problem("passages", text("index.orphans")))
    query = """SELECT article, number, "start", "end", added, "check" FROM passages
               WHERE article = ? ORDER BY number"""
    for (article_number,) in database.rows("SELECT number FROM articles ORDER BY number"):
        values, sound = database.article_row(article_number)
        article_id, length = values[0], len(values[2])
        if not sound:
            problems.append(Problem(article_id, text("index.bad_hash")))
        for expected, (*place, check) in enumerate(database.rows(query, (article_number,))):
            _, number, start, end, _ = place
            if number != expected or check != checks.of_passage(*place) or not 0 <= start < end <= length:
                message = text("index.bad_offsets", start=start, end=end, length=length)
                problems.append(Problem(f"{article_id}#{number}", message))
    return problems


def _vectors(database: Database) -> list[Problem]:
    recipe = database.recipe
    size = 2 * recipe.dimension if recipe else 0
    query = """SELECT v.passage FROM vectors v LEFT JOIN passages p ON p.rowid = v.passage
               WHERE p.rowid IS NULL OR length(v.vector) <> ?
               OR v."check" <> vector_check(v.passage, v.vector, v.added)"""
    bad = [row[0] for row in database.rows(query, (size,))]
    if not bad:
        bad = [
            rowid
            for rowids, vectors in database.vectors(0)
            for rowid, good in zip(rowids, _are_units(vectors), strict=True)
            if not good
        ]
    return [Problem(f"vectors/{rowid}", text("index.bad_vector")) for rowid in bad]


def _are_units(vectors: FloatMatrix) -> list[bool]:
    return list(np.abs(np.linalg.norm(vectors, axis=1) - 1) < UNIT)  # false for what is not a number


def _dense_content(folder: Path, database: Database) -> list[Problem]:
    """FAISS against the vectors in SQLite."""
    loaded = DenseIndex.load(folder, database)
    same = loaded is not None and loaded.agrees(database)
    return [] if same else [Problem(dense.FILE, text("index.derived_differs"))]


def _lexical_content(folder: Path, database: Database) -> list[Problem]:
    """The passages in tantivy against those in SQLite."""
    opened = LexicalFolder(folder).open(database)
    expected = [row[0] for row in database.rows("SELECT rowid FROM passages ORDER BY rowid")]
    same = opened is not None and opened.passages() == expected
    return [] if same else [Problem(lexical.FOLDER, text("index.derived_differs"))]
