"""One question as it is asked: check, wait, stream, finish. Yields what the page shows at each step."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from rag.errors import HoiBaoError
from rag.texts import text
from rag.types import Token
from rag.web import render
from rag.web.desk import Desk, Waiting
from rag.web.turn import Turn, advance, history

log = logging.getLogger(__name__)

DRAFT_SECONDS = 0.08  # tokens that come within this time are shown together


@dataclass(frozen=True, slots=True)
class Step:
    """What changed on the page. None: that part is as before."""

    turns: tuple[Turn, ...] | None = None  # set at the end
    heading: str | None = None
    draft: str | None = None
    status: str | None = None


@dataclass(slots=True)
class Running:
    """The stop flags of the questions being answered, by browser session."""

    _flags: dict[str, threading.Event] = field(default_factory=dict)

    def start(self, session: str) -> threading.Event:
        self.stop(session)
        self._flags[session] = threading.Event()
        return self._flags[session]

    def stop(self, session: str) -> None:
        """Does nothing when nothing runs."""
        flag = self._flags.pop(session, None)
        if flag:
            flag.set()


def objection(question: str, desk: Desk, max_question: int) -> str | None:
    """Why this question cannot be asked now, in the reader's words; None when it can."""
    if not question.strip():
        return text("web.empty_question")
    if len(question) > max_question:
        return text("web.long_question", length=len(question), limit=max_question)
    return text("web.queue_full", waiting=desk.waiting) if desk.full else None


async def ask(
    question: str, turns: tuple[Turn, ...], desk: Desk, stop: threading.Event
) -> AsyncIterator[Step]:
    """Streams one answer. Ends with a `Step` whose `turns` holds it, also when stopped or failed."""
    started = time.perf_counter()
    turn = Turn(question.strip())
    yield Step(heading=render.heading(turn), draft="", status=render.status(turn))
    shown = 0.0
    try:
        async with aclosing(desk.answer(turn.question, history(turns), stop)) as events:
            async for event in events:
                turn = replace(turn, seconds=time.perf_counter() - started)
                if isinstance(event, Waiting):
                    yield Step(status=render.status(turn, event))
                    continue
                turn = advance(turn, event)
                if not isinstance(event, Token):
                    yield Step(heading=render.heading(turn), status=render.status(turn))
                elif turn.seconds - shown >= DRAFT_SECONDS:
                    yield Step(draft=render.draft(turn), status=None if shown else render.status(turn))
                    shown = turn.seconds
    except HoiBaoError as error:
        turn = replace(turn, problem=str(error))
    except Exception:  # a bug must not end the chat: the traceback goes to the log, the reader is told
        log.exception("a question failed")
        turn = replace(turn, problem=text("web.unexpected"))
    turn = replace(turn, seconds=time.perf_counter() - started)
    if turn.answer is None and turn.problem is None:
        turn = replace(turn, stopped=True)
    yield Step((*turns, turn), heading="", draft="", status=render.announcement(turn))
