"""What a question speaks of and the nearest article does not; a refusal says so.

The right figure of another province or year is so named for what it is, never handed over as if it were the
one asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from rag.answering.claims import Claim, Facts, facts_of
from rag.language.abbreviations import known_spans
from rag.language.dates import dates_in
from rag.language.names import numbers
from rag.language.normalize import nfc, words
from rag.language.offices import named
from rag.language.questions import asked_for, content_words, without_office
from rag.store.lexical import terms
from rag.texts import text
from rag.types import Article, Hit, Query

TOP = 3  # hits among whose articles the nearest is looked for
FAMILIAR = 0.4  # an article that has none of the names is worth telling of from this share on
WEIGHTS = {"name": 4, "time": 2}  # when the nearest is looked for; a thing counts 1 a word
TOPICS = 2  # of what was found, so many are said
LACKS = 2  # and so many of what was not
# `Sở Giáo dục và Đào tạo` is cut where it is written small: a piece of an office is no name to speak of
OFFICES = frozenset(
    ["sở", "bộ", "ban", "hội", "đoàn", "phòng", "viện", "cục", "vụ", "trường", "công", "tổng", "chi"]
)
# A content word that says nothing without the stop word behind it: nothing would be left but its half
TORN = frozenset(
    [
        *(("đối", "với"), ("so", "với"), ("tiếp", "theo"), ("kế", "tiếp"), ("chừng", "nào"), ("dựa", "trên")),
        *(("dựa", "vào"), ("nhờ", "vào"), ("thuộc", "về"), ("kể", "từ"), ("tính", "đến"), ("gồm", "có")),
        *(("trở", "lên"), ("trở", "đi"), ("trở", "về"), ("căn", "cứ"), ("tùy", "theo"), ("tuỳ", "theo")),
    ]
)

Kind: TypeAlias = Literal["name", "time", "thing"]


@dataclass(frozen=True, slots=True)
class Part:
    """Something the question speaks of, as it is written there. `claim` is what a time says."""

    kind: Kind
    text: str
    claim: Claim | None = None

    @property
    def weight(self) -> int:
        return WEIGHTS.get(self.kind) or len(words(self.text))


@dataclass(frozen=True, slots=True)
class Gaps:
    """The nearest article, and what of the question it has and has not, each in the question's order."""

    article: Article
    found: tuple[Part, ...]
    missing: tuple[Part, ...]

    @property
    def share(self) -> float:
        """Of what the question speaks of, how much the article has by weight: 0..1."""
        found = sum(part.weight for part in self.found)
        every = found + sum(part.weight for part in self.missing)
        return found / every if every else 0.0

    @property
    def is_near(self) -> bool:
        """Whether the article is worth telling of."""
        return self.share >= FAMILIAR or any(part.kind == "name" for part in self.found)


def find_gaps(question: str, hits: Sequence[Hit]) -> Gaps:
    """What the nearest article of at least one hit lacks; of equally near ones the first."""
    parts = parts_of(question)
    articles = {hit.article.id: hit.article for hit in hits[:TOP]}
    return max((_held_against(article, parts) for article in articles.values()), key=lambda gaps: gaps.share)


def own_names(question: str) -> list[str]:
    """Whom and what the question names; `UBND` names nobody, there is one everywhere."""
    return [name.text for name in named(question)]


def speaks_of(article: Article, names: Sequence[str]) -> bool:
    """Whether the article has every name with its syllables side by side, accents aside."""
    have = frozenset(terms(f"{article.title}\n{article.text}\n{article.source or ''}", folded=True))
    return all(have.issuperset(terms(name, folded=True)) for name in names)


def parts_of(question: str) -> tuple[Part, ...]:
    """The names, times and things of a question, each once; content words side by side are one thing."""
    composed = nfc(question)
    rest = list(composed)
    parts: list[tuple[int, Part]] = []
    for name in named(composed):
        parts.append((name.start, Part("name", name.text)))
        rest[name.start : name.end] = " " * (name.end - name.start)
    for date in dates_in(composed):
        parts.append((date.start, Part("time", composed[date.start : date.end], Claim(date, 1.0))))
        rest[date.start : date.end] = " " * (date.end - date.start)
    for number in numbers(composed):
        parts.append((number.start, Part("thing", number.raw.strip())))
        rest[number.start : number.end] = " " * (number.end - number.start)
    parts += _phrases(without_office("".join(rest)), composed)
    return tuple(dict.fromkeys(part for _, part in sorted(parts, key=lambda placed: placed[0])))


def _phrases(blanked: str, question: str) -> Iterator[tuple[int, Part]]:
    """Runs of content words in what is left of a question when names, times and numbers are blanked."""
    said = set(content_words(question))
    found = words(blanked)
    torn = {left for left, right in pairwise(found) if (left.text, right.text) in TORN}
    office = {place for start, end in known_spans(question) for place in range(start, end)}
    tells = [word.start in office or (word.text in said and word not in torn) for word in found]
    breaks = 0
    keyed = []
    for position, word in enumerate(found):
        between = range(found[position - 1].end if position else 0, word.start)
        apart = not position or (
            blanked[between.start : between.stop] not in (" ", "-") and not office.issuperset(between)
        )
        breaks += apart or tells[position] != tells[position - 1]
        keyed.append((breaks, tells[position], word))
    for (_, telling), run in groupby(keyed, key=lambda each: each[:2]):
        members = [word for *_, word in run]
        if telling:
            start, end = members[0].start, members[-1].end
            yield start, Part("thing", question[start:end] if start else _small(question[:end]))


def _small(phrase: str) -> str:
    """Without the capital that a word has only because it begins the question."""
    first = phrase.split(maxsplit=1)[0]
    return phrase if first.isupper() and len(first) > 1 else phrase[0].lower() + phrase[1:]


def _held_against(article: Article, parts: Sequence[Part]) -> Gaps:
    whole = f"{article.title}\n{article.text}"
    facts, have = facts_of(whole), frozenset(terms(f"{whole}\n{article.source or ''}", folded=True))
    if not any(date.year for date in facts.dates):  # else a January paper would speak of the year it is from
        facts |= facts_of(article.day)
    said = {part: _says(part, whole, facts, have) for part in parts}
    return Gaps(
        article,
        found=tuple(part for part in parts if said[part]),
        missing=tuple(part for part in parts if not said[part]),
    )


def _says(part: Part, whole: str, facts: Facts, have: frozenset[str]) -> bool:
    """A time as a time; a name with all its syllables side by side; a thing with all its words somewhere."""
    if part.claim is not None:
        return facts.say(part.claim)
    if part.kind == "name" and " " not in part.text:  # Pháp is not in "pháp luật"
        return re.search(rf"(?<!\w){re.escape(part.text)}(?!\w)", whole) is not None
    wanted = terms(part.text, folded=True)
    return all(term in have for term in wanted if part.kind == "name" or "_" not in term)


# ── In words ──────────────────────────────────────────────────────────────────────────────────────


def refusal_text(query: Query, hits: Sequence[Hit]) -> str:
    """The refusal to show: what was looked for and is missing, and the nearest article if it is near."""
    if not hits:
        return text("answer.refusal")
    gaps = find_gaps(query.text, hits)
    if not gaps.is_near:
        strangers = [part.text for part in gaps.missing if part.kind == "name"]
        if not strangers:
            return text("answer.refusal")
        return text("answer.refusal_entity", missing=_listed(strangers))
    topics = _topics(gaps)
    if not topics:
        return text("answer.refusal")
    said = text("answer.refusal_near", found=_listed(topics), lacking=_lacking(query.text, gaps))
    return said + _nearest(gaps.article)


def other_time_text(question: str, article: Article) -> str:
    """The refusal when what was found in `article` is of another time than the question names."""
    times = [_said(part) for part in parts_of(question) if part.kind == "time"]
    return text("answer.refusal_time", times=_listed(times)) + _nearest(article)


def _nearest(article: Article) -> str:
    if not article.title:
        return ""
    day = f" ({article.day})" if article.day else ""
    return f" {text('answer.refusal_nearest', title=article.title, day=day)}"


def _topics(gaps: Gaps) -> list[str]:
    """What the nearest article is about, in the question's words: names before things, the longest first."""
    told = [part.text for part in gaps.found if part.kind == "name" and _is_sayable(part)]
    things = [part.text for part in gaps.found if part.kind == "thing" and _is_sayable(part)]
    return (told or sorted(things, key=len, reverse=True))[:TOPICS]


def _is_sayable(part: Part) -> bool:
    """Whether it reads well out of its question: a single word that is no name seldom does (`khác`)."""
    if part.kind == "name":
        return words(part.text)[0].text not in OFFICES
    return part.kind == "time" or (len(words(part.text)) > 1 and not part.text[0].isdigit())


def _lacking(question: str, gaps: Gaps) -> str:
    """`không nhắc đến Tuyên Quang và không có thông tin cho năm 2022`."""
    kinds = asked_for(question)
    thing = "figures" if "number" in kinds else "things"
    sayable = [part for part in gaps.missing if _is_sayable(part)]
    said = [
        text(f"answer.lacks_{form}", missing=_listed([_said(part) for part in missing][:LACKS]))
        for form, kind in (("names", "name"), ("times", "time"), (thing, "thing"))
        if (missing := [part for part in sayable if part.kind == kind])
    ][:LACKS]
    if not said:
        asked = [
            kind for kind in ("number", "hour", "date", "person", "office", "place", "cause") if kind in kinds
        ]
        said = [text(f"answer.lacks_{asked[0] if asked else 'answer'}")]
    return text("answer.and").join(said)


def _said(part: Part) -> str:
    """As it is written within a sentence; a year alone is called one."""
    if part.kind != "time":
        return part.text
    return text("answer.year", year=part.text) if part.text.isdigit() else _small(part.text)


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts)
