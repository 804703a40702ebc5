"""The story of a question, top to bottom. Chat, command line and evaluation all consume this stream."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from rag.answering import gaps, prompting, refusal, stopping
from rag.answering.citations import Aligned, align, headline_of
from rag.answering.comparing import judged_together
from rag.answering.differing import beside_differing
from rag.answering.finding import Finder, Memory, Scope
from rag.answering.times import of_another_time
from rag.articles.files import plain
from rag.errors import InputError
from rag.generation import Generator as TextGenerator
from rag.generation import never
from rag.language.measures import is_measured_otherwise
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import ArticleSummary, Store
from rag.types import (
    Answer,
    Article,
    Done,
    Event,
    Evidence,
    Hit,
    Message,
    Period,
    Query,
    Quote,
    Retrieved,
    Timings,
    Token,
    Understood,
)

NO_LLM = "none"  # the model's name in an answer that is quotes alone


@dataclass(frozen=True, slots=True)
class Assistant:
    """Answers questions from one index. `generator` is called for, not held, so that it may load late;
    `memory` is of the last questions, and may be shared.
    """

    store: Store
    retriever: Retriever
    generator: Callable[[], TextGenerator]
    settings: Settings
    memory: Memory = field(default_factory=Memory)

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        period: Period | None = None,
        source: str | None = None,
        use_llm: bool = True,
        cancelled: Callable[[], bool] = never,
        without: frozenset[str] = frozenset(),
        today: date | None = None,
    ) -> Iterator[Event]:
        """Understood · Retrieved · Evidence · Token … · Done.

        A refusal is decided before the LLM is called: then neither Evidence nor Token comes. It is refused
        afterwards, too, when nothing the LLM wrote is supported and the evidence was doubtful, and when what
        it wrote is of another year than the question.
        `without` hides articles; `today` is what "hôm qua" counts from.

        Raises InputError for a question that is empty or too long.
        """
        started = time.perf_counter()
        question = self._checked(question)
        history = [Message(role=turn["role"], content=plain(turn["content"])) for turn in history]
        scope = Scope(period, source, without, today or self._today())
        found = self._finder.found(question, history, scope)
        query, hits, looks, weakest = found.query, found.hits, found.looks, found.weakest
        yield Understood(query)
        timings = Timings(retrieve=found.searched - started)
        yield Retrieved(hits)

        judged = judged_together([look.judged for look in looks])
        quotes = found.quotes
        verdict = weakest.verdict
        if verdict.abstain or not quotes:
            message = gaps.refusal_text(weakest.query, weakest.hits)
            yield Done(_refusal(query, hits, verdict, message, timings, started))
            return
        timings = replace(timings, first_evidence=time.perf_counter() - started)
        yield Evidence(quotes)

        draft = _Draft(query, hits, verdict.probability, timings)
        if not use_llm:
            yield Done(draft.finish(_quotes_alone(quotes), NO_LLM, started))
            return

        generator = self.generator()
        shown = prompting.windows(quotes)
        asked = self._prompt(query, shown, generator)
        known = "\n".join([query.text, *(f"{headline_of(w.article)}\n{w.text}" for w in shown)])
        written = yield from _write(
            generator.generate(
                asked.messages,
                max_tokens=self.settings.answer_tokens,
                excerpts=asked.excerpts,
                cancelled=cancelled,
            ),
            known,
        )
        if written.first is not None:
            draft = replace(draft, timings=replace(timings, first_token=written.first - started))
        aligned = align(
            written.text,
            [Quote(w.article, w.start, w.end) for w in shown],
            evidence=quotes,
            question=query.text,
            needed=len(looks),
        )
        cited = _first_cited(aligned)
        if cited and all(of_another_time(query.text, quote) for quote in cited):
            # The right figure, but of another year.
            message = gaps.other_time_text(query.text, cited[0].article)
            yield Done(_refusal(query, hits, verdict, message, draft.timings, started))
            return
        doubtful = verdict.probability < refusal.threshold(self.settings.strictness, refusal.QUOTE_ALONE)
        astray = not aligned.sentences and is_measured_otherwise(quotes[0].text, query.text)
        if not aligned.as_written and (doubtful or astray) and not cancelled():
            # Nothing it wrote can be shown with a citation, and the best quote would be no answer.
            message = gaps.refusal_text(weakest.query, weakest.hits)
            yield Done(_refusal(query, hits, verdict, message, draft.timings, started))
            return
        if not aligned.sentences:
            aligned = replace(_quotes_alone(quotes[:1]), withheld=aligned.withheld)
        if len(looks) == 1:
            aligned = beside_differing(aligned, judged, query)
        finished = draft.finish(aligned, generator.name, started)
        read = generator.count_tokens(asked.messages)
        yield Done(replace(finished, prompt_tokens=read, answer_tokens=written.pieces))

    def prepare(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        period: Period | None = None,
        source: str | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        """Has the LLM read what it would be shown for this question: it may be asked in a moment.

        Its last words may still be missing: what is read up to them stays useful. Without words of its own,
        and where nothing is found, what stands before every question is read. Raises InputError for a
        question that is too long.
        """
        history = [Message(role=turn["role"], content=plain(turn["content"])) for turn in history]
        generator = self.generator()
        shown: Sequence[prompting.Window] = ()
        query = Query(question, question)
        scope = Scope(period, source, frozenset(), self._today())
        if question.strip():
            found = self._finder.found(self._checked(question), history, scope)
            if not found.weakest.verdict.abstain:
                query, shown = found.query, prompting.windows(found.quotes)
        if not cancelled():
            asked = self._prompt(query, shown, generator)
            generator.prepare(asked.messages, excerpts=asked.excerpts, cancelled=cancelled)

    def read_article(self, article: Article, at: int, *, cancelled: Callable[[], bool] = never) -> None:
        """Has the LLM read an article that lies open at this character: the next question may be about it.

        Sentence by sentence, as all but the best are shown to it.
        """
        generator = self.generator()
        for sentence in prompting.sentences_near(article, at):
            if cancelled():
                return
            asked = self._prompt(Query("", ""), [sentence], generator)
            generator.prepare(asked.messages, excerpts=asked.excerpts, cancelled=cancelled)

    def search(
        self,
        question: str,
        k: int,
        *,
        period: Period | None = None,
        source: str | None = None,
        without: frozenset[str] = frozenset(),
        today: date | None = None,
    ) -> tuple[Query, tuple[Hit, ...]]:
        """Retrieval alone: the question as understood, and the `k` best passages.

        Raises InputError for a question that is empty or too long.
        """
        question = self._checked(question)
        with self.store.snapshot() as snapshot:
            query = self.retriever.understand(
                question, snapshot, today=today or self._today(), period=period, source=source
            )
            return query, self.retriever.search(query, snapshot, k, without=without)

    def article(self, article_id: str) -> Article:
        """The article under this id. Raises KeyError when the index has none."""
        with self.store.snapshot() as snapshot:
            return snapshot.article(article_id)

    def copies(self, article_id: str) -> tuple[Article, ...]:
        """The other articles that carry its text, earliest first. Raises KeyError."""
        with self.store.snapshot() as snapshot:
            return snapshot.copies(article_id)

    def articles(self) -> list[ArticleSummary]:
        """All articles without their texts, newest first."""
        with self.store.snapshot() as snapshot:
            return snapshot.articles()

    @property
    def _finder(self) -> Finder:
        return Finder(self.store, self.retriever, self.settings, self.memory)

    def _prompt(
        self, query: Query, shown: Sequence[prompting.Window], generator: TextGenerator
    ) -> prompting.Prompt:
        return prompting.prompt_for(query, shown, generator, answer_tokens=self.settings.answer_tokens)

    def _today(self) -> date:
        """The day of the settings, else the reader's own."""
        return self.settings.today or date.today()  # noqa: DTZ011  # where the reader is

    def _checked(self, question: str) -> str:
        """The question without characters nobody can see."""
        visible = plain(question)
        if not visible.strip():
            raise InputError("errors.empty_question")
        if len(visible) > self.settings.max_question:
            raise InputError("errors.long_question", length=len(visible), limit=self.settings.max_question)
        return visible


@dataclass(frozen=True, slots=True)
class _Written:
    """What the model wrote, without what is of no use."""

    text: str
    pieces: int
    first: float | None  # when the first of them came, on the clock of time.perf_counter


def _write(pieces: Iterator[str], known: str) -> Generator[Event, None, _Written]:
    """Tokens as they come, until the answer is over; see `rag.answering.stopping`."""
    text, count, first = "", 0, None
    for piece in pieces:
        first = first or time.perf_counter()
        text += piece
        count += 1
        end = stopping.ending(text, known)
        if end is not None:
            text = text[:end]
            break  # nobody else holds the generator, so this closes it and ends the work
        yield Token(piece)
    return _Written(text, count, first)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is known of an answer before it is written."""

    query: Query
    hits: tuple[Hit, ...]
    sufficiency: float
    timings: Timings

    def finish(self, aligned: Aligned, model: str, started: float) -> Answer:
        return Answer(
            question=self.query.original,
            text=aligned.text,
            abstained=False,
            citations=aligned.citations,
            sentences=aligned.sentences,
            withheld=aligned.withheld,
            hits=self.hits,
            model=model,
            timings=replace(self.timings, total=time.perf_counter() - started),
            sufficiency=self.sufficiency,
            query=self.query,
        )


def _first_cited(aligned: Aligned) -> list[Quote]:
    """What the first sentence of the answer stands on."""
    marks = aligned.sentences[0].citations if aligned.sentences else ()
    return [citation.quote for citation in aligned.citations if citation.number in marks]


def _quotes_alone(quotes: Sequence[Quote]) -> Aligned:
    """An answer made of the quotes themselves, each its own citation."""
    return align("\n\n".join(quote.text for quote in quotes), quotes)


def _refusal(
    query: Query,
    hits: tuple[Hit, ...],
    verdict: refusal.Verdict,
    message: str,
    timings: Timings,
    started: float,
) -> Answer:
    return Answer(
        question=query.original,
        text=message,
        abstained=True,
        citations=(),
        sentences=(),
        hits=hits,
        model=NO_LLM,
        timings=replace(timings, total=time.perf_counter() - started),
        sufficiency=verdict.probability,
        query=query,
    )
