from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from tiny_reranker import make_reranker

from rag import assemble
from rag.doctor import GIB, Finding, examine
from rag.embedding import FakeEmbedder
from rag.settings import Settings
from rag.store import Store
from rag.texts import text


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A machine of our making: 8 GiB of memory and 100 GiB of disk free, four logical cores on two."""
    values = SimpleNamespace(memory=8 * GIB, disk=100 * GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=values.memory))
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: 4 if logical else 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=values.disk))
    return values


@pytest.fixture
def complete(
    settings: Settings,
    store: Store,
    tmp_path: Path,
    machine: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """Settings of which nothing is missing."""
    monkeypatch.setattr(assemble, "embedder", lambda _: FakeEmbedder())
    embedder, llm = tmp_path / "embedder", tmp_path / "llm.gguf"
    embedder.mkdir()
    llm.touch()
    return replace(settings, embedder=str(embedder), llm=str(llm))


def test_a_healthy_machine(complete: Settings, tmp_path: Path) -> None:
    assert examine(complete) == [
        Finding("Mô hình nhúng", True, complete.embedder),
        Finding("Mô hình ngôn ngữ", True, complete.llm),
        Finding("Chỉ mục", True, f"2 bài, 2 đoạn ở {complete.index}"),
        Finding("Bộ nhớ", True, "còn trống 8.0 GiB (cần 4 GiB; thiếu thì hãy đóng bớt chương trình)"),
        Finding("Luồng", True, "dùng 2 luồng trên 4 nhân logic"),
        Finding("Ổ đĩa", True, f"còn trống 100.0 GiB ở {tmp_path}"),
        Finding("Ngoại tuyến", True, "không phần nào của câu trả lời rời khỏi máy này"),
    ]


def test_a_reranker_is_examined_when_one_is_set(complete: Settings, tmp_path: Path) -> None:
    folder = make_reranker(tmp_path / "tiny")
    found = examine(replace(complete, reranker=str(folder)))[2]
    assert (found.name, found.good) == ("Mô hình xếp hạng lại", True)
    assert found.detail.startswith(f"{folder}; mỗi câu hỏi đọc lại 20 đoạn")
    missing = examine(replace(complete, reranker="owner/reranker"))[2]
    assert (missing.good, "hoibao setup" in missing.detail) == (False, True)
    no_reranker = examine(replace(complete, reranker=complete.embedder))[2]
    assert (no_reranker.good, "safetensors" in no_reranker.detail) == (False, True)


def test_an_index_of_another_embedder_is_named_with_the_cure(
    complete: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assemble, "embedder", lambda _: FakeEmbedder(dimension=32))
    index = examine(complete)[2]
    assert not index.good
    assert "hoibao index rebuild" in index.detail


def test_what_is_missing_is_named_with_the_cure(settings: Settings, machine: SimpleNamespace) -> None:
    machine.memory, machine.disk = 4 * GIB - 1, GIB - 1
    findings = {finding.name: finding for finding in examine(replace(settings, threads=5))}
    assert [name for name, finding in findings.items() if finding.good] == ["Ngoại tuyến"]
    missing = text("models.missing", name="multilingual-e5-small", folder=settings.models)
    assert findings["Mô hình nhúng"].detail == missing
    assert missing.endswith("hoibao setup")
    assert findings["Mô hình ngôn ngữ"].detail.endswith("hoibao setup")
    assert findings["Chỉ mục"].detail == text("index.missing", folder=settings.index)
    assert findings["Luồng"].detail == "dùng 5 luồng trên 4 nhân logic"


def test_a_damaged_index_is_not_healthy(complete: Settings) -> None:
    (complete.index / "passages.faiss").write_bytes(b"damaged")
    assert [finding.name for finding in examine(complete) if not finding.good] == ["Chỉ mục"]


def test_a_server_is_told_of_and_not_looked_for(complete: Settings) -> None:
    url = "http://192.0.2.1:8080/v1"
    findings = examine(replace(complete, llm=url))
    assert findings[1] == Finding("Mô hình ngôn ngữ", True, url)
    assert findings[-1].detail == text("cli.doctor_remote", url=url)


def test_a_finding_as_json() -> None:
    assert Finding("a", False, "b").payload() == {"name": "a", "good": False, "detail": "b"}
