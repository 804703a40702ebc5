"""The store: what was put in comes out of every leg, until it is replaced or removed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from stored import (
    EMBEDDER,
    HANOI,
    HUE,
    RECIPE,
    article,
    both,
    dense,
    lexical,
    put,
    split,
    vectors_of,
)

from rag.embedding import FakeEmbedder
from rag.errors import EmbedderMismatch, StoreError
from rag.store import FileIdentity, Recipe, Status, Store
from rag.store.database import Database
from rag.store.lexical import terms
from rag.texts import text
from rag.types import Article, FloatMatrix, Passage

# ── What goes in comes out ────────────────────────────────────────────────────────────────────────


def test_an_article_comes_back_as_it_was(store: Store, tmp_path: Path) -> None:
    made = article(
        "hanoi",
        HANOI,
        published="2021-09-25T16:58:00+07:00",
        source="Báo Mẫu",
        url="https://example.test/1",
        category="Thời sự",
        author="Phóng viên",
        path=tmp_path / "bài 1.txt",
    )
    with store.write(RECIPE) as writer:
        put(writer, made)
    with store.snapshot() as snapshot:
        assert snapshot.article("hanoi") == made
        assert snapshot.passages("hanoi") == list(split(made))
        assert snapshot.passage("hanoi#1") == split(made)[1]
        assert snapshot.article(made.id) == made
        (listed,) = snapshot.articles()
        assert (listed.id, listed.title, listed.path) == ("hanoi", "Tin hanoi", str(tmp_path / "bài 1.txt"))
        assert (listed.characters, listed.passages, listed.day) == (len(HANOI), 2, "25/09/2021")


@pytest.mark.parametrize("passage_id", ["hanoi#2", "hanoi", "hanoi#", "hanoi#x", "nowhere#0"])
def test_an_unknown_passage_is_a_key_error(filled: Store, passage_id: str) -> None:
    with filled.snapshot() as snapshot, pytest.raises(KeyError):
        snapshot.passage(passage_id)


def test_an_unknown_article_is_a_key_error(filled: Store) -> None:
    with filled.snapshot() as snapshot:
        with pytest.raises(KeyError):
            snapshot.article("nowhere")
        with pytest.raises(KeyError):
            snapshot.passages("nowhere")


def test_dense_gives_cosines_best_first(filled: Store) -> None:
    with filled.snapshot() as snapshot:
        passages = [snapshot.passage(name) for name in ("hanoi#0", "hanoi#1", "hue#0", "camau#0")]
        question = "áo dài sông Hương"
        vector = EMBEDDER.embed_queries([question])[0]
        cosines = EMBEDDER.embed_passages([passage.text for passage in passages]) @ vector
        expected = sorted(zip(passages, cosines, strict=True), key=lambda pair: -pair[1])
        found = snapshot.dense(vector, 10)
    assert found[0].passage.id == "hue#0"
    assert [scored.score for scored in found] == pytest.approx([float(c) for _, c in expected], abs=1e-3)
    assert {s.passage.id: s.passage for s in found} == {p.id: p for p in passages}


def test_k_limits_both_legs(filled: Store) -> None:
    with filled.snapshot() as snapshot:
        assert dense(snapshot, "học sinh", k=1) == ["hanoi#1"]
        assert lexical(snapshot, "học sinh", k=1) == ["hanoi#1"]
        assert lexical(snapshot, "học sinh", k=0) == []
        assert snapshot.dense(EMBEDDER.embed_queries(["học"])[0], 0) == []


def test_a_vector_of_another_size_is_a_mistake(filled: Store) -> None:
    with filled.snapshot() as snapshot, pytest.raises(ValueError, match="index of 512 numbers"):
        snapshot.dense(np.ones(3, np.float32), 1)


def test_an_empty_index_finds_nothing(store: Store) -> None:
    with store.snapshot() as snapshot:
        assert (snapshot.sequence, snapshot.recipe, snapshot.fingerprint) == (0, None, None)
        assert snapshot.dense(EMBEDDER.embed_queries(["mưa"])[0], 5) == []
        assert lexical(snapshot, "mưa") == []
        assert snapshot.articles() == []
    assert store.verify() == []


def test_status_in_numbers(filled: Store, folder: Path) -> None:
    with filled.snapshot():
        pass
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert replace(filled.status(), committed=None) == Status(3, 4, 1, 0, "fake", size, healthy=True)


def test_status_says_when_the_newest_commit_was(filled: Store) -> None:
    committed = filled.status().committed
    assert committed is not None
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(committed) < timedelta(minutes=5)
    with filled.snapshot():  # reading is no commit
        pass
    assert filled.status().committed == committed


def test_what_is_taken_out_whole_can_be_put_back(filled: Store) -> None:
    with filled.snapshot() as snapshot:
        before = [(snapshot.article(a.id), snapshot.passages(a.id)) for a in snapshot.articles()]
        article_id = before[0][0].id
        vector = EMBEDDER.embed_passages([before[0][1][0].text])[0]
        nearest = snapshot.dense(vector, 3)
    with filled.write() as writer:
        article, passages, vectors = writer.whole(article_id)
        writer.remove([article_id])
        with pytest.raises(KeyError):
            writer.whole(article_id)
    assert (article, passages) == before[0]
    with filled.write() as writer:
        writer.put(article, passages, vectors)
    with filled.snapshot() as snapshot:
        assert [(snapshot.article(a.id), snapshot.passages(a.id)) for a in snapshot.articles()] == before
        assert snapshot.dense(vector, 3) == nearest
    assert filled.verify() == []


def test_an_article_with_pending_vectors_is_whole_without_them(filled: Store) -> None:
    new = article("mới", "Tin mới nhất.")
    with filled.write() as writer:
        put(writer, new)
        writer.put(new, writer.whole("mới")[1], None)
        assert writer.whole("mới")[2] is None


# ── Searching within a set, by day and source ─────────────────────────────────────────────────────


def test_search_within_a_set_is_exact(filled: Store) -> None:
    vector = EMBEDDER.embed_queries(["mưa ngập phố"])[0]
    words = terms("mưa ngập phố giá", folded=False)
    with filled.snapshot() as snapshot:
        assert {s.passage.id for s in snapshot.dense(vector, 10, {"hue", "camau"})} == {"hue#0", "camau#0"}
        assert [s.passage.id for s in snapshot.lexical(words, 10, folded=False, within={"camau"})] == [
            "camau#0"
        ]
        assert snapshot.dense(vector, 10, frozenset()) == []
        assert snapshot.lexical(words, 10, folded=False, within=frozenset()) == []
        assert snapshot.dense(vector, 10, {"unknown"}) == []
        assert snapshot.lexical(words, 10, folded=False, within={"unknown"}) == []


def test_a_set_does_not_change_the_scores(filled: Store) -> None:
    words = terms("mưa lớn", folded=False)
    with filled.snapshot() as snapshot:
        everywhere = snapshot.lexical(words, 1, folded=False)
        assert snapshot.lexical(words, 1, folded=False, within={"hanoi"}) == everywhere


def test_find_by_day_and_source(store: Store) -> None:
    with store.write(RECIPE) as writer:
        put(
            writer,
            article("evening", HUE, published="2021-01-31T23:30:00+07:00", source="Báo Đất Mũi"),
            article("day", HUE, published="2021-02-01", source="báo đất mũi"),
            article("later", HUE, published="2021-02-02T00:10:00+07:00", source="Báo Khác"),
            article("undated", HUE),
        )
    with store.snapshot() as snapshot:

        def find(start: date | None, end: date | None, source: str | None = None) -> frozenset[str]:
            return snapshot.find(start=start, end=end, source=source)

        assert find(None, None) == {"evening", "day", "later", "undated"}
        assert find(date(2021, 2, 1), date(2021, 2, 1)) == {"day", "undated"}
        assert find(date(2021, 2, 1), None) == {"day", "later", "undated"}
        assert find(None, date(2021, 1, 31)) == {"evening", "undated"}
        assert snapshot.undated() == 1
        assert find(None, None, "bao dat mui") == {"evening", "day"}
        assert find(date(2021, 2, 1), None, "Báo Đất Mũi") == {"day"}


# ── Changing ──────────────────────────────────────────────────────────────────────────────────────


def test_a_removed_article_is_gone_from_every_leg(filled: Store) -> None:
    assert both(filled, "tôm hùm") == (["camau#0"], ["camau#0"])
    with filled.write() as writer:
        writer.remove(["camau", "nowhere"])
    assert both(filled, "tôm hùm") == ([], [])
    with filled.snapshot() as snapshot:
        assert [listed.id for listed in snapshot.articles()] == ["hanoi", "hue"]
    assert filled.verify() == []


def test_a_replaced_article_answers_with_its_new_text(filled: Store) -> None:
    with filled.write(RECIPE) as writer:
        put(writer, article("hanoi", "Trời nắng đẹp suốt tuần."))
    assert both(filled, "học sinh nghỉ") == ([], [])
    assert both(filled, "nắng đẹp") == (["hanoi#0"], ["hanoi#0"])
    assert filled.verify() == []


def test_an_error_forgets_what_was_not_committed(filled: Store) -> None:
    def interrupted() -> None:
        with filled.write(RECIPE) as writer:
            put(writer, article("first", "Cam sành chín sớm."))
            assert writer.commit() == 2
            put(writer, article("second", "Quýt hồng chín muộn."))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert both(filled, "cam sành") == (["first#0"], ["first#0"])
    assert both(filled, "quýt hồng") == ([], [])
    assert filled.status().sequence == 2


def test_without_changes_there_is_no_commit(filled: Store) -> None:
    with filled.write(RECIPE) as writer:
        writer.remove(["nowhere"])
        assert writer.commit() == 1


def test_an_article_is_read_once_for_all_its_pending_passages(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = article("long", "\n\n".join(f"Cam sành bán được {number} kg." for number in range(40)))
    read, of_database = [], Database.article

    def counted(database: Database, number: int) -> Article:
        read.append(number)
        return of_database(database, number)

    with filled.write(RECIPE) as writer:
        writer.put(long, split(long), None)
        writer.commit()
        monkeypatch.setattr(Database, "article", counted)
        assert len(writer.pending(after=0, limit=64)) == 40
    assert len(read) == 1


def test_pending_passages_are_found_by_their_words_and_then_by_their_vectors(filled: Store) -> None:
    made = article("new", "Cam sành chín sớm.\n\nGiá cam giảm nhẹ.")
    with filled.write(RECIPE) as writer:
        writer.put(made, split(made), None)
    assert both(filled, "cam sành") == ([], ["new#0", "new#1"])
    assert filled.status().pending_vectors == 2
    with filled.write(RECIPE) as writer:
        assert writer.pending_count() == 2
        pending = writer.pending(after=0, limit=10)
        assert [(found, passage) for _, found, passage in pending] == [(made, p) for p in split(made)]
        assert writer.pending(after=0, limit=1) == pending[:1]
        assert writer.pending(after=pending[0][0], limit=10) == pending[1:]
        writer.fill([rowid for rowid, _, _ in pending], vectors_of(split(made)))
    assert both(filled, "sành") == (["new#0"], ["new#0"])
    assert filled.status().pending_vectors == 0
    assert filled.verify() == []


def test_a_passage_must_quote_its_article(store: Store) -> None:
    made = article("hue", HUE)
    wrong = replace(split(made)[0], start=1)
    with pytest.raises(ValueError, match="hue#0 is not 1:38"), store.write(RECIPE) as writer:
        writer.put(made, [wrong], vectors_of((wrong,)))


@pytest.mark.parametrize(
    "vectors",
    [np.ones((1, 3), np.float32), np.ones((2, 512), np.float32), np.full((1, 512), np.nan, np.float32)],
)
def test_vectors_must_fit(store: Store, vectors: FloatMatrix) -> None:
    made = article("hue", HUE)
    with pytest.raises(ValueError, match="vectors"), store.write(RECIPE) as writer:
        writer.put(made, split(made), vectors)
    assert both(store, "áo dài") == ([], [])


def test_files_are_remembered_until_forgotten(store: Store, tmp_path: Path) -> None:
    identity = FileIdentity(tmp_path / "a.txt", 5, 1_700_000_000_000_000_001, "00" * 32)
    made = article("a", HUE, path=identity.path)
    with store.write(RECIPE) as writer:
        put(writer, made)
        writer.record_file(identity)
    with store.write() as writer:
        assert writer.files() == {identity.path: identity}
        assert writer.places() == {"a": identity.path}
        assert writer.owned(identity.path) == {"a": made.content_hash}
        assert "a" in writer
        assert "b" not in writer
        writer.forget_files([identity.path])
        assert writer.files() == {}


# ── Recipes ───────────────────────────────────────────────────────────────────────────────────────


def test_another_embedder_is_refused_with_the_cure(filled: Store, folder: Path) -> None:
    other = replace(RECIPE, embedder="other", fingerprint="0123456789abcdef")
    expected = text(
        "index.embedder_mismatch", folder=folder, found="fake (fake-512)", wanted="other (0123456789ab)"
    )
    assert "hoibao index rebuild" in expected
    with pytest.raises(EmbedderMismatch) as caught, filled.write(other):
        pass
    assert str(caught.value) == expected
    with filled.snapshot() as snapshot:
        snapshot.require(embedder="fake", fingerprint="fake-512")
        with pytest.raises(EmbedderMismatch) as caught:
            snapshot.require(embedder="other", fingerprint="0123456789abcdef")
    assert str(caught.value) == expected


def test_another_splitter_is_refused_with_the_cure(filled: Store) -> None:
    with (
        pytest.raises(EmbedderMismatch, match=r"paragraphs.*sentences.*hoibao index rebuild"),
        filled.write(replace(RECIPE, splitter="sentences")),
    ):
        pass


def test_an_emptied_index_takes_another_recipe(filled: Store) -> None:
    small = FakeEmbedder(dimension=16)
    made = article("new", "Cam sành chín sớm.")
    with filled.write() as writer:
        writer.remove(["hanoi", "hue", "camau"])
    assert both(filled, "mưa") == ([], [])
    with filled.write(Recipe("small", small.fingerprint, 16, "paragraphs")) as writer:
        writer.put(made, split(made), small.embed_passages([made.text]))
    with filled.snapshot() as snapshot:
        (found,) = snapshot.dense(small.embed_queries(["Cam sành chín sớm."])[0], 5)
        assert found.passage.id == "new#0"
        assert found.score == pytest.approx(1, abs=1e-3)
    assert filled.verify() == []


def test_a_replacement_is_seen_all_at_once_and_survives_an_interruption(filled: Store) -> None:
    small = FakeEmbedder(dimension=16)
    recipe = Recipe("small", small.fingerprint, 16, "whole")

    def whole(made: Article) -> list[Passage]:
        return [Passage(f"{made.id}#0", made.id, 0, 0, len(made.text), made.text)]

    def interrupted() -> None:
        with filled.replace(recipe) as replacement:
            first = next(replacement.missing())
            replacement.stage([(first, whole(first))], small.embed_passages([first.text]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert both(filled, "học sinh") == (["hanoi#1"], ["hanoi#1"])

    with filled.snapshot() as before:
        with filled.replace(recipe) as replacement:
            assert replacement.progress() == (1, 3)
            rest = list(replacement.missing())
            assert [made.id for made in rest] == ["hue", "camau"]
            replacement.stage(
                [(made, whole(made)) for made in rest], small.embed_passages([made.text for made in rest])
            )
            assert replacement.finish() == 2
        assert dense(before, "học sinh") == ["hanoi#1"]
        assert lexical(before, "học sinh") == ["hanoi#1"]
    with filled.snapshot() as after:
        assert after.recipe == recipe
        assert [passage.text for passage in after.passages("hanoi")] == [HANOI]
        assert after.dense(small.embed_queries([HANOI])[0], 1)[0].passage.id == "hanoi#0"
        assert lexical(after, "học sinh") == ["hanoi#0"]
    assert filled.verify() == []


def test_what_was_staged_for_another_recipe_is_not_used(filled: Store) -> None:
    with filled.replace(replace(RECIPE, splitter="one")) as replacement:
        first = next(replacement.missing())
        replacement.stage([(first, split(first))], vectors_of(split(first)))
        assert replacement.progress() == (1, 3)
    with filled.replace(replace(RECIPE, splitter="two")) as replacement:
        assert replacement.progress() == (0, 3)


# ── Folders that cannot be used ───────────────────────────────────────────────────────────────────


def test_no_index_is_said_with_the_cure(folder: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(folder)
    assert str(caught.value) == text("index.missing", folder=folder)
    assert not folder.exists()


def test_a_newer_format_is_refused(filled: Store, folder: Path) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute("UPDATE meta SET value = 4 WHERE key = 'format'")
    with pytest.raises(StoreError) as caught:
        Store.open(folder)
    assert str(caught.value) == text("index.newer_format", folder=folder, found=4, known=3)


@pytest.mark.parametrize("content", [b"not a database, but long enough to look like one" * 30, b""])
def test_a_file_that_is_no_index_is_called_damaged(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "articles.sqlite").write_bytes(content)
    with pytest.raises(StoreError) as caught:
        Store.open(folder)
    assert caught.value.key == "index.damaged"
    assert str(folder) in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path / "file" / "index", create=True)
    assert caught.value.key == "index.unusable"


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which nothing can be written, for root neither: it is left to its own devices meanwhile."""
    names = [folder, *folder.rglob("*")]
    modes = {name: name.stat().st_mode for name in [*names, *folder.parents]}
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    for parent in folder.parents:
        if root and not modes[parent] & 0o001:
            parent.chmod(modes[parent] | 0o011)
    for name in names:
        name.chmod(0o555 if name.is_dir() else 0o444)
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for name, mode in modes.items():
            if name.stat().st_mode != mode:
                name.chmod(mode)


def test_a_read_only_folder_is_named(filled: Store, folder: Path) -> None:
    filled.close()
    with read_only(folder):
        with pytest.raises(StoreError) as caught, closing(Store.open(folder)) as opened, opened.write(RECIPE):
            pass
        assert caught.value.key == "index.unusable"
        assert str(folder) in str(caught.value)
    with closing(Store.open(folder)) as opened:
        assert both(opened, "mưa") == (["hanoi#0"], ["hanoi#0"])
