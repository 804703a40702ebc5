"""Runs the benchmarks on our own articles and writes docs/results.md, a section for each table.

    python -m benchmarks.results                     all of them
    python -m benchmarks.results --only copies       some of them; the tables of the others stay
    python -m benchmarks.results --only              none: writes the page again
    python -m benchmarks.results add NAME -- python -m benchmarks.retrieval FILE --json

`add` keeps the table of any command under a name of its own: figures on articles and questions that are not
in the repository. Every table lies in docs/results/NAME.json with its command, day, commit and machine until
it is measured again; delete the file and the table is gone. Files that were measured on appear by their
stems.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.tables import Table, markdown, stem
from rag.console import say

RIVALS, FIGURE = "rivals", "time-spent.svg"  # a table, and what is drawn from it
OURS: Mapping[str, Sequence[str]] = {
    "retrieval": (),
    "fit_fusion": (),
    "fit_nearness": (),
    "fit_evidence": (),
    "fit_guess": (),
    "accents": (),
    "copies": (),
    "embedding": (),
    "sentences": (),
    "extraction": (),
    "indexing": (),
    "scale": (),
    "bounds": (),
    "checks": (),
    "crash": (),
    "damage": (),
    "full_disk": (),
    "generations": (),
    "hostile": (),
    "fuzz": ("--minutes", "1"),
    "offline": (),
    "answers": ("--sample", "60"),
    "injection": ("--rounds", "3"),
    "plain_recipe": ("--sample", "40"),
    "ablation": ("--sample", "40"),
    "stitching": ("--sample", "60"),
    "answer_speed": (),
    "over_http": (),
    "start": (),
    RIVALS: (),
    "crowd": (),
    "memory": (),
}
"""Module → the arguments that measure it on our own articles."""

PAGE = Path(__file__).parent.parent / "docs" / "results.md"
INTRODUCTION = """\
# Measured

Written by `python -m benchmarks.results`; do not edit. Every table is made by the one command above it. Data
that is not in this repository is named without its folder. Times belong to their machine, and a figure with ±
to its questions: compare what stands in one table.
"""


class BenchmarkError(Exception):
    """A command that gave no table."""


@dataclass(frozen=True, slots=True)
class Result:
    """A table, and how it came about."""

    command: str
    day: str  # YYYY-MM-DD, UTC
    commit: str
    machine: Mapping[str, str]
    table: Table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", choices=OURS, default=list(OURS), metavar="NAME")
    parser.add_argument("--out", type=Path, default=PAGE)
    verbs = parser.add_subparsers(dest="verb")
    add = verbs.add_parser("add", help="keep the table of a command under a name of its own")
    add.add_argument("name")
    add.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    python = [sys.executable, "-m"]
    commands = {name: [*python, f"benchmarks.{name}", *OURS[name], "--json"] for name in options.only}
    if options.verb:
        if options.name in OURS or Path(options.name).name != options.name:
            add.error(f"{options.name}: not a name of its own")
        commands = {options.name: options.command}
    sys.exit(1 if update(options.out, commands) else 0)


def update(page: Path, commands: Mapping[str, Sequence[str]]) -> list[str]:
    """Measures, keeps each table at once, writes the page; gives the names of those that failed."""
    folder = page.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    for name, command in commands.items():
        say(f"── {name}", markup=False)
        try:
            result = measure(command)
        except BenchmarkError as error:
            say(f"{name}: {error}", markup=False)
            failed.append(name)
            continue
        content = json.dumps(asdict(result), ensure_ascii=False, indent=1) + "\n"
        (folder / f"{name}.json").write_text(content, encoding="utf-8")
    results = kept(folder)
    if RIVALS in results:
        from benchmarks import time_spent  # imported here: imports half of what is measured

        drawn = time_spent.drawing(results[RIVALS].table)
        page.with_name(FIGURE).write_text(drawn, encoding="utf-8")
    page.write_text(render(results), encoding="utf-8")
    return failed


def measure(command: Sequence[str]) -> Result:
    """Runs a command that prints one table as JSON. Raises BenchmarkError when it does not."""
    commit = machine.commit()  # before the run: the code that is loaded, not what is edited meanwhile
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    except OSError as error:
        raise BenchmarkError(str(error)) from error
    if done.returncode:
        raise BenchmarkError(f"exit code {done.returncode}")
    try:
        table = Table(**json.loads(done.stdout))
        markdown(table)
    except (ValueError, TypeError) as error:
        raise BenchmarkError(f"printed no table: {error}") from error
    return Result(described(command), f"{datetime.now(UTC):%Y-%m-%d}", commit, machine.describe(), table)


def described(command: Sequence[str]) -> str:
    """The command as it is published: files by their stems, Python by its name, for a shell."""
    program, *arguments = command
    name = "python" if Path(program).name.startswith("python") else stem(Path(program))
    return " ".join([name, *map(_published, arguments)])


def _published(argument: str) -> str:
    option, equals, value = argument.rpartition("=")
    is_path = "/" in value or os.sep in value or Path(value).exists()
    return f"{option}{equals}{stem(Path(value))}" if is_path else shlex.quote(argument)


# ── The page ──────────────────────────────────────────────────────────────────────────────────────


def kept(folder: Path) -> dict[str, Result]:
    """The results so far by name: ours in their order, then the others."""
    found = {}
    for file in folder.glob("*.json"):
        fields = json.loads(file.read_text(encoding="utf-8"))
        found[file.stem] = Result(**fields | {"table": Table(**fields["table"])})
    names = [*(name for name in OURS if name in found), *sorted(found.keys() - OURS.keys())]
    return {name: found[name] for name in names}


def render(results: Mapping[str, Result]) -> str:
    """The whole page."""
    machines = list({json.dumps(result.machine): result.machine for result in results.values()}.values())
    return "\n".join(
        [
            INTRODUCTION,
            *([f"![Where the time of one question goes]({FIGURE})\n"] if RIVALS in results else []),
            *(_machine(number, described) for number, described in enumerate(machines, start=1)),
            *(_section(result, machines.index(result.machine) + 1) for result in results.values()),
        ]
    )


def _section(result: Result, machine_number: int) -> str:
    made = f"{result.day}, commit {result.commit or 'unknown'}, machine {machine_number}."
    return f"## {result.table.title}\n```\n{result.command}\n```\n\n{markdown(result.table)}\n\n{made}\n"


def _machine(number: int, described: Mapping[str, str]) -> str:
    rows = [list(row) for row in described.items()]
    return f"{markdown(Table('', '', [f'machine {number}', ''], rows))}\n"


if __name__ == "__main__":
    main()
