"""One worker in the background that adds articles, rebuilds and verifies, while questions are answered.

The pages read its state as frozen values. Between two batches waiting questions go first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Literal, TypeAlias

from rag import indexing
from rag.articles.read import find_files
from rag.errors import HoiBaoError, InputError
from rag.indexing import FileReport, Summary
from rag.texts import text
from rag.web.desk import ChatLibrary, Desk
from rag.web.uploads import Uploads

log = logging.getLogger(__name__)

Kind: TypeAlias = Literal["add", "rebuild", "verify"]
Stage: TypeAlias = Literal["waiting", "reading", "embedding", "verifying", "done", "cancelled", "failed"]

OVER: frozenset[Stage] = frozenset({"done", "cancelled", "failed"})
KEPT = 20  # jobs that are over and still known
LISTED = 100  # files of a job that are shown one by one
MESSAGES = 3  # of one file, or of one check
PATIENCE = 20.0  # seconds that a batch waits for questions: with many readers the adding would never end
LOOK = 0.05  # seconds between two looks whether questions wait


@dataclass(frozen=True, slots=True)
class FileState:
    """One file of a job. `messages` say what could not be read of it, and the cure."""

    name: str
    stage: Literal["waiting", "reading", "done", "skipped"] = "waiting"
    articles: int = 0
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is. `done` of `total` are files while reading, passages while embedding."""

    number: int
    kind: Kind
    collection: str
    stage: Stage = "waiting"
    stopping: bool = False
    files: tuple[FileState, ...] = ()  # of many only those that could not be read
    done: int = 0
    total: int = 0
    rate: float = 0.0  # passages a second
    left: float | None = None  # seconds, None as long as there is nothing to tell from
    summary: Summary | None = None
    findings: tuple[str, ...] = ()  # of a check, in words
    failure: str | None = None

    @property
    def over(self) -> bool:
        return self.stage in OVER


@dataclass(slots=True)
class _Job:
    """A job at work. Its state is replaced whole, so that readers need no lock."""

    state: JobState
    paths: tuple[Path, ...] = ()
    unread: set[Path] = field(default_factory=set)  # uploaded files that gave no article yet
    files: tuple[Path, ...] = ()
    shown: dict[Path, FileState] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0  # embedding
    first: int = 0  # passages that had been embedded then

    def change(self, **values: object) -> None:
        self.state = replace(self.state, **values)  # type: ignore[arg-type]  # field names are the caller's

    def begin(self, files: Iterable[Path]) -> None:
        """Notes which files there are to read."""
        self.files = tuple(files)
        if len(self.files) <= LISTED:
            self.shown = {file: FileState(file.name) for file in self.files}
        self.change(files=tuple(self.shown.values()))

    def show(self, file: Path, state: FileState) -> None:
        """Notes how a file is; of many files only those at which there is something to see are kept."""
        if len(self.files) > LISTED:
            self.shown.pop(file, None)
            if state.stage != "reading" and (not state.messages or len(self.shown) >= LISTED):
                self.change(files=tuple(self.shown.values()))
                return
        self.shown[file] = state
        self.change(files=tuple(self.shown.values()))


class Intake:
    """Takes jobs from any thread and does one after the other."""

    def __init__(self, desk: Desk, uploads: Uploads) -> None:
        self.uploads = uploads
        self._desk = desk
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake")
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._jobs: dict[int, _Job] = {}
        self._closed = threading.Event()

    # ── Jobs ──────────────────────────────────────────────────────────────────────────────────────

    def add(self, collection: str, paths: Sequence[Path]) -> int:
        """Adds files and folders to a collection, and embeds what is pending; gives the job's number."""
        return self._start(_Job(self._state("add", collection), tuple(paths)))

    def add_drop(self, collection: str, drop: str) -> int:
        """Adds the files that were uploaded as one drop. Raises InputError when there are none."""
        paths = self.uploads.keep(drop, collection)
        if not paths:
            raise InputError("library.bad_drop")
        return self._start(_Job(self._state("add", collection), tuple(paths), unread=set(paths)))

    def resume(self, number: int) -> None:
        """Goes on with a job of adding that was cancelled or failed."""
        job = self._jobs.get(number)
        if job and job.state.kind == "add" and job.state.stage in {"cancelled", "failed"}:
            self._forget(number)
            self._start(_Job(self._state("add", job.state.collection), job.paths, unread=job.unread))

    def rebuild(self, collection: str) -> int:
        """Makes the derived indexes anew, with another embedder also the vectors."""
        return self._start(_Job(self._state("rebuild", collection)))

    def verify(self, collection: str) -> int:
        """Holds everything against everything."""
        return self._start(_Job(self._state("verify", collection)))

    def cancel(self, number: int) -> None:
        """Stops a job before its next file or batch; what is done stays."""
        job = self._jobs.get(number)
        if job and not job.state.over:
            job.change(stopping=True)
            job.stop.set()

    def dismiss(self, number: int) -> None:
        """Forgets a job that is over, and the uploads that it did not come to."""
        job = self._jobs.get(number)
        if job and job.state.over:
            self._forget(number)
            self.uploads.remove(job.unread)

    def forget(self, collection: str) -> None:
        """Forgets the jobs of a collection that is no more."""
        for number in [number for number, job in self._jobs.items() if job.state.collection == collection]:
            self.dismiss(number)

    def jobs(self, collection: str) -> tuple[JobState, ...]:
        """The jobs of a collection that are not over, in order, and after them the last that is."""
        states = [job.state for job in list(self._jobs.values()) if job.state.collection == collection]
        over = [state for state in states if state.over]
        return (*(state for state in states if not state.over), *over[-1:])

    def busy(self, collection: str) -> bool:
        """Whether a job of the collection is at work or waits."""
        return under_way(self.jobs(collection))

    def close(self) -> None:
        """Stops at the next batch; uploads that were not read are removed."""
        self._closed.set()
        self._thread.shutdown(wait=False, cancel_futures=True)
        for job in list(self._jobs.values()):
            if job.state.over:
                self.uploads.remove(job.unread)

    # ── The work ──────────────────────────────────────────────────────────────────────────────────

    def _state(self, kind: Kind, collection: str) -> JobState:
        return JobState(next(self._numbers), kind, collection)

    def _start(self, job: _Job) -> int:
        number = job.state.number
        with self._lock:
            over = [number for number, known in self._jobs.items() if known.state.over]
            for old in over[: -KEPT or None]:
                self.dismiss(old)
            self._jobs[number] = job
        self._thread.submit(self._run, job)
        return number

    def _forget(self, number: int) -> None:
        self._jobs.pop(number, None)

    def _run(self, job: _Job) -> None:
        try:
            library = self._desk.loaded()
            if not self._cancelled(job):
                work = {"add": self._add, "rebuild": self._rebuild, "verify": self._verify}
                work[job.state.kind](job, library)
            job.change(stage="cancelled" if self._cancelled(job) else "done")
        except HoiBaoError as error:
            job.change(stage="failed", failure=str(error))
        except Exception:  # a bug must not end the worker: the traceback goes to the log, the reader is told
            log.exception("a job of the library failed")
            job.change(stage="failed", failure=text("library.unexpected"))
        if job.state.stage == "done" or self._closed.is_set():
            self.uploads.remove(job.unread)

    def _add(self, job: _Job, library: ChatLibrary) -> None:
        collection = job.state.collection
        job.change(stage="reading")
        with suppress(InputError):  # whether a path that leads to nothing is a mistake is known to `add`
            job.begin(find_files(job.paths))

        def progress(stage: str, done: int, total: int) -> None:
            if stage == "read" and done < len(job.files):
                job.show(job.files[done], FileState(job.files[done].name, "reading"))
            self._progress(job, stage, done, total)

        def report(report: FileReport) -> None:
            job.show(report.path, _file_state(report))
            if report.articles:
                job.unread.discard(report.path)

        summary = indexing.add(
            job.paths,
            library.store(collection),
            library.embedder,
            library.settings,
            progress=progress,
            report=report,
            cancelled=lambda: self._cancelled(job),
        )
        job.change(summary=summary)

    def _rebuild(self, job: _Job, library: ChatLibrary) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            self._progress(job, stage, done, total)

        store = library.store(job.state.collection)
        indexing.rebuild(store, library.embedder, library.settings, progress=progress)

    def _verify(self, job: _Job, library: ChatLibrary) -> None:
        job.change(stage="verifying")
        job.change(findings=_first(library.store(job.state.collection).verify()))

    def _cancelled(self, job: _Job) -> bool:
        return job.stop.is_set() or self._closed.is_set()

    def _progress(self, job: _Job, stage: str, done: int, total: int) -> None:
        if stage == "read":
            job.change(stage="reading", done=done, total=total)
        else:
            now = time.perf_counter()
            if job.state.stage != "embedding":
                job.started, job.first = now, done
            job.change(stage="embedding", done=done, total=total, **_pace(job, done, total, now))
        self._give_way(job)

    def _give_way(self, job: _Job) -> None:
        """Lets questions go first."""
        deadline = time.monotonic() + PATIENCE
        while self._desk.busy and not self._cancelled(job) and time.monotonic() < deadline:
            time.sleep(LOOK)


def under_way(states: Iterable[JobState]) -> bool:
    """Whether one of these is at work or waits. Asked of the states that are shown: jobs end meanwhile."""
    return any(not state.over for state in states)


def _pace(job: _Job, done: int, total: int, now: float) -> dict[str, object]:
    """Passages a second since the embedding began, and the seconds that are left at this pace."""
    made, seconds = done - job.first, now - job.started
    if not made or seconds <= 0:
        return {"rate": 0.0, "left": None}
    rate = made / seconds
    return {"rate": rate, "left": (total - done) / rate}


def _file_state(report: FileReport) -> FileState:
    messages = tuple(_without_folder(message, report.path) for message in _first(report.problems))
    stage: Literal["done", "skipped"] = "skipped" if messages and not report.articles else "done"
    return FileState(report.path.name, stage, report.articles, messages)


def _first(problems: Sequence[object]) -> tuple[str, ...]:
    """The first of the problems in words, and how many there are beyond them."""
    told = tuple(map(str, problems[:MESSAGES]))
    more = len(problems) - MESSAGES
    return (*told, text("library.more", count=more)) if more > 0 else told


def _without_folder(message: str, path: Path) -> str:
    """The message with the file's name alone: where the server keeps it is nothing to the reader."""
    return message.replace(str(path), path.name)
