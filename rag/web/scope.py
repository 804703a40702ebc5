"""Which articles are asked: a collection, a paper, a period. The value, and the form that sets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.errors import InputError
from rag.texts import text
from rag.types import Options
from rag.understanding import period_between
from rag.web.markup import attributes, button, day, escape, option


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is restricted to; None: to nothing. Days are included."""

    collection: str | None = None
    source: str | None = None
    start: date | None = None
    end: date | None = None

    @property
    def options(self) -> Options:
        return Options(period=period_between(self.start, self.end), source=self.source)


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from: collections by name and shown name, papers of the chosen one."""

    collections: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()


def scope_from(values: Mapping[str, object]) -> Scope:
    """The scope a form's values describe. Raises InputError for a period that runs backwards or no day."""
    start, end = _day(values.get("from")), _day(values.get("to"))
    if start and end and start > end:
        raise InputError("web.period_backwards", start=day(start.isoformat()), end=day(end.isoformat()))
    return Scope(
        collection=str(values.get("collection") or "") or None,
        source=str(values.get("source") or "") or None,
        start=start,
        end=end,
    )


def _day(value: object) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise InputError("web.no_day", value=value) from error


def form(scope: Scope, choices: Choices, *, opened: bool = False, problem: str = "") -> str:
    """The form; any change in it raises the signal `scope` with all its values."""
    fields = []
    if len(choices.collections) > 1:
        fields.append(_select("collection", scope.collection or "", choices.collections))
    sources = [("", text("web.all_sources")), *((name, name) for name in choices.sources)]
    fields.append(_select("source", scope.source or "", sources))
    fields += [_date("from", scope.start), _date("to", scope.end)]
    clear = button(text("web.scope_clear"), "hb-deed", {"data-signal": "unscope"})
    warning = f'<p class="hb-scope-problem" role="alert">{escape(problem)}</p>' if problem else ""
    said = escape(summary(scope, choices))
    return (
        f'<details class="hb-scope"{" open" if opened else ""}><summary>{said}</summary>'
        f'<form data-changes="scope">{"".join(fields)}{clear}{warning}</form></details>'
    )


def summary(scope: Scope, choices: Choices) -> str:
    """The scope in one line."""
    parts = [dict(choices.collections).get(scope.collection, "") if scope.collection else ""]
    parts.append(scope.source or "")
    first, last = (day(d.isoformat()) if d else None for d in (scope.start, scope.end))
    if first and last:
        parts.append(text("answer.days_between", start=first, end=last))
    elif first:
        parts.append(text("answer.days_from", start=first))
    elif last:
        parts.append(text("answer.days_until", end=last))
    chosen = ", ".join(part for part in parts if part)
    return text("web.scope", chosen=chosen) if chosen else text("web.scope_all")


def _select(name: str, chosen: str, options: Sequence[tuple[str, str]]) -> str:
    listed = "".join(option(value, shown, chosen) for value, shown in options)
    return f'<label>{escape(text(f"web.scope_{name}"))}<select name="{name}">{listed}</select></label>'


def _date(name: str, value: date | None) -> str:
    given = attributes({"value": value.isoformat() if value else ""})
    return f'<label>{escape(text(f"web.scope_{name}"))}<input type="date" name="{name}"{given}></label>'
