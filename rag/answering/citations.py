"""The aligner: which words of which article support an answer sentence. No other code makes citations.

A small model does not cite reliably, so it is not asked to. After it has written, each sentence is laid
beside the sentences it was shown (post-hoc alignment: FullCite, arXiv 2606.07130), and gets the fewest
that say what it claims (`verification`). A sentence that fails is repaired once, by the sentence of the
evidence that says most of what it tried to, or withheld.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from rag.answering.claims import NOTHING, Claim, Facts, claims_of, facts_of
from rag.answering.echoes import without_echo
from rag.answering.figures import as_given
from rag.answering.holders import holder_of
from rag.answering.instructions import is_instruction, trusted_sentences
from rag.answering.listed import completed
from rag.answering.verification import Fault, capitalised, fault_of, language_fault, weight
from rag.language.drift import parted
from rag.language.measures import is_counted_otherwise, is_measured_otherwise
from rag.language.names import names, numbers
from rag.language.normalize import tokens
from rag.language.questions import asked_for, satisfies
from rag.language.sentences import split_sentences
from rag.language.twofold import HOLDS, parts_of
from rag.types import AnswerSentence, Article, Citation, Quote, Withheld

MOST_QUOTES = 3  # for one sentence
LEAST_GAIN = 0.15  # a further quote must add this share, or a figure or a name
LEAD = 2  # sentences at the beginning of an article
FEW, MOST = 0.5, 0.6  # of the syllables and pairs beside a figure
LEAST_REPAIR = 0.3  # share of a failed sentence's claims that the evidence put in its place must say
LEAST_ANSWER = 0.5  # and how well that must hold what is asked for
_ENDS = '.!?…”"'
_MARK = re.compile(r"\s*\[\d+\]")
_LIST_MARKER = re.compile(r"^\s*(?:[-*•+]|\d+[.)])\s+|^\s*(?:Trả lời|Câu trả lời|Đáp)\s*:\s*")


@dataclass(frozen=True, slots=True)
class Aligned:
    """An answer's sentences, renumbered citations, and the text with its marks."""

    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    withheld: tuple[Withheld, ...] = ()
    as_written: int = 0  # of the sentences, so many are the model's own; the others are repairs


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of an article, what it says, and what stands above it and holds for all of it."""

    quote: Quote
    facts: Facts
    headline: Facts


@dataclass(frozen=True, slots=True)
class Judgement:
    """The fewest quotes that support a sentence, or what is wrong with it."""

    quotes: tuple[Quote, ...]
    fault: Fault | None


def align(
    answer: str,
    shown: Sequence[Quote],
    *,
    evidence: Sequence[Quote] = (),
    question: str = "",
    needed: int = 1,
) -> Aligned:
    """Attaches to each sentence of `answer` the quotes that support it.

    `shown` are the stretches of articles the answer was written from; `evidence` are the single sentences
    that may take the place of one that fails. The first `needed` of them are each the best for a part of
    the question. What the reader sees is always cited.
    """
    # The evidence first: of sentences that say a short answer alike, the one chosen for the question.
    among, leads = candidates([*evidence, *shown]), candidates(leads_of(shown))
    asked = facts_of(question)
    known = "\n".join([question, *(f"{headline_of(quote.article)}\n{quote.text}" for quote in shown)])
    judgements: list[tuple[str, Judgement]] = []
    written = _rightful(_chosen(answer_sentences(answer, question), among, evidence), among, question)
    written = _complete(written, among, question)
    astray = is_measured_otherwise(" ".join(written), question)
    for sentence in written:
        fault = language_fault(sentence, known) or ("figure" if astray and numbers(sentence) else None)
        judgements.append((sentence, Judgement((), fault) if fault else judge(sentence, among, asked, leads)))
    judgements = _without_headings(judgements)
    judged = [
        (as_given(sentence, judgement.quotes, question), judgement.quotes)
        for sentence, judgement in judgements
    ]
    failed = {
        position: Withheld(sentence, judgement.fault)
        for position, (sentence, judgement) in enumerate(judgements)
        if judgement.fault
    }
    as_written = len(judged) - len(failed)
    for position in list(failed):
        cited = {(q.article.id, q.start) for _, quotes in judged for q in quotes}
        spare = [c for c in candidates(evidence) if (c.quote.article.id, c.quote.start) not in cited]
        instead = repair(judged[position][0], spare, question)
        if instead is not None:
            judged[position] = (instead.text, (instead,))
            del failed[position]
    supported = [item for item in judged if item[1]]
    if needed == 1:
        supported = _beside_best(supported, evidence[:1], question)
    else:
        supported = _with_articles(supported, evidence[:needed])
    supported = _with_parts(supported, evidence, question)
    return _numbered(supported, tuple(failed.values()), as_written)


def _chosen(written: Sequence[str], among: Sequence[Candidate], evidence: Sequence[Quote]) -> Sequence[str]:
    """The answer, or the best evidence where all of it is another sentence of what the model was shown.

    A small model that finds no answer copies whatever stands nearest; the evidence was chosen for the
    question.
    """
    if not evidence or len(written) != 1:
        return written
    said = tokens(written[0])
    is_copy = any(tokens(candidate.quote.text) == said for candidate in among)
    return [evidence[0].text] if is_copy else written


def _rightful(written: Sequence[str], among: Sequence[Candidate], question: str) -> Sequence[str]:
    """The answer, or the one who holds the office asked about where it does not name them."""
    holder = holder_of(question, [candidate.quote for candidate in among])
    if not written or holder is None:
        return written
    said = [tokens(name.person or name.text) for sentence in written for name in names(sentence)]
    is_named = any(tokens(holder)[-len(name) :] == name for name in said)
    return written if is_named else [holder]


def _complete(written: Sequence[str], among: Sequence[Candidate], question: str) -> Sequence[str]:
    """The answer, or everybody of the list that it names one of."""
    people = completed(" ".join(written), question, [candidate.quote for candidate in among])
    return [people] if people else written


def _without_headings(judgements: Sequence[tuple[str, Judgement]]) -> list[tuple[str, Judgement]]:
    """Without "…, vì:" that nothing supports, or of whose list nothing is left: by itself it says nothing."""
    kept: list[tuple[str, Judgement]] = []
    for sentence, judgement in reversed(judgements):
        announces = sentence.endswith(":")
        if announces and (judgement.fault or not kept or kept[-1][1].fault):
            continue
        kept.append((sentence, judgement))
    return kept[::-1]


def _beside_best(
    supported: Sequence[tuple[str, tuple[Quote, ...]]], evidence: Sequence[Quote], question: str
) -> list[tuple[str, tuple[Quote, ...]]]:
    """With the best evidence behind an answer that stands on other sentences alone: the reader sees both.

    A small model that answers from another sentence than the one chosen for the question is often wrong
    (`python -m benchmarks.ablation` asks without this). Not where the answer holds what is asked for, a
    number or a name, and the best evidence does not.
    """
    if not supported or not evidence:
        return list(supported)
    best = evidence[0]
    if any(best.overlaps(quote) for _, quotes in supported for quote in quotes):
        return list(supported)
    kinds = asked_for(question) - {"thing", "yes_no"}
    answer = " ".join(sentence for sentence, _ in supported)
    if any(satisfies(kind, answer, question) > satisfies(kind, best.text, question) for kind in kinds):
        return list(supported)
    return _followed_by(supported, best)


def _with_articles(
    supported: Sequence[tuple[str, tuple[Quote, ...]]], evidence: Sequence[Quote]
) -> list[tuple[str, tuple[Quote, ...]]]:
    """With the evidence for each part of the question whose article the answer does not cite."""
    whole = list(supported)
    for best in evidence if whole else ():
        if all(quote.article.id != best.article.id for _, quotes in whole for quote in quotes):
            whole = _followed_by(whole, best)
    return whole


def _with_parts(
    supported: Sequence[tuple[str, tuple[Quote, ...]]], evidence: Sequence[Quote], question: str
) -> list[tuple[str, tuple[Quote, ...]]]:
    """With the evidence for each part of the question that the answer leaves out: a small model answers the
    first and stops.
    """
    whole = list(supported)
    for part in parts_of(question) if whole else ():
        said = " ".join(sentence for sentence, _ in whole)
        shown = " ".join(quote.text for _, quotes in whole for quote in quotes)  # "Lý do: …" is no reason
        if min(part.held_by(said), part.held_by(shown)) < HOLDS:
            holding = [quote for quote in evidence if part.held_by(quote.text) >= HOLDS]
            whole = _followed_by(whole, holding[0]) if holding else whole
    return whole


def _followed_by(
    supported: Sequence[tuple[str, tuple[Quote, ...]]], quote: Quote
) -> list[tuple[str, tuple[Quote, ...]]]:
    *before, (last, quotes) = supported
    return [*before, (ended(last), quotes), (quote.text, (quote,))]


def ended(sentence: str) -> str:
    """With a full stop, because another sentence follows."""
    return sentence if sentence[-1] in _ENDS else f"{sentence}."


def opened(sentence: str) -> str:
    """With a capital, because a sentence begins; `iPhone` keeps its own."""
    first, *_ = sentence.split(maxsplit=1)
    return f"{sentence[0].upper()}{sentence[1:]}" if first.islower() else sentence


def _numbered(
    supported: Sequence[tuple[str, tuple[Quote, ...]]], withheld: tuple[Withheld, ...], as_written: int
) -> Aligned:
    sentences: list[AnswerSentence] = []
    numbered: list[Quote] = []
    for sentence, quotes in supported:
        numbered += [quote for quote in quotes if quote not in numbered]
        marks = tuple(sorted(numbered.index(quote) + 1 for quote in quotes))
        begins = not sentences or sentences[-1].text[-1] in _ENDS  # not an item of a list
        sentences.append(AnswerSentence(opened(sentence) if begins else sentence, marks))
    citations = tuple(Citation(number, quote) for number, quote in enumerate(numbered, start=1))
    return Aligned(marked_text(sentences), tuple(sentences), citations, withheld, as_written)


def repair(sentence: str, spare: Sequence[Candidate], question: str) -> Quote | None:
    """The evidence that says most of what `sentence` claims, figures first, if it holds what is asked for."""
    claims = claims_of(sentence)
    kinds = asked_for(question)
    answering = [
        c
        for c in spare
        if not kinds or max(satisfies(k, c.quote.text, question) for k in kinds) >= LEAST_ANSWER
        if not is_measured_otherwise(c.quote.text, question)
    ]
    figures = [claim for claim in claims if claim.is_figure]
    best = max(answering, key=lambda c: (_gain(c, figures), _gain(c, claims)), default=None)
    if best is None or _gain(best, claims) < LEAST_REPAIR * weight(claims):
        return None
    return best.quote


def marked_text(sentences: Sequence[AnswerSentence]) -> str:
    """The sentences with `[n]` after each."""
    return " ".join(s.text + "".join(f" [{n}]" for n in s.citations) for s in sentences)


def answer_sentences(answer: str, question: str = "") -> list[str]:
    """The sentences of a generated text, without list markers, "Trả lời:", any mark of the model's own, and
    what it repeats of the question.
    """
    plain = parted(_MARK.sub("", answer))
    found = (plain[span.start : span.end] for span in split_sentences(plain))
    stripped = (_LIST_MARKER.sub("", sentence).replace("**", "").strip() for sentence in found)
    # A small model that has nothing to say repeats the question.
    stated = (sentence for sentence in stripped if tokens(sentence) and not sentence.endswith("?"))
    return [without_echo(sentence, question) for sentence in stated]


def candidates(shown: Sequence[Quote]) -> list[Candidate]:
    """The single sentences of the shown stretches, each once; orders to the reader's software are none."""
    seen: dict[tuple[str, int], Candidate] = {}
    for quote in shown:
        headline = facts_of(headline_of(quote.article))
        for span in trusted_sentences(quote.article, quote.start, quote.end):
            sentence = replace(quote, start=quote.start + span.start, end=quote.start + span.end)
            seen.setdefault(
                (quote.article.id, sentence.start), Candidate(sentence, facts_of(sentence.text), headline)
            )
    return list(seen.values())


def headline_of(article: Article) -> str:
    """What stands above the text and holds for all of it: title, day, source."""
    title = "" if is_instruction(article.title) else article.title
    return f"{title}\n{article.day}\n{article.source or ''}"


def leads_of(shown: Sequence[Quote]) -> list[Quote]:
    """How each article opens: there a paper says which province "toàn tỉnh" is, and who "ông Nam"."""
    articles = {quote.article.id: quote.article for quote in shown}
    return [
        Quote(article, 0, spans[min(LEAD, len(spans)) - 1].end)
        for article in articles.values()
        if (spans := split_sentences(article.text))
    ]


def judge(
    sentence: str, among: Sequence[Candidate], asked: Facts = NOTHING, leads: Sequence[Candidate] = ()
) -> Judgement:
    """The fewest quotes, at most three, that say what `sentence` claims; none, and why, when they do not.

    `leads` are called upon for a name that `among` does not have.
    """
    claims = claims_of(sentence)
    if not claims:
        return Judgement((), "words")
    chosen = _cover(claims, capitalised(sentence), among)
    fault = _fault(sentence, claims, chosen, asked)
    if fault == "name" and leads:
        chosen = _cover(claims, capitalised(sentence), [*among, *leads])
        fault = _fault(sentence, claims, chosen, asked)
    misplaced = any(_misplaced(claim, among) for claim in claims if claim.near)
    if fault is None and (misplaced or is_counted_otherwise(sentence, _texts(chosen))):
        fault = "figure"
    if fault:
        return Judgement((), fault)
    # A quote that only repeats the headline may have come before the one with the figure.
    for candidate in sorted(chosen, key=lambda c: _gain(c, claims)):
        rest = [c for c in chosen if c is not candidate]
        if rest and _fault(sentence, claims, rest, asked) is None:
            chosen = rest
    return Judgement(tuple(candidate.quote for candidate in chosen), None)


def _cover(
    claims: Sequence[Claim], firm_words: Collection[str], among: Sequence[Candidate]
) -> list[Candidate]:
    """Greedily, the candidates that say most of the claims; each adds its share, a figure or a name."""
    missing = set(claims)
    chosen: list[Candidate] = []
    headlines = NOTHING
    while missing and len(chosen) < MOST_QUOTES:
        best = max(among, key=lambda candidate: _gain(candidate, missing), default=None)
        if best is None or not _gain(best, missing):
            break
        firm = (c.is_figure or c.what in firm_words for c in missing if best.facts.say(c))
        if _gain(best, missing) <= LEAST_GAIN * weight(claims) and not any(firm):
            break
        chosen.append(best)
        headlines |= best.headline
        missing = {claim for claim in missing if not (best.facts | headlines).say(claim)}
    return chosen


def _fault(sentence: str, claims: Sequence[Claim], chosen: Sequence[Candidate], asked: Facts) -> Fault | None:
    said = NOTHING
    for candidate in chosen:
        said = said | candidate.facts | candidate.headline
    return fault_of(sentence, claims, said, _texts(chosen), asked)


def _texts(chosen: Sequence[Candidate]) -> list[str]:
    """What may be said: the quotes, and what stands above them."""
    return [text for c in chosen for text in (c.quote.text, headline_of(c.quote.article))]


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
    return weight([claim for claim in missing if candidate.facts.say(claim)])
