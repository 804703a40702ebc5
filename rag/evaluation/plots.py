"""Small SVG plots for the report: no library, no script, nothing loaded from elsewhere.

Every text is escaped by `markupsafe`; sizes are pixels, coordinates grow rightwards and downwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT = 560, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 16, 14, 42


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its label and its points, each marked when `dots` is set."""

    label: str
    points: Sequence[tuple[float, float]]
    dots: bool = False


def error_bar(value: float, stderr: float | None) -> Markup:
    """A share from 0 to 1 as a bar with its 95 % interval (1.96 standard errors)."""
    half = 1.96 * (stderr or 0.0)
    low, high = max(0.0, value - half), min(1.0, value + half)
    return Markup(
        '<svg class="bar" width="160" height="16" viewBox="0 0 160 16" aria-hidden="true">'
        '<rect class="track" width="160" height="8" y="4" rx="2"/>'
        '<rect class="fill" width="{fill:.1f}" height="8" y="4" rx="2"/>'
        '<path class="whisker" d="M{low:.1f} 8H{high:.1f}M{low:.1f} 4v8M{high:.1f} 4v8"/></svg>'
    ).format(fill=160 * value, low=160 * low, high=160 * high)


def cumulative(values: Sequence[float]) -> list[tuple[float, float]]:
    """The share of values at or below each value, as a staircase from (0, 0)."""
    points = [(0.0, 0.0)]
    for position, value in enumerate(sorted(values), start=1):
        points += [(value, points[-1][1]), (value, position / len(values))]
    return points


def chart(
    series: Sequence[Series],
    *,
    x_label: str,
    y_label: str,
    x_text: Callable[[float], str],
    x_most: float | None = None,
    dot: tuple[float, float] | None = None,
) -> Markup:
    """Lines over a y axis of shares from 0 to 1. `dot` marks one point."""
    most = x_most or _round_up(max((x for line in series for x, _ in line.points), default=1.0))
    frame = _Frame(most)
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}: {}">').format(
            _WIDTH, _HEIGHT, y_label, x_label
        )
    ]
    parts += [frame.y_tick(share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts += [frame.x_tick(most * step / 4, x_text) for step in range(5)]
    parts += [frame.line(line, number) for number, line in enumerate(series)]
    if dot:
        parts.append(
            Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(
                frame.x(dot[0]), frame.y(dot[1])
            )
        )
    parts.append(
        Markup('<text class="axis" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 6, x_label
        )
    )
    legend = Markup("").join(
        Markup('<span class="key line-{}">{}</span>').format(number, line.label)
        for number, line in enumerate(series)
    )
    return Markup("<figure><figcaption>{}</figcaption>{}</svg><p>{}</p></figure>").format(
        y_label, Markup("").join(parts), legend
    )


def _round_up(value: float) -> float:
    """The next 1, 2, 4 or 8 times a power of ten, so that quarters of it are short numbers."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plot area: values to pixels."""

    most: float

    def x(self, value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(value / self.most, 1.0)

    def y(self, share: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)

    def y_tick(self, share: float) -> Markup:
        return Markup(
            '<path class="grid" d="M{left} {y:.1f}H{right}"/>'
            '<text class="tick" x="{at}" y="{base:.1f}" text-anchor="end">{label:.0%}</text>'
        ).format(
            left=_LEFT,
            right=_WIDTH - _RIGHT,
            y=self.y(share),
            at=_LEFT - 6,
            base=self.y(share) + 4,
            label=share,
        )

    def x_tick(self, value: float, label: Callable[[float], str]) -> Markup:
        return Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            self.x(value), _HEIGHT - _BOTTOM + 16, label(value)
        )

    def line(self, series: Series, number: int) -> Markup:
        points = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in series.points)
        drawn = Markup('<polyline class="line line-{}" points="{}"/>').format(number, points)
        for x, y in series.points if series.dots else ():
            drawn += Markup('<circle class="point line-{}" cx="{:.1f}" cy="{:.1f}" r="3"/>').format(
                number, self.x(x), self.y(y)
            )
        return drawn
