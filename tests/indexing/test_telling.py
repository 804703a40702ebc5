"""What is told of an `add` while it runs, and how it is stopped."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from indexed import CountingEmbedder, found, write

from rag import indexing
from rag.indexing import Summary
from rag.settings import Settings
from rag.store import Store


def test_each_file_is_reported_when_it_has_been_read(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    two = write(news / "a.jsonl", ("a", "vải thiều"), ("b", "chôm chôm"))
    broken = news / "b.json"
    broken.write_text("{", encoding="utf-8")
    partly = write(news / "c.jsonl", ("c", "sầu riêng"))
    partly.write_text(partly.read_text(encoding="utf-8") + "[]\n", encoding="utf-8")
    reports: list[indexing.FileReport] = []
    summary = indexing.add([news], store, embedder, settings, report=reports.append)
    assert [(r.path, r.articles, [p.key for p in r.problems]) for r in reports] == [
        (two, 2, []),
        (broken, 0, ["articles.broken_json"]),
        (partly, 1, ["articles.no_record"]),
    ]
    assert summary.skipped == (*reports[1].problems, *reports[2].problems)


def test_a_cancelled_add_keeps_what_was_read_and_the_next_goes_on(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings
) -> None:
    for name in ("a", "b", "c"):
        write(news / f"{name}.json", (name, "sầu riêng"))
    reports: list[indexing.FileReport] = []
    summary = indexing.add(
        [news], store, embedder, settings, report=reports.append, cancelled=lambda: len(reports) == 2
    )
    assert summary.added == 2
    assert (store.status().articles, store.status().pending_vectors, embedder.embedded) == (2, 2, 0)
    assert found(store, "sầu riêng") == (set(), {"a", "b"})
    assert indexing.add([news], store, embedder, settings) == Summary(1, 0, 2, 0, ())
    assert (store.status().pending_vectors, embedder.embedded) == (0, 3)


def test_embedding_stops_between_two_batches(
    store: Store, news: Path, embedder: CountingEmbedder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "PASSAGES_PER_COMMIT", 2)
    write(news / "a.jsonl", *((str(number), "vải thiều") for number in range(5)))
    indexing.add([news], store, embedder, settings, cancelled=lambda: embedder.embedded == 2)
    assert (store.status().articles, store.status().pending_vectors) == (5, 3)
    assert store.verify() == []


def test_an_english_article_is_told_once_and_not_read_again(
    news: Path, settings: Settings, embedder: CountingEmbedder
) -> None:
    (news / "bridge.txt").write_text(
        "Bridge opens two months early\n\nThe bridge over the river was opened to traffic on Monday, two "
        "months before the date that had been promised to the people who live on its other side.\n",
        encoding="utf-8",
    )
    with closing(Store.open(settings.index, create=True)) as store:
        first = indexing.add([news], store, embedder, settings)
        assert (first.added, first.skipped) == (1, ())
        assert [note.key for note in first.notes] == ["articles.english_article"]
        again = indexing.add([news], store, embedder, settings)
    assert (again.unchanged, again.skipped, again.notes) == (1, (), ())
