"""What a question means before anything is searched: its spelling, and the time it asks about."""

from __future__ import annotations

from datetime import date

from rag.language.accents import looks_unaccented, restore
from rag.language.dates import find_period
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
    text = _spelled(question, snapshot)
    limited = period is not None
    if period is None:
        period = find_period(text, today)
    return Query(
        question,
        text,
        accents_restored=text != question,
        period=period,
        period_is_limit=limited,
        source=source,
    )


def _spelled(question: str, snapshot: Snapshot) -> str:
    """The question with its accents, when it was typed without or with keystrokes left over ("tinhr").

    What it may mean is looked up in the passages that have its words, accents aside.
    """
    keystrokes = telex_readings(question)
    if not keystrokes and not looks_unaccented(question):
        return question
    wanted = " ".join([question, *keystrokes.values()])
    found = snapshot.lexical(terms(wanted, folded=True), SAMPLES, folded=True)
    samples = [scored.passage.text for scored in found]
    text = fix_telex(question, samples) if keystrokes else question
    return restore(text, samples) if looks_unaccented(text) else text
