"""The Build flow: the index equals the articles, after every change and interruption."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from rag import indexing
from rag.articles.read import read_articles
from rag.embedding import FakeEmbedder
from rag.errors import ArticleError, EmbedderMismatch, InputError
from rag.indexing import Summary
from rag.settings import Settings
from rag.store import Store, Writer
from rag.store.lexical import terms
from rag.texts import text
from rag.types import Article, FloatMatrix


class CountingEmbedder(FakeEmbedder):
    """Remembers how many passages it embedded, and is interrupted when told to be."""

    def __init__(self, *, dimension: int = 512, batches: int = 1_000) -> None:
        super().__init__(dimension=dimension, max_tokens=512)
        self.embedded = 0
        self.batches = batches

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        if not self.batches:
            raise KeyboardInterrupt
        self.batches -= 1
        self.embedded += len(texts)
        return super().embed_passages(texts)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "bài báo"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index=tmp_path / "chỉ mục")


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(Store.open(settings.index, create=True)) as opened:
        yield opened


def body(topic: str) -> str:
    return f"Sáng nay, {topic} được nhắc đến trong một cuộc họp dài của thành phố."


def write(file: Path, *articles: tuple[str | None, str]) -> Path:
    """A `.json` or `.jsonl` file of articles given by id (None: the file names it) and topic."""
    records = [
        {"title": f"Chuyện về {topic}", "body": body(topic)} | ({"id": name} if name else {})
        for name, topic in articles
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def suffix(file: Path) -> str:
    return "~" + sha256(str(file).encode()).hexdigest()[:8]


def ids(store: Store) -> list[str]:
    with store.snapshot() as snapshot:
        return sorted(listed.id for listed in snapshot.articles())


def found(store: Store, topic: str) -> tuple[set[str], set[str]]:
    """Ids that the dense and the lexical leg find for a topic."""
    question = FakeEmbedder(dimension=512).embed_queries([body(topic)])[0]
    with store.snapshot() as snapshot:
        dense = {s.passage.article_id for s in snapshot.dense(question, 10) if s.score > 0.9}
        lexical = snapshot.lexical(terms(topic, folded=False), 10, folded=False)
    return dense, {scored.passage.article_id for scored in lexical}


# ── Adding ────────────────────────────────────────────────────────────────────────────────────────


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


# ── Removing ──────────────────────────────────────────────────────────────────────────────────────


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


# ── Rebuilding ────────────────────────────────────────────────────────────────────────────────────


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


# ── Watching ──────────────────────────────────────────────────────────────────────────────────────


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


# ── Following and stopping an `add` ───────────────────────────────────────────────────────────────


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
