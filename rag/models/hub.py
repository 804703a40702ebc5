"""Models of a hub, by huggingface_hub: which files, how large, and their download with verification.

The hub's address is HF_ENDPOINT, a token for gated models HF_TOKEN, as everywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from rag.errors import ModelError
from rag.models.manifest import sha256_of
from rag.models.progress import Meter

# What a sentence-transformers folder needs; never pickles (.bin, .pt), code, or other engines' copies.
_WANTED = re.compile(r"(?:\d+_\w+/)?(?:[^/]+\.(?:json|txt|model|codes)|model[^/]*\.safetensors)")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file as the hub describes it; small files have no sha256 there."""

    path: str
    bytes: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """The wanted files of one commit."""

    repo: str
    commit: str
    files: tuple[RemoteFile, ...]


def look_up(repo: str, revision: str | None, file: str | None) -> RemoteModel:
    """What has to be downloaded: `file` alone, or the files of a sentence-transformers folder.

    Raises ModelError when the hub cannot be reached, or does not have it in a form that is safe to open.
    """
    from huggingface_hub import HfApi  # slow to import, and only needed when something is fetched

    with _hub_errors(repo):
        info = HfApi(endpoint=_endpoint()).model_info(repo, revision=revision, files_metadata=True)
    siblings = [
        RemoteFile(sibling.rfilename, sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None)
        for sibling in info.siblings or ()
    ]
    wanted = tuple(s for s in siblings if (s.path == file if file else _WANTED.fullmatch(s.path)))
    if not any(s.path.endswith((".gguf", ".safetensors")) for s in wanted):
        raise ModelError("models.hub_no_file", repo=repo, file=file or "model.safetensors")
    return RemoteModel(repo, info.sha or revision or "main", wanted)


def download(model: RemoteModel, file: RemoteFile, folder: Path, meter: Meter) -> Path:
    """Downloads one file below `folder`, going on where an earlier run stopped, and checks it.

    Raises ModelError; a file with a wrong size or hash is deleted.
    """
    from huggingface_hub import hf_hub_download  # as above

    before = meter.done
    with _hub_errors(model.repo):
        path = Path(
            hf_hub_download(
                model.repo,
                file.path,
                revision=model.commit,
                local_dir=folder,
                endpoint=_endpoint(),
                tqdm_class=_bar_class(meter),
            )
        )
    if path.stat().st_size != file.bytes or (file.sha256 and sha256_of(path) != file.sha256):
        path.unlink()
        raise ModelError("models.wrong_hash", file=f"{model.repo}/{file.path}")
    meter.keep(file.bytes - (meter.done - before))  # what an earlier run had brought
    return path


def _endpoint() -> str | None:
    # huggingface_hub reads the variable once, when it is imported; whoever sets it later is heard as well
    return os.environ.get("HF_ENDPOINT")


def _bar_class(meter: Meter) -> Any:
    """A progress bar that draws nothing and passes the bytes on."""
    from tqdm import tqdm  # type: ignore[import-untyped]  # huggingface_hub brings it

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *_args: Any, **kwargs: Any) -> None:
            super().__init__(disable=True)
            meter.keep(int(kwargs.get("initial") or 0))

        def update(self, count: float | None = 1) -> None:
            meter.add(int(count or 0))

    return Bar


@contextmanager
def _hub_errors(repo: str) -> Iterator[None]:
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # as above

    # Failed connections are errors of the HTTP library, which differs from release to release of
    # huggingface_hub; its own error derives from that library's base. Offline mode is an OSError.
    bases = cast(tuple[type[Exception], ...], HfHubHTTPError.__bases__)
    expected: tuple[type[Exception], ...] = (*bases, OSError, HFValidationError)
    try:
        yield
    except expected as error:
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        raise ModelError("models.hub_failed", repo=repo, reason=reason) from error
