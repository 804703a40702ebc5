"""Why a passage was found: which words of the question it has, and where."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rag.language.normalize import fold, words
from rag.store.lexical import terms


def matched_terms(wanted: Sequence[str], *texts: str, folded: bool) -> tuple[str, ...]:
    """Those of the question's terms that are in any of the texts, in the question's order, each once.

    Terms are what the lexical leg searches for (`rag.store.lexical.terms`): syllables, and the pairs they
    make, written with a blank as readers do. `folded` says that both sides are compared without accents.
    """
    found = {term for text in texts for term in terms(text, folded=folded)}
    return tuple(term.replace("_", " ") for term in dict.fromkeys(wanted) if term in found)


def word_places(text: str, wanted: Collection[str], *, folded: bool) -> list[tuple[int, int]]:
    """Where an NFC text has one of these syllables: start and end, in characters."""
    return [
        (word.start, word.end) for word in words(text) if (fold(word.text) if folded else word.text) in wanted
    ]
