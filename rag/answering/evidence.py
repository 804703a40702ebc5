"""Hits → the sentences that answer: shown before the LLM speaks, and all it gets to read.

A sentence is judged by meaning (cosine with the question), by words (share of the question's content
words, weighted by how rare each is among the candidates), by whether it holds what was asked for (a
person, a number, a day …), by whether it is of the day the question names, and by the rank of its
passage. On 150 Wikipedia questions the first two summed put the gold phrase into the best of three
sentences in 84 % of cases, either alone in 80 %.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.answering.citations import headline_of
from rag.answering.claims import Claim, claims_of, facts_of
from rag.embedding import Embedder
from rag.language.dates import DateMention, dates_in
from rag.language.normalize import fold, nfc, tokens
from rag.language.questions import asked_for, content_words, satisfies
from rag.language.sentences import split_sentences
from rag.types import Hit, Query, Quote

PASSAGES = 5  # the sentences of this many hits are looked at
EMBEDDED = 16  # of those, so many of the likeliest by words are embedded: each costs tens of milliseconds
QUOTES = 3
MEANING_WEIGHT = 1.0
WORDS_WEIGHT = 1.0
ASKED_WEIGHT = 0.4
DATED_WEIGHT = 0.6
PASSAGE_WEIGHT = 0.5
HEADLINE_SHARE = 0.8  # a question word found only in the title counts this much


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate sentence and what speaks for it."""

    quote: Quote
    meaning: float  # cosine with the question
    words: float  # share of the question's content words, 0..1
    asked: float  # holds the kind of thing asked for, 0..1
    passage: float  # the fused score of its passage, 0..1
    dated: float = 0.0  # share of the dates the question names that it, or its headline, says


def judge_sentences(query: Query, hits: Sequence[Hit], embedder: Embedder) -> list[Judged]:
    """The likeliest sentences of the best hits, each once, with their four scores."""
    places: dict[tuple[str, int], tuple[Quote, float]] = {}
    for hit in hits[:PASSAGES]:
        for span in split_sentences(hit.passage.text):
            start, end = hit.passage.start + span.start, hit.passage.start + span.end
            places.setdefault((hit.article.id, start), (Quote(hit.article, start, end), hit.score))
    if not places:
        return []
    kinds = asked_for(query.text)
    claims = claims_of(query.text)
    dates = [claim for claim in claims if isinstance(claim.what, DateMention)]
    rarity = word_rarity(
        content_words(without_dates(query.text)), [quote.text for quote, _ in places.values()]
    )
    read = [
        Judged(
            quote=quote,
            meaning=0.0,
            words=coverage(rarity, quote),
            asked=max((satisfies(kind, quote.text) for kind in kinds), default=0.0),
            dated=said_share(dates, quote),
            passage=passage,
        )
        for quote, passage in places.values()
    ]
    likeliest = sorted(read, key=lambda j: -(j.words + _beside_words(j)))
    chosen = [j for j in read if j in likeliest[:EMBEDDED]]
    vectors = embedder.embed_passages([j.quote.text for j in chosen])
    cosines = vectors @ embedder.embed_queries([query.text])[0]
    return [replace(j, meaning=float(cosine)) for j, cosine in zip(chosen, cosines, strict=True)]


def choose(judged: Sequence[Judged]) -> tuple[Quote, ...]:
    """The best sentences, best first, `score` filled; at most three."""
    if not judged:
        return ()
    meaning = _stretched([j.meaning for j in judged])
    words = _stretched([j.words for j in judged])
    scores = [
        MEANING_WEIGHT * m + WORDS_WEIGHT * w + _beside_words(j)
        for j, m, w in zip(judged, meaning, words, strict=True)
    ]
    best = sorted(range(len(judged)), key=lambda i: (-scores[i], i))[:QUOTES]
    return tuple(
        Quote(judged[i].quote.article, judged[i].quote.start, judged[i].quote.end, scores[i]) for i in best
    )


def word_rarity(words: Sequence[str], texts: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of each word among `texts`, by folded form (BM25's smoothed idf)."""
    found = Counter(word for text in texts for word in set(tokens(fold(text))))
    return {
        word: math.log(1 + (len(texts) - found[word] + 0.5) / (found[word] + 0.5))
        for word in (fold(w) for w in words)
    }


def coverage(rarity: dict[str, float], quote: Quote) -> float:
    """Share of the question's words (by rarity) that the quote has; those in its headline a little less."""
    if not rarity:
        return 0.0
    own = set(tokens(fold(quote.text)))
    above = set(tokens(fold(headline_of(quote.article))))
    got = sum(
        weight * (1.0 if word in own else HEADLINE_SHARE if word in above else 0.0)
        for word, weight in rarity.items()
    )
    return got / sum(rarity.values())


def said_share(claims: Sequence[Claim], quote: Quote) -> float:
    """Share of these claims that the quote says, with the day it was published; 0 when there are none."""
    facts = facts_of(f"{headline_of(quote.article)}\n{quote.text}")
    return sum(facts.say(claim) for claim in claims) / len(claims) if claims else 0.0


def without_dates(question: str) -> str:
    """The question with its days, months and years blanked: they are compared as dates, not as words."""
    composed = nfc(question)
    rest = list(composed)
    for mention in dates_in(composed):
        rest[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(rest)


def _beside_words(judged: Judged) -> float:
    return ASKED_WEIGHT * judged.asked + DATED_WEIGHT * judged.dated + PASSAGE_WEIGHT * judged.passage


def _stretched(values: Sequence[float]) -> list[float]:
    array = np.asarray(values, dtype=np.float64)
    span = float(array.max() - array.min())
    return [1.0] * len(values) if span == 0 else [float(v) for v in (array - array.min()) / span]
