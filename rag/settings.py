"""Where things are and how much of them: frozen plain data, nothing is read or created at import.

Order of precedence: environment variables `HOIBAO_<FIELD>`, then `settings.toml` in the user's
configuration folder, then the defaults below.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import platformdirs

from rag.errors import InputError

APP = "hoibao"
PREFIX = "HOIBAO_"
LANGUAGE = "HOIBAO_LANG"  # read by rag/texts.py before there are settings: errors about them need words, too


RANGES: Mapping[str, tuple[float, float]] = {
    "strictness": (0, 1),
    "dense_weight": (0, 1),
    "hits": (1, 50),
    "answer_tokens": (32, 2_048),
}
"""The least and the greatest value of settings that are numbers; both are allowed."""

LANGUAGES = ("vi", "en")

OPTIONAL: Mapping[str, type[Any]] = {"abbreviations": Path, "today": date, "passwords": Path}
"""The types of the settings that are None unless given."""


def checkout() -> Path | None:
    """The folder of the source checkout this package runs from, None when it is installed."""
    parent = Path(__file__).resolve().parent.parent
    return parent if (parent / "pyproject.toml").is_file() and (parent / "prompts").is_dir() else None


def settings_file() -> Path:
    """Where the user's settings are kept; it need not exist."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "settings.toml"


def default_index() -> Path:
    """`index/default` in a checkout, else a folder of the user's data directory."""
    root = checkout()
    return (root / "index" if root else Path(platformdirs.user_data_dir(APP, appauthor=False))) / "default"


@dataclass(frozen=True, slots=True)
class Settings:
    """Paths, names and numbers. Objects are built from these in `assemble.py` and nowhere else."""

    # Places
    index: Path = field(default_factory=default_index)
    models: Path = field(
        default_factory=lambda: Path(platformdirs.user_cache_dir(APP, appauthor=False)) / "models"
    )
    conversations: Path = field(
        default_factory=lambda: Path(platformdirs.user_data_dir(APP, appauthor=False)) / "conversations.db"
    )
    uploads: Path = field(
        default_factory=lambda: Path(platformdirs.user_data_dir(APP, appauthor=False)) / "uploads"
    )

    # Models: a name of the catalogue, a local path, a hub repository ("owner/name", for a GGUF
    # "owner/name:file.gguf"), or for the LLM the URL of an OpenAI-compatible server
    embedder: str = "multilingual-e5-small"
    llm: str = "qwen2.5-coder-1.5b-instruct-q4_k_m"
    reranker: str = ""  # a CrossEncoder that looks again at the best passages; empty: none does
    threads: int = 0  # 0: as many as there are physical cores
    context_tokens: int = 4096

    # Passages, in tokens of the embedder
    passage_tokens: int = 256
    overlap_sentences: int = 1

    # Retrieval
    candidates: int = 50  # from each leg
    hits: int = 10
    dense_weight: float = 0.5  # min-max fusion: weight of the dense leg, the rest is lexical

    # Understanding
    abbreviations: Path | None = None  # a file of the user's own, read after ours
    today: date | None = None  # what "hôm qua" counts from; None: the reader's own day

    # Answering
    answer_tokens: int = 256
    strictness: float = 0.5  # 0 answers nearly always, 1 refuses when in the least doubt
    max_question: int = 2_000  # characters

    # Web
    host: str = "127.0.0.1"
    port: int = 7860
    host_names: tuple[str, ...] = ()  # what browsers on other machines call this one; a list, or with commas
    passwords: Path | None = None  # without it the page is for this machine alone

    # Words
    language: str = "vi"  # of messages and pages, vi or en; HOIBAO_LANG comes before it

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
        """Defaults, overlaid with the settings file and then the environment.

        Raises InputError for an unknown setting, a value of the wrong type or out of its range.
        """
        environ = os.environ if environ is None else environ
        file = file or settings_file()
        known = [f.name for f in fields(cls)]
        given: dict[str, tuple[Any, str]] = {}
        if file.is_file():
            try:
                table = tomllib.loads(file.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise InputError("errors.settings_file", file=file, reason=error) from error
            given |= {name: (value, str(file)) for name, value in table.items()}
        for variable, value in environ.items():
            if variable.startswith(PREFIX) and variable != LANGUAGE:
                given[variable.removeprefix(PREFIX).lower()] = (value, variable)
        settings = cls()
        for name, (value, origin) in given.items():
            if name not in known:
                raise InputError("errors.unknown_setting", name=name, origin=origin, known=", ".join(known))
            changed: dict[str, Any] = {name: converted(name, value, origin)}
            settings = replace(settings, **changed)
        return settings


def converted(name: str, value: Any, origin: str) -> Any:
    """The value of a setting from what somebody wrote at `origin`.

    Raises InputError when it is of the wrong type or out of its range.
    """
    kind: type[Any] = OPTIONAL.get(name) or type(getattr(Settings(), name))
    try:
        made = _convert(value, kind)
    except ValueError as error:
        raise InputError(
            "errors.bad_setting", name=name, origin=origin, value=value, kind=kind.__name__
        ) from error
    least, most = RANGES.get(name, (made, made))
    if not least <= made <= most:
        raise InputError(
            "errors.setting_range", name=name, origin=origin, value=value, least=least, most=most
        )
    if name == "language" and made not in LANGUAGES:
        raise InputError(
            "errors.setting_choice", name=name, origin=origin, value=value, known=", ".join(LANGUAGES)
        )
    return made


def _convert(value: Any, kind: type[Any]) -> Any:
    if issubclass(kind, Path):
        return Path(str(value)).expanduser()
    if issubclass(kind, tuple):
        parts = value.split(",") if isinstance(value, str) else value
        return tuple(str(part).strip() for part in parts if str(part).strip())
    if issubclass(kind, date):
        return kind.fromisoformat(str(value))
    return kind(value)
