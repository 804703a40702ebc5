"""A BERT encoder in 8-bit integers on ONNX Runtime: without torch, whose import alone takes seconds.

The graph is built in memory from the folder's safetensors whenever the model is opened, a fraction of a
second: there is no second file of weights to keep, to check or to throw away. Weights are rounded once, one
scale per output; activations as they come, one scale per text, since every text runs by itself. Thus nothing
is padded, and a text has the same vector whatever it is embedded with. Word embeddings stay as they are in
the file and are mapped, not read.

What is lost by rounding is lost where a few values dwarf the rest, since one scale serves all:

- What a layer normalisation gives is spread very unevenly over its dimensions, by weights that are known.
  That spread is taken out of the activations and put into the matrix behind them (SmoothQuant, Xiao et al.
  2023, arXiv 2211.10438; there measured on texts, here read off the weights).
- The feed-forward layers answer <s> and </s> with values twenty times those of any word ("massive
  activations", Sun et al. 2024, arXiv 2402.17762). Each token is brought to its own largest value there.

`python -m benchmarks.embedding` shows what this costs and gains beside float32.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rag.types import FloatMatrix

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto
    from onnxruntime import InferenceSession

Array = NDArray[Any]

_MODULES: Final = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_POOLINGS: Final = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
# Transformers takes tokenizer.json as it stands for these; others change it by settings of their own
_TOKENIZERS: Final = {
    "PreTrainedTokenizerFast",
    "TokenizersBackend",
    "XLMRobertaTokenizer",
    "XLMRobertaTokenizerFast",
}
_TYPES: Final[Mapping[str, np.dtype[Any]]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_OPSET: Final = 18
_CONTRIB: Final = "com.microsoft"  # ONNX Runtime's own operators, built into it
_STEPS: Final = 127  # of a weight to each side of zero; −128 would make the two sides differ
_LEAST: Final = 0.2  # GELU never falls below −0.17: a token brought to this or more stays within ±1


@dataclass(frozen=True, slots=True)
class Network:
    """What the folder says about the network and what surrounds it."""

    layers: int
    heads: int
    epsilon: float
    max_tokens: int  # special tokens included
    pooling: str  # "mean" or "cls"


@dataclass(frozen=True, slots=True)
class Int8Encoder:
    """Token ids → a unit vector. Any number of threads may use it at once."""

    session: InferenceSession
    words: Array  # (vocabulary, hidden), mapped
    positions: FloatMatrix  # (max_tokens, hidden), the token type already added
    pooling: str

    @property
    def max_tokens(self) -> int:
        return len(self.positions)

    def encode(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Shape (hidden,). `ids` with their special tokens, at most `max_tokens` of them."""
        summed = self.words[ids].astype(np.float32) + self.positions[: len(ids)]
        states = self.session.run(None, {"embeddings": summed[None]})[0][0]
        vector: NDArray[np.float32] = states[0] if self.pooling == "cls" else states.mean(axis=0)
        return vector / np.linalg.norm(vector)


def open_encoder(path: Path) -> Int8Encoder | None:
    """The encoder of a sentence-transformers folder; None where this processor or the network is not fit
    for it, or the folder is damaged: whoever opens it in float32 instead will say how."""
    network = _read_network(path)
    if network is None or not multiplies_exactly():
        return None
    try:
        tensors = map_safetensors(path / "model.safetensors")
        words = tensors["embeddings.word_embeddings.weight"]
        positions = tensors["embeddings.position_embeddings.weight"][: network.max_tokens]
        first_type = tensors["embeddings.token_type_embeddings.weight"][0]
        model = build(network, tensors)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    positions = positions.astype(np.float32) + first_type.astype(np.float32)
    return Int8Encoder(_session(model), words, positions, network.pooling)


@cache
def multiplies_exactly() -> bool:
    """Whether this processor adds products of 8-bit integers without loss: those with VNNI or ARM's do.

    Without such instructions a sum of two products is cut off at 32,767, and nothing is gained in speed.
    """
    from onnx import TensorProto, helper  # imported here, as everywhere: only needed when a model is opened

    left = helper.make_tensor_value_info("left", TensorProto.UINT8, [64, 64])
    right = helper.make_tensor("right", TensorProto.INT8, [64, 64], [127] * 64 * 64)
    result = helper.make_tensor_value_info("result", TensorProto.INT32, [64, 64])
    product = helper.make_node("MatMulInteger", ["left", "right"], ["result"])
    session = _session(_model([product], [left], [result], [right]))
    found = session.run(None, {"left": np.full((64, 64), 255, np.uint8)})[0]
    return bool((found == 64 * 255 * 127).all())


def _session(model: ModelProto) -> InferenceSession:
    """One thread: texts run beside each other, which needs no waiting for one another within a layer."""
    # It reports to its makers from the moment it is imported, on Linux since 1.32: told before and after.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


# ── What the folder holds ─────────────────────────────────────────────────────────────────────────


def _read_network(path: Path) -> Network | None:
    """None unless it is a BERT with its tokenizer, mean or first-token pooling, and nothing else."""
    try:
        modules, network, text, pooling, tokenizer = (
            json.loads((path / name).read_text(encoding="utf-8"))
            for name in (
                "modules.json",
                "config.json",
                "sentence_bert_config.json",
                "1_Pooling/config.json",
                "tokenizer_config.json",
            )
        )
        kinds = [module["type"].rpartition(".")[2] for module in modules]
        pooled = _pooling(pooling)
        fit = (
            kinds in _MODULES
            and modules[0]["path"] == ""
            and network["model_type"] == "bert"
            and network["hidden_act"] == "gelu"
            and network.get("position_embedding_type", "absolute") == "absolute"
            and not network.get("is_decoder")
            and not text.get("do_lower_case")
            and tokenizer["tokenizer_class"] in _TOKENIZERS
            and (path / "tokenizer.json").is_file()
        )
        if not fit or pooled is None:
            return None
        return Network(
            layers=network["num_hidden_layers"],
            heads=network["num_attention_heads"],
            epsilon=network["layer_norm_eps"],
            max_tokens=min(text["max_seq_length"], network["max_position_embeddings"]),
            pooling=pooled,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _pooling(configuration: Mapping[str, Any]) -> str | None:
    """ "mean" or "cls", in either of the two ways sentence-transformers writes it; None for any other."""
    if not configuration.get("include_prompt", True):
        return None
    flags = [name for name, on in configuration.items() if name.startswith("pooling_mode_") and on]
    mode = configuration.get("pooling_mode") or (_POOLINGS.get(flags[0]) if len(flags) == 1 else None)
    return mode if mode in _POOLINGS.values() else None


def map_safetensors(path: Path) -> dict[str, Array]:
    """The float32 and float16 tensors of a file, mapped: only what is used is read.

    The format (github.com/huggingface/safetensors): length of the head, u64; the head, JSON; the data.
    Raises ValueError, KeyError or TypeError for a damaged file.
    """
    file: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
    begin = 8 + int.from_bytes(file[:8].tobytes(), "little")
    head = json.loads(file[8:begin].tobytes())
    tensors = {}
    for name, place in head.items():
        if name != "__metadata__" and place["dtype"] in _TYPES:
            start, end = place["data_offsets"]
            values = file[begin + start : begin + end].view(_TYPES[place["dtype"]])
            tensors[name] = values.reshape(place["shape"])
    return tensors


# ── The graph ─────────────────────────────────────────────────────────────────────────────────────


def build(network: Network, tensors: Mapping[str, Array]) -> ModelProto:
    """The encoder from the summed embeddings, (1, tokens, hidden), to the last hidden states.

    `tensors` are those of transformers' BertModel. Raises KeyError where one is missing.
    """
    from onnx import TensorProto, helper

    graph = _Graph(tensors)
    hidden = tensors["embeddings.LayerNorm.weight"].shape[0]
    norm = "embeddings.LayerNorm"
    weights = [graph.tensor(f"{norm}.weight"), graph.tensor(f"{norm}.bias")]
    states = graph.add("LayerNormalization", "embeddings", *weights, epsilon=network.epsilon)
    for layer in range(network.layers):
        states = _layer(graph, f"encoder.layer.{layer}", states, norm, network)
        norm = f"encoder.layer.{layer}.output.LayerNorm"
    shape = [1, "tokens", hidden]
    begin = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, shape)
    end = helper.make_tensor_value_info(states, TensorProto.FLOAT, shape)
    return _model(graph.nodes, [begin], [end], graph.constants)


def _layer(graph: _Graph, name: str, states: str, norm: str, network: Network) -> str:
    """`states` come from the layer normalisation `norm`."""
    three = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    together = graph.multiply(graph.even(states, norm), three, graph.spread(norm), graph.biases(three))
    queries, keys, values = graph.split(together)
    seen = graph.add("MultiHeadAttention", queries, keys, values, domain=_CONTRIB, num_heads=network.heads)
    output, norm = [f"{name}.attention.output.dense"], f"{name}.attention.output.LayerNorm"
    mixed = graph.multiply(seen, output)
    states = graph.normalise(mixed, states, graph.biases(output), norm, network.epsilon)

    inner, outer = [f"{name}.intermediate.dense"], [f"{name}.output.dense"]
    wide = graph.multiply(graph.even(states, norm), inner, graph.spread(norm), graph.biases(inner))
    wide = graph.add("Gelu", wide, domain=_CONTRIB)
    largest = graph.add("ReduceMax", wide, graph.constant(np.array([-1])))
    largest = graph.add("Max", largest, graph.constant(np.array(_LEAST, np.float32)))
    narrow = graph.add("Mul", graph.multiply(graph.add("Div", wide, largest), outer), largest)
    return graph.normalise(narrow, states, graph.biases(outer), f"{name}.output.LayerNorm", network.epsilon)


@dataclass(slots=True)
class _Graph:
    """Nodes and constants as they are added; a value is known by its name."""

    tensors: Mapping[str, Array]
    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output."""
        from onnx import helper

        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def split(self, value: str) -> tuple[str, str, str]:
        """Three equal parts of the last axis."""
        from onnx import helper

        parts = (f"{value}.0", f"{value}.1", f"{value}.2")
        self.nodes.append(helper.make_node("Split", [value], parts, axis=-1, num_outputs=3))
        return parts

    def constant(self, values: Array) -> str:
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def tensor(self, name: str) -> str:
        return self.constant(self.tensors[name].astype(np.float32))

    def biases(self, names: Sequence[str]) -> str:
        """Those of linear layers, side by side."""
        joined = np.concatenate([self.tensors[f"{name}.bias"] for name in names])
        return self.constant(joined.astype(np.float32))

    def spread(self, norm: str) -> NDArray[np.float32]:
        """How far from zero each dimension gets after a layer normalisation: three standard deviations."""
        weights, biases = (self.tensors[f"{norm}.{kind}"].astype(np.float32) for kind in ("weight", "bias"))
        reach = np.abs(biases) + 3 * np.abs(weights)
        spread: NDArray[np.float32] = np.maximum(reach, reach.mean() / 100)  # some may be switched off
        return spread

    def even(self, value: str, norm: str) -> str:
        """What `norm` gave, without its spread."""
        return self.add("Mul", value, self.constant(1 / self.spread(norm)))

    def multiply(self, value: str, names: Sequence[str], spread: Array | None = None, bias: str = "") -> str:
        """Linear layers of one value side by side, in 8 bits: one scale for each output, `value` rounded as
        it comes. `spread` is what was taken out of `value`; the bias may be left to whoever comes next."""
        weights = np.concatenate([self.tensors[f"{name}.weight"] for name in names]).astype(np.float32)
        if spread is not None:
            weights *= spread
        scales = np.maximum(np.abs(weights).max(axis=1), np.finfo(np.float32).tiny) / _STEPS
        rounded = np.rint(weights / scales[:, None]).astype(np.int8)
        constants = [self.constant(rounded.T), self.constant(scales), "", bias]  # "": zero stays zero
        return self.add("DynamicQuantizeMatMul", value, *constants, domain=_CONTRIB)

    def normalise(self, value: str, before: str, bias: str, name: str, epsilon: float) -> str:
        """Layer normalisation of `value` + `bias` + `before`."""
        weights = [self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"), bias]
        return self.add("SkipLayerNormalization", value, before, *weights, domain=_CONTRIB, epsilon=epsilon)


def _model(
    nodes: Sequence[NodeProto],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    constants: Sequence[TensorProto],
) -> ModelProto:
    from onnx import helper

    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    graph = helper.make_graph(nodes, "encoder", inputs, outputs, constants)
    # what ONNX Runtime 1.20 reads; the newest onnx would write what only the newest runtime knows
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)
