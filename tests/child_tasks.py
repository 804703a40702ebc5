"""What hostile files could make a reader do: called by name in the child process."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from rag.errors import ArticleError


def count(path: Path, to: int) -> Iterator[int]:
    os.write(1, b"a library that talks\n")  # must not reach the pipe
    yield from range(to)


def process(path: Path) -> Iterator[int]:
    yield os.getpid()


def hang(path: Path) -> Iterator[int]:
    yield 1
    time.sleep(600)


def spin(path: Path) -> Iterator[int]:
    while path.name:
        pass
    yield 0


def eat(path: Path) -> Iterator[int]:
    held = []
    while path.name:
        held.append(bytearray(10_000_000))
    yield len(held)


def talk(path: Path, size: int) -> Iterator[str]:
    yield "x" * size


def crash(path: Path) -> Iterator[int]:
    yield 1
    os.abort()


def stumble(path: Path) -> Iterator[int]:
    if path.name:
        raise ValueError("bad\nmagic")
    yield 0


def refuse(path: Path) -> Iterator[int]:
    yield 1
    raise ArticleError("articles.large_file", path=path, limit=7)


def litter(path: Path) -> Iterator[str]:
    import tempfile

    yield tempfile.mkdtemp()
    os.abort()


def eat_unlimited(path: Path) -> Iterator[int]:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    yield from eat(path)


def loaded(path: Path) -> Iterator[list[str]]:
    import sys

    import rag.articles.read  # noqa: F401

    yield sorted(sys.modules)
