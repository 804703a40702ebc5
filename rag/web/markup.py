"""Text → HTML. Everything that was not written by us goes through `escape`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import urlsplit

from rag.texts import current_language

# Beyond what HTML needs, the characters that Markdown or a template language would read: the result is
# plain text to any of them. A newline is written as an entity so that no blank line can end an HTML block.
_ENTITIES = {ord(character): f"&#{ord(character)};" for character in "<>&\"'`[]*_~$\\{}|\r\n\t"}

# Unicode's invisible direction changes can make a quote read differently from what it says; the rest of
# the control characters have no business in a page.
_HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escape(text: str) -> str:
    """`text` as HTML that shows the same characters and does nothing, in an element or an attribute.

    Control and direction-changing characters become U+FFFD, one for one, so that lengths stay the same.
    """
    return _HARMFUL.sub("\ufffd", text).translate(_ENTITIES)


def attributes(values: Mapping[str, object]) -> str:
    """` name="value"` for each entry, values escaped; names are ours."""
    return "".join(f' {name}="{escape(str(value))}"' for name, value in values.items())


def button(words: str, name: str, values: Mapping[str, object]) -> str:
    """A button of ours: `name` is its class, `values` are its other attributes."""
    return f'<button type="button" class="{name}"{attributes(values)}>{escape(words)}</button>'


def option(value: str, words: str, chosen: str) -> str:
    """One entry of a list to choose from; `chosen` is the value of the one that is."""
    selected = " selected" if value == chosen else ""
    return f"<option{attributes({'value': value})}{selected}>{escape(words)}</option>"


def safe_link(url: str | None) -> str | None:
    """`url` when it is an ordinary http(s) address, else None."""
    if not url or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def day(published: str | None) -> str | None:
    """An ISO date or time as a reader writes it: `25/09/2021 16:58`; unreadable ones as they are."""
    if not published:
        return None
    try:
        if "T" not in published:
            return format(date.fromisoformat(published), "%d/%m/%Y")
        return format(datetime.fromisoformat(published), "%d/%m/%Y %H:%M")
    except ValueError:
        return published


def number(value: float, digits: int = 0) -> str:
    """A number with the separators of the language in use: `1.234,5` in Vietnamese."""
    written = f"{value:,.{digits}f}"
    return written if current_language() == "en" else written.translate({ord(","): ".", ord("."): ","})
