"""The ways of answering that are measured beside each other, each asked one question at a time."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.answer_speed import Bench, forget, write
from benchmarks.plain_recipe import PASSAGES, SYSTEM, PlainRecipe, asked
from benchmarks.rivals_setup import Child
from rag import assemble
from rag.answering.assistant import Assistant
from rag.settings import Settings
from rag.types import Answer, Done, Event, Evidence, Message, Token
from rag.web.desk import Desk, Waiting

WARM = "Xin chào, bạn khỏe không?"
"""Asked once before the clock runs: memory is paged in, threads are there."""
FREE_TOKENS = 128

Pieces = tuple[tuple[float, str], ...]
"""What was written, each piece with the seconds since the question."""


@dataclass(frozen=True, slots=True)
class Told:
    """One question and when what came of it, in seconds since it was asked; None for what did not."""

    question: str
    pieces: Pieces
    finished: float
    searched: float | None = None
    evidence: float | None = None
    prompt_tokens: int | None = None
    understood: float | None = None

    @property
    def first_token(self) -> float | None:
        return self.pieces[0][0] if self.pieces else None

    @property
    def written(self) -> float | None:
        return self.pieces[-1][0] if self.pieces else None

    @property
    def text(self) -> str:
        return "".join(piece for _, piece in self.pieces)


Stream = Callable[[Sequence[Message], int], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain recipe: the passages nearest by meaning, and a prompt to a model that streams."""

    recipe: PlainRecipe
    stream: Stream
    count_prompt: Callable[[Sequence[Message]], int]

    def ask(self, question: str, turns: Sequence[Message] = ()) -> tuple[Told, list[Message]]:
        """Also the conversation so far, as it was sent: who keeps it so has to read the least again."""
        started = time.perf_counter()
        _, hits = self.recipe.search(question, PASSAGES)
        searched = time.perf_counter() - started
        first: Message = {"role": "system", "content": SYSTEM}
        messages = [*(turns or [first]), asked(question, hits)]
        pieces = timed(self.stream(messages, self.recipe.ours.settings.answer_tokens), started)
        finished = time.perf_counter() - started
        told = Told(question, pieces, finished, searched, searched, self.count_prompt(messages))
        return told, [*messages, {"role": "assistant", "content": told.text}]


def in_process(llama: Any) -> Stream:
    """`Llama.create_chat_completion`."""

    def stream(messages: Sequence[Message], most: int) -> Iterator[str]:
        for chunk in llama.create_chat_completion(messages, stream=True, temperature=0.0, max_tokens=most):
            yield chunk["choices"][0]["delta"].get("content") or ""

    return stream


def over_http(url: str) -> Stream:
    """A server with the API of OpenAI."""

    def stream(messages: Sequence[Message], most: int) -> Iterator[str]:
        request = {"messages": list(messages), "stream": True, "temperature": 0, "max_tokens": most}
        with httpx.stream(
            "POST", f"{url}/chat/completions", json=request, timeout=600, trust_env=False
        ) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                if line.startswith("data: {"):
                    choice = json.loads(line.removeprefix("data: "))["choices"][0]
                    yield choice["delta"].get("content") or ""

    return stream


def timed(stream: Iterator[str], started: float) -> Pieces:
    """What is written, and when; the pieces without text left out."""
    return tuple((time.perf_counter() - started, piece) for piece in stream if piece)


def ask_framework(child: Child, question: str, count: Callable[[str], int]) -> Told:
    told = child.ask({"question": question})
    pieces = tuple((seconds, piece) for seconds, piece in told["pieces"] if piece)
    written = count("".join(piece for _, piece in pieces))
    searched = told["searched"]
    return Told(question, pieces, told["finished"], searched, searched, told["held"] - written)


def model(path: Path, **options: Any) -> Any:
    """The library's own class."""
    import llama_cpp  # imported here: loads the compiled library

    return llama_cpp.Llama(str(path), verbose=False, **options)


def prompt_counter(llama: Any) -> Callable[[Sequence[Message]], int]:
    """Tokens of messages in the model's own chat template."""
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter  # imported here: loads the compiled library

    template = llama.metadata["tokenizer.chat_template"]
    form = Jinja2ChatFormatter(template=template, eos_token="", bos_token="")

    def count(messages: Sequence[Message]) -> int:
        return len(llama.tokenize(form(messages=messages).prompt.encode(), add_bos=False, special=True))

    return count


# ── Ours ──────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def opened(settings: Settings) -> Iterator[Bench]:
    """The desk of the page, warm, with nothing read but what stands before every question.

    To be used once a process: then nothing that was read for another question is there.
    """
    with assemble.library(settings) as library:
        desk = Bench(lambda: nullcontext(library))
        try:
            assistant = desk.loaded().assistant()
            assert isinstance(assistant, Assistant)  # only the generator of the real one is asked directly
            generator = assistant.generator()
            desk.do(lambda: list(generator.generate([{"role": "user", "content": WARM}], max_tokens=8)))
            forget(desk)
            yield desk
        finally:
            desk.close()


def new(settings: Settings, question: str) -> Told:
    with opened(settings) as desk:
        return put(desk, question)[0]


def typed(settings: Settings, question: str) -> Told:
    """Typed first, while the desk looks it up as it comes."""
    with opened(settings) as desk:
        write(desk, question)
        return put(desk, question)[0]


def seen(settings: Settings, before: str, question: str) -> Told:
    """Asked after another question about the same article."""
    with opened(settings) as desk:
        put(desk, before)
        return put(desk, question)[0]


def followed(settings: Settings, question: str, follow_up: str, *, typing: bool) -> Told:
    """In the conversation: sent in the moment when the answer is there, or typed before."""
    with opened(settings) as desk:
        _, answer = put(desk, question)
        history: list[Message] = [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer.text},
        ]
        if typing:
            write(desk, follow_up, history)
        return put(desk, follow_up, history)[0]


def free(settings: Settings, prompts: Sequence[str]) -> list[Told]:
    """What has nothing to do with any article, straight from the generator."""
    with opened(settings) as desk:
        assistant = desk.loaded().assistant()
        assert isinstance(assistant, Assistant)
        generator = assistant.generator()

        def stream(messages: Sequence[Message], most: int) -> Iterator[str]:
            return generator.generate(messages, max_tokens=most)

        return desk.do(lambda: [said(stream, prompt) for prompt in prompts])


def said(stream: Stream, prompt: str) -> Told:
    """A prompt alone, without any article."""
    started = time.perf_counter()
    pieces = timed(stream([{"role": "user", "content": prompt}], FREE_TOKENS), started)
    return Told(prompt, pieces, time.perf_counter() - started)


def put(desk: Desk, question: str, history: Sequence[Message] = ()) -> tuple[Told, Answer]:
    """Asks the desk as the page does."""
    started = time.perf_counter()
    seconds: dict[type[Event | Waiting], float] = {}
    pieces: list[tuple[float, str]] = []

    async def listen() -> Answer:
        answer = None
        async for event in desk.answer(question, history, threading.Event()):
            now = time.perf_counter() - started
            seconds.setdefault(type(event), now)
            if isinstance(event, Token) and event.text:
                pieces.append((now, event.text))
            if isinstance(event, Done):
                answer = event.answer
        assert answer is not None  # nobody stopped it
        return answer

    answer = asyncio.run(listen())
    told = Told(
        question,
        tuple(pieces),
        seconds[Done],
        answer.timings.retrieve,
        seconds.get(Evidence),
        answer.prompt_tokens or None,
    )
    return told, answer
