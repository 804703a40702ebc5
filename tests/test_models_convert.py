"""4-bit weights → float32, on a file written by hand with numbers that can be worked out on paper."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny_e5 import FFN, HIDDEN, POSITIONS, RAMP, SHAPE, WORD_SCALES, e5s1, floats, q4_blocks, tiny_tensors

from rag.errors import ModelError
from rag.models.convert import Shape, TensorPlace, convert_e5, dequantise, read_e5s1, unpack


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.bin"
    path.write_bytes(e5s1(tiny_tensors()))
    return path


def test_one_block() -> None:
    data = np.frombuffer(q4_blocks([0.5]), np.uint8)
    values = dequantise(data, TensorPlace(count=32, offset=0, length=18))
    assert values.dtype == np.float32
    assert values.tolist() == [value * 0.5 for value in RAMP]


def test_plain_floats_at_an_odd_offset() -> None:
    data = np.frombuffer(b"x" + floats(1.5, -2.25), np.uint8)
    assert dequantise(data, TensorPlace(count=2, offset=1, length=8)).tolist() == [1.5, -2.25]


def test_every_tensor_gets_its_name_shape_and_values(weights: Path) -> None:
    shape, tensors = read_e5s1(weights)
    assert shape == Shape(*SHAPE, epsilon=float(np.float32(1e-12)))
    ramp = np.array(RAMP, np.float32)
    layer = "encoder.layer.0."
    expected = {
        "embeddings.word_embeddings.weight": np.outer(WORD_SCALES, ramp),
        "embeddings.position_embeddings.weight": np.arange(POSITIONS * HIDDEN).reshape(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": np.repeat([[0.25], [0.75]], HIDDEN, axis=1),
        "embeddings.LayerNorm.weight": np.full(HIDDEN, 1.5),
        "embeddings.LayerNorm.bias": np.full(HIDDEN, -1.5),
        f"{layer}intermediate.dense.weight": np.tile(ramp * 5, (FFN, 1)),
        f"{layer}intermediate.dense.bias": np.full(FFN, 5),
        f"{layer}output.dense.weight": np.tile(np.concatenate([ramp * 6, ramp * 7]), (HIDDEN, 1)),
        f"{layer}output.dense.bias": np.full(HIDDEN, 6),
        f"{layer}attention.output.LayerNorm.weight": np.full(HIDDEN, 8),
        f"{layer}attention.output.LayerNorm.bias": np.full(HIDDEN, -8),
        f"{layer}output.LayerNorm.weight": np.full(HIDDEN, 9),
        f"{layer}output.LayerNorm.bias": np.full(HIDDEN, -9),
    }
    for number, name in enumerate(["self.query", "self.key", "self.value", "output.dense"], start=1):
        expected[f"{layer}attention.{name}.weight"] = np.tile(ramp * number, (HIDDEN, 1))
        expected[f"{layer}attention.{name}.bias"] = np.full(HIDDEN, number)
    assert sorted(tensors) == sorted(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(tensors[name], values.astype(np.float32), err_msg=name, strict=True)


def test_the_folder_is_an_ordinary_sentence_transformers_model(weights: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text('{"version": "1.0"}', encoding="utf-8")
    folder = tmp_path / "model"
    convert_e5(weights, tokenizer, folder)

    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == [
        "1_Pooling/config.json",
        "config.json",
        "config_sentence_transformers.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert (folder / "tokenizer.json").read_text(encoding="utf-8") == '{"version": "1.0"}'
    modes = {path.stat().st_mode for path in folder.rglob("*") if path.is_file()}
    assert modes == {tokenizer.stat().st_mode}  # whoever may read one file may read all
    stored = load_file(folder / "model.safetensors")
    query = stored["encoder.layer.0.attention.self.query.weight"]
    assert query.dtype == np.dtype(np.float32)
    assert query[0].tolist() == [float(value) for value in RAMP]
    assert stored["pooler.dense.weight"].any() == np.False_

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["model_type"] == "bert"
    assert [config[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads")] == [32, 1, 2]
    assert [config[key] for key in ("intermediate_size", "vocab_size", "max_position_embeddings")] == [
        64,
        12,
        16,
    ]
    assert (config["type_vocab_size"], config["layer_norm_eps"]) == (2, 1e-12)
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    assert [module["type"].rpartition(".")[2] for module in modules] == [
        "Transformer",
        "Pooling",
        "Normalize",
    ]
    pooling = json.loads((folder / "1_Pooling/config.json").read_text(encoding="utf-8"))
    assert (pooling["pooling_mode_mean_tokens"], pooling["word_embedding_dimension"]) == (True, 32)
    prompts = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))[
        "prompts"
    ]
    assert prompts == {"query": "query: ", "document": "passage: "}


def test_converting_twice_gives_the_same_bytes(weights: Path, tmp_path: Path) -> None:
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text("{}", encoding="utf-8")
    for name in ("one", "two"):
        convert_e5(weights, tokenizer, tmp_path / name)
    for path in (tmp_path / "one").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def missing_tensor() -> bytes:
    tensors = tiny_tensors()
    del tensors["l0.fo.w"]
    return e5s1(tensors)


def wrong_count() -> bytes:
    return e5s1(tiny_tensors() | {"emb.ln.w": (31, floats(*[1.5] * 32))})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (e5s1(tiny_tensors(), magic=b"GGUF"), "magic b'GGUF', version 1"),
        (e5s1(tiny_tensors(), block=64), "block length 64"),
        (e5s1(tiny_tensors(), shift=10_000), "a tensor ends at byte"),
        (missing_tensor(), "l0.fo.w"),
        (wrong_count(), "31 values in 128 bytes"),
        (e5s1(tiny_tensors())[:90], "unpack_from requires"),
    ],
    ids=["magic", "block", "beyond the end", "missing", "count", "cut"],
)
def test_damaged_files_are_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        read_e5s1(path)
    assert caught.value.key == "models.bad_weights"
    assert caught.value.values["file"] == path
    assert reason in str(caught.value)


def test_unpack_finds_the_model_at_any_depth(tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("download/modules.json", "[]")
        output.writestr("download/1_Pooling/config.json", "{}")
    unpack(archive, tmp_path / "model")
    files = {
        path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8")
        for path in tmp_path.rglob("*.json")
    }
    assert files == {"model/modules.json": "[]", "model/1_Pooling/config.json": "{}"}


def test_unpack_of_something_else(tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as output:
        output.writestr("readme.txt", "")
    with pytest.raises(ModelError) as caught:
        unpack(archive, tmp_path / "model")
    assert caught.value.values == {"file": archive, "reason": "modules.json"}
