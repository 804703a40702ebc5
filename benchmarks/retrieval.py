"""How well each way of searching finds what answers: both legs alone, two fusions, and all that users get.

    python -m benchmarks.retrieval [CASES…] [--corpus PATH…] [--unaccented] [--sample N] [--json]

CASES are SQuAD files, judged by context, or ours, judged by article; without any it is our own demonstration.
All ways ask the same questions of the same index in one run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np

from benchmarks.tables import Cell, Table, show, stems
from rag import assemble, console
from rag.answering.assistant import Assistant
from rag.embedding import Embedder
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.command import opened_index
from rag.evaluation.runner import Options, Progress, prepare, run
from rag.evaluation.statistics import Floats, mean, paired
from rag.evaluation.summary import Report
from rag.evaluation.variants import resolve_articles
from rag.fusion import fuse
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import Scored, Snapshot
from rag.types import FloatMatrix, Hit, Period, Query

DEMO_CASES = Path(__file__).parent.parent / "tests" / "eval" / "demo.jsonl"
DEMO_ARTICLES = Path(str(files("rag.demo") / "articles"))
RANK_CONSTANT = 60  # of reciprocal rank fusion, as its authors chose it (Cormack et al. 2009)
PRODUCT = "Hỏi Báo"
METRICS = {
    "recall@1": "retrieval.recall@1",
    "recall@5": "retrieval.recall@5",
    "recall@10": "retrieval.recall@10",
    "MRR@10": "retrieval.mrr@10",
    "nDCG@10": "retrieval.ndcg@10",
}
NOTE = (
    f"± is the standard error. Against {PRODUCT}: what nDCG@10 gains over it on the same questions, with the "
    "95 % interval (paired bootstrap). ms: median of a whole search, embedding the question included. "
    f"{PRODUCT} is everything users get: fusion, a closer look, articles of the period asked for preferred, "
    "and copies of a story in one hit, which counts as each of them that the case names. The others rank "
    "passages alone, for the question as it was understood (accents restored) unless they say “as typed”."
)

Leg = Callable[[Retriever, Query, Snapshot, frozenset[str] | None], list[Scored]]
Legs = Mapping[str, Sequence[Scored]]
LEGS: Mapping[str, Leg] = {"dense": Retriever.dense, "lexical": Retriever.lexical}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, default=[])
    parser.add_argument("--unaccented", action="store_true", help="questions typed without accents")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    case_files, corpus = options.cases, options.corpus
    if not case_files:
        case_files, corpus = [DEMO_CASES], [DEMO_ARTICLES]
    settings = Settings.load()
    embedder = Remembering(assemble.embedder(settings))
    with opened_index(settings, case_files, corpus, embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        with store.snapshot() as snapshot:
            snapshot.require(embedder=settings.embedder, fingerprint=embedder.fingerprint)
            known = [(article.id, article.path) for article in snapshot.articles()]
        cases = prepare(
            resolve_articles(read_cases(case_files), known),
            Options(unaccented=options.unaccented, sample=options.sample),
        )
        embedder.embed_queries(["làm nóng"])  # loads the model, which is no part of any question
        reports = compare(cases, assistant, as_typed=options.unaccented, clock=embedder.clock)
    title = (
        f"{stems(case_files)}, {len(cases):,} questions over {len(known):,} articles"
        f"{f' ({stems(corpus)})' if options.corpus else ''}{', no accents' if options.unaccented else ''}"
    )
    show(table(title, reports), as_json=options.json)


# ── The ways ──────────────────────────────────────────────────────────────────────────────────────


def reciprocal_ranks(legs: Legs) -> dict[str, float]:
    """Reciprocal rank fusion: passage id → the sum of 1 / (60 + rank) over the legs."""
    fused: dict[str, float] = {}
    for leg in legs.values():
        for rank, scored in enumerate(leg, start=1):
            fused[scored.passage.id] = fused.get(scored.passage.id, 0.0) + 1 / (RANK_CONSTANT + rank)
    return fused


@dataclass(frozen=True, slots=True)
class Way(Retriever):
    """The product's own legs, ranked in another way; no date or quotation counts and no copy is left out."""

    legs: tuple[str, ...] = tuple(LEGS)
    fusion: Callable[[Legs], Mapping[str, float]] = reciprocal_ranks
    as_typed: bool = False

    def understand(
        self,
        question: str,
        snapshot: Snapshot,
        *,
        today: date,
        period: Period | None = None,
        source: str | None = None,
    ) -> Query:
        if self.as_typed:
            return Query(question, question)
        query = Retriever.understand(self, question, snapshot, today=today, period=period, source=source)
        return query if period else replace(query, limit=None, held=None)

    def search(
        self, query: Query, snapshot: Snapshot, k: int, *, without: frozenset[str] = frozenset()
    ) -> tuple[Hit, ...]:
        within = self.within(query, snapshot, without)
        legs = {name: LEGS[name](self, query, snapshot, within) for name in self.legs}
        passages = {scored.passage.id: scored.passage for leg in legs.values() for scored in leg}
        fused = self.fusion(legs)
        best = sorted(fused, key=lambda key: (-fused[key], key))[:k]
        return tuple(
            Hit(rank, fused[key], passages[key], snapshot.article(passages[key].article_id))
            for rank, key in enumerate(best, start=1)
        )


def ways(product: Retriever, *, as_typed: bool) -> dict[str, Retriever]:
    """What is compared, by name. `as_typed` adds each leg on the question without its accents restored."""
    weights = {"dense": product.dense_weight, "lexical": 1 - product.dense_weight}
    other = Way(product.embedder, product.candidates, product.dense_weight)
    alone = {name: replace(other, legs=(name,)) for name in LEGS}
    typed = {f"{name} leg, as typed": replace(way, as_typed=True) for name, way in alone.items()}
    return {
        **(typed if as_typed else {}),
        **{f"{name} leg": way for name, way in alone.items()},
        f"reciprocal rank fusion, k = {RANK_CONSTANT}": other,
        f"min-max fusion, dense weight {product.dense_weight:g}": replace(
            other, fusion=lambda legs: fuse(legs, weights)
        ),
        PRODUCT: product,
    }


# ── One run ───────────────────────────────────────────────────────────────────────────────────────


def compare(
    cases: Sequence[Case], assistant: Assistant, *, as_typed: bool, clock: Callable[[], float]
) -> dict[str, Report]:
    """The evaluation's own report for each way."""
    reports = {}
    with console.running_figures() as tell:
        for name, retriever in ways(assistant.retriever, as_typed=as_typed).items():

            def progress(so_far: Progress, name: str = name) -> None:
                tell(so_far.done, so_far.total, name)

            searching = replace(assistant, retriever=retriever)
            reports[name] = run(cases, searching, Options(retrieval_only=True), None, progress, clock=clock)
    return reports


def table(title: str, reports: Mapping[str, Report]) -> Table:
    """One row a way, each against the product's."""
    own = case_scores(reports[PRODUCT], METRICS["nDCG@10"])
    rows: list[list[Cell]] = []
    for name, report in reports.items():
        seconds = report.metrics["latency.total.p50"].value
        figures = [report.metrics[metric] for metric in METRICS.values()]
        difference = "" if name == PRODUCT else gain(own, case_scores(report, METRICS["nDCG@10"]))
        rows.append([name, *figures, difference, None if seconds is None else 1000 * seconds])
    return Table(title, NOTE, ["way", *METRICS, f"against {PRODUCT}", "ms"], rows)


def gain(before: Floats, after: Floats) -> str:
    """`+0.012 (+0.003 … +0.021)`: the mean difference of the same cases and its 95 % interval."""
    found = paired(before, after, np.ones_like(before), mean)
    if found.change is None or found.low is None or found.high is None:
        return "—"
    return f"{found.change:+.3f} ({found.low:+.3f} … {found.high:+.3f})"


def case_scores(report: Report, name: str) -> Floats:
    """One metric of every case, NaN where it has none."""
    return np.array(
        [record.scores[name].value if name in record.scores else np.nan for record in report.records]
    )


@dataclass(slots=True)
class Remembering:
    """An embedder that embeds no question twice. Its clock runs on as if it had, for every way alike."""

    embedder: Embedder
    known: dict[str, tuple[FloatMatrix, float]] = field(default_factory=dict)  # vector, seconds it took
    saved: float = 0.0  # seconds

    @property
    def fingerprint(self) -> str:
        return self.embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self.embedder.dimension

    @property
    def max_tokens(self) -> int:
        return self.embedder.max_tokens

    def count_tokens(self, text: str) -> int:
        return self.embedder.count_tokens(text)

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        return self.embedder.embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        return np.concatenate([self._one(text) for text in texts])

    def _one(self, text: str) -> FloatMatrix:
        if text in self.known:
            vector, seconds = self.known[text]
            self.saved += seconds
            return vector
        started = time.perf_counter()
        vector = self.embedder.embed_queries([text])
        self.known[text] = vector, time.perf_counter() - started
        return vector

    def clock(self) -> float:
        """Seconds, those of the embedding that was saved included."""
        return time.perf_counter() + self.saved


if __name__ == "__main__":
    main()
