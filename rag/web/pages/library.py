"""The page on which collections are filled and looked after: its parts and its events."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import gradio as gr

from rag.errors import HoiBaoError, InputError
from rag.indexing import recipe
from rag.language.normalize import nfc
from rag.library import shown_name
from rag.store import Status
from rag.texts import text
from rag.web import jobs, shelf
from rag.web.desk import ChatLibrary
from rag.web.exposure import is_local
from rag.web.frame import AT_ONCE, html, signals
from rag.web.intake import under_way
from rag.web.listing import ORDERS, Listings, Order, Wish, page_of, values
from rag.web.markup import number
from rag.web.masthead import masthead
from rag.web.site import Site

log = logging.getLogger(__name__)

SIGNALS = ("switch", "create", "drop", "filed", "path", "cancel", "resume", "dismiss", "filter", "unfilter",
           "sort", "turn", "delete", "undo", "verify", "embed", "rebuild")  # fmt: skip
LONGEST = 200  # characters of what is searched for
MOST_AT_ONCE = 500  # articles deleted in one go

Changes: TypeAlias = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class View:
    """What one reader looks at, and what of the page was drawn last: what stays the same is left alone, with
    whatever is being typed there. `told` is how the jobs were."""

    collection: str | None = None  # None as long as the models load
    wish: Wish = field(default_factory=Wish)
    told: tuple[tuple[int, str], ...] = ()
    names: tuple[str, ...] = ()  # of all collections; none when the collection was just switched
    choices: tuple[tuple[str, ...], tuple[str, ...]] | None = None  # sources and topics of its articles


def build(site: Site, blocks: Any) -> None:
    """Puts the page into `blocks`, whose block is open."""
    Page(site).build(blocks)


class Page:
    """The parts of the page and what happens to them. For all readers: what is theirs is in `gr.State`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.desk = site.desk
        self.intake = site.intake
        self.discards = site.discards
        self.listings = Listings()
        self._statuses: dict[str, tuple[object, Status]] = {}

    def build(self, blocks: Any) -> None:
        self.view = gr.State(View())
        self.signals = signals(*SIGNALS)
        with gr.Column(elem_id="hb-library"):
            self.header = html("hb-header", masthead("library", text("library.still_loading"), "loading"))
            self.collections = html("hb-collections")
            self.notice = html("hb-told")
            self.drop = html("hb-drop")
            self.jobs = html("hb-jobs")
            self.jobs_said = html("hb-jobs-said")
            self.undo = html("hb-undo")
            self.filters = html("hb-filters")
            self.table = html("hb-table")
            self.health = html("hb-health")
            html("hb-preview", shelf.preview())
        self.timer = gr.Timer(0.5)
        self._listen(blocks)

    def _listen(self, blocks: Any) -> None:
        parts = [self.view, self.header, self.collections, self.notice, self.jobs, self.jobs_said, self.undo]
        parts += [self.filters, self.table, self.health, self.timer]
        for name in SIGNALS:
            getattr(self.signals, name)(self._listener(name), [self.view], parts, **AT_ONCE)
        self.timer.tick(self.on_tick, [self.view], parts, **AT_ONCE)
        blocks.load(self.on_load, [self.view], [*parts, self.drop], **AT_ONCE)

    def _listener(self, name: str) -> Any:
        """The handler of a signal. What cannot be done is told in words, and the page stays as it is."""
        handler: Callable[[View, Mapping[str, Any]], Changes] = getattr(self, f"on_{name}")

        def listen(view: View, event: gr.EventData, request: gr.Request) -> Changes:
            try:
                if name == "path" and not self._is_local(request):
                    raise InputError("library.path_local")
                return {self.notice: "", **handler(view, event._data or {})}
            except HoiBaoError as error:
                return {self.notice: shelf.notice(str(error), grave=True)}

        return listen

    def _is_local(self, request: gr.Request) -> bool:
        """Nobody counts as local where others may come through a proxy on this machine."""
        return not self.site.settings.host_names and is_local(request)

    # ── What is shown ─────────────────────────────────────────────────────────────────────────────

    def on_load(self, view: View, request: gr.Request) -> Changes:
        """The address may name a collection: `/thu-vien?kho=…`."""
        view = replace(view, collection=request.query_params.get("kho") or view.collection)
        return {self.drop: shelf.drop_zone(local=self._is_local(request)), **self._all(view)}

    def on_tick(self, view: View) -> Changes:
        if view.collection is None:
            return self._all(view)
        states = self.intake.jobs(view.collection)
        if view.told != _told(states):
            return self._all(view)
        return {self.jobs: jobs.jobs(states), self.timer: gr.Timer(active=under_way(states))}

    def _all(self, view: View) -> Changes:
        """The whole page; the timer runs as long as something is going to change by itself."""
        try:
            library = self.desk.library()
            if library is None:
                return {self.timer: gr.Timer(active=True)}
            return self._drawn(library, view)
        except Exception as error:  # a bug must not end the page: the log has it, the reader is told
            log.exception("the library could not be shown")
            reason = str(error) if isinstance(error, HoiBaoError) else text("library.unexpected")
            failed = masthead("library", text("web.tagline_failed", reason=reason), "failed")
            return {self.header: failed, self.timer: gr.Timer(active=False)}

    def _drawn(self, library: ChatLibrary, view: View) -> Changes:
        names = library.names()
        collection = view.collection if view.collection in names else names[0]
        states = self.intake.jobs(collection)
        busy = under_way(states)
        articles = self.listings.articles(collection, library.store(collection))
        now = replace(
            view,
            collection=collection,
            told=_told(states),
            names=names,
            choices=(values(articles, "source"), values(articles, "category")) if articles else None,
        )
        tagline = text("library.tagline", name=shown_name(collection), count=number(len(articles)))
        drawn = {
            self.view: now,
            self.header: masthead("library", tagline),
            self.jobs: jobs.jobs(states),
            self.jobs_said: jobs.announcement(states),
            self.undo: shelf.undo(self.discards.deleted(collection)),
            self.table: shelf.table(page_of(articles, now.wish)),
            self.health: self._health(library, collection, now, busy=busy),
            self.timer: gr.Timer(active=busy),
        }
        if now.names != view.names:
            drawn[self.collections] = shelf.collections(names, collection)
        if (now.names, now.choices) != (view.names, view.choices):
            drawn[self.filters] = shelf.filters(collection, *now.choices, now.wish) if now.choices else ""
        return drawn

    def _health(self, library: ChatLibrary, collection: str, view: View, *, busy: bool) -> str:
        """Read anew when the index has changed and when a job has: every byte of the indexes is looked at."""
        store = library.store(collection)
        with store.snapshot() as snapshot:
            key = store, snapshot.sequence, view.told
        known = self._statuses.get(collection)
        if known is None or known[0] != key:
            known = self._statuses[collection] = key, store.status()
        outdated = store.recipe not in {None, recipe(library.embedder, library.settings)}
        return shelf.health(known[1], outdated=outdated, busy=busy)

    def _turned(self, view: View, wish: Wish) -> Changes:
        """The table alone, for another wish: what is being typed must not be replaced."""
        library, collection = self._library(view)
        page = page_of(self.listings.articles(collection, library.store(collection)), wish)
        return {self.view: replace(view, wish=page.wish), self.table: shelf.table(page)}

    def _library(self, view: View) -> tuple[ChatLibrary, str]:
        """Raises InputError while the models load."""
        library = self.desk.library()
        if library is None or view.collection is None:
            raise InputError("library.still_loading")
        return library, view.collection

    # ── Collections ───────────────────────────────────────────────────────────────────────────────

    def on_switch(self, view: View, said: Mapping[str, Any]) -> Changes:
        return self._all(View(collection=str(said.get("collection", ""))))

    def on_create(self, view: View, said: Mapping[str, Any]) -> Changes:
        library, _ = self._library(view)
        name = library.create(str(said.get("name", "")))
        told = shelf.notice(text("library.created", name=shown_name(name)))
        return self._all(View(collection=name)) | {self.notice: told}

    def on_drop(self, view: View, said: Mapping[str, Any]) -> Changes:
        library, collection = self._library(view)
        shown = shown_name(collection)
        typed = " ".join(nfc(str(said.get("typed", ""))).split())
        if said.get("collection") != collection or typed.casefold() != shown.casefold():
            raise InputError("library.drop_other", name=shown)
        self._idle(collection)
        files = {
            Path(a.path) for a in self.listings.articles(collection, library.store(collection)) if a.path
        }
        library.delete(collection)
        self.discards.forget(collection)
        self.intake.forget(collection)
        self.intake.uploads.remove(files)
        return self._all(View()) | {self.notice: shelf.notice(text("library.dropped", name=shown))}

    def _idle(self, collection: str) -> None:
        """Raises InputError while the collection is being worked on."""
        if self.intake.busy(collection):
            raise InputError("library.busy")

    # ── Adding and looking after ──────────────────────────────────────────────────────────────────

    def on_filed(self, view: View, said: Mapping[str, Any]) -> Changes:
        _, collection = self._library(view)
        self.intake.add_drop(collection, str(said.get("drop", "")))
        return self._all(view)

    def on_path(self, view: View, said: Mapping[str, Any]) -> Changes:
        """Only for readers at this machine: whoever names a path reads the file."""
        path = Path(str(said.get("place", "")).strip()).expanduser()
        self.intake.add(self._library(view)[1], [path])
        return self._all(view)

    def on_cancel(self, view: View, said: Mapping[str, Any]) -> Changes:
        self.intake.cancel(_integer(said.get("number")))
        return self._all(view)

    def on_resume(self, view: View, said: Mapping[str, Any]) -> Changes:
        self.intake.resume(_integer(said.get("number")))
        return self._all(view)

    def on_dismiss(self, view: View, said: Mapping[str, Any]) -> Changes:
        self.intake.dismiss(_integer(said.get("number")))
        return self._all(view)

    def on_verify(self, view: View, said: Mapping[str, Any]) -> Changes:
        self.intake.verify(self._library(view)[1])
        return self._all(view)

    def on_embed(self, view: View, said: Mapping[str, Any]) -> Changes:
        self.intake.add(self._library(view)[1], [])
        return self._all(view)

    def on_rebuild(self, view: View, said: Mapping[str, Any]) -> Changes:
        _, collection = self._library(view)
        self.discards.forget(collection)  # its passages and vectors may be of another embedder
        self.intake.rebuild(collection)
        return self._all(view)

    # ── The table ─────────────────────────────────────────────────────────────────────────────────

    def on_filter(self, view: View, said: Mapping[str, Any]) -> Changes:
        return self._turned(view, wish_from(said, view.wish))

    def on_unfilter(self, view: View, said: Mapping[str, Any]) -> Changes:
        wish = Wish(order=view.wish.order, downwards=view.wish.downwards)
        return self._turned(view, wish)

    def on_sort(self, view: View, said: Mapping[str, Any]) -> Changes:
        order: Order = next((order for order in ORDERS if order == said.get("order")), "day")
        first = order in {"day", "passages"}  # the newest and longest come first, names by their letters
        downwards = not view.wish.downwards if order == view.wish.order else first
        return self._turned(view, replace(view.wish, order=order, downwards=downwards, page=1))

    def on_turn(self, view: View, said: Mapping[str, Any]) -> Changes:
        return self._turned(view, replace(view.wish, page=_integer(said.get("page"))))

    def on_delete(self, view: View, said: Mapping[str, Any]) -> Changes:
        library, collection = self._library(view)
        self._idle(collection)
        self.discards.delete(collection, library.store(collection), _ids(said.get("articles")))
        return self._all(view)

    def on_undo(self, view: View, said: Mapping[str, Any]) -> Changes:
        _, collection = self._library(view)
        self._idle(collection)
        self.discards.undo(collection)
        return self._all(view)


def wish_from(said: Mapping[str, Any], before: Wish) -> Wish:
    """What the fields of the filter ask for, in the order that the table has."""
    return Wish(
        words=str(said.get("words", ""))[:LONGEST],
        source=str(said.get("source", "")),
        category=str(said.get("category", "")),
        start=_day(said.get("start")),
        end=_day(said.get("end")),
        order=before.order,
        downwards=before.downwards,
    )


def _told(states: tuple[Any, ...]) -> tuple[tuple[int, str], ...]:
    return tuple((state.number, state.stage) for state in states)


def _day(said: object) -> date | None:
    """None also for what is only half typed."""
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        return None


def _integer(said: object) -> int:
    """0 for what is none."""
    return int(str(said)) if str(said).isdecimal() and len(str(said)) < 10 else 0


def _ids(said: object) -> list[str]:
    """The list of ids that a button carries."""
    try:
        found = json.loads(str(said))
    except ValueError:
        return []
    return [str(item) for item in found][:MOST_AT_ONCE] if isinstance(found, list) else []
