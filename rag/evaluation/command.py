"""`hoibao eval`: cases and articles → a throw-away index → a run → figures, report, gate."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs

from rag import __version__, assemble, console, indexing, prompts
from rag.articles.read import find_files, read_articles
from rag.console import say
from rag.embedding import Embedder
from rag.errors import ArticleError, InputError
from rag.evaluation.cases import read_cases
from rag.evaluation.compare import Regression, compare, load_run
from rag.evaluation.corpus import corpus_articles, corpus_fingerprint, has_contexts
from rag.evaluation.report import write_report
from rag.evaluation.runner import Options, Progress, run
from rag.evaluation.summary import Failure, Report, gate, parse_bounds
from rag.evaluation.variants import resolve_articles
from rag.settings import APP, Settings
from rag.store import Store
from rag.texts import text
from rag.types import Article

COMPLETE = "complete"  # written last: the index in this folder holds all its articles


def run_evaluation(
    settings: Settings,
    case_files: Sequence[Path],
    corpus: Sequence[Path],
    *,
    switches: Mapping[str, Any],
    out: Path | None,
    baseline: Path | None,
    bounds: Sequence[str],
    as_json: bool,
) -> list[Failure | Regression]:
    """Runs the cases, shows the figures, and gives what the gate objects to.

    That is each bound of `bounds` that was not met and, with a `baseline`, each guarded metric that got
    worse by more than chance.

    Raises InputError for cases, corpus, bounds or an earlier run that cannot be used.
    """
    parse_bounds(bounds)  # an unknown metric is better said now than after an hour
    past = load_run(baseline) if baseline else None
    report = measure(settings, case_files, corpus, switches=switches, out=out)
    comparison = compare(past, report) if past else None
    if out:
        write_report(out, report, comparison)
    failures: list[Failure | Regression] = [*gate(report, bounds)]
    if comparison:
        failures.extend(comparison.regressed)
    if as_json:
        payload = report.to_json()
        if comparison:
            payload["comparison"] = comparison.to_json()
        console.emit(payload)
    else:
        console.show_figures(report)
        if comparison:
            console.show_comparison(comparison)
    for failure in failures:
        say(str(failure), markup=False)
    return failures


def measure(
    settings: Settings,
    case_files: Sequence[Path],
    corpus: Sequence[Path],
    *,
    switches: Mapping[str, Any],
    out: Path | None,
) -> Report:
    """Asks all cases and gives the figures; `switches` are fields of `Options`, `out` keeps the run.

    Raises InputError for cases, corpus or an earlier run in `out` that cannot be used.
    """
    cases = read_cases(case_files)
    embedder = assemble.embedder(settings)
    with opened_index(settings, case_files, corpus, embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        with store.snapshot() as snapshot:
            snapshot.require(embedder=settings.embedder, fingerprint=embedder.fingerprint)
            known = [(article.id, article.path) for article in snapshot.articles()]
        options = Options(
            **switches,
            settings=_described(settings),
            fingerprint={
                "version": __version__,
                "embedder": embedder.fingerprint,
                "llm": settings.llm,
                "prompts": _prompts_fingerprint(),
                "index": hashlib.sha256("\n".join(sorted(i for i, _ in known)).encode()).hexdigest(),
            },
        )
        with console.running_figures() as tell:
            return run(
                resolve_articles(cases, known),
                assistant,
                options,
                out,
                lambda so_far: tell(so_far.done, so_far.total, running_note(so_far)),
            )


RUNNING = (
    "answer.correct",
    "evidence.contains",
    "refusal.wrong_answer_rate",
    "retrieval.recall@1",
    "retrieval.ndcg@10",
)
"""The figures worth watching while a run goes on; at most three of them fit a line."""


def running_note(progress: Progress) -> str:
    """`answer.correct 0.82 · evidence.contains 0.91 · còn 4:05`."""
    figures = [f"{name} {progress.running[name]:.2f}" for name in RUNNING if name in progress.running][:3]
    minutes, seconds = divmod(round(progress.seconds_left), 60)
    return " · ".join((*figures, text("eval.time_left", time=f"{minutes}:{seconds:02d}")))


@contextmanager
def opened_index(
    settings: Settings, case_files: Sequence[Path], corpus: Sequence[Path], embedder: Embedder
) -> Iterator[Store]:
    """The index to ask: of the corpus, of the contexts in SQuAD files, or the user's own.

    Raises InputError for a corpus without articles.
    """
    articles = list(_corpus(case_files, corpus))
    if corpus and not articles:  # never fall back to an index that was not asked for
        raise InputError("eval.empty_corpus", paths=", ".join(map(str, corpus)))
    if not articles:
        with assemble.store(settings) as store:
            yield store
        return
    folder = _cached(articles, settings, embedder)
    store = Store.open(folder)
    try:
        yield store
    finally:
        store.close()


def _corpus(case_files: Sequence[Path], corpus: Sequence[Path]) -> Iterator[Article]:
    yield from corpus_articles([path for path in case_files if has_contexts(path)])
    problems: list[ArticleError] = []
    for path in corpus:
        if path.is_file() and has_contexts(path):
            yield from corpus_articles([path])
            continue
        for file in find_files([path]):
            yield from read_articles(file, problems.append)
    for problem in problems:
        say(str(problem), markup=False)


def _cached(articles: Sequence[Article], settings: Settings, embedder: Embedder) -> Path:
    """The folder of an index of these articles: made once, kept in the user's cache."""
    recipe = indexing.recipe(embedder, settings)
    name = hashlib.sha256(f"{corpus_fingerprint(articles)} {recipe}".encode()).hexdigest()[:16]
    folder = Path(platformdirs.user_cache_dir(APP, appauthor=False)) / "eval" / name
    if not (folder / COMPLETE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        store = Store.open(folder, create=True)
        try:
            with console.progress() as progress:
                indexing.add_articles(articles, store, embedder, settings, progress=progress)
        finally:
            store.close()
        (folder / COMPLETE).touch()
    return folder


def _described(settings: Settings) -> dict[str, object]:
    """The settings that can change an answer."""
    names = (
        "embedder", "llm", "context_tokens", "passage_tokens", "overlap_sentences", "candidates",
        "hits", "dense_weight", "reranker", "answer_tokens", "strictness",
    )  # fmt: skip
    described = {name: getattr(settings, name) for name in names}
    given = {"abbreviations": settings.abbreviations, "today": settings.today}
    return described | {name: str(value) for name, value in given.items() if value is not None}


def _prompts_fingerprint() -> str:
    digest = hashlib.sha256()
    for file in sorted(prompts.folder().glob("*.txt")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
