from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import replace

import pytest
from web_fakes import real_library

from rag import indexing
from rag.archive import Count, Names
from rag.settings import Settings
from rag.store import Store
from rag.types import Article
from rag.web import counting
from rag.web.counting import Counting
from rag.web.desk import Desk

TEXT = "Bà Nông Thị Mơ mở quán ở xã Lũng Pù. Quán của bà Nông Thị Mơ đông khách."


def counted(count: Counting, collection: str, sequence: int) -> Names:
    """What is known once the count is over."""
    found = count.names(collection, sequence)
    for thread in threading.enumerate():
        if thread.name == "counting":
            thread.join(timeout=20)
    found = count.names(collection, sequence)
    assert found is not None
    return found


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
    assert not count.is_counting(library.default)
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
    assert count.names(library.default, 2) == old
    assert count.is_counting(library.default)
    go.set()
    assert counted(count, library.default, 2).people == (Count("Lò Văn Sính", 9),)
    desk.close()


def test_a_collection_that_is_gone_ends_its_count(settings: Settings) -> None:
    library = real_library(settings)
    desk = Desk(lambda: nullcontext(library))
    desk._loading.result()
    count = Counting(desk)
    assert count.names("đã xóa", 1) is None
    for thread in threading.enumerate():
        if thread.name == "counting":
            thread.join(timeout=20)
    assert not count.is_counting("đã xóa")
    desk.close()
