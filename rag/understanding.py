"""What a question means before anything is searched: its spelling, what it quotes, the time it asks about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from rag.errors import InputError
from rag.language.abbreviations import expand
from rag.language.accents import lacking, looks_unaccented
from rag.language.dates import find_time, wants_newest
from rag.language.normalize import has_accents, nfc
from rag.language.quotations import quotations
from rag.language.restoring import restore
from rag.language.syllables import tones_in_place
from rag.language.telex import fix_telex, telex_readings
from rag.store import Snapshot
from rag.store.lexical import terms
from rag.texts import text as message
from rag.types import Period, Query

SAMPLES = 50  # passages that are read for how the words of a question are written
REPORTING_DELAY = timedelta(days=31)  # monthly and quarterly figures are in the paper weeks later
ENOUGH = 0.5  # of the best passage's score by words, for a period to have what is asked


def understand(
    question: str,
    snapshot: Snapshot,
    *,
    today: date,
    period: Period | None = None,
    source: str | None = None,
    abbreviations: Path | None = None,
) -> Query:
    """The question as it will be searched: accents restored from the index's own words, quotations looked up,
    the period named.

    A `period` given by the caller is a limit. So is one that the words name firmly (`tháng 11/2020`, `tuần
    trước`), as far as articles of that time have the words; a vague one (`năm 2020`, `trước Tết`) only makes
    its articles preferred. `abbreviations` is a file of the user's own, see `rag.language.abbreviations`.
    """
    text, *others = readings(question, snapshot)
    query = Query(
        question,
        text,
        accents_restored=text != question,
        readings=tuple(others),
        expansions=expand(text, abbreviations),
        newest=wants_newest(text),
        source=source,
    )
    query = _with_time(query, snapshot, today, period)
    return _with_phrases(query, snapshot)


def words(query: Query) -> tuple[list[str], bool]:
    """What the lexical leg looks for, and whether accents are left aside."""
    # Words typed without accents can only be matched against words stripped of theirs.
    folded = query.accents_restored or looks_unaccented(query.text)
    return terms(query.text, folded=folded), folded


# ── Spelling ──────────────────────────────────────────────────────────────────────────────────────


def readings(question: str, snapshot: Snapshot) -> tuple[str, ...]:
    """The question with its accents, when some were left out, misplaced (`đựơc`), or left as keys (`tinhr`).

    The likeliest reading comes first; a second one follows when it is nearly as likely. What the words may
    be is looked up in the passages that have them, accents aside, and in the index as a whole.
    """
    straight = tones_in_place(question)
    question = question if straight == nfc(question) else straight
    keystrokes = telex_readings(question)
    if not keystrokes and not _lacks_accents(question, snapshot):
        return (question,)
    wanted = " ".join([question, *keystrokes.values()])
    found = snapshot.lexical(terms(wanted, folded=True), SAMPLES, folded=True)
    samples = [scored.passage.text for scored in found]
    text = fix_telex(question, samples, snapshot.frequency) if keystrokes else question
    return restore(text, samples, snapshot.frequency) if _lacks_accents(text, snapshot) else (text,)


def _lacks_accents(question: str, snapshot: Snapshot) -> bool:
    return looks_unaccented(question) or bool(lacking(question, snapshot.frequency))


# ── Time ──────────────────────────────────────────────────────────────────────────────────────────


def period_between(start: date | None, end: date | None) -> Period | None:
    """The days from `start` to `end`, None without either. Raises InputError when they run backwards."""
    if start and end and start > end:
        raise InputError("errors.period_backwards", start=start, end=end)
    return Period(start, end) if start or end else None


def reported(period: Period) -> Period:
    """The days on which what happened in `period` is news."""
    return replace(period, end=period.end and period.end + REPORTING_DELAY)


def _with_time(query: Query, snapshot: Snapshot, today: date, period: Period | None) -> Query:
    if period is not None:
        return replace(query, period=period, limit=period, notes=_undated(snapshot))
    asked = find_time(query.text, today)
    if asked is None or asked.period is None:
        return query
    query = replace(query, period=asked.period)
    if asked.kind == "vague":
        return query
    limit = reported(asked.period)
    if not _has_the_words(query, snapshot, limit):
        return replace(query, notes=(message("answer.note_outside", days=_days(limit, today)),))
    notes = (message("answer.note_limit", days=_days(limit, today)), *_undated(snapshot))
    return replace(query, limit=limit, notes=notes)


def _has_the_words(query: Query, snapshot: Snapshot, limit: Period) -> bool:
    """Whether an article of that time shares about as many words with the question as the best of all."""
    wanted, folded = words(query)
    best = snapshot.lexical(wanted, 1, folded=folded, within=allowed(query, snapshot))
    timely = allowed(replace(query, limit=limit), snapshot)
    inside = snapshot.lexical(wanted, 1, folded=folded, within=timely)
    return bool(inside) and inside[0].score >= ENOUGH * best[0].score


def _days(period: Period, today: date) -> str:
    """In words; an end that is still to come is none."""
    last = period.end if period.end and (period.end < today or period.start is None) else None
    start, end = (day and day.strftime("%d/%m/%Y") for day in (period.start, last))
    if start and end:
        return message("answer.days_between", start=start, end=end)
    return message("answer.days_from", start=start) if start else message("answer.days_until", end=end)


def _undated(snapshot: Snapshot) -> tuple[str, ...]:
    """A line for the reader when articles are searched whose time nobody knows."""
    count = snapshot.undated()
    return (message("answer.note_undated", count=count),) if count else ()


# ── What may answer ───────────────────────────────────────────────────────────────────────────────


def allowed(query: Query, snapshot: Snapshot) -> frozenset[str] | None:
    """The articles of the time and source that are asked for; None when all are."""
    if query.limit is None and query.source is None:
        return None
    limit = query.limit or Period(None, None)
    return snapshot.find(start=limit.start, end=limit.end, source=query.source)


def _with_phrases(query: Query, snapshot: Snapshot) -> Query:
    """Which of the quoted phrases one passage holds together; the reader is told of the others."""
    quoted = quotations(query.text)
    within = allowed(query, snapshot) if quoted else None
    for phrase in quoted:
        wanted = (*query.phrases, phrase)
        folded = words(query)[1] or not all(map(has_accents, wanted))
        held = snapshot.holding(wanted, folded=folded, within=within)
        if held:
            query = replace(query, phrases=wanted, held=frozenset(passage.id for passage in held))
        else:
            query = replace(query, notes=(*query.notes, message("answer.note_phrase", phrase=phrase)))
    return query
