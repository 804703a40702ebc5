"""Small plots as inline SVG: no library, no script. Text stands beside the drawing, not in it, so that it
keeps its size on a phone; whoever cannot see the plot has its text alternative and its table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.texts import text
from rag.web.markup import attributes, escape, number

_WIDTH, _HEIGHT = 1000, 200  # of the drawing's own coordinates; the page stretches it
_GAP = 0.22  # of a column's room


@dataclass(frozen=True, slots=True)
class Bar:
    """One value with its label; `link` is where its name in a list leads."""

    label: str
    value: int
    link: str | None = None


def columns(bars: Sequence[Bar], *, title: str, alternative: str, heading: str) -> str:
    """Columns from left to right, and the table of the same numbers under `heading` of its first column."""
    most = _round_up(max((bar.value for bar in bars), default=0))
    room = _WIDTH / max(1, len(bars))
    drawn = "".join(_column(bar, place * room, room, most) for place, bar in enumerate(bars))
    lines = "".join(f'<path d="M0 {y}H{_WIDTH}"/>' for y in (0, _HEIGHT // 2, _HEIGHT))
    svg = (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img"'
        f"{attributes({'aria-label': alternative})}>{lines}{drawn}</svg>"
    )
    shares = (most, most // 2, 0) if most > 1 else (most, 0)
    scale = "".join(f"<span>{number(value)}</span>" for value in shares)
    ends = "".join(f"<span>{escape(bars[place].label)}</span>" for place in _labelled(len(bars)))
    return (
        f'<figure class="hb-plot"><figcaption>{escape(title)}</figcaption>'
        f'<div class="hb-plot-scale" aria-hidden="true">{scale}</div><div class="hb-plot-area">{svg}</div>'
        f'<div class="hb-plot-ends" aria-hidden="true">{ends}</div>{table(bars, title, heading)}</figure>'
    )


def ranking(bars: Sequence[Bar], *, title: str) -> str:
    """Names with a bar and their number each; a list, so that it reads the same without the bars."""
    most = max((bar.value for bar in bars), default=1)
    rows = "".join(_row(bar, most) for bar in bars)
    return f'<h3 class="hb-rank-title">{escape(title)}</h3><ol class="hb-rank">{rows}</ol>'


def table(bars: Sequence[Bar], title: str, heading: str) -> str:
    """The numbers of a plot, folded away."""
    rows = "".join(
        f'<tr><th scope="row">{escape(bar.label)}</th><td>{number(bar.value)}</td></tr>' for bar in bars
    )
    return (
        f'<details class="hb-table"><summary>{escape(text("figures.table"))}</summary><div tabindex="0"'
        f"{attributes({'role': 'region', 'aria-label': title})}><table><thead><tr>"
        f'<th scope="col">{escape(heading)}</th><th scope="col">{escape(text("figures.articles"))}</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def meter(share: float, low: float, high: float) -> str:
    """A share from 0 to 1 as a bar with its interval; the number stands beside it."""
    left, right = 100 * max(0.0, low), 100 * min(1.0, high)
    return (
        '<svg class="hb-meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="hb-track" width="100" height="8"/>'
        f'<rect class="hb-fill" width="{100 * share:.1f}" height="8"/>'
        f'<path d="M{left:.1f} 4H{right:.1f}"/></svg>'
    )


def _column(bar: Bar, left: float, room: float, most: int) -> str:
    height = _HEIGHT * bar.value / most if most else 0.0
    label = escape(f"{bar.label}: {number(bar.value)}")
    return (
        f'<rect x="{left + room * _GAP / 2:.1f}" y="{_HEIGHT - height:.1f}" width="{room * (1 - _GAP):.1f}"'
        f' height="{height:.1f}"><title>{label}</title></rect>'
    )


def _row(bar: Bar, most: int) -> str:
    name = escape(bar.label)
    if bar.link:
        name = f"<a{attributes({'href': bar.link})}>{name}</a>"
    drawn = (
        '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{100 * bar.value / most:.1f}" height="8"/></svg>'
    )
    told = escape(text("figures.of_articles", count=number(bar.value)))
    return (
        f'<li><span class="hb-rank-name">{name}</span>{drawn}<span class="hb-rank-count"><span'
        f' aria-hidden="true">{number(bar.value)}</span><span class="hb-hidden">{told}</span></span></li>'
    )


def _labelled(count: int) -> Sequence[int]:
    """Which columns have their label below: the ends, and the middle when there is one."""
    return (0,) * min(count, 1) if count < 2 else (0, count - 1) if count < 3 else (0, count // 2, count - 1)


def _round_up(value: int) -> int:
    """The next 1, 2, 4, 6 or 8 times a power of ten: its half is a whole number, too."""
    power = 10 ** max(0, len(str(value)) - 1)
    return 0 if value <= 0 else next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)
