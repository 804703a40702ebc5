"""Full disks, files that others hold, stolen locks: named, with everything that was committed still there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks import durable
from rag.errors import IndexLocked, StoreError
from rag.store import Store, back_up, files, lexical, restore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Ổ đĩa của tôi" / "chỉ mục"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    """After step 2."""
    with closing(Store.open(folder, create=True)) as opened:
        advance(opened)
        advance(opened)
        yield opened


def advance(store: Store) -> None:
    before = step_of(store)
    with store.write(durable.RECIPE) as writer:
        durable.take(writer, before + 1)


def step_of(store: Store) -> int:
    with store.snapshot() as snapshot:
        return durable.read(snapshot)


def step_of_another_process(folder: Path) -> int:
    with closing(Store.open(folder)) as opened:
        return step_of(opened)


# ── Windows does not rename over a file that is being read ────────────────────────────────────────


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many times more a file of this name cannot be renamed over."""
    times: dict[str, int] = {}
    original = os.replace

    def refusing(source: Path, target: Path) -> None:
        if times.get(Path(target).name, 0) > 0:
            times[Path(target).name] -= 1
            raise PermissionError(errno.EACCES, "Access is denied", str(target))
        original(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    return times


@pytest.mark.parametrize("name", ["passages.faiss", "passages.faiss.json", "manifest.json"])
def test_a_file_that_is_being_read_is_waited_for(
    store: Store, folder: Path, held: dict[str, int], name: str
) -> None:
    held[name] = 2
    advance(store)
    assert held[name] == 0
    assert store.verify() == []
    assert step_of(store) == 3


@pytest.mark.parametrize("name", ["passages.faiss", "passages.faiss.json", "manifest.json"])
def test_a_file_that_is_held_for_good_is_named_and_the_commit_is_kept(
    store: Store, folder: Path, held: dict[str, int], name: str
) -> None:
    held[name] = 1_000_000
    with pytest.raises(StoreError) as caught:
        advance(store)
    assert caught.value.key == "index.unusable"
    assert "Access is denied" in str(caught.value)
    assert step_of(store) == step_of_another_process(folder) == 3
    held.clear()
    assert step_of_another_process(folder) == 3
    assert store.verify() == []


def test_old_words_that_are_held_go_the_next_time(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)  # as with ignore_errors on Windows
        store.derive_again()
        store.derive_again()
    kept = [path for path in (folder / "lexical").iterdir() if path.is_dir()]
    assert len(kept) == 3
    advance(store)
    assert len([path for path in (folder / "lexical").iterdir() if path.is_dir()]) == 1
    assert store.verify() == []


def test_a_backup_that_is_held_is_named_and_stays_what_it_was(
    store: Store, folder: Path, held: dict[str, int], tmp_path: Path
) -> None:
    file = tmp_path / "bản sao.zip"
    back_up(folder, file)
    advance(store)
    held[file.name] = 1_000_000
    with pytest.raises(StoreError) as caught:
        back_up(folder, file)
    assert caught.value.key == "backup.unwritable"
    restore(file, folder)
    assert step_of(store) == 2


# ── A full disk ───────────────────────────────────────────────────────────────────────────────────


def test_when_sqlite_finds_no_room_nothing_happened(store: Store, folder: Path) -> None:
    def write() -> None:
        with store.write(durable.RECIPE) as writer:
            pages = writer._database.scalar("PRAGMA page_count")
            writer._database.run(f"PRAGMA max_page_count = {pages}")
            for step in durable.steps(2, 40):
                durable.take(writer, step)

    with pytest.raises(StoreError) as caught:
        write()
    assert caught.value.key == "index.unusable"
    assert "full" in str(caught.value)
    assert step_of(store) == step_of_another_process(folder) == 2
    assert store.verify() == []
    advance(store)
    assert step_of(store) == 3


@pytest.mark.parametrize("target", ["passages.faiss.new", "passages.faiss.json.new", "manifest.json.new"])
def test_when_only_what_is_derived_finds_no_room_the_commit_is_kept(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    original = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == target:
            original(path, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return original(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError) as caught:
            advance(store)
        assert caught.value.key == "index.unusable"
        assert step_of(store) == step_of_another_process(folder) == 3
    assert step_of(store) == 3
    advance(store)
    assert store.verify() == []


def test_words_that_found_no_room_take_none(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    shutil.rmtree(folder / "lexical")
    with monkeypatch.context() as patch:
        patch.setattr(lexical.LexicalFolder, "_write_manifest", full)
        with pytest.raises(StoreError):
            advance(store)
        assert list((folder / "lexical").iterdir()) == []
    assert step_of_another_process(folder) == 3


# ── Two writers ───────────────────────────────────────────────────────────────────────────────────


def test_a_writer_whose_lock_is_stolen_keeps_the_truth_to_itself(store: Store, folder: Path) -> None:
    """Somebody deleted the lock's file: SQLite still lets only one of them write at a time."""
    with closing(Store.open(folder)) as thief:
        with store.write(durable.RECIPE) as writer:
            durable.take(writer, 3)
            (folder / "write.lock").unlink()
            with thief.write(durable.RECIPE) as other:
                other._database.run("PRAGMA busy_timeout = 0")
                with pytest.raises(IndexLocked):
                    durable.take(other, 3)
            writer.commit()
            with thief.write(durable.RECIPE) as other:
                durable.take(other, 4)
            durable.take(writer, 5)
        assert step_of(store) == step_of(thief) == 5
        assert store.verify() == []


def test_what_a_thief_commits_while_words_are_derived_is_not_taken_for_derived(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, stolen = lexical._fill, list[bool]()

    def slow(*arguments: Any, **named: Any) -> bool:
        whole = original(*arguments, **named)
        if not stolen:
            stolen.append(True)
            (folder / "write.lock").unlink()
            with closing(Store.open(folder)) as thief, thief.write(durable.RECIPE) as other:
                durable.take(other, 4)
        return whole

    monkeypatch.setattr(lexical, "_fill", slow)
    with pytest.raises(StoreError) as caught:
        advance(store)  # the thief takes the words that are not yet vouched for as damaged, and makes others
    assert caught.value.key == "index.unusable"
    assert stolen == [True]
    assert step_of(store) == step_of_another_process(folder) == 4
    assert store.verify() == []
