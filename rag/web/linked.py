"""Our stylesheets and scripts, linked under addresses that change when the files do."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rag.texts import current_language

STATIC = Path(__file__).parent / "static"
FIRST = "client.js"  # has to run before Gradio's scripts, which add what is given to Gradio as its head


def styles() -> str:
    """The links to all stylesheets."""
    return "".join(
        f'<link rel="stylesheet" href="{_address(file)}">' for file in sorted(STATIC.glob("*.css"))
    )


def scripts() -> str:
    """All scripts but the first, each told the language in use."""
    return "".join(_script(file) for file in sorted(STATIC.glob("*.js")) if file.name != FIRST)


def first_script() -> str:
    """The script whose place is in the page itself, before all others."""
    return _script(STATIC / FIRST)


def _script(file: Path) -> str:
    return f'<script src="{_address(file)}" data-language="{current_language()}"></script>'


def _address(file: Path) -> str:
    return f"/hoibao/{file.name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
