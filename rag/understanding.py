"""What a question means before anything is searched: its spelling, and the time it asks about."""

from __future__ import annotations

from datetime import date

from rag.language.accents import lacking, looks_unaccented
from rag.language.dates import find_period
from rag.language.restoring import restore
from rag.language.telex import fix_telex, telex_readings
from rag.store import Snapshot
from rag.store.lexical import terms
from rag.types import Period, Query

SAMPLES = 50  # passages that are read for how the words of a question are written


def understand(
    question: str,
    snapshot: Snapshot,
    *,
    today: date,
    period: Period | None = None,
    source: str | None = None,
) -> Query:
    """The question as it will be searched: accents restored from the index's own words, period named.

    A `period` given by the caller is a limit; one found in the words only makes its articles preferred,
    because an event of the 13th is often in the paper of the 18th.
    """
    text, *others = readings(question, snapshot)
    limited = period is not None
    if period is None:
        period = find_period(text, today)
    return Query(
        question,
        text,
        accents_restored=text != question,
        readings=tuple(others),
        period=period,
        period_is_limit=limited,
        source=source,
    )


def readings(question: str, snapshot: Snapshot) -> tuple[str, ...]:
    """The question with its accents, when some were left out or keystrokes were left over ("tinhr").

    The likeliest reading comes first; a second one follows when it is nearly as likely. What the words may
    be is looked up in the passages that have them, accents aside, and in the index as a whole.
    """
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
