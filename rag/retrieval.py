"""Question → Hits: understand, ask both legs, fuse, look closer, collapse what says the same twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from rag.collapse import Place, collapse
from rag.embedding import Embedder
from rag.fusion import fuse
from rag.nearness import LOOKED_AT, WEIGHT, nearness, wanted_words
from rag.reranking import RERANKED, Reranker, rerank
from rag.store import Scored, Snapshot
from rag.store.lexical import terms
from rag.types import Hit, Passage, Period, Query
from rag.understanding import allowed, reported, understand, words

# Beside the legs' 0 … 1, before the closer look
TIMELY_BONUS = 0.15
NEWEST_BONUS = 0.05  # from the oldest to the newest of the candidates: what comes so close is about equal


@dataclass(frozen=True, slots=True)
class Retriever:
    """Finds the passages that answer a question, in one snapshot of the index."""

    embedder: Embedder
    candidates: int
    dense_weight: float
    reranker: Reranker | None = None  # looks again at the first places
    abbreviations: Path | None = None  # the user's own, see rag.language.abbreviations

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
        return understand(
            question,
            snapshot,
            today=today,
            period=period,
            source=source,
            abbreviations=self.abbreviations,
        )

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
        if query.held is not None:
            legs = {name: [s for s in leg if s.passage.id in query.held] for name, leg in legs.items()}
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
        for key, bonus in _timeliness(query, passages.values(), snapshot).items():
            fused[key] += bonus
        first = _ranked(passages.values(), fused, snapshot)[:LOOKED_AT]
        near = _nearness(first, wanted_words(query.text, snapshot, folded=folded), snapshot, folded=folded)
        fused = {key: (score + WEIGHT * near.get(key, 0.0)) / (1 + WEIGHT) for key, score in fused.items()}
        ranked = _ranked(passages.values(), fused, snapshot)
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
        vector = self.embedder.embed_queries([query.text, *query.readings]).mean(axis=0)
        return snapshot.dense(vector / np.linalg.norm(vector), self.candidates, within)

    def lexical(self, query: Query, snapshot: Snapshot, within: frozenset[str] | None) -> list[Scored]:
        """The other leg alone: the candidates that share most words, best first; the score is BM25."""
        wanted, folded = words(query)
        extra = [term for phrase in query.expansions for term in terms(phrase, folded=folded)]
        return snapshot.lexical(wanted, self.candidates, folded=folded, within=within, extra=extra)

    @staticmethod
    def within(query: Query, snapshot: Snapshot, without: frozenset[str]) -> frozenset[str] | None:
        """The articles that may answer; None when all may."""
        found = allowed(query, snapshot)
        if query.held is not None:
            found = frozenset(passage_id.rpartition("#")[0] for passage_id in query.held)
        if found is None and without:
            found = snapshot.find(start=None, end=None, source=None)
        return None if found is None else found - without


def _ranked(passages: Collection[Passage], fused: Mapping[str, float], snapshot: Snapshot) -> list[Passage]:
    return sorted(passages, key=lambda passage: (-fused[passage.id], *_age(passage, snapshot)))


def _nearness(
    passages: Sequence[Passage], wanted: Mapping[str, float], snapshot: Snapshot, *, folded: bool
) -> dict[str, float]:
    """By passage id; see `rag.nearness`."""
    return {
        passage.id: nearness(passage, snapshot.article(passage.article_id).title, wanted, folded=folded)
        for passage in passages
    }


def _timeliness(query: Query, passages: Collection[Passage], snapshot: Snapshot) -> dict[str, float]:
    """What being of the right time adds to the score of each passage."""
    timely: frozenset[str] = frozenset()
    if query.period is not None and query.limit is None:
        asked = reported(query.period)
        timely = snapshot.find(start=asked.start, end=asked.end, source=None)
    days = {p.article_id: (snapshot.article(p.article_id).published or "")[:10] for p in passages}
    dated = sorted({day for day in days.values() if day})
    newness = {day: rank / len(dated) for rank, day in enumerate(dated, start=1)} if query.newest else {}
    return {
        passage.id: TIMELY_BONUS * (passage.article_id in timely)
        + NEWEST_BONUS * newness.get(days[passage.article_id], 0.0)
        for passage in passages
    }


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
