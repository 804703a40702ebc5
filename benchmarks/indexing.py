"""How long indexing takes, how soon its words can be searched, and what adding a few more articles costs.

    python -m benchmarks.indexing [ARTICLES…] [--limit N] [--more M] [--json]

ARTICLES are files and folders of articles; without any it is our own demonstration. The first N (without
--limit all but the last M) are indexed into a temporary folder while another thread, with the index opened
for itself, searches it by words; then M more are added, and each article is asked which others carry it, too.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.copies import DEMO_ARTICLES, clusters, found_pairs
from benchmarks.machine import peak_memory
from benchmarks.tables import Cell, Table, show, stems
from rag import assemble, indexing
from rag.articles.draft import Report
from rag.articles.read import find_files, read_articles
from rag.embedding import Embedder
from rag.errors import ArticleError, ArticleNote
from rag.settings import Settings
from rag.store import Store
from rag.store.lexical import terms
from rag.types import Article

PAUSE = 0.25  # seconds between two searches: so that they do not slow down what they watch
NOTE = (
    "Times include reading and cleaning the articles, not loading the embedder. From when all articles are "
    f"stored a thread asks the index every {PAUSE} s, by words, for the title of the last; a search finds it "
    "when one of its passages is among the first ten. Skipped is what could not be read, by reason. Peak "
    "memory is that of the whole process, embedder included."
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", nargs="*", type=Path)
    parser.add_argument("--limit", type=int, metavar="N")
    parser.add_argument("--more", type=int, default=10, metavar="M")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    limit, paths = options.limit, options.articles or [DEMO_ARTICLES]
    problems: list[ArticleError] = []
    if limit is None:
        limit = sum(1 for _ in read(paths, lambda problem: None)) - options.more
    settings = Settings.load()
    embedder = assemble.embedder(settings)
    embedder.embed_passages(["làm nóng"])  # loads the model
    with tempfile.TemporaryDirectory() as folder:
        articles = read(paths, problems.append)
        rows = measure(articles, limit, options.more, Path(folder) / "index", embedder, settings)
    skipped = Counter(problem.key for problem in problems if not isinstance(problem, ArticleNote))
    rows.append(["skipped", skipped.total()])
    rows += [[f"… {key}", count] for key, count in skipped.most_common()]
    memory = peak_memory()
    rows.append(["peak memory, MiB", None if memory is None else memory / 2**20])
    title = f"indexing, {limit:,} articles of {stems(options.articles) or 'demo'}"
    show(Table(title, NOTE, ["", "figure"], rows), as_json=options.json)


def read(paths: Sequence[Path], report: Report) -> Iterator[Article]:
    """The articles one by one."""
    for file in find_files(paths):
        yield from read_articles(file, report)


def measure(
    articles: Iterator[Article], limit: int, more: int, folder: Path, embedder: Embedder, settings: Settings
) -> list[list[Cell]]:
    """Indexes the first `limit` articles, then `more` of those that follow; a row for each figure."""
    with closing(Store.open(folder, create=True)) as store:
        first = timed(islice(articles, limit), store, embedder, settings)
        status = store.status()
        second = timed(islice(articles, more), store, embedder, settings)
        added = store.status().articles - status.articles
        stories = stories_in(store)
    searches = first.during
    answered = [search.ended - search.begun for search in searches if search.found]
    return [
        ["articles", status.articles],
        ["passages", status.passages],
        ["all of it, s", first.total],
        ["articles/s", status.articles / first.total],
        ["passages/s", status.passages / first.total],
        ["until all words can be searched, s", first.words],
        ["until all vectors are there, s", first.total],
        ["searches by words while vectors were missing", len(searches)],
        ["… that found the article", len(answered)],
        ["… ms, median", 1000 * float(np.median(answered)) if answered else None],
        ["index, bytes per article", status.bytes // status.articles],
        [f"adding {added:,} more articles, s", second.total],
        ["… until all their words can be searched, s", second.words],
        ["stories that several articles carry", len(stories)],
        ["… articles that carry them", sum(map(len, stories))],
    ]


def stories_in(store: Store) -> list[list[str]]:
    """Ids of the articles that carry one text, exactly or nearly, for each text that several carry."""
    with store.snapshot() as snapshot:
        ids = [article.id for article in snapshot.articles()]
    return clusters(found_pairs(ids, store)[0])


@dataclass(frozen=True, slots=True)
class Search:
    """One search by words; times are seconds since indexing began."""

    begun: float
    ended: float
    found: bool


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that adding articles took, and what could be searched before that."""

    total: float
    searches: Sequence[Search]  # in the order they were made

    @property
    def during(self) -> list[Search]:
        """Those that ended before the last vector was there."""
        return [search for search in self.searches if search.ended < self.total]

    @property
    def words(self) -> float | None:
        """Until the first search that found the last article; None when none did."""
        return next((search.ended for search in self.searches if search.found), None)


def timed(articles: Iterable[Article], store: Store, embedder: Embedder, settings: Settings) -> Timing:
    """Adds the articles while a thread searches for the last of them."""
    began = time.perf_counter()

    def elapsed() -> float:
        return time.perf_counter() - began

    titles: list[str] = []

    def noticed() -> Iterator[Article]:
        for article in articles:
            titles.append(article.title)
            yield article

    stored, over = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch, store.folder, titles, stored, over, elapsed)
        try:
            # The first that is heard of progress is that embedding begins: all articles are stored.
            indexing.add_articles(noticed(), store, embedder, settings, progress=lambda *_: stored.set())
            total = elapsed()
        finally:
            over.set()
            stored.set()
        return Timing(total, watching.result())


def watch(
    folder: Path,
    titles: Sequence[str],
    stored: threading.Event,
    over: threading.Event,
    elapsed: Callable[[], float],
) -> list[Search]:
    """Searches from when articles are `stored` until it is `over`, as another process would.

    Nothing but the folder is shared with the thread that indexes.
    """
    stored.wait()
    searches = []
    with closing(Store.open(folder)) as store:
        while True:
            begun = elapsed()
            found = finds(store, titles[-1])
            searches.append(Search(begun, elapsed(), found))
            if over.wait(PAUSE):
                return searches


def finds(store: Store, title: str) -> bool:
    """Whether a search by words has an article of this title among its first ten passages."""
    with store.snapshot() as snapshot:
        found = snapshot.lexical(terms(title, folded=False), 10, folded=False)
        return any(snapshot.article(one.passage.article_id).title == title for one in found)


if __name__ == "__main__":
    main()
