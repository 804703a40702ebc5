"""`hoibao doctor`: is everything there that an answer needs, and if not, what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag import assemble
from rag.errors import HoiBaoError, InputError
from rag.models import locate
from rag.reranking import RERANKED
from rag.settings import Settings
from rag.texts import text
from rag.tuning import Measured, candidates, measure

GIB = 1024**3
LEAST_MEMORY = 4 * GIB  # the default models, their buffers and a browser
LEAST_DISK = 1 * GIB


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    good: bool
    detail: str  # what was found and, when it is not good, the cure

    def payload(self) -> dict[str, Any]:
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Models, index, memory, threads, disk and the offline promise, in the order one would cure them."""
    return [
        _model(text("cli.doctor_embedder"), settings.embedder, settings),
        _model(text("cli.doctor_llm"), settings.llm, settings),
        *_reranker(settings),
        _index(settings),
        _memory(),
        _threads(settings),
        _disk(settings.models),
        _offline(settings),
    ]


def tune(settings: Settings, tell: Callable[[int, int], None]) -> list[Measured]:
    """Measures how the language model runs fastest here, and remembers it; the fastest comes first.

    Raises ModelError when the weights are not there, InputError when a server runs the model or when the
    settings say how many threads there are to be.
    """
    if assemble.is_server(settings.llm):
        raise InputError("cli.tune_server", url=settings.llm)
    if settings.threads:
        raise InputError("cli.tune_threads", count=settings.threads)
    path = locate(settings.llm, settings.models)
    measured = sorted(measure(path, candidates(), tell), key=lambda one: one.answer)
    assemble.tunings(settings).remember(path, measured[0].tuning)
    return measured


def _model(name: str, model: str, settings: Settings) -> Finding:
    if assemble.is_server(model):
        return Finding(name, good=True, detail=model)
    try:
        return Finding(name, good=True, detail=str(locate(model, settings.models)))
    except HoiBaoError as error:
        return Finding(name, good=False, detail=str(error))


def _reranker(settings: Settings) -> list[Finding]:
    """Nothing when none is set, as is usual."""
    if not settings.reranker:
        return []
    name = text("cli.doctor_reranker")
    try:
        assemble.reranker(settings)  # opens nothing, but looks whether it is one
    except HoiBaoError as error:
        return [Finding(name, good=False, detail=str(error))]
    path = locate(settings.reranker, settings.models)
    return [Finding(name, good=True, detail=text("cli.doctor_reranker_detail", path=path, count=RERANKED))]


def _index(settings: Settings) -> Finding:
    name = text("cli.doctor_index")
    try:
        with assemble.store(settings) as store:
            status = store.status()
            with store.snapshot() as snapshot:
                snapshot.require(
                    embedder=settings.embedder, fingerprint=assemble.embedder(settings).fingerprint
                )
    except HoiBaoError as error:
        return Finding(name, good=False, detail=str(error))
    detail = text(
        "cli.doctor_index_detail", articles=status.articles, passages=status.passages, path=settings.index
    )
    return Finding(name, good=status.healthy, detail=detail)


def _memory() -> Finding:
    import psutil  # imported here: only the doctor asks for memory

    free = psutil.virtual_memory().available
    detail = text("cli.doctor_memory_detail", free=f"{free / GIB:.1f}", least=LEAST_MEMORY // GIB)
    return Finding(text("cli.doctor_memory"), good=free >= LEAST_MEMORY, detail=detail)


def _threads(settings: Settings) -> Finding:
    count, cores = assemble.threads(settings), os.cpu_count() or 1
    with suppress(HoiBaoError):  # said by `_model`
        if not assemble.is_server(settings.llm):
            count = assemble.tuning(settings, locate(settings.llm, settings.models)).threads
    return Finding(
        text("cli.doctor_threads"),
        good=count <= cores,
        detail=text("cli.doctor_threads_detail", count=count, cores=cores),
    )


def _disk(models: Path) -> Finding:
    folder = next(path for path in (models, *models.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    detail = text("cli.doctor_disk_detail", free=f"{free / GIB:.1f}", path=folder)
    return Finding(text("cli.doctor_disk"), good=free >= LEAST_DISK, detail=detail)


def _offline(settings: Settings) -> Finding:
    """Whether any part of an answer would leave this machine."""
    remote = assemble.is_server(settings.llm)
    detail = text("cli.doctor_remote", url=settings.llm) if remote else text("cli.doctor_offline_detail")
    return Finding(text("cli.doctor_offline"), good=True, detail=detail)
