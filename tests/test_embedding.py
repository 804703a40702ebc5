"""The fake, number by number; the real one on a model of one layer, without any network."""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from tiny_e5 import make_model

from rag.embedding import Embedder, FakeEmbedder, SentenceTransformerEmbedder
from rag.errors import ModelError
from rag.models.manifest import write_manifest

# ── The fake ──────────────────────────────────────────────────────────────────────────────────────


def test_fake_vectors_can_be_worked_out() -> None:
    bao, lu = crc32(b"bao") % 64, crc32(b"lu") % 64
    assert (bao, lu) == (51, 39)
    expected = np.zeros((2, 64), np.float32)
    expected[0, bao], expected[0, lu] = 0.6, 0.8  # three and four times, over five
    expected[1, 0] = 1
    vectors = FakeEmbedder().embed_passages(["Bão, lũ. Bão lũ bao LŨ lu!", "…"])
    np.testing.assert_allclose(vectors, expected, rtol=1e-6)
    assert vectors.dtype == np.dtype(np.float32)


def test_fake_texts_that_share_words_are_near() -> None:
    fake = FakeEmbedder()
    (question,) = fake.embed_queries(["cầu Trường Giang tạm dừng"])
    near, far = fake.embed_passages(["Cầu Trường Giang tạm dừng lưu thông", "Giá xuất khẩu tăng"])
    assert float(question @ near) == pytest.approx(5 / (5 * 7) ** 0.5, abs=1e-6)
    assert float(question @ far) == 0


def test_fake_counts_and_names() -> None:
    fake = FakeEmbedder(dimension=8, max_tokens=32)
    assert (fake.fingerprint, fake.dimension, fake.max_tokens) == ("fake-8", 8, 32)
    assert fake.count_tokens(" ba  chữ\nđây ") == 3
    assert fake.embed_queries([]).shape == (0, 8)


# ── sentence-transformers ─────────────────────────────────────────────────────────────────────────

TEXTS = ["bão", "lũ cầu đường tàu bão lũ cầu", "", "tàu", "đường tàu", "cầu bão"] * 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def own_folder(folder: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(folder, tmp_path / "model"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
def test_one_row_per_text_in_the_order_given(folder: Path) -> None:
    embedder: Embedder = SentenceTransformerEmbedder(folder, threads=2)
    vectors = embedder.embed_passages(TEXTS)
    one_by_one = np.concatenate([embedder.embed_passages([text]) for text in TEXTS])
    assert (vectors.shape, vectors.dtype) == ((24, 32), np.dtype(np.float32))
    np.testing.assert_allclose(vectors, one_by_one, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.ones(24), atol=1e-6)
    assert np.unique(vectors.round(4), axis=0).shape == (6, 32)  # other texts, other vectors


def test_questions_and_passages_have_their_own_prompts(folder: Path) -> None:
    ordinary = SentenceTransformerEmbedder(folder)
    bare = SentenceTransformerEmbedder(folder, query_prompt="", passage_prompt="")
    np.testing.assert_allclose(ordinary.embed_queries(["bão"]), bare.embed_queries(["query: bão"]), atol=1e-6)
    np.testing.assert_allclose(
        ordinary.embed_passages(["bão"]), bare.embed_queries(["passage: bão"]), atol=1e-6
    )
    assert not np.allclose(ordinary.embed_queries(["bão"]), ordinary.embed_passages(["bão"]), atol=1e-3)


def test_nothing_in_nothing_out(folder: Path) -> None:
    embedder = SentenceTransformerEmbedder(folder)
    assert embedder.embed_passages([]).shape == (0, 32)
    assert embedder.embed_queries([]).dtype == np.dtype(np.float32)


def test_tokens(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    embedder = SentenceTransformerEmbedder(folder)
    assert embedder.dimension == 32
    assert embedder.max_tokens == 12  # 16 positions less <s> passage : </s>
    with caplog.at_level(logging.WARNING):
        counts = [embedder.count_tokens(text) for text in ("", "bão lũ", "bão: chưa biết", "tàu " * 40)]
    assert counts == [0, 2, 4, 40]
    assert caplog.messages == []
    longest = "bão " * 12
    np.testing.assert_allclose(
        embedder.embed_passages([longest + "tàu"]), embedder.embed_passages([longest]), atol=1e-6
    )


def test_loading_leaves_the_process_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from huggingface_hub import constants

    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    SentenceTransformerEmbedder(folder).embed_queries(["bão"])
    assert "HF_HUB_OFFLINE" not in os.environ
    assert constants.HF_HUB_OFFLINE is False
    assert capfd.readouterr() == ("", "")


# ── Fingerprints and prompts need no loading ──────────────────────────────────────────────────────


def test_the_fingerprint_names_the_content_not_the_place(folder: Path, own_folder: Path) -> None:
    first, second = SentenceTransformerEmbedder(folder), SentenceTransformerEmbedder(own_folder)
    assert first.fingerprint == second.fingerprint
    (own_folder / "README.md").write_text("# Tiny", encoding="utf-8")
    write_manifest(own_folder, "tiny", "catalogue", {})
    assert SentenceTransformerEmbedder(own_folder).fingerprint == first.fingerprint


@pytest.mark.parametrize(
    "file",
    [
        "model.safetensors",
        "tokenizer.json",
        "config.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
    ],
)
def test_everything_that_shapes_a_vector_is_in_the_fingerprint(
    folder: Path, own_folder: Path, file: str
) -> None:
    path = own_folder / file
    if file.endswith("onfig.json"):
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"x": 1}), encoding="utf-8")
    else:
        path.write_bytes(path.read_bytes() + b"\n")
    changed = SentenceTransformerEmbedder(own_folder).fingerprint
    assert changed != SentenceTransformerEmbedder(folder).fingerprint


def test_prompts_are_in_the_fingerprint(folder: Path) -> None:
    prints = {
        SentenceTransformerEmbedder(folder, query_prompt=query, passage_prompt=passage).fingerprint
        for query, passage in [(None, None), ("", None), (None, ""), ("query: ", "passage: ")]
    }
    assert len(prints) == 3  # the first and the last are the same


def test_weights_are_hashed_once(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprint = SentenceTransformerEmbedder(own_folder).fingerprint
    write_manifest(own_folder, "tiny", "catalogue", {})
    hashed: list[Path] = []

    def hash_of(path: Path) -> str:
        hashed.append(path)
        return "0" * 64

    monkeypatch.setattr("rag.models.manifest.sha256_of", hash_of)
    assert SentenceTransformerEmbedder(own_folder).fingerprint == fingerprint
    assert hashed == []
    weights = own_folder / "model.safetensors"
    os.utime(weights, ns=(0, 0))  # touched: the recorded hash is no longer believed
    assert SentenceTransformerEmbedder(own_folder).fingerprint != fingerprint
    assert hashed == [weights]


def folder_with_prompts(parent: Path, name: str, prompts: dict[str, str] | None) -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    if prompts is not None:
        configuration = json.dumps({"prompts": prompts})
        (folder / "config_sentence_transformers.json").write_text(configuration, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "configured", "expected"),
    [
        ("m", {"query": "task: search | query: ", "document": "title: none | text: "}, None),
        ("m", {"query": "q: ", "passage": "p: "}, ("q: ", "p: ")),
        ("m", {"query": "", "document": ""}, ("", "")),
        ("m", None, ("", "")),
        ("multilingual-e5-large", None, ("query: ", "passage: ")),
        ("intfloat--e5-base-v2", {"query": "", "document": ""}, ("query: ", "passage: ")),
        ("multilingual-e5-large-instruct", None, ("", "")),
        ("not-the5-small", None, ("", "")),
    ],
)
def test_prompts_of_a_folder(
    tmp_path: Path, name: str, configured: dict[str, str] | None, expected: tuple[str, str] | None
) -> None:
    folder = folder_with_prompts(tmp_path, name, configured)
    query, passage = expected or ("task: search | query: ", "title: none | text: ")
    implied = SentenceTransformerEmbedder(folder)
    explicit = SentenceTransformerEmbedder(folder, query_prompt=query, passage_prompt=passage)
    assert implied.fingerprint == explicit.fingerprint
    other = SentenceTransformerEmbedder(folder, query_prompt="?", passage_prompt=passage)
    assert implied.fingerprint != other.fingerprint


def test_a_hub_model_is_known_by_its_name(tmp_path: Path) -> None:
    folder = folder_with_prompts(tmp_path, "weights", None)
    write_manifest(folder, "intfloat/multilingual-e5-base", "hub:intfloat/multilingual-e5-base@0", {})
    explicit = SentenceTransformerEmbedder(folder, query_prompt="query: ", passage_prompt="passage: ")
    assert SentenceTransformerEmbedder(folder).fingerprint == explicit.fingerprint


# ── What cannot be opened ─────────────────────────────────────────────────────────────────────────


def test_pickles_are_not_opened(own_folder: Path) -> None:
    (own_folder / "model.safetensors").rename(own_folder / "pytorch_model.bin")
    with pytest.raises(ModelError) as caught:
        SentenceTransformerEmbedder(own_folder)
    assert (caught.value.key, caught.value.values) == ("models.no_safetensors", {"path": own_folder})


def test_damaged_configuration_is_named(own_folder: Path) -> None:
    (own_folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        SentenceTransformerEmbedder(own_folder)
    assert caught.value.key == "models.bad_weights"
    assert caught.value.values["file"] == own_folder / "config.json"


def test_damaged_weights_are_named(own_folder: Path) -> None:
    (own_folder / "model.safetensors").write_bytes(b"not weights")
    embedder = SentenceTransformerEmbedder(own_folder)
    with pytest.raises(ModelError) as caught:
        embedder.embed_queries(["bão"])
    assert caught.value.key == "models.bad_weights"
    assert caught.value.values["file"] == own_folder
