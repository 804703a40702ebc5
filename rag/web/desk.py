"""The thread that answers. Models are not thread-safe: one question at a time, the others wait.

Those of the search load in that thread while the page is already up; questions asked meanwhile wait their
turn. The language model loads beside it: evidence is shown before there is a model to write.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from rag.embedding import Embedder
from rag.errors import DeskFull, HoiBaoError
from rag.settings import Settings
from rag.store import ArticleSummary, Store
from rag.types import Article, Done, Event, Hit, Message, Options, Period, Query
from rag.web.costs import Times
from rag.web.turns import Turns

log = logging.getLogger(__name__)

TICK = 0.2  # seconds between two looks at the stop button while no event comes


class ChatAssistant(Protocol):
    """What the page needs of an assistant. `answer` runs in the desk's thread, the others in any thread."""

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        period: Period | None,
        source: str | None,
        use_llm: bool,
        cancelled: Callable[[], bool],
    ) -> Iterator[Event]: ...

    def prepare(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        period: Period | None,
        source: str | None,
        cancelled: Callable[[], bool],
    ) -> None:
        """Runs in the desk's thread, too."""
        ...

    def read_article(self, article: Article, at: int, *, cancelled: Callable[[], bool]) -> None:
        """Runs in the desk's thread, too."""
        ...

    def search(
        self, question: str, k: int, *, period: Period | None, source: str | None
    ) -> tuple[Query, tuple[Hit, ...]]: ...

    def article(self, article_id: str) -> Article:
        """Raises KeyError when the index has none."""
        ...

    def copies(self, article_id: str) -> tuple[Article, ...]:
        """The other articles that carry its text. Raises KeyError when the index has none."""
        ...

    def articles(self) -> list[ArticleSummary]:
        """All articles, newest first."""
        ...


class ChatLibrary(Protocol):
    """What the pages need of `rag.library.Library`: the collections, what reads and what fills them."""

    @property
    def settings(self) -> Settings: ...

    @property
    def embedder(self) -> Embedder: ...

    @property
    def default(self) -> str: ...

    def names(self) -> tuple[str, ...]:
        """The default first."""
        ...

    def assistant(self, name: str | None = None) -> ChatAssistant:
        """Raises InputError for a collection that is not there, StoreError for one that cannot be used."""
        ...

    def store(self, name: str | None = None) -> Store:
        """As `assistant`, whatever embedder made it."""
        ...

    def create(self, name: str) -> str: ...

    def delete(self, name: str) -> None: ...

    def warm(self) -> None: ...

    def apply(self, changes: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing yet: `ahead` questions come first, or the models are still loading."""

    ahead: int
    loading: bool


class Desk:
    """Takes questions from any number of readers and hands them to the assistant one by one, in turns."""

    def __init__(
        self, load: Callable[[], AbstractContextManager[ChatLibrary]], *, max_waiting: int = 20
    ) -> None:
        """`load` is entered, and at `close` left, in the desk's own thread."""
        self.max_waiting = max_waiting
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assistant")
        self._opened = ExitStack()
        self._loading = self._thread.submit(lambda: self._opened.enter_context(load()))
        self._turns = Turns()
        self._closed = threading.Event()
        self._gives_way = threading.Event()  # of what is being prepared
        self.times = Times()
        beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="language model")
        self._warming = beside.submit(lambda: self.loaded().warm())
        self._warming.add_done_callback(_logged)
        beside.shutdown(wait=False)
        self.prepare("")  # what stands before every question

    def library(self) -> ChatLibrary | None:
        """All collections, None while the models load. Raises what loading raised."""
        return self._loading.result() if self._loading.done() else None

    def loaded(self) -> ChatLibrary:
        """As `library`, but waits until the models are loaded."""
        return self._loading.result()

    def apply(self, changes: Mapping[str, Any]) -> None:
        """As `Library.apply`, also while the models are still loading."""

        def change(loaded: Future[ChatLibrary]) -> None:
            if loaded.exception() is None:
                loaded.result().apply(changes)

        self._loading.add_done_callback(change)  # at once when they are there

    def collections(self) -> tuple[str, ...]:
        """The names of all collections, the default first; none while the models load."""
        library = self.library()
        return () if library is None else library.names()

    def assistant(self, collection: str | None = None) -> ChatAssistant | None:
        """The assistant of a collection (None: the default), None while the models load.

        Raises what loading raised, InputError for a collection that is not there.
        """
        library = self.library()
        return None if library is None else library.assistant(collection)

    @property
    def waiting(self) -> int:
        """Questions that have not been started."""
        return self._turns.waiting

    @property
    def busy(self) -> bool:
        """Whether a question is being answered or waits."""
        return self._turns.busy

    @property
    def full(self) -> bool:
        return self.waiting >= self.max_waiting

    def check_room(self, reader: str | None = None) -> None:
        """Raises DeskFull when too many questions wait, or too many of this `reader` alone."""
        if self.full:
            raise DeskFull("web.api_full", waiting=self.waiting)
        own = 0 if reader is None else self._turns.waiting_of(reader)
        if own >= max(1, self.max_waiting // 2):  # the other half is for the others
            raise DeskFull("web.own_full", waiting=own)

    async def answer(
        self,
        question: str,
        history: Sequence[Message],
        stop: threading.Event,
        options: Options = Options(),  # noqa: B008  # frozen
        collection: str | None = None,
        reader: str | None = None,
    ) -> AsyncGenerator[Event | Waiting, None]:
        """The assistant's events, and a `Waiting` at least every `TICK` seconds until the first of them.

        Of several who wait, each `reader` (None: nobody in particular) has one question answered before
        anybody's next.

        Ends early, within a tick, when `stop` is set. Raises what the assistant raises, InputError for a
        collection that is not there, and DeskFull.
        """
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event | None] = asyncio.Queue()

        def work() -> None:
            try:
                assistant = self._loading.result().assistant(collection)
                for event in assistant.answer(
                    question,
                    history,
                    period=options.period,
                    source=options.source,
                    use_llm=options.use_llm,
                    cancelled=cancelled,
                ):
                    if cancelled():
                        break
                    if isinstance(event, Done):
                        self.times.note(event.answer)
                    loop.call_soon_threadsafe(events.put_nowait, event)
            finally:
                loop.call_soon_threadsafe(events.put_nowait, None)

        def cancelled() -> bool:
            return stop.is_set() or self._closed.is_set()

        self.check_room(reader)  # asked here too: many may have passed the door in the same moment
        self._gives_way.set()
        turn = self._turns.join(reader, work)
        self._thread.submit(self._turns.serve)
        try:
            while not stop.is_set():
                try:
                    event = await asyncio.wait_for(events.get(), TICK)
                except TimeoutError:
                    if not turn.over.running():
                        yield Waiting(self._turns.ahead(turn), loading=not self._loading.done())
                    continue
                if event is None:
                    turn.over.result()
                    return
                yield event
        finally:  # also when the reader has gone: nobody is left to listen
            stop.set()
            self._turns.leave(turn)

    def prepare(
        self,
        *questions: str,
        history: Sequence[Message] = (),
        options: Options = Options(),  # noqa: B008  # frozen
        collection: str | None = None,
    ) -> None:
        """While nobody is being answered, looks up what may be asked in a moment, one after the other, so
        that its answer begins sooner. Gives way to whatever is done ahead next, and to any question.
        """

        def look_up(question: str, assistant: ChatAssistant, cancelled: Callable[[], bool]) -> None:
            assistant.prepare(
                question, history, period=options.period, source=options.source, cancelled=cancelled
            )

        self._ahead(collection, *(partial(look_up, question) for question in questions))

    def read_article(self, article: Article, at: int, collection: str | None = None) -> None:
        """As `prepare`, for an article that somebody has opened at this character."""

        def read(assistant: ChatAssistant, cancelled: Callable[[], bool]) -> None:
            assistant.read_article(article, at, cancelled=cancelled)

        self._ahead(collection, read)

    def _ahead(
        self, collection: str | None, *works: Callable[[ChatAssistant, Callable[[], bool]], None]
    ) -> None:
        self._gives_way.set()
        gives_way = self._gives_way = threading.Event()

        def cancelled() -> bool:
            return gives_way.is_set() or self._closed.is_set()

        def run() -> None:
            for work in works:
                if cancelled():
                    return
                with suppress(HoiBaoError):  # is said when the question is asked
                    work(self.loaded().assistant(collection), cancelled)

        def begin(warming: Future[None]) -> None:
            if warming.exception() is None and not self.busy and not self._closed.is_set():
                self._thread.submit(run).add_done_callback(_logged)

        # Not before the language model is there: waiting for it here would keep whoever asks from evidence.
        self._warming.add_done_callback(begin)

    def close(self) -> None:
        """Stops the answer being written and takes no more questions."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._gives_way.set()
        self._turns.clear()
        self._thread.submit(self._opened.close)
        self._thread.shutdown(wait=False)


def _logged(done: Future[None]) -> None:
    """Nobody waits for this work: a bug in it would be lost. Our own errors are told to whoever asks."""
    error = done.exception()
    if error is not None and not isinstance(error, HoiBaoError):
        log.error("work that was done ahead failed", exc_info=error)
