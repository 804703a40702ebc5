"""Runs of text on a page → its columns in reading order.

A band of the page has columns where a gutter, a strip that no run enters, parts runs that fill what is at its
left and right. A headline over several columns ends the gutter, and so begins a band of its own. Rows of a
table do not fill their columns: they stay together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Protocol, TypeVar

_GUTTER = 0.7  # em: the least width of a gutter
_NARROWEST = 7  # em: the least width of a column of prose
_FULL = 0.6  # of the column's width: what most of its runs have
_FEWEST = 3  # runs in a column
_TAILS = 4  # of different kinds below a pair of columns
_SAME_EDGE = 2.0  # points between runs that begin at one edge


class Placed(Protocol):
    """What has a place on the page."""

    @property
    def left(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def baseline(self) -> float: ...
    @property
    def size(self) -> float: ...


Run = TypeVar("Run", bound=Placed)


def columns(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs of each column, columns in reading order: from the top, side by side from left to right."""
    ordered = sorted(runs, key=lambda run: (run.baseline, run.left))
    return [list(block) for block in _blocks(ordered, depth=0)]


def _blocks(runs: Sequence[Run], depth: int) -> list[Sequence[Run]]:
    if len(runs) < 2 * _FEWEST or depth > 8:
        return [runs] if runs else []
    band = _best_band(runs)
    if band is None:
        return [runs]
    start, end, edge = band
    left, right = _sides(runs[start:end], edge)
    parts = (runs[:start], left, right, runs[end:])
    return [block for part in parts for block in _blocks(part, depth + 1)]


def _best_band(runs: Sequence[Run]) -> tuple[int, int, float] | None:
    """The band with the most runs: the first and last of them, and the left edge of its second column."""
    best: tuple[int, int, float] | None = None
    for edge in _edges(runs):
        for start, end in _free_bands(runs, edge):
            if best is not None and end - start <= best[1] - best[0]:
                continue
            end = _without_tail(runs, start, end, edge)  # noqa: PLW2901
            left, right = _sides(runs[start:end], edge)
            if _is_prose(left) and _is_prose(right) and _side_by_side(left, right):
                best = (start, end, edge)
    return best


def _edges(runs: Sequence[Run]) -> list[float]:
    """Where several runs begin: what could be the left edge of a column."""
    edges: list[float] = []
    starts = sorted(run.left for run in runs)
    for position, start in enumerate(starts):
        shared = starts[min(position + _FEWEST - 1, len(starts) - 1)] - start <= _SAME_EDGE
        if shared and (not edges or start - edges[-1] > _SAME_EDGE):
            edges.append(start)
    return edges[1:]  # the first is the left edge of everything


def _free_bands(runs: Sequence[Run], edge: float) -> list[tuple[int, int]]:
    """The longest stretches of runs, by height, of which none enters the gutter at the left of `edge`."""
    bands = []
    start = 0
    for position, run in enumerate(runs):
        if run.left < edge - 0.5 and run.right > edge - _GUTTER * run.size:
            bands.append((start, position))
            start = position + 1
    return [band for band in (*bands, (start, len(runs))) if band[1] - band[0] >= 2 * _FEWEST]


def _without_tail(runs: Sequence[Run], start: int, end: int, edge: float) -> int:
    """The end of the band without what stands below both columns: a heading, a table, a name.

    It is set off from the column above it, and no run of it is as long as a line of prose.
    """
    for _ in range(_TAILS):
        shorter = _tail(runs[start:end], edge) + start
        if shorter == end:
            break
        end = shorter
    return end


def _tail(band: Sequence[Run], edge: float) -> int:
    """Where the last of what stands below both columns begins; the length of the band when nothing does."""
    end = len(band)
    left, right = _sides(band, edge)
    if not left or not right:
        return end
    longer, shorter = (left, right) if left[-1].baseline > right[-1].baseline else (right, left)
    steps = [b.baseline - a.baseline for a, b in pairwise(longer) if b.baseline > a.baseline + a.size / 2]
    width = max(run.right - run.left for run in shorter)
    if not steps:
        return end
    usual = median(steps)
    for before, run in reversed(list(pairwise(longer))):
        if run.baseline <= shorter[-1].baseline + run.size / 2 or run.right - run.left > _FULL * width:
            return end
        if run.baseline - before.baseline > 1.25 * usual:
            return band.index(run)
    return end


def _sides(band: Sequence[Run], edge: float) -> tuple[list[Run], list[Run]]:
    return [run for run in band if run.left < edge - 0.5], [run for run in band if run.left >= edge - 0.5]


def _is_prose(side: Sequence[Run]) -> bool:
    if len(side) < _FEWEST:
        return False
    size = median(run.size for run in side)
    width = max(run.right for run in side) - min(run.left for run in side)
    # a side of several columns is full when each of its runs would fill one
    typical = median(run.right - run.left for run in side)
    return typical >= _NARROWEST * size and (typical >= _FULL * width or width >= 2 * _NARROWEST * size)


def _side_by_side(left: Sequence[Run], right: Sequence[Run]) -> bool:
    """Whether both have runs at the same height."""
    top = max(left[0].baseline, right[0].baseline)
    bottom = min(left[-1].baseline, right[-1].baseline)
    return bottom > top
