"""What can be seen of the evidence without reading it: does a sentence speak of what the question speaks of?

A sentence is looked at together with its headline, its neighbours and its passage, because a newspaper names
the province and the year once and then goes on without. All signs are on a scale that means the same in an
index of fifty articles and of fifty thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from rag.answering.citations import headline_of
from rag.answering.claims import Claim, claims_of, facts_of
from rag.answering.evidence import Judged, folded_terms
from rag.answering.gaps import own_names
from rag.answering.times import BESIDE, HERE, told_time
from rag.language.abbreviations import expand
from rag.language.dates import DateMention
from rag.language.sentences import split_sentences
from rag.language.syllables import could_be_syllable
from rag.store.lexical import terms
from rag.types import Article, Hit, Query, Quote
from rag.understanding import reported

AROUND = 0.8  # what it counts that something is said elsewhere in the passage
TIMELY = 0.6  # no year is said, but the paper is of the time asked for
UNTIMED = 0.3  # no year is said, and the paper is of another time
MISSPELT = 0.9  # a name that is nearly the same: readers write Agathokelia, Soloman, Qanta
LONG = 5  # letters from which on two names may differ in one, and one more for every four
# An embedder finds some questions nearer to everything than others: so much of it is taken away. Another
# share is judged by fitting anew with it written here (benchmarks.fit_refusal).
USUAL = 0.5
RIVALS = slice(2, 6)  # the hits that the first is compared with; the second may be as good


@dataclass(frozen=True, slots=True)
class Ground:
    """A sentence as a reason to answer. A sign is 0..1, more is better; 1 where the question has none."""

    meaning: float  # cosine with the question, less half the median of the sentences looked at
    pairs: float  # share of the question's pairs of neighbouring syllables, by rarity
    names: float  # share of the question's names
    times: float  # … of its days, months and years; 0 where the sentence is of another year or quarter
    numbers: float  # … of its figures and numbers of documents
    asked: float  # holds the kind of thing asked for, other than what the question says
    passage: float  # BM25 of its passage over the weight of all the question's words
    article: str


@dataclass(frozen=True, slots=True)
class Signs:
    """All that is seen of one question's evidence."""

    grounds: tuple[Ground, ...]
    margin: float  # how far the first hit is ahead of the third to sixth by fused score, 0..1


def read_signs(query: Query, hits: Sequence[Hit], judged: Sequence[Judged]) -> Signs:
    """The signs of at least one hit and its sentences."""
    scores = [hit.score for hit in hits]
    behind = [*scores, *([0.0] * RIVALS.stop)][RIVALS]
    asked = _Asked.of(query)
    found = [(sentence, hit) for sentence in judged if (hit := _hit_of(sentence, hits))]
    usual = USUAL * median(sentence.meaning for sentence, _ in found) if found else 0.0
    return Signs(
        grounds=tuple(_ground(asked, sentence, hit, usual) for sentence, hit in found),
        margin=scores[0] - sum(behind) / len(behind),
    )


def _hit_of(sentence: Judged, hits: Sequence[Hit]) -> Hit | None:
    quote = sentence.quote
    return next(
        (
            hit
            for hit in hits
            if hit.article.id == quote.article.id and hit.passage.start <= quote.start < hit.passage.end
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the question speaks of."""

    query: Query
    names: tuple[tuple[frozenset[str], ...], ...]  # of each name the ways to write it, as folded terms
    times: tuple[Claim, ...]
    numbers: tuple[Claim, ...]

    @classmethod
    def of(cls, query: Query) -> _Asked:
        claims = [claim for claim in claims_of(query.text) if claim.is_figure]
        return cls(
            query,
            names=tuple(
                tuple(frozenset(terms(way, folded=True)) for way in (name, *expand(name)))
                for name in own_names(query.text)
            ),
            times=tuple(claim for claim in claims if isinstance(claim.what, DateMention)),
            numbers=tuple(claim for claim in claims if not isinstance(claim.what, DateMention)),
        )


def _ground(asked: _Asked, sentence: Judged, hit: Hit, usual: float) -> Ground:
    places = _Places.of(sentence, hit)
    return Ground(
        meaning=sentence.meaning - usual,
        pairs=sentence.pairs,
        names=_mean([max(_named(way, places) for way in ways) for ways in asked.names]),
        times=_mean([_timed(claim, places, asked.query) for claim in asked.times]),
        numbers=_mean([_numbered(claim, places) for claim in asked.numbers]),
        asked=sentence.asked,
        passage=hit.scores.get("lexical", 0.0),
        article=hit.article.id,
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """The texts in which something may be said of a sentence, nearest first, and what it counts there."""

    quote: Quote
    levels: tuple[tuple[float, str], ...]

    @classmethod
    def of(cls, sentence: Judged, hit: Hit) -> _Places:
        passage, quote = hit.passage, sentence.quote
        spans = split_sentences(passage.text)
        at = next(
            (i for i, span in enumerate(spans) if quote.start - passage.start < span.end), len(spans) - 1
        )
        beside = passage.text[spans[max(0, at - 1)].start : spans[min(len(spans) - 1, at + 1)].end]
        levels = ((HERE, quote.text), (BESIDE, beside), (AROUND, passage.text))
        return cls(quote, levels)

    def headed(self) -> Iterator[tuple[float, str]]:
        """The levels with what stands above the article."""
        head = headline_of(self.quote.article)
        return ((worth, f"{head}\n{text}") for worth, text in self.levels)


def _numbered(claim: Claim, places: _Places) -> float:
    return next((worth for worth, text in places.headed() if facts_of(text).say(claim)), 0.0)


def _timed(claim: Claim, places: _Places, query: Query) -> float:
    """How surely the sentence is of the time asked for; 0 where it is of another.

    Where nothing tells, the rest of the passage and the day of the paper count.
    """
    told = told_time(claim, places.quote)
    if told is not None:
        return told
    said = next((worth for worth, text in places.levels[1:] if facts_of(text).say(claim)), 0.0)
    return said or (TIMELY if _is_timely(places.quote.article, query) else UNTIMED)


def _is_timely(article: Article, query: Query) -> bool:
    """Whether the paper is of the period asked about, or of the weeks in which that is reported."""
    if query.period is None or not article.published:
        return False
    day, told = date.fromisoformat(article.published[:10]), reported(query.period)
    return (told.start is None or told.start <= day) and (told.end is None or day <= told.end)


def _named(name: frozenset[str], places: _Places) -> float:
    """1 for a name with its syllables side by side; less the farther away, or misspelt."""
    return max(worth * _spelt(name, folded_terms(text)) for worth, text in places.headed())


def _spelt(name: frozenset[str], have: frozenset[str]) -> float:
    if name <= have:
        return 1.0
    syllables = [term for term in name if "_" not in term]
    alike = [
        1.0 if term in have else MISSPELT * any(_alike(term, other) for other in have) for term in syllables
    ]
    if len(syllables) == 1:
        return alike[0]
    # Syllables are common to many names (Hà Trung Sơn, Hà Sơn): apart, only foreign words say something
    together = any(term in have for term in name if "_" in term)
    counted = [
        got for got, term in zip(alike, syllables, strict=True) if together or not could_be_syllable(term)
    ]
    return AROUND * sum(counted) / len(syllables)


def _alike(name: str, other: str) -> bool:
    """Whether a long name differs from another only by a slip; the first letter is seldom wrong."""
    slips = max(1, len(name) // 4)
    if len(name) < LONG or name[0] != other[0] or abs(len(name) - len(other)) > slips or not name.isalpha():
        return False
    if could_be_syllable(name):  # Giang and Quang are both right
        return False
    return _distance(name, other) <= slips


def _distance(first: str, second: str) -> int:
    """Letters to insert, remove, change or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, start=1):
        above, row = row, [i]
        for j, other in enumerate(second, start=1):
            steps = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                steps = min(steps, before[j - 2] + 1)
            row.append(steps)
        before = above
    return row[-1]


def _mean(shares: Sequence[float]) -> float:
    return sum(shares) / len(shares) if shares else 1.0
