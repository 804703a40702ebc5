"""Evidence → the messages for the LLM: short windows around the quotes, counted, never cut silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.instructions import is_barred
from rag.generation import Generator
from rag.language.sentences import Span, split_sentences
from rag.prompts import prompt
from rag.texts import text
from rag.types import Article, Message, Query, Quote

NEIGHBOURS = 1  # sentences shown on either side of the best quote; every token costs the reader 10 ms
FAR_BEHIND = 4.0  # scores are log-odds: a quote this far behind the best answers one time in fifty of its
SENTENCES_AHEAD = 12  # of an article that lies open: some ten seconds to read, 2 MB each
NOTHING = "\0"  # stands where excerpts would; no text that was read has this character


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of whole sentences of one article that the LLM gets to read."""

    article: Article
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.article.text[self.start : self.end]


def windows(quotes: Sequence[Quote]) -> tuple[Window, ...]:
    """The best quote with its neighbours, the others alone; those that touch merged, the best first.

    Quotes far behind the best are left to the reader: a small model takes its answer from them, too.
    """
    merged: list[Window] = []
    near = [quote for quote in quotes if quote.score > quotes[0].score - FAR_BEHIND]
    for number, quote in enumerate(near):
        window = _around(quote, NEIGHBOURS if number == 0 else 0)
        for position, other in enumerate(merged):
            touching = window.start <= other.end + 2 and other.start <= window.end + 2  # 2: a paragraph break
            if window.article.id == other.article.id and touching:
                merged[position] = Window(
                    other.article, min(window.start, other.start), max(window.end, other.end)
                )
                break
        else:
            merged.append(window)
    return tuple(merged)


def sentences_near(article: Article, at: int) -> tuple[Window, ...]:
    """The sentences of an article as windows of their own, those nearest to a character of it first."""
    spans = sorted(split_sentences(article.text), key=lambda span: max(span.start - at, at - span.end))
    return tuple(Window(article, span.start, span.end) for span in spans[:SENTENCES_AHEAD])


def _around(quote: Quote, neighbours: int) -> Window:
    sentences = split_sentences(quote.article.text)
    inside = [
        number for number, span in enumerate(sentences) if span.start < quote.end and quote.start < span.end
    ]
    if not inside:
        return Window(quote.article, quote.start, quote.end)
    first, last = inside[0], inside[-1]
    for _ in range(neighbours):  # up to an order to the software that reads, which nobody asked for
        if first > 0 and not _is_order(quote.article, sentences[first - 1]):
            first -= 1
        if last + 1 < len(sentences) and not _is_order(quote.article, sentences[last + 1]):
            last += 1
    return Window(quote.article, sentences[first].start, sentences[last].end)


def _is_order(article: Article, sentence: Span) -> bool:
    return is_barred(article, sentence.start, sentence.end)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the LLM is to continue, and the excerpts in its last message, in their order there."""

    messages: tuple[Message, ...]
    excerpts: tuple[str, ...] = ()


def prompt_for(query: Query, shown: Sequence[Window], generator: Generator, *, answer_tokens: int) -> Prompt:
    """System, excerpts and question; nothing of what was said before, which the question stands without.

    The best excerpt comes last, next to the question. Excerpts that do not fit are left out whole, the
    weakest first; the best one always stays. Without any it ends where they would begin.
    """
    system: Message = {"role": "system", "content": prompt("system")}
    room = generator.context_tokens - answer_tokens
    excerpts = [
        prompt("excerpt", title=w.article.title, origin=origin(w.article), text=w.text)
        for w in reversed(shown)
    ]
    last = _question(query, excerpts)
    while len(excerpts) > 1 and generator.count_tokens([system, last]) > room:
        excerpts = excerpts[1:]
        last = _question(query, excerpts)
    return Prompt((system, last), tuple(excerpts))


def _question(query: Query, excerpts: Sequence[str]) -> Message:
    content = prompt("answer", evidence="\n\n".join(excerpts) or NOTHING, question=query.text)
    return {"role": "user", "content": content.partition(NOTHING)[0]}


def origin(article: Article) -> str:
    """Source and day, as a reader would name an article: "Nhật báo Minh Họa, 25/09/2021"."""
    day = article.day
    return ", ".join(part for part in (article.source, day) if part) or text("answer.no_origin")
