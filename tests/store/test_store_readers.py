"""One writer and many readers: who waits for whom, and who sees which commit."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest
from stored import (
    HANOI,
    HUE,
    RECIPE,
    article,
    both,
    commit_and_die,
    dense,
    lexical,
    put,
)

from rag.errors import IndexLocked
from rag.store import Store
from rag.store import store as store_module
from rag.store.files import write_lock
from rag.texts import text


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
    commit_and_die(folder)
    with write_lock(folder):  # as if that writer were still at work
        with filled.snapshot() as snapshot:
            assert snapshot is before
        assert both(filled, "cam sành") == ([], [])
    assert both(filled, "cam sành") == (["late#0"], ["late#0"])


def test_a_first_reader_does_not_wait_for_a_writer_for_ever(
    filled: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "WAIT_FOR_WRITER", 0.1)
    commit_and_die(folder)
    with write_lock(folder), closing(Store.open(folder)) as reader:
        assert both(reader, "cam sành") == (["late#0"], ["late#0"])
