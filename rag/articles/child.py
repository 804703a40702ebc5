"""Foreign files read in another process, so that a hostile one can neither stop nor fill this one.

A file that takes more than SECONDS without giving anything (up to three times as many where other programs
need the processor), more than MEMORY, or that brings the reader down, becomes an ArticleError that names
it, and a new child takes the next one. A child reads many files: starting one costs as much as reading
dozens. What goes between the two is one line of JSON per value.

Memory is held in two ways: this process looks at the child every WATCH seconds and ends it, on every system;
and on Linux the child limits itself (`rag.articles.inside`), which also holds between two looks. Windows and
macOS have the first alone.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias

import rag
from rag.articles.draft import RawArticle, Reader, Report
from rag.articles.files import MAX_CHARACTERS, MAX_FILE_BYTES
from rag.errors import ArticleError

SECONDS = 25  # without a value
MEMORY = 1_000_000_000  # bytes
MAX_VALUE = MAX_FILE_BYTES + 1_000_000  # bytes of one value, such as a picture of a page
MAX_ARTICLE = 3 * MAX_CHARACTERS + 1_000_000  # of one article: what becomes of it is read in this process
FILES = 100  # read by one child: what a library does not give back is gone with it
WATCH = 0.1  # seconds between two looks

Fault: TypeAlias = Literal["time", "memory", "size", "crash"]

log = logging.getLogger(__name__)


def call(function: str, path: Path, /, **arguments: object) -> Generator[Any, None, None]:
    """The values that the generator `module:name` gives in a child for `path` and `arguments`, all JSON.

    Raises ArticleError: the function's own, or one that says what the file did to the child.
    """
    yield from _values({"function": function, "path": str(path), "arguments": arguments})


def isolated(function: str) -> Reader:
    """The reader `module:name` as one that works in a child."""

    def read(path: Path, report: Report) -> Iterator[RawArticle]:
        for value in _values({"reader": function, "path": str(path)}):
            if "problem" in value:
                key, values = value["problem"]
                report(ArticleError(key, **values))
            else:
                yield RawArticle(**value["article"])

    return read


def _values(request: dict[str, Any]) -> Generator[Any, None, None]:
    child = _idle.pop() if _idle else _Child()
    try:
        yield from child.ask(request)
    finally:  # also when nobody wants the rest
        if child.at_rest and child.files < FILES:
            _idle.append(child)
        else:
            child.close()


_idle: list[_Child] = []  # append and pop are atomic: no lock


@atexit.register
def close() -> None:
    """Ends the children that wait for a file."""
    while _idle:
        _idle.pop().close()


class _Child:
    """One process and what is watched about it."""

    def __init__(self) -> None:
        self.files = 0
        self.at_rest = True
        self._fault: Fault | None = None
        self._began: float | None = None  # to wait for a value
        self._largest = 0  # bytes of address space, when it was looked at
        # A child that is killed cannot tidy up: its files go with its folder.
        self._scratch = tempfile.TemporaryDirectory(prefix="hoibao-", ignore_cleanup_errors=True)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the child
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rag.articles.inside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=_environment(self._scratch.name),
        )
        threading.Thread(target=self._watch, name="watch-child", daemon=True).start()

    def ask(self, request: dict[str, Any]) -> Iterator[Any]:
        """The values of one call. Raises ArticleError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.files += 1
        self.at_rest = False
        path, longest = request["path"], MAX_ARTICLE if "reader" in request else MAX_VALUE
        try:
            self._process.stdin.write(json.dumps({**request, "memory": MEMORY}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:  # it has ended: what it says now is its end
            log.debug("the child is gone", exc_info=True)
        while True:
            self._began = time.monotonic()
            line = self._process.stdout.readline(longest + 1)
            self._began = None
            if not line.endswith(b"\n"):
                raise self._failed(path, "size" if len(line) > longest else "crash", longest)
            message = json.loads(line.decode("utf-8", "surrogatepass"))
            if "value" in message:
                yield message["value"]
                continue
            if "fault" in message:
                raise self._failed(path, message["fault"], longest)
            self.at_rest = True
            if "error" in message:
                key, values = message["error"]
                raise ArticleError(key, **values)
            return

    def _failed(self, path: str, fault: Fault, longest: int) -> ArticleError:
        """What the file did, after the child has ended; its traceback goes to the log."""
        self._process.kill()
        self._process.wait()
        fault = self._fault or fault
        ended = _signal(self._process.returncode)
        if fault == "crash" and ended == "SIGXCPU":
            fault = "time"
        elif fault == "crash" and ended and self._largest > MEMORY / 2:
            fault = "memory"  # libraries that get none end the process
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - 4_000))
        said = self._said.read().decode("utf-8", "replace").strip()
        log.warning("reading %s ended in %s: %s", path, fault, said)
        reason = said.splitlines()[-1][:200] if said else ended
        limits = {"seconds": SECONDS, "memory": MEMORY // 1_000_000, "limit": longest // 1_000_000}
        return ArticleError(f"articles.child_{fault}", path=path, reason=reason, **limits)

    def _watch(self) -> None:
        import psutil  # imported here: most folders hold no file that needs a child

        try:
            process = psutil.Process(self._process.pid)
            began, worked = None, 0.0
            while self._process.poll() is None:
                time.sleep(WATCH)
                taken = process.memory_info()
                self._largest = max(self._largest, taken.vms)
                if taken.rss > MEMORY:
                    self._end("memory")
                if self._began != began:
                    began, worked = self._began, sum(process.cpu_times()[:2])
                if began and _overdue(time.monotonic() - began, sum(process.cpu_times()[:2]) - worked):
                    self._end("time")
        except psutil.Error:
            return  # it has ended

    def _end(self, fault: Fault) -> None:
        self._fault = fault
        self._process.kill()

    def close(self) -> None:
        """Ends the process and removes what it has left."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            assert stream is not None
            try:
                stream.close()
            except OSError:  # what was not yet written to a child that is gone
                log.debug("closing a pipe", exc_info=True)
        self._scratch.cleanup()


def _overdue(passed: float, worked: float) -> bool:
    """Whether a value has been waited for too long, of which the child worked so many seconds.

    It may not get the processor at once; then it has more time, unless it does not work at all.
    """
    return passed > SECONDS and not (passed / 10 < worked < SECONDS and passed < 3 * SECONDS)


def _environment(scratch: str) -> dict[str, str]:
    """Ours, with a place for files and with the path to this package, from wherever it was started."""
    package = str(Path(rag.__file__).parent.parent)
    paths = filter(None, [package, os.environ.get("PYTHONPATH")])
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch),
        "OPENBLAS_NUM_THREADS": "1",  # each of its threads reserves memory that counts
    }


def _signal(returncode: int) -> str:
    """The name of the signal that ended the process, "" when none did."""
    return signal.Signals(-returncode).name if returncode < 0 else ""
