"""How the language model runs fastest on this machine: measured by `hoibao doctor --tune`, and remembered.

What is measured is what differs between machines: how many threads, whether attention is computed in one
piece ("flash attention"), and whether the weights are rearranged for the processor when they are loaded
("repacking"). Batches longer than ours and keys and values in 8 bits only made it slower.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Any

READ, WRITTEN = 192, 12  # tokens of one round, much as an answer has
ROUNDS = 3
ANSWER_READ, ANSWER_WRITTEN = 200, 20  # tokens that a usual answer reads and writes


@dataclass(frozen=True, slots=True)
class Tuning:
    """How llama.cpp is to run."""

    threads: int
    flash_attention: bool | None = None  # None: as llama.cpp thinks best
    repack: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """What one way of running gave: medians, in tokens per second."""

    tuning: Tuning
    reading: float
    writing: float

    @property
    def answer(self) -> float:
        """Seconds for a usual answer."""
        return ANSWER_READ / self.reading + ANSWER_WRITTEN / self.writing

    def payload(self) -> dict[str, Any]:
        return asdict(self.tuning) | {
            "reading": round(self.reading, 1),
            "writing": round(self.writing, 1),
            "answer": round(self.answer, 2),
        }


def candidates() -> list[Tuning]:
    """What is worth measuring here: half the cores, all of them, and what the system counts as such."""
    import psutil  # imported here: only the doctor asks

    from rag.engine import built_for  # imported here: it imports this module

    physical = psutil.cpu_count(logical=False) or 1
    counts = sorted({max(1, physical // 2), physical, os.cpu_count() or physical})
    packings = (True, False) if may_repack(built_for()) else (False,)
    return [Tuning(*way) for way in product(counts, (False, True), packings)]


def may_repack(built: str) -> bool:
    """Whether weights may be rearranged by a llama.cpp that says this of how it was built.

    Built for AMX it does so for AMX alone, and GCC 12 leaves the shape of the tiles out: the first
    instruction on one ends the process (https://github.com/ggml-org/llama.cpp/pull/26954).
    """
    return "AMX_INT8 = 1" not in built


def measure(path: Path, ways: Sequence[Tuning], tell: Callable[[int, int], None]) -> list[Measured]:
    """Runs the model in each way; seconds each. `tell` hears how many of how many are done.

    Raises ModelError when llama.cpp cannot load the file.
    """
    found = []
    for done, tuning in enumerate(ways):
        tell(done, len(ways))
        rounds = list(_rounds(path, tuning))
        found.append(
            Measured(
                tuning,
                reading=READ / statistics.median(read for read, _ in rounds),
                writing=WRITTEN / statistics.median(written for _, written in rounds),
            )
        )
    tell(len(ways), len(ways))
    return found


def best(measured: Sequence[Measured]) -> Measured:
    """The one with the fastest answer."""
    return min(measured, key=lambda one: one.answer)


def _rounds(path: Path, tuning: Tuning) -> Iterator[tuple[float, float]]:
    """Seconds for reading and for writing, a pair a round."""
    from rag.engine import Engine

    with closing(Engine(path, context_tokens=READ + WRITTEN, tuning=tuning)) as engine:
        words = engine.tokenize("Sáng nay, cầu Sông Mây thông xe sau ba năm thi công. " * READ)[:READ]
        engine.write(words[:8])  # the weights come from the disk
        for _ in range(ROUNDS):
            engine.cut(0)
            started = time.perf_counter()
            token = engine.write(words)
            read = time.perf_counter()
            for _ in range(WRITTEN):
                token = engine.write([token])
            yield read - started, time.perf_counter() - read


@dataclass(frozen=True, slots=True)
class Memory:
    """What was found out, in a file that machines may share."""

    file: Path

    def remember(self, model: Path, tuning: Tuning) -> None:
        """Raises OSError when the disk does not take it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        known = self._known() | {_machine(model): asdict(tuning)}
        half = self.file.with_suffix(".part")
        half.write_text(json.dumps(known, indent=1), encoding="utf-8")
        half.replace(self.file)

    def recall(self, model: Path) -> Tuning | None:
        """None when this model was never measured on this machine with this version of llama.cpp."""
        with suppress(KeyError, TypeError):
            return Tuning(**self._known()[_machine(model)])
        return None

    def _known(self) -> dict[str, Any]:
        with suppress(OSError, ValueError):
            known = json.loads(self.file.read_text(encoding="utf-8"))
            return known if isinstance(known, dict) else {}
        return {}


def _machine(model: Path) -> str:
    """All that the fastest way depends on."""
    parts = (platform.node(), platform.machine(), os.cpu_count(), metadata.version("llama-cpp-python"))
    return " ".join(map(str, (*parts, model.name)))
