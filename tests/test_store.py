"""The store: what was put in comes out of every leg, whatever happens to the derived files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from rag.articles.clean import content_hash
from rag.embedding import FakeEmbedder
from rag.errors import EmbedderMismatch, IndexLocked, StoreError
from rag.store import (
    FileIdentity,
    Problem,
    Recipe,
    Scored,
    Snapshot,
    Status,
    Store,
    Writer,
    back_up,
    checks,
    restore,
)
from rag.store import store as store_module
from rag.store.database import Database
from rag.store.files import write_lock
from rag.store.lexical import terms
from rag.texts import text
from rag.types import Article, FloatMatrix, Passage

EMBEDDER = FakeEmbedder(dimension=512)  # wide enough that no two words here share a place
RECIPE = Recipe("fake", EMBEDDER.fingerprint, EMBEDDER.dimension, "paragraphs")

HANOI = "Mưa lớn gây ngập nhiều tuyến phố.\n\nHọc sinh được nghỉ học hai ngày."
HUE = "Lễ hội áo dài khai mạc bên sông Hương."
CAMAU = "Tôm hùm được giá ở đất mũi."


def article(article_id: str, body: str, **fields: str | Path | None) -> Article:
    made = replace(Article(article_id, f"Tin {article_id}", body), **fields)  # type: ignore[arg-type]
    return replace(made, content_hash=content_hash(made))


def split(made: Article) -> tuple[Passage, ...]:
    """A passage per paragraph."""
    passages, start = [], 0
    for number, part in enumerate(made.text.split("\n\n")):
        end = start + len(part)
        passages.append(Passage(f"{made.id}#{number}", made.id, number, start, end, part))
        start = end + 2
    return tuple(passages)


def vectors_of(passages: tuple[Passage, ...]) -> FloatMatrix:
    return EMBEDDER.embed_passages([passage.text for passage in passages])


def put(writer: Writer, *articles: Article) -> None:
    for made in articles:
        passages = split(made)
        writer.put(made, passages, vectors_of(passages))


def dense(snapshot: Snapshot, question: str, k: int = 10) -> list[str]:
    """Ids of the passages with a positive cosine: those that share a word with the question."""
    vector = EMBEDDER.embed_queries([question])[0]
    return [scored.passage.id for scored in snapshot.dense(vector, k) if scored.score > 0]


def lexical(snapshot: Snapshot, question: str, k: int = 10) -> list[str]:
    return [s.passage.id for s in snapshot.lexical(terms(question, folded=False), k, folded=False)]


def both(store: Store, question: str) -> tuple[list[str], list[str]]:
    with store.snapshot() as snapshot:
        return dense(snapshot, question), lexical(snapshot, question)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "chỉ mục của tôi"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with closing(Store.open(folder, create=True)) as opened:
        yield opened


@pytest.fixture
def filled(store: Store) -> Store:
    with store.write(RECIPE) as writer:
        put(writer, article("hanoi", HANOI), article("hue", HUE), article("camau", CAMAU))
    return store


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


# ── One writer, many readers ──────────────────────────────────────────────────────────────────────


def test_the_second_writer_is_told_to_wait(filled: Store, folder: Path) -> None:
    with filled.write(RECIPE), closing(Store.open(folder)) as other:
        with pytest.raises(IndexLocked) as caught, other.write(RECIPE):
            pass
        assert str(caught.value) == text("index.locked", folder=folder)
        with pytest.raises(IndexLocked):
            other.verify()
    with filled.write(RECIPE) as writer:
        assert "hanoi" in writer


def test_a_reader_keeps_its_sequence_while_a_writer_commits(filled: Store, folder: Path) -> None:
    with closing(Store.open(folder)) as reader, reader.snapshot() as before:
        with filled.write(RECIPE) as writer:
            put(writer, article("hanoi", "Trời nắng đẹp."), article("new", "Mưa rào ở miền núi."))
            writer.remove(["hue"])
            assert writer.commit() == 2
            with reader.snapshot() as during:
                assert during.sequence == 2
                assert lexical(during, "mưa") == ["new#0"]
        assert before.sequence == 1
        assert lexical(before, "mưa") == ["hanoi#0"]
        assert dense(before, "mưa lớn ngập") == ["hanoi#0"]
        assert before.article("hanoi").text == HANOI
        assert before.article("hue").text == HUE
        with reader.snapshot() as after:
            assert (after.sequence, after.article("hanoi").text) == (2, "Trời nắng đẹp.")
            assert dense(after, "áo dài") == []


def test_a_snapshot_is_kept_until_something_changes(filled: Store) -> None:
    with filled.snapshot() as first, filled.snapshot() as second:
        assert first is second
    with filled.snapshot() as third:
        assert third is first


def test_the_wal_does_not_grow_while_a_reader_follows(filled: Store, folder: Path) -> None:
    sizes = []
    with closing(Store.open(folder)) as reader:
        for number in range(30):
            with filled.write(RECIPE) as writer:
                put(writer, article("new", f"Mưa rào lần {number}."))
            with reader.snapshot() as snapshot:
                assert snapshot.article("new").text == f"Mưa rào lần {number}."
            sizes.append((folder / "articles.sqlite-wal").stat().st_size)
    assert sizes[-1] <= 2 * sizes[4]


def test_closing_leaves_open_snapshots_readable(filled: Store) -> None:
    with filled.snapshot() as snapshot:
        filled.close()
        assert lexical(snapshot, "mưa") == ["hanoi#0"]


def test_every_thread_sees_whole_commits(store: Store) -> None:
    commits, problems, done = 12, [], threading.Event()

    def read() -> None:
        while not done.is_set():
            with store.snapshot() as snapshot:
                seen = (len(dense(snapshot, "chung", 50)), len(lexical(snapshot, "chung", 50)))
                if seen != (snapshot.sequence, len(snapshot.articles())):
                    problems.append((snapshot.sequence, seen))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    with store.write(RECIPE) as writer:
        for number in range(commits):
            put(writer, article(f"a{number}", f"Từ chung số {number}."))
            writer.commit()
    done.set()
    for reader in readers:
        reader.join()
    assert problems == []
    with store.snapshot() as snapshot:
        assert (snapshot.sequence, len(lexical(snapshot, "chung", 50))) == (commits, commits)


def test_while_a_writer_derives_readers_stay_on_the_last_whole_sequence(filled: Store, folder: Path) -> None:
    with filled.snapshot() as before:
        assert before.sequence == 1
    _commit_and_die(folder)
    with write_lock(folder):  # as if that writer were still at work
        with filled.snapshot() as snapshot:
            assert snapshot is before
        assert both(filled, "cam sành") == ([], [])
    assert both(filled, "cam sành") == (["late#0"], ["late#0"])


def test_a_first_reader_does_not_wait_for_a_writer_for_ever(
    filled: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "WAIT_FOR_WRITER", 0.1)
    _commit_and_die(folder)
    with write_lock(folder), closing(Store.open(folder)) as reader:
        assert both(reader, "cam sành") == (["late#0"], ["late#0"])


# ── Damage ────────────────────────────────────────────────────────────────────────────────────────


def flip(file: Path, position: float) -> None:
    """Flips a bit of the byte at a share of the file's length."""
    content = bytearray(file.read_bytes())
    content[int(position * (len(content) - 1))] ^= 0x10
    file.write_bytes(content)


def answers(folder: Path) -> list[list[Scored]]:
    """What both legs find for some questions, scores and all."""
    found = []
    with closing(Store.open(folder)) as store, store.snapshot() as snapshot:
        for question in ("mưa ngập phố", "áo dài sông Hương", "tôm hùm", "học"):
            found.append(snapshot.dense(EMBEDDER.embed_queries([question])[0], 10))
            found.append(snapshot.lexical(terms(question, folded=False), 10, folded=False))
    return found


DERIVED = ["passages.faiss", "passages.faiss.json", "lexical/manifest.json", "lexical/*/meta.json"]
DERIVED += [f"lexical/*/*.{suffix}" for suffix in ("idx", "term", "fast", "fieldnorm", "store")]


@pytest.mark.parametrize("position", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("pattern", DERIVED)
def test_a_flipped_bit_is_healed_from_sqlite(
    filled: Store, folder: Path, pattern: str, position: float
) -> None:
    expected = answers(folder)
    filled.close()
    (file,) = folder.glob(pattern)
    flip(file, position)
    subject = "passages.faiss" if file.name.startswith("passages") else "lexical"
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == [Problem(subject, text("index.derived_untrusted"))]
        assert not opened.status().healthy
    assert answers(folder) == expected
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == []
        assert opened.status().healthy


@pytest.mark.parametrize("pattern", ["passages.faiss", "passages.faiss.json", "lexical", "lexical/*/*.term"])
def test_what_is_missing_is_derived_again(filled: Store, folder: Path, pattern: str) -> None:
    expected = answers(folder)
    filled.close()
    (found,) = folder.glob(pattern)
    shutil.rmtree(found) if found.is_dir() else found.unlink()
    assert answers(folder) == expected
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == []


def test_derived_files_of_another_index_are_not_trusted(filled: Store, folder: Path, tmp_path: Path) -> None:
    expected = answers(folder)
    with closing(Store.open(tmp_path / "other", create=True)) as other, other.write(RECIPE) as writer:
        put(writer, *(article(name, CAMAU) for name in ("a", "b", "c", "d")))
    filled.close()
    for name in ("passages.faiss", "passages.faiss.json"):
        shutil.copy(tmp_path / "other" / name, folder / name)
    shutil.rmtree(folder / "lexical")
    shutil.copytree(tmp_path / "other" / "lexical", folder / "lexical")
    assert answers(folder) == expected


def test_derived_files_of_a_lost_future_are_not_trusted(filled: Store, folder: Path, tmp_path: Path) -> None:
    """SQLite was put back from a backup, the derived files were not."""
    expected = answers(folder)
    filled.close()
    shutil.copy(folder / "articles.sqlite", tmp_path / "backup")
    with closing(Store.open(folder)) as opened, opened.write(RECIPE) as writer:
        put(writer, article("late", "Mưa ngập phố ở nơi khác."))
    shutil.copy(tmp_path / "backup", folder / "articles.sqlite")
    assert answers(folder) == expected


def _commit_and_die(folder: Path) -> None:
    """Another process commits an article to SQLite and is killed before anything is derived from it."""
    script = f"""
import os, sys
sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}
from pathlib import Path
from test_store import RECIPE, article, put
from rag.store import Store
from rag.store.lexical import LexicalFolder
LexicalFolder.follow = lambda *_: os._exit(9)
with Store.open(Path({str(folder)!r})).write(RECIPE) as writer:
    put(writer, article("late", "Cam sành chín sớm."))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9


def test_killed_between_sqlite_and_the_derived_indexes_it_is_caught_up(filled: Store, folder: Path) -> None:
    (lexical_folder,) = (path for path in (folder / "lexical").iterdir() if path.is_dir())
    filled.close()
    _commit_and_die(folder)
    with closing(Store.open(folder)) as opened:
        behind = text("index.derived_behind")
        assert opened.verify() == [Problem("passages.faiss", behind), Problem("lexical", behind)]
        assert both(opened, "cam sành") == (["late#0"], ["late#0"])
        assert both(opened, "mưa") == (["hanoi#0"], ["hanoi#0"])
        assert opened.verify() == []
    assert lexical_folder.is_dir()  # caught up, not built again


def test_damage_to_the_truth_is_reported(filled: Store, folder: Path) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute("UPDATE articles SET text = 'Ngắn.' WHERE id = 'hue'")
        connection.execute("UPDATE vectors SET vector = zeroblob(1024) WHERE passage = 4")
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == [
            Problem("hue", text("index.bad_hash")),
            Problem("hue#0", text("index.bad_offsets", start=0, end=len(HUE), length=5)),
            Problem("vectors/4", text("index.bad_vector")),
        ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("UPDATE articles SET number = 9 WHERE id = 'hue'", "articles/2"),
        ('UPDATE passages SET "end" = "end" - 1 WHERE rowid = 3', "passages/3"),
        ("UPDATE passages SET article = 1, number = 2 WHERE rowid = 3", "passages/3"),
        ("UPDATE passages SET added = 2 WHERE rowid = 3", "passages/3"),
        ("DELETE FROM passages WHERE rowid = 3", "passages/3"),
    ],
)
def test_a_row_that_changed_is_named_not_quoted(filled: Store, folder: Path, change: str, place: str) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute(change)
    with closing(Store.open(folder)) as opened:
        with pytest.raises(StoreError) as caught:
            both(opened, "lễ hội áo dài")
        assert str(caught.value) == text("index.damaged_row", folder=folder, place=place)
        assert lexical_hits(opened, "mưa") == ["hanoi#0"]
        assert opened.verify() != []


def lexical_hits(store: Store, question: str) -> list[str]:
    with store.snapshot() as snapshot:
        return lexical(snapshot, question)


@pytest.mark.parametrize("column", ["text", "title", "id", "published"])
def test_an_article_that_changed_is_named_not_quoted_until_it_is_removed(
    filled: Store, folder: Path, column: str
) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute(f"UPDATE articles SET {column} = '{column}' WHERE number = 2")
    name = "id" if column == "id" else "hue"
    with closing(Store.open(folder)) as opened:
        for ask in (lambda s: lexical(s, "áo dài"), lambda s: dense(s, "áo dài"), lambda s: s.article(name)):
            with opened.snapshot() as snapshot, pytest.raises(StoreError) as caught:
                ask(snapshot)
            assert str(caught.value) == text("index.damaged_article", folder=folder, id=name)
        assert Problem(name, text("index.bad_hash")) in opened.verify()
        with opened.write() as writer:
            writer.remove([name])
        assert both(opened, "áo dài") == ([], [])
        assert opened.verify() == []


def test_bytes_that_are_no_letters_are_called_damaged(filled: Store, folder: Path) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute("UPDATE articles SET text = CAST(x'C3' AS TEXT) WHERE id = 'hue'")
    with closing(Store.open(folder)) as opened, pytest.raises(StoreError) as caught:
        both(opened, "áo dài")
    assert caught.value.key == "index.damaged"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE removals SET sequence = 1",
        "UPDATE removals SET passage = 99 WHERE passage = 1",
        "DELETE FROM removals",
    ],
)
def test_removals_that_changed_leave_nothing_behind(filled: Store, folder: Path, change: str) -> None:
    kept = folder.with_name("trước đó")
    shutil.copytree(folder, kept)
    with filled.write() as writer:
        writer.remove(["hanoi"])
    filled.close()
    for name in ("passages.faiss", "passages.faiss.json"):  # as a writer leaves them that is killed
        shutil.copy(kept / name, folder / name)
    shutil.rmtree(folder / "lexical")
    shutil.copytree(kept / "lexical", folder / "lexical")
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute(change)
    with closing(Store.open(folder)) as opened:
        assert both(opened, "mưa lớn") == ([], [])
        assert opened.verify() == []


def test_damaged_vectors_are_not_derived_from(filled: Store, folder: Path) -> None:
    filled.close()
    (folder / "passages.faiss").unlink()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute("UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE passage = 1)")
    with closing(Store.open(folder)) as opened, pytest.raises(StoreError) as caught, opened.snapshot():
        pass
    assert caught.value.key == "index.damaged_row"
    assert caught.value.values["place"] in ("vectors/2", "vectors/3", "vectors/4")


@pytest.mark.parametrize("key", ["sequence", "store", "fingerprint", "dimension", "seal"])
def test_a_changed_word_of_the_index_about_itself_is_named(filled: Store, folder: Path, key: str) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute("UPDATE meta SET value = 7 WHERE key = ?", (key,))
    with pytest.raises(StoreError) as caught:
        Store.open(folder)
    assert str(caught.value) == text("index.damaged_row", folder=folder, place="meta")


def test_commits_that_sqlite_has_lost_are_named(
    filled: Store, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As when the end of the -wal is damaged: SQLite goes back to the commit before without a word."""
    filled.close()
    shutil.copy(folder / "articles.sqlite", tmp_path / "before")
    with closing(Store.open(folder)) as opened, opened.write(RECIPE) as writer:
        put(writer, article("late", "Cam sành chín sớm."))
        writer.commit()
        put(writer, article("later", "Giá cam giảm nhẹ."))
    shutil.copy(tmp_path / "before", folder / "articles.sqlite")
    lost = text("index.lost_commits", first=2, last=3)
    with closing(Store.open(folder)) as opened:
        assert Problem("articles.sqlite", lost) in opened.verify()
        assert both(opened, "cam sành") == ([], [])
        assert lost in caplog.text
        assert opened.verify() == []


def test_an_index_of_the_first_format_is_migrated(filled: Store, folder: Path, tmp_path: Path) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        for table in checks.OF:
            connection.execute(f'ALTER TABLE {table} DROP COLUMN "check"')
        connection.execute("DELETE FROM meta WHERE key = 'seal'")
        connection.execute("UPDATE meta SET value = 1 WHERE key = 'format'")
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == []
        assert both(opened, "áo dài") == (["hue#0"], ["hue#0"])
        with opened.write(RECIPE) as writer:
            put(writer, article("late", "Cam sành chín sớm."))
        assert both(opened, "cam sành") == (["late#0"], ["late#0"])
        assert opened.verify() == []
        back_up(folder, tmp_path / "bản sao.zip")
        assert restore(tmp_path / "bản sao.zip", folder)[0].articles == 4
        assert both(opened, "cam sành") == (["late#0"], ["late#0"])


def test_a_migration_that_is_interrupted_changes_nothing(
    filled: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        for table in checks.OF:
            connection.execute(f'ALTER TABLE {table} DROP COLUMN "check"')
        connection.execute("UPDATE meta SET value = 1 WHERE key = 'format'")
    before = (folder / "articles.sqlite").read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Database, "set_meta", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Store.open(folder)
    assert (folder / "articles.sqlite").read_bytes() == before
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == []


def test_orphans_and_vectors_of_another_size_are_reported(filled: Store, folder: Path) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute("DELETE FROM articles WHERE id = 'hue'")
        connection.execute("UPDATE vectors SET vector = x'0000' WHERE passage = 1")
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == [
            Problem("passages", text("index.orphans")),
            Problem("vectors/1", text("index.bad_vector")),
        ]


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ("UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE passage = 1);", "passages.faiss"),
        (
            """UPDATE passages SET rowid = 99 WHERE rowid = 1;
               UPDATE vectors SET passage = 99 WHERE passage = 1;""",
            "both",
        ),
    ],
)
def test_derived_indexes_that_say_something_else_are_reported(
    filled: Store, folder: Path, change: str, subject: str
) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection:
        checks.register(connection)
        connection.executescript(f"""{change} UPDATE vectors SET "check" = {checks.OF["vectors"]}""")
    subjects = ["passages.faiss", "lexical"] if subject == "both" else [subject]
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == [Problem(name, text("index.derived_differs")) for name in subjects]
        opened.derive_again()
        assert opened.verify() == []


# ── Folders that cannot be used ───────────────────────────────────────────────────────────────────


def test_no_index_is_said_with_the_cure(folder: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(folder)
    assert str(caught.value) == text("index.missing", folder=folder)
    assert not folder.exists()


def test_a_newer_format_is_refused(filled: Store, folder: Path) -> None:
    filled.close()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute("UPDATE meta SET value = 3 WHERE key = 'format'")
    with pytest.raises(StoreError) as caught:
        Store.open(folder)
    assert str(caught.value) == text("index.newer_format", folder=folder, found=3, known=2)


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
