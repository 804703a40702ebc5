"""The child process of `rag.articles.child`: limits itself, then answers calls until nobody asks any more.

Every line it reads is a call, every line it writes a value, an error, or the end of one. Whatever else goes
wrong ends it with a traceback, which its parent knows to handle.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from rag.articles.files import MAX_CHARACTERS, MAX_FILE_BYTES
from rag.errors import ArticleError

CPU_SECONDS = 300  # for one file; the parent's limit is shorter, this one also holds when the parent is gone


def main() -> None:
    """Answers calls until standard input ends."""
    answers = _take_stdout()

    def say(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        answers.flush()

    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit(request["memory"])
        try:
            _answer(request, say)
        except ArticleError as error:
            say({"error": _packed(error)})
        except MemoryError:
            say({"fault": "memory"})
            return  # whatever is left of it


def _answer(request: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> None:
    """The values of a function, or what a reader finds: `{"article": …}` and `{"problem": [key, values]}`."""
    path = Path(request["path"])
    if "reader" in request:

        def report(error: ArticleError) -> None:
            say({"value": {"problem": _packed(error)}})

        for article in load(request["reader"])(path, report):
            if len(article.body) > MAX_CHARACTERS:
                values = {"id": article.id, "count": len(article.body), "limit": MAX_CHARACTERS}
                report(ArticleError("articles.long_article", path=path, **values))
            else:
                say({"value": {"article": asdict(article)}})
    else:
        for value in load(request["function"])(path, **request["arguments"]):
            say({"value": value})
    say({"end": True})


def load(name: str) -> Callable[..., Any]:
    """The function `module:name`."""
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def _packed(error: ArticleError) -> tuple[str, dict[str, Any]]:
    return error.key, {
        name: value if isinstance(value, int) else str(value)[:1_000] for name, value in error.values.items()
    }


def _take_stdout() -> BinaryIO:
    """The pipe to the parent, for us alone: what a library prints goes to standard error."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


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
