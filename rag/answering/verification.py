"""What must be true of an answer sentence before anybody sees it: figures, names, quoted speech, language.

Words may be the model's own. A figure, a name or somebody's words may not: each has to stand in the quotes
that the sentence cites, or in their title and date line. Spelling does not count (`claims`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal, TypeAlias

from rag.answering.claims import Claim, Facts
from rag.language.drift import foreign_letter, is_foreign
from rag.language.names import names
from rag.language.normalize import WORD, matching_form, nfc, tokens
from rag.language.offices import ranked
from rag.language.sentences import split_sentences
from rag.store.lexical import terms

Fault: TypeAlias = Literal["language", "figure", "name", "quotation", "words"]
"""Why a sentence may not be shown: the worst thing that is wrong with it."""

LEAST_COVERAGE = 0.5  # share of a sentence's words, figures aside, that its quotes must say
_ROMAN = re.compile(r"[IVX]+")
_SPEECH = re.compile(r"“([^”]+)”|\"([^\"]+)\"|«([^»]+)»")


def language_fault(sentence: str, known: str) -> Fault | None:
    """`known` is what the sentence may repeat: a foreign name of an article is no drift."""
    foreign = foreign_letter(sentence, known) is not None or is_foreign(sentence, known)
    return "language" if foreign else None


def fault_of(
    sentence: str, claims: Sequence[Claim], said: Facts, quoted: Sequence[str], asked: Facts
) -> Fault | None:
    """What is wrong with citing `quoted`, which with their headlines say `said`, for `sentence`.

    `asked` is what the question says: it may call somebody by the full name where the quote does not.
    """
    missing = [claim for claim in claims if not said.say(claim)]
    if any(claim.is_figure for claim in missing):
        return "figure"
    if not names_said(sentence, said, asked) or not offices_said(sentence, quoted):
        return "name"
    if not speech_said(sentence, quoted):
        return "quotation"
    words = [claim for claim in claims if not claim.is_figure]
    if len(missing) > (1 - LEAST_COVERAGE) * len(words):
        return "words"
    # To repeat the question says nothing: what is new must stand in the quotes, too
    new = [claim for claim in claims if not asked.say(claim)]
    return "words" if weight(new) and weight(_said(new, said)) < LEAST_COVERAGE * weight(new) else None


def _said(claims: Sequence[Claim], facts: Facts) -> list[Claim]:
    return [claim for claim in claims if facts.say(claim)]


def offices_said(sentence: str, quoted: Sequence[str]) -> bool:
    """Whether nobody is promoted: "Chủ tịch" is not said where the quotes only have "Phó Chủ tịch"."""
    there = ranked("\n".join(quoted))
    return all(ranks <= there.get(office, ranks) for office, ranks in ranked(sentence).items())


def names_said(sentence: str, said: Facts, asked: Facts) -> bool:
    """Whether every name of `sentence` is said: each word with a capital, a person's also in this order.

    "ông Thưởng" is said by "Võ Văn Thưởng". The reverse holds only for somebody the question calls so.
    """
    people = [name.person for name in names(sentence) if name.person]
    excused: set[str] = set()
    for person in people:
        parts = tokens(person)
        pairs = [term for term in terms(person, folded=False) if "_" in term]
        if said.terms.issuperset(pairs):
            continue
        if not (asked.terms.issuperset(pairs) and parts[-1] in said.words):
            return False
        excused.update(parts)
    return capitalised(sentence) - excused <= said.words


def capitalised(sentence: str) -> frozenset[str]:
    """The words with a capital, in matching form, but for the one that begins the sentence and `quý II`."""
    composed = nfc(sentence)
    found = list(WORD.finditer(matching_form(composed)))[1:]
    return frozenset(
        m.group()
        for m in found
        if composed[m.start()].isupper() and not _ROMAN.fullmatch(composed[m.start() : m.end()])
    )


def speech_said(sentence: str, quoted: Sequence[str]) -> bool:
    """Whether what stands between quotation marks stands so, word for word, in one of the quotes."""
    texts = [f" {' '.join(tokens(text))} " for text in quoted]
    return all(
        any(f" {' '.join(tokens(part))} " in text for text in texts)
        for speech in _SPEECH.finditer(nfc(sentence))
        for part in _sentences(next(group for group in speech.groups() if group))
        if tokens(part)
    )


def weight(claims: Collection[Claim]) -> float:
    return sum(claim.weight for claim in claims)


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]
