"""Models of a hub, by huggingface_hub: which files, how large, and their download with verification.

The hub's address is HF_ENDPOINT, a token for gated models HF_TOKEN, as everywhere.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from rag.errors import ModelError
from rag.models.manifest import sha256_of
from rag.models.progress import Meter

# What a sentence-transformers folder needs; never pickles (.bin, .pt), code, or other engines' copies.
_WANTED = re.compile(r"(?:\d+_\w+/)?(?:[\w.-]+\.(?:json|txt|model|codes)|model[\w.-]*\.safetensors)")


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
    target = folder / file.path
    if target.is_file():  # renamed when it was complete and checked
        meter.keep(file.bytes)
        return target
    partial = target.with_name(f"{target.name}.part")
    partial.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("ab") as output, _hub_errors(model.repo):
        if output.tell() > file.bytes:
            _empty(output)
        if output.tell() < file.bytes:
            _stream(model, file.path, output, meter)
        else:
            meter.keep(file.bytes)
    if partial.stat().st_size != file.bytes or (file.sha256 and sha256_of(partial) != file.sha256):
        partial.unlink()
        raise ModelError("models.wrong_hash", file=f"{model.repo}/{file.path}")
    return partial.replace(target)


def _stream(model: RemoteModel, path: str, output: BinaryIO, meter: Meter) -> None:
    """Appends what is missing: `hf_hub_download` would throw away what an interrupted run has brought."""
    import httpx  # slow to import, and only needed when something is fetched
    from huggingface_hub import constants, get_token, hf_hub_url

    if constants.HF_HUB_OFFLINE:
        raise ConnectionError("HF_HUB_OFFLINE")
    url = hf_hub_url(model.repo, path, revision=model.commit, endpoint=_endpoint())
    headers = {"Accept-Encoding": "identity", "Range": f"bytes={output.tell()}-"}
    if token := get_token():
        headers["Authorization"] = f"Bearer {token}"
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=60) as response:
        response.raise_for_status()
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            _empty(output)  # a server without ranges sends everything again
        meter.keep(output.tell())
        for piece in response.iter_bytes():
            output.write(piece)
            meter.add(len(piece))


def _empty(output: BinaryIO) -> None:
    output.truncate(0)
    output.seek(0)


def _endpoint() -> str | None:
    # huggingface_hub reads the variable once, when it is imported; whoever sets it later is heard as well
    return os.environ.get("HF_ENDPOINT")


@contextmanager
def _hub_errors(repo: str) -> Iterator[None]:
    import httpx  # as above
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    # Failed connections are errors of huggingface_hub's HTTP library, which differs from release to
    # release; its own error derives from that library's base. Offline mode is an OSError.
    bases = cast(tuple[type[Exception], ...], HfHubHTTPError.__bases__)
    expected: tuple[type[Exception], ...] = (*bases, OSError, HFValidationError, httpx.HTTPError)
    try:
        yield
    except expected as error:
        if getattr(error, "errno", None) in {errno.ENOSPC, errno.EACCES}:
            raise  # our own disk
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else type(error).__name__
        raise ModelError("models.hub_failed", repo=repo, reason=reason) from error
