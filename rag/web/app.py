"""The web application: its pages, and the routes that Gradio does not have.

Gradio takes seconds to import: `serve.py` imports this module only when a server is about to run.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from rag.errors import HoiBaoError
from rag.settings import Settings
from rag.texts import text
from rag.web import downloads, panel, receiving
from rag.web.api import add_api
from rag.web.conversations import Conversations
from rag.web.desk import Desk
from rag.web.discards import Discards
from rag.web.frame import head
from rag.web.intake import Intake
from rag.web.linked import STATIC
from rag.web.masthead import ADDRESSES
from rag.web.pages import ask, figures, library
from rag.web.pages import settings as settings_page
from rag.web.pdf_page import has_pages, page_route
from rag.web.security import protect
from rag.web.site import Site
from rag.web.theme import theme
from rag.web.uploads import Uploads

OTHER_PAGES: dict[str, Any] = {"library": library, "figures": figures, "settings": settings_page}
"""The pages beside the one where questions are asked, by their keys in `ADDRESSES`."""


def build_app(desk: Desk, settings: Settings) -> FastAPI:
    """The pages at `ADDRESSES`, an article with its quote at `/article`, our files at `/hoibao`, the API."""
    uploads = Uploads(settings.uploads)
    intake, discards = Intake(desk, uploads), Discards(uploads)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        intake.close()
        discards.forget()

    # Its documentation pages load scripts from elsewhere: they are left out.
    app = FastAPI(openapi_url=None, lifespan=lifespan)
    app.mount("/hoibao", StaticFiles(directory=STATIC), name="hoibao")
    app.get("/article")(article_route(desk))
    app.get("/page")(page_route(desk))
    site = Site(desk, settings, Conversations(settings.conversations), intake, discards)
    app.include_router(downloads.router(site.conversations))
    app.include_router(figures.router())
    app.include_router(receiving.router(uploads))
    add_api(app, desk)
    protect(app, settings)
    with warnings.catch_warnings():
        # said of apps with several pages, even when it is not wanted
        warnings.filterwarnings("ignore", "SSR mode is not supported", UserWarning)
        return gr.mount_gradio_app(  # type: ignore[no-any-return]
            app,
            pages(site),
            path="/",
            theme=theme(),
            head=head(),
            favicon_path=str(STATIC / "favicon.svg"),
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            show_error=False,  # the text of a bug is for the log, not for the page
            max_file_size=0,
        )


def pages(site: Site) -> Any:
    """The Gradio Blocks of all pages."""
    with gr.Blocks(analytics_enabled=False, title=text("web.page_title"), fill_width=True) as blocks:
        ask.build(site, blocks)
    for name, page in OTHER_PAGES.items():
        with blocks.route(text(f"web.page_{name}"), ADDRESSES[name]):
            page.build(site, blocks)
    blocks.queue(max_size=4 * site.desk.max_waiting)  # a backstop: the desk turns readers away politely
    return blocks


def article_route(desk: Desk) -> Any:
    """`GET /article?id=…&start=…&end=…&collection=…` → the article as HTML; 404 when there is none.

    Without `start` and `end` nothing is highlighted; without `collection` it is the default one. The model
    reads it, too, while nobody asks.
    """

    def route(
        id: str,  # noqa: A002  # the name in the address
        start: int | None = None,
        end: int | None = None,
        collection: str | None = None,
    ) -> HTMLResponse:
        try:
            assistant = desk.assistant(collection)
            if assistant is None:
                return HTMLResponse(panel.missing(), status_code=404)
            article, copies = assistant.article(id), assistant.copies(id)
            pages = has_pages(article)
            shown = panel.article(article, start, end, collection, copies=copies, has_pages=pages)
            desk.read_article(article, start or 0, collection)
            return HTMLResponse(shown)
        except (KeyError, HoiBaoError):
            return HTMLResponse(panel.missing(), status_code=404)

    return route
