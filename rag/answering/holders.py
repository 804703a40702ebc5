"""Who holds the office that a question asks about, read off the article.

"Phó Bí thư Thường trực Tỉnh ủy Ngô Thị Thanh Bình điều hành, thay Bí thư Tỉnh ủy Trần Đình Khoát": a small
model takes the wrong one of two names, though the sentence says who is who (`rag.language.offices`).
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.gaps import own_names, speaks_of
from rag.language.normalize import tokens
from rag.language.offices import called, office_in
from rag.language.questions import asked_for
from rag.types import Quote


def holder_of(question: str, quotes: Sequence[Quote]) -> str | None:
    """The one whom `quotes` call so; None when that is nobody or several, or no office is asked about."""
    office = office_in(question)
    if "person" not in asked_for(question) or office is None:
        return None
    places = [place for place in own_names(question) if place.istitle()]
    found: dict[str, str] = {}
    for quote in quotes:
        people = called(quote.text, office)
        if people and speaks_of(quote.article, places):
            for person in people:
                found.setdefault(tokens(person)[-1], person)
    return next(iter(found.values())) if len(found) == 1 else None
