"""What it costs a question that every row it reads is held against its checksum.

    python -m benchmarks.checks [--json]

A question reads the passages of both legs and their articles, of which a store keeps some in memory; here
none. A large index also reads the vectors of the candidates that are scored again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import durable
from benchmarks.tables import Cell, Table, show
from rag.store import Store, checks
from rag.store.lexical import terms
from rag.types import Article, Passage

ARTICLES, CHARACTERS, PASSAGES, VECTORS = 200, 3_000, 200, 400
NOTE = (
    f"Each of {ARTICLES:,} articles has {CHARACTERS:,} characters; a question reads one passage of each, "
    f"more than the default settings do. Vectors: {VECTORS} of 384 numbers. The last row is the whole of a "
    f"search by words for {ARTICLES} passages with reading and checking all of them, nothing of it in memory."
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sentence = "Sáng nay, người dân xã An Thuận họp về giá lúa và cầu mới. "
    body = (sentence * CHARACTERS)[:CHARACTERS]
    columns = (
        "bài 1",
        "Giá lúa tăng",
        body,
        "2021-03-01",
        "Báo Mẫu",
        None,
        None,
        None,
        "/bài/1.txt",
        "0" * 64,
    )
    vector = bytes(768)
    rows: list[list[Cell]] = [
        [f"{ARTICLES} articles, ms", ARTICLES * timed(lambda: checks.of_article(*columns))],
        [f"{PASSAGES} passages, ms", PASSAGES * timed(lambda: checks.of_passage(1, 2, 300, 900, 5))],
        [f"{VECTORS} vectors, ms", VECTORS * timed(lambda: checks.of_vector(7, vector, 5))],
        ["the search, ms", whole_search(body)],
    ]
    show(Table("what checksums cost a question", NOTE, ["", "figure"], rows), as_json=options.json)


def timed(check: Callable[[], object], rounds: int = 2_000) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    for _ in range(rounds):
        check()
    return 1000 * (time.perf_counter() - began) / rounds


def whole_search(body: str) -> float:
    """Milliseconds of a search that reads all articles, the best of five."""
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder), create=True)
        with store.write(durable.RECIPE) as writer:
            for number in range(ARTICLES):
                article = Article(f"bài {number}", "Giá lúa", body)
                writer.put(article, [Passage(f"bài {number}#0", article.id, 0, 0, 600, body[:600])], None)
        best = float("inf")
        for _ in range(5):
            store = Store.open(Path(folder))
            with store.snapshot() as snapshot:
                began = time.perf_counter()
                snapshot.lexical(terms("giá lúa", folded=False), ARTICLES, folded=False)
                best = min(best, time.perf_counter() - began)
            store.close()
    return 1000 * best


if __name__ == "__main__":
    main()
