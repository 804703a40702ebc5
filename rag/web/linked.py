"""Our stylesheets and scripts, linked under addresses that change when the files do."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rag.texts import current_language

STATIC = Path(__file__).parent / "static"


def styles() -> str:
    """The links to all stylesheets."""
    return "".join(
        f'<link rel="stylesheet" href="{_address(file)}">' for file in sorted(STATIC.glob("*.css"))
    )


def scripts() -> str:
    """All scripts, each told the language in use."""
    return "".join(
        f'<script src="{_address(file)}" data-language="{current_language()}"></script>'
        for file in sorted(STATIC.glob("*.js"))
    )


def _address(file: Path) -> str:
    return f"/hoibao/{file.name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
