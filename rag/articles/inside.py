"""The child process of `rag.articles.child`: limits itself, then answers calls until nobody asks any more.

Every line it reads is a call, every line it writes a value, an error, or the end of one. Whatever else goes
wrong ends it with a traceback, which its parent knows to handle.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from rag.articles.files import MAX_FILE_BYTES
from rag.errors import ArticleError

CPU_SECONDS = 300  # for one file; the parent's limit is shorter, this one also holds when the parent is gone


def main() -> None:
    """Answers calls until standard input ends."""
    answers = _take_stdout()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit(request["memory"])
        try:
            for message in _answer(request):
                _write(answers, message)
        except MemoryError:
            _write(answers, {"fault": "memory"})
            return  # whatever is left of it


def _answer(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    module, name = request["function"].split(":")
    function = getattr(importlib.import_module(module), name)
    try:
        for value in function(Path(request["path"]), **request["arguments"]):
            yield {"value": value}
    except ArticleError as error:
        yield {"error": _packed(error)}
        return
    yield {"end": True}


def read(path: Path, function: str) -> Iterator[dict[str, Any]]:
    """What the reader `module:name` finds: `{"article": …}`, and `{"problem": [key, values]}`."""
    module, name = function.split(":")
    problems: list[ArticleError] = []
    for article in getattr(importlib.import_module(module), name)(path, problems.append):
        yield from _problems(problems)
        yield {"article": asdict(article)}
    yield from _problems(problems)


def _problems(problems: list[ArticleError]) -> Iterator[dict[str, Any]]:
    while problems:
        yield {"problem": _packed(problems.pop(0))}


def _packed(error: ArticleError) -> tuple[str, dict[str, Any]]:
    return error.key, {
        name: value if isinstance(value, int) else str(value)[:1_000] for name, value in error.values.items()
    }


def _take_stdout() -> BinaryIO:
    """The pipe to the parent, for us alone: what a library prints goes to standard error."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def _write(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    answers.flush()


def _limit(memory: int) -> None:
    """Address space, CPU time of the next call, size of a file it writes; Linux alone keeps all of these."""
    if sys.platform != "linux":
        return
    import resource  # imported here: Windows does not have it

    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: MAX_FILE_BYTES + 1,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        _, hardest = resource.getrlimit(kind)
        if hardest == resource.RLIM_INFINITY or value <= hardest:
            resource.setrlimit(kind, (value, hardest))


if __name__ == "__main__":
    main()
