from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pytest
from web_fakes import (
    ANSWER,
    BRIDGE,
    LENGTH,
    SECOND,
    ScriptedAssistant,
    ScriptedLibrary,
    SlowStart,
    refusal,
    scripted_library,
)

from rag.errors import DeskFull, InputError, ModelError
from rag.types import Article, Done, Event, Message, Retrieved, Token, Understood
from rag.web.desk import Desk, Waiting


@pytest.fixture
def make_desk() -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(load: Callable[[], AbstractContextManager[ScriptedLibrary]], **options: int) -> Desk:
        desks.append(Desk(load, **options))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


async def collect(
    desk: Desk,
    question: str,
    stop: threading.Event | None = None,
    history: Sequence[Message] = (),
    collection: str | None = None,
) -> list[Event | Waiting]:
    events = desk.answer(question, history, stop or threading.Event(), collection=collection)
    return [event async for event in events]


def test_events_arrive_in_order(make_desk: Callable[..., Desk]) -> None:
    assistant = ScriptedAssistant(pace=0)
    history: list[Message] = [{"role": "user", "content": "trước"}]
    events = asyncio.run(collect(make_desk(assistant), "Cầu dài bao nhiêu?", history=history))
    arrived = [event for event in events if not isinstance(event, Waiting)]
    names = [type(event).__name__ for event in arrived]
    assert names[:3] == ["Understood", "Retrieved", "Evidence"]
    assert "".join(event.text for event in arrived if isinstance(event, Token)).strip() == ANSWER
    assert isinstance(arrived[-1], Done)
    assert assistant.asked == [("Cầu dài bao nhiêu?", tuple(history))]


def test_questions_wait_while_the_models_load(make_desk: Callable[..., Desk]) -> None:
    load = SlowStart(ScriptedAssistant(pace=0))
    desk = make_desk(load)
    assert (desk.assistant(), desk.library(), desk.collections()) == (None, None, ())

    async def ask() -> list[Event | Waiting]:
        events = []
        async for event in desk.answer("Giá giá vàng?", (), threading.Event()):
            events.append(event)
            load.go.set()
        return events

    events = asyncio.run(ask())
    assert events[0] == Waiting(0, loading=True)
    assert events[-1] == Done(refusal("Giá giá vàng?"))
    assert desk.assistant() == load.assistant


def test_a_question_is_asked_in_a_collection(make_desk: Callable[..., Desk]) -> None:
    assistant = ScriptedAssistant(pace=0)
    desk = make_desk(assistant)
    assert asyncio.run(collect(desk, "giá vàng", collection=SECOND))[-1] == Done(refusal("giá vàng"))
    asyncio.run(collect(desk, "giá vàng"))
    assert assistant.collections == [SECOND, None]
    assert desk.collections() == ("default", SECOND)
    assert desk.assistant(SECOND) == assistant
    unknown = r"Không có bộ sưu tập nào tên “Lạ”\. Hãy chọn một trong: Mặc định, Báo tỉnh\."
    with pytest.raises(InputError, match=unknown):
        asyncio.run(collect(desk, "giá vàng", collection="Lạ"))
    with pytest.raises(InputError, match=unknown):
        desk.assistant("Lạ")


def becomes(wanted: object, found: Callable[[], object]) -> bool:
    """Whether it does within seconds."""
    deadline = time.monotonic() + 5
    while found() != wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    return found() == wanted


def test_while_nobody_is_answered_the_model_reads_ahead(make_desk: Callable[..., Desk]) -> None:
    assistant = ScriptedAssistant(pace=0.01)
    desk = make_desk(assistant)
    begun = ("", ())  # what stands before every question
    assert becomes([begun], lambda: assistant.prepared)
    said: tuple[Message, ...] = ({"role": "user", "content": "Phà?"},)
    desk.prepare("Cầu dài", history=said)
    assert becomes([begun, ("Cầu dài", said)], lambda: assistant.prepared)

    async def ask() -> None:
        stop = threading.Event()
        asking = asyncio.create_task(collect(desk, "mãi mãi", stop))
        await asyncio.sleep(0.1)
        desk.prepare("Còn phà")
        stop.set()
        await asking

    asyncio.run(ask())
    asyncio.run(collect(desk, "giá vàng"))
    assert assistant.prepared == [begun, ("Cầu dài", said)]


def test_several_questions_are_read_ahead_one_after_the_other(make_desk: Callable[..., Desk]) -> None:
    assistant = ScriptedAssistant(pace=0)
    desk = make_desk(assistant)
    assert becomes([("", ())], lambda: assistant.prepared)
    desk.prepare("Phà?", "Cầu?", "")
    assert becomes([("", ()), ("Phà?", ()), ("Cầu?", ()), ("", ())], lambda: assistant.prepared)


def test_an_open_article_is_read_ahead_and_gives_way(make_desk: Callable[..., Desk]) -> None:
    began, gave_way = threading.Event(), threading.Event()

    class Reading(ScriptedAssistant):
        def read_article(self, article: Article, at: int, *, cancelled: Callable[[], bool]) -> None:
            super().read_article(article, at, cancelled=cancelled)
            began.set()
            if becomes(True, cancelled):
                gave_way.set()

    assistant = Reading(pace=0)
    desk = make_desk(assistant)
    desk.read_article(BRIDGE, 17)
    assert began.wait(timeout=5)
    events = asyncio.run(collect(desk, "giá vàng"))
    assert gave_way.is_set()
    assert assistant.read == [(BRIDGE.id, 17)]
    assert isinstance(events[-1], Done)


def test_evidence_does_not_wait_for_the_language_model(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = threading.Event()
    monkeypatch.setattr(ScriptedLibrary, "warm", lambda _: there.wait(timeout=30))
    assistant = ScriptedAssistant(pace=0)
    desk = make_desk(assistant)
    events = asyncio.run(collect(desk, "giá vàng"))
    desk.prepare("Cầu dài")  # would wait for the model in the thread that answers
    asyncio.run(collect(desk, "giá vàng"))
    desk.prepare("Phà có từ")
    assert [type(event) for event in events if not isinstance(event, Waiting)] == [
        Understood,
        Retrieved,
        Done,
    ]
    assert assistant.prepared == []
    there.set()
    assert becomes([("Phà có từ", ())], lambda: assistant.prepared)  # the others gave way


def test_what_cannot_be_prepared_is_said_when_it_is_asked(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(ScriptedAssistant(pace=0))
    desk.prepare("Cầu dài", collection="Lạ")
    with pytest.raises(InputError, match="Không có bộ sưu tập nào tên “Lạ”"):
        asyncio.run(collect(desk, "Cầu dài", collection="Lạ"))


def test_busy_while_a_question_is_answered(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(ScriptedAssistant(pace=0.01))

    async def ask() -> list[bool]:
        stop = threading.Event()
        asking = asyncio.create_task(collect(desk, "mãi mãi", stop))
        await asyncio.sleep(0.1)
        busy = desk.busy
        stop.set()
        await asking
        return [busy]

    assert asyncio.run(ask()) == [True]
    assert not desk.busy


def test_failed_loading_is_told_to_everyone_who_asks(make_desk: Callable[..., Desk]) -> None:
    def load() -> AbstractContextManager[ScriptedLibrary]:
        raise ModelError("models.cannot_load", path="x", reason="y")

    desk = make_desk(load)
    with pytest.raises(ModelError):
        asyncio.run(collect(desk, "?"))
    with pytest.raises(ModelError):
        desk.assistant()


def test_stop_ends_within_a_tick_and_frees_the_thread(make_desk: Callable[..., Desk]) -> None:
    assistant = ScriptedAssistant(pace=0.01)
    desk = make_desk(assistant)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.perf_counter()
    asyncio.run(collect(desk, "mãi mãi", stop))
    assert time.perf_counter() - started < 1
    assert asyncio.run(collect(desk, "giá vàng"))[-1] == Done(refusal("giá vàng"))
    assert [seconds < 1 for seconds in assistant.cancelled_after] == [True]


def test_leaving_early_cancels(make_desk: Callable[..., Desk]) -> None:
    assistant = ScriptedAssistant(pace=0.01)
    desk = make_desk(assistant)
    stop = threading.Event()

    async def leave() -> None:
        events = desk.answer("mãi mãi", (), stop)
        async for event in events:
            if isinstance(event, Token):
                break
        await events.aclose()

    asyncio.run(leave())
    assert stop.is_set()
    assert asyncio.run(collect(desk, "giá vàng"))[-1] == Done(refusal("giá vàng"))


def test_one_at_a_time_and_the_others_see_their_place(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(ScriptedAssistant(pace=0.01), max_waiting=2)
    stops = [threading.Event() for _ in range(3)]

    async def crowd() -> list[list[Event | Waiting]]:
        asking = []
        for stop in stops:
            asking.append(asyncio.create_task(collect(desk, "mãi mãi", stop)))
            await asyncio.sleep(0.3)
        assert (desk.waiting, desk.full) == (2, True)
        for stop in stops:
            stop.set()
        return await asyncio.gather(*asking)

    first, second, third = asyncio.run(crowd())
    assert [event for event in first if isinstance(event, Waiting)] == []
    assert second[0] == Waiting(1, loading=False)
    assert third[0] == Waiting(2, loading=False)
    assert (desk.waiting, desk.full) == (0, False)


def test_of_many_at_once_no_more_are_taken_than_there_is_room_for(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(ScriptedAssistant(pace=0.01), max_waiting=2)

    async def crowd() -> list[list[Event | Waiting] | BaseException]:
        asking = [collect(desk, "giá vàng") for _ in range(6)]
        return await asyncio.gather(*asking, return_exceptions=True)

    turned_away = [told for told in asyncio.run(crowd()) if isinstance(told, BaseException)]
    assert {type(told) for told in turned_away} == {DeskFull}
    assert 3 <= len(turned_away) <= 4  # whether the first has been started is up to the threads
    assert str(turned_away[0]) == "Đang có 2 câu hỏi chờ, hàng đã đầy. Hãy gửi lại sau ít phút."


def test_readers_take_turns_and_none_has_all_the_room(make_desk: Callable[..., Desk]) -> None:
    assistant = ScriptedAssistant(pace=0.01)
    desk = make_desk(assistant, max_waiting=4)

    async def ask(question: str, reader: str, stop: threading.Event | None = None) -> None:
        async for _ in desk.answer(question, (), stop or threading.Event(), reader=reader):
            pass

    async def crowd() -> None:
        stop = threading.Event()
        endless = asyncio.create_task(ask("mãi mãi", "script", stop))
        await asyncio.sleep(0.3)
        asked = [("giá vàng một", "script"), ("giá vàng hai", "script"), ("giá vàng ba", "báo")]
        rest = [asyncio.create_task(ask(*one)) for one in asked]
        await asyncio.sleep(0.1)
        assert not desk.full
        desk.check_room("báo")
        with pytest.raises(
            DeskFull, match=r"Bạn đang có 2 câu hỏi chờ\. Hãy đợi trả lời xong bớt rồi gửi tiếp\."
        ):
            desk.check_room("script")
        stop.set()
        await asyncio.gather(endless, *rest)

    asyncio.run(crowd())
    assert [question for question, _ in assistant.asked] == [
        "mãi mãi",
        "giá vàng ba",
        "giá vàng một",
        "giá vàng hai",
    ]


def test_close_stops_the_answer_being_written(make_desk: Callable[..., Desk]) -> None:
    assistant = ScriptedAssistant(pace=0.01)
    desk = make_desk(assistant)

    async def ask() -> list[Event | Waiting]:
        asking = asyncio.create_task(collect(desk, "mãi mãi"))
        await asyncio.sleep(0.3)
        desk.close()
        return await asking

    events = asyncio.run(ask())
    assert LENGTH.text in str(events[2])
    assert len(assistant.cancelled_after) == 1


def test_what_was_opened_is_closed_after_the_last_answer(make_desk: Callable[..., Desk]) -> None:
    closed = threading.Event()
    names: list[str] = []

    @contextmanager
    def load() -> Iterator[ScriptedLibrary]:
        names.append(threading.current_thread().name)
        with scripted_library(ScriptedAssistant(pace=0)) as library:
            yield library
        names.append(threading.current_thread().name)
        closed.set()

    desk = make_desk(load)
    assert asyncio.run(collect(desk, "giá vàng"))[-1] == Done(refusal("giá vàng"))
    desk.close()
    assert closed.wait(timeout=5)
    assert names == ["assistant_0", "assistant_0"]
