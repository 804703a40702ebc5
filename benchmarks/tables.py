"""The one shape of what a benchmark measured, and how it is shown: JSON for the driver, Markdown for eyes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from rag.evaluation.statistics import Figure

Cell: TypeAlias = str | int | float | Figure | Mapping[str, Any] | None
"""A mapping is a Figure that has been through JSON."""


@dataclass(frozen=True, slots=True)
class Table:
    """What one run measured; described in the package's docstring."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def show(table: Table, *, as_json: bool) -> None:
    """Prints the table on stdout: as one JSON object, or to be read."""
    if as_json:
        print(json.dumps(asdict(table), ensure_ascii=False))
    else:
        print(f"{table.title}\n\n{markdown(table)}")


def markdown(table: Table) -> str:
    """The rows as a Markdown table, padded so that it can be read as it is, and the note below it."""
    lines = [list(table.columns), *([_shown(cell) for cell in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    # The first column says what, the others how much: figures stand under each other at the right.
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    padded = (
        [line[0].ljust(widths[0]), *(text.rjust(w) for text, w in zip(line[1:], widths[1:], strict=True))]
        for line in lines
    )
    rows = "\n".join(f"| {' | '.join(line)} |" for line in padded)
    return f"{rows}\n\n{table.note}" if table.note else rows


def stem(path: Path) -> str:
    """How a file is named in a table: `viquad.jsonl.gz` → `viquad`."""
    return path.name.partition(".")[0]


def stems(paths: Iterable[Path]) -> str:
    """`first + second`."""
    return " + ".join(map(stem, paths))


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return "—"
        case str():
            return cell.replace("|", "\\|")
        case int():
            return f"{cell:,}"
        case float():
            return _number(cell)
        case Figure(value, stderr, _) | {"value": value, "stderr": stderr}:
            if value is None:
                return "—"
            decimals = 3 if abs(value) < 10 else 1  # shares and seconds, or tokens
            return f"{value:.{decimals}f}" + ("" if stderr is None else f" ± {stderr:.{decimals}f}")
    raise TypeError(f"no cell of a table: {cell!r}")


def _number(value: float) -> str:
    """Three figures or more, depending on the size: 0.012, 3.46, 21.5, 1,204."""
    decimals = next((places for limit, places in ((1, 3), (10, 2), (100, 1)) if abs(value) < limit), 0)
    return f"{value:,.{decimals}f}"
