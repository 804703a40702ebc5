"""What becomes of an index when a byte in one of its files changes, or a file is cut short.

    python -m benchmarks.damage [--mutations 600] [--json]

Every mutation is made to a fresh copy of one index, as it lies after it was closed, and as a killed writer
leaves it (with SQLite's -wal). Then everything is read and searched as a question would, and verified.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from benchmarks import durable
from benchmarks.tables import Cell, Table, show
from rag.console import say
from rag.errors import HoiBaoError
from rag.store import Store

SEED = 1
STEPS = 70
ARTICLES = 60
NOTE = (
    "Half of the mutations change one byte, half cut the file there. Healed: the answers were right and what "
    "was damaged has been derived again. Named: an error with the cure came instead of an answer. Found by "
    "verify: the answers were right, nothing that they need was hit, and `hoibao index verify` says where. "
    "Without effect: the content is right and verified. Wrong: an answer of another content without a word; "
    "crash: an error that is not ours."
)
OUTCOMES = ["healed", "named", "found by verify", "without effect", "wrong", "crash"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutations", type=int, default=600)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    durable.KEPT = ARTICLES
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        closed, killed = made(Path(temporary))
        chance = random.Random(SEED)
        for number in range(options.mutations):
            original = killed if number % 3 == 0 else closed
            copy = Path(temporary) / "bản sao"
            shutil.copytree(original, copy)
            file, said = mutate(copy, chance)
            outcome, reason = judge(copy)
            kind = kind_of(file)
            counts.setdefault(kind, Counter())[outcome] += 1
            if outcome in ("wrong", "crash"):
                say(f"{original.name}/{file.name}, {said}: {outcome}, {reason}", markup=False)
            shutil.rmtree(copy)
    counts = dict(sorted(counts.items())) | {"all": sum(counts.values(), Counter())}
    rows: list[list[Cell]] = [[name, *(found[one] for one in OUTCOMES)] for name, found in counts.items()]
    title = f"{options.mutations} damaged files of an index"
    show(Table(title, NOTE, ["file", *OUTCOMES], rows), as_json=options.json)


def made(folder: Path) -> tuple[Path, Path]:
    """The same content, closed and as a killed writer leaves it."""
    closed, killed = folder / "đóng", folder / "bị dừng"
    with closing(Store.open(closed, create=True)) as store:
        durable.commit(store, STEPS)
        shutil.copytree(closed, killed)  # before the -wal is gone
    (closed / "write.lock").unlink(missing_ok=True)
    (killed / "articles.sqlite-shm").unlink(missing_ok=True)  # lives in memory
    return closed, killed


def mutate(folder: Path, chance: random.Random) -> tuple[Path, str]:
    """Damages one file of an index; which, and how."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    truth = [path for path in files if path.name.startswith("articles.sqlite")]
    file = chance.choice(truth if chance.random() < 0.5 else files)
    content = bytearray(file.read_bytes())
    place = chance.randrange(len(content))
    if chance.random() < 0.5:
        change = chance.randrange(1, 256)
        content[place] ^= change
        said = f"byte {place} ^ {change}"
    else:
        del content[place:]
        said = f"cut at {place}"
    file.write_bytes(content)
    return file, said


def judge(folder: Path) -> tuple[str, str]:
    """What came of it, and what was said."""
    try:
        before = problems(folder)
        with closing(Store.open(folder)) as store, store.snapshot() as snapshot:
            step = durable.read(snapshot)
        after = problems(folder)
    except HoiBaoError as error:
        return "named", str(error)
    except durable.Mixed as error:
        return "wrong", str(error)[:300]
    except Exception as error:  # noqa: BLE001  # whatever it is: it is what we are looking for
        return "crash", repr(error)[:300]
    said = before[0] if before else ""
    if step != STEPS:  # an earlier commit, whole: wrong unless the loss is named
        return "named" if said.startswith("articles.sqlite: ") else "wrong", f"step {step}; {said}"
    if not before:
        return "without effect", ""
    return "found by verify" if after else "healed", said


def problems(folder: Path) -> list[str]:
    with closing(Store.open(folder)) as store:
        return [str(problem) for problem in store.verify()]


def kind_of(file: Path) -> str:
    return f"lexical/*/*{file.suffix}" if file.parent.parent.name == "lexical" else file.name


if __name__ == "__main__":
    main()
