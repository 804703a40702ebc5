"""Files that cannot be read, and work that is interrupted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from indexed import CountingEmbedder, found, ids, write

from rag import indexing
from rag.embedding import FakeEmbedder
from rag.errors import EmbedderMismatch, InputError
from rag.indexing import Summary
from rag.settings import Settings
from rag.store import Store, Writer
from rag.texts import text


def test_what_cannot_be_read_stops_nothing_else(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    empty = news / "rỗng.json"
    empty.write_bytes(b"")
    write(news / "tốt.json", (None, "vải thiều"))
    for unchanged in (0, 1):
        summary = indexing.add([news], store, embedder, settings)
        assert [str(problem) for problem in summary.skipped] == [text("articles.empty_file", path=empty)]
        assert (summary.added, summary.unchanged) == (1 - unchanged, unchanged)
    assert ids(store) == ["tốt"]
    write(empty, (None, "chôm chôm"))
    assert indexing.add([news], store, embedder, settings) == Summary(1, 0, 1, 0, ())


def test_a_broken_line_costs_only_itself(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    file = write(news / "tin.jsonl", ("a", "vải thiều"), ("b", "chôm chôm"))
    file.write_text("{đứt\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    summary = indexing.add([news], store, embedder, settings)
    assert (summary.added, [problem.key for problem in summary.skipped]) == (2, ["articles.broken_line"])
    assert ids(store) == ["a", "b"]


def test_a_path_that_leads_to_nothing_changes_nothing(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "a.json", (None, "vải thiều"))
    with pytest.raises(InputError):
        indexing.add([news, news / "không có"], store, embedder, settings)
    assert ids(store) == []


def test_another_embedder_is_refused(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "a.json", (None, "vải thiều"))
    indexing.add([news], store, embedder, settings)
    with pytest.raises(EmbedderMismatch):
        indexing.add([news], store, CountingEmbedder(dimension=16), settings)
    with pytest.raises(EmbedderMismatch):
        indexing.add([news], store, embedder, replace(settings, passage_tokens=64))


def test_passages_leave_room_for_the_title(settings: Settings) -> None:
    def tokens(limit: int) -> str:
        return indexing.recipe(FakeEmbedder(max_tokens=limit), settings).splitter.split("/")[1]

    assert [tokens(limit) for limit in (8192, 512, 256, 128)] == ["256", "256", "128", "64"]


def test_progress_is_told(store: Store, news: Path, embedder: CountingEmbedder, settings: Settings) -> None:
    write(news / "1.json", (None, "vải thiều"))
    write(news / "2.jsonl", *((f"a{n}", f"chôm chôm {n}") for n in range(70)))
    told: list[tuple[str, int, int]] = []
    indexing.add([news], store, embedder, settings, progress=lambda *step: told.append(step))
    assert told == [
        ("read", 0, 2),
        ("read", 1, 2),
        ("read", 2, 2),
        ("embed", 0, 71),
        ("embed", 64, 71),
        ("embed", 71, 71),
    ]


def test_an_interruption_loses_one_batch_of_vectors(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    write(news / "tin.jsonl", *((f"a{n}", f"chôm chôm {n}") for n in range(150)))
    embedder.batches = 2
    with pytest.raises(KeyboardInterrupt):
        indexing.add([news], store, embedder, settings)
    assert (store.status().articles, store.status().pending_vectors) == (150, 150 - 128)
    assert found(store, "149")[1] == {"a149"}
    embedder.batches = 10
    assert indexing.add([news], store, embedder, settings) == Summary(0, 0, 150, 0, ())
    assert embedder.embedded == 150
    assert store.status().pending_vectors == 0
    assert store.verify() == []


def test_an_interruption_of_reading_goes_on_where_it_was(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "ARTICLES_PER_COMMIT", 4)
    write(news / "tin.jsonl", *((f"a{n}", f"chôm chôm {n}") for n in range(10)))
    original = Writer.put

    def interrupted(writer: Writer, *arguments: object) -> None:
        if arguments[0].id == "a9":  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        original(writer, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Writer, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        indexing.add([news], store, embedder, settings)
    assert ids(store) == [f"a{n}" for n in range(8)]
    monkeypatch.setattr(Writer, "put", original)
    assert indexing.add([news], store, embedder, settings) == Summary(2, 0, 8, 0, ())
