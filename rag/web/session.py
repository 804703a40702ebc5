"""One question as it is asked: check, wait, stream, finish. Yields what the page shows at each step."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace

from rag.answering import followups
from rag.errors import HoiBaoError
from rag.texts import text
from rag.types import Done, Options, Quote, Token
from rag.web import render
from rag.web.desk import Desk, Waiting
from rag.web.records import Record, history, record
from rag.web.scope import Scope
from rag.web.turn import Turn, advance

log = logging.getLogger(__name__)

DRAFT_SECONDS = 0.08  # tokens that come within this time are shown together
SUGGESTIONS = 3
TRIED = 6  # questions that are tried to find these


@dataclass(frozen=True, slots=True)
class Step:
    """What changed on the page. None: that part is as before."""

    record: Record | None = None  # set at the end
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

    def __contains__(self, session: str) -> bool:
        return session in self._flags


def objection(question: str, desk: Desk, max_question: int) -> str | None:
    """Why this question cannot be asked now, in the reader's words; None when it can."""
    if not question.strip():
        return text("web.empty_question")
    if len(question) > max_question:
        return text("web.long_question", length=len(question), limit=max_question)
    return text("web.queue_full", waiting=desk.waiting) if desk.full else None


async def ask(
    question: str,
    before: Sequence[Record],
    desk: Desk,
    stop: threading.Event,
    scope: Scope = Scope(),  # noqa: B008  # frozen
    reader: str | None = None,
) -> AsyncIterator[Step]:
    """Streams one answer. Ends with a `Step` that has its record, also when stopped or failed.

    `reader`: see `Desk.answer`.
    """
    started = time.perf_counter()
    # Half a character, which only a program sends, could not be kept.
    turn = Turn(question.strip().encode(errors="replace").decode())
    expected = desk.times.costs().total
    yield Step(heading=render.heading(turn), draft="", status=render.status(turn))
    shown = 0.0
    try:
        answering = desk.answer(turn.question, history(before), stop, scope.options, scope.collection, reader)
        async with aclosing(answering) as events:
            async for event in events:
                turn = replace(turn, seconds=time.perf_counter() - started)
                if isinstance(event, Waiting):
                    yield Step(status=render.status(turn, event))
                    continue
                turn = advance(turn, event)
                if not isinstance(event, Token):
                    heading = render.heading(turn, scope.collection)
                    yield Step(heading=heading, status=render.status(turn, expected=expected))
                elif turn.seconds - shown >= DRAFT_SECONDS:
                    status = None if shown else render.status(turn, expected=expected)
                    yield Step(draft=render.draft(turn), status=status)
                    shown = turn.seconds
    except HoiBaoError as error:
        turn = replace(turn, problem=str(error))
    except Exception:  # a bug must not end the chat: the traceback goes to the log, the reader is told
        log.exception("a question failed")
        turn = replace(turn, problem=text("web.unexpected"))
    turn = replace(turn, seconds=time.perf_counter() - started)
    finished = record(turn, collection=scope.collection)
    yield Step(finished, heading="", draft="", status=render.announcement(finished))


async def suggestions(one: Record, desk: Desk, stop: threading.Event, scope: Scope) -> tuple[str, ...]:
    """Questions to go on with, each of which the articles can answer; none when nobody could say."""
    assistant = desk.assistant(one.collection)
    if assistant is None or one.outcome != "answered":
        return ()
    try:
        quotes = [Quote(assistant.article(s.article), s.start, s.end) for s in one.sources]
    except (KeyError, HoiBaoError):  # deleted in this moment, or damaged
        return ()
    options = replace(scope.options, use_llm=False)
    found: list[str] = []
    with suppress(HoiBaoError):  # a full desk, a damaged index: nobody has asked for this
        for question in followups.candidates(f"{one.question} {one.text}", quotes, TRIED):
            if len(found) == SUGGESTIONS or stop.is_set() or desk.waiting:
                break  # whoever asks goes first
            if await _answered(desk, question, options, one.collection):
                found.append(question)
    return tuple(found)


async def _answered(desk: Desk, question: str, options: Options, collection: str | None) -> bool:
    async with aclosing(desk.answer(question, (), threading.Event(), options, collection)) as events:
        async for event in events:
            if isinstance(event, Done):
                return not event.answer.abstained
    return False
