"""What is remembered of how fast a model ran."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag import assemble, doctor
from rag.engine import Engine
from rag.errors import InputError, ModelError
from rag.settings import Settings
from rag.tuning import Measured, Memory, Tuning, best, candidates, may_repack

MODEL = Path("/models/mô-hình.gguf")


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "models" / ".tuning.json")


def test_the_fastest_answer_counts() -> None:
    slow_reader = Measured(Tuning(1), reading=50, writing=40)
    slow_writer = Measured(Tuning(2), reading=100, writing=25)
    assert (slow_reader.answer, slow_writer.answer) == (4.5, 2.8)
    assert best([slow_reader, slow_writer]) == slow_writer
    assert slow_writer.payload() == {
        "threads": 2, "flash_attention": None, "repack": True, "reading": 100, "writing": 25, "answer": 2.8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("built", "packings"),
    [
        ("CPU : AVX2 = 1 | AVX512_VNNI = 1 | REPACK = 1 | ", {True, False}),
        ("CPU : AVX512_VNNI = 1 | AMX_INT8 = 1 | REPACK = 1 | ", {False}),
    ],
)
def test_weights_are_not_rearranged_for_amx(
    built: str, packings: set[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.engine.built_for", lambda: built)
    monkeypatch.setattr("psutil.cpu_count", lambda logical: 4)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert may_repack(built) == (True in packings)
    assert set(candidates()) == {
        Tuning(threads, flash, repack)
        for threads in (2, 4, 8)
        for flash in (False, True)
        for repack in packings
    }


@pytest.mark.parametrize(
    ("built", "repack", "rearranged"),
    [("REPACK = 1", True, True), ("REPACK = 1", False, False), ("AMX_INT8 = 1 | REPACK = 1", True, False)],
)
def test_the_engine_loads_weights_that_way(
    built: str, repack: bool, rearranged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr("rag.engine.built_for", lambda: built)
    monkeypatch.setattr(
        "llama_cpp.llama_model_load_from_file", lambda _, how: loaded.append(how.use_extra_bufts)
    )
    with pytest.raises(ModelError):  # nothing was loaded
        Engine(MODEL, context_tokens=64, tuning=Tuning(1, repack=repack))
    assert loaded == [rearranged]


def test_what_was_measured_is_remembered_model_by_model(memory: Memory) -> None:
    assert memory.recall(MODEL) is None
    memory.remember(MODEL, Tuning(2, flash_attention=True, repack=False))
    memory.remember(MODEL.with_name("khác.gguf"), Tuning(1))
    assert memory.recall(MODEL) == Tuning(2, flash_attention=True, repack=False)
    assert memory.recall(MODEL.with_name("khác.gguf")) == Tuning(1)


def test_another_machine_measures_for_itself(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.remember(MODEL, Tuning(2))
    monkeypatch.setattr("platform.node", lambda: "máy-khác")
    assert memory.recall(MODEL) is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}', "\udcff"])
def test_a_damaged_file_is_forgotten(memory: Memory, content: str) -> None:
    memory.remember(MODEL, Tuning(2))
    memory.file.write_text(content, encoding="utf-8", errors="surrogateescape")
    assert memory.recall(MODEL) is None
    memory.remember(MODEL, Tuning(4))
    assert memory.recall(MODEL) == Tuning(4)


def test_the_settings_come_before_what_was_measured(tmp_path: Path) -> None:
    settings = Settings(models=tmp_path)
    assemble.tunings(settings).remember(MODEL, Tuning(7, flash_attention=False))
    assert assemble.tuning(settings, MODEL) == Tuning(7, flash_attention=False)
    assert assemble.tuning(replace(settings, threads=3), MODEL) == Tuning(3)
    assert assemble.tuning(settings, Path("/models/khác.gguf")) == Tuning(assemble.threads(settings))


def test_where_there_is_nothing_to_measure_it_is_said(tmp_path: Path) -> None:
    settings = Settings(models=tmp_path, llm="http://127.0.0.1:8080/v1")
    with pytest.raises(InputError, match=r"chạy ở http://127\.0\.0\.1:8080/v1"):
        doctor.tune(settings, lambda done, total: None)
    with pytest.raises(InputError, match="ấn định 3 luồng"):
        doctor.tune(Settings(models=tmp_path, threads=3), lambda done, total: None)
