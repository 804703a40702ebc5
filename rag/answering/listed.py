"""Everybody of a list: "Các đồng chí: A, Bí thư; B, Phó Bí thư; C, Chủ tịch chủ trì hội nghị".

Asked who presided, a small model names one of the three. Where a sentence lists people between semicolons and
says of all of them what the question asks, the answer is all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.language.names import names
from rag.language.normalize import tokens
from rag.language.offices import office_in
from rag.language.questions import asked_for, without_office
from rag.store.lexical import terms
from rag.types import Quote


def completed(answer: str, question: str, quotes: Sequence[Quote]) -> str | None:
    """All people of the list that `answer` names one of; None where it names none or several of it."""
    if "person" not in asked_for(question) or office_in(question) is not None:
        return None
    said = [name.person for name in names(answer) if name.person]
    if len(said) != 1:
        return None
    for quote in quotes:
        people = _listed(quote.text)
        if len(people) > 1 and said[0] in people and _says(question, quote.text, people):
            return ", ".join(people)
    return None


def _listed(sentence: str) -> list[str]:
    """The first person of every part between semicolons; empty when a part has none."""
    parts = [[name.person for name in names(part) if name.person] for part in sentence.split(";")]
    return [people[0] for people in parts if people and people[0]] if all(parts) else []


def _says(question: str, sentence: str, people: Sequence[str]) -> bool:
    """Whether the sentence has two neighbouring words of the question, beside the names."""
    named = {word for person in people for word in tokens(person)}
    pairs = {term for term in terms(without_office(question), folded=True) if "_" in term}
    return any(not named.issuperset(pair.split("_")) for pair in pairs & set(terms(sentence, folded=True)))
