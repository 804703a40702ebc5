"""The list of conversations beside the chat."""

from __future__ import annotations

from collections.abc import Sequence

from rag.texts import text
from rag.web.conversations import Conversation
from rag.web.markup import attributes, button, day, escape


def sidebar(
    conversations: Sequence[Conversation], here: str | None = None, deleted: str | None = None
) -> str:
    """New conversation, the ones there are, `here` marked, and a way back for the one just `deleted`."""
    new = button(text("web.new_conversation"), "hb-new", {"data-signal": "new"})
    undo = ""
    if deleted is not None:
        back = button(text("web.undo"), "hb-deed", {"data-signal": "restore"})
        undo = f'<p class="hb-undo" role="status">{escape(text("web.deleted", title=deleted))} {back}</p>'
    items = "".join(_item(one, chosen=one.id == here) for one in conversations)
    listed = (
        f"<ul>{items}</ul>" if items else f'<p class="hb-empty">{escape(text("web.no_conversations"))}</p>'
    )
    toggle = button(
        f"☰ {text('web.conversations')}",
        "hb-deed hb-listing-button",
        {"data-action": "conversations", "aria-expanded": "false"},
    )
    return (
        f'{toggle}<nav class="hb-conversations"{attributes({"aria-label": text("web.conversations")})}>'
        f'<h2 class="hb-cards-title">{escape(text("web.conversations"))}</h2>{new}{undo}{listed}</nav>'
    )


def _item(one: Conversation, *, chosen: bool) -> str:
    current = ' aria-current="true"' if chosen else ""
    title = (
        f'<button type="button" class="hb-talk" data-signal="open"{current}'
        f"{attributes({'data-conversation': one.id})}><span>{escape(one.title)}</span>"
        f"<small>{escape(day(one.updated[:10]) or '')}</small></button>"
    )
    return f"<li>{title}{_menu(one)}</li>"


def _menu(one: Conversation) -> str:
    label = text("web.conversation_menu", title=one.title)
    rename = (
        f'<form data-signal="rename"{attributes({"data-conversation": one.id})}>'
        f'<input name="title" maxlength="120" required'
        f"{attributes({'value': one.title, 'aria-label': text('web.conversation_title')})}>"
        f'<button type="submit" class="hb-deed">{escape(text("web.rename"))}</button></form>'
    )
    links = "".join(_download(one, suffix) for suffix in ("markdown", "json"))
    delete = button(text("web.delete"), "hb-deed", {"data-signal": "delete", "data-conversation": one.id})
    return (
        f'<details class="hb-menu"><summary{attributes({"aria-label": label, "title": label})}>⋯</summary>'
        f"<div>{rename}{links}{delete}</div></details>"
    )


def _download(one: Conversation, kind: str) -> str:
    address = f"/conversations/{one.id}{'.md' if kind == 'markdown' else '.json'}"
    words = escape(text(f"web.export_{kind}"))
    return f'<a class="hb-deed" download{attributes({"href": address})}>{words}</a>'
