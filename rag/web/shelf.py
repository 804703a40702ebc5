"""A collection → HTML: which there are, what is in it, how it is. Pure functions; see also `rag.web.jobs`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from rag.articles.read import READERS
from rag.library import LONGEST_NAME, shown_name
from rag.store import ArticleSummary, Status
from rag.texts import text
from rag.web import markup
from rag.web.listing import ORDERS, PAGE, Order, Page, Wish
from rag.web.markup import attributes, day, escape, number, option
from rag.web.uploads import MAX_FILE_BYTES, MAX_FILES


def button(label: str, signal: str, **values: object) -> str:
    """A button that raises `signal`; `values` become its `data-…`."""
    data = {f"data-{name}": value for name, value in values.items()}
    return markup.button(label, "hb-button", {"data-signal": signal, **data})


# ── Collections ───────────────────────────────────────────────────────────────────────────────────


def collections(names: Sequence[str], current: str) -> str:
    """The switcher, a form for a new one, and the way to delete the current one unless it is the default."""
    if not names:
        return ""
    options = "".join(option(name, shown_name(name), current) for name in names)
    switch = (
        f'<form data-changes="switch"><label for="hb-collection">{escape(text("library.collection"))}</label>'
        f'<select id="hb-collection" name="collection">{options}</select></form>'
    )
    create = (
        f'<details class="hb-fold"><summary>{escape(text("library.new"))}</summary>'
        f'<form data-signal="create"><label for="hb-new">{escape(text("library.new_name"))}</label>'
        f'<input id="hb-new" name="name" required maxlength="{LONGEST_NAME}" autocomplete="off">'
        f'<button type="submit" class="hb-button">{escape(text("library.create"))}</button></form></details>'
    )
    drop = "" if current == names[0] else _drop_collection(current)
    return f'<div class="hb-shelves"{attributes({"data-shown": current})}>{switch}{create}{drop}</div>'


def _drop_collection(current: str) -> str:
    shown = shown_name(current)
    return (
        f'<details class="hb-fold"><summary>{escape(text("library.drop"))}</summary>'
        f'<form data-signal="drop"{attributes({"data-collection": current})}>'
        f'<label for="hb-drop-name">{escape(text("library.drop_sure", name=shown))}</label>'
        '<input id="hb-drop-name" name="typed" required autocomplete="off">'
        f'<button type="submit" class="hb-button hb-grave">{escape(text("library.drop_now"))}</button>'
        "</form></details>"
    )


# ── Adding ────────────────────────────────────────────────────────────────────────────────────────


def drop_zone(*, local: bool) -> str:
    """Where files and folders are dropped or chosen; a reader at this machine may name a folder of it."""
    suffixes = tuple(READERS)
    words = {
        "data-suffixes": json.dumps(suffixes),
        "data-limit": MAX_FILE_BYTES,
        "data-count": MAX_FILES,
        "data-sending": text("library.sending"),
        "data-refused": text("library.refused"),
        "data-large": text("library.too_large"),
        "data-many": text("library.too_many", limit=number(MAX_FILES)),
        "data-none": text("library.no_files"),
        "data-lost": text("library.lost"),
        "data-stop": text("library.stop_sending"),
    }
    accept = attributes({"accept": ",".join(_last_part(suffix) for suffix in suffixes)})
    kinds = text("library.kinds", kinds=" ".join(suffixes), limit=MAX_FILE_BYTES // 1_000_000)
    choose = (
        f'<input type="file" id="hb-files" class="hb-hidden" multiple{accept}>'
        f'<label for="hb-files" class="hb-button hb-first">{escape(text("library.choose_files"))}</label>'
        '<input type="file" id="hb-folder" class="hb-hidden" webkitdirectory>'
        f'<label for="hb-folder" class="hb-button">{escape(text("library.choose_folder"))}</label>'
    )
    return (
        f'<section class="hb-drop"{attributes({"aria-label": text("library.add"), **words})}>'
        f'<p class="hb-drop-line"><b>{escape(text("library.drop_here"))}</b> {choose}</p>'
        f'<p class="hb-small">{escape(kinds)}</p>{_path_form() if local else ""}'
        '<div class="hb-sending" role="status" aria-live="polite"></div></section>'
    )


def _path_form() -> str:
    """The field is called `place`: what is called `path`, Gradio takes for a file of its own."""
    return (
        '<form class="hb-path" data-signal="path">'
        f'<label for="hb-path">{escape(text("library.path"))}</label>'
        '<input id="hb-path" name="place" required autocomplete="off" spellcheck="false">'
        f'<button type="submit" class="hb-button">{escape(text("library.path_add"))}</button></form>'
    )


def _last_part(suffix: str) -> str:
    """Browsers know only the last part: `.gz` of `.json.gz`."""
    return f".{suffix.rpartition('.')[2]}"


# ── The table ─────────────────────────────────────────────────────────────────────────────────────


def filters(collection: str, sources: Sequence[str], categories: Sequence[str], wish: Wish) -> str:
    """What restricts the table. Sent as a whole whenever one of the fields changes."""
    period = "".join(
        f'<label><span>{escape(text(f"library.filter_{name}"))}</span><input type="date" name="{name}"'
        f"{attributes({'value': value.isoformat() if value else ''})}></label>"
        for name, value in (("start", wish.start), ("end", wish.end))
    )
    return (
        '<form class="hb-filters" role="search" data-changes="filter" data-signal="filter"'
        f"{attributes({'data-shown': collection})}>"
        f'<label class="hb-wide"><span>{escape(text("library.filter_words"))}</span>'
        f'<input type="search" name="words"{attributes({"value": wish.words})} autocomplete="off"></label>'
        f"{_choice('source', sources, wish.source)}{_choice('category', categories, wish.category)}{period}"
        "</form>"
    )


def _choice(name: str, values: Sequence[str], chosen: str) -> str:
    options = "".join(option(value, value, chosen) for value in values)
    return (
        f'<label><span>{escape(text(f"library.filter_{name}"))}</span><select name="{name}">'
        f'<option value="">{escape(text("library.filter_any"))}</option>{options}</select></label>'
    )


def table(page: Page) -> str:
    """One page of articles, what can be done with those that are ticked, and the way to the other pages."""
    if not page.total:
        return f'<p class="hb-empty">{escape(text("library.empty"))}</p>'
    if not page.found:
        again = button(text("library.show_all"), "unfilter", key="unfilter")
        return f'<p class="hb-empty">{escape(text("library.none_found"))} {again}</p>'
    heads = "".join(_head(order, page.wish) for order in ORDERS)
    everything = (
        f'<input type="checkbox" class="hb-all"{attributes({"aria-label": text("library.tick_page")})}>'
    )
    rows = "".join(_row(article) for article in page.articles)
    caption = text(
        "library.caption",
        first=number((page.number - 1) * PAGE + 1),
        last=number((page.number - 1) * PAGE + len(page.articles)),
        found=number(page.found),
    )
    if page.found < page.total:
        caption += " " + text("library.of_all", total=number(page.total))
    words = {"data-one": text("library.delete_ticked"), "data-none": text("library.delete_none")}
    return (
        f'<div class="hb-deeds-bar"><p class="hb-small" role="status">{escape(caption)}</p>'
        f'<button type="button" class="hb-button hb-delete" disabled data-signal="delete" data-articles="[]"'
        f"{attributes(words)}>{escape(words['data-none'])}</button></div>"
        f'<table class="hb-articles"><caption class="hb-hidden">{escape(text("library.table"))}</caption>'
        "<thead><tr>"
        f'<th scope="col" class="hb-tick">{everything}</th>{heads}'
        f'<th scope="col"><span class="hb-hidden">{escape(text("library.deed"))}</span></th>'
        f"</tr></thead><tbody>{rows}</tbody></table>{_pages(page)}"
    )


def _head(order: Order, wish: Wish) -> str:
    """A column's head sorts by it; a second time the other way round."""
    here = order == wish.order
    state = f' aria-sort="{"descending" if wish.downwards else "ascending"}"' if here else ""
    sign = f'<span aria-hidden="true">{" ↓" if wish.downwards else " ↑"}</span>' if here else ""
    data = attributes({"data-signal": "sort", "data-order": order, "data-key": f"sort-{order}"})
    return (
        f'<th scope="col" class="hb-{order}"{state}><button type="button" class="hb-sort"{data}>'
        f"{escape(text(f'library.column_{order}'))}{sign}</button></th>"
    )


def _row(article: ArticleSummary) -> str:
    title = article.title.strip() or text("web.untitled")
    when = day(article.published) or ""
    under = " · ".join(filter(None, [article.source, article.category, when]))
    tick = attributes({"value": article.id, "aria-label": text("library.tick", title=title)})
    read = {"data-preview": article.id, "data-key": f"open-{article.id}"}
    remove = {
        "data-signal": "delete",
        "data-articles": json.dumps([article.id]),
        "aria-label": text("library.delete_one", title=title),
        "title": text("library.delete_one", title=title),
    }
    return (
        f'<tr><td class="hb-tick"><input type="checkbox" name="article"{tick}></td>'
        f'<th scope="row" class="hb-title">{markup.button(title, "hb-open-article", read)}'
        f'<span class="hb-under">{escape(under)}</span></th>'
        f'<td class="hb-source">{escape(article.source or "")}</td>'
        f'<td class="hb-category">{escape(article.category or "")}</td>'
        f'<td class="hb-day">{escape(when)}</td><td class="hb-passages">{number(article.passages)}</td>'
        f'<td class="hb-remove">{markup.button("✕", "hb-icon", remove)}</td>'
        "</tr>"
    )


def _pages(page: Page) -> str:
    if page.pages == 1:
        return ""

    def step(to: int, label: str, key: str, *, there: bool) -> str:
        data = {"data-signal": "turn", "data-page": to, "data-key": key}
        return markup.button(label, "hb-button", data if there else {**data, "disabled": ""})

    here = text("library.page", page=number(page.number), pages=number(page.pages))
    back = step(page.number - 1, text("library.previous"), "previous", there=page.number > 1)
    on = step(page.number + 1, text("library.next"), "next", there=page.number < page.pages)
    return (
        f'<nav class="hb-paging"{attributes({"aria-label": text("library.paging")})}>'
        f"{back}<span>{escape(here)}</span>{on}</nav>"
    )


def notice(line: str, *, grave: bool = False) -> str:
    """What came of what the reader did, also for those who do not see it."""
    role = "alert" if grave else "status"
    return f'<div class="hb-notice{" hb-grave" if grave else ""}" role="{role}"><p>{escape(line)}</p></div>'


def undo(deleted: int) -> str:
    """Offers to take the last deletion back; nothing when there was none."""
    if not deleted:
        return ""
    line = escape(text("library.deleted", count=number(deleted)))
    return (
        f'<div class="hb-notice hb-undo"><p role="status">{line}</p>'
        f"{button(text('library.undo'), 'undo', key='undo')}</div>"
    )


def preview() -> str:
    """The sheet in which an article is read, closed. The browser's own dialog keeps the keyboard inside."""
    words = {
        "aria-label": text("library.preview"),
        "data-loading": text("web.panel_loading"),
        "data-failed": text("web.panel_failed"),
    }
    close = attributes({"aria-label": text("web.panel_close"), "title": text("web.panel_close")})
    return (
        f'<dialog class="hb-sheet"{attributes(words)}><form method="dialog">'
        f'<button type="submit" class="hb-icon"{close}>✕</button></form>'
        '<div class="hb-article" tabindex="-1"></div></dialog>'
    )


# ── Health ────────────────────────────────────────────────────────────────────────────────────────


def health(status: Status, *, outdated: bool, busy: bool) -> str:
    """The index in numbers, whether it is whole, and what can be done about it.

    `outdated`: its passages and vectors are of another embedder or splitter than those in use.
    """
    whole = "library.whole" if status.healthy else "library.broken"
    facts = [
        (text("library.articles"), number(status.articles)),
        (text("library.passages"), number(status.passages)),
        (text("library.pending"), number(status.pending_vectors)),
        (text("library.size"), text("library.megabytes", size=number(status.bytes / 1_000_000, 1))),
        (text("library.committed"), _moment(status.committed)),
        (text("library.state"), text("library.outdated" if outdated else whole)),
    ]
    terms = "".join(f"<div><dt>{escape(term)}</dt><dd>{escape(fact)}</dd></div>" for term, fact in facts)
    deeds = [button(text("library.verify"), "verify", key="verify")]
    if status.pending_vectors and not busy and not outdated:
        deeds.append(button(text("library.embed"), "embed", key="embed"))
    if outdated or not status.healthy:
        deeds.append(button(text("library.rebuild"), "rebuild", key="rebuild"))
    return (
        f'<section class="hb-health"><h2>{escape(text("library.health"))}</h2><dl>{terms}</dl>'
        f'<p class="hb-row">{"".join(deeds)}</p></section>'
    )


def _moment(committed: str | None) -> str:
    """An instant in UTC as the clock of this machine has it."""
    return format(datetime.fromisoformat(committed).astimezone(), "%d/%m/%Y %H:%M") if committed else "–"
