"""Messages → text. The seam: `Generator`.

Implementations: llama.cpp in this process, any OpenAI-compatible server, and a script for tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from rag.errors import InputError, ModelError
from rag.types import Message

MARKUP = "<|"  # how special tokens of chat templates begin


def never() -> bool:
    """The `cancelled` of somebody who never cancels."""
    return False


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
        excerpts: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[str]:
        """Yields text as it is written, temperature 0; stops soon after `cancelled()` turns true.

        `excerpts` are stretches of the last message, in its order, that mean something by themselves: what
        was made of one for another prompt may be used again.

        Raises InputError when prompt and `max_tokens` do not fit: nothing is ever cut silently.
        """
        ...

    def prepare(
        self,
        messages: Sequence[Message],
        *,
        excerpts: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """Reads messages that `generate` may soon be given, or others that begin like them, so that it
        begins sooner. Gives way soon after `cancelled()` turns true; what does not pay is not done.
        """
        ...


def neutralised(messages: Sequence[Message]) -> list[Message]:
    """The messages with the markup of chat templates made harmless.

    Articles and questions are hostile input: a literal `<|im_start|>` in one of them would become a
    control token and open a turn of its own.
    """
    return [{"role": m["role"], "content": harmless(m["content"])} for m in messages]


def harmless(text: str) -> str:
    """The text without the markup of chat templates."""
    return text.replace(MARKUP, "< |")


def check_fits(prompt_tokens: int, max_tokens: int, context_tokens: int) -> None:
    """Raises InputError when prompt and answer together exceed the context."""
    if prompt_tokens + max_tokens > context_tokens:
        raise InputError(
            "answer.prompt_too_long", prompt=prompt_tokens, answer=max_tokens, limit=context_tokens
        )


class OpenAIGenerator:
    """A model behind an OpenAI-compatible server, such as llama-server or vLLM on one's own network.

    API: POST {url}/chat/completions with `stream`, server-sent events back.
    """

    def __init__(self, url: str, *, model: str, context_tokens: int) -> None:
        self._url = url.rstrip("/")
        self._model = model
        self._context_tokens = context_tokens

    @property
    def name(self) -> str:
        return self._model

    @property
    def context_tokens(self) -> int:
        return self._context_tokens

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """An estimate on the safe side: the API offers no tokenizer; a token is over two bytes."""
        return sum(len(m["content"].encode()) // 2 + 8 for m in messages)

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        excerpts: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[str]:
        """Raises ModelError when the server cannot be reached or says no."""
        # Imported here: only this generator talks HTTP.
        import httpx

        check_fits(self.count_tokens(messages), max_tokens, self.context_tokens)
        request: dict[str, Any] = {
            "model": self._model,
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
        }
        try:
            with httpx.stream(
                "POST",
                f"{self._url}/chat/completions",
                json=request,
                timeout=httpx.Timeout(10, read=300),  # a CPU server may read a long prompt for minutes
            ) as response:
                if response.is_error:
                    response.read()
                    raise ModelError("models.server_refused", url=self._url, status=response.status_code)
                for line in response.iter_lines():
                    if cancelled() or line == "data: [DONE]":
                        return
                    piece = _delta(line)
                    if piece:
                        yield piece
        except httpx.TransportError as error:
            raise ModelError("models.server_unreachable", url=self._url, reason=error) from error

    def prepare(
        self,
        messages: Sequence[Message],
        *,
        excerpts: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """Nothing: what is typed leaves this machine when it is asked, not before."""


def _delta(line: str) -> str:
    """The text in one server-sent event of a chat completion, empty for any other line."""
    if not line.startswith("data: "):
        return ""
    choices = json.loads(line.removeprefix("data: ")).get("choices") or [{}]
    return str(choices[0].get("delta", {}).get("content") or "")


class ScriptedGenerator:
    """Says what it was told to: the fake that tests and demonstrations use.

    `script` maps the last user message to the text to write; `prompts` records what it was asked and
    `prepared` what it was to read beforehand.
    """

    def __init__(self, script: Callable[[str], str], *, context_tokens: int = 4096) -> None:
        self._script = script
        self._context_tokens = context_tokens
        self.prompts: list[list[Message]] = []
        self.prepared: list[list[Message]] = []

    @property
    def name(self) -> str:
        return "scripted"

    @property
    def context_tokens(self) -> int:
        return self._context_tokens

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """One token a word."""
        return sum(len(m["content"].split()) for m in messages)

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        excerpts: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[str]:
        """Yields the script's text word by word, `max_tokens` words at most."""
        check_fits(self.count_tokens(messages), max_tokens, self.context_tokens)
        self.prompts.append(list(messages))
        for number, word in enumerate(self._script(messages[-1]["content"]).split(" ")[:max_tokens]):
            if cancelled():
                return
            yield word if number == 0 else f" {word}"

    def prepare(
        self,
        messages: Sequence[Message],
        *,
        excerpts: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> None:
        self.prepared.append(list(messages))
