"""How well articles that carry one text are recognised: against exact duplicates, and to be read by eye.

    python -m benchmarks.copies [ARTICLES…] [--json]

ARTICLES are files of articles of any kind that Hỏi Báo reads; without any it is our own demonstration. They
are indexed in a temporary folder, without vectors, and every article is asked for its copies.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.tables import Cell, Table, show, stems
from rag.articles.read import find_files, read_articles
from rag.console import say
from rag.copies import SHORT
from rag.errors import ArticleError
from rag.language.normalize import tokens
from rag.passages import split
from rag.store import Recipe, Store
from rag.types import Article

DEMO_ARTICLES = Path(str(files("rag.demo") / "articles"))
RECIPE = Recipe("none", "none", 1, "words")
WORDS = 160  # of a passage: about what the default embedder reads
NOTE = (
    "Exact: the same syllables from beginning to end. Precision counts every near-copy as wrong, so it is a "
    "lower bound: what was found beyond the exact ones is listed without --json, to be read. Exact pairs are "
    "missed on purpose where the titles give different figures, and where short texts have different titles: "
    "that is what a site prints on pages that have no text of their own."
)

Pair = tuple[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", nargs="*", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    articles = read(options.articles or [DEMO_ARTICLES])
    exact = exact_pairs(articles.values())
    with tempfile.TemporaryDirectory() as folder, closing(Store.open(Path(folder), create=True)) as store:
        indexing = index(articles.values(), store)
        found, lookups = found_pairs(articles, store)
    both = len(found & exact)
    long = {pair for pair in exact if len(tokens(articles[pair[0]].text)) >= SHORT}
    rows: list[Sequence[Cell]] = [
        ["articles", len(articles)],
        ["pairs that are exact", len(exact)],
        ["pairs found", len(found)],
        ["recall of exact pairs", both / len(exact) if exact else None],
        [f"… of {SHORT} syllables or more", len(found & long) / len(long) if long else None],
        ["precision, near-copies counted as wrong", both / len(found) if found else None],
        ["clusters", len(clusters(found))],
        ["clusters with a near-copy", len(clusters(found - exact))],
        ["indexing, s", indexing],
        ["an article's copies, ms, median", 1000 * float(np.median(lookups))],
        ["… 95th percentile", 1000 * float(np.percentile(lookups, 95))],
        ["… longest", 1000 * max(lookups)],
    ]
    if not options.json:
        listing(found - exact, articles)
    title = f"copies, {stems(options.articles) or 'demo'}"
    show(Table(title, NOTE, ["", "figure"], rows), as_json=options.json)


def read(paths: Sequence[Path]) -> dict[str, Article]:
    """The articles by id; what cannot be read is said and left out."""
    problems: list[ArticleError] = []
    found = {a.id: a for file in find_files(paths) for a in read_articles(file, problems.append)}
    for problem in problems:
        say(str(problem), markup=False)
    return found


def index(articles: Iterable[Article], store: Store) -> float:
    """Seconds that indexing took, without vectors."""
    started = time.perf_counter()
    with store.write(RECIPE) as writer:
        for article in articles:
            parts = split(article, lambda part: len(part.split()), max_tokens=WORDS, overlap_sentences=1)
            writer.put(article, parts, None)
    return time.perf_counter() - started


def exact_pairs(articles: Iterable[Article]) -> set[Pair]:
    """Pairs of ids of articles whose texts have the same syllables."""
    same: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for article in articles:
        syllables = tuple(tokens(article.text))
        if syllables:
            same[syllables].append(article.id)
    return {pair for ids in same.values() for pair in combinations(sorted(ids), 2)}


def found_pairs(article_ids: Iterable[str], store: Store) -> tuple[set[Pair], list[float]]:
    """Pairs of ids that the index takes for copies, and the seconds of each lookup."""
    pairs: set[Pair] = set()
    seconds = []
    with store.snapshot() as snapshot:
        for article_id in article_ids:
            started = time.perf_counter()
            copies = snapshot.copies(article_id)
            seconds.append(time.perf_counter() - started)
            pairs |= {(min(article_id, copy.id), max(article_id, copy.id)) for copy in copies}
    return pairs, seconds


def clusters(pairs: Iterable[Pair]) -> list[list[str]]:
    """The ids that pairs connect, directly or through others, the largest cluster first."""
    home: dict[str, set[str]] = {}
    for one, other in pairs:
        joined = home.get(one, {one}) | home.get(other, {other})
        home.update(dict.fromkeys(joined, joined))
    distinct = {min(members): sorted(members) for members in home.values()}
    return sorted(distinct.values(), key=lambda members: (-len(members), members))


def listing(pairs: Iterable[Pair], articles: Mapping[str, Article]) -> None:
    """The clusters that are more than exact duplicates, for reading."""
    for number, members in enumerate(clusters(pairs), start=1):
        print(f"── {number}: {len(members)} articles")
        for article in (articles[name] for name in members):
            body = " ".join(article.text.split())
            print(f"{article.id} · {article.source or '?'} · {article.day or '?'} · {article.title}")
            print(f"    {len(tokens(body))} syllables: {body[:160]} … {body[-80:]}")
    print()


if __name__ == "__main__":
    main()
