"""Fits the weights of `rag/answering/refusal.py`: from which signs does one see that the evidence suffices?

    python -m benchmarks.fit_refusal CASES… [--corpus PATH…] [--sample N] [--answerable] [--signs FOLDER]
        [--json]

Every answerable case is asked twice: as it is, and with its articles hidden (for SQuAD files: all contexts
of the same title). Cases to be refused count as they are. Gives the logistic weights, the AUC by
cross-validation grouped by question, and what each threshold costs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from benchmarks.tables import Cell, Table, show, stems
from rag import assemble
from rag.answering import evidence, refusal
from rag.answering.conversation import standalone
from rag.console import say
from rag.evaluation.cases import read_cases
from rag.evaluation.command import opened_index
from rag.evaluation.corpus import has_contexts
from rag.evaluation.statistics import Floats
from rag.evaluation.variants import drop_gold, resolve_articles, sample
from rag.settings import Settings

LOST = (0.02, 0.05, 0.08, 0.10, 0.15, 0.20)
NOTE = (
    "AUC of all signs together, and everything below the signs, by cross-validation in which both conditions "
    "of a question are in one part; the weights are those of the whole. True: the share of what was said to "
    "be answerable with that probability that is."
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--corpus", nargs="*", type=Path, default=[])
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--answerable", action="store_true", help="leave out cases that are to be refused")
    parser.add_argument(
        "--signs", type=Path, help="folder to keep the signs in, so that a second fit is quick"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows: list[dict[str, float | str]] = []
    for file in options.cases:
        kept = options.signs / f"{file.name}.signs" if options.signs else None
        rows += _kept(kept) or _read(file, options, kept)
    show(Table(f"refusal, {stems(options.cases)}", NOTE, ["", "figure"], fitted(rows)), as_json=options.json)


def _kept(path: Path | None) -> list[dict[str, float | str]]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _read(file: Path, options: argparse.Namespace, keep: Path | None) -> list[dict[str, float | str]]:
    """One row per question and condition: its id, whether it can be answered, and the signs."""
    settings = Settings.load()
    embedder = assemble.embedder(settings)
    cases = tuple(case for case in read_cases([file]) if not (options.answerable and case.abstain))
    if options.sample:
        cases = sample(cases, options.sample, options.seed)
    rows: list[dict[str, float | str]] = []
    corpus = [] if has_contexts(file) else options.corpus
    with opened_index(settings, [file], corpus, embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        with store.snapshot() as snapshot:
            known = [(article.id, article.path) for article in snapshot.articles()]
        resolved = resolve_articles(cases, known)
        hidden = [case for case in drop_gold(resolved) if case.hidden]
        for case in (*resolved, *hidden):
            question = standalone(case.question, case.history)
            query, hits = assistant.search(question, settings.hits, without=case.hidden)
            query = replace(query, original=case.question)
            judged = evidence.judge_sentences(query, hits, embedder)
            signs = refusal.read_signs(query, hits, judged)
            rows.append({"id": case.id, "answerable": float(not case.abstain), **asdict(signs)})
            if len(rows) % 50 == 0:
                say(f"{file.name}: {len(rows)} of {len(resolved) + len(hidden)}", markup=False)
    if keep:
        keep.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return rows


def fitted(rows: Sequence[Mapping[str, float | str]]) -> list[list[Cell]]:
    """The weights, and how far one can rely on them."""
    from sklearn.linear_model import LogisticRegression  # imported here: comes with sentence-transformers
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    names = [name for name in rows[0] if name not in ("id", "answerable")]
    features = np.array([[float(row[name]) for name in names] for row in rows])
    labels = np.array([float(row["answerable"]) for row in rows])
    groups = np.array([row["id"] for row in rows])
    model = LogisticRegression(C=10.0, max_iter=5000)
    predicted = cross_val_predict(
        model, features, labels, groups=groups, cv=GroupKFold(5), method="predict_proba"
    )[:, 1]
    model.fit(features, labels)
    signs: list[list[Cell]] = []
    for name, column, weight in zip(names, features.T, model.coef_[0], strict=True):
        signs.append([f"AUC of {name} alone", float(roc_auc_score(labels, column))])
        signs.append(["… its weight", float(weight)])
    return [
        ["questions, each condition counted", len(labels)],
        ["answerable among them", float(labels.mean())],
        *signs,
        ["intercept", float(model.intercept_[0])],
        ["AUC of all signs together", float(roc_auc_score(labels, predicted))],
        *costs(predicted, labels),
    ]


def costs(predicted: Floats, labels: Floats) -> Iterator[list[Cell]]:
    """What each threshold lets through, and whether the probabilities can be believed."""
    for lost, threshold in zip(LOST, np.quantile(predicted[labels == 1], LOST), strict=True):
        wrong = float((predicted[labels == 0] >= threshold).mean())
        yield [f"unanswerable answered, {lost:.0%} of the answerable lost (threshold {threshold:.3f})", wrong]
    for low in np.arange(0, 1, 0.1):
        inside = (predicted >= low) & (predicted < low + 0.1)
        if inside.any():
            yield [f"true of {inside.sum()} said {low:.1f}–{low + 0.1:.1f}", float(labels[inside].mean())]


if __name__ == "__main__":
    main()
