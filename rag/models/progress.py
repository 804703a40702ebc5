"""How far a model has come: events for whoever wants to show them, and a rich bar that does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from rag.texts import text

if TYPE_CHECKING:
    from rich.console import Console

Stage: TypeAlias = Literal["waiting", "downloading", "verifying", "converting", "ready"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One model's progress; bytes are those of the assembled files."""

    name: str
    stage: Stage
    done: int
    total: int
    rate: float = 0.0  # bytes per second in this run, 0 until it can be told
    remaining: float | None = None  # seconds of downloading left, None until it can be told


Report: TypeAlias = Callable[[Progress], None]


def ignore(_progress: Progress) -> None:
    """Shows nothing."""


class Meter:
    """Counts the bytes of one model and reports them with rate and remaining time."""

    def __init__(
        self, name: str, total: int, report: Report, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._total = total
        self._report = report
        self._clock = clock
        self._started = clock()
        self._done = 0
        self._kept = 0

    @property
    def done(self) -> int:
        """Bytes so far."""
        return self._done

    def keep(self, count: int) -> None:
        """`count` bytes were there before this run: done, but they say nothing about the rate."""
        self._kept += count
        self.add(count)

    def add(self, count: int) -> None:
        """`count` more bytes are done (negative: they have to be fetched again)."""
        self._done += count
        self.stage("downloading")

    def stage(self, stage: Stage) -> None:
        """Reports that `stage` has begun or goes on."""
        elapsed = self._clock() - self._started
        fetched = max(self._done - self._kept, 0)
        rate = fetched / elapsed if elapsed > 0 else 0.0
        remaining = (self._total - self._done) / rate if rate else None
        self._report(Progress(self._name, stage, self._done, self._total, rate, remaining))


@contextmanager
def show_progress(console: Console) -> Iterator[Report]:
    """A report function that draws one bar per model on `console` while the context is open."""
    # rich is slow to import and only the terminal needs it
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(progress: Progress) -> None:
            if progress.name not in tasks:
                tasks[progress.name] = bars.add_task("", total=None)
            bars.update(
                tasks[progress.name],
                description=f"{progress.name}: {text(f'models.stage_{progress.stage}')}",
                completed=progress.done,
                total=progress.total or None,
            )

        yield report
