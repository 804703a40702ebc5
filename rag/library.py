"""Several collections of articles beside each other, each an index of its own; the models are shared.

A collection is a folder with an index in it, and its name is the folder's. The one in the settings is the
default; the others are its neighbours.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.answering.assistant import Assistant
from rag.answering.finding import Memory
from rag.embedding import Embedder
from rag.errors import InputError, StoreError
from rag.generation import Generator
from rag.language.normalize import nfc
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import Store, holds_index
from rag.texts import text

LONGEST_NAME = 60  # characters: 180 bytes of Vietnamese, where file systems take 255
FIRST_NAME = "default"  # the folder that the settings name as long as nobody changes them

_NAME = re.compile(r"[^\W_](?:[\w ,.()+&'-]*[\w)+])?")  # ends so that Windows keeps the name as it is
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)\d)(?:\..*)?", re.IGNORECASE)  # Windows' devices


class Library:
    """The collections there are. Stores are opened when first needed and stay open; threads may share it."""

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder,
        retriever: Retriever,
        generator: Callable[[], Generator],
    ) -> None:
        self.settings = settings
        self.embedder = embedder
        self._retriever = retriever
        self._generator = generator
        self._lock = threading.RLock()
        self._stores: dict[str, Store] = {}
        self._memory = Memory()

    @property
    def default(self) -> str:
        """The collection that is meant when none is named."""
        return nfc(self.settings.index.name)

    def names(self) -> tuple[str, ...]:
        """All collections, the default first, the others by their names."""
        return tuple(self._folders())

    def assistant(self, name: str | None = None) -> Assistant:
        """The assistant of a collection, None being the default.

        Raises InputError when there is none of this name, EmbedderMismatch when another embedder made its
        vectors, StoreError when its index cannot be opened.
        """
        store = self.store(name)
        with store.snapshot() as snapshot:
            snapshot.require(embedder=self.settings.embedder, fingerprint=self.embedder.fingerprint)
        settings = replace(self.settings, index=store.folder)
        return Assistant(store, self._retriever, self._generator, settings, self._memory)

    def store(self, name: str | None = None) -> Store:
        """The index of a collection, whatever embedder made it. Raises InputError, StoreError."""
        name = self.default if name is None else nfc(name)
        with self._lock:
            if name not in self._stores:
                self._stores[name] = Store.open(self._folder(name), create=name == self.default)
            return self._stores[name]

    def warm(self) -> None:
        """Loads the language model. Raises ModelError."""
        self._generator()

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Questions from the next one on are answered under these settings. They are such as answering reads
        each time: what the models and the search were built from stays."""
        self.settings = replace(self.settings, **changes)

    def create(self, name: str) -> str:
        """A new, empty collection; gives its name as it will be listed.

        Raises InputError for a name that cannot be one or is taken, StoreError when the disk is full.
        """
        name = checked_name(name)
        with self._lock:
            taken = {known.casefold() for known in self._folders()}
            folder = self.settings.index.parent / name
            # Neither beside a namesake, which some file systems take for the same, nor into others' folders.
            if name.casefold() in taken or folder.exists():
                raise InputError("library.taken", name=shown_name(name))
            self._stores[name] = Store.open(folder, create=True)
        return name

    def delete(self, name: str) -> None:
        """Removes a collection and its index from the disk. Raises InputError for the default and for one
        that is not there, IndexLocked while it is being written, StoreError when the disk does not let go."""
        name = nfc(name)
        if name == self.default:
            raise InputError("library.default_stays", name=shown_name(name))
        with self._lock:
            folder = self._folder(name)
            self.store(name).retire()
            del self._stores[name]
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise StoreError("index.unusable", folder=folder, reason=error) from error

    def close(self) -> None:
        """Lets go of all indexes."""
        with self._lock:
            while self._stores:
                self._stores.popitem()[1].close()

    def _folder(self, name: str) -> Path:
        """Raises InputError, with the names there are. A name from outside is looked up, never joined."""
        folders = self._folders()
        if name not in folders:
            known = ", ".join(map(shown_name, folders))
            raise InputError("library.unknown", name=shown_name(name)[:LONGEST_NAME], known=known)
        return folders[name]

    def _folders(self) -> dict[str, Path]:
        """All collections by name; macOS may hand out names in another normal form."""
        beside = self.settings.index.parent
        found = [entry for entry in beside.iterdir() if holds_index(entry)] if beside.is_dir() else []
        others = {nfc(entry.name): entry for entry in sorted(found) if _is_name(nfc(entry.name))}
        others.pop(self.default, None)
        return {self.default: self.settings.index, **others}


def checked_name(name: str) -> str:
    """A name that a collection can have, with single blanks. Raises InputError saying what is wrong."""
    name = " ".join(nfc(name).split())
    if not _is_name(name):
        raise InputError("library.bad_name", name=name[: 2 * LONGEST_NAME], limit=LONGEST_NAME)
    return name


def shown_name(name: str) -> str:
    """What readers see: the first collection is named in their language."""
    return text("library.first") if name == FIRST_NAME else name


def _is_name(name: str) -> bool:
    return len(name) <= LONGEST_NAME and bool(_NAME.fullmatch(name)) and not _RESERVED.fullmatch(name)
