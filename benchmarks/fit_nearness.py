"""Chooses how much it counts that a passage says the question's words in one place (`rag/nearness.py`).

    python -m benchmarks.fit_nearness [CASES…] [--corpus PATH…] [--sample N] [--json]

Each file of cases is asked as it is and without accents; --corpus is for files of our own form, and without
CASES it is our own demonstration. Every question is searched once; all weights are then tried on the passages
that the product looks at again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.fit_fusion import Candidates, Leg, ndcg
from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES, gain
from benchmarks.tables import Cell, Table, show, stem
from rag import assemble, console
from rag.answering.assistant import Assistant
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.command import opened_index
from rag.evaluation.corpus import has_contexts
from rag.evaluation.runner import Options, prepare
from rag.evaluation.statistics import Floats
from rag.evaluation.variants import resolve_articles
from rag.fusion import fuse
from rag.nearness import LOOKED_AT, WEIGHT, nearness, wanted_words
from rag.settings import Settings

WEIGHTS = (0.0, 0.3, 0.5, 0.7, 0.9, 1.2)
NOTE = (
    f"nDCG@10 by the weight of nearness, 0 … 1, of the first {LOOKED_AT} passages beside the fused score "
    f"of the legs; {WEIGHT:g} is in use. gain: what that adds to 0 on the same questions, 95 % interval."
)


@dataclass(frozen=True, slots=True)
class Found:
    """The fused passages of a question, best first."""

    case: Case
    articles: tuple[str, ...]  # of each passage
    fused: Floats
    near: Floats  # 0 for those that are not looked at again


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, default=[DEMO_ARTICLES])
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    case_files = options.cases or [DEMO_CASES]
    rows: list[list[Cell]] = []
    for file in case_files:
        for unaccented in (False, True):
            found = read(file, options.corpus, Options(unaccented=unaccented, sample=options.sample))
            name = f"{stem(file)}{', no accents' if unaccented else ''}, n = {len(found):,}"
            rows.append([name, *tried(found)])
    columns = ["data", *(f"{weight:g}" for weight in WEIGHTS), "gain"]
    show(Table(f"{', '.join(map(stem, case_files))}: nearness", NOTE, columns, rows), as_json=options.json)


def read(file: Path, corpus: Sequence[Path], options: Options) -> list[Found]:
    """The fused passages of every question of the file that says which articles answer it."""
    settings = Settings.load()
    embedder = assemble.embedder(settings)
    with opened_index(settings, [file], [] if has_contexts(file) else corpus, embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        with store.snapshot() as snapshot:
            known = [(article.id, article.path) for article in snapshot.articles()]
        cases = prepare(resolve_articles(read_cases([file]), known), options)
        found = []
        with console.running_figures() as tell:
            for number, case in enumerate(cases, start=1):
                if case.articles:
                    found.append(search(case, assistant))
                tell(number, len(cases), stem(file))
    return found


def search(case: Case, assistant: Assistant) -> Found:
    """Both legs, fused, and the nearness of the first passages."""
    retriever = assistant.retriever
    with assistant.store.snapshot() as snapshot:
        today = case.today or date.today()  # noqa: DTZ011  # as the product: the reader's own day
        query = retriever.understand(case.question, snapshot, today=today)
        legs = {
            "dense": retriever.dense(query, snapshot, None),
            "lexical": retriever.lexical(query, snapshot, None),
        }
        fused = fuse(legs, {"dense": retriever.dense_weight, "lexical": 1 - retriever.dense_weight})
        passages = {scored.passage.id: scored.passage for leg in legs.values() for scored in leg}
        ranked = sorted(fused, key=lambda key: (-fused[key], key))
        wanted, folded = wanted_words(query, snapshot)
        near = np.zeros(len(ranked))
        for place, key in enumerate(ranked[:LOOKED_AT]):
            title = snapshot.article(passages[key].article_id).title
            near[place] = nearness(passages[key], title, wanted, folded=folded)
    articles = tuple(passages[key].article_id for key in ranked)
    return Found(case, articles, np.array([fused[key] for key in ranked]), near)


def tried(found: Sequence[Found]) -> list[Cell]:
    """nDCG@10 at every weight, and the gain of the one in use."""
    none = Leg(np.zeros(0))
    questions = [Candidates(question.case, question.articles, none, none) for question in found]
    values = {
        weight: ndcg(questions, [question.fused + weight * question.near for question in found])
        for weight in {*WEIGHTS, WEIGHT}
    }
    return [*(float(values[weight].mean()) for weight in WEIGHTS), gain(values[0.0], values[WEIGHT])]


if __name__ == "__main__":
    main()
