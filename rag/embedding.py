"""Text → vectors. The seam: `Embedder`; its implementations: sentence-transformers, and a fake for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.types import FloatMatrix


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
