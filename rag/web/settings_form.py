"""The settings → HTML. A form whose fields carry the names of the settings; locked ones are disabled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.models import Model, megabytes
from rag.preferences import Preferences
from rag.settings import LANGUAGES, RANGES
from rag.texts import current_language, text
from rag.web.costs import Costs
from rag.web.markup import attributes, escape, number

THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model of the catalogue, and whether its weights are here."""

    model: Model
    is_ready: bool


def form(
    now: Preferences, running_llm: str, choices: Sequence[Choice], costs: Costs, *, may_save: bool
) -> str:
    """All fields and their buttons. `running_llm` is the model that answers until the next start."""
    fields = [
        _strictness(now, costs),
        _amount("hits", now, _cost("preferences.cost_hits", costs.evidence, costs.answers)),
        _amount("answer_tokens", now, _cost("preferences.cost_tokens", costs.writing, costs.answers)),
        _models(now, running_llm, choices, costs),
        _language(now),
    ]
    reason = "" if may_save else f'<p class="hb-notice">{escape(text("preferences.only_here"))}</p>'
    shut = "" if may_save else " disabled"
    return (
        f'{reason}<form class="hb-form" data-signal="save"><fieldset class="hb-all"{shut}>'
        f'<legend class="hb-hidden">{escape(text("preferences.title"))}</legend>{"".join(fields)}'
        f'<p class="hb-buttons"><button class="hb-save">{escape(text("preferences.save"))}</button>'
        f'<button type="button" class="hb-copy" data-signal="reset">{escape(text("preferences.reset"))}'
        "</button></p></fieldset></form>"
    )


def theme() -> str:
    """Light, dark or as the system has it: kept by the browser, so that every reader has their own."""
    options = "".join(
        f'<label><input type="radio" name="theme" value="{name}"{_checked(name == "system")}>'
        f"{escape(text(f'preferences.theme_{name}'))}</label>"
        for name in THEMES
    )
    return (
        f'<form class="hb-form hb-theme"><fieldset class="hb-field"><legend>'
        f'{escape(text("preferences.theme"))}</legend><div class="hb-options">{options}</div>'
        f"{_help('preferences.help_theme')}</fieldset></form>"
    )


def saved(now: Preferences, restart: bool) -> str:
    """That it is saved, and from when it is heard."""
    line = text("preferences.saved", file=now.file)
    when = text("preferences.from_next_start") if restart else text("preferences.from_next_question")
    return _said(f"{line} {when}")


def were_reset(now: Preferences) -> str:
    """That the defaults are back."""
    return _said(f"{text('preferences.were_reset', file=now.file)} {text('preferences.from_next_start')}")


def problem(message: str) -> str:
    """Why nothing was saved."""
    return f'<p class="hb-said hb-wrong" role="alert">{escape(message)}</p>'


def _said(line: str) -> str:
    return f'<p class="hb-said" role="status">{escape(line)}</p>'


# ── Fields ────────────────────────────────────────────────────────────────────────────────────────


def _strictness(now: Preferences, costs: Costs) -> str:
    least, most = RANGES["strictness"]
    value = now.settings.strictness
    given = attributes(
        {"min": least, "max": most, "step": 0.01, "value": value, "aria-describedby": "hb-about-strictness"}
    )
    cost = _cost("preferences.cost_refusal", costs.refusal, costs.refusals)
    return _field(
        "strictness",
        now,
        f'<div class="hb-slider"><input type="range" id="hb-strictness" name="strictness"{given}>'
        f'<output for="hb-strictness">{number(value, 2)}</output></div>'
        f'<div class="hb-ends"><span>{escape(text("preferences.least_strict"))}</span>'
        f"<span>{escape(text('preferences.most_strict'))}</span></div>",
        cost,
    )


def _amount(name: str, now: Preferences, cost: str) -> str:
    least, most = (int(bound) for bound in RANGES[name])
    given = attributes({
        "min": least, "max": most, "step": 1, "value": getattr(now.settings, name), "required": "",
        "aria-describedby": f"hb-about-{name}",
    })  # fmt: skip
    return _field(name, now, f'<input type="number" id="hb-{name}" name="{name}"{given}>', cost)


def _models(now: Preferences, running: str, choices: Sequence[Choice], costs: Costs) -> str:
    chosen = now.settings.llm
    options = "".join(_model(choice, chosen) for choice in choices)
    known = {choice.model.name for choice in choices}
    other = "" if chosen in known else chosen
    options += (
        f'<div class="hb-option"><label><input type="radio" name="llm" value=""'
        f"{_checked(chosen not in known)}>{escape(text('preferences.other_model'))}</label>"
        f'<input type="text" name="other"{attributes({"value": other, "maxlength": 1_000})}'
        f"{attributes({'aria-label': text('preferences.other_label')})} placeholder='/…/model.gguf'></div>"
    )
    if chosen != running:
        options += f'<p class="hb-pending">{escape(text("preferences.pending", running=running))}</p>'
    return _group("llm", now, options, _cost("preferences.cost_llm", costs.total, costs.answers))


def _model(choice: Choice, chosen: str) -> str:
    model = choice.model
    facts = [model.licence, megabytes(model.disk_bytes), model.speed[current_language()]]
    shut = "" if choice.is_ready or model.name == chosen else " disabled"
    if not choice.is_ready:
        facts.append(text("preferences.not_fetched", name=model.name))
    return (
        f'<div class="hb-option"><label><input type="radio" name="llm"{attributes({"value": model.name})}'
        f"{_checked(model.name == chosen)}{shut}>{escape(model.title)}</label>"
        f'<p class="hb-help">{escape(" · ".join(facts))}</p></div>'
    )


def _language(now: Preferences) -> str:
    options = "".join(
        f'<label lang="{name}"><input type="radio" name="language" value="{name}"'
        f"{_checked(name == now.settings.language)}>{escape(text(f'preferences.language_{name}'))}</label>"
        for name in LANGUAGES
    )
    return _group("language", now, f'<div class="hb-options">{options}</div>', "")


def _field(name: str, now: Preferences, control: str, cost: str) -> str:
    """One input with its label, what it does, what it costs and, when it is locked, by what."""
    return (
        f'<fieldset class="hb-field"{_shut(name, now)}><label for="hb-{name}">'
        f"{escape(text(f'preferences.label_{name}'))}</label>{control}"
        f'<div id="hb-about-{name}">{_about(name, now, cost)}</div></fieldset>'
    )


def _group(name: str, now: Preferences, control: str, cost: str) -> str:
    return (
        f'<fieldset class="hb-field"{_shut(name, now)}><legend>'
        f"{escape(text(f'preferences.label_{name}'))}</legend>{control}{_about(name, now, cost)}</fieldset>"
    )


def _about(name: str, now: Preferences, cost: str) -> str:
    lock = ""
    if variable := now.locked.get(name):
        lock = f'<p class="hb-lock">{escape(text("preferences.is_locked", variable=variable))}</p>'
    return f"{_help(f'preferences.help_{name}')}{cost}{lock}"


def _help(key: str) -> str:
    return f'<p class="hb-help">{escape(text(key))}</p>'


def _cost(key: str, seconds: float | None, count: int) -> str:
    """What was measured on this machine since the start; nothing is said that was not."""
    if seconds is None:
        line = text("preferences.not_measured")
    else:
        line = text(key, seconds=number(seconds, 2 if seconds < 1 else 1), count=number(count))
    return f'<p class="hb-cost">{escape(line)}</p>'


def _shut(name: str, now: Preferences) -> str:
    return " disabled" if name in now.locked else ""


def _checked(is_so: bool) -> str:
    return " checked" if is_so else ""
