"""retrieval.*: whether the articles that hold the answer were found, and how high. One figure per article."""

from __future__ import annotations

from rag.evaluation.record import Record, Score
from rag.texts import text

DEPTH = 10
NAMES = (
    "retrieval.recall@1",
    "retrieval.recall@3",
    "retrieval.recall@5",
    "retrieval.recall@10",
    "retrieval.mrr@10",
    "retrieval.ndcg@10",
)


def score(record: Record) -> dict[str, Score]:
    """The six figures by ir-measures; nothing for a case without gold articles or with an error.

    An article stands at the rank of its best passage, or of a passage of a copy of it that stands for both;
    all gold articles are equally relevant.
    """
    gold = set(record.case.articles)
    if not gold:
        return {}
    # imported here: only an evaluation needs it, and it brings a compiled extension
    import ir_measures
    from ir_measures import RR, R, nDCG

    ranking = ranked_articles(record)
    measures = dict(zip((R @ 1, R @ 3, R @ 5, R @ 10, RR @ 10, nDCG @ 10), NAMES, strict=True))
    relevant = {record.case.id: dict.fromkeys(gold, 1)}
    # scores strictly fall, so that trec_eval has no ties to break in its own way
    run = {record.case.id: {name: float(-rank) for rank, name in enumerate(ranking)}}
    explanation = _explain(ranking, gold)
    return {
        measures[metric.measure]: Score(float(metric.value), explanation)
        for metric in ir_measures.iter_calc(list(measures), relevant, run)
    }


def ranked_articles(record: Record) -> list[str]:
    """Distinct articles by their best passage, under the names the case uses (id, or else file stem).

    A hit that stands for several copies of a story is every one of them that the case names.
    """
    gold = set(record.case.articles)
    names = (name for hit in record.hits for name in sorted(gold & hit.names) or [hit.article_id])
    return list(dict.fromkeys(names))[:DEPTH]


def _explain(ranking: list[str], gold: set[str]) -> str:
    ranks = {name: rank for rank, name in enumerate(ranking, start=1)}
    places = ", ".join(f"{name}: {ranks.get(name, '—')}" for name in sorted(gold))
    return text("eval.why_retrieval", places=places)
