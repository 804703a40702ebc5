"""The page of settings: what can be changed while the server runs, and what is where."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import gradio as gr

from rag.errors import HoiBaoError
from rag.inventory import places, versions
from rag.models import load_catalogue, locate
from rag.preferences import AT_ONCE, AT_START, Preferences, preferences, reset, save
from rag.settings import settings_file
from rag.texts import text
from rag.web import settings_form
from rag.web.about import about
from rag.web.exposure import is_local
from rag.web.frame import AT_ONCE as NOW
from rag.web.frame import html, signals
from rag.web.gate import reader_of
from rag.web.masthead import masthead
from rag.web.settings_form import Choice
from rag.web.site import Site

log = logging.getLogger(__name__)


def build(site: Site, blocks: Any) -> None:
    """Puts the page into `blocks`, whose block is open."""
    Page(site).build(blocks)


def may_save(request: gr.Request) -> bool:
    """Whoever came in with a password, or sits at the machine itself."""
    return bool(reader_of(request)) or is_local(request)


class Page:
    """The parts of the page and what happens to them."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def build(self, blocks: Any) -> None:
        self.signals = signals("save", "reset")
        with gr.Column(elem_id="hb-settings"):
            html("hb-header", masthead("settings", text("preferences.tagline")))
            self.said = html("hb-said")
            self.form = html("hb-form")
            html("hb-theme", settings_form.theme())
            self.about = html("hb-about")
        parts = [self.said, self.form]
        blocks.load(self.on_load, outputs=[*parts, self.about], **NOW)
        self.signals.save(self.on_save, outputs=parts, **NOW)
        self.signals.reset(self.on_reset, outputs=parts, **NOW)

    def on_load(self, request: gr.Request) -> dict[Any, Any]:
        file, running = settings_file(), self.site.settings
        try:
            now = preferences(file)
        except HoiBaoError as error:  # written by hand; the server has started before
            return {self.said: settings_form.problem(str(error))}
        known = about(running, places(running, file), versions(), load_catalogue().values())
        return {self.form: self._form(now, request), self.about: known}

    def on_save(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """What was refused leaves the form as the reader filled it."""
        if not may_save(request):
            return {self.said: settings_form.problem(text("preferences.only_here"))}
        file = settings_file()
        try:
            before = preferences(file)
            now = save(_changed(event._data, before), file)
        except HoiBaoError as error:
            return {self.said: settings_form.problem(str(error))}
        self._apply(now)
        restart = any(getattr(now.settings, name) != getattr(before.settings, name) for name in AT_START)
        said = {self.said: settings_form.saved(now, restart)}
        return said | {self.form: self._form(now, request)} if restart else said

    def on_reset(self, request: gr.Request) -> dict[Any, Any]:
        if not may_save(request):
            return {self.said: settings_form.problem(text("preferences.only_here"))}
        try:
            now = reset(settings_file())
        except HoiBaoError as error:
            return {self.said: settings_form.problem(str(error))}
        self._apply(now)
        return {self.said: settings_form.were_reset(now), self.form: self._form(now, request)}

    def _apply(self, now: Preferences) -> None:
        """The next question is answered under what is heard at once."""
        self.site.desk.apply({name: getattr(now.settings, name) for name in AT_ONCE})

    def _form(self, now: Preferences, request: gr.Request) -> str:
        models = [model for model in load_catalogue().values() if model.kind == "llm"]
        choices = [Choice(model, _is_ready(model.name, now)) for model in models]
        costs = self.site.desk.times.costs()
        return settings_form.form(now, self.site.settings.llm, choices, costs, may_save=may_save(request))


def _is_ready(name: str, now: Preferences) -> bool:
    try:
        locate(name, now.settings.models)
    except HoiBaoError:
        return False
    return True


def _changed(said: Mapping[str, Any], before: Preferences) -> dict[str, object]:
    """What a reader has changed in the form; fields that are locked were not sent."""
    given = {name: said[name] for name in (*AT_ONCE, "language") if name in said}
    if "llm" in said:
        given["llm"] = said["llm"] or said.get("other", "")
    return {name: value for name, value in given.items() if str(value) != str(getattr(before.settings, name))}
