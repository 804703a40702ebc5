"""The manifest of a model's folder: written last, so that its existence means completeness.

`manifest.json`: `{"name", "source", "files": {relative path: {"bytes", "mtime_ns", "sha256"}}}`. Size and
modification time tell, without reading gigabytes, that the recorded sha256 still holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file as it was when its hash was taken."""

    bytes: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished folder holds and where it came from."""

    name: str
    source: str
    files: Mapping[str, FileRecord]


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, name: str, source: str, known: Mapping[str, str]) -> None:
    """Records every file below `folder`; `known` holds hashes that need not be computed again."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST):
        relative = path.relative_to(folder).as_posix()
        status = path.stat()
        digest = known.get(relative) or sha256_of(path)
        files[relative] = FileRecord(status.st_size, status.st_mtime_ns, digest)
    temporary = folder / f"{MANIFEST}.part"
    temporary.write_text(json.dumps(asdict(Manifest(name, source, files)), indent=1), encoding="utf-8")
    temporary.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a finished folder, None where there is none or it cannot be read."""
    try:
        raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {path: FileRecord(**record) for path, record in raw["files"].items()}
        return Manifest(raw["name"], raw["source"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def first_damage(folder: Path, manifest: Manifest, *, thorough: bool = False) -> str | None:
    """The first file that is gone or has another size (`thorough`: another hash), None when all is well."""
    for relative, record in manifest.files.items():
        path = folder / relative
        if not path.is_file() or path.stat().st_size != record.bytes:
            return relative
        if thorough and sha256_of(path) != record.sha256:
            return relative
    return None


def recorded_sha256(folder: Path, path: Path) -> str:
    """The hash of `path`: from the folder's manifest while size and time agree, else computed."""
    manifest = read_manifest(folder)
    record = manifest.files.get(path.relative_to(folder).as_posix()) if manifest else None
    status = path.stat()
    if record and (record.bytes, record.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return record.sha256
    return sha256_of(path)
