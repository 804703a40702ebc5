"""Figures as the article gives them: "hơn 20.000 nhân viên" is not "20.000".

A small model asked to be brief drops the word that makes a figure an estimate, and its unit. Both stand
beside the figure in the quote that supports it, so they are put back from there, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.language.dates import dates_in
from rag.language.names import numbers
from rag.language.normalize import Word, tokens, words
from rag.language.phrases import known_pairs
from rag.types import Quote

FRAGMENT = 8  # words; an answer up to this long may be a figure alone, for which the question is the sentence
_ESTIMATES = {
    ("hơn",), ("gần",), ("khoảng",), ("trên",), ("dưới",), ("chừng",), ("ngót",),
    ("ít", "nhất"), ("nhiều", "nhất"), ("tối", "đa"), ("tối", "thiểu"), ("xấp", "xỉ"), ("ước", "tính"),
}  # fmt: skip
_PLACES = {"trên", "dưới"}  # "trên 3 tuyến đường" is no estimate, "trên 300" is
_TIMES = {"năm", "tháng", "ngày", "quý", "thế", "kỷ", "khóa", "thứ"}  # before the number that they count
_END = re.compile(r"[\s.!;,…]*$")


def as_given(sentence: str, quotes: Sequence[Quote], question: str) -> str:
    """`sentence` with its figures as estimated in the `quotes` it is from, a bare one with its unit."""
    texts = [quote.text for quote in quotes]
    whole = _whole(sentence, texts, question)
    return _estimated(sentence if whole is None else whole, texts)


def _whole(sentence: str, texts: Sequence[str], question: str) -> str | None:
    """A bare figure with the noun it counts; None for any other sentence."""
    said = tokens(sentence)
    if not said or len(said) > FRAGMENT:
        return None
    for text in texts:
        found = words(text)
        first = _place(said, [word.text for word in found])
        if first is None:
            continue
        last = first + len(said) - 1
        start = _start(text, found, first)
        reach = _reach(text, found, last, question)
        if (start, reach) == (first, found[last].end):
            return None
        ending = _END.search(sentence)
        return text[found[start].start : reach] + (ending.group() if ending else "")
    return None


def _start(text: str, found: Sequence[Word], first: int) -> int:
    """The first word of the figure that begins at the word `first`: "năm" of "năm 1905"."""
    if not found[first].text[0].isdigit():
        return first
    while first and found[first - 1].text in _TIMES and _side_by_side(text, found[first - 1 : first + 1]):
        first -= 1
    return first


def _reach(text: str, found: Sequence[Word], last: int, question: str) -> int:
    """Where the quantity or date ends that the word `last` is in: behind its unit, if it has one."""
    word = found[last]
    measured = [(m.start, m.end) for m in numbers(text)] + [(d.start, d.end) for d in dates_in(text)]
    reach = max((end for start, end in measured if start <= word.start < end), default=word.end)
    if reach > word.end or not word.text[0].isdigit():
        return reach
    end = last
    for counted in _counted(question):
        length = 0
        for said, noun in zip(found[last + 1 :], counted, strict=False):
            whole = not length or (found[last + length].text, noun) in known_pairs()
            if said.text != noun or not whole:
                break
            length += 1
        if _side_by_side(text, found[last : last + 1 + length]):
            end = max(end, last + length)
    return found[end].end


def _counted(question: str) -> Iterator[list[str]]:
    """What the question counts and what follows: "bao nhiêu căn hộ được bán" → căn hộ được bán."""
    asked = tokens(question)
    return (asked[at + 1 :] for at, word in enumerate(asked) if word in {"nhiêu", "mấy", "lượng", "số"})


def _estimated(sentence: str, texts: Sequence[str]) -> str:
    """With the "hơn", "khoảng" … that every mention of the same figure in the quotes has."""
    own, quoted = words(sentence), [(text, words(text)) for text in texts]
    for place in reversed(range(len(own))):
        if not own[place].text[0].isdigit() or _estimate(own, place, sentence):
            continue
        estimates = {
            _estimate(found, at, text)
            for text, found in quoted
            for at, word in enumerate(found)
            if word.text == own[place].text
        }
        estimate = estimates.pop() if len(estimates) == 1 else ""
        if estimate and not (place and own[place - 1].text in _TIMES):
            start = own[place].start
            opening = not place and sentence.rstrip().endswith(".")
            sentence = (
                f"{sentence[:start]}{estimate.capitalize() if opening else estimate} {sentence[start:]}"
            )
    return sentence


def _estimate(found: Sequence[Word], place: int, text: str) -> str:
    """The words before a figure that make it an estimate, as they stand there."""
    for length in (2, 1):
        before = found[max(0, place - length) : place]
        said = tuple(word.text for word in before)
        placed = bool(_PLACES.intersection(said)) and len(found[place].text) == 1
        if said in _ESTIMATES and not placed and _side_by_side(text, [*before, found[place]]):
            return text[before[0].start : before[-1].end].lower()
    return ""


def _place(said: Sequence[str], found: Sequence[str]) -> int | None:
    """Where the words of `said` stand in a row, for the first time."""
    places = range(len(found) - len(said) + 1)
    return next((place for place in places if list(found[place : place + len(said)]) == list(said)), None)


def _side_by_side(text: str, found: Sequence[Word]) -> bool:
    return all(text[left.end : right.start].isspace() for left, right in pairwise(found))
