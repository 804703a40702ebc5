"""The one catalogue of words a user reads: Vietnamese, with English alongside.

`texts.toml` has one table per room and one entry per text: `key = {vi = "…", en = "…"}`, placeholders in
`str.format` style. Vietnamese unless HOIBAO_LANG, or else the settings (`speak`), say `en`.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["vi", "en"]


@cache
def catalogue() -> dict[str, dict[Language, str]]:
    """All texts by dotted key: `{"errors.no_file": {"vi": …, "en": …}}`."""
    tables = tomllib.loads(files("rag").joinpath("texts.toml").read_text(encoding="utf-8"))
    return {f"{room}.{name}": entry for room, entries in tables.items() for name, entry in entries.items()}


class _Spoken:
    """The language of this process, where HOIBAO_LANG does not say another."""

    language: Language = "vi"


def speak(language: str) -> None:
    """From now on texts are in this language, unless HOIBAO_LANG says another; in this process alone."""
    _Spoken.language = "en" if language == "en" else "vi"


def current_language() -> Language:
    """The language from HOIBAO_LANG, else the one that is spoken, Vietnamese by default."""
    said = os.environ.get("HOIBAO_LANG")
    return _Spoken.language if said is None else language_of(said)


def language_of(said: str) -> Language:
    """The language that a value of HOIBAO_LANG means: `en_GB` is English."""
    return "en" if said.lower().startswith("en") else "vi"


def text(key: str, /, **values: object) -> str:
    """The text under `key` with its placeholders filled.

    Raises KeyError for a key or a placeholder that does not exist: that is a bug, and a test finds it.
    """
    return catalogue()[key][current_language()].format(**values)
