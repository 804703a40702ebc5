"""The dense leg in both layouts: true cosines, the nearest found, kept up with SQLite whatever happens."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.articles.clean import content_hash
from rag.store import Problem, Recipe, Snapshot, Store, layouts
from rag.store.layouts import Compressed, Exact
from rag.texts import text
from rag.types import Article, FloatMatrix, Passage

DIMENSION = 60  # not a multiple of 8: fast-scan has to be padded
RECIPE = Recipe("synthetic", "synthetic-60", DIMENSION, "whole")
SMALL, LARGE = 80, 900


@pytest.fixture(autouse=True)
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both layouts at sizes that are made in a second."""
    for name, value in {"EXACT_UP_TO": 100, "CANDIDATES": 100}.items():
        monkeypatch.setattr(layouts, name, value)


def vectors(count: int, seed: int = 0) -> FloatMatrix:
    """Unit vectors around thirty topics, as SQLite will give them back."""
    random = np.random.default_rng(seed)
    topics = np.random.default_rng(99).normal(size=(30, DIMENSION))
    made = topics[random.integers(0, 30, count)] + 0.7 * random.normal(size=(count, DIMENSION))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made.astype(np.float16).astype(np.float32)


def put(store: Store, names: Sequence[str], given: FloatMatrix) -> None:
    with store.write(RECIPE) as writer:
        for name, vector in zip(names, given, strict=True):
            made = article(name, "mưa")
            writer.put(made, [Passage(f"{name}#0", name, 0, 0, 3, "mưa")], vector[None])


def article(name: str, body: str) -> Article:
    made = Article(name, "Tin", body)
    return replace(made, content_hash=content_hash(made))


def names(count: int, start: int = 0) -> list[str]:
    return [f"a{number}" for number in range(start, start + count)]


def found(snapshot: Snapshot, question: FloatMatrix, within: set[str] | None = None) -> dict[str, float]:
    """The ten nearest articles and their scores."""
    return {scored.passage.article_id: scored.score for scored in snapshot.dense(question, 10, within)}


def nearest(question: FloatMatrix, known: dict[str, FloatMatrix]) -> dict[str, float]:
    """What `found` should be: every cosine computed."""
    cosines = {name: float(vector @ question) for name, vector in known.items()}
    return {name: cosines[name] for name in sorted(cosines, key=lambda name: -cosines[name])[:10]}


def recall(store: Store, known: dict[str, FloatMatrix], within: set[str] | None = None) -> float:
    """The share of the truly nearest that are found, over forty questions; every score must be the cosine."""
    shares = []
    with store.snapshot() as snapshot:
        for question in vectors(40, seed=7):
            got = found(snapshot, question, within)
            assert got == pytest.approx({name: float(known[name] @ question) for name in got}, abs=1e-5)
            assert list(got.values()) == sorted(got.values(), reverse=True)
            shown = {name: known[name] for name in within} if within is not None else known
            shares.append(len(got.keys() & nearest(question, shown).keys()) / min(10, len(shown)))
    return float(np.mean(shares))


def layout_of(store: Store) -> layouts.Layout | None:
    with store.snapshot() as snapshot:
        return snapshot.dense_index.layout


@pytest.fixture(params=[SMALL, LARGE], ids=["exact", "compressed"])
def known(request: pytest.FixtureRequest, store: Store) -> dict[str, FloatMatrix]:
    """An index in one of the layouts: its articles and their vectors."""
    count = request.param
    made = dict(zip(names(count), vectors(count), strict=True))
    put(store, list(made), np.stack(list(made.values())))
    assert isinstance(layout_of(store), Exact if count == SMALL else Compressed)
    return made


def test_the_nearest_are_found_with_their_cosines(store: Store, known: dict[str, FloatMatrix]) -> None:
    assert recall(store, known) >= (1.0 if len(known) == SMALL else 0.95)
    assert store.verify() == []


def test_more_than_the_candidates_can_be_asked_for(store: Store, known: dict[str, FloatMatrix]) -> None:
    with store.snapshot() as snapshot:
        everything = snapshot.dense(vectors(1, seed=7)[0], 10_000)
    assert {scored.passage.article_id for scored in everything} == known.keys()


@pytest.mark.parametrize("size", [3, 40, 600])
def test_search_within_a_set_leaves_it_never(store: Store, known: dict[str, FloatMatrix], size: int) -> None:
    within = {name for name in known if int(name[1:]) % 7 in {0, 3, 5}}
    within = set(sorted(within)[:size])
    with store.snapshot() as snapshot:
        for question in vectors(10, seed=8):
            got = found(snapshot, question, within)
            assert got.keys() <= within
            assert len(got) == min(10, len(within))
    assert recall(store, known, within) >= (1.0 if len(within) <= 100 else 0.97)


def test_what_is_removed_is_not_found(store: Store, known: dict[str, FloatMatrix]) -> None:
    with store.snapshot() as before:
        gone = {name for question in vectors(5, seed=9) for name in list(found(before, question))[:2]}
        with store.write() as writer:
            writer.remove(gone)
        left = {name: vector for name, vector in known.items() if name not in gone}
        assert recall(store, left) >= (1.0 if len(known) == SMALL else 0.95)
        assert gone == {name for question in vectors(5, seed=9) for name in list(found(before, question))[:2]}
    assert store.verify() == []


def test_what_is_added_is_found_without_building_again(
    store: Store, folder: Path, known: dict[str, FloatMatrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layouts, "empty_for", None)
    added = dict(zip(names(15, start=5000), vectors(15, seed=3), strict=True))
    put(store, list(added), np.stack(list(added.values())))
    assert recall(store, known | added) >= (1.0 if len(known) == SMALL else 0.95)
    with closing(Store.open(folder)) as other:  # from the file
        assert recall(other, known | added) >= (1.0 if len(known) == SMALL else 0.95)
        assert other.verify() == []


@pytest.mark.parametrize("position", [0.01, 0.4, 0.9])
def test_a_damaged_file_is_healed(
    store: Store, folder: Path, known: dict[str, FloatMatrix], position: float
) -> None:
    with store.snapshot() as snapshot:
        expected = [found(snapshot, question) for question in vectors(5, seed=7)]
    store.close()
    file = folder / "passages.faiss"
    content = bytearray(file.read_bytes())
    content[int(position * len(content))] ^= 0x10
    file.write_bytes(content)
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == [Problem("passages.faiss", text("index.derived_untrusted"))]
        with opened.snapshot() as snapshot:
            assert [found(snapshot, question) for question in vectors(5, seed=7)] == expected
        assert opened.verify() == []


def test_another_vector_under_a_passage_is_noticed(
    store: Store, folder: Path, known: dict[str, FloatMatrix]
) -> None:
    with store.snapshot():
        pass
    with closing(Store.open(folder)) as other:
        assert other.verify() == []
        other._control.run(
            "UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE passage = 1) WHERE passage = 9"
        )
        other._control.run('UPDATE vectors SET "check" = vector_check(passage, vector, added)')
        assert other.verify() == [Problem("passages.faiss", text("index.derived_differs"))]


def test_passages_without_a_vector_are_left_out(store: Store, known: dict[str, FloatMatrix]) -> None:
    with store.write(RECIPE) as writer:
        writer.put(article("new", "nắng"), [Passage("new#0", "new", 0, 0, 4, "nắng")], None)
    with store.snapshot() as snapshot:
        assert found(snapshot, vectors(1, seed=7)[0], {"new"}) == {}


def test_the_same_vectors_give_the_same_file(
    store: Store, folder: Path, known: dict[str, FloatMatrix]
) -> None:
    before = (folder / "passages.faiss").read_bytes()
    store.derive_again()
    assert (folder / "passages.faiss").read_bytes() == before


# ── Growing and shrinking ─────────────────────────────────────────────────────────────────────────


def lists(store: Store) -> int:
    """How many lists the compressed layout has; 0 for the exact one."""
    layout = layout_of(store)
    return 0 if not isinstance(layout, Compressed) else layout.lists


def test_the_layout_follows_the_size(store: Store) -> None:
    all_names, all_vectors = names(1300), vectors(1300)
    seen = []
    for start, end in ((0, 100), (100, 200), (200, 700), (700, 1300)):
        put(store, all_names[start:end], all_vectors[start:end])
        seen.append(lists(store))
        known = dict(zip(all_names[:end], all_vectors[:end], strict=True))
        assert recall(store, known) >= 0.95
    # Exact; then lists as the root of the number, kept until there are four times as many vectors.
    assert seen == [0, 14, 14, 36]
    with store.write() as writer:
        writer.remove(all_names[60:])
    assert lists(store) == 36  # above half the bound: not back and forth around it
    assert store.verify() == []
    with store.write() as writer:
        writer.remove(all_names[40:])
    assert lists(store) == 0
    assert recall(store, dict(zip(all_names[:40], all_vectors[:40], strict=True))) == 1.0
