"""Adding: the index equals the files and folders that were named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from indexed import CountingEmbedder, body, found, ids, suffix, write

from rag import indexing
from rag.articles.read import read_articles
from rag.errors import ArticleError, InputError
from rag.indexing import Summary
from rag.settings import Settings
from rag.store import Store, Writer
from rag.texts import text
from rag.types import Article


def test_articles_are_added_and_found(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "một.json", (None, "sầu riêng"))
    write(news / "sâu" / "nhiều.jsonl", ("a", "vải thiều"), ("b", "chôm chôm"))
    assert indexing.add([news], store, embedder, settings) == Summary(3, 0, 0, 0, ())
    assert ids(store) == ["a", "b", "một"]
    assert found(store, "vải thiều")[1] == {"a"}
    with store.snapshot() as snapshot:
        assert snapshot.article("một").path == news / "một.json"
        assert snapshot.article("a").text == body("vải thiều")
        assert snapshot.recipe == indexing.recipe(embedder, settings)
    assert store.verify() == []


def test_unchanged_files_are_not_read_again(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    file = write(news / "nhiều.jsonl", ("a", "vải thiều"), ("b", "chôm chôm"))
    indexing.add([news], store, embedder, settings)
    sequence, embedded = store.status().sequence, embedder.embedded
    assert indexing.add([news], store, embedder, settings) == Summary(0, 0, 2, 0, ())
    assert (store.status().sequence, embedder.embedded) == (sequence, embedded)
    os.utime(file, ns=(1, 1))
    assert indexing.add([file], store, embedder, settings) == Summary(0, 0, 2, 0, ())
    with store.write() as writer:
        assert writer.files()[file].mtime_ns == 1
    assert embedder.embedded == embedded


def test_changed_files_replace_what_came_from_them(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    file = write(news / "nhiều.jsonl", ("a", "vải thiều"), ("b", "chôm chôm"), ("c", "măng cụt"))
    indexing.add([news], store, embedder, settings)
    embedder.embedded = 0
    write(file, ("a", "vải thiều"), ("b", "sầu riêng"), ("d", "bưởi da xanh"))
    assert indexing.add([news], store, embedder, settings) == Summary(1, 1, 1, 1, ())
    assert embedder.embedded == 2
    assert ids(store) == ["a", "b", "d"]
    assert found(store, "chôm chôm") == (set(), set())
    assert found(store, "măng cụt") == (set(), set())
    assert "b" in found(store, "sầu riêng")[1]
    assert store.verify() == []


def test_a_file_gone_from_an_added_folder_is_gone_from_the_index(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    gone = write(news / "đi.jsonl", ("a", "vải thiều"), ("b", "chôm chôm"))
    write(news / "còn.json", (None, "sầu riêng"))
    indexing.add([news], store, embedder, settings)
    gone.unlink()
    assert indexing.add([news / "còn.json"], store, embedder, settings) == Summary(0, 0, 1, 0, ())
    assert indexing.add([news], store, embedder, settings) == Summary(0, 0, 1, 2, ())
    assert ids(store) == ["còn"]
    assert found(store, "chôm chôm") == (set(), set())


@pytest.mark.parametrize("named", ["đi.json", "*.json", "đ*"])
def test_a_file_that_is_gone_may_be_named_by_itself_or_by_a_glob(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings, named: str
) -> None:
    gone = write(news / "đi.json", (None, "vải thiều"))
    indexing.add([news], store, embedder, settings)
    gone.unlink()
    assert indexing.add([news / named], store, embedder, settings) == Summary(0, 0, 0, 1, ())
    with pytest.raises(InputError):
        indexing.add([news / named], store, embedder, settings)


def test_a_folder_that_is_gone_takes_nothing_with_it(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "a.json", (None, "vải thiều"))
    indexing.add([news], store, embedder, settings)
    news.rename(news.with_name("ổ đĩa đã rút"))
    with pytest.raises(InputError) as caught:
        indexing.add([news], store, embedder, settings)
    assert str(caught.value) == text("articles.unknown_path", path=news)
    assert ids(store) == ["a"]


def test_a_moved_file_is_recognised(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    file = write(news / "a.json", (None, "vải thiều"))
    indexing.add([news], store, embedder, settings)
    moved = news / "trong" / "a.json"
    moved.parent.mkdir()
    file.rename(moved)
    assert indexing.add([news], store, embedder, settings) == Summary(0, 0, 1, 0, ())
    assert embedder.embedded == 1
    with store.snapshot() as snapshot:
        assert snapshot.article("a").path == moved
    renamed = moved.rename(news / "b.json")
    assert indexing.add([news], store, embedder, settings) == Summary(0, 0, 1, 0, ())
    assert (ids(store), embedder.embedded) == (["b"], 1)
    assert found(store, "vải thiều") == ({"b"}, {"b"})
    with store.snapshot() as snapshot:
        assert (snapshot.article("b").path, snapshot.passage("b#0").article_id) == (renamed, "b")
    assert indexing.add([news], store, embedder, settings) == Summary(0, 0, 1, 0, ())
    assert store.verify() == []


def test_files_that_change_places_keep_their_vectors(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    """One takes the name that another had, which is gone: its id is free again."""
    write(news / "1" / "tin.jsonl", (None, "vải thiều"))
    second = write(news / "2.jsonl", ("x", "măng cụt"), ("y", "chôm chôm"))
    indexing.add([news], store, embedder, settings)
    (news / "1" / "tin.jsonl").unlink()
    (news / "3").mkdir()
    second.rename(news / "3" / "tin.jsonl")
    write(news / "4" / "tin.jsonl", ("tin-1", "bưởi da xanh"))
    assert indexing.add([news], store, embedder, settings) == Summary(1, 0, 2, 1, ())
    assert ids(store) == ["tin-1", "x", "y"]
    assert embedder.embedded == 4
    assert store.verify() == []


def test_an_interrupted_move_goes_on(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "ARTICLES_PER_COMMIT", 2)
    file = write(news / "tin.jsonl", *((f"a{n}", f"chôm chôm {n}") for n in range(5)))
    indexing.add([news], store, embedder, settings)
    file.rename(news / "bài.jsonl")
    original = Writer.put

    def interrupted(writer: Writer, *arguments: object) -> None:
        if arguments[0].id == "a3":  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        original(writer, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "put", interrupted)
        with pytest.raises(KeyboardInterrupt):
            indexing.add([news], store, embedder, settings)
    assert ids(store) == [f"a{n}" for n in range(5)]
    assert store.verify() == []
    assert indexing.add([news], store, embedder, settings) == Summary(0, 0, 5, 0, ())
    assert embedder.embedded == 5
    assert store.verify() == []


def test_a_file_that_changes_while_it_is_read_is_named_and_read_again(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(news / "0.json", (None, "sầu riêng"))
    file = write(news / "1.jsonl", ("a", "vải thiều"))

    def growing(path: Path, problems: Callable[[ArticleError], None]) -> Iterator[Article]:
        yield from read_articles(path, problems)
        if path == file:
            write(file, ("a", "vải thiều"), ("b", "chôm chôm"))

    with monkeypatch.context() as patch:
        patch.setattr(indexing, "read_articles", growing)
        summary = indexing.add([news], store, embedder, settings)
    assert [str(problem) for problem in summary.skipped] == [text("articles.changing_file", path=file)]
    assert ids(store) == ["0", "a"]
    assert indexing.add([news], store, embedder, settings) == Summary(1, 0, 2, 0, ())
    assert ids(store) == ["0", "a", "b"]


def test_a_file_that_goes_while_it_is_read_is_named(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(news / "1.jsonl", ("a", "vải thiều"))

    def vanishing(path: Path, problems: Callable[[ArticleError], None]) -> Iterator[Article]:
        file.unlink()
        yield from ()

    monkeypatch.setattr(indexing, "read_articles", vanishing)
    summary = indexing.add([news], store, embedder, settings)
    assert [problem.key for problem in summary.skipped] == ["articles.changing_file"]
    assert ids(store) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has none")
def test_pipes_devices_and_loops_hold_nothing_up(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "a.json", (None, "vải thiều"))
    os.mkfifo(news / "ống.txt")
    (news / "số không.txt").symlink_to("/dev/zero")
    (news / "vòng.txt").symlink_to(news / "vòng.txt")
    (news / "sâu").mkdir()
    (news / "sâu" / "lại").symlink_to(news)
    assert indexing.add([news], store, embedder, settings) == Summary(1, 0, 0, 0, ())
    for name, problem in (("ống.txt", "no_file"), ("số không.txt", "no_file"), ("vòng.txt", "unknown_path")):
        with pytest.raises(InputError) as caught:
            indexing.add([news / name], store, embedder, settings)
        assert str(caught.value) == text(f"articles.{problem}", path=news / name)


def test_an_id_that_another_file_has_gets_a_suffix(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "1" / "tin.json", (None, "vải thiều"))
    second = write(news / "2" / "tin.json", (None, "chôm chôm"))
    assert indexing.add([news], store, embedder, settings) == Summary(2, 0, 0, 0, ())
    assert ids(store) == ["tin", "tin" + suffix(second)]
    assert found(store, "chôm chôm")[1] == {"tin" + suffix(second)}
    write(second, (None, "sầu riêng"))
    assert indexing.add([second], store, embedder, settings) == Summary(0, 1, 0, 0, ())
    assert ids(store) == ["tin", "tin" + suffix(second)]


def test_a_suffix_that_is_taken_gets_another(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "1.json", ("tin", "vải thiều"))
    second = news / "2.jsonl"
    mark = suffix(second)
    write(second, ("tin", "chôm chôm"), ("tin" + mark, "sầu riêng"))
    for summary in (Summary(3, 0, 0, 0, ()), Summary(0, 0, 3, 0, ())):
        assert indexing.add([news], store, embedder, settings) == summary
        assert ids(store) == ["tin", "tin" + mark, "tin" + mark + mark]
        os.utime(second)
        second.write_bytes(second.read_bytes() + b"\n")  # read again, same articles
