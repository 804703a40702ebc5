"""A backup holds one commit whole; restoring it is one commit more, or nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from benchmarks import durable
from rag.errors import HoiBaoError, IndexLocked, InputError, StoreError
from rag.store import Store, back_up, restore
from rag.store.files import write_lock
from rag.texts import text


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ổ đĩa ngoài" / "bản sao 1.zip"


@pytest.fixture
def store(folder: Path, file: Path) -> Iterator[Store]:
    """After step 3."""
    file.parent.mkdir()
    with closing(Store.open(folder, create=True)) as opened:
        durable.commit(opened, 3)
        yield opened


def step_of(store: Store) -> int:
    with store.snapshot() as snapshot:
        return durable.read(snapshot)


def step_in(folder: Path) -> int:
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == []
        return step_of(opened)


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "new" in path.name)


# ── There and back ────────────────────────────────────────────────────────────────────────────────


def test_a_backup_says_what_it_holds(store: Store, folder: Path, file: Path) -> None:
    told: list[str] = []
    backup = back_up(
        folder, file, progress=lambda stage, done, total: told.append(f"{stage} {done <= total}")
    )
    assert (backup.kind, backup.format, backup.sequence, backup.articles) == ("hoibao index", 3, 3, 5)
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == ["articles.sqlite", "manifest.json"]
        content = archive.read("articles.sqlite")
        assert json.loads(archive.read("manifest.json"))["sha256"] == sha256(content).hexdigest()
    assert backup.bytes == len(content)
    assert set(told) == {"copy True", "pack True"}
    assert left_over(file.parent) == []


def test_restoring_is_one_more_commit(store: Store, folder: Path, file: Path) -> None:
    back_up(folder, file)
    durable.commit(store, 4)
    with store.snapshot() as before:
        assert restore(file, folder)[1] is None
        assert durable.read(before) == 7
    with store.snapshot() as after:
        assert (durable.read(after), after.sequence) == (3, 8)
    assert store.verify() == []
    durable.commit(store, 1)
    assert step_of(store) == 4
    assert left_over(folder) == []


def test_nothing_derived_of_as_many_other_passages_is_kept(store: Store, folder: Path, file: Path) -> None:
    """Counting what was caught up would not tell: from step 4 on there are always as many."""
    durable.commit(store, 1)
    back_up(folder, file)
    durable.commit(store, 4)
    before = store.status().passages
    restore(file, folder)
    assert store.status().passages == before
    assert step_of(store) == 4
    assert store.verify() == []


def test_a_backup_of_the_future_is_restored_as_well(store: Store, folder: Path, file: Path) -> None:
    """The index was begun anew since: its sequence is lower than that of the backup."""
    back_up(folder, file)
    other = folder.with_name("mới")
    with closing(Store.open(other, create=True)) as fresh:
        durable.commit(fresh, 1)
        restore(file, other)
        assert step_of(fresh) == 3
        with fresh.snapshot() as snapshot:
            assert snapshot.sequence == 4
    assert step_in(other) == 3
    assert step_in(folder) == 3


def test_an_index_is_restored_where_there_is_none(store: Store, file: Path, tmp_path: Path) -> None:
    back_up(store.folder, file)
    assert restore(file, tmp_path / "a" / "b") == (back_up(store.folder, file), None)
    assert step_in(tmp_path / "a" / "b") == 3


def test_a_later_backup_takes_the_place_of_an_earlier(store: Store, folder: Path, file: Path) -> None:
    back_up(folder, file)
    durable.commit(store, 1)
    assert back_up(folder, file).sequence == 4
    restore(file, folder)
    assert step_of(store) == 4


def test_a_backup_is_of_one_commit_while_others_are_made(
    store: Store, folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.store.backup.PAGES", 1)
    steps: list[int] = []

    def write(stage: str, done: int, total: int) -> None:
        if stage == "copy" and len(steps) < 5:
            writer = threading.Thread(target=durable.commit, args=(store, 1))
            writer.start()
            writer.join()
            steps.append(done)

    assert back_up(folder, file, progress=write).sequence == 3
    assert len(steps) == 5
    assert step_of(store) == 8
    restore(file, folder)
    assert step_of(store) == 3


@pytest.mark.parametrize("damage", [b"", b"x" * 9_000])
def test_a_ruined_index_is_set_aside(store: Store, folder: Path, file: Path, damage: bytes) -> None:
    back_up(folder, file)
    store.close()
    (folder / "articles.sqlite").write_bytes(damage)
    _, aside = restore(file, folder)
    assert aside == folder / "articles.sqlite.damaged"
    assert aside.read_bytes() == damage
    assert step_in(folder) == 3


# ── What is refused ───────────────────────────────────────────────────────────────────────────────


def refused(file: Path, folder: Path) -> HoiBaoError:
    with pytest.raises(HoiBaoError) as caught:
        restore(file, folder)
    return caught.value


def test_foreign_files_are_named(store: Store, folder: Path, file: Path) -> None:
    assert str(refused(file, folder)) == text("backup.missing", file=file)
    for content in (b"", b"PK\x03\x04", b"Kh\xc3\xb4ng ph\xe1\xba\xa3i" * 20):
        file.write_bytes(content)
        assert str(refused(file, folder)) == text("backup.foreign", file=file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bài báo.txt", "Mưa lớn.")
    assert str(refused(file, folder)) == text("backup.foreign", file=file)
    assert step_of(store) == 3


def say_otherwise(file: Path, **said: object) -> None:
    """Changes what a backup says of itself."""
    with zipfile.ZipFile(file) as archive:
        content, manifest = archive.read("articles.sqlite"), json.loads(archive.read("manifest.json"))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("articles.sqlite", content)
        archive.writestr("manifest.json", json.dumps(manifest | said))


def test_a_newer_backup_is_refused_with_the_cure(store: Store, folder: Path, file: Path) -> None:
    known = back_up(folder, file).format
    say_otherwise(file, format=9, unheard_of=1)
    assert str(refused(file, folder)) == text("backup.newer", file=file, found=9, known=known)


@pytest.mark.parametrize(
    "said", [{"bytes": "69632"}, {"articles": None}, {"sequence": 1.5}, {"sha256": 5}, {"unheard_of": 1}]
)
def test_a_backup_that_says_nonsense_of_itself_is_damaged(
    store: Store, folder: Path, file: Path, said: dict[str, object]
) -> None:
    back_up(folder, file)
    say_otherwise(file, **said)
    assert refused(file, folder).key == "backup.damaged"
    assert step_of(store) == 3


@pytest.mark.parametrize("share", [0.001, 0.3, 0.6, 0.985, 0.999])
def test_damage_is_found_before_anything_is_touched(
    store: Store, folder: Path, file: Path, share: float
) -> None:
    back_up(folder, file)
    durable.commit(store, 1)
    whole = file.read_bytes()
    place = int(share * len(whole))
    flipped = bytearray(whole)
    flipped[place] ^= 0x10
    for content in (whole[:place], bytes(flipped)):
        file.write_bytes(content)
        key = outcome(file, folder)
        # Some bits have no meaning, such as where in a row of zeros the same zeros are copied from.
        assert (key, step_of(store)) in [("backup.damaged", 4), ("backup.foreign", 4), (None, 3)]
        assert key is not None or content == bytes(flipped)
    assert left_over(folder) == []


def outcome(file: Path, folder: Path) -> str | None:
    try:
        restore(file, folder)
    except InputError as error:
        return error.key
    return None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE articles SET text = 'Khác.' WHERE id = 'không đổi'",
        "CREATE TRIGGER theft AFTER INSERT ON articles BEGIN DELETE FROM vectors; END",
        "DROP TABLE passages",
    ],
)
def test_a_backup_that_somebody_changed_is_damaged(
    store: Store, folder: Path, file: Path, tmp_path: Path, change: str
) -> None:
    """With a sha256 that fits."""
    back_up(folder, file)
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        archive.extract("articles.sqlite", tmp_path)
    with closing(sqlite3.connect(tmp_path / "articles.sqlite")) as connection, connection:
        connection.execute(change)
    content = (tmp_path / "articles.sqlite").read_bytes()
    manifest |= {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("articles.sqlite", content)
        archive.writestr("manifest.json", json.dumps(manifest))
    assert refused(file, folder).key == "backup.damaged"
    assert step_of(store) == 3
    assert left_over(folder) == []


def test_a_damaged_index_is_not_backed_up(store: Store, folder: Path, file: Path) -> None:
    back_up(folder, file)
    before = file.read_bytes()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        connection.execute("UPDATE articles SET text = 'Khác.' WHERE id = 'không đổi'")
    with pytest.raises(StoreError) as caught:
        back_up(folder, file)
    assert caught.value.key == "backup.source_damaged"
    assert "không đổi" in str(caught.value)
    assert file.read_bytes() == before


def test_other_files_are_left_alone(store: Store, folder: Path, file: Path) -> None:
    file.write_text("Sổ tay.", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        back_up(folder, file)
    assert str(caught.value) == text("backup.in_the_way", file=file)
    assert file.read_text(encoding="utf-8") == "Sổ tay."
    with pytest.raises(InputError) as caught:
        back_up(folder, folder / "bản sao.zip")
    assert str(caught.value) == text("backup.inside", file=folder / "bản sao.zip")


def test_nowhere_to_write_is_named(store: Store, folder: Path, file: Path) -> None:
    with pytest.raises(StoreError) as caught:
        back_up(folder, file.parent / "không có" / "bản sao.zip")
    assert caught.value.key == "backup.unwritable"


def test_without_an_index_there_is_no_backup(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        back_up(folder, tmp_path / "bản sao.zip")
    assert str(caught.value) == text("index.missing", folder=folder)


def test_nobody_may_write_meanwhile(store: Store, folder: Path, file: Path) -> None:
    back_up(folder, file)
    with write_lock(folder), pytest.raises(IndexLocked):
        restore(file, folder)
    assert step_of(store) == 3


def test_what_an_interrupted_run_has_left_is_no_hindrance(store: Store, folder: Path, file: Path) -> None:
    for rest in (folder / "restore.new", file.with_name(f"{file.name}.new")):
        rest.mkdir()
        (rest / "articles.sqlite").write_bytes(b"half")
    back_up(folder, file)
    shutil.rmtree(folder / "lexical")
    restore(file, folder)
    assert step_of(store) == 3
