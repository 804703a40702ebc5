"""Where a model is. Never touches the network.

<models>/
  <model>/              ready: renamed into place whole
    manifest.json       what it holds, written last
    …                   one .gguf file, or a sentence-transformers folder
  .partial/<model>/     being made; a later run goes on from here
  .partial/<model>.lock held by the process that makes it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rag.errors import ModelError
from rag.models.catalogue import Model, load_catalogue
from rag.models.manifest import first_damage, read_manifest

_WORD: Final = r"[A-Za-z0-9][\w.-]*"
_HUB_NAME: Final = re.compile(
    rf"(?P<repo>{_WORD}/{_WORD})(?:@(?P<revision>{_WORD}(?:/{_WORD})*))?(?::(?P<file>{_WORD}(?:/{_WORD})*\.gguf))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class HubName:
    """`owner/repo[@revision]` or `owner/repo[@revision]:file.gguf`."""

    repo: str
    revision: str | None
    file: str | None

    @property
    def folder_name(self) -> str:
        """The name as one folder name."""
        revision = f"@{self.revision}" if self.revision else ""
        file = f"--{self.file}" if self.file else ""
        return f"{self.repo}{revision}{file}".replace("/", "--")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the model `name` is or will be."""

    name: str
    path: Path  # what a loader opens: a .gguf file or a folder
    folder: Path | None  # the folder with the manifest; None for a local path, which is the user's own
    origin: Model | HubName | None

    def is_ready(self) -> bool:
        """Whether everything is there, judged by the files' sizes."""
        if self.folder is None:
            return self.path.exists()
        manifest = read_manifest(self.folder)
        return manifest is not None and first_damage(self.folder, manifest) is None


def parse_hub_name(name: str) -> HubName | None:
    """The parts of a hub name, None when `name` is not one."""
    match = _HUB_NAME.fullmatch(name)
    if match is None or (match["file"] is None and name.endswith(".gguf")):
        return None  # models/some.gguf is a path
    return HubName(match["repo"], match["revision"], match["file"])


def find_place(name: str, folder: Path) -> Place:
    """The place of a catalogue name, of an existing local path, or of a hub name, in this order."""
    if model := load_catalogue().get(name):
        own = folder / name
        return Place(name, own / model.files[0].name if model.form == "file" else own, own, model)
    local = Path(name).expanduser()
    if not local.exists() and (hub := parse_hub_name(name)):
        own = folder / hub.folder_name
        return Place(name, own / hub.file if hub.file else own, own, hub)
    return Place(name, local, None, None)


def locate(name: str, folder: Path) -> Path:
    """The ready model `name`: a `.gguf` file or a sentence-transformers folder.

    `name` is a name of the catalogue, a local path, or a hub name (`owner/repo[@revision][:file.gguf]`);
    fetched models are kept in `folder`. Raises ModelError when it is missing or damaged.
    """
    place = find_place(name, folder)
    if place.is_ready():
        return place.path
    if place.folder is None:
        known = ", ".join(load_catalogue())
        raise ModelError("models.no_such_model", name=name, known=known)
    manifest = read_manifest(place.folder)
    damage = first_damage(place.folder, manifest) if manifest else None
    if damage:
        raise ModelError("models.damaged", name=name, file=place.folder / damage)
    raise ModelError("models.missing", name=name, folder=folder)


def verify(name: str, folder: Path) -> None:
    """Reads every byte of the ready model `name` and compares it with its manifest.

    Raises ModelError when it is missing or damaged. A local path has no manifest: it only has to be there.
    """
    locate(name, folder)
    own = find_place(name, folder).folder
    manifest = read_manifest(own) if own else None
    if own and manifest and (damage := first_damage(own, manifest, thorough=True)):
        raise ModelError("models.damaged", name=name, file=own / damage)
