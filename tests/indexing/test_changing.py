"""Removing, rebuilding, and following a folder."""

from __future__ import annotations

import shutil
import threading
from contextlib import closing
from pathlib import Path

import pytest
from indexed import CountingEmbedder, found, ids, write

from rag import indexing
from rag.errors import InputError
from rag.indexing import Summary
from rag.settings import Settings
from rag.store import Store
from rag.texts import text


def test_remove_by_id_file_and_folder(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "1.json", ("a", "vải thiều"))
    file = write(news / "2.jsonl", ("b", "chôm chôm"), ("c", "măng cụt"))
    write(news / "sâu" / "3.json", ("d", "sầu riêng"))
    write(news / "4.json", ("e", "bưởi"))
    indexing.add([news], store, embedder, settings)
    assert indexing.remove(["a", str(file), str(news / "sâu")], store) == ("a", "b", "c", "d")
    assert ids(store) == ["e"]
    assert found(store, "măng cụt") == (set(), set())
    assert indexing.add([news], store, embedder, settings) == Summary(4, 0, 1, 0, ())


def test_remove_names_what_it_does_not_know_and_removes_nothing(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "1.json", ("a", "vải thiều"))
    indexing.add([news], store, embedder, settings)
    with pytest.raises(InputError) as caught:
        indexing.remove(["a", "không có", ""], store)
    assert str(caught.value) == text("index.nothing_to_remove", names="không có, ")
    assert ids(store) == ["a"]


def test_rebuild_with_another_embedder(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "tin.jsonl", *((f"a{n}", f"chôm chôm {n}") for n in range(100)))
    indexing.add([news], store, embedder, settings)
    other, told = CountingEmbedder(dimension=16, batches=1), []
    with pytest.raises(KeyboardInterrupt):
        indexing.rebuild(store, other, settings)
    assert store.recipe == indexing.recipe(embedder, settings)
    assert "a7" in found(store, "chôm chôm 7")[0]
    other.batches = 5
    indexing.rebuild(store, other, settings, progress=lambda *step: told.append(step))
    assert told == [("embed", 64, 100), ("embed", 100, 100)]
    assert other.embedded == 100
    assert store.recipe == indexing.recipe(other, settings)
    assert store.verify() == []
    assert indexing.add([news], store, other, settings) == Summary(0, 0, 100, 0, ())


def test_rebuild_with_the_same_embedder_only_derives_again(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "a.json", (None, "vải thiều"))
    indexing.add([news], store, embedder, settings)
    shutil.rmtree(settings.index / "lexical")
    (settings.index / "passages.faiss").write_bytes(b"")
    indexing.rebuild(store, embedder, settings)
    assert embedder.embedded == 1
    assert store.verify() == []
    assert found(store, "vải thiều") == ({"a"}, {"a"})


def test_watch_follows_a_folder(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    file = write(news / "a.json", (None, "vải thiều"))
    with closing(indexing.watch([news], store, embedder, settings)) as changes:
        assert next(changes) == Summary(1, 0, 0, 0, ())
        timer = threading.Timer(0.2, write, (news / "b.json", (None, "chôm chôm")))
        timer.start()
        assert next(changes) == Summary(1, 0, 1, 0, ())
        timer.join()
        file.unlink()
        assert next(changes) == Summary(0, 0, 1, 1, ())
    assert ids(store) == ["b"]


def test_watch_waits_for_another_writer(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "a.json", (None, "vải thiều"))
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with store.write():
            locked.set()
            release.wait(timeout=10)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(timeout=10)
    threading.Timer(1.5, release.set).start()
    with closing(indexing.watch([news], store, embedder, settings)) as changes:
        assert next(changes) == Summary(1, 0, 0, 0, ())
    holder.join()
