"""Hỏi Báo beside the plain recipe: the three nearest passages in an ordinary prompt that asks for citations.

    python -m benchmarks.plain_recipe [CASES…] [--corpus PATH…] [--sample N --seed S] [--out DIR] [--json]

Both answer the same questions from the same index with the same language model, one after the other.
Without CASES it is our own demonstration. `--out` keeps both runs, and an interrupted one goes on.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES, case_scores, gain
from benchmarks.tables import Cell, Table, show, stems
from rag import assemble, console
from rag.answering.assistant import Assistant
from rag.answering.citations import answer_sentences
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.command import opened_index, running_note
from rag.evaluation.runner import Assistant as Rival
from rag.evaluation.runner import Options, run
from rag.evaluation.summary import Report
from rag.evaluation.variants import resolve_articles
from rag.language.sentences import split_sentences
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Done,
    Event,
    Hit,
    Message,
    Query,
    Quote,
    Retrieved,
    Timings,
    Token,
)

PASSAGES = 3
SYSTEM = (
    "Bạn là trợ lý trả lời câu hỏi dựa trên ngữ cảnh được cung cấp. Trả lời bằng tiếng Việt. "
    "Ghi số trích dẫn như [1] sau mỗi ý. Nếu ngữ cảnh không có câu trả lời, hãy nói: Không tìm thấy."
)
REFUSAL = re.compile(r"không (?:tìm thấy|có thông tin|đề cập|được (?:nêu|nhắc|đề cập))", re.IGNORECASE)
MARK = re.compile(r"\[(\d+)\]")
SHOWN = (
    "outcome.right", "answer.correct", "answer.contains", "answer.f1", "evidence.contains",
    "citation.verbatim", "citation.precision", "citation.recall", "refusal.precision", "refusal.recall",
    "refusal.wrong_answer_rate", "refusal.auc", "language.vietnamese", "latency.first_evidence.p50",
    "latency.first_token.p50", "latency.total.p50", "latency.total.p95", "tokens.prompt", "tokens.answer",
)  # fmt: skip
NOTE = (
    f"Plain recipe: the {PASSAGES} passages nearest by meaning, an ordinary prompt, the marks [n] as the "
    "model writes them, each citing its whole passage; a refusal is what reads like one. The gain is that of "
    "Hỏi Báo on the same questions with its 95 % interval (paired bootstrap), for figures that are means."
)


@dataclass(frozen=True, slots=True)
class PlainRecipe:
    """What the evaluation needs of an assistant, done the ordinary way on the parts of ours."""

    ours: Assistant

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        without: frozenset[str] = frozenset(),
        today: date | None = None,
    ) -> Iterator[Event]:
        started = time.perf_counter()
        _, hits = self.search(question, PASSAGES, without=without, today=today)
        yield Retrieved(hits)
        generator = self.ours.generator()
        messages: list[Message] = [{"role": "system", "content": SYSTEM}, *history, asked(question, hits)]
        written: list[str] = []
        for piece in generator.generate(messages, max_tokens=self.ours.settings.answer_tokens):
            written.append(piece)
            yield Token(piece)
        text = "".join(written).strip()
        abstained = REFUSAL.search(text) is not None
        sentences = _sentences(text, len(hits))
        cited = sorted({number for sentence in sentences for number in sentence.citations})
        yield Done(
            Answer(
                question=question,
                text=text,
                abstained=abstained,
                citations=() if abstained else tuple(_citation(number, hits) for number in cited),
                sentences=() if abstained else sentences,
                hits=hits,
                model=generator.name,
                timings=Timings(total=time.perf_counter() - started),
                sufficiency=0.0 if abstained else 1.0,
                prompt_tokens=generator.count_tokens(messages),
                answer_tokens=len(written),
            )
        )

    def search(
        self,
        question: str,
        k: int,
        *,
        without: frozenset[str] = frozenset(),
        today: date | None = None,  # the plain recipe knows no days
    ) -> tuple[Query, tuple[Hit, ...]]:
        query = Query(question, question)
        retriever = self.ours.retriever
        with self.ours.store.snapshot() as snapshot:
            found = retriever.dense(query, snapshot, retriever.within(query, snapshot, without))[:k]
            hits = tuple(
                Hit(rank, scored.score, scored.passage, snapshot.article(scored.passage.article_id))
                for rank, scored in enumerate(found, start=1)
            )
        return query, hits

    def article(self, article_id: str) -> Article:
        return self.ours.article(article_id)


def asked(question: str, hits: Sequence[Hit]) -> Message:
    """The last message of the prompt."""
    context = "\n\n".join(f"[{hit.rank}] {hit.article.title}\n{hit.passage.text}" for hit in hits)
    return {"role": "user", "content": f"Ngữ cảnh:\n{context}\n\nCâu hỏi: {question}"}


def _sentences(text: str, passages: int) -> tuple[AnswerSentence, ...]:
    """Each sentence with the numbers of its marks that name a passage."""
    found = (text[span.start : span.end] for span in split_sentences(text))
    return tuple(
        AnswerSentence(plain[0], tuple(sorted(_numbers(sentence, passages))))
        for sentence in found
        if (plain := answer_sentences(sentence))
    )


def _numbers(sentence: str, passages: int) -> set[int]:
    return {int(mark) for mark in MARK.findall(sentence) if 1 <= int(mark) <= passages}


def _citation(number: int, hits: Sequence[Hit]) -> Citation:
    hit = hits[number - 1]
    return Citation(number, Quote(hit.article, hit.passage.start, hit.passage.end))


def main() -> None:
    options = parsed(__doc__)
    with warmed_up(options) as (ours, cases):
        rivals: dict[str, Rival] = {"plain": PlainRecipe(ours), "hoibao": ours}
        reports = [
            answered(name, rival, cases, options.sample, options.seed, options.out)
            for name, rival in rivals.items()
        ]
    title = f"{stems(options.cases)}, {reports[0].n:,} questions"
    show(table(title, *reports), as_json=options.json)


def parsed(description: str | None, ways: Sequence[str] = ()) -> argparse.Namespace:
    """The options of the benchmarks that ask everything several times over; our own questions by default.

    Of `ways`, some can be chosen.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, default=[])
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    if ways:
        parser.add_argument("--ways", nargs="+", choices=ways, default=ways, metavar="WAY")
    options = parser.parse_args()
    if not options.cases:
        options.cases, options.corpus = [DEMO_CASES], [DEMO_ARTICLES]
    return options


@contextmanager
def warmed_up(options: argparse.Namespace) -> Iterator[tuple[Assistant, Sequence[Case]]]:
    """The product over an index of the questions' articles, both models loaded before the clock runs."""
    settings = Settings.load()
    embedder = assemble.embedder(settings)
    with opened_index(settings, options.cases, options.corpus, embedder) as store:
        ours = assemble.assistant(settings, store, embedder)
        known = [(article.id, article.path) for article in ours.articles()]
        embedder.embed_queries(["làm nóng"])
        ours.generator()
        yield ours, resolve_articles(read_cases(options.cases), known)


def answered(
    name: str, rival: Rival, cases: Sequence[Case], size: int | None, seed: int, out: Path | None
) -> Report:
    """One of the two asked everything."""
    options = Options(sample=size, seed=seed, fingerprint={"recipe": name})
    with console.running_figures() as tell:
        return run(
            cases,
            rival,
            options,
            out / name if out else None,
            lambda so_far: tell(so_far.done, so_far.total, running_note(so_far)),
        )


def table(title: str, plain: Report, ours: Report) -> Table:
    """A row for every figure that either has."""
    rows: list[Sequence[Cell]] = []
    for name in SHOWN:
        before, after = plain.metrics[name], ours.metrics[name]
        if before.value is not None or after.value is not None:
            rows.append([name, before, after, gain(case_scores(plain, name), case_scores(ours, name))])
    return Table(title, NOTE, ["figure", "plain recipe", "Hỏi Báo", "gain"], rows)


if __name__ == "__main__":
    main()
