"""Text → vectors. The seam: `Embedder`; its implementations: sentence-transformers, and a fake for tests."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from rag.errors import ModelError
from rag.int8 import Int8Encoder, open_encoder
from rag.language.normalize import fold, tokens
from rag.models.manifest import read_manifest, recorded_sha256
from rag.types import FloatMatrix

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer


class Embedder(Protocol):
    """Turns text into unit vectors, questions and passages each in their own way."""

    @property
    def fingerprint(self) -> str:
        """Names the weights and the way of embedding; vectors of two fingerprints must never meet."""
        ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """The longest text it reads, in its own tokens; anything after that would be ignored."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` by its own tokenizer, without special tokens and prefix."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Shape (len(texts), dimension), rows of unit length."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        """Shape (len(texts), dimension), rows of unit length."""
        ...


# E5 models want prefixes (Wang et al. 2022, arXiv 2212.03533) that only their model cards tell
_E5_NAME: Final = re.compile(r"(?:^|[-_/])e5-(?:small|base|large)(?!.*instruct)")
_E5_PROMPTS: Final = ("query: ", "passage: ")
_BATCH: Final = 16


class SentenceTransformerEmbedder:
    """A sentence-transformers folder on the CPU. Opening costs nothing: the model is loaded when first used.

    Prompts, unless given, are those the folder configures, E5's own for E5 models, else none. It may be
    shared by threads: a question need not wait for a whole import.

    A network that `rag.int8` knows, on a processor made for it, runs in 8-bit integers; any other by
    sentence-transformers in float32. Both are one embedder, of one fingerprint, so that an index made on one
    machine is searched on another: they compute the same network, and what rounding adds was measured
    (`python -m benchmarks.embedding`; 1,548 passages and 300 questions of ViQuAD: cosine ≥ 0.9988,
    nDCG@10 0.827 against 0.829).
    """

    def __init__(
        self,
        path: Path,
        *,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        threads: int = 0,
        int8: bool = True,
    ) -> None:
        """`threads` 0 leaves the number to the machine; `int8` False is float32 everywhere.

        Raises ModelError when `path` holds no safetensors.
        """
        self._path = path
        self._weights = sorted(path.rglob("*.safetensors"))
        if not self._weights:
            raise ModelError("models.no_safetensors", path=path)
        configured = _configured_prompts(path)
        self._query_prompt = configured[0] if query_prompt is None else query_prompt
        self._passage_prompt = configured[1] if passage_prompt is None else passage_prompt
        self._threads = threads
        self._lock = threading.RLock()
        self._int8 = int8
        self._loaded: SentenceTransformer | None = None
        self._encoder: Int8Encoder | None = None
        self._tokenizer: Tokenizer | None = None
        self._fingerprint = _fingerprint(path, self._weights, (self._query_prompt, self._passage_prompt))

    @property
    def fingerprint(self) -> str:
        """sha256 over weights, tokenizer, prompts and the configuration of the network and its pooling."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        known = _plain_dimension(self._path)
        if known is not None:
            return known
        model = self._model()
        # renamed in sentence-transformers 5.4; the old name warns there
        get = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
        return int(get())

    @property
    def max_tokens(self) -> int:
        """What the network reads less special tokens and the longer prompt."""
        prompts = (self._query_prompt, self._passage_prompt)
        longest = max(self._count(prompt, special=True) for prompt in prompts)
        limit = (_read_json(self._path / "sentence_bert_config.json") or {}).get("max_seq_length")
        return int(limit or self._model().max_seq_length) - longest

    def count_tokens(self, text: str) -> int:
        return self._count(text, special=False)

    def _count(self, text: str, *, special: bool) -> int:
        with self._lock:  # a tokenizer of the tokenizers library must not be used by two threads at once
            return len(self._shared_tokenizer().encode(text, add_special_tokens=special).ids)

    def _shared_tokenizer(self) -> Tokenizer:
        if self._tokenizer is None:
            self._tokenizer = self._open_tokenizer()
        return self._tokenizer

    def _open_tokenizer(self) -> Tokenizer:
        """The tokenizer alone, where it stands in a file of its own: an index that has not changed is then
        seen not to have changed without loading the network."""
        file = self._path / "tokenizer.json"
        if not file.is_file():
            loaded: Tokenizer = self._model().tokenizer.backend_tokenizer
            return loaded
        import tokenizers  # a native library that only counting needs

        tokenizer = tokenizers.Tokenizer.from_file(str(file))
        tokenizer.no_truncation()  # what is too long is what we want to know
        tokenizer.no_padding()
        return tokenizer

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        return self._embed(texts, self._passage_prompt)

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        return self._embed(texts, self._query_prompt)

    @property
    def precision(self) -> str:
        """How it computes here, "int8" or "float32". Opens the model."""
        return "float32" if self._open_encoder() is None else "int8"

    def _embed(self, texts: Sequence[str], prompt: str) -> FloatMatrix:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        encoder = self._open_encoder() if texts else None
        # texts of like length together: little padding, and the longest first shows the memory it takes
        longest_first = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        batch = len(texts) if encoder else _BATCH
        for start in range(0, len(texts), batch):
            chosen = longest_first[start : start + batch]
            part = [texts[i] for i in chosen]
            vectors[chosen] = (
                self._in_int8(encoder, part, prompt) if encoder else self._in_float32(part, prompt)
            )
        return vectors

    def _in_int8(self, encoder: Int8Encoder, texts: Sequence[str], prompt: str) -> FloatMatrix:
        with self._lock:
            tokenizer = self._shared_tokenizer()
            tokenizer.enable_truncation(encoder.max_tokens)
            ids = [encoding.ids for encoding in tokenizer.encode_batch([prompt + text for text in texts])]
            tokenizer.no_truncation()
        if len(ids) == 1:
            return encoder.encode(ids[0])[None]
        with ThreadPoolExecutor(self._threads or os.cpu_count()) as workers:
            return np.stack(list(workers.map(encoder.encode, ids)))

    def _in_float32(self, texts: Sequence[str], prompt: str) -> FloatMatrix:
        import torch  # takes seconds to import

        with self._lock, torch.inference_mode():  # threads take turns batch by batch
            vectors: FloatMatrix = self._model().encode(
                list(texts),
                prompt=prompt,
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return vectors

    def _open_encoder(self) -> Int8Encoder | None:
        """None where sentence-transformers is to be used."""
        with self._lock:
            if self._int8 and self._encoder is None:
                self._encoder = open_encoder(self._path)
                self._int8 = self._encoder is not None  # not asked again
            return self._encoder

    def _model(self) -> SentenceTransformer:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._path, self._threads)
            return self._loaded


def _load(path: Path, threads: int) -> SentenceTransformer:
    import torch  # torch and sentence-transformers take seconds to import
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    if threads:
        torch.set_num_threads(threads)
    with offline_and_quiet():
        try:
            model = SentenceTransformer(
                str(path), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelError("models.bad_weights", file=path, reason=reason) from error
    return model.float()  # half precision is slow on a CPU, and less exact


@contextmanager
def offline_and_quiet() -> Iterator[None]:
    """While a model is being opened nothing asks a hub about it or draws a bar on the user's terminal."""
    from huggingface_hub import constants  # loaded with sentence-transformers
    from transformers.utils import logging

    before = os.environ.get("HF_HUB_OFFLINE"), constants.HF_HUB_OFFLINE, logging.is_progress_bar_enabled()
    os.environ["HF_HUB_OFFLINE"] = "1"
    constants.HF_HUB_OFFLINE = True  # read from the environment only once, when it was imported
    logging.disable_progress_bar()
    try:
        yield
    finally:
        variable, constants.HF_HUB_OFFLINE, bar = before
        if variable is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = variable
        if bar:
            logging.enable_progress_bar()


def _plain_dimension(path: Path) -> int | None:
    """The width of the vectors as the pooling states it; None where a later module may change it."""
    modules = _read_json(path / "modules.json")
    kinds = [
        module.get("type", "").rpartition(".")[2] for module in modules or [] if isinstance(module, dict)
    ]
    if not kinds or not set(kinds) <= {"Transformer", "Pooling", "Normalize"}:
        return None
    width = (_read_json(path / "1_Pooling" / "config.json") or {}).get("word_embedding_dimension")
    return int(width) if width else None


def _configured_prompts(path: Path) -> tuple[str, str]:
    """Query and passage prompt of a sentence-transformers folder."""
    prompts = (_read_json(path / "config_sentence_transformers.json") or {}).get("prompts") or {}
    query = prompts.get("query") or ""
    passage = next((prompts[name] for name in ("document", "passage", "corpus") if prompts.get(name)), "")
    if query or passage:
        return query, passage
    manifest = read_manifest(path)
    name = manifest.name if manifest else path.name
    return _E5_PROMPTS if _E5_NAME.search(name.lower()) else ("", "")


def _fingerprint(path: Path, weights: Sequence[Path], prompts: tuple[str, str]) -> str:
    vocabularies = [
        file
        for file in sorted(path.iterdir())
        if file.name in {"tokenizer.json", "vocab.txt", "merges.txt"} or file.suffix in {".model", ".codes"}
    ]
    configurations = ["config.json", "modules.json", "sentence_bert_config.json"]
    configurations += sorted(file.relative_to(path).as_posix() for file in path.glob("*_*/config.json"))
    identity = {
        "weights": {file.relative_to(path).as_posix(): recorded_sha256(path, file) for file in weights},
        "tokenizer": {file.name: recorded_sha256(path, file) for file in vocabularies},
        "configuration": {name: _read_json(path / name) for name in configurations},
        "prompts": prompts,
        "normalised": True,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _read_json(path: Path) -> Any:
    """The content of a JSON file, None when there is no such file. Raises ModelError for a damaged one."""
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError("models.bad_weights", file=path, reason=error) from error


class FakeEmbedder:
    """A hashed bag of syllables: texts that share words are near, and every number can be worked out.

    Each folded syllable adds 1 to dimension `crc32(syllable) % dimension`, then the vector is brought to
    unit length; a text without syllables is the first axis. Tokens are what whitespace separates.
    """

    def __init__(self, *, dimension: int = 64, max_tokens: int = 256) -> None:
        self._dimension = dimension
        self._max_tokens = max_tokens

    @property
    def fingerprint(self) -> str:
        return f"fake-{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        vectors = np.zeros((len(texts), self._dimension), np.float32)
        for row, text in enumerate(texts):
            for syllable in tokens(text):
                vectors[row, zlib.crc32(fold(syllable).encode()) % self._dimension] += 1
        vectors[~vectors.any(axis=1), 0] = 1
        lengths: FloatMatrix = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        return self.embed_passages(texts)
