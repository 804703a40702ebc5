"""The page: its parts, its events, and the routes that Gradio does not have."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from rag.errors import HoiBaoError
from rag.settings import Settings
from rag.texts import current_language, text
from rag.web import panel, render
from rag.web.desk import Desk
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
    import gradio as gr  # imported here: takes seconds, and only the server needs it

    app = FastAPI(openapi_url=None)  # its documentation pages load scripts from elsewhere
    app.mount("/hoibao", StaticFiles(directory=STATIC), name="hoibao")
    app.get("/article")(article_route(desk))
    protect(app, settings.host)
    return gr.mount_gradio_app(  # type: ignore[no-any-return]
        app,
        page(desk, settings),
        path="/",
        theme=theme(),
        css_paths=STATIC / "chat.css",
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
    import gradio as gr  # imported here: takes seconds, and only the server needs it

    running = Running()
    with gr.Blocks(analytics_enabled=False, title=text("web.page_title"), fill_width=True) as blocks:
        turns = gr.State(())
        with gr.Row(elem_id="hb-room"):
            with gr.Column(elem_id="hb-chat", scale=3):
                header = gr.HTML(render.header(None), elem_id="hb-header")
                conversation = gr.HTML(elem_id="hb-conversation")
                heading = gr.HTML(elem_id="hb-heading")
                draft = gr.HTML(elem_id="hb-draft")
                status = gr.HTML(elem_id="hb-status")
                question, examples, ask_button, stop_button = _composer(gr)
            with gr.Column(elem_id="hb-side", scale=2):
                gr.HTML(panel.frame(), elem_id="hb-panel")
        shown = [conversation, heading, draft, status, question, examples, ask_button, stop_button, turns]

        async def on_ask(
            asked: str, said: tuple[Turn, ...], request: gr.Request
        ) -> AsyncIterator[dict[Any, Any]]:
            problem = objection(asked, desk, settings.max_question)
            if problem:
                gr.Warning(problem, title=text("web.notice"))
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
                return {}
            samples = [[example] for example in assistant.examples()]
            return {
                header: render.header(assistant.article_count()),
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


def _composer(gr: Any) -> tuple[Any, Any, Any, Any]:
    """Question box, examples, and the two buttons of which one shows at a time."""
    with gr.Column(elem_id="hb-composer"):
        box = gr.Textbox(render=False)
        examples = gr.Dataset(
            label=text("web.examples"),
            components=[box],
            samples=[],
            layout="gallery",
            visible=False,
            elem_id="hb-examples",
        )
        with gr.Row(elem_id="hb-ask-row"):
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
            ask_button = gr.Button(text("web.ask"), variant="primary", scale=0, min_width=96, elem_id="hb-ask")
            stop_button = gr.Button(
                text("web.stop"), interactive=False, scale=0, min_width=96, elem_id="hb-stop"
            )
    return question, examples, ask_button, stop_button


def _head() -> str:
    """Our script, under an address that changes when the file does."""
    digest = hashlib.sha256((STATIC / "chat.js").read_bytes()).hexdigest()[:12]
    return f'<script src="/hoibao/chat.js?v={digest}" data-language="{current_language()}"></script>'
