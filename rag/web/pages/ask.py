"""The page on which questions are asked: its parts and its events."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import gradio as gr

from rag.errors import HoiBaoError, InputError
from rag.library import shown_name
from rag.store import ArticleSummary
from rag.texts import text
from rag.web import panel, render, transcript
from rag.web.examples import examples as examples_of
from rag.web.frame import AT_ONCE, QUIET, html, signals
from rag.web.gate import reader_of
from rag.web.records import Record, history
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

Changes: TypeAlias = dict[Any, Any]
"""What a handler changes, by part of the page; the others stay."""


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
        for name in ("new", "open", "rename", "delete", "restore", "judge"):
            getattr(self.signals, name)(self._listener(name), state, shown, **AT_ONCE)
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

    def _listener(self, name: str) -> Any:
        """The handler of a signal about conversations. What is gone, in another tab, is gone here, too."""
        handler: Callable[[str, str | None, Any], Changes] = getattr(self, f"on_{name}")

        def listen(current: str | None, scope: Scope, event: gr.EventData, request: gr.Request) -> Changes:
            reader = reader_of(request)
            try:
                changed = handler(reader, current, event)
            except KeyError:
                changed = self._talk(reader, *self._begun(reader, current))
            except HoiBaoError as error:
                return {self.note: transcript.problem(str(error))}
            begun = changed.get(self.current, current)
            if not begun:
                changed |= {self.examples: transcript.examples(examples_of(self._articles(scope.collection)))}
            return changed

        return listen

    # ── Asking ────────────────────────────────────────────────────────────────────────────────────

    async def on_ask(
        self, asked: str, current: str | None, scope: Scope, editing: str | None, request: gr.Request
    ) -> AsyncIterator[Changes]:
        async for changed in self._asked(asked, current, scope, editing, request):
            yield changed

    async def on_suggestion(
        self, current: str | None, scope: Scope, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Changes]:
        async for changed in self._asked(event.question, current, scope, None, request):
            yield changed

    async def on_again(
        self, current: str | None, scope: Scope, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Changes]:
        async for changed in self._asked(event.question, current, scope, event.record, request):
            yield changed

    async def _asked(
        self, asked: str, current: str | None, scope: Scope, instead_of: str | None, request: gr.Request
    ) -> AsyncIterator[Changes]:
        """Streams an answer into the page. `instead_of` is a record that goes, with all after it."""
        problem = objection(asked, self.desk, self.site.settings.max_question)
        if request.session_hash in self.running:
            problem = text("web.still_answering")
        if problem:
            gr.Warning(problem)
            yield {self.question: gr.skip()}  # without a step Gradio would empty every part
            return
        reader = reader_of(request)
        current, before = self._begun(reader, current)
        if instead_of and current:
            self.talks.cut(reader, current, instead_of)
            before = self.talks.records(reader, current)
        self.looking_on.stop(request.session_hash)
        stop = self.running.start(request.session_hash)
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
            asking = ask(asked, before, self.desk, stop, scope, reader or request.session_hash)
            async for step in asking:
                if step.record is not None:  # from here on the next question may come
                    self.running.stop(request.session_hash)
                yield self._step(step, reader, current, before)
        finally:
            self.running.stop(request.session_hash)

    def _step(self, step: Step, reader: str, current: str | None, before: Sequence[Record]) -> Changes:
        parts = {self.heading: step.heading, self.draft: step.draft, self.status: step.status}
        changed: Changes = {part: value for part, value in parts.items() if value is not None}
        if step.record is None:
            return changed
        idle = {self.ask: gr.Button(interactive=True), self.stop: gr.Button(interactive=False)}
        return changed | idle | self._kept(step.record, reader, current, before)

    def _kept(self, record: Record, reader: str, current: str | None, before: Sequence[Record]) -> Changes:
        """The page with an answer that is kept; where it cannot be, it is shown all the same."""
        try:
            current, before = self._begun(reader, current)  # it may be gone by now
            current = self.talks.append(reader, current, record)
        except HoiBaoError as error:
            gr.Warning(str(error))
            return {self.conversation: transcript.conversation((*before, record), current)}
        return self._talk(reader, current, (*before, record))

    def _begun(self, reader: str, current: str | None) -> tuple[str | None, tuple[Record, ...]]:
        """A conversation and its records; a new one when it was deleted in another tab or cannot be read."""
        try:
            return current, self.talks.records(reader, current) if current else ()
        except (KeyError, HoiBaoError):
            return None, ()

    def on_typing(self, current: str | None, scope: Scope, event: gr.EventData, request: gr.Request) -> None:
        """What is typed is looked up before it is asked."""
        if request.session_hash not in self.running:
            _, before = self._begun(reader_of(request), current)
            self._prepare(before, scope, event.question)

    def _prepare(self, before: Sequence[Record], scope: Scope, *questions: str) -> None:
        self.desk.prepare(
            *questions, history=history(before), options=scope.options, collection=scope.collection
        )

    def on_stop(self, request: gr.Request) -> None:
        self.running.stop(request.session_hash)

    async def on_answered(self, current: str | None, scope: Scope, request: gr.Request) -> Any:
        """Adds questions to go on with to the last answer; another question ends the search for them."""
        reader = reader_of(request)
        current, records = self._begun(reader, current)
        answered = request.session_hash not in self.running
        if not (answered and current and records) or records[-1].suggestions:
            return gr.skip()
        stop = self.looking_on.start(request.session_hash)
        found = await suggestions(records[-1], self.desk, stop, scope)
        if stop.is_set():
            return gr.skip()
        self.looking_on.stop(request.session_hash)
        self._prepare(records, scope, *(found[::-1] or ("",)))  # the first of them is held whole
        if not found:
            return gr.skip()
        last = replace(records[-1], suggestions=found)
        self.talks.change(reader, current, last)
        return transcript.conversation((*records[:-1], last), current)

    # ── Conversations ─────────────────────────────────────────────────────────────────────────────

    def _talk(
        self,
        reader: str,
        current: str | None,
        records: Sequence[Record],
        deleted: str | None = None,
    ) -> Changes:
        """The page with a conversation on it."""
        return {
            self.current: current,
            self.editing: None,
            self.note: "",
            self.conversation: transcript.conversation(records, current),
            self.sidebar: sidebar(self.talks.all(reader), current, deleted),
            **({self.examples: ""} if records else {}),
        }

    def on_load(self, request: gr.Request) -> Changes:
        """`/?c=…` opens a conversation, `/?hoi=…&kho=…` begins a question, put to a collection."""
        asked = request.query_params.get("hoi", "")[: self.site.settings.max_question]
        scope = Scope(collection=request.query_params.get("kho") or None)
        reader = reader_of(request)
        try:
            shown = self._talk(reader, *self._begun(reader, request.query_params.get("c") or None))
        except HoiBaoError as error:
            shown = {self.note: transcript.problem(str(error))}
        return shown | {self.scope: scope} | ({self.question: asked} if asked else {})

    def on_new(self, reader: str, current: str | None, event: Any) -> Changes:
        return self._talk(reader, None, ())

    def on_open(self, reader: str, current: str | None, event: Any) -> Changes:
        return self._talk(reader, event.conversation, self.talks.records(reader, event.conversation))

    def on_rename(self, reader: str, current: str | None, event: Any) -> Changes:
        self.talks.rename(reader, event.conversation, event.title)
        return {self.sidebar: sidebar(self.talks.all(reader), current)}

    def on_delete(self, reader: str, current: str | None, event: Any) -> Changes:
        title = self.talks.one(reader, event.conversation).title
        self.talks.delete(reader, event.conversation)
        if current == event.conversation:
            return self._talk(reader, None, (), deleted=title)
        return {self.sidebar: sidebar(self.talks.all(reader), current, deleted=title)}

    def on_restore(self, reader: str, current: str | None, event: Any) -> Changes:
        return self._talk(reader, *self._begun(reader, self.talks.restore(reader) or current))

    def on_judge(self, reader: str, current: str | None, event: Any) -> Changes:
        values = event._data
        opinion, reason = (
            values.get("opinion") or None,
            str(values.get("reason", ""))[: transcript.LONGEST_REASON],
        )
        if current:
            self.talks.judge(reader, current, event.record, opinion, reason)
        return {self.conversation: transcript.conversation(self._begun(reader, current)[1], current)}

    def on_edit(self, event: gr.EventData) -> tuple[str, str, str]:
        return event.question, event.record, transcript.editing(event.question)

    # ── What is asked, and readiness ──────────────────────────────────────────────────────────────

    def on_scope(self, current: str | None, before: Scope, event: gr.EventData) -> Changes:
        try:
            scope = scope_from(event._data)
        except InputError as error:
            choices = self._choices(self._articles(before.collection))
            return {self.scope_form: form(before, choices, opened=True, problem=str(error))}
        if scope.collection != before.collection:  # its papers are others
            scope = replace(scope, source=None)
        return self._scoped(scope, current)

    def on_unscope(self, current: str | None, before: Scope) -> Changes:
        return self._scoped(Scope(), current)

    def _scoped(self, scope: Scope, current: str | None) -> Changes:
        articles = self._articles(scope.collection)
        return {
            self.scope: scope,
            self.scope_form: form(scope, self._choices(articles), opened=True),
            self.examples: gr.skip() if current else transcript.examples(examples_of(articles)),
        }

    def _choices(self, articles: Sequence[ArticleSummary]) -> Choices:
        names = self.desk.collections()
        collections = tuple((name if place else "", shown_name(name)) for place, name in enumerate(names))
        papers = sorted({article.source for article in articles if article.source})
        return Choices(collections, tuple(papers))

    def _articles(self, collection: str | None) -> Sequence[ArticleSummary]:
        """Those of a collection; none while the models load, or where there is none."""
        try:
            assistant = self.desk.assistant(collection)
        except HoiBaoError:
            return ()
        return assistant.articles() if assistant else ()

    def on_tick(self, current: str | None, scope: Scope) -> Changes:
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
        asked = self._articles(scope.collection) if scope.collection else articles
        examples = () if current else examples_of(asked)
        self._prepare((), scope, *examples[::-1])
        return {
            self.header: render.header(len(articles)),
            self.examples: transcript.examples(examples),
            self.scope_form: form(scope, self._choices(asked)),
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
