"""Questions that ask for two things at once: "năm 2024 và 2025", "Vĩnh Phúc hay Hà Trung Sơn".

The sentence that is best for both is about one of them, so each is looked for by itself: retrieval,
evidence and refusal see one question after the other, and what they found is laid together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from rag.answering.evidence import QUOTES, Judged
from rag.language.date_mentions import DateMention, dates_in
from rag.language.names import names
from rag.language.normalize import fold, matching_form, nfc
from rag.language.patterns import compile_vietnamese, is_bare
from rag.types import Hit, Quote

# Two times beside each other are asked for both; two names only when they are compared: "giữa A và B" is one
_BETWEEN_TIMES = re.compile(r" ?(?:,|va|hay|hoac|voi|so voi) (?:(?:nam|vu|mua|quy|thang) )?")
_OR = re.compile(r" (?:hay|hoac) (?:(?:tinh|huyen|xa|thanh pho|tp|cua|o) )?")
_AND = re.compile(r" (?:va|voi|so voi) (?:(?:tinh|huyen|xa|thanh pho|tp|cua|o) )?")
_COMPARES = r"(?<!\w)(?:so sánh|hơn|chênh|khác nhau|lần lượt|mỗi (?:nơi|tỉnh|bên))(?!\w)"
_UNIT = re.compile(r"(?:năm|quý|tháng|nam|quy|thang) ")


def questions_in(question: str) -> tuple[str, ...]:
    """The question for each of two times or names that it asks about; itself when there are no two."""
    composed = nfc(question)
    form = fold(matching_form(composed))
    for first, second in pairwise(dates_in(composed)):
        if first.year != second.year and _BETWEEN_TIMES.fullmatch(form[first.end : second.start]):
            return _without(composed, (first.end, second.end)), _second_time(composed, first, second)
    compares = compile_vietnamese(_COMPARES, bare=is_bare(composed)).search(matching_form(composed))
    for one, other in pairwise(names(composed)):
        between = form[one.end : other.start]
        if _OR.fullmatch(between) or (compares and _AND.fullmatch(between)):
            return _without(composed, (one.end, other.end)), _without(composed, (one.start, other.start))
    return (composed,)


def _second_time(question: str, first: DateMention, second: DateMention) -> str:
    """`năm 2024 và 2025` → `năm 2025`: the word that says it is a year stands only before the first."""
    unit = _UNIT.match(matching_form(question[first.start : first.end]))
    bare = question[second.start].isdigit()
    kept = question[first.start : first.start + unit.end()] if unit and bare else ""
    return f"{question[: first.start]}{kept}{question[second.start :]}"


def _without(question: str, span: tuple[int, int]) -> str:
    return question[: span[0]] + question[span[1] :]


# ── What was found for each, laid together ────────────────────────────────────────────────────────


def hits_together(found: Sequence[Sequence[Hit]], most: int) -> tuple[Hit, ...]:
    """The first of each, the second of each …; a passage comes once."""
    once: dict[str, Hit] = {}
    for same_rank in zip_longest(*found):
        for hit in same_rank:
            if hit is not None:
                once.setdefault(hit.passage.id, hit)
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(list(once.values())[:most], start=1))


def judged_together(found: Sequence[Sequence[Judged]]) -> list[Judged]:
    """Every sentence once, as it was judged for the first question that found it."""
    once: dict[tuple[str, int], Judged] = {}
    for judged in (one for each in found for one in each):
        once.setdefault((judged.quote.article.id, judged.quote.start), judged)
    return list(once.values())


def quotes_together(found: Sequence[Sequence[Quote]]) -> tuple[Quote, ...]:
    """The best of each, equally good, then the second best: at most three."""
    top = max((quotes[0].score for quotes in found if quotes), default=0.0)
    once: dict[tuple[str, int], Quote] = {}
    for same_rank in zip_longest(*found):
        for quotes, quote in zip(found, same_rank, strict=True):
            if quote is not None:
                behind = quotes[0].score - quote.score
                once.setdefault((quote.article.id, quote.start), replace(quote, score=top - behind))
    return tuple(list(once.values())[:QUOTES])
