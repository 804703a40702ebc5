"""Messages → text. The seam: `Generator`.

Implementations: llama.cpp in this process, any OpenAI-compatible server, and a script for tests.
"""

from __future__ import annotations

import codecs
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from rag.errors import InputError, ModelError
from rag.types import Message

MARKUP = "<|"  # how special tokens of chat templates begin
STRIDE = 24  # tokens read at a time when nobody waits: few, because whoever asks waits for them


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
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[str]:
        """Yields text as it is written, temperature 0; stops soon after `cancelled()` turns true.

        Raises InputError when prompt and `max_tokens` do not fit: nothing is ever cut silently.
        """
        ...

    def prepare(self, messages: Sequence[Message], *, cancelled: Callable[[], bool] = never) -> None:
        """Reads messages that `generate` may soon be given, or others that begin like them, so that it
        begins sooner. Gives way soon after `cancelled()` turns true; what does not pay is not done.
        """
        ...


def neutralised(messages: Sequence[Message]) -> list[Message]:
    """The messages with the markup of chat templates made harmless.

    Articles and questions are hostile input: a literal `<|im_start|>` in one of them would become a
    control token and open a turn of its own.
    """
    return [{"role": m["role"], "content": m["content"].replace(MARKUP, "< |")} for m in messages]


def check_fits(prompt_tokens: int, max_tokens: int, context_tokens: int) -> None:
    """Raises InputError when prompt and answer together exceed the context."""
    if prompt_tokens + max_tokens > context_tokens:
        raise InputError(
            "answer.prompt_too_long", prompt=prompt_tokens, answer=max_tokens, limit=context_tokens
        )


class LlamaCppGenerator:
    """A GGUF file run by llama.cpp on this machine.

    One context, so one answer at a time (a lock sees to it). llama-cpp-python keeps the longest common
    prefix of two prompts, so the fixed system prompt and a follow-up's history are computed once.
    """

    def __init__(self, path: Path, *, context_tokens: int, threads: int) -> None:
        """Loads the weights; takes seconds.

        Raises ModelError when llama.cpp cannot load the file.
        """
        # Imported here: loads the compiled library, which search and indexing do not need.
        import llama_cpp
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        self._name = path.stem
        self._library = llama_cpp
        self._lock = threading.Lock()
        self._cancelled: Callable[[], bool] = never
        try:
            self._llama = llama_cpp.Llama(
                str(path),
                n_ctx=context_tokens,
                n_batch=512,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except ValueError as error:  # what llama-cpp-python raises for a file it cannot load
            raise ModelError("models.cannot_load", path=path, reason=error) from error
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._llama.model)
        self._format = Jinja2ChatFormatter(
            template=self._chat_template(path),
            eos_token=self._token_text(self._llama.token_eos()),
            bos_token=self._token_text(self._llama.token_bos()),
        )
        # Without it a stop would wait for the whole prompt to be read. The object must outlive the
        # context, hence the attribute.
        self._abort = llama_cpp.ggml_abort_callback(lambda _: self._cancelled())
        llama_cpp.llama_set_abort_callback(self._llama.ctx, self._abort, None)

    @property
    def name(self) -> str:
        return self._name

    @property
    def context_tokens(self) -> int:
        return int(self._llama.n_ctx())

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return len(self._tokenize(messages))

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[str]:
        prompt = self._tokenize(messages)
        check_fits(len(prompt), max_tokens, self.context_tokens)
        # A letter may be spread over several tokens: hold its bytes back until it is whole.
        decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
        with self._lock:
            self._cancelled = cancelled
            try:
                for count, token in enumerate(self._llama.generate(prompt, temp=0.0, top_k=1), start=1):
                    if cancelled() or self._library.llama_vocab_is_eog(self._vocabulary, token):
                        return
                    piece = decoder.decode(self._llama.detokenize([token]))
                    if piece:
                        yield piece
                    if count == max_tokens:
                        return
            except RuntimeError:
                if not cancelled():  # "llama_decode returned 2" is the abort we asked for
                    raise
            finally:
                self._cancelled = never

    def prepare(self, messages: Sequence[Message], *, cancelled: Callable[[], bool] = never) -> None:
        prompt = self._tokenize(messages)[:-1]  # the last token is read for what comes after it
        if len(prompt) >= self.context_tokens:
            return
        with self._lock:
            # What is held beyond the common beginning is removed by the first `eval`.
            self._llama.n_tokens = _common(self._llama.input_ids[: self._llama.n_tokens], prompt)
            while self._llama.n_tokens < len(prompt) and not cancelled():
                self._llama.eval(prompt[self._llama.n_tokens : self._llama.n_tokens + STRIDE])

    def _tokenize(self, messages: Sequence[Message]) -> list[int]:
        prompt = self._format(messages=neutralised(messages)).prompt
        tokens: list[int] = self._llama.tokenize(prompt.encode(), add_bos=False, special=True)
        return tokens

    def _chat_template(self, path: Path) -> str:
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise ModelError("models.no_chat_template", path=path)
        return str(template)

    def _token_text(self, token: int) -> str:
        if token < 0:  # the vocabulary has no such token
            return ""
        return str(self._library.llama_vocab_get_text(self._vocabulary, token).decode())


def _common(held: Sequence[int], wanted: Sequence[int]) -> int:
    """How many tokens both begin with."""
    pairs = enumerate(zip(held, wanted, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(held), len(wanted)))


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

    def prepare(self, messages: Sequence[Message], *, cancelled: Callable[[], bool] = never) -> None:
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
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[str]:
        """Yields the script's text word by word, `max_tokens` words at most."""
        check_fits(self.count_tokens(messages), max_tokens, self.context_tokens)
        self.prompts.append(list(messages))
        for number, word in enumerate(self._script(messages[-1]["content"]).split(" ")[:max_tokens]):
            if cancelled():
                return
            yield word if number == 0 else f" {word}"

    def prepare(self, messages: Sequence[Message], *, cancelled: Callable[[], bool] = never) -> None:
        self.prepared.append(list(messages))
