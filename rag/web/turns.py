"""Whose question comes next: one of each reader's in a round, so that nobody waits for all of another's.

Start-time fair queuing: a question belongs to the round being served, or to the one after its reader's last.
Whoever comes while a script has sent twenty questions waits for the one in hand, not for twenty. Only readers
who are new each time could keep one waiting, and there is not room for many.
P. Goyal et al., Start-time Fair Queuing, SIGCOMM 1996.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A question that waits, is worked on or is done with; `over` tells which."""

    work: Callable[[], None]
    reader: str | None
    place: tuple[int, int]  # its round, and how many came before it
    over: Future[None] = field(default_factory=Future)


class Turns:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals = count()
        self._waiting: list[Turn] = []
        self._served: Turn | None = None
        self._round = 0
        self._last: dict[str | None, int] = {}  # reader → the round of their last question

    @property
    def waiting(self) -> int:
        """Questions that have not been started."""
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether there is any that is not over."""
        return bool(self._waiting) or self._served is not None

    def waiting_of(self, reader: str | None) -> int:
        return sum(turn.reader == reader for turn in list(self._waiting))

    def join(self, reader: str | None, work: Callable[[], None]) -> Turn:
        """Takes a place; `serve` must be called once for it."""
        with self._lock:
            if not self.busy:
                self._last.clear()  # nobody is owed anything
            turn = Turn(
                work, reader, (max(self._round, self._last.get(reader, -1) + 1), next(self._arrivals))
            )
            self._last[reader] = turn.place[0]
            self._waiting.append(turn)
        return turn

    def serve(self) -> None:
        """Does the work whose turn it is; nothing when all have left. What it raises is in `over`."""
        with self._lock:
            if not self._waiting:
                return
            turn = min(self._waiting, key=lambda one: one.place)
            self._waiting.remove(turn)
            self._served, self._round = turn, turn.place[0]
            turn.over.set_running_or_notify_cancel()
        try:
            turn.work()
        except BaseException as error:  # noqa: BLE001  # belongs to whoever waits for this turn
            turn.over.set_exception(error)
        else:
            turn.over.set_result(None)
        finally:
            self._end(turn)

    def leave(self, turn: Turn) -> None:
        """Gives a place up; work that has been started counts as over, its worker has to be told."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                turn.over.cancel()
                if self._last.get(turn.reader) == turn.place[0]:
                    self._last[turn.reader] -= 1  # the round was not used
        self._end(turn)

    def clear(self) -> None:
        """All that wait leave."""
        for turn in list(self._waiting):
            self.leave(turn)

    def ahead(self, turn: Turn) -> int:
        """How many questions come before this one, as things are."""
        with self._lock:
            earlier = sum(other.place < turn.place for other in self._waiting)
            return earlier + (self._served is not None and self._served is not turn)

    def _end(self, turn: Turn) -> None:
        with self._lock:
            if self._served is turn:
                self._served = None
