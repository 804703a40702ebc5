"""Answers and hits as plain JSON values: the contract that scripts and other programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rag.matched import matched_terms
from rag.store import ArticleSummary
from rag.types import Answer, Article, Citation, Hit, Period, Query
from rag.understanding import words

Payload = dict[str, Any]


def period(value: Period | None) -> Payload | None:
    if value is None:
        return None
    return {
        "from": value.start.isoformat() if value.start else None,
        "to": value.end.isoformat() if value.end else None,
    }


def article(value: Article | ArticleSummary) -> Payload:
    """What names an article; its text is left to whoever asks for it."""
    return {
        "article_id": value.id,
        "title": value.title,
        "published": value.published,
        "source": value.source,
    }


def listed(value: ArticleSummary) -> Payload:
    """An article of `hoibao index list --json`."""
    return {**article(value), "published_from": value.published_from, "path": value.path}


def hit(value: Hit) -> Payload:
    return {
        "rank": value.rank,
        "score": round(value.score, 6),
        **article(value.article),
        "passage_id": value.passage.id,
        "text": value.passage.text,
        "start": value.passage.start,
        "end": value.passage.end,
        "scores": {name: round(score, 6) for name, score in value.scores.items()},
        "copies": [article(copy) for copy in value.copies],
    }


def citation(value: Citation) -> Payload:
    quote = value.quote
    return {
        "number": value.number,
        **article(quote.article),
        "quote": quote.text,
        "start": quote.start,
        "end": quote.end,
    }


def understood(query: Query) -> Payload:
    return {
        "text": query.text,
        "accents_restored": query.accents_restored,
        "period": period(query.period),
        "notes": list(query.notes),
    }


def search(query: Query, hits: Sequence[Hit], timings: Mapping[str, float]) -> Payload:
    """What `hoibao search --json` prints. `timings` are seconds by stage."""
    wanted, folded = words(query)
    return {
        "question": query.original,
        "understood": understood(query),
        "hits": [
            hit(h) | {"matched": list(matched_terms(wanted, h.passage.text, h.article.title, folded=folded))}
            for h in hits
        ],
        "timings": {name: round(seconds, 4) for name, seconds in timings.items()},
    }


def ask(answer: Answer) -> Payload:
    """What `hoibao ask --json` prints."""
    return {
        "question": answer.question,
        "understood": understood(answer.query) if answer.query else None,
        "answer": answer.text,
        "abstained": answer.abstained,
        "sufficiency": round(answer.sufficiency, 4),
        "citations": [citation(c) for c in answer.citations],
        "sentences": [
            {"text": s.text, "citations": list(s.citations), "supported": s.supported}
            for s in answer.sentences
        ],
        "withheld": [{"text": w.text, "reason": w.reason} for w in answer.withheld],
        "hits": [hit(h) for h in answer.hits],
        "model": answer.model,
        "tokens": {"prompt": answer.prompt_tokens, "answer": answer.answer_tokens},
        "timings": {
            name: None if seconds is None else round(seconds, 4)
            for name, seconds in asdict(answer.timings).items()
        },
    }
