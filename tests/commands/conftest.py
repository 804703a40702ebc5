"""The command on a bare machine, and with fake models and two articles."""

from __future__ import annotations

import json
import os
from pathlib import Path

import platformdirs
import pytest
from command_line import BRIDGE, RICE, Hoibao

from rag import assemble
from rag.embedding import FakeEmbedder
from rag.generation import ScriptedGenerator


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> ScriptedGenerator:
    """Fakes in the place of both models; the LLM says one thing that holds and one that does not."""
    generator = ScriptedGenerator(lambda _: "Cầu dài 486 m [9]. Cầu do Nhật Bản tài trợ.")
    monkeypatch.setattr(assemble, "embedder", lambda settings: FakeEmbedder())
    monkeypatch.setattr(assemble, "generator", lambda settings: generator)
    return generator


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hoibao:
    """The command on a machine without settings, models or articles."""
    for variable in (*(v for v in os.environ if v.startswith("HOIBAO_")), "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    for place in ("user_config_dir", "user_cache_dir"):
        monkeypatch.setattr(platformdirs, place, lambda *_, **__: str(tmp_path / "own"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("HOIBAO_INDEX", str(tmp_path / "chỉ mục"))
    monkeypatch.setenv("HOIBAO_STRICTNESS", "0")  # the fake embedder knows nothing of what suffices
    return Hoibao(capsys, tmp_path)


@pytest.fixture
def hoibao(bare: Hoibao, models: ScriptedGenerator) -> Hoibao:
    """… with fake models and two articles in the index."""
    bare.write("cau.txt", BRIDGE)
    bare.write("lua.jsonl", json.dumps(RICE, ensure_ascii=False))
    assert bare("index", "add", bare.folder / "bài báo", "--json").json == {
        "added": 2, "replaced": 0, "unchanged": 0, "removed": 0, "skipped": [], "notes": [],
    }  # fmt: skip
    return bare
