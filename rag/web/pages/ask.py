"""The page on which questions are asked: its parts and its events."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.errors import HoiBaoError, InputError
from rag.library import shown_name
from rag.texts import text
from rag.web import panel, render, transcript
from rag.web.examples import examples as examples_of
from rag.web.frame import AT_ONCE, QUIET, html, signals
from rag.web.gate import reader_of
from rag.web.records import history
from rag.web.scope import Choices, Scope, form, scope_from
from rag.web.session import Running, Step, ask, objection, suggestions
from rag.web.sidebar import sidebar
from rag.web.site import Site

log = logging.getLogger(__name__)

SIGNALS = (
    "unedit",
    "typing",
    "new",
    "open",
    "rename",
    "delete",
    "restore",
    "again",
    "edit",
    "judge",
    "suggestion",
    "scope",
    "unscope",
)


def build(site: Site, blocks: Any) -> None:
    """Puts the page into `blocks`, whose block is open."""
    Page(site).build(blocks)


class Page:
    """The parts of the page and what happens to them. For all readers: what is theirs is in `gr.State`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.desk = site.desk
        self.talks = site.conversations
        self.running = Running()
        self.looking_on = Running()  # for questions to go on with

    def build(self, blocks: Any) -> None:
        self.current = gr.State(None)  # the conversation's id; None: a new one
        self.editing = gr.State(None)  # the record whose question is being changed
        self.scope = gr.State(Scope())
        self.signals = signals(*SIGNALS)
        with gr.Row(elem_id="hb-room"):
            with gr.Column(elem_id="hb-left", scale=1):
                self.sidebar = html("hb-sidebar", sidebar(()))
            with gr.Column(elem_id="hb-chat", scale=3):
                self.header = html("hb-header", render.header(None))
                self.examples = html("hb-examples")
                self.conversation = html("hb-conversation")
                self.heading = html("hb-heading")
                self.draft = html("hb-draft")
                self.status = html("hb-status")
                with gr.Column(elem_id="hb-composer"):
                    self.note = html("hb-note")
                    self.question, self.ask, self.stop = _composer()
                    self.scope_form = html("hb-scope", form(Scope(), Choices()))
            with gr.Column(elem_id="hb-side", scale=2):
                html("hb-panel", panel.frame())
        self._listen(blocks)

    def _listen(self, blocks: Any) -> None:
        shown = [self.conversation, self.heading, self.draft, self.status, self.question, self.examples]
        shown += [self.ask, self.stop, self.sidebar, self.current, self.editing, self.note]
        asking: dict[str, Any] = {
            "outputs": shown,
            "trigger_mode": "once",
            "concurrency_limit": None,  # the desk answers one by one and shows each reader their place
            **QUIET,
        }
        state = [self.current, self.scope]
        typed = [self.question, *state, self.editing]
        suggested: dict[str, Any] = {
            "fn": self.on_answered,
            "inputs": state,
            "outputs": [self.conversation],
            "concurrency_limit": None,
            **QUIET,
        }
        gr.on([self.question.submit, self.ask.click], self.on_ask, typed, **asking).then(**suggested)
        self.signals.suggestion(self.on_suggestion, state, **asking).then(**suggested)
        self.signals.again(self.on_again, state, **asking).then(**suggested)
        talk = {"inputs": [self.current], "outputs": shown, **AT_ONCE}
        for name in ("new", "open", "rename", "delete", "restore", "judge"):
            getattr(self.signals, name)(getattr(self, f"on_{name}"), **talk)
        edited = [self.question, self.editing, self.note]
        self.signals.typing(self.on_typing, state, **AT_ONCE)
        self.signals.edit(self.on_edit, outputs=edited, **AT_ONCE)
        self.signals.unedit(lambda: ("", None, ""), outputs=edited, **AT_ONCE)
        scoped = {"inputs": state, "outputs": [self.scope, self.scope_form, self.examples], **AT_ONCE}
        self.signals.scope(self.on_scope, **scoped)
        self.signals.unscope(self.on_unscope, **scoped)
        self.stop.click(self.on_stop, **AT_ONCE)
        blocks.unload(self.on_stop)
        blocks.load(self.on_load, outputs=[*shown, self.scope], **AT_ONCE)
        self.timer = gr.Timer(0.5)
        ready = [self.header, self.examples, self.scope_form, self.timer]
        self.timer.tick(self.on_tick, [self.current, self.scope], ready, **AT_ONCE)

    # ── Asking ────────────────────────────────────────────────────────────────────────────────────

    async def on_ask(
        self, asked: str, current: str | None, scope: Scope, editing: str | None, request: gr.Request
    ) -> AsyncIterator[dict[Any, Any]]:
        async for changed in self._asked(asked, current, scope, editing, request):
            yield changed

    async def on_suggestion(
        self, current: str | None, scope: Scope, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[dict[Any, Any]]:
        async for changed in self._asked(event.question, current, scope, None, request):
            yield changed

    async def on_again(
        self, current: str | None, scope: Scope, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[dict[Any, Any]]:
        async for changed in self._asked(event.question, current, scope, event.record, request):
            yield changed

    async def _asked(
        self, asked: str, current: str | None, scope: Scope, instead_of: str | None, request: gr.Request
    ) -> AsyncIterator[dict[Any, Any]]:
        """Streams an answer into the page. `instead_of` is a record that goes, with all after it."""
        problem = objection(asked, self.desk, self.site.settings.max_question)
        if request.session_hash in self.running:
            problem = text("web.still_answering")
        if problem:
            gr.Warning(problem)
            yield {self.question: gr.skip()}  # without a step Gradio would empty every part
            return
        reader, stop = reader_of(request), self.running.start(request.session_hash)
        self.looking_on.stop(request.session_hash)
        if instead_of and current:
            self.talks.cut(reader, current, instead_of)
        before = self.talks.records(reader, current) if current else ()
        yield {
            self.question: "",
            self.editing: None,
            self.note: "",
            self.examples: "",
            self.conversation: transcript.conversation(before, current),
            self.ask: gr.Button(interactive=False),
            self.stop: gr.Button(interactive=True),
        }
        try:
            async for step in ask(asked, before, self.desk, stop, scope):
                if step.record is not None:  # from here on the next question may come
                    self.running.stop(request.session_hash)
                yield self._step(step, current, reader)
        finally:
            self.running.stop(request.session_hash)

    def _step(self, step: Step, current: str | None, reader: str) -> dict[Any, Any]:
        parts = {self.heading: step.heading, self.draft: step.draft, self.status: step.status}
        changed: dict[Any, Any] = {part: value for part, value in parts.items() if value is not None}
        if step.record is None:
            return changed
        current = self.talks.append(reader, current, step.record)
        idle = {self.ask: gr.Button(interactive=True), self.stop: gr.Button(interactive=False)}
        return changed | idle | self._talk(reader, current)

    def on_typing(self, current: str | None, scope: Scope, event: gr.EventData, request: gr.Request) -> None:
        """What is typed is looked up before it is asked."""
        if request.session_hash in self.running:
            return
        before = self.talks.records(reader_of(request), current) if current else ()
        self.desk.prepare(event.question, history(before), scope.options, scope.collection)

    def on_stop(self, request: gr.Request) -> None:
        self.running.stop(request.session_hash)

    async def on_answered(self, current: str | None, scope: Scope, request: gr.Request) -> Any:
        """Adds questions to go on with to the last answer; another question ends the search for them."""
        reader = reader_of(request)
        if current is None or request.session_hash in self.running:
            return gr.skip()
        records = self.talks.records(reader, current)
        if not records or records[-1].suggestions:
            return gr.skip()
        stop = self.looking_on.start(request.session_hash)
        found = await suggestions(records[-1], self.desk, stop, scope)
        if not found or stop.is_set():
            return gr.skip()
        self.looking_on.stop(request.session_hash)
        last = replace(records[-1], suggestions=found)
        self.talks.change(reader, current, last)
        return transcript.conversation((*records[:-1], last), current)

    # ── Conversations ─────────────────────────────────────────────────────────────────────────────

    def _talk(self, reader: str, current: str | None, deleted: str | None = None) -> dict[Any, Any]:
        """The page with a conversation on it; the examples only without one."""
        records = self.talks.records(reader, current) if current else ()
        return {
            self.current: current,
            self.editing: None,
            self.note: "",
            self.conversation: transcript.conversation(records, current),
            self.sidebar: sidebar(self.talks.all(reader), current, deleted),
            self.examples: "" if records else self._examples(None),
        }

    def on_load(self, request: gr.Request) -> dict[Any, Any]:
        """`/?c=…` opens a conversation, `/?hoi=…&kho=…` begins a question, put to a collection."""
        asked = request.query_params.get("hoi", "")[: self.site.settings.max_question]
        wanted = request.query_params.get("c") or None
        scope = Scope(collection=request.query_params.get("kho") or None)
        reader = reader_of(request)
        try:
            shown = self._talk(reader, wanted)
        except KeyError:
            shown = self._talk(reader, None)
        return shown | {self.scope: scope} | ({self.question: asked} if asked else {})

    def on_new(self, current: str | None, request: gr.Request) -> dict[Any, Any]:
        return self._talk(reader_of(request), None)

    def on_open(self, current: str | None, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        return self._known(reader_of(request), event.conversation)

    def on_rename(self, current: str | None, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        reader = reader_of(request)
        self.talks.rename(reader, event.conversation, event.title)
        return {self.sidebar: sidebar(self.talks.all(reader), current)}

    def on_delete(self, current: str | None, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        reader = reader_of(request)
        title = self.talks.one(reader, event.conversation).title
        self.talks.delete(reader, event.conversation)
        if current == event.conversation:
            return self._talk(reader, None, deleted=title)
        return {self.sidebar: sidebar(self.talks.all(reader), current, deleted=title)}

    def on_restore(self, current: str | None, request: gr.Request) -> dict[Any, Any]:
        reader = reader_of(request)
        return self._talk(reader, self.talks.restore(reader) or current)

    def on_judge(self, current: str | None, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        reader, values = reader_of(request), event._data
        if current is None:
            return {self.conversation: gr.skip()}
        opinion = values.get("opinion") or None
        self.talks.judge(reader, current, event.record, opinion, str(values.get("reason", ""))[:500])
        return {self.conversation: transcript.conversation(self.talks.records(reader, current), current)}

    def on_edit(self, event: gr.EventData) -> tuple[str, str, str]:
        return event.question, event.record, transcript.editing(event.question)

    def _known(self, reader: str, conversation: str) -> dict[Any, Any]:
        try:
            return self._talk(reader, conversation)
        except KeyError:  # deleted in another tab
            return self._talk(reader, None)

    # ── What is asked, and readiness ──────────────────────────────────────────────────────────────

    def on_scope(self, current: str | None, before: Scope, event: gr.EventData) -> dict[Any, Any]:
        try:
            scope = scope_from(event._data)
        except InputError as error:
            shown = form(before, self._choices(before), opened=True, problem=str(error))
            return {self.scope_form: shown}
        if scope.collection != before.collection:  # its papers are others
            scope = replace(scope, source=None)
        return self._scoped(scope, current)

    def on_unscope(self, current: str | None, before: Scope) -> dict[Any, Any]:
        return self._scoped(Scope(), current)

    def _scoped(self, scope: Scope, current: str | None) -> dict[Any, Any]:
        return {
            self.scope: scope,
            self.scope_form: form(scope, self._choices(scope), opened=True),
            self.examples: gr.skip() if current else self._examples(scope.collection),
        }

    def _choices(self, scope: Scope) -> Choices:
        names = self.desk.collections()
        collections = tuple((name if place else "", shown_name(name)) for place, name in enumerate(names))
        assistant = self.desk.assistant(scope.collection)
        articles = assistant.articles() if assistant else []
        papers = sorted({article.source for article in articles if article.source})
        return Choices(collections, tuple(papers))

    def _examples(self, collection: str | None) -> str:
        """Questions to start with; none while the models load."""
        try:
            assistant = self.desk.assistant(collection)
        except HoiBaoError:
            return ""
        return transcript.examples(examples_of(assistant.articles())) if assistant else ""

    def on_tick(self, current: str | None, scope: Scope) -> dict[Any, Any]:
        """Until the models are there: whether they are."""
        try:
            assistant = self.desk.assistant()
        except Exception as error:
            log.exception("the assistant could not be loaded")
            reason = str(error) if isinstance(error, HoiBaoError) else text("web.unexpected")
            return {self.header: render.header(None, reason), self.timer: gr.Timer(active=False)}
        if assistant is None:
            return {self.header: gr.skip()}
        articles = assistant.articles()
        return {
            self.header: render.header(len(articles)),
            self.examples: "" if current else self._examples(None),
            self.scope_form: form(scope, self._choices(scope)),
            self.timer: gr.Timer(active=False),
        }


def _composer() -> tuple[Any, Any, Any]:
    """The question box, and the two buttons of which one shows at a time."""
    with gr.Row(elem_id="hb-asking"):
        question = gr.Textbox(
            label=text("web.question_label"),
            placeholder=text("web.question_placeholder"),
            show_label=False,
            container=False,
            lines=1,
            max_lines=6,
            scale=1,
            autofocus=True,
            elem_id="hb-question",
        )
        size: dict[str, Any] = {"scale": 0, "min_width": 96}
        ask_button = gr.Button(text("web.ask"), variant="primary", elem_id="hb-ask", **size)
        stop_button = gr.Button(text("web.stop"), interactive=False, elem_id="hb-stop", **size)
    return question, ask_button, stop_button
