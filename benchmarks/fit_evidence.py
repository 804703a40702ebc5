"""Fits the weights of `rag/answering/evidence.py`: which sentence of the hits holds the answer?

    python -m benchmarks.fit_evidence [CASES…] [--corpus PATH…] [--sample N] [--held-out N] [--seed S]
                                      [--signs FOLDER] [--json]

--held-out keeps the questions that `hoibao eval --sample N --seed S` would draw of the first file out of the
fit and shows them in rows of their own; --sample takes so many of the others. --corpus is for files of our
own form, and without CASES it is our own demonstration. The signs of all sentences are read once per file and
kept in --signs, so that a second fit takes seconds.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.tables import Cell, Table, show, stem
from rag import assemble, console
from rag.answering import evidence
from rag.answering.conversation import standalone
from rag.embedding import Embedder
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.command import opened_index
from rag.evaluation.corpus import has_contexts
from rag.evaluation.matching import contains
from rag.evaluation.statistics import Figure, Floats, figure, mean
from rag.evaluation.variants import resolve_articles, sample
from rag.settings import Settings
from rag.types import FloatMatrix

SIGNS = tuple(evidence.WEIGHTS)
FOLDS = 5
PENALTY = 0.01  # on large weights, each measured in standard deviations of its sign
NOTE = (
    "Gold phrase inside the quotes, as evidence.contains counts it, ± standard error. Fitted: on all sets "
    "together but what is held out, each question weighed alike; figures are cross-validated by question. "
    "Possible: some sentence of the hits looked at holds it, and some of those that are embedded."
)


@dataclass(frozen=True, slots=True)
class Question:
    """The sentences of one question's hits, in the order of the hits."""

    id: str
    held_out: bool
    signs: Floats  # (sentences, signs)
    inside: Floats  # (sentences, facts), 1 where the sentence holds the fact


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, default=[DEMO_ARTICLES])
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--held-out", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signs", type=Path, metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sets: dict[str, list[Question]] = {}
    for place, file in enumerate(options.cases or [DEMO_CASES]):
        questions = kept(file, options) or read(file, options, held_out=0 if place else options.held_out)
        fitted = [question for question in questions if not question.held_out]
        sets[stem(file)] = fitted
        if len(fitted) < len(questions):
            sets[f"{stem(file)}, held out"] = [question for question in questions if question.held_out]
    show(table(sets), as_json=options.json)


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────


def kept(file: Path, options: argparse.Namespace) -> list[Question]:
    """The signs of an earlier run; none when there was none."""
    path = _kept_path(file, options)
    if path is None or not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Question(row["id"], row["held_out"], np.array(row["signs"]), np.array(row["inside"])) for row in rows
    ]


def read(file: Path, options: argparse.Namespace, *, held_out: int) -> list[Question]:
    """The signs of every sentence of the hits, for the answerable questions of the file."""
    settings = Settings.load()
    embedder = Once(assemble.embedder(settings))
    found = []
    with opened_index(settings, [file], [] if has_contexts(file) else options.corpus, embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        with store.snapshot() as snapshot:
            known = [(article.id, article.path) for article in snapshot.articles()]
        cases = resolve_articles(read_cases([file]), known)
        chosen = drawn(cases, held_out, options.sample, options.seed)
        with console.running_figures() as tell:
            for number, (case, apart) in enumerate(chosen, start=1):
                query, hits = assistant.search(standalone(case.question, case.history).text, settings.hits)
                sentences = evidence.read_sentences(query, hits[: evidence.PASSAGES])
                judged = evidence.with_meaning(query, sentences, embedder)
                if judged:
                    found.append(question_of(case, apart, judged))
                tell(number, len(chosen), stem(file))
    path = _kept_path(file, options)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (json.dumps(_row(question)) for question in found)
        path.write_text("\n".join(lines), encoding="utf-8")
    return found


def drawn(cases: Sequence[Case], held_out: int, size: int | None, seed: int) -> list[tuple[Case, bool]]:
    """The answerable cases to ask, each with whether it is held out of the fit."""
    kept_out = {case.id for case in sample(cases, held_out, seed)} if held_out else set()
    answerable = [case for case in cases if case.answers and not case.abstain]
    rest = [case for case in answerable if case.id not in kept_out]
    fitted = sample(rest, size, seed) if size else rest
    return [
        *((case, True) for case in answerable if case.id in kept_out),
        *((case, False) for case in fitted),
    ]


def question_of(case: Case, held_out: bool, judged: Sequence[evidence.Judged]) -> Question:
    """The case's sentences as numbers."""
    signs = [[float(getattr(one, sign)) for sign in SIGNS] for one in judged]
    inside = [
        [float(any(contains(one.quote.text, alternative) for alternative in fact)) for fact in case.answers]
        for one in judged
    ]
    return Question(case.id, held_out, np.array(signs), np.array(inside))


@dataclass(frozen=True, slots=True)
class Once:
    """An embedder that embeds no passage twice: questions share most of their sentences."""

    embedder: Embedder
    known: dict[str, FloatMatrix] = field(default_factory=dict)

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
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known.update(zip(new, self.embedder.embed_passages(new), strict=True))
        return np.stack([self.known[text] for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        return self.embedder.embed_queries(texts)


def _kept_path(file: Path, options: argparse.Namespace) -> Path | None:
    return options.signs / f"{file.name}.evidence" if options.signs else None


def _row(question: Question) -> dict[str, object]:
    return {
        "id": question.id,
        "held_out": question.held_out,
        "signs": question.signs.tolist(),
        "inside": question.inside.tolist(),
    }


# ── Fitting ───────────────────────────────────────────────────────────────────────────────────────


def fit(questions: Sequence[Question]) -> Floats:
    """A weight for every sign: the softmax over a question's sentences puts most on those that hold a fact.

    Listwise (Cao et al. 2007): comparing the sentences by pairs chose worse on the same questions.
    """
    from scipy.optimize import minimize  # imported here: comes with sentence-transformers

    told = [question for question in questions if question.inside.any()]
    seen = [as_weighed(question.signs) for question in told]
    scale = np.concatenate(seen).std(axis=0)
    scale[scale == 0] = 1.0
    lists = [
        (signs / scale, question.inside.mean(axis=1)) for signs, question in zip(seen, told, strict=True)
    ]

    def loss(weights: Floats) -> tuple[float, Floats]:
        value, slope = PENALTY * float(weights @ weights), 2 * PENALTY * weights
        for signs, inside in lists:
            shares = _softmax(signs @ weights)
            right = shares * inside
            value -= float(np.log(right.sum())) / len(lists)
            slope = slope + (shares - right / right.sum()) @ signs / len(lists)
        return value, slope

    found = minimize(loss, np.zeros(len(SIGNS)), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / scale, dtype=np.float64)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def cross_validated(questions: Sequence[Question]) -> dict[str, Floats]:
    """For every question, by id, weights fitted on others."""
    order = np.random.default_rng(0).permutation(len(questions))
    weights: dict[str, Floats] = {}
    for fold in range(FOLDS):
        unseen = {questions[place].id for place in order[fold::FOLDS]}
        weights |= dict.fromkeys(unseen, fit([q for q in questions if q.id not in unseen]))
    return weights


# ── Showing ───────────────────────────────────────────────────────────────────────────────────────


def table(sets: Mapping[str, Sequence[Question]]) -> Table:
    """A row for every set and way of choosing."""
    fitted = [question for questions in sets.values() for question in questions if not question.held_out]
    weights = fit(fitted)
    unseen = cross_validated(fitted)
    now = np.array([evidence.WEIGHTS[sign] for sign in SIGNS])
    rows: list[list[Cell]] = []
    for name, questions in sets.items():
        data = f"{name}, n = {len(questions)}"
        ways: dict[str, list[Floats]] = {
            "meaning alone": [column(q, "meaning") for q in questions],
            "words alone": [column(q, "words") for q in questions],
            "meaning + words, min-max": [_summed(q) for q in questions],
            "weights in use": [scored(q, now) for q in questions],
            "fitted": [scored(q, unseen.get(q.id, weights)) for q in questions],
        }
        rows += [[data, way, *figures(questions, scores)] for way, scores in ways.items()]
        rows.append([data, "possible", None, _share([q.inside.max(axis=0).mean() for q in questions])])
        rows.append([data, "possible, embedded", None, _share([embedded(q, now) for q in questions])])
    chosen = ", ".join(f"{sign} {weight:.2f}" for sign, weight in zip(SIGNS, weights, strict=True))
    columns = ["data", "way", "first quote", f"first {evidence.QUOTES}"]
    return Table(f"{', '.join(sets)}: finding the sentence", f"{NOTE} Fitted: {chosen}.", columns, rows)


def scored(question: Question, weights: Floats) -> Floats:
    """The score of every sentence; those that would not be embedded come last."""
    scores = np.full(len(question.signs), -np.inf)
    likeliest = likeliest_of(question, weights)
    scores[likeliest] = as_weighed(question.signs[likeliest]) @ weights
    return scores


def likeliest_of(question: Question, weights: Floats) -> NDArray[np.intp]:
    """The sentences that would be embedded."""
    beside = np.where(np.array(SIGNS) == "meaning", 0.0, weights)
    return np.argsort(-(question.signs @ beside), kind="stable")[: evidence.EMBEDDED]


def embedded(question: Question, weights: Floats) -> float:
    """The share of facts that some embedded sentence holds."""
    return float(question.inside[likeliest_of(question, weights)].max(axis=0).mean())


def figures(questions: Sequence[Question], scores: Sequence[Floats]) -> list[Figure]:
    """Facts inside the first quote, and inside the first few."""
    orders = [np.argsort(-one, kind="stable") for one in scores]
    return [
        _share(
            [q.inside[order[:count]].max(axis=0).mean() for q, order in zip(questions, orders, strict=True)]
        )
        for count in (1, evidence.QUOTES)
    ]


def column(question: Question, sign: str) -> Floats:
    """One sign of every sentence."""
    return np.asarray(question.signs[:, SIGNS.index(sign)])


def as_weighed(signs: Floats) -> Floats:
    """The signs of sentences as `evidence.choose` weighs them: cosines stretched between each other."""
    weighed = signs.copy()
    place = SIGNS.index("meaning")
    weighed[:, place] = evidence.stretched(signs[:, place].tolist())
    return weighed


def _summed(question: Question) -> Floats:
    """The recipe without weights: cosine and words, each stretched."""
    parts = [evidence.stretched(column(question, sign).tolist()) for sign in ("meaning", "words")]
    return np.asarray(np.array(parts).sum(axis=0), dtype=np.float64)


def _share(values: Sequence[float]) -> Figure:
    return figure(np.array(values, dtype=np.float64), np.zeros(len(values)), mean)


if __name__ == "__main__":
    main()
