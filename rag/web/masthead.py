"""The top of every page."""

from __future__ import annotations

from rag.texts import text
from rag.web.markup import escape

ADDRESSES = {"ask": "/", "library": "/thu-vien", "figures": "/so-lieu", "settings": "/cai-dat"}
"""The pages, in the order of the masthead."""


def masthead(here: str, line: str, state: str = "ready") -> str:
    """The name, the way to the other pages, and one line about the state of this one.

    `here` is a key of `ADDRESSES`; `state` is "loading", "ready" or "failed".
    """
    links = "".join(
        f'<a href="{address}"{" aria-current=page" if name == here else ""}>'
        f"{escape(text(f'web.page_{name}'))}</a>"
        for name, address in ADDRESSES.items()
    )
    return (
        f'<header class="hb-header"><div class="hb-nameplate"><h1>{escape(text("web.name"))}</h1>'
        f'<nav class="hb-pages" aria-label="{escape(text("web.pages"))}">{links}</nav></div>'
        f'<p class="hb-tagline" role="status" data-state="{state}">{escape(line)}</p></header>'
    )
