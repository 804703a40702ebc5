"""Question → Hits: understand, ask both legs, fuse their scores, collapse what says the same twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rag.collapse import Place, collapse
from rag.embedding import Embedder
from rag.fusion import fuse
from rag.language.accents import looks_unaccented
from rag.reranking import RERANKED, Reranker, rerank
from rag.store import Scored, Snapshot
from rag.store.lexical import terms
from rag.types import Hit, Passage, Period, Query
from rag.understanding import understand

TIMELY_BONUS = 0.15
REPORTING_DELAY = timedelta(days=31)  # monthly and quarterly figures are in the paper weeks later


@dataclass(frozen=True, slots=True)
class Retriever:
    """Finds the passages that answer a question, in one snapshot of the index."""

    embedder: Embedder
    candidates: int
    dense_weight: float
    reranker: Reranker | None = None  # looks again at the first places

    def understand(
        self,
        question: str,
        snapshot: Snapshot,
        *,
        today: date,
        period: Period | None = None,
        source: str | None = None,
    ) -> Query:
        """The question as it will be searched; see `rag.understanding`."""
        return understand(question, snapshot, today=today, period=period, source=source)

    def search(
        self, query: Query, snapshot: Snapshot, k: int, *, without: frozenset[str] = frozenset()
    ) -> tuple[Hit, ...]:
        """The `k` best places, best first: said once, neighbouring passages as one; see `rag.collapse`.

        `without` hides articles, as if they had never been indexed.
        """
        within = self.within(query, snapshot, without)
        legs = {
            "dense": self.dense(query, snapshot, within),
            "lexical": self.lexical(query, snapshot, within),
        }
        weights = {"dense": self.dense_weight, "lexical": 1 - self.dense_weight}
        passages = {scored.passage.id: scored.passage for leg in legs.values() for scored in leg}
        # BM25 grows with the question: by its rarity it becomes comparable between questions.
        wanted, folded = words(query)
        scale = {"dense": 1.0, "lexical": snapshot.rarity(wanted, folded=folded) or 1.0}
        raw = {
            name: {scored.passage.id: scored.score / scale[name] for scored in leg}
            for name, leg in legs.items()
        }
        fused = fuse(legs, weights)
        if query.period is not None and not query.period_is_limit:
            timely = snapshot.find(start=query.period.start, end=_reported_by(query.period.end), source=None)
            for key, passage in passages.items():
                fused[key] += TIMELY_BONUS * (passage.article_id in timely)
        ranked = sorted(passages.values(), key=lambda passage: (-fused[passage.id], *_age(passage, snapshot)))
        wide = k if self.reranker is None else max(k, RERANKED)
        places = collapse(ranked, wide, lambda article_id: snapshot.copies(article_id, within))
        if self.reranker is not None:
            places, raw["rerank"] = rerank(
                places, query.text, self.reranker, lambda article_id: snapshot.article(article_id).title
            )
        return tuple(
            _hit(rank, place, snapshot, fused, raw) for rank, place in enumerate(places[:k], start=1)
        )

    def dense(self, query: Query, snapshot: Snapshot, within: frozenset[str] | None) -> list[Scored]:
        """One leg alone: the candidates nearest in meaning, best first; the score is the cosine."""
        vector = self.embedder.embed_queries([query.text])[0]
        return snapshot.dense(vector, self.candidates, within)

    def lexical(self, query: Query, snapshot: Snapshot, within: frozenset[str] | None) -> list[Scored]:
        """The other leg alone: the candidates that share most words, best first; the score is BM25."""
        wanted, folded = words(query)
        return snapshot.lexical(wanted, self.candidates, folded=folded, within=within)

    @staticmethod
    def within(query: Query, snapshot: Snapshot, without: frozenset[str]) -> frozenset[str] | None:
        """The articles that may answer; None when all may."""
        period = query.period if query.period and query.period_is_limit else Period(None, None)
        if period == Period(None, None) and query.source is None and not without:
            return None
        return snapshot.find(start=period.start, end=period.end, source=query.source) - without


def words(query: Query) -> tuple[list[str], bool]:
    """What the lexical leg looks for, and whether accents are left aside."""
    # Words typed without accents can only be matched against words stripped of theirs.
    folded = query.accents_restored or looks_unaccented(query.text)
    return terms(query.text, folded=folded), folded


def _hit(
    rank: int,
    place: Place,
    snapshot: Snapshot,
    fused: Mapping[str, float],
    raw: Mapping[str, Mapping[str, float]],
) -> Hit:
    """A place as a hit; each score is the one that the best of the place's passages got."""
    article = snapshot.article(place.article_id)
    ids = [passage.id for passage in place.passages]
    return Hit(
        rank=rank,
        score=fused[ids[0]],
        passage=place.span(article),
        article=article,
        scores={
            name: max(scores[i] for i in ids if i in scores)
            for name, scores in raw.items()
            if not scores.keys().isdisjoint(ids)
        },
        copies=place.copies,
    )


def _age(passage: Passage, snapshot: Snapshot) -> tuple[str, bool, str]:
    """Decides between equal scores, as copies have: the earliest, and one that names its paper, is shown."""
    article = snapshot.article(passage.article_id)
    return article.published or "9", not article.source, passage.id


def _reported_by(end: date | None) -> date | None:
    """The last day on which something that happened by `end` is still news."""
    return None if end is None else end + REPORTING_DELAY
