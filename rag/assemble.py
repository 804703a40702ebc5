"""The only place that builds concrete objects from settings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from rag.answering.assistant import Assistant
from rag.embedding import Embedder, SentenceTransformerEmbedder
from rag.errors import HoiBaoError
from rag.generation import Generator, OpenAIGenerator
from rag.library import Library
from rag.llamacpp import LlamaCppGenerator
from rag.models import locate
from rag.reranking import CrossEncoderReranker, Reranker
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import Store
from rag.texts import text
from rag.tuning import Memory, Tuning

T = TypeVar("T")


def threads(settings: Settings) -> int:
    """Threads for the models: one per physical core, a second one per core only slows them down."""
    if settings.threads:
        return settings.threads
    import psutil  # imported here: only needed when a model is loaded

    return psutil.cpu_count(logical=False) or 1


def is_server(name: str) -> bool:
    """Whether the name of a model is the address of a server that runs it."""
    return name.startswith(("http://", "https://"))


def embedder(settings: Settings) -> Embedder:
    """Raises ModelError when the weights are not there."""
    path = locate(settings.embedder, settings.models)
    return SentenceTransformerEmbedder(path, threads=threads(settings))


def generator(settings: Settings) -> Generator:
    """Raises ModelError when the weights are not there or cannot be loaded."""
    if is_server(settings.llm):
        url, _, model = settings.llm.partition("#")
        return OpenAIGenerator(url, model=model or "default", context_tokens=settings.context_tokens)
    path: Path = locate(settings.llm, settings.models)
    return LlamaCppGenerator(
        path,
        context_tokens=settings.context_tokens,
        tuning=tuning(settings, path),
        heads=settings.models / ".heads",
    )


def tuning(settings: Settings, model: Path) -> Tuning:
    """How to run a GGUF file: as the settings say, else as was measured here, else one thread per core."""
    measured = None if settings.threads else tunings(settings).recall(model)
    return measured or Tuning(threads(settings))


def tunings(settings: Settings) -> Memory:
    """What `hoibao doctor --tune` remembers."""
    return Memory(settings.models / ".tuning.json")


def reranker(settings: Settings) -> Reranker | None:
    """None when none is set. Raises ModelError when the weights are not there or are no CrossEncoder's."""
    if not settings.reranker:
        return None
    return CrossEncoderReranker(locate(settings.reranker, settings.models), threads=threads(settings))


@contextmanager
def store(settings: Settings, *, create: bool = False) -> Iterator[Store]:
    """The index, open. Raises StoreError when there is none and it is not to be created."""
    opened_store = Store.open(settings.index, create=create)
    try:
        yield opened_store
    finally:
        opened_store.close()


@contextmanager
def opened(settings: Settings) -> Iterator[Assistant]:
    """An assistant over the index of the settings, ready to search.

    Raises StoreError, EmbedderMismatch or ModelError, each with the cure.
    """
    with store(settings) as opened_store:
        parts = embedder(settings)
        with opened_store.snapshot() as snapshot:
            snapshot.require(embedder=settings.embedder, fingerprint=parts.fingerprint)
        yield assistant(settings, opened_store, parts)


@contextmanager
def library(settings: Settings) -> Iterator[Library]:
    """All collections, with the models of the search loaded and warm; the language model is still loading.

    The default one is created empty when there is none. Raises ModelError when the weights of any of them are
    not there, StoreError.
    """
    if not is_server(settings.llm):
        locate(settings.llm, settings.models)
    load = once(lambda: generator(settings))

    def begin() -> None:
        with suppress(HoiBaoError):  # is said to whoever needs it first: the next call tries again
            load()

    threading.Thread(target=begin, name="language model", daemon=True).start()
    parts = embedder(settings)
    finder = retriever(settings, parts)
    parts.embed_queries([text("cli.help")])
    if finder.reranker is not None:
        finder.reranker.score(text("cli.help"), [text("cli.help")])
    opened_library = Library(settings, parts, finder, load)
    try:
        opened_library.store()
        yield opened_library
    finally:
        opened_library.close()


def assistant(settings: Settings, store: Store, embedder: Embedder) -> Assistant:
    """An assistant over an open index; the LLM is loaded when it is first needed."""
    return Assistant(store, retriever(settings, embedder), once(lambda: generator(settings)), settings)


def retriever(settings: Settings, embedder: Embedder) -> Retriever:
    """Raises ModelError when a reranker is set and its weights are not there."""
    return Retriever(
        embedder,
        candidates=settings.candidates,
        dense_weight=settings.dense_weight,
        reranker=reranker(settings),
        abbreviations=settings.abbreviations,
    )


def once(build: Callable[[], T]) -> Callable[[], T]:
    """`build`, called at the first use and never twice, whichever thread comes first."""
    lock = threading.Lock()
    built: list[T] = []

    def get() -> T:
        with lock:
            if not built:
                built.append(build())
            return built[0]

    return get
