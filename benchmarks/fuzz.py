"""Every reader under inputs that are made to reach new lines of it: coverage-guided fuzzing by atheris.

    python -m benchmarks.fuzz [READER …] [--minutes 20] [--findings FOLDER] [--json]

Each reader has so many minutes, one after the other. It begins with small sound files (`made_seeds`); an
input that reaches something new in our code, or in the Python libraries under it, is kept and changed
further. What fails is written to the folder of findings, a file for each input beside its traceback.
atheris comes with `pip install -e '.[bench]'`.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.made_seeds import MAKERS, seeds
from benchmarks.tables import Cell, Table, show
from rag.articles import child
from rag.console import say

PATIENCE = 900  # seconds that a run may take beyond its time where others need the processor
_LINE = re.compile(r"#(\d+)\t\w+\s+cov: (\d+) ft: \d+ corp: (\d+)")
NOTE = (
    "Inputs: how many were tried, of at most 60 kB each; kept: those that reached something new. Branches: "
    "how many of the reader's code and of the Python libraries under it were reached; what C libraries do is "
    "not seen. Errors: places at which something else than an error of ours came out, or an article that "
    "is no good (characters that are invisible, offsets that do not hold). Crashes: the process ended. "
    "Hangs: over {seconds} s. Memory: over {memory} MB. Readers run without the child process that bounds "
    "them in use."
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one process said before it ended."""

    inputs: int
    branches: int
    kept: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("readers", nargs="*", choices=[*MAKERS, []], default=[], metavar="READER")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--findings", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: pip install -e '.[bench]'", file=sys.stderr)
        sys.exit(2)
    findings = options.findings or Path(tempfile.mkdtemp(prefix="hoibao-findings-"))
    names = options.readers or list(MAKERS)
    rows = [fuzzed(name, 60 * options.minutes, findings / name) for name in names]
    say(str(findings), markup=False)
    title = f"{len(names)} readers, {options.minutes:g} minutes of fuzzing each"
    note = NOTE.format(seconds=child.SECONDS, memory=child.MEMORY // 1_000_000)
    columns = ["reader", "inputs", "kept", "branches", "errors", "crashes", "hangs", "memory"]
    show(Table(title, note, columns, rows), as_json=options.json)


def fuzzed(reader: str, seconds: float, findings: Path) -> list[Cell]:
    """The row of a reader; a process that an input ends is started again until the time is over."""
    findings.mkdir(parents=True, exist_ok=True)
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(reader)):
            Path(corpus, f"{number}").write_bytes(seed)
        end = time.monotonic() + seconds
        while (left := round(end - time.monotonic())) > 0:
            command = [
                sys.executable,
                "-m",
                "benchmarks.fuzz_target",
                reader,
                corpus,
                str(findings),
                str(left),
            ]
            done = subprocess.run(command, stderr=subprocess.PIPE, timeout=left + PATIENCE, check=False)
            said = done.stderr.decode("utf-8", "replace")
            runs.append(what_it_did(said))
            say(f"{reader}: {said[-300:]}", markup=False)
            if not runs[-1].inputs:
                raise RuntimeError(said[-3_000:])
    return [
        reader,
        sum(run.inputs for run in runs),
        max(run.kept for run in runs),
        max(run.branches for run in runs),
        *(count(findings, kind) for kind in ("error", "crash", "timeout", "oom")),
    ]


def what_it_did(said: str) -> Run:
    """The last line of libFuzzer that has figures; nothing when it never got so far."""
    lines = _LINE.findall(said)
    return Run(*map(int, lines[-1])) if lines else Run(0, 0, 0)


def count(findings: Path, kind: str) -> int:
    """How many findings of a kind there are."""
    return len([path for path in findings.glob(f"{kind}-*") if path.suffix != ".txt"])


if __name__ == "__main__":
    main()
