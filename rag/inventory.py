"""What is where on this machine: the folders and files in use, their sizes, and the versions of the parts."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rag import __version__
from rag.settings import Settings

PARTS = ("gradio", "llama-cpp-python", "sentence-transformers", "onnxruntime", "faiss-cpu", "tantivy")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or file under its name in the texts; `bytes` is None when there is none yet."""

    name: str
    path: Path
    bytes: int | None


def places(settings: Settings, settings_file: Path) -> tuple[Place, ...]:
    """Where articles, models, conversations, uploads and settings are kept."""
    kept = {
        "index": settings.index,
        "models": settings.models,
        "conversations": settings.conversations,
        "uploads": settings.uploads,
        "settings": settings_file,
    }
    return tuple(Place(name, path, size_on_disk(path)) for name, path in kept.items())


def size_on_disk(path: Path) -> int | None:
    """Bytes of a file, or of all files below a folder; None when there is nothing."""
    try:
        if path.is_file():
            return path.stat().st_size
        if not path.is_dir():
            return None
        return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
    except OSError:  # something was deleted meanwhile, or may not be read
        return None


def versions() -> dict[str, str]:
    """Ours, Python's, and those of the libraries that answers depend on."""
    found = {"Hỏi Báo": __version__, "Python": platform.python_version()}
    for part in PARTS:
        try:
            found[part] = version(part)
        except PackageNotFoundError:
            continue
    return found
