"""citation.*: whether the quotes are real, and whether they say what the sentences that cite them say.

Support is judged by numbers, names and words, never by a model: the union of a sentence's quotes must
have every number and every name of the sentence, and half of its other words. The titles and dates of
the quoted articles count as said, for they stand beside the quote. Precision and recall follow ALCE
(Gao et al. 2023, arXiv 2305.14627) with this test in the place of its entailment model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rag.evaluation.matching import comparable, contains, marks
from rag.evaluation.record import Record, Score, Sentence, Shown
from rag.language.normalize import nfc, tokens
from rag.texts import text

NAMES = ("citation.precision", "citation.recall", "citation.verbatim", "citation.article")
LEAST_OVERLAP = 0.5  # share of a sentence's other words

_WORD = re.compile(r"[^\W\d_]+")
# Words that say nothing by themselves: nearly every sentence has them, whatever it claims
_EMPTY_WORDS = frozenset(
    tokens(
        "và của là có được cho với các những một này đó khi thì mà để trong trên tại từ đến ở ra vào về do "
        "bởi cũng đã đang sẽ theo như nên vì còn rằng không bị người ông bà việc sự ngày tháng năm"
    )
)


def score(record: Record) -> dict[str, Score]:
    """Shares over the citations and sentences of one answer; nothing for a refusal."""
    if not record.answered:
        return {}
    by_number = {quote.number: quote for quote in record.citations}
    scores: dict[str, Score] = {}
    dangling = [number for number in marks(record.answer or "") if number not in by_number]
    if record.citations or dangling:
        scores["citation.verbatim"] = _verbatim(record.citations, dangling)
    if record.citations and record.case.articles:
        gold = set(record.case.articles)
        stories = gold | {hit.article_id for hit in record.hits if gold & hit.names}  # a copy says the same
        right = [q for q in record.citations if q.article_id in stories]
        names = ", ".join(sorted({q.article_id for q in record.citations}))
        scores["citation.article"] = Score(
            len(right) / len(record.citations), text("eval.why_cited_articles", articles=names)
        )
    sentences = [sentence for sentence in record.sentences if comparable(sentence.text)]
    if sentences:
        scores |= _alce(sentences, by_number)
    return scores


def _verbatim(citations: Sequence[Shown], dangling: Sequence[int]) -> Score:
    false = [quote.number for quote in citations if not quote.verbatim]
    value = 1 - (len(false) + len(dangling)) / (len(citations) + len(dangling))
    if not false and not dangling:
        return Score(value, text("eval.why_verbatim"))
    numbers = ", ".join(f"[{number}]" for number in (*false, *dangling))
    return Score(value, text("eval.why_not_verbatim", numbers=numbers))


def _alce(sentences: Sequence[Sentence], by_number: dict[int | None, Shown]) -> dict[str, Score]:
    """Recall: sentences that the union of their quotes supports. Precision: citations that help there."""
    unsupported: list[str] = []
    useful: list[bool] = []
    idle: list[str] = []
    for sentence in sentences:
        quotes = [by_number[number] for number in sentence.citations if number in by_number]
        supported = supports(quotes, sentence.text)
        if not supported:
            unsupported.append(sentence.text)
        for quote in quotes:
            rest = [other for other in quotes if other is not quote]
            helps = supported and (supports([quote], sentence.text) or not supports(rest, sentence.text))
            useful.append(helps)
            if not helps:
                idle.append(f"[{quote.number}]")
    recall = 1 - len(unsupported) / len(sentences)
    why = text("eval.why_unsupported", sentences=" / ".join(unsupported)) if unsupported else ""
    scores = {"citation.recall": Score(recall, why or text("eval.why_supported"))}
    if useful:
        why = text("eval.why_idle", numbers=", ".join(idle)) if idle else text("eval.why_useful")
        scores["citation.precision"] = Score(sum(useful) / len(useful), why)
    return scores


def supports(quotes: Sequence[Shown], sentence: str) -> bool:
    """Whether these quotes together say what the sentence claims: its numbers, names and words."""
    if not quotes:
        return False
    if any(contains(quote.text, sentence) for quote in quotes):
        return True
    said = _said(" \n ".join(f"{q.text} \n {q.title} \n {_day(q.published)}" for q in quotes))
    claimed = comparable(sentence)
    numbers = {part for token in claimed if token[0].isdigit() for part in _parts(token)}
    if not numbers <= said or not names(sentence) <= said:
        return False
    others = [token for token in claimed if not token[0].isdigit() and token not in _EMPTY_WORDS]
    return not others or sum(token in said for token in others) / len(others) >= LEAST_OVERLAP


@lru_cache(maxsize=1024)
def _said(quoted: str) -> frozenset[str]:
    return frozenset(part for token in comparable(quoted) for part in (token, *_parts(token)))


def _parts(token: str) -> Iterable[str]:
    """The parts of a date, so that `25/9` and `ngày 25 tháng 9` compare; any other number whole."""
    return token.split("/") if token[:1].isdigit() else (token,)


def _day(published: str | None) -> str:
    """2021-09-25T… → 25/9/2021"""
    return "/".join(reversed((published or "")[:10].split("-")))


def names(sentence: str) -> frozenset[str]:
    """The words that look like parts of names: capitalised, and not just because the sentence starts."""
    composed = nfc(sentence)
    first = _WORD.search(composed)
    capitalised = (
        match.group()
        for match in _WORD.finditer(composed)
        if match.group()[0].isupper() and (first is None or match.start() != first.start())
    )
    return frozenset(token for word in capitalised for token in comparable(word))
