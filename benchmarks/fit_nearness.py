"""Chooses how much it counts that a passage says the question's words in one place (`rag/nearness.py`).

    python -m benchmarks.fit_nearness [CASES…] [--corpus PATH…] [--sample N] [--json]

Each file of cases is asked as it is and without accents; --corpus is for files of our own form, and without
CASES it is our own demonstration. Every question is searched once; all weights are then tried on the passages
that the product looks at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from benchmarks.fit_fusion import Candidates, Leg, ndcg, parsed, searched
from benchmarks.retrieval import gain
from benchmarks.tables import Cell, Table, show, stem
from rag.answering.assistant import Assistant
from rag.evaluation.cases import Case
from rag.evaluation.statistics import Floats
from rag.fusion import fuse
from rag.nearness import LOOKED_AT, WEIGHT, nearness, wanted_words
from rag.understanding import words

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
    options = parsed(__doc__)
    rows = [[name, *tried(found)] for name, found in searched(options, search)]
    columns = ["data", *(f"{weight:g}" for weight in WEIGHTS), "gain"]
    show(Table(f"{', '.join(map(stem, options.cases))}: nearness", NOTE, columns, rows), as_json=options.json)


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
        _, folded = words(query)
        wanted = wanted_words(query.text, snapshot, folded=folded)
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
