"""The settings a reader changes while the server runs: which they are, what holds them fast, saving them.

Saved to the user's `settings.toml`, in which comments and what else stands there stay as they are. What is
changed is checked first: a file that was saved here can be loaded.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rag.assemble import is_server
from rag.errors import InputError
from rag.models import load_catalogue, locate
from rag.settings import LANGUAGE, PREFIX, Settings, converted
from rag.store.files import move
from rag.texts import language_of

AT_ONCE = ("strictness", "hits", "answer_tokens")  # heard by the next question
AT_START = ("llm", "language")  # heard when the server starts again
CHANGEABLE = (*AT_ONCE, *AT_START)

GGUF = b"GGUF"  # what every file of weights for llama.cpp begins with


@dataclass(frozen=True, slots=True)
class Preferences:
    """What will be in force after the next start, and what has a say in it."""

    settings: Settings
    locked: Mapping[str, str]  # setting → the environment variable that holds it
    file: Path


def preferences(file: Path, environ: Mapping[str, str] | None = None) -> Preferences:
    """As they are now. Raises InputError when the file or the environment cannot be used."""
    environ = os.environ if environ is None else environ
    held = {name: f"{PREFIX}{name.upper()}" for name in CHANGEABLE}
    locked = {name: variable for name, variable in held.items() if variable in environ}
    settings = Settings.load(environ, file)
    if LANGUAGE in environ:
        locked["language"] = LANGUAGE
        settings = replace(settings, language=language_of(environ[LANGUAGE]))
    return Preferences(settings, locked, file)


def save(changes: Mapping[str, object], file: Path, environ: Mapping[str, str] | None = None) -> Preferences:
    """Writes these settings to the file, all or none; gives what holds then.

    Raises InputError for a setting that cannot be changed here, is locked or has a value it cannot have,
    ModelError for a model that is not there, and InputError when the file cannot be written.
    """
    known = preferences(file, environ)
    wanted = {name: _checked(name, value, known) for name, value in changes.items()}
    defaults = Settings()
    document = _read(file)
    for name, value in wanted.items():
        if name in document or value != getattr(defaults, name):
            document[name] = value
    _write(file, document)
    return replace(known, settings=replace(known.settings, **wanted))


def reset(file: Path, environ: Mapping[str, str] | None = None) -> Preferences:
    """Takes what can be changed here out of the file; the rest of it stays. Raises InputError."""
    document = _read(file)
    for name in CHANGEABLE:
        document.pop(name, None)
    _write(file, document)
    return preferences(file, environ)


def _checked(name: str, value: object, known: Preferences) -> Any:
    if name not in CHANGEABLE:
        raise InputError("errors.unknown_setting", name=name, origin=known.file, known=", ".join(CHANGEABLE))
    if name in known.locked:
        raise InputError("preferences.locked", name=name, variable=known.locked[name])
    made = converted(name, str(value).strip(), str(known.file))
    if name == "llm":
        _check_model(made, known.settings)
    return made


def _check_model(name: str, settings: Settings) -> None:
    """Whether the generator could be built from it: a server's address, or weights that are there."""
    if is_server(name):
        try:
            named = bool(urlsplit(name).hostname)
        except ValueError:
            named = False
        if not named:
            raise InputError("preferences.bad_server", url=name)
        return
    model = load_catalogue().get(name)
    if model is not None and model.kind != "llm":
        raise InputError("preferences.no_llm", name=name)
    path = locate(name, settings.models)
    if not path.is_file() or not _is_gguf(path):
        raise InputError("preferences.no_gguf", path=path)


def _is_gguf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(GGUF)) == GGUF
    except OSError:
        return False


def _read(file: Path) -> Any:
    """The file as a document of tomlkit, which remembers comments and blanks."""
    import tomlkit  # imported here: only the settings page writes settings
    from tomlkit.exceptions import TOMLKitError

    if not file.is_file():
        return tomlkit.document()
    try:
        return tomlkit.parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise InputError("errors.settings_file", file=file, reason=error) from error


def _write(file: Path, document: Any) -> None:
    """In one step: whoever starts meanwhile reads the old settings or the new ones."""
    import tomlkit

    beside = file.with_name(file.name + ".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(tomlkit.dumps(document), encoding="utf-8")
        move(beside, file)
    except OSError as error:
        raise InputError("preferences.not_saved", file=file, reason=error) from error
