"""What is damaged, missing or foreign in an index is healed from SQLite, named, or found by `verify`."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from stored import (
    CAMAU,
    EMBEDDER,
    HUE,
    RECIPE,
    article,
    both,
    commit_and_die,
    dense,
    lexical,
    put,
)

from rag.errors import StoreError
from rag.store import Problem, Scored, Store, back_up, checks, restore
from rag.store.database import Database
from rag.store.lexical import terms
from rag.texts import text


@contextmanager
def changing(folder: Path) -> Iterator[sqlite3.Connection]:
    """The articles of an index, past everything that keeps them sound."""
    with closing(sqlite3.connect(folder / "articles.sqlite")) as connection, connection:
        yield connection


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


def test_killed_between_sqlite_and_the_derived_indexes_it_is_caught_up(filled: Store, folder: Path) -> None:
    (lexical_folder,) = (path for path in (folder / "lexical").iterdir() if path.is_dir())
    filled.close()
    commit_and_die(folder)
    with closing(Store.open(folder)) as opened:
        behind = text("index.derived_behind")
        assert opened.verify() == [Problem("passages.faiss", behind), Problem("lexical", behind)]
        assert both(opened, "cam sành") == (["late#0"], ["late#0"])
        assert both(opened, "mưa") == (["hanoi#0"], ["hanoi#0"])
        assert opened.verify() == []
    assert lexical_folder.is_dir()  # caught up, not built again


def test_damage_to_the_truth_is_reported(filled: Store, folder: Path) -> None:
    filled.close()
    with changing(folder) as connection:
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
    with changing(folder) as connection:
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
    with changing(folder) as connection:
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
    with changing(folder) as connection:
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
    with changing(folder) as connection:
        connection.execute(change)
    with closing(Store.open(folder)) as opened:
        assert both(opened, "mưa lớn") == ([], [])
        assert opened.verify() == []


def test_damaged_vectors_are_not_derived_from(filled: Store, folder: Path) -> None:
    filled.close()
    (folder / "passages.faiss").unlink()
    with changing(folder) as connection:
        connection.execute("UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE passage = 1)")
    with closing(Store.open(folder)) as opened, pytest.raises(StoreError) as caught, opened.snapshot():
        pass
    assert caught.value.key == "index.damaged_row"
    assert caught.value.values["place"] in ("vectors/2", "vectors/3", "vectors/4")


@pytest.mark.parametrize("key", ["sequence", "store", "fingerprint", "dimension", "seal"])
def test_a_changed_word_of_the_index_about_itself_is_named(filled: Store, folder: Path, key: str) -> None:
    filled.close()
    with changing(folder) as connection:
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


def made_older(folder: Path, version: int) -> None:
    """Leaves of an index what it was in an earlier format."""
    with closing(Database(folder)) as database:
        database.run("ALTER TABLE articles DROP COLUMN published_from")
        for table in checks.OF if version == 1 else ():
            database.run(f'ALTER TABLE {table} DROP COLUMN "check"')
        database.set_meta("format", version)
        if version == 1:
            database.run("DELETE FROM meta WHERE key = 'seal'")


@pytest.mark.parametrize("version", [1, 2])
def test_an_index_of_an_older_format_is_migrated(
    filled: Store, folder: Path, tmp_path: Path, version: int
) -> None:
    filled.close()
    made_older(folder, version)
    with closing(Store.open(folder)) as opened:
        assert opened.verify() == []
        assert both(opened, "áo dài") == (["hue#0"], ["hue#0"])
        with opened.write(RECIPE) as writer:
            put(writer, article("late", "Cam sành chín sớm.", published="2024-03-12", published_from="url"))
        assert both(opened, "cam sành") == (["late#0"], ["late#0"])
        with opened.snapshot() as snapshot:
            assert {one.id: one.published_from for one in snapshot.articles()} == {
                **dict.fromkeys(("hanoi", "hue", "camau")),
                "late": "url",
            }
            assert snapshot.article("late").published_from == "url"
        assert opened.verify() == []
        back_up(folder, tmp_path / "bản sao.zip")
        assert restore(tmp_path / "bản sao.zip", folder)[0].articles == 4
        assert both(opened, "cam sành") == (["late#0"], ["late#0"])


@pytest.mark.parametrize("version", [1, 2])
def test_a_migration_that_is_interrupted_changes_nothing(
    filled: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    filled.close()
    made_older(folder, version)
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
    with changing(folder) as connection:
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
