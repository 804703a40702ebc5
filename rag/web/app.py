"""The page: its parts, its events, and the routes that Gradio does not have.

Gradio takes seconds to import: `serve.py` imports this module only when a server is about to run.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from rag.errors import HoiBaoError
from rag.settings import Settings
from rag.texts import current_language, text
from rag.web import panel, render
from rag.web.api import add_api
from rag.web.desk import Desk
from rag.web.examples import examples as examples_of
from rag.web.security import protect
from rag.web.session import Running, Step, ask, objection
from rag.web.theme import theme
from rag.web.turn import Turn

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}  # ours, not Gradio's signs
AT_ONCE: dict[str, Any] = {**QUIET, "queue": False}


def build_app(desk: Desk, settings: Settings) -> FastAPI:
    """The web application: the chat at `/`, an article with its quote at `/article`, files at `/hoibao`."""
    app = FastAPI(openapi_url=None)  # its documentation pages load scripts from elsewhere
    app.mount("/hoibao", StaticFiles(directory=STATIC), name="hoibao")
    app.get("/article")(article_route(desk))
    add_api(app, desk)
    protect(app, settings.host)
    return gr.mount_gradio_app(  # type: ignore[no-any-return]
        app,
        page(desk, settings),
        path="/",
        theme=theme(),
        head=_head(),
        favicon_path=str(STATIC / "favicon.svg"),
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        show_error=False,  # the text of a bug is for the log, not for the page
        max_file_size=0,
    )


def article_route(desk: Desk) -> Any:
    """`GET /article?id=…&start=…&end=…` → the article as HTML; 404 when there is none."""

    def route(id: str, start: int, end: int) -> HTMLResponse:  # noqa: A002  # the name in the address
        try:
            assistant = desk.assistant()
            if assistant is None:
                return HTMLResponse(panel.missing(), status_code=404)
            return HTMLResponse(panel.article(assistant.article(id), start, end))
        except (KeyError, HoiBaoError):
            return HTMLResponse(panel.missing(), status_code=404)

    return route


def page(desk: Desk, settings: Settings) -> Any:
    """The Gradio Blocks of the chat."""
    running = Running()
    with gr.Blocks(analytics_enabled=False, title=text("web.page_title"), fill_width=True) as blocks:
        turns = gr.State(())
        with gr.Row(elem_id="hb-room"):
            with gr.Column(elem_id="hb-chat", scale=3):
                header = _html("hb-header", render.header(None))
                examples = _examples()
                conversation = _html("hb-conversation")
                heading = _html("hb-heading")
                draft = _html("hb-draft")
                status = _html("hb-status")
                question, ask_button, stop_button = _composer()
            with gr.Column(elem_id="hb-side", scale=2):
                _html("hb-panel", panel.frame())
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
    blocks.queue(max_size=4 * desk.max_waiting)  # only a backstop: the desk turns readers away politely
    return blocks


def _html(name: str, value: str = "") -> Any:
    """A place for our own HTML, without Gradio's styles for foreign text."""
    return gr.HTML(value, elem_id=name, apply_default_css=False)


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


def _head() -> str:
    """Our stylesheet and script, under addresses that change when the files do.

    Linked, not given to Gradio as `css`: Gradio rewrites its rules, and those inside `@media` wrongly.
    """

    def address(name: str) -> str:
        return f"/hoibao/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"

    return (
        f'<link rel="stylesheet" href="{address("chat.css")}">'
        f'<script src="{address("chat.js")}" data-language="{current_language()}"></script>'
    )
