"""A closer look at the first passages: does one place say all that the question speaks of?

BM25 adds up the question's words wherever a passage has them, and a vector stands for the whole passage. That
the words stand together, in one sentence or two neighbouring ones, neither leg sees; most wrong first places
are passages about the same thing that answer something else. `python -m benchmarks.fit_nearness` shows what
it is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from rag.language.normalize import fold
from rag.language.questions import content_words
from rag.language.sentences import split_sentences
from rag.store import Snapshot
from rag.store.lexical import terms
from rag.types import Passage

LOOKED_AT = 20  # passages: of these the legs are right about nearly always
WEIGHT = 0.7  # beside the two legs' 1; chosen by benchmarks/fit_nearness.py, where 0.5 to 0.9 are about equal


def nearness(passage: Passage, title: str, wanted: Mapping[str, float], *, folded: bool) -> float:
    """The greatest share of `wanted`, by weight, that two neighbouring sentences and the title have: 0..1."""
    total = sum(wanted.values())
    if not total:
        return 0.0
    heard = set(terms(title, folded))
    sentences = [
        set(terms(passage.text[span.start : span.end], folded)) for span in split_sentences(passage.text)
    ]
    pairs = [first | second for first, second in pairwise(sentences)] or sentences
    shares = (sum(weight for word, weight in wanted.items() if word in pair | heard) for pair in pairs)
    return max(shares, default=0.0) / total


def wanted_words(question: str, snapshot: Snapshot, *, folded: bool) -> dict[str, float]:
    """The words that carry the question, each with its rarity in the index."""
    carrying = [fold(word) if folded else word for word in content_words(question)]
    return {word: snapshot.rarity([word], folded=folded) for word in carrying}
