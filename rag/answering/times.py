"""Which time a sentence is of: the right figure of another year is no answer.

Its time is what the sentence says itself, else what the title says, or the last sentence before it that says
one: a report names the year once and goes on.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.answering.claims import Claim, claims_of, facts_of
from rag.language.dates import DateMention
from rag.language.normalize import matching_form, nfc
from rag.language.questions import asked_for
from rag.language.sentences import Span, split_sentences
from rag.types import Quote

HERE, BESIDE = 1.0, 0.9  # what it counts that a time is said in the sentence, and above it
# "tăng 5% so với năm 2020": the year that something is compared with is not the one it is of
_COMPARED = re.compile(r"(?:so với|cùng kỳ|hơn|bằng|từ|đến|tới|sang|trước|dự toán|kế hoạch)(?: \w+){0,2} ?$")


def of_another_time(question: str, quote: Quote) -> bool:
    """Whether the question names a time and the quote is of another; never where a day is asked for."""
    if "date" in asked_for(question):
        return False
    times = [claim for claim in claims_of(question) if isinstance(claim.what, DateMention)]
    return bool(times) and all(told_time(claim, quote) == 0.0 for claim in times)


def told_time(claim: Claim, quote: Quote) -> float | None:
    """How surely the quote is of this time: 0 where it is of another, None where nothing tells."""
    if facts_of(quote.text).say(claim):
        return HERE
    if _another(claim, quote.text):
        return 0.0
    above = (_last_told(quote), quote.article.title)
    if any(facts_of(text).say(claim) for text in above):
        return BESIDE
    return 0.0 if any(_another(claim, text) for text in above) else None


def _last_told(quote: Quote) -> str:
    """The last sentence before the quote that says a time; empty when there is none."""
    text = quote.article.text
    before = (text[span.start : span.end] for span in reversed(_spans(text)) if span.end <= quote.start)
    return next((sentence for sentence in before if _own_times(sentence)), "")


@lru_cache(maxsize=32)  # the sentences of an article are asked one after the other
def _spans(text: str) -> tuple[Span, ...]:
    return tuple(split_sentences(text))


def _another(claim: Claim, text: str) -> bool:
    """Whether a text that does not say this time is of another year, or another quarter."""
    asked = claim.what
    if not isinstance(asked, DateMention):
        return False
    own, all_said = _own_times(text), facts_of(text).dates
    other_year = any(time.year and not _reports(time, asked) for time in own) and asked.year
    other_quarter = any(time.quarter for time in own) and asked.quarter
    return bool(
        (other_year and all(time.year != asked.year for time in all_said))
        or (other_quarter and all(time.quarter != asked.quarter for time in all_said))
    )


def _reports(said: DateMention, asked: DateMention) -> bool:
    """Whether it is a day early in the next year: then the figures of the one asked for come out."""
    return bool(said.day and asked.year and said.year == asked.year + 1 and (said.month or 12) <= 3)


@lru_cache(maxsize=4096)
def _own_times(text: str) -> tuple[DateMention, ...]:
    """The days, months and years that `text` is of, without those that it only compares with."""
    form = matching_form(nfc(text))
    return tuple(
        said for said in facts_of(text).dates if (said.year or said.quarter) and not is_compared(form, said)
    )


def is_compared(form: str, said: DateMention) -> bool:
    """Whether the matching form of a text only compares with this time, or sets it as a limit."""
    return _COMPARED.search(form[max(0, said.start - 30) : said.start]) is not None
