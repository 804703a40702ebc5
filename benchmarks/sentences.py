"""Where sentences end, on our gold file: our splitter beside underthesea and syntok, in one run.

python -m benchmarks.sentences [--json]

The rivals come with `pip install -e '.[bench]'`, which `make bench` does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import Cell, Table, show
from rag.evaluation.statistics import RESAMPLES, Figure
from rag.language.sentences import split_sentences

GOLD = Path(__file__).parent.parent / "tests" / "data" / "sentences.txt"
MARK = "│"
ROUNDS = 5  # the fastest counts: whatever disturbs a round makes it slower
NOTE = (
    "A boundary is right when it stands after the same visible letter; those between blocks are given. "
    "± is a bootstrap over blocks. The gold file is ours, and our splitter was written with it at hand: it "
    "shows what our rules are for, not how they fare elsewhere."
)

Splitter: TypeAlias = Callable[[str], Sequence[str]]
"""A text → its sentences, in order, with all of its visible letters."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        splitters = {"Hỏi Báo": ours, **rivals()}
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed: pip install -e '.[bench]'", file=sys.stderr)
        sys.exit(2)
    show(compare(gold(GOLD.read_text(encoding="utf-8")), splitters), as_json=options.json)


def gold(content: str) -> list[list[str]]:
    """The blocks of the gold file, each as its sentences."""
    lines = [line for line in content.split("\n") if not line.startswith("#")]
    return [block.split(MARK) for block in "\n".join(lines).strip().split("\n\n")]


def ours(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def rivals() -> dict[str, Splitter]:
    """The others by name. Raises ModuleNotFoundError for one that is not installed."""
    import syntok.segmenter  # imported here: optional
    import underthesea

    def syntok_sentences(text: str) -> list[str]:
        found = [part for paragraph in syntok.segmenter.analyze(text) for part in paragraph]
        starts = [sentence[0].offset for sentence in found]
        return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]

    return {"underthesea": underthesea.sent_tokenize, "syntok": syntok_sentences}


def compare(blocks: Sequence[Sequence[str]], splitters: Mapping[str, Splitter]) -> Table:
    """One row a splitter."""
    texts = ["".join(block) for block in blocks]
    sentences = sum(map(len, blocks))
    rows: list[list[Cell]] = []
    for name, split in splitters.items():
        counts = np.array(
            [counted(block, split(text)) for block, text in zip(blocks, texts, strict=True)], dtype=np.float64
        )
        rows.append([name, *figures(counts), sentences / fastest(split, texts)])
    title = f"sentences, {sentences:,} in {len(blocks):,} blocks of news prose"
    return Table(title, NOTE, ["splitter", "precision", "recall", "F1", "sentences/s"], rows)


def counted(wanted: Sequence[str], found: Sequence[str]) -> tuple[int, int, int]:
    """Of one block, the boundaries that are right, that were set, and that there are."""
    right, guess = boundaries(wanted), boundaries(found)
    return len(right & guess), len(guess), len(right)


def boundaries(sentences: Sequence[str]) -> set[int]:
    """How many visible letters stand before each inner boundary.

    Splitters trim, keep or change white space; the letters they leave alone.
    """
    return {int(place) for place in np.cumsum([len("".join(part.split())) for part in sentences])[:-1]}


def figures(counts: NDArray[np.float64]) -> list[Cell]:
    """Precision, recall and F1 over all blocks, from `counted` of each: shape (blocks, 3)."""
    picks = np.random.default_rng(0).integers(len(counts), size=(RESAMPLES, len(counts)))
    resampled = scores(counts[picks].sum(axis=1))
    values = scores(counts.sum(axis=0))
    return [
        Figure(float(value), float(again.std(ddof=1)), len(counts))
        for value, again in zip(values, resampled, strict=True)
    ]


def scores(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…, 3) boundaries right, set and wanted → precision, recall and F1 in the first axis; 0 of 0 is 0."""
    right, guessed, wanted = np.moveaxis(sums, -1, 0)
    shares = ((right, guessed), (right, wanted), (2 * right, guessed + wanted))
    return np.array([part / np.maximum(whole, 1) for part, whole in shares])


def fastest(split: Splitter, texts: Sequence[str]) -> float:
    """Seconds for all texts in the fastest of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for text in texts:
            split(text)
        rounds.append(time.perf_counter() - started)
    return min(rounds)


if __name__ == "__main__":
    main()
