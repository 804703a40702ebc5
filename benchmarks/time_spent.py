"""Draws where the time of one question goes, the plain recipe's and ours, from the table of rivals.

    python -m benchmarks.time_spent [--table docs/results/rivals.json] [--out docs/time-spent.svg]

`python -m benchmarks.results` draws it again with every page that it writes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rivals_table import (
    ASKED,
    FINISHED,
    FIRST_EVIDENCE,
    FIRST_TOKEN,
    FIXED,
    FOLLOWED,
    NEW,
    PROMPT,
    SEARCHED,
    TUNED,
    TUNED_FOLLOWED,
    TYPED,
    UNDERSTOOD,
    WRITTEN,
)
from benchmarks.tables import Table
from rag.console import say
from rag.web.markup import attributes, escape

DOCS = Path(__file__).parent.parent / "docs"
SHOWN = {TUNED: False, NEW: True, TYPED: True, TUNED_FOLLOWED: False, FOLLOWED: True}
"""Way → whether it checks what was written."""
WRITING, CHECKING = "writing", "checking, citing"
STAGES = {
    "understanding": UNDERSTOOD,
    "searching": SEARCHED,
    "judging the evidence": FIRST_EVIDENCE,
    "reading the prompt": FIRST_TOKEN,
    WRITING: WRITTEN,
    CHECKING: FINISHED,
}
"""Stage → the column of the second at which it ends."""
PARTS = ("the system's message", "evidence, conversation", "the question")  # of a prompt
# Okabe and Ito's colours, which people tell apart who see fewer of them: https://jfly.uni-koeln.de/color/
COLOURS = dict(
    zip(
        [*STAGES, *PARTS],
        ("#cc79a7", "#f0e442", "#009e73", "#0072b2", "#e69f00", "#000000", "#999999", "#56b4e9", "#d55e00"),
        strict=True,
    )
)
WIDTH, MARGIN, LINE = 760, 20, 20
BAR, ROOM = 18, 46  # heights: of a bar, and of a bar with its name above it
NUMBERS = 90  # beside a bar, for its sum
TIME_TITLE = "Seconds from Enter to the checked answer (medians)"
TOKENS_TITLE = "Tokens of its prompt; the system's message had been read before"


@dataclass(frozen=True, slots=True)
class Bar:
    """A way of asking, cut into stages or parts; what is nothing is left out."""

    name: str
    pieces: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.pieces.values())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--table", type=Path, default=DOCS / "results" / "rivals.json")
    parser.add_argument("--out", type=Path, default=DOCS / "time-spent.svg")
    options = parser.parse_args()
    kept = json.loads(options.table.read_text(encoding="utf-8"))
    options.out.write_text(drawing(Table(**kept["table"])), encoding="utf-8")
    say(str(options.out), markup=False)


def drawing(table: Table) -> str:
    """The whole figure as an SVG document."""
    rows = {str(row[0]): dict(zip(table.columns, row, strict=True)) for row in table.rows}
    times = [Bar(way, stages(rows[way], checks=checks)) for way, checks in SHOWN.items()]
    prompts = [Bar(way, parts(rows[way])) for way in SHOWN]
    first, middle = panel(times, TIME_TITLE, list(STAGES), 2, MARGIN)
    second, bottom = panel(prompts, TOKENS_TITLE, list(PARTS), 0, middle + MARGIN)
    described = "; ".join(f"{bar.name}: {told(bar)}" for bar in times)
    head = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {WIDTH} {bottom}",
        "role": "img",
        "aria-label": f"{TIME_TITLE}. {described}.",
        "font-family": "system-ui, sans-serif",
        "font-size": "13",
        "fill": "#1a1a1a",
    }
    return (
        f'<svg{attributes(head)}>\n<rect width="{WIDTH}" height="{bottom}" fill="#ffffff"/>\n'
        f"{first}{second}</svg>\n"
    )


def stages(row: Mapping[str, Any], *, checks: bool) -> dict[str, float]:
    """How long each stage took; medians that cross each other count as nothing."""
    spent, before = {}, 0.0
    ends = STAGES if checks else STAGES | {WRITING: FINISHED, CHECKING: FINISHED}
    for stage, column in ends.items():
        if row[column] is not None and row[column] > before:
            spent[stage] = row[column] - before
            before = row[column]
    return spent


def parts(row: Mapping[str, Any]) -> dict[str, float]:
    """How many tokens of the prompt are what; nothing when none was read."""
    if row[PROMPT] is None:
        return {}
    rest = row[PROMPT] - row[FIXED] - row[ASKED]
    return dict(zip(PARTS, (row[FIXED], rest, row[ASKED]), strict=True))


def told(bar: Bar) -> str:
    return ", ".join(f"{name} {value:.2f} s" for name, value in bar.pieces.items())


def panel(
    bars: Sequence[Bar], title: str, legend: Sequence[str], digits: int, top: float
) -> tuple[str, float]:
    """Bars under each other on one scale, and where the next panel may begin."""
    scale = (WIDTH - 2 * MARGIN - NUMBERS) / max(bar.total for bar in bars)
    y = top + LINE
    lines = [f'<text x="{MARGIN}" y="{y}" font-weight="bold" font-size="15">{escape(title)}</text>\n']
    keys, y = _legend(legend, y + LINE)
    lines += keys
    for bar in bars:
        lines.append(f'<text x="{MARGIN}" y="{y + LINE}">{escape(bar.name)}</text>\n')
        lines += _bar(bar, scale, digits, y + LINE + 6)
        y += ROOM
    return "".join(lines), y


def _bar(bar: Bar, scale: float, digits: int, y: float) -> Iterator[str]:
    x = float(MARGIN)
    for name, value in bar.pieces.items():
        where = {
            "x": f"{x:.1f}",
            "y": y,
            "width": f"{value * scale:.1f}",
            "height": BAR,
            "fill": COLOURS[name],
        }
        yield f"<rect{attributes(where)}><title>{escape(f'{name}: {value:.{digits}f}')}</title></rect>\n"
        x += value * scale
    yield f'<text x="{x + 8:.1f}" y="{y + BAR - 4}">{bar.total:,.{digits}f}</text>\n'


def _legend(names: Sequence[str], y: float) -> tuple[list[str], float]:
    """A colour and its name each, as many in a line as there is room for."""
    keys, x = [], float(MARGIN)
    for name in names:
        width = 24 + 7.2 * len(name)  # of an average letter
        if x + width > WIDTH - MARGIN:
            x, y = float(MARGIN), y + LINE
        keys.append(
            f'<rect x="{x:.1f}" y="{y - 10}" width="12" height="12" fill="{COLOURS[name]}"/>'
            f'<text x="{x + 17:.1f}" y="{y}">{escape(name)}</text>\n'
        )
        x += width + 10
    return keys, y + 6


if __name__ == "__main__":
    main()
