from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rag.answering.assistant import Assistant
from rag.answering.finding import KEPT, Finder, Found, Memory, Scope
from rag.retrieval import Retriever
from rag.store import Store
from rag.types import Message, Query

Build = Callable[[str], Assistant]
SCOPE = Scope(None, None, frozenset(), date(2024, 1, 1))
BRIDGE = "Cầu Sông Mây dài bao nhiêu?"


@pytest.fixture
def finder(assistant_saying: Build) -> Finder:
    assistant = assistant_saying("")
    return Finder(assistant.store, assistant.retriever, assistant.settings, Memory())


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that were searched for."""
    found: list[str] = []
    search = Retriever.search

    def noting(self: Retriever, query: Query, *rest: Any, **options: Any) -> Any:
        found.append(query.text)
        return search(self, query, *rest, **options)

    monkeypatch.setattr(Retriever, "search", noting)
    return found


def said(*questions: str) -> list[Message]:
    return [
        message
        for question in questions
        for message in (
            Message(role="user", content=question),
            Message(role="assistant", content="Cầu dài 486 m. [1]"),
        )
    ]


def test_what_was_found_is_not_looked_for_again(finder: Finder, searches: list[str]) -> None:
    first = finder.found(BRIDGE, [], SCOPE)
    again = finder.found(BRIDGE, [], SCOPE)
    assert searches == [BRIDGE]
    assert (again.quotes, again.hits) == (first.quotes, first.hits)
    assert again.searched > first.searched


def test_what_is_cleared_is_looked_for_again(finder: Finder, searches: list[str]) -> None:
    finder.found(BRIDGE, [], SCOPE)
    finder.memory.clear()
    finder.found(BRIDGE, [], SCOPE)
    assert searches == [BRIDGE, BRIDGE]


@pytest.mark.parametrize("change", ["history", "scope", "settings"])
def test_another_conversation_scope_or_setting_is_another_question(
    change: str, finder: Finder, searches: list[str]
) -> None:
    finder.found(BRIDGE, [], SCOPE)
    if change == "history":
        finder.found(BRIDGE, said("Xe chạy mấy giờ?"), SCOPE)
    elif change == "scope":
        finder.found(BRIDGE, [], replace(SCOPE, without=frozenset(["cau"])))
    else:
        replace(finder, settings=replace(finder.settings, strictness=0.6)).found(BRIDGE, [], SCOPE)
    assert searches == [BRIDGE, BRIDGE]


def test_a_changed_index_is_searched_anew(finder: Finder, searches: list[str]) -> None:
    finder.found(BRIDGE, [], SCOPE)
    with finder.store.write() as writer:
        writer.remove(["cau"])
    assert "cau" not in {hit.article.id for hit in finder.found(BRIDGE, [], SCOPE).hits}
    assert searches == [BRIDGE, BRIDGE]


def test_an_index_in_the_place_of_another_is_searched_anew(finder: Finder, searches: list[str]) -> None:
    finder.found(BRIDGE, [], SCOPE)
    finder.store.close()
    with closing(Store.open(finder.store.folder)) as opened:
        replace(finder, store=opened).found(BRIDGE, [], SCOPE)
    assert searches == [BRIDGE, BRIDGE]


def test_the_memory_is_of_the_last_questions(finder: Finder) -> None:
    found = finder.found(BRIDGE, [], SCOPE)
    memory, made = Memory(), []

    def ask(number: int) -> None:
        def find() -> Found:
            made.append(number)
            return found

        memory.get(number, find)

    for number in [*range(KEPT), 0, KEPT, 0, 1]:
        ask(number)
    assert made == [*range(KEPT), KEPT, 1]  # 0 was used again, so 1 went
