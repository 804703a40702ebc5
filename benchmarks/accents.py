"""How many accents come back: sentences of articles that are not in the index, stripped and restored.

    python -m benchmarks.accents [ARTICLES…] [--sentences N] [--json]

ARTICLES are files of articles of any kind that Hỏi Báo reads; without any it is our own demonstration. One
article in five is held back; the others are indexed in a temporary folder, without vectors.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.copies import DEMO_ARTICLES, index, read
from benchmarks.tables import Cell, Table, show, stems
from rag.evaluation.statistics import Figure
from rag.language.accents import LETTERS
from rag.language.normalize import fold, matching_form, nfc
from rag.language.sentences import split_sentences
from rag.language.syllables import spellings
from rag.store import Snapshot, Store
from rag.types import Article
from rag.understanding import readings

AS_TYPED = "as typed"
NO_TIME: list[Cell] = [None, None]  # not a way, or no way of its own
HELD_BACK = 5  # one article in so many
NOTE = (
    "Held-back sentences of at least three words, stripped of all accents. Syllables: the share that is "
    "written as it was, capitals aside, words without any accent included. Whole: sentences without a "
    "mistake, ± the standard error. Most frequent spelling: each syllable for itself, counted in the same "
    "index. The better reading: of the two when there are two, as the search by meaning uses both."
)

Restorer = Callable[[str], Sequence[str]]
"""A sentence without accents → its readings, likeliest first."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", nargs="*", type=Path, default=[DEMO_ARTICLES])
    parser.add_argument("--sentences", type=int, default=2_000, metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    held, indexed = parted(read(options.articles))
    asked = sentences(held.values(), options.sentences)
    with tempfile.TemporaryDirectory() as folder, closing(Store.open(Path(folder), create=True)) as store:
        index(indexed.values(), store)
        with store.snapshot() as snapshot:
            rows = [row for name, way in ways(snapshot).items() for row in measured(name, way, asked)]
    title = (
        f"accents, {stems(options.articles)}: {len(asked):,} sentences of {len(held):,} articles, "
        f"{len(indexed):,} others indexed"
    )
    columns = ["way", "syllables", "whole", "sentences/s", "ms, median"]
    show(Table(title, NOTE, columns, rows), as_json=options.json)


def parted(articles: Mapping[str, Article]) -> tuple[dict[str, Article], dict[str, Article]]:
    """Those that are held back, and those that are indexed; by id, so that every run parts them alike."""
    order = sorted(articles, key=_lot)
    held = {name: articles[name] for name in order[::HELD_BACK]}
    return held, {name: article for name, article in articles.items() if name not in held}


def sentences(articles: Iterable[Article], most: int) -> list[str]:
    """Up to `most` sentences, drawn from all articles alike."""
    found = [
        nfc(article.text[span.start : span.end])
        for article in articles
        for span in split_sentences(article.text)
    ]
    return sorted((text for text in found if len(LETTERS.findall(text)) >= 3), key=_lot)[:most]


def _lot(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def ways(snapshot: Snapshot) -> dict[str, Restorer]:
    @cache
    def most_frequent(bare: str) -> str:
        return max((bare, *spellings(bare)), key=snapshot.frequency)

    def one_by_one(sentence: str) -> Sequence[str]:
        return (LETTERS.sub(lambda match: most_frequent(match.group().lower()), sentence),)

    return {
        AS_TYPED: lambda sentence: (sentence,),
        "most frequent spelling": one_by_one,
        "Hỏi Báo": lambda sentence: readings(sentence, snapshot),
    }


def measured(name: str, restore: Restorer, asked: Sequence[str]) -> list[list[Cell]]:
    """The way's row, and one for the better of its readings when it gives several."""
    first, best, seconds = [], [], []
    for sentence in asked:
        typed = fold(sentence)
        started = time.perf_counter()
        found = restore(typed)
        seconds.append(time.perf_counter() - started)
        right = [hits(reading, sentence) for reading in found]
        first.append(right[0])
        best.append(max(right, key=sum))
    speed: list[Cell] = [len(asked) / sum(seconds), 1000 * float(np.median(seconds))]
    rows: list[list[Cell]] = [[name, *shares(first), *(NO_TIME if name == AS_TYPED else speed)]]
    if best != first:
        rows.append([f"{name}, the better reading", *shares(best), *NO_TIME])
    return rows


def hits(reading: str, sentence: str) -> list[bool]:
    """Syllable by syllable, whether it is written as in the sentence."""
    pairs = zip(
        LETTERS.findall(matching_form(reading)), LETTERS.findall(matching_form(sentence)), strict=True
    )
    return [ours == theirs for ours, theirs in pairs]


def shares(right: Sequence[Sequence[bool]]) -> list[Cell]:
    """Of the syllables, and of the whole sentences."""
    whole = np.array([all(sentence) for sentence in right], dtype=float)
    syllables = sum(map(sum, right)) / sum(map(len, right))
    return [syllables, Figure(float(whole.mean()), float(whole.std() / len(whole) ** 0.5), len(whole))]


if __name__ == "__main__":
    main()
