"""The encoder in 8-bit integers against transformers' BertModel, on a small one with numbers drawn by lot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_e5 import make_model

from rag import int8
from rag.embedding import SentenceTransformerEmbedder
from rag.int8 import multiplies_exactly

HIDDEN, LAYERS, VOCABULARY = 64, 3, 50
IDS = [0, 7, 12, 12, 30, 49, 5, 2]


@pytest.fixture(autouse=True)
def any_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests hold wherever they run; `multiplies_exactly` has its own."""
    monkeypatch.setattr(int8, "multiplies_exactly", lambda: True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_model(tmp_path / "tiny")


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def random_bert(folder: Path) -> Any:
    """Replaces the network of `folder`; the weights are large enough that every layer matters."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    model = BertModel(
        BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=HIDDEN,
            num_hidden_layers=LAYERS,
            num_attention_heads=4,
            intermediate_size=128,
            max_position_embeddings=16,
            initializer_range=0.3,
        )
    ).eval()
    with torch.no_grad():
        for name, values in model.named_parameters():
            if "LayerNorm" in name:  # uneven, as in trained models
                values.add_(torch.randn_like(values) * 0.5)
    model.save_pretrained(folder)
    return model


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_it_computes_what_bert_computes(folder: Path, pooling: str) -> None:
    import torch

    model = random_bert(folder)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": pooling}), encoding="utf-8")
    encoder = int8.open_encoder(folder)
    assert encoder is not None
    assert encoder.max_tokens == 16
    for length in (1, 3, len(IDS)):
        with torch.inference_mode():
            states = model(torch.tensor([IDS[:length]])).last_hidden_state[0].numpy()
        expected = states[0] if pooling == "cls" else states.mean(axis=0)
        expected /= np.linalg.norm(expected)
        vector = encoder.encode(IDS[:length])
        assert vector.dtype == np.dtype(np.float32)
        assert float(vector @ expected) > 0.999
        np.testing.assert_allclose(np.linalg.norm(vector), 1, atol=1e-6)


def test_order_and_words_matter(folder: Path) -> None:
    random_bert(folder)
    encoder = int8.open_encoder(folder)
    assert encoder is not None
    vector = encoder.encode(IDS)
    assert float(vector @ encoder.encode(IDS[::-1])) < 0.99
    assert float(vector @ encoder.encode([0, 8, *IDS[2:]])) < 0.99


def test_half_precision_weights_are_read(folder: Path) -> None:
    model = random_bert(folder)
    whole = int8.open_encoder(folder)
    model.half().save_pretrained(folder)
    half = int8.open_encoder(folder)
    assert whole is not None
    assert half is not None
    assert half.words.dtype == np.dtype(np.float16)
    assert float(whole.encode(IDS) @ half.encode(IDS)) > 0.9999


def test_tensors_are_those_of_the_file(folder: Path) -> None:
    from safetensors.numpy import load_file

    expected = load_file(folder / "model.safetensors")
    tensors = int8.map_safetensors(folder / "model.safetensors")
    assert tensors.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(tensors[name], values)


# ── What is left to float32 ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("config.json", {"model_type": "roberta"}),
        ("config.json", {"hidden_act": "relu"}),
        ("config.json", {"is_decoder": True}),
        ("config.json", {"position_embedding_type": "relative_key"}),
        ("config.json", {"num_hidden_layers": 2}),  # more than the file has
        ("sentence_bert_config.json", {"do_lower_case": True}),
        ("sentence_bert_config.json", {"max_seq_length": None}),
        ("tokenizer_config.json", {"tokenizer_class": "BertTokenizer"}),
        ("1_Pooling/config.json", {"include_prompt": False}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
        ("1_Pooling/config.json", {"pooling_mode": "lasttoken"}),
    ],
)
def test_another_network_is_left_alone(folder: Path, file: str, changes: dict[str, object]) -> None:
    assert int8.open_encoder(folder) is not None
    edit(folder / file, **changes)
    assert int8.open_encoder(folder) is None


def test_another_module_is_left_alone(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules.insert(
        2, {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    )
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    assert int8.open_encoder(folder) is None


@pytest.mark.parametrize("content", [b"", b"not weights", b"\2\0\0\0\0\0\0\0{}", b"\xff" * 64])
def test_damaged_weights_are_left_to_the_loader_that_names_them(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").write_bytes(content)
    assert int8.open_encoder(folder) is None


def test_weights_cut_short_are_left_to_the_loader_that_names_them(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    assert int8.open_encoder(folder) is None


def test_a_processor_that_cuts_sums_off_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class CutsOff:
        def run(self, _outputs: None, inputs: dict[str, Any]) -> list[Any]:
            return [np.full((64, 64), 32 * 32767, np.int32)]

    monkeypatch.undo()
    int8.multiplies_exactly.cache_clear()
    monkeypatch.setattr(int8, "_session", lambda _model: CutsOff())
    assert not int8.multiplies_exactly()
    assert int8.open_encoder(folder) is None
    int8.multiplies_exactly.cache_clear()


# ── In the embedder ───────────────────────────────────────────────────────────────────────────────

TEXTS = ["bão", "lũ cầu đường tàu bão lũ cầu", "", "tàu " * 40, "cầu bão"]


def test_both_precisions_are_one_embedder(folder: Path) -> None:
    quick, exact = SentenceTransformerEmbedder(folder), SentenceTransformerEmbedder(folder, int8=False)
    assert (quick.precision, exact.precision) == ("int8", "float32")
    assert quick.fingerprint == exact.fingerprint
    for ours, theirs in [
        (quick.embed_passages(TEXTS), exact.embed_passages(TEXTS)),
        (quick.embed_queries(TEXTS), exact.embed_queries(TEXTS)),
    ]:
        assert (ours * theirs).sum(axis=1).min() > 0.9999


def test_a_vector_does_not_depend_on_what_is_embedded_with_it(folder: Path) -> None:
    embedder = SentenceTransformerEmbedder(folder, threads=2)
    together = embedder.embed_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_array_equal(embedder.embed_passages([text])[0], vector)


def test_counting_is_not_cut_by_embedding(folder: Path) -> None:
    embedder = SentenceTransformerEmbedder(folder)
    embedder.embed_passages(TEXTS)
    assert embedder.count_tokens("tàu " * 40) == 40


def test_what_it_cannot_run_runs_in_float32(folder: Path) -> None:
    expected = SentenceTransformerEmbedder(folder, int8=False).embed_queries(TEXTS)
    edit(folder / "config.json", position_embedding_type="other")
    embedder = SentenceTransformerEmbedder(folder)
    assert embedder.precision == "float32"
    np.testing.assert_allclose(embedder.embed_queries(TEXTS), expected, atol=1e-6)


def test_torch_is_not_imported(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from rag import int8; from rag.embedding import *; "
        "int8.multiplies_exactly = lambda: True; "
        "SentenceTransformerEmbedder(Path(sys.argv[1])).embed_queries(['bão']); "
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False
    )
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


def test_its_library_is_told_to_report_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    multiplies_exactly.__wrapped__()  # not what was found out once
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
