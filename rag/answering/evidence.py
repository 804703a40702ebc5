"""Hits → the sentences that answer: shown before the LLM speaks, and all it gets to read.

A sentence is judged by a handful of cheap signs, each comparable between questions: its meaning (cosine with
the question), the question's words, pairs of words and names that it has, whether it holds what was asked
for (a person, a number, a day … that the question does not have itself), whether it is of the day the
question names, and its passage. They are weighed and summed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.answering.citations import headline_of
from rag.answering.claims import Claim, claims_of, facts_of
from rag.answering.instructions import trusted_sentences
from rag.copies import says, wording
from rag.embedding import Embedder
from rag.language.abbreviations import expand
from rag.language.dates import DateMention, dates_in
from rag.language.names import names
from rag.language.normalize import fold, nfc
from rag.language.questions import asked_for, content_words, satisfies, without_office
from rag.language.twofold import HOLDS, parts_of
from rag.store.lexical import terms
from rag.types import Hit, Query, Quote

PASSAGES = 5  # the sentences of this many hits are looked at
EMBEDDED = 12  # of those, so many of the likeliest are embedded: each costs tens of ms, more choose no better
QUOTES = 3
LONGEST_TITLE = 120  # characters, before a sentence that is embedded
HEADLINE_SHARE = 0.8  # a question word found only in the title counts this much

# Fitted by `python -m benchmarks.fit_evidence` on 220 and 220 questions of two Wikipedia sets and 197 of our
# demonstration. The cosine counts by its place between the least and the greatest of the question: how far
# those lie apart is the embedder's own. A name counts as words and pairs already, and the sentence that
# answers often has a pronoun in its place: hence the minus.
WEIGHTS: Mapping[str, float] = {
    "meaning": 5.18,
    "words": 3.14,
    "pairs": 4.78,
    "asked": 1.92,
    "dated": 0.44,
    "passage": 5.04,
    "around": 0.76,
    "names": -0.51,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate sentence and what speaks for it, each from 0 to 1 and comparable between questions."""

    quote: Quote
    meaning: float  # cosine of the question with the sentence below its title
    words: float  # share of the question's content words, by rarity
    asked: float  # holds the kind of thing asked for, other than what the question says; 1 if of any kind
    passage: float  # the fused score of its passage
    dated: float = 0.0  # share of the dates the question names that it, or its headline, says
    pairs: float = 0.0  # share of the question's pairs of neighbouring syllables, by rarity
    around: float = 0.0  # share of the question's content words that its passage or headline has
    names: float = 0.0  # share of the question's names that it has


def judge_sentences(query: Query, hits: Sequence[Hit], embedder: Embedder) -> list[Judged]:
    """The likeliest sentences of the best hits in the order of the hits, each once, with their signs.

    Asked for an hour, those alone that have one: a day, which the other signs would take, does not answer.
    """
    read = read_sentences(query, hits[:PASSAGES])
    if asked_for(query.text) == {"hour"}:
        read = [judged for judged in read if judged.asked]
    likeliest = sorted(read, key=lambda judged: -_beside_meaning(judged))[:EMBEDDED]
    return with_meaning(query, [judged for judged in read if judged in likeliest], embedder)


def choose(judged: Sequence[Judged], question: str = "") -> tuple[Quote, ...]:
    """The best sentences, best first, `score` filled; at most three, none saying what a better one does.

    Where the question asks two things, behind the best one a sentence of its article for each.
    """
    meanings = stretched([one.meaning for one in judged])
    scored = [
        replace(one.quote, score=WEIGHTS["meaning"] * meaning + _beside_meaning(one))
        for one, meaning in zip(judged, meanings, strict=True)
    ]
    scored.sort(key=lambda quote: -quote.score)
    chosen: list[Quote] = []
    for quote in scored:
        if len(chosen) == QUOTES:
            break
        if not any(_repeats(quote, better) for better in chosen):
            chosen.append(quote)
    lacking = _for_lacking_parts(chosen, scored, question)
    return (*chosen[: QUOTES - len(lacking)], *lacking)


def _for_lacking_parts(chosen: Sequence[Quote], ranked: Sequence[Quote], question: str) -> list[Quote]:
    """The best sentence for each part of the question that no chosen one of the best one's article holds."""
    found: list[Quote] = []
    if not chosen:
        return found
    article = chosen[0].article.id
    own = [quote for quote in chosen if quote.article.id == article]
    others = [quote for quote in ranked if quote.article.id == article]
    for part in parts_of(question):
        if not any(part.held_by(quote.text) >= HOLDS for quote in (*own, *found)):
            found += [quote for quote in others if part.held_by(quote.text) >= HOLDS][:1]
    return found[: QUOTES - 1]


def stretched(values: Sequence[float]) -> list[float]:
    """The least as 0, the greatest as 1, and all as 1 when they are alike."""
    least, span = min(values, default=0.0), max(values, default=0.0) - min(values, default=0.0)
    return [(value - least) / span if span else 1.0 for value in values]


def read_sentences(query: Query, hits: Sequence[Hit]) -> list[Judged]:
    """Every sentence of the hits, each once, with all signs but its meaning, which is 0."""
    places: dict[tuple[str, int], tuple[Quote, Hit]] = {}
    for hit in hits:
        for span in trusted_sentences(hit.article, hit.passage.start, hit.passage.end):
            start, end = hit.passage.start + span.start, hit.passage.start + span.end
            places.setdefault((hit.article.id, start), (Quote(hit.article, start, end), hit))
    texts = [quote.text for quote, _ in places.values()]
    kinds = asked_for(query.text) - {"thing", "yes_no"}  # which any sentence could hold
    dates = [claim for claim in claims_of(query.text) if isinstance(claim.what, DateMention)]
    named = [folded_terms(name.text) for name in names(query.text)]
    about = without_office(without_dates(query.text))
    words = rarity(content_words(about), texts)
    pairs = rarity([term for term in terms(about, folded=False) if "_" in term], texts)
    return [
        Judged(
            quote=quote,
            meaning=0.0,
            words=coverage(words, quote),
            asked=max((satisfies(kind, quote.text, query.text) for kind in kinds), default=1.0),
            passage=hit.score,
            dated=said_share(dates, quote),
            pairs=share(pairs, folded_terms(quote.text)),
            around=share(words, folded_terms(f"{headline_of(hit.article)}\n{hit.passage.text}")),
            names=sum(name <= folded_terms(quote.text) for name in named) / len(named) if named else 0.0,
        )
        for quote, hit in places.values()
    ]


def with_meaning(query: Query, read: Sequence[Judged], embedder: Embedder) -> list[Judged]:
    """The same sentences, their cosine with the question filled in.

    Each is embedded below the title of its article: alone it rarely says whom and what it is about.
    """
    if not read:
        return []
    texts = [f"{j.quote.article.title[:LONGEST_TITLE]}\n{j.quote.text}".lstrip() for j in read]
    vectors = embedder.embed_passages(texts)
    cosines = vectors @ embedder.embed_queries([query.text])[0]
    return [replace(judged, meaning=float(cosine)) for judged, cosine in zip(read, cosines, strict=True)]


# ── Signs ─────────────────────────────────────────────────────────────────────────────────────────


def rarity(words: Sequence[str], texts: Sequence[str]) -> dict[str, float]:
    """Inverse document frequency of each word or pair among `texts`, by folded form (BM25's smoothed idf).

    The frequencies of the whole index choose no better: measured, `benchmarks/fit_evidence.py`.
    """
    found = Counter(term for text in texts for term in folded_terms(text))
    return {
        word: math.log(1 + (len(texts) - found[word] + 0.5) / (found[word] + 0.5))
        for word in (fold(w) for w in words)
    }


def share(weights: Mapping[str, float], found: Collection[str]) -> float:
    """How much of the weight is on what was found, 0..1."""
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in found) / total if total else 0.0


def coverage(weights: Mapping[str, float], quote: Quote) -> float:
    """Share of the question's words (by rarity) that the quote has; those in its headline a little less."""
    own = folded_terms(quote.text)
    either = own | folded_terms(headline_of(quote.article))
    return HEADLINE_SHARE * share(weights, either) + (1 - HEADLINE_SHARE) * share(weights, own)


@lru_cache(maxsize=1024)
def folded_terms(text: str) -> frozenset[str]:
    """The syllables of a text and their pairs, without accents, also of what its abbreviations stand for."""
    return frozenset(term for form in (text, *expand(text)) for term in terms(form, folded=True))


def said_share(claims: Sequence[Claim], quote: Quote) -> float:
    """Share of these claims that the quote says, with the day it was published; 0 when there are none."""
    if not claims:
        return 0.0
    facts = facts_of(f"{headline_of(quote.article)}\n{quote.text}")
    return sum(facts.say(claim) for claim in claims) / len(claims)


def without_dates(question: str) -> str:
    """The question with its days, months and years blanked: they are compared as dates, not as words."""
    composed = nfc(question)
    rest = list(composed)
    for mention in dates_in(composed):
        rest[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(rest)


def _beside_meaning(judged: Judged) -> float:
    signs = WEIGHTS.keys() - {"meaning"}
    return sum(WEIGHTS[sign] * float(getattr(judged, sign)) for sign in sorted(signs))


def _repeats(quote: Quote, better: Quote) -> bool:
    return says(wording(better.text), wording(quote.text))
