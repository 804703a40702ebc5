"""What becomes of an index on a disk that fills up while it is written to.

    python -m benchmarks.full_disk [--levels 50] [--json]

A small tmpfs holds an index; a file takes all but a little of the room, a little more at every level. Three
commits are tried, then the index is read on the full disk, and once more when there is room again. Linux: who
is not root mounts in a name space of their own (`unshare`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks import durable
from benchmarks.tables import Cell, Table, show
from rag.errors import HoiBaoError
from rag.store import Store

SIZE = 4_000_000  # bytes of the disk
MOST_FREE, BAND = 400_000, 80_000  # bytes
STEPS = 3
NOTE = (
    "Free is what was left of the disk when three commits began. Refused: one that ended in an error which "
    "names the cure. Wrong: another content than that of the last commit, or of the one that was being made; "
    "damaged: `verify` found something when there was room again, or the index took no other commit."
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--levels", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if os.geteuid() != 0:
        again = [sys.executable, "-m", "benchmarks.full_disk", *sys.argv[1:]]
        os.execvp("unshare", ["unshare", "-rm", *again])  # noqa: S606, S607
    bands: dict[str, Counter[str]] = {}
    for level in range(options.levels):
        free = level * MOST_FREE // options.levels
        band = f"{free // BAND * BAND // 1000} to {(free // BAND + 1) * BAND // 1000} kB"
        with small_disk() as disk:
            bands.setdefault(band, Counter()).update(tried(disk, free))
    columns = ["committed", "refused", "wrong", "damaged"]
    rows: list[list[Cell]] = [
        [band, found["levels"], *(found[column] for column in columns)] for band, found in bands.items()
    ]
    title = f"{options.levels} levels of a full disk"
    show(Table(title, NOTE, ["free", "levels", *columns], rows), as_json=options.json)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own. Exits with the reason when that is not permitted."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place],  # noqa: S607
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stderr.strip())
        try:
            yield Path(place)
        finally:
            # Lazily: tantivy lets go of its files when its threads end.
            subprocess.run(["umount", "-l", place], check=True)  # noqa: S607


def tried(disk: Path, free: int) -> Counter[str]:
    """What came of the commits on a disk that has so many bytes left."""
    folder, ballast, found = disk / "chỉ mục", disk / "đầy", Counter(levels=1)
    with closing(Store.open(folder, create=True)) as store:
        durable.commit(store, 3)
        told = 3
        fill(ballast, free)
        try:
            for _ in range(STEPS):
                durable.commit(store, 1)
                told += 1
                found["committed"] += 1
        except HoiBaoError:
            found["refused"] += 1
        found.update(judged(store, told))
    found.update(opened(folder, told))
    ballast.unlink()
    found.update(opened(folder, told, whole=True))
    return found


def fill(ballast: Path, free: int) -> None:
    """Takes all room but so many bytes."""
    content = b"\0" * 4_096
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(content) == len(content):
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() - free))


def judged(store: Store, told: int) -> Counter[str]:
    """Whether what a reader sees is what was committed, or was being."""
    try:
        with store.snapshot() as snapshot:
            step = durable.read(snapshot)
    except durable.Mixed:
        return Counter(wrong=1)
    return Counter(wrong=step not in (told, told + 1))


def opened(folder: Path, told: int, *, whole: bool = False) -> Counter[str]:
    """The same by another process's eyes; with room again, also verified and written to."""
    try:
        with closing(Store.open(folder)) as store:
            found = judged(store, told)
            if whole:
                found["damaged"] += bool(store.verify())
                durable.commit(store, 1)
    except HoiBaoError:
        return Counter(damaged=whole)  # on a full disk SQLite may not even be opened: said, with the cure
    return found


if __name__ == "__main__":
    main()
