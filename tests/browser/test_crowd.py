"""Many readers at once: everyone is answered or told that the queue is full, and who leaves makes room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
from web_fakes import ScriptedAssistant

from .conftest import Served
from .queue_reader import QueueReader

Result = TypeVar("Result")

READERS = 20
ANSWERED = "rộng 22 m."
FULL = "hàng đã đầy."


def crowd(served: Served, size: int) -> list[str]:
    """What each of `size` readers was told, who asked at the same time."""

    async def run() -> list[str]:
        async with httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_connections=None)) as client:
            readers = [QueueReader(client, served.url) for _ in range(size)]
            return await asyncio.gather(*(r.ask(f"Cầu dài bao nhiêu, {i}?") for i, r in enumerate(readers)))

    return at_once(run())


def at_once(doing: Coroutine[Any, Any, Result]) -> Result:
    """In a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, doing).result()


def test_twenty_readers_are_all_answered(serve_chat: Callable[..., Served]) -> None:
    served = serve_chat(ScriptedAssistant(pace=0.005))
    served.desk.max_waiting = READERS
    told = crowd(served, READERS)
    assert [ANSWERED in words for words in told] == [True] * READERS
    assert [FULL in words for words in told] == [False] * READERS
    assert len(served.assistant.asked) == READERS


def test_whoever_finds_the_queue_full_is_told_so(serve_chat: Callable[..., Served]) -> None:
    served = serve_chat(ScriptedAssistant(pace=0.02))  # with room for three
    told = crowd(served, READERS)
    outcomes = [(ANSWERED in words, FULL in words) for words in told]
    assert set(outcomes) == {(True, False), (False, True)}
    assert len(served.assistant.asked) == outcomes.count((True, False)) <= READERS // 2
    assert served.desk.waiting == 0


def test_whoever_leaves_makes_room_within_a_second(serve_chat: Callable[..., Served]) -> None:
    served = serve_chat(ScriptedAssistant())

    async def leave() -> None:
        async with httpx.AsyncClient(timeout=20) as client:
            asking = asyncio.create_task(QueueReader(client, served.url).ask("Viết mãi mãi"))
            while not served.assistant.asked:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)  # in the middle of writing
            asking.cancel()

    at_once(leave())
    left = time.perf_counter()
    while not served.assistant.cancelled_after:
        assert time.perf_counter() - left < 1
        time.sleep(0.01)
    assert [ANSWERED in words for words in crowd(served, 1)] == [True]
