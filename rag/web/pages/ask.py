"""The page on which questions are asked: its parts and its events."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from rag.errors import HoiBaoError
from rag.texts import text
from rag.web import panel, render
from rag.web.examples import examples as examples_of
from rag.web.frame import AT_ONCE, QUIET, html
from rag.web.session import Running, Step, ask, objection
from rag.web.site import Site
from rag.web.turn import Turn

log = logging.getLogger(__name__)


def build(site: Site, blocks: Any) -> None:
    """Puts the page into `blocks`, whose block is open."""
    desk, settings = site.desk, site.settings
    running = Running()
    turns = gr.State(())
    with gr.Row(elem_id="hb-room"):
        with gr.Column(elem_id="hb-chat", scale=3):
            header = html("hb-header", render.header(None))
            examples = _examples()
            conversation = html("hb-conversation")
            heading = html("hb-heading")
            draft = html("hb-draft")
            status = html("hb-status")
            question, ask_button, stop_button = _composer()
        with gr.Column(elem_id="hb-side", scale=2):
            html("hb-panel", panel.frame())
    shown = [conversation, heading, draft, status, question, examples, ask_button, stop_button, turns]

    async def on_ask(
        asked: str, said: tuple[Turn, ...], request: gr.Request
    ) -> AsyncIterator[dict[Any, Any]]:
        problem = objection(asked, desk, settings.max_question)
        if problem:
            gr.Warning(problem)
            yield {question: gr.skip()}  # without a step Gradio would empty every part
            return
        stop = running.start(request.session_hash)
        buttons = {ask_button: gr.Button(interactive=False), stop_button: gr.Button(interactive=True)}
        yield {question: "", examples: gr.Dataset(visible=False), **buttons}
        async for step in ask(asked, said, desk, stop):
            yield updates(step)

    def updates(step: Step) -> dict[Any, Any]:
        parts = {heading: step.heading, draft: step.draft, status: step.status}
        changed: dict[Any, Any] = {part: html for part, html in parts.items() if html is not None}
        if step.turns is not None:
            changed |= {
                turns: step.turns,
                conversation: render.conversation(step.turns),
                ask_button: gr.Button(interactive=True),
                stop_button: gr.Button(interactive=False),
            }
        return changed

    def on_stop(request: gr.Request) -> None:
        running.stop(request.session_hash)

    def on_tick() -> dict[Any, Any]:
        try:
            assistant = desk.assistant()
        except Exception as error:
            log.exception("the assistant could not be loaded")
            reason = str(error) if isinstance(error, HoiBaoError) else text("web.unexpected")
            return {header: render.header(None, reason), timer: gr.Timer(active=False)}
        if assistant is None:
            return {header: gr.skip()}
        articles = assistant.articles()
        samples = [[question] for question in examples_of(articles)]
        return {
            header: render.header(len(articles)),
            examples: gr.Dataset(samples=samples, visible=bool(samples)),
            timer: gr.Timer(active=False),
        }

    asking: dict[str, Any] = {
        "fn": on_ask,
        "inputs": [question, turns],
        "outputs": shown,
        "trigger_mode": "once",
        "concurrency_limit": None,  # the desk answers one by one and shows each reader their place
        **QUIET,
    }
    timer = gr.Timer(0.5)
    timer.tick(on_tick, outputs=[header, examples, timer], **AT_ONCE)
    gr.on([question.submit, ask_button.click], **asking)
    examples.click(lambda sample: sample[0], examples, question, **AT_ONCE).then(**asking)
    stop_button.click(on_stop, **AT_ONCE)
    blocks.unload(on_stop)


def _examples() -> Any:
    """Questions to start with, filled in once the articles are known."""
    return gr.Dataset(
        label=text("web.examples"),
        components=[gr.Textbox(render=False)],
        samples=[],
        layout="gallery",
        visible=False,
        elem_id="hb-examples",
    )


def _composer() -> tuple[Any, Any, Any]:
    """The question box, and the two buttons of which one shows at a time."""
    with gr.Row(elem_id="hb-composer"):
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
