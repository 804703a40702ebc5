"""Loads the prompts: one Vietnamese text file per stage in `prompts/`, `$name` for what varies.

Nothing else in the program knows a prompt.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template


def folder() -> Path:
    """`prompts/` of the checkout, or its copy inside the installed package."""
    installed = Path(__file__).parent / "_prompts"
    return installed if installed.is_dir() else Path(__file__).resolve().parent.parent / "prompts"


@cache
def _template(stage: str) -> Template:
    return Template((folder() / f"{stage}.txt").read_text(encoding="utf-8").strip())


def prompt(stage: str, **values: str) -> str:
    """The prompt of `stage` with its variables filled.

    Raises KeyError naming all variables that are missing or not used: that is a bug in the caller or a
    slip in an edited prompt file.
    """
    template = _template(stage)
    if wrong := set(template.get_identifiers()) ^ set(values):
        raise KeyError(f"prompts/{stage}.txt: missing or unused variables: {', '.join(sorted(wrong))}")
    return template.substitute(values)
