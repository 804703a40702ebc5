"""A writer killed at any point leaves the old state or the new one. All points: `python -m benchmarks.crash`.

Children are forked from a server that is asked through a socket in the file system.
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import crash, durable
from benchmarks.crash import POINTS, Outcome
from rag.store import Store

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]

MOST_TELLING = [
    "creating: half of the tables",
    "commit: article gone, new one not in",
    "commit: all rows in",
    "commit: kept by SQLite",
    "words: written, not committed",
    "words: committed, no manifest",
    "words: manifest written",
    "vectors: file renamed, old manifest",
    "deriving: all forgotten",
    "mending: a reader writes words",
    "replacing: a batch half staged",
    "replacing: kept by SQLite",
    "backing up: before the file is renamed",
    "restoring: half of the pages copied",
    "restoring: kept by SQLite",
]


@pytest.mark.parametrize("name", MOST_TELLING)
def test_killed_at_a_point(tmp_path: Path, name: str) -> None:
    assert crash.at_point(POINTS[name], tmp_path / "chỉ mục", 1) == Outcome(times=1)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    assert crash.at_random(tmp_path / "chỉ mục", 3) == Outcome(times=3)


def test_the_harness_sees_what_it_is_to_see(tmp_path: Path) -> None:
    with closing(Store.open(tmp_path, create=True)) as store, store.write(durable.RECIPE) as writer:
        durable.take(writer, 1)
    lost = Outcome()
    crash.look(tmp_path, 3, lost)
    assert (lost.lost, lost.mixed, lost.failed) == (["1 instead of 3"], [], [])
    with closing(Store.open(tmp_path)) as store, store.write(durable.RECIPE) as writer:
        writer.remove(["không đổi"])
    mixed = Outcome()
    crash.look(tmp_path, 2, mixed)
    assert [line.partition(":")[0] for line in mixed.mixed] == ["articles"]
    (tmp_path / "articles.sqlite").write_bytes(b"x" * 5_000)
    failed = Outcome()
    crash.look(tmp_path, 2, failed)
    assert len(failed.failed) == 1
