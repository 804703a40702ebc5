"""What a folder of ten times as many articles costs: memory, time, and finding that nothing has changed.

    python -m benchmarks.bounds [--small 2000] [--large 20000] [--tiny 100000] [--json]

The articles are made up, a file each, and embedded by the fake embedder, so that what is measured is all
but the model. Each folder is indexed by a process of its own.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks.machine import peak_memory
from benchmarks.tables import Cell, Table, show
from rag import indexing
from rag.embedding import FakeEmbedder
from rag.settings import Settings
from rag.store import Store

TEXT = """sáng nay thành phố họp về giá lúa nước sông dâng cao người dân trồng cam bưởi xã huyện tỉnh cầu mới
khởi công dài mét rộng vốn đầu tư tỷ đồng học sinh nghỉ học mưa lớn chợ hoa xuân cá tôm xuất khẩu quý năm"""
PER_FOLDER = 1_000
NOTE = (
    "MB: the most the process had above what it has with the libraries loaded. Vectors have 64 numbers, "
    "of which FAISS keeps 4 bytes each in memory. Nothing changed: the same folder added again. The last row "
    "has the shortest of articles: what a file costs."
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and bytes."""

    articles: int
    vectors: int
    first: float
    again: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=2_000)
    parser.add_argument("--large", type=int, default=20_000)
    parser.add_argument("--tiny", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: list[list[Cell]] = []
    for count, words in ((options.small, 250), (options.large, 250), (options.tiny, 12)):
        with tempfile.TemporaryDirectory() as temporary:
            write(Path(temporary) / "bài", count, words)
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                cost = pool.submit(measure, Path(temporary)).result()
        figures = (cost.vectors, cost.memory / 1e6, cost.first, count / cost.first, cost.again)
        rows.append([f"{count:,} files of {words} words", *figures])
    columns = ["", "passages", "MB", "s", "articles/s", "nothing changed, s"]
    show(Table("what ten times as many articles cost", NOTE, columns, rows), as_json=options.json)


def write(folder: Path, count: int, words: int) -> None:
    """So many articles, always the same."""
    chance = random.Random(count)
    for number in range(count):
        place = folder / f"{number // PER_FOLDER}"
        if number % PER_FOLDER == 0:
            place.mkdir(parents=True)
        sentences = [
            " ".join(chance.choices(TEXT.split(), k=12)).capitalize() + "." for _ in range(words // 12)
        ]
        text = f"Tin số {number}\n\n{' '.join(sentences)}\n"
        (place / f"tin {number}.txt").write_text(text, encoding="utf-8")


def measure(folder: Path) -> Cost:
    """Indexes the articles, and once more."""
    embedder, settings = FakeEmbedder(), Settings(index=folder / "chỉ mục")
    with closing(Store.open(folder / "làm nóng", create=True)) as store, store.write() as _:
        pass  # the libraries are loaded
    before = peak_memory() or 0
    with closing(Store.open(settings.index, create=True)) as store:
        began = time.perf_counter()
        indexing.add([folder / "bài"], store, embedder, settings)
        first = time.perf_counter() - began
        memory = (peak_memory() or 0) - before
        began = time.perf_counter()
        indexing.add([folder / "bài"], store, embedder, settings)
        again = time.perf_counter() - began
        status = store.status()
    return Cost(status.articles, status.passages, first, again, memory)


if __name__ == "__main__":
    main()
