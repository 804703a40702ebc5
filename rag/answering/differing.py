"""Articles that answer otherwise: the reader sees both, each with its day.

A newspaper corrects itself, a count grows, and every province has a chairman. When the question names no
time and another article says of the same thing another number, day or person, its sentence is put behind
the answer. One that speaks of something else would only confuse, so much has to agree: what the sentence
has of the question's words, whom and what the question names, and what is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answering.citations import Aligned, ended, marked_text
from rag.answering.evidence import Judged
from rag.answering.gaps import own_names, speaks_of
from rag.answering.times import is_compared
from rag.language.dates import DateMention, dates_in
from rag.language.names import numbers
from rag.language.normalize import matching_form, nfc, tokens, words
from rag.language.offices import called, office_in
from rag.language.questions import Kind, asked_for
from rag.texts import text
from rag.types import AnswerSentence, Article, Citation, Query, Quote

MOST = 2  # such sentences behind an answer
ALIKE = 0.8  # share of what the cited sentence has of the question's words and pairs
KNOWN = 0.5  # share of the question's words that the cited sentence must have itself


def beside_differing(aligned: Aligned, judged: Sequence[Judged], query: Query) -> Aligned:
    """`aligned` with the sentences of other articles that answer otherwise, each with its day.

    One that the answer already repeats word for word only gets its day.
    """
    for quote in _differing(aligned, judged, query.text):
        first = aligned.citations[0].quote
        known = next((c for c in aligned.citations if c.quote.overlaps(quote)), None)
        citation = known or Citation(len(aligned.citations) + 1, quote)
        dated = bool(first.article.day and quote.article.day)
        said = AnswerSentence(
            _said(quote, first.article), (1, citation.number) if dated else (citation.number,)
        )
        *before, last = (s for s in aligned.sentences if s.text != quote.text)
        sentences = (*before, replace(last, text=ended(last.text)), said)
        aligned = replace(
            aligned,
            text=marked_text(sentences),
            sentences=sentences,
            citations=aligned.citations if known else (*aligned.citations, citation),
        )
    return aligned


def _differing(aligned: Aligned, judged: Sequence[Judged], question: str) -> list[Quote]:
    kinds = asked_for(question) & {"number", "date", "person"}
    if not kinds or not aligned.citations or dates_in(question):
        return []
    main = next((one for one in judged if one.quote.overlaps(aligned.citations[0].quote)), None)
    if main is None or main.words < KNOWN:
        return []
    named = own_names(question)
    copied = {one.quote.text for one in judged}
    own = [s for n, s in enumerate(aligned.sentences) if n == 0 or s.text not in copied]
    marks = {mark for sentence in own for mark in sentence.citations}
    known = {c.quote.article.id for c in aligned.citations if c.number in marks}
    answer = " ".join(sentence.text for sentence in own)
    found: list[Quote] = []
    for other in sorted(judged, key=lambda one: -(one.words + one.pairs)):
        article = other.quote.article
        if (
            len(found) < MOST
            and article.id not in known
            and other.words >= ALIKE * main.words
            and other.pairs >= ALIKE * main.pairs
            and any(_differs(kind, other.quote, main.quote, answer, question) for kind in kinds)
            and speaks_of(article, named)  # last: it reads the whole article
        ):
            found.append(other.quote)
            known.add(article.id)
    return found


def _differs(kind: Kind, other: Quote, main: Quote, answer: str, question: str) -> bool:
    """Whether `other` has another day, person or number of a unit than `answer`, which is from `main`."""
    if kind == "date":
        return _other_day(other.text, main.text)
    if kind == "person":
        office = office_in(question)
        return office is not None and _other_holder(other, main, office)
    return _other_number(other.text, main.text, answer, question)


def _other_holder(other: Quote, main: Quote, office: str) -> bool:
    """Whoever else a sentence names may have done something else: only who holds the office counts."""
    here, there = ({tokens(person)[-1] for person in called(quote.text, office)} for quote in (main, other))
    return bool(here and there) and here.isdisjoint(tokens(other.article.text))


def _other_day(other: str, main: str) -> bool:
    here, there = _days(main), _days(other)
    return bool(here and there) and not any(a.compatible(b) for a in here for b in there)


def _other_number(other: str, main: str, answer: str, question: str) -> bool:
    asked, answered = dict(_figures(question)), dict(_figures(answer))
    here, there = (
        {value: unit for value, unit in _figures(text) if value not in asked} for text in (main, other)
    )
    units = {unit for value, unit in here.items() if value in answered} or set(here.values())
    return not units.isdisjoint(there.values()) and here.keys().isdisjoint(there)


def _days(sentence: str) -> list[DateMention]:
    """The days on which something is said to be; a deadline is none."""
    form = matching_form(nfc(sentence))
    return [said for said in dates_in(sentence) if not is_compared(form, said)]


def _figures(sentence: str) -> Iterator[tuple[float, str]]:
    """Values and what they are of: the unit, else the next word."""
    found = words(sentence)
    for number in numbers(sentence):
        after = next((word.text for word in found if word.start >= number.end), "")
        yield number.value, number.unit or after


def _said(quote: Quote, first: Article) -> str:
    """`Bài ngày 19/09/2024 nêu khác bài ngày 25/01/2024: …`."""
    if not quote.article.day:
        return text("answer.differs_undated", title=quote.article.title, quote=quote.text)
    if not first.day:
        return text("answer.differs_day", day=quote.article.day, quote=quote.text)
    return text("answer.differs", day=quote.article.day, first=first.day, quote=quote.text)
