"""The page of figures: what is in the archive, who is named in it, how well answers do."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr
from fastapi import APIRouter
from starlette.responses import FileResponse, PlainTextResponse, Response

from rag.archive import archive_of
from rag.errors import HoiBaoError
from rag.evaluation.latest import latest_run
from rag.library import shown_name
from rag.texts import text
from rag.web import figures
from rag.web.counting import Counting
from rag.web.frame import AT_ONCE, html
from rag.web.scorecard import REPORT_ADDRESS, REPORT_POLICY, scorecard
from rag.web.site import Site

log = logging.getLogger(__name__)


def build(site: Site, blocks: Any) -> None:
    """Puts the page into `blocks`, whose block is open."""
    Page(site).build(blocks)


class Page:
    """The parts of the page and what fills them."""

    def __init__(self, site: Site) -> None:
        self.desk = site.desk
        self.counting = Counting(site.desk)

    def build(self, blocks: Any) -> None:
        self.sequence = gr.State(-1)  # of the index whose overview is shown
        with gr.Column(elem_id="hb-figures"):
            self.header = html("hb-header", figures.header(None))
            self.switcher = html("hb-switcher")
            self.overview = html("hb-overview")
            self.names = html("hb-names")
            self.tested = html("hb-tested")
        self.timer = gr.Timer(1.0)
        parts = [self.header, self.switcher, self.overview, self.names, self.sequence, self.timer]
        blocks.load(lambda: scorecard(latest_run()), outputs=[self.tested], **AT_ONCE)
        blocks.load(self.on_tick, [self.sequence], parts, **AT_ONCE)
        self.timer.tick(self.on_tick, [self.sequence], parts, **AT_ONCE)

    def on_tick(self, shown: int, request: gr.Request) -> dict[Any, Any]:
        """Until all is counted: what is known by now."""
        try:
            return self._filled(shown, request.query_params.get("kho") or None)
        except HoiBaoError as error:
            return {self.header: figures.header(None, str(error)), self.timer: gr.Timer(active=False)}
        except Exception:  # a bug must not end the page: the log has it, the reader is told
            log.exception("the figures could not be shown")
            problem = figures.header(None, text("library.unexpected"))
            return {self.header: problem, self.timer: gr.Timer(active=False)}

    def _filled(self, shown: int, collection: str | None) -> dict[Any, Any]:
        library = self.desk.library()
        if library is None:
            return {self.header: gr.skip()}
        name = library.default if collection is None else collection
        with library.store(name).snapshot() as snapshot:
            sequence = snapshot.sequence
            summaries = snapshot.articles() if sequence != shown else []
        asked = None if name == library.default else name
        found, more = self.counting.names(name, sequence)
        changed = {self.names: figures.names(found, asked)}
        if sequence != shown:
            collections = [(one, shown_name(one)) for one in library.names()]
            changed |= {
                self.header: figures.header(len(summaries)),
                self.switcher: figures.switcher(collections, name),
                self.overview: figures.overview(archive_of(summaries), asked),
                self.sequence: sequence,
            }
        if not more:
            changed[self.timer] = gr.Timer(active=False)
        return changed


def router() -> APIRouter:
    """`GET /so-lieu/bao-cao` → the report of the latest evaluation, as harmless as a picture."""
    routes = APIRouter()

    @routes.get(REPORT_ADDRESS)
    def report() -> Response:
        run = latest_run()
        if run is None or run.report is None:
            return PlainTextResponse(text("figures.untested"), 404)
        return FileResponse(run.report, headers={"content-security-policy": REPORT_POLICY})

    return routes
