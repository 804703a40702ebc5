"""Question → Hits: understand, ask both legs, fuse their scores, collapse what says the same twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rag.copies import distinct
from rag.embedding import Embedder
from rag.fusion import fuse
from rag.language.accents import looks_unaccented
from rag.store import Snapshot
from rag.store.lexical import terms
from rag.types import Hit, Period, Query
from rag.understanding import understand

TIMELY_BONUS = 0.15
REPORTING_DELAY = timedelta(days=31)  # monthly and quarterly figures are in the paper weeks later


@dataclass(frozen=True, slots=True)
class Retriever:
    """Finds the passages that answer a question, in one snapshot of the index."""

    embedder: Embedder
    candidates: int
    dense_weight: float

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
        """The `k` best passages, best first; near-copies of a better one are left out.

        `without` hides articles, as if they had never been indexed.
        """
        within = self._within(query, snapshot, without)
        vector = self.embedder.embed_queries([query.text])[0]
        # Words typed without accents can only be matched against words stripped of theirs.
        folded = query.accents_restored or looks_unaccented(query.text)
        wanted = terms(query.text, folded=folded)
        legs = {
            "dense": snapshot.dense(vector, self.candidates, within),
            "lexical": snapshot.lexical(wanted, self.candidates, folded=folded, within=within),
        }
        weights = {"dense": self.dense_weight, "lexical": 1 - self.dense_weight}
        passages = {scored.passage.id: scored.passage for leg in legs.values() for scored in leg}
        # BM25 grows with the question: by its rarity it becomes comparable between questions.
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
        best = sorted(fused, key=lambda key: (-fused[key], key))
        kept = distinct([passages[key] for key in best], k)
        return tuple(
            Hit(
                rank=rank,
                score=fused[passage.id],
                passage=passage,
                article=snapshot.article(passage.article_id),
                scores={name: scores[passage.id] for name, scores in raw.items() if passage.id in scores},
            )
            for rank, passage in enumerate(kept, start=1)
        )

    @staticmethod
    def _within(query: Query, snapshot: Snapshot, without: frozenset[str]) -> frozenset[str] | None:
        """The articles that may answer; None when all may."""
        period = query.period if query.period and query.period_is_limit else Period(None, None)
        if period == Period(None, None) and query.source is None and not without:
            return None
        return snapshot.find(start=period.start, end=period.end, source=query.source) - without


def _reported_by(end: date | None) -> date | None:
    """The last day on which something that happened by `end` is still news."""
    return None if end is None else end + REPORTING_DELAY
