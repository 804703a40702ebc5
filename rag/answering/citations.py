"""The aligner: which words of which article support an answer sentence. No other code makes citations.

A small model does not cite reliably, so it is not asked to. After it has written, each sentence is laid
beside the sentences it was shown (post-hoc alignment: FullCite, arXiv 2606.07130), and gets the fewest
that cover what it claims. Figures decide: a sentence with a number or a day that its quotes, their title
and their date do not have is not supported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from rag.answering.claims import NOTHING, Claim, Facts, claims_of, facts_of
from rag.language.normalize import tokens
from rag.language.sentences import split_sentences
from rag.types import AnswerSentence, Article, Citation, Quote

MOST_QUOTES = 3  # for one sentence
LEAST_COVERAGE = 0.5  # share of what a sentence claims that its quotes must say
LEAST_GAIN = 0.15  # a further quote must add this share
FEW, MOST = 0.5, 0.6  # of the syllables and pairs beside a figure
_MARK = re.compile(r"\s*\[\d+\]")
_LIST_MARKER = re.compile(r"^\s*(?:[-*•+]|\d+[.)])\s+")
_FOREIGN = re.compile(r"[\u0400-\u04ff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Aligned:
    """An answer's sentences, renumbered citations, and the text with its marks."""

    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of an article, what it says, and what stands above it and holds for all of it."""

    quote: Quote
    facts: Facts
    headline: Facts


def align(answer: str, shown: Sequence[Quote]) -> Aligned:
    """Attaches to each sentence of `answer` the quotes that support it.

    `shown` are the stretches of articles the answer was written from. Sentences that nothing supports
    are left out: what the reader sees is always cited.
    """
    among = candidates(shown)
    sentences: list[AnswerSentence] = []
    numbered: list[Quote] = []
    for sentence in answer_sentences(answer):
        quotes = support(sentence, among)
        if not quotes:
            continue
        for quote in quotes:
            if quote not in numbered:
                numbered.append(quote)
        marks = tuple(sorted(numbered.index(quote) + 1 for quote in quotes))
        sentences.append(AnswerSentence(sentence, marks))
    citations = tuple(Citation(number, quote) for number, quote in enumerate(numbered, start=1))
    return Aligned(marked_text(sentences), tuple(sentences), citations)


def marked_text(sentences: Sequence[AnswerSentence]) -> str:
    """The sentences with `[n]` after each."""
    return " ".join(s.text + "".join(f" [{n}]" for n in s.citations) for s in sentences)


def answer_sentences(answer: str) -> list[str]:
    """The sentences of a generated text, without list markers and any mark the model wrote itself."""
    plain = _MARK.sub("", answer)
    found = (plain[span.start : span.end] for span in split_sentences(plain))
    stripped = (_LIST_MARKER.sub("", sentence).replace("**", "").strip() for sentence in found)
    # A small model that has nothing to say repeats the question.
    return [sentence for sentence in stripped if tokens(sentence) and not sentence.endswith("?")]


def candidates(shown: Sequence[Quote]) -> list[Candidate]:
    """The single sentences of the shown stretches, each once."""
    seen: dict[tuple[str, int], Candidate] = {}
    for quote in shown:
        headline = facts_of(headline_of(quote.article))
        for span in split_sentences(quote.text):
            start, end = quote.start + span.start, quote.start + span.end
            sentence = replace(quote, start=start, end=end)
            seen.setdefault((quote.article.id, start), Candidate(sentence, facts_of(sentence.text), headline))
    return list(seen.values())


def headline_of(article: Article) -> str:
    """What stands above the text and holds for all of it: title, day, source."""
    return f"{article.title}\n{article.day}\n{article.source or ''}"


def support(sentence: str, among: Sequence[Candidate]) -> tuple[Quote, ...]:
    """The fewest quotes, at most three, that say what `sentence` claims; empty when they do not."""
    claims = claims_of(sentence)
    total = _weight(claims)
    if not total or _FOREIGN.search(sentence):
        return ()
    missing = set(claims)
    chosen: list[Candidate] = []
    headlines = NOTHING
    while missing and len(chosen) < MOST_QUOTES:
        best = max(among, key=lambda candidate: _gain(candidate, missing), default=None)
        if best is None or _gain(best, missing) <= LEAST_GAIN * total:
            break
        chosen.append(best)
        headlines |= best.headline
        missing = {claim for claim in missing if not (best.facts | headlines).say(claim)}
    covered = 1 - _weight(missing) / total
    if not chosen or covered < LEAST_COVERAGE or any(claim.is_figure for claim in missing):
        return ()
    if any(_misplaced(claim, among) for claim in claims if claim.near):
        return ()
    return tuple(candidate.quote for candidate in chosen)


def _misplaced(claim: Claim, among: Sequence[Candidate]) -> bool:
    """Whether a figure was taken from one thing and said of another.

    "Cầu thông xe ngày 1/8", when the sentence about the opening has 28/6 and 1/8 is the day of a bus line:
    the sentence with 1/8 has few of the words beside it, one with another day has most of them.
    """
    said = max((len(claim.near & c.facts.terms) for c in among if c.facts.say(claim)), default=None)
    if said is None or said >= FEW * len(claim.near):
        return False
    rivals = (len(claim.near & c.facts.terms) for c in among if c.facts.rival(claim))
    return max(rivals, default=0) >= MOST * len(claim.near)


def _gain(candidate: Candidate, missing: Collection[Claim]) -> float:
    return _weight([claim for claim in missing if candidate.facts.say(claim)])


def _weight(claims: Collection[Claim]) -> float:
    return sum(claim.weight for claim in claims)
