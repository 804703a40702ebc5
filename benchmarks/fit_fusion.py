"""Chooses how the scores of the two legs are made comparable and weighed (`rag/fusion.py`, `dense_weight`).

    python -m benchmarks.fit_fusion [CASES…] [--corpus PATH…] [--sample N] [--json]

Each file of cases is asked as it is and without accents; --corpus is for files of our own form, and without
CASES it is our own demonstration. Every question is searched once; all ways of fusing are then tried on the
candidates that the legs found.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES, gain
from benchmarks.tables import Cell, Table, show, stem
from rag import assemble, console
from rag.answering.assistant import Assistant
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.command import opened_index
from rag.evaluation.corpus import has_contexts
from rag.evaluation.metrics.retrieval import DEPTH
from rag.evaluation.runner import Options, prepare
from rag.evaluation.statistics import RESAMPLES, Figure, Floats
from rag.evaluation.variants import resolve_articles
from rag.settings import Settings
from rag.understanding import words

WEIGHTS = np.round(np.arange(0.0, 1.01, 0.05), 2)
SHOWN = (0.3, 0.4, 0.5, 0.6, 0.7)
BASELINE = "min-max"  # … at an even weight: what the others have to beat
EVEN = 0.5
NOTE = (
    "nDCG@10 by the weight of the dense leg (α). best α: with its bootstrap error. gain: nDCG@10 at best α "
    f"less {BASELINE} at α = {EVEN:g}, same questions, 95 % interval; flattering, because α was chosen on "
    "these very questions. Each leg's score counts from its worst candidate, which also stands for passages "
    "that only the other leg found, and is divided by what the row names, then by the median of the outcome "
    "over all questions, so that α means the same in every row."
)


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg's scores of all candidates of a question; NaN where it did not find the passage."""

    scores: Floats
    rarity: float = 1.0  # of the question's words; of the lexical leg alone

    @property
    def best(self) -> float:
        return float(np.nanmax(self.scores))

    @property
    def range(self) -> float:
        return self.best - float(np.nanmin(self.scores))

    @property
    def deviation(self) -> float:
        return float(np.nanstd(self.scores))


@dataclass(frozen=True, slots=True)
class Candidates:
    """What both legs found for one question, in the order of passage ids."""

    case: Case
    articles: tuple[str, ...]  # of each candidate
    dense: Leg
    lexical: Leg


Found = TypeVar("Found")
"""What a search keeps of one question."""

Span = Callable[[Leg], float]
"""What the differences between the scores of one leg are divided by."""

NORMALISATIONS: Mapping[str, tuple[Span, Span]] = {
    BASELINE: (lambda leg: leg.range, lambda leg: leg.range),
    # Bruch et al. 2023, arXiv 2210.11934: least possible scores in place of the least that were found
    "BM25 from 0": (lambda leg: leg.range, lambda leg: leg.best),
    "BM25 from 0, cosine from -1": (lambda leg: leg.best + 1, lambda leg: leg.best),
    "z-score": (lambda leg: leg.deviation, lambda leg: leg.deviation),
    "BM25 over rarity": (lambda leg: leg.range, lambda leg: leg.rarity),
    "BM25 over rarity, plain cosine": (lambda _: 1.0, lambda leg: leg.rarity),
}


def main() -> None:
    options = parsed(__doc__)
    rows = [[name, *row] for name, found in searched(options, search) for row in tried(found)]
    columns = ["data", "scores", *(f"α = {weight:g}" for weight in SHOWN), "best α", "nDCG@10", "gain"]
    title = f"{', '.join(map(stem, options.cases))}: {len(NORMALISATIONS)} normalisations"
    show(Table(title, NOTE, columns, rows), as_json=options.json)


def parsed(description: str | None) -> argparse.Namespace:
    """The options of the benchmarks that choose what ranks passages."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", type=Path, default=[DEMO_CASES])
    parser.add_argument("--corpus", nargs="+", type=Path, default=[DEMO_ARTICLES])
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def searched(
    options: argparse.Namespace, search: Callable[[Case, Assistant], Found | None]
) -> Iterator[tuple[str, list[Found]]]:
    """Every file of cases as it is and without accents: its name in the table, and what was found."""
    for file in options.cases:
        for unaccented in (False, True):
            switches = Options(unaccented=unaccented, sample=options.sample)
            found = read(file, options.corpus, switches, search)
            yield f"{stem(file)}{', no accents' if unaccented else ''}, n = {len(found):,}", found


def read(
    file: Path,
    corpus: Sequence[Path],
    options: Options,
    search: Callable[[Case, Assistant], Found | None],
) -> list[Found]:
    """What `search` finds for every question of the file that says which articles answer it."""
    settings = Settings.load()
    embedder = assemble.embedder(settings)
    with opened_index(settings, [file], [] if has_contexts(file) else corpus, embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        with store.snapshot() as snapshot:
            known = [(article.id, article.path) for article in snapshot.articles()]
        cases = prepare(resolve_articles(read_cases([file]), known), options)
        found: list[Found] = []
        with console.running_figures() as tell:
            for number, case in enumerate(cases, start=1):
                if case.articles and (one := search(case, assistant)) is not None:
                    found.append(one)
                tell(number, len(cases), stem(file))
    return found


def search(case: Case, assistant: Assistant) -> Candidates | None:
    """Both legs' candidates; None when a leg found nothing, and there is nothing to fuse."""
    retriever = assistant.retriever
    with assistant.store.snapshot() as snapshot:
        today = case.today or date.today()  # noqa: DTZ011  # as the product: the reader's own day
        query = retriever.understand(case.question, snapshot, today=today)
        wanted, folded = words(query)
        dense = {found.passage.id: found for found in retriever.dense(query, snapshot, None)}
        lexical = {found.passage.id: found for found in retriever.lexical(query, snapshot, None)}
        rarity = snapshot.rarity(wanted, folded=folded) or 1.0
    if not (dense and lexical):
        return None
    both = dense | lexical
    ids = sorted(both)

    def scores(leg: Mapping[str, object]) -> Floats:
        return np.array([getattr(leg.get(key), "score", np.nan) for key in ids])

    articles = tuple(both[key].passage.article_id for key in ids)
    return Candidates(case, articles, Leg(scores(dense)), Leg(scores(lexical), rarity))


# ── Trying ────────────────────────────────────────────────────────────────────────────────────────


def tried(found: Sequence[Candidates]) -> list[list[Cell]]:
    """A row for every normalisation."""
    curves = {name: curve(found, *spans) for name, spans in NORMALISATIONS.items()}
    even = curves[BASELINE][_row(EVEN)]
    rows: list[list[Cell]] = []
    for name, values in curves.items():
        best = int(values.mean(axis=1).argmax())
        at = [float(values[_row(weight)].mean()) for weight in SHOWN]
        weight = Figure(float(WEIGHTS[best]), _error_of_best(values), len(found))
        rows.append([name, *at, weight, float(values[best].mean()), gain(even, values[best])])
    return rows


def curve(found: Sequence[Candidates], dense_span: Span, lexical_span: Span) -> Floats:
    """nDCG@10 by weight and question: shape (len(WEIGHTS), len(found))."""
    dense = _stretched([question.dense for question in found], dense_span)
    lexical = _stretched([question.lexical for question in found], lexical_span)
    return np.array(
        [
            ndcg(
                found,
                [weight * d + (1 - weight) * w for d, w in zip(dense, lexical, strict=True)],
            )
            for weight in WEIGHTS
        ]
    )


def _stretched(legs: Sequence[Leg], span: Span) -> list[Floats]:
    """The scores of each question from its worst candidate up; the median question reaches 1."""
    parts = []
    for leg in legs:
        above = np.nan_to_num(leg.scores - np.nanmin(leg.scores))
        # All alike: as in rag/fusion.py each has the whole weight, whatever it would be divided by.
        parts.append(above / span(leg) if leg.range else np.where(np.isnan(leg.scores), 0.0, 1.0))
    typical = float(np.median([part.max() for part in parts]))
    return [part / typical for part in parts]


def ndcg(found: Sequence[Candidates], fused: Sequence[Floats]) -> Floats:
    """nDCG@10 of every question when its candidates are ranked by these scores."""
    import ir_measures  # imported here, as in the evaluation: brings a compiled extension

    relevant, ranked = {}, {}
    for number, (question, scores) in enumerate(zip(found, fused, strict=True)):
        order = np.argsort(-scores, kind="stable")
        articles = list(dict.fromkeys(question.articles[place] for place in order))[:DEPTH]
        relevant[str(number)] = dict.fromkeys(question.case.articles, 1)
        ranked[str(number)] = {article: float(-rank) for rank, article in enumerate(articles)}
    values = np.zeros(len(found))
    for metric in ir_measures.iter_calc([ir_measures.nDCG @ 10], relevant, ranked):
        values[int(metric.query_id)] = metric.value
    return values


def _row(weight: float) -> int:
    return int(np.abs(WEIGHTS - weight).argmin())


def _error_of_best(values: Floats) -> float:
    """How far the best weight moves when the questions are drawn anew (bootstrap)."""
    random = np.random.default_rng(0)
    n = values.shape[1]
    best = [values[:, random.integers(n, size=n)].mean(axis=1).argmax() for _ in range(RESAMPLES)]
    return float(WEIGHTS[best].std(ddof=1))


if __name__ == "__main__":
    main()
