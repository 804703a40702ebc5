"""The aligner: which words of which article support an answer sentence. No other code makes citations.

A small model does not cite reliably, so it is not asked to. After it has written, each sentence is laid
beside the sentences it was shown (post-hoc alignment: FullCite, arXiv 2606.07130), and gets the fewest
that cover what it claims. Numbers and names decide: a sentence with a number that its quotes, their
title and their date do not have is not supported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.language.dates import dates_in
from rag.language.names import names
from rag.language.normalize import matching_form, tokens
from rag.language.questions import content_words
from rag.language.sentences import split_sentences
from rag.types import AnswerSentence, Article, Citation, Quote

MOST_QUOTES = 3  # for one sentence
LEAST_COVERAGE = 0.5  # share of a sentence's content words that its quotes must have
NUMBER_WEIGHT = 3.0  # a number or a word of a name says more than another word
NAME_WEIGHT = 2.0
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
class _Candidate:
    quote: Quote
    words: frozenset[str]


def align(answer: str, shown: Sequence[Quote]) -> Aligned:
    """Attaches to each sentence of `answer` the quotes that support it.

    `shown` are the stretches of articles the answer was written from. Sentences that nothing supports
    are left out: what the reader sees is always cited.
    """
    candidates = _candidates(shown)
    sentences: list[AnswerSentence] = []
    numbered: list[Quote] = []
    for sentence in answer_sentences(answer):
        quotes = support(sentence, candidates)
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
    return [sentence for sentence in stripped if tokens(sentence)]


def _candidates(shown: Sequence[Quote]) -> list[_Candidate]:
    """The single sentences of the shown stretches, each once."""
    seen: dict[tuple[str, int], _Candidate] = {}
    for quote in shown:
        for span in split_sentences(quote.text):
            start, end = quote.start + span.start, quote.start + span.end
            sentence = replace(quote, start=start, end=end)
            seen.setdefault((quote.article.id, start), _Candidate(sentence, frozenset(tokens(sentence.text))))
    return list(seen.values())


def support(sentence: str, candidates: Sequence[_Candidate]) -> tuple[Quote, ...]:
    """The fewest quotes, at most three, that cover the claims of `sentence`; empty when they cannot."""
    if _FOREIGN.search(sentence):
        return ()
    weights = _claims(sentence)
    if not weights:
        return ()
    missing = set(weights)
    chosen: list[_Candidate] = []
    while missing and len(chosen) < MOST_QUOTES:
        best = max(candidates, key=lambda c: _gain(c, missing, weights), default=None)
        if best is None or _gain(best, missing, weights) <= _LEAST_GAIN * sum(weights.values()):
            break
        chosen.append(best)
        missing -= best.words
    context = {word for c in chosen for word in headline_words(c.quote.article)}
    missing -= context
    covered = 1 - sum(weights[word] for word in missing) / sum(weights.values())
    if covered < LEAST_COVERAGE or not _figures_agree(sentence, [c.quote for c in chosen]):
        return ()
    return tuple(c.quote for c in chosen)


_LEAST_GAIN = 0.15  # a further quote must add this share of what the sentence claims


def _gain(candidate: _Candidate, missing: set[str], weights: dict[str, float]) -> float:
    return sum(weights[word] for word in missing & candidate.words)


def _claims(sentence: str) -> dict[str, float]:
    """The words of a sentence that say something, each with its weight."""
    named = {word for name in names(sentence) for word in tokens(name.text)}
    weights: dict[str, float] = {}
    for word in content_words(sentence) or tokens(sentence):
        if word[0].isdigit():
            weights[word] = NUMBER_WEIGHT
        else:
            weights[word] = NAME_WEIGHT if word in named else 1.0
    return weights


def headline_words(article: Article) -> frozenset[str]:
    """What stands above the text and holds for all of it: title, day, source."""
    return frozenset(tokens(f"{article.title} {article.day} {article.source or ''}"))


def _figures_agree(sentence: str, quotes: Sequence[Quote]) -> bool:
    """Whether every number and date of `sentence` stands in its quotes, their titles or their dates."""
    supporting = " ".join(
        f"{quote.text} {quote.article.title} {quote.article.day}" for quote in quotes
    )
    known = set(tokens(supporting))
    mentioned = dates_in(supporting)
    for date in dates_in(sentence):
        if not any(date.compatible(other) for other in mentioned):
            return False
    in_dates = [(date.start, date.end) for date in dates_in(sentence)]
    form = matching_form(sentence)
    return all(
        match.group() in known or any(start <= match.start() < end for start, end in in_dates)
        for match in re.finditer(r"\d+(?:[.,/:]\d+)*", form)
    )
