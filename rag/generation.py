"""Messages → text. The seam: `Generator`; its implementations: llama.cpp, an OpenAI-compatible server, a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from rag.types import Message


class Generator(Protocol):
    """Writes the continuation of a conversation, piece by piece."""

    @property
    def name(self) -> str: ...

    @property
    def context_tokens(self) -> int:
        """Prompt and answer together must fit in this many tokens."""
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the whole prompt, chat template included."""
        ...

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[str]:
        """Yields text as it is written, temperature 0; stops soon after `cancelled()` turns true.

        Raises InputError when prompt and `max_tokens` do not fit: nothing is ever cut silently.
        """
        ...
