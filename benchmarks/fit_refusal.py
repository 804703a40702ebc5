"""Fits the weights of `rag/answering/refusal.py`: from which signs does one see that the evidence suffices?

    python -m benchmarks.fit_refusal CASES… [--corpus PATH…] [--sample N] [--signs FOLDER] [--json]

Every answerable case is asked twice: as it is, and with its articles hidden (for SQuAD files: all contexts
of the same title). Cases to be refused count as they are, half as much as the hidden ones together; those of
SQuAD files are left out of the fit, being answerable questions with one word changed, and judged apart.
Every file counts the same. `--corpus` is for the files without contexts, the demonstration when not given.

The signs are collected once and kept in FOLDER as numbers (a file per case file): delete it when
rag/answering/evidence.py or signs.py has changed. A sentence is embedded once, so 500 questions over 1,200
paragraphs take some minutes, and a second fit takes seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval import DEMO_ARTICLES
from benchmarks.tables import Cell, Table, show, stem
from rag import assemble
from rag.answering import evidence, refusal
from rag.answering.conversation import standalone
from rag.answering.signs import Ground, Signs, read_signs
from rag.embedding import Embedder
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.command import opened_index
from rag.evaluation.corpus import has_contexts
from rag.evaluation.statistics import auc
from rag.evaluation.variants import drop_gold, resolve_articles, sample
from rag.settings import Settings
from rag.types import FloatMatrix

FOLDS = 5
ROUNDS = 5  # of choosing the best sentence by the weights and the weights by the best sentence
RIDGE = 0.5
LOST = (0.02, 0.05, 0.08, 0.10, 0.15)  # shares of answerable questions refused, for which the price is shown
CHOSEN = 0.08  # the trade-off behind refusal.THRESHOLD
ANSWERABLE, HIDDEN, REFUSE, EDITED = "answerable", "hidden", "refuse", "edited"
NAMES, MARGIN = tuple(refusal.WEIGHTS), "margin"
SCALE = np.array([*(0.01 if name == "meaning" else 1.0 for name in NAMES), 1.0, 0.0])  # cosines differ little

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """One question under one condition."""

    file: str
    id: str
    kind: str
    signs: Signs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--corpus", nargs="*", type=Path, default=[Path(DEMO_ARTICLES)])
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--signs", type=Path, help="folder to keep the signs in")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: list[Row] = []
    for file in options.cases:
        path = options.signs / f"{stem(file)}.json" if options.signs else None
        if path and path.exists():
            rows += kept(path)
            continue
        found = _read(file, options)
        rows += found
        if path:
            keep(path, found)
    data = Data.of(rows)
    show(_table(data), as_json=options.json)
    if not options.json:
        _say_weights(data)


# ── Signs ─────────────────────────────────────────────────────────────────────────────────────────


def keep(path: Path, rows: Sequence[Row]) -> None:
    """Writes the signs of one file of cases."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = [(row.file, row.id, row.kind, asdict(row.signs)) for row in rows]
    path.write_text(json.dumps(plain), encoding="utf-8")


def kept(path: Path) -> list[Row]:
    """What `keep` wrote."""
    return [
        Row(file, case, kind, Signs(tuple(Ground(**ground) for ground in signs["grounds"]), signs["margin"]))
        for file, case, kind, signs in json.loads(path.read_text(encoding="utf-8"))
    ]


def _read(file: Path, options: argparse.Namespace) -> list[Row]:
    settings = Settings.load()
    embedder = _Remembering(assemble.embedder(settings))
    cases: Sequence[Case] = read_cases([file])
    if options.sample:
        cases = sample(cases, options.sample, options.seed)
    rows: list[Row] = []
    corpus = [] if has_contexts(file) else options.corpus
    with opened_index(settings, [file], corpus, embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        with store.snapshot() as snapshot:
            known = [(article.id, article.path) for article in snapshot.articles()]
        resolved = resolve_articles(cases, known)
        hidden = [c for c in drop_gold(case for case in resolved if not case.abstain) if c.hidden]
        for case in (*resolved, *hidden):
            question = standalone(case.question, case.history).text
            query, hits = assistant.search(question, settings.hits, without=case.hidden)
            judged = evidence.judge_sentences(query, hits, embedder)
            signs = read_signs(query, hits, judged) if hits else Signs((), 0.0)
            refuse = EDITED if has_contexts(file) else REFUSE
            kind = HIDDEN if case.hidden else refuse if case.abstain else ANSWERABLE
            rows.append(Row(stem(file), case.id, kind, signs))
            if len(rows) % 50 == 0:
                print(f"{stem(file)}: {len(rows)} of {len(resolved) + len(hidden)}", file=sys.stderr)
    return rows


class _Remembering:
    """An embedder that embeds every text once: the same sentences are candidates of many questions."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[tuple[str, str], Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        return self._remember("passage", texts, self._inner.embed_passages)

    def embed_queries(self, texts: Sequence[str]) -> FloatMatrix:
        return self._remember("query", texts, self._inner.embed_queries)

    def _remember(
        self, kind: str, texts: Sequence[str], embed: Callable[[Sequence[str]], FloatMatrix]
    ) -> FloatMatrix:
        new = [text for text in dict.fromkeys(texts) if (kind, text) not in self._known]
        if new:
            self._known.update(zip(((kind, text) for text in new), embed(new), strict=True))
        return np.stack([self._known[kind, text] for text in texts])


# ── The model ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Data:
    """All questions as arrays; `grounds` has the shape (questions, sentences, signs), padded with NaN."""

    rows: tuple[Row, ...]
    grounds: Floats
    margin: Floats
    label: Floats
    weight: Floats  # every file counts the same, and in it both labels
    fold: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Data:
        most = max(len(row.signs.grounds) for row in rows)
        grounds = np.full((len(rows), max(1, most), len(NAMES)), np.nan)
        for place, row in enumerate(rows):
            for number, ground in enumerate(row.signs.grounds):
                grounds[place, number] = [getattr(ground, name) for name in NAMES]
        questions = sorted({(row.file, row.id) for row in rows})
        folds = dict(zip(questions, np.random.default_rng(0).integers(0, FOLDS, len(questions)), strict=True))
        return cls(
            tuple(rows),
            grounds,
            margin=np.array([row.signs.margin for row in rows]),
            label=np.array([float(row.kind == ANSWERABLE) for row in rows]),
            weight=_balanced(rows),
            fold=np.array([folds[row.file, row.id] for row in rows]),
        )

    def where(self, file: str | None = None, kind: str | None = None) -> Mask:
        return np.array([file in (None, row.file) and kind in (None, row.kind) for row in self.rows])

    @property
    def files(self) -> list[str]:
        return list(dict.fromkeys(row.file for row in self.rows))


def _balanced(rows: Sequence[Row]) -> Floats:
    """Every file counts the same: half for what can be answered, the other half for all that cannot."""
    counts = Counter((row.file, row.kind) for row in rows)
    unanswerable = {row.file: sum((row.file, kind) in counts for kind in (HIDDEN, REFUSE)) for row in rows}
    raw = np.zeros(len(rows))
    for place, row in enumerate(rows):
        if row.kind != EDITED:
            kinds = 1 if row.kind == ANSWERABLE else unanswerable[row.file]
            raw[place] = 1 / kinds / counts[row.file, row.kind]
    return np.asarray(raw * len(rows) / raw.sum())


def fit(data: Data, train: Mask, used: Sequence[str] = (*NAMES, MARGIN)) -> tuple[Floats, float, float]:
    """The weights of the signs, of the margin, and the intercept; none of the signs may speak against.

    The best sentence depends on the weights and they on it: both are found in turns, from equal weights.
    """
    from scipy.optimize import minimize  # imported here: comes with sentence-transformers

    allowed = [(0.0, None) if name in used else (0.0, 0.0) for name in (*NAMES, MARGIN)]
    label, weight = data.label[train], data.weight[train]
    found = np.append(np.where([name == "meaning" for name in NAMES], 10.0, 1.0), (1.0, 0.0))
    for _ in range(ROUNDS):
        inputs = _inputs(data, found[: len(NAMES)])[train]

        def loss(trial: Floats, inputs: Floats = inputs) -> tuple[float, Floats]:
            score = inputs @ trial
            wrong = weight * (1 / (1 + np.exp(-score)) - label)
            shrunk = RIDGE * SCALE * trial
            value = (weight * (np.logaddexp(0, score) - label * score)).sum() + (shrunk * trial).sum() / 2
            return float(value), inputs.T @ wrong + shrunk

        found = minimize(loss, found, jac=True, method="L-BFGS-B", bounds=[*allowed, (None, None)]).x
    return found[: len(NAMES)], float(found[-2]), float(found[-1])


def _inputs(data: Data, weights: Floats) -> Floats:
    """Per question the signs of the sentence that these weights find best, the margin, and 1."""
    scores = np.where(np.isnan(data.grounds[..., 0]), -np.inf, np.nan_to_num(data.grounds) @ weights)
    best = np.nan_to_num(data.grounds[np.arange(len(data.rows)), scores.argmax(axis=1)])
    return np.column_stack([best, data.margin, np.ones(len(data.rows))])


def predict(data: Data, model: tuple[Floats, float, float]) -> Floats:
    weights, margin, intercept = model
    score = _inputs(data, weights) @ np.array([*weights, margin, intercept])
    return np.asarray(1 / (1 + np.exp(-score)))


def held_out(data: Data, parts: Sequence[Mask], used: Sequence[str] = (*NAMES, MARGIN)) -> Floats:
    """The probability of each question by a model that has not seen its part."""
    said = np.zeros(len(data.rows))
    for part in parts:
        said[part] = predict(data, fit(data, ~part, used))[part]
    return said


# ── What is shown ─────────────────────────────────────────────────────────────────────────────────


def _table(data: Data) -> Table:
    folds = [data.fold == number for number in range(FOLDS)]
    crossed = held_out(data, folds)
    files = data.files
    foreign = held_out(data, [data.where(file) for file in files]) if len(files) > 1 else None
    views = [
        (file, kind)
        for file in files
        for kind in (HIDDEN, REFUSE, EDITED)
        if data.where(file, kind).any() and data.where(file, ANSWERABLE).any()
    ]
    rows: list[list[Cell]] = [["AUC, cross-validated", *(_auc(data, crossed, view) for view in views)]]
    if foreign is not None:
        rows.append(["AUC, fitted on the other files", *(_auc(data, foreign, view) for view in views)])
    for name in (*NAMES, MARGIN):
        said = held_out(data, folds, [other for other in (*NAMES, MARGIN) if other != name])
        rows.append([f"… without {name}", *(_auc(data, said, view) for view in views)])
    for lost in LOST:
        prices: list[Cell] = []
        for view in views:
            bar = float(np.quantile(crossed[data.where(view[0], ANSWERABLE)], lost))
            prices.append(_over(data, crossed, view, bar))
        rows.append([f"answered when {lost:.0%} are lost", *prices])
    bar = _bar(data, crossed)
    rows.append(["at the one threshold: answered", *(_over(data, crossed, view, bar) for view in views)])
    rows.append(
        ["… and answerable lost", *(1 - _over(data, crossed, (f, ANSWERABLE), bar) for f, _ in views)]
    )
    counts = ", ".join(f"{file} {int(data.where(file, ANSWERABLE).sum())}" for file in files)
    return Table(
        title=f"refusal: {counts} answerable questions, each also with its articles hidden",
        note=(
            f"Grouped {FOLDS}-fold cross-validation. {HIDDEN}: the articles that answer are hidden; "
            f"{REFUSE}: cases that must be refused; {EDITED}: answerable questions with a word changed, not "
            "fitted on. "
            f"The one threshold loses {CHOSEN:.0%} of the answerable, all files alike."
        ),
        columns=["", *(f"{file}, {kind}" for file, kind in views)],
        rows=rows,
    )


def _auc(data: Data, said: Floats, view: tuple[str, str]) -> float:
    chosen = data.where(view[0], ANSWERABLE) | data.where(*view)
    return float(auc(said[chosen], data.label[chosen]))


def _over(data: Data, said: Floats, view: tuple[str, str], bar: float) -> float:
    return float((said[data.where(*view)] >= bar).mean())


def _bar(data: Data, said: Floats) -> float:
    """The probability below which the chosen share of the answerable questions lies, files alike."""
    answerable = np.flatnonzero((data.label == 1) & (data.weight > 0))
    order = answerable[np.argsort(said[answerable])]
    share = np.cumsum(data.weight[order]) / data.weight[order].sum()
    return float(said[order[np.searchsorted(share, CHOSEN)]])


def _say_weights(data: Data) -> None:
    """What goes into rag/answering/refusal.py, and whether its probability means what it says."""
    everything = np.ones(len(data.rows), dtype=bool)
    weights, margin, intercept = fit(data, everything)
    crossed = held_out(data, [data.fold == number for number in range(FOLDS)])
    print("\nWEIGHTS", {name: round(float(w), 2) for name, w in zip(NAMES, weights, strict=True)})
    print(f"MARGIN {margin:.2f}  INTERCEPT {intercept:.2f}  THRESHOLD {_bar(data, crossed):.2f}")
    for low in np.arange(0, 1, 0.1):
        inside = (crossed >= low) & (crossed < low + 0.1) & (data.weight > 0)
        if inside.any():
            said, true = np.average(
                np.column_stack([crossed, data.label])[inside], axis=0, weights=data.weight[inside]
            )
            print(f"said {said:.2f}: true {true:.2f} (n {int(inside.sum())})")


if __name__ == "__main__":
    main()
