from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
from web_fakes import real_library

from rag import archive, indexing
from rag.archive import Archive, Count, Names
from rag.settings import Settings
from rag.store import ArticleSummary, Store
from rag.types import Article
from rag.web import counting
from rag.web.counting import Counting
from rag.web.desk import Desk
from rag.web.pages import figures as page
from rag.web.site import Site

TEXT = "Bà Nông Thị Mơ mở quán ở xã Lũng Pù. Quán của bà Nông Thị Mơ đông khách."


def counted(count: Counting, collection: str, sequence: int) -> Names:
    """What is known once the count is over."""
    count.names(collection, sequence)
    counting_ends()
    found, more = count.names(collection, sequence)
    assert found is not None
    assert not more
    return found


def counting_ends() -> None:
    for thread in threading.enumerate():
        if thread.name == "counting":
            thread.join(timeout=20)


def test_counted_in_the_background_and_again_when_the_index_has_changed(settings: Settings) -> None:
    library = real_library(settings)
    articles = [Article(name, "Quán mới", f"{TEXT} Số {name}.", "2024-04-05") for name in ("a", "b", "c")]
    store: Store = library.store()
    indexing.add_articles(articles[:2], store, library.embedder, settings)
    desk = Desk(lambda: nullcontext(library))
    desk._loading.result()
    count = Counting(desk)
    with store.snapshot() as snapshot:
        sequence = snapshot.sequence
    first = counted(count, library.default, sequence)
    assert (first.people, first.is_final) == ((Count("Nông Thị Mơ", 2),), True)
    indexing.add_articles(articles[2:], store, library.embedder, settings)
    with store.snapshot() as snapshot:
        assert snapshot.sequence > sequence
        sequence = snapshot.sequence
    assert counted(count, library.default, sequence).people == (Count("Nông Thị Mơ", 3),)
    desk.close()


def test_what_was_known_is_shown_until_the_new_count_is_done(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = real_library(settings)
    desk = Desk(lambda: nullcontext(library))
    desk._loading.result()
    old = Names(1, 9, 9, 9, (Count("Nông Thị Mơ", 9),), (), (), ())
    go = threading.Event()

    def slow(store: Store, wait: object) -> object:
        yield replace(old, sequence=2, read=0, people=())
        go.wait(timeout=20)
        yield replace(old, sequence=2, people=(Count("Lò Văn Sính", 9),))

    monkeypatch.setattr(counting, "read_names", slow)
    count = Counting(desk)
    count._found[library.default] = old
    assert count.names(library.default, 2) == (old, True)
    go.set()
    assert counted(count, library.default, 2).people == (Count("Lò Văn Sính", 9),)
    desk.close()


def test_a_collection_that_is_gone_ends_its_count(settings: Settings) -> None:
    library = real_library(settings)
    desk = Desk(lambda: nullcontext(library))
    desk._loading.result()
    count = Counting(desk)
    assert count.names("đã xóa", 1) == (None, True)
    counting_ends()
    assert count._wanted == []
    desk.close()


def test_a_count_that_ends_while_the_page_is_filled_is_shown_by_the_next_tick(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = real_library(settings)
    articles = [Article(name, "Quán mới", TEXT, "2024-04-05") for name in ("a", "b")]
    indexing.add_articles(articles, library.store(), library.embedder, settings)
    desk = Desk(lambda: nullcontext(library))
    desk._loading.result()

    def archive_of(summaries: list[ArticleSummary]) -> Archive:
        counting_ends()
        return archive.archive_of(summaries)

    monkeypatch.setattr(page, "archive_of", archive_of)
    shown = page.Page(Site(desk, settings, *[None] * 3))  # type: ignore[arg-type]  # the page needs no more
    for part in ("header", "switcher", "overview", "names", "sequence", "timer"):
        setattr(shown, part, part)
    reader = SimpleNamespace(query_params={})
    first = shown.on_tick(-1, reader)
    assert "Sắp đếm tên" in first["names"]
    assert "timer" not in first
    second = shown.on_tick(first["sequence"], reader)
    assert "Nông Thị Mơ" in second["names"]
    assert second["timer"].active is False
    desk.close()
