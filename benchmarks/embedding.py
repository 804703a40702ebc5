"""Embedding in 8-bit integers beside float32: speed, start, memory, and what rounding costs the search.

    python -m benchmarks.embedding [CASES…] [--corpus PATH…] [--sample N] [--json]

CASES are SQuAD files, searched in their contexts, or ours, searched in the articles of --corpus; without any
it is our own demonstration. Both embed every passage and question, turn and turn about, in one run.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.tables import Cell, Table, show, stems
from rag import assemble, console
from rag.articles.read import find_files, read_articles
from rag.embedding import SentenceTransformerEmbedder
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.corpus import corpus_articles, has_contexts
from rag.evaluation.metrics import retrieval
from rag.evaluation.record import Record, found
from rag.evaluation.runner import Options, prepare
from rag.evaluation.statistics import Difference, Figure, Floats, mean, paired
from rag.evaluation.variants import resolve_articles
from rag.models import locate
from rag.passages import embedding_text, split
from rag.settings import Settings
from rag.types import Article, FloatMatrix, Hit, Passage

DEMO_CASES = Path(__file__).parent.parent / "tests" / "eval" / "demo.jsonl"
DEMO_ARTICLES = Path(str(files("rag.demo") / "articles"))
FLOAT32, INT8 = "float32 (sentence-transformers)", "int8 (ONNX Runtime)"
TURN: Final = 32  # passages embedded in one go before the other has its turn
TURNS: Final = 5  # at least; passages too few for them are embedded again
STARTS: Final = 5  # fresh processes
METRIC = "retrieval.ndcg@10"
COLUMNS = [
    "way",
    "passages/s",
    "question, ms",
    "first question, s",
    "MB",
    "cosine to float32",
    "nDCG@10",
    "loss",
]
NOTE = (
    f"Speeds are medians: passages/s over turns of {TURN}, question over all questions one by one, first "
    f"question over {STARTS} fresh processes from start to vector (files in the system's cache), MB what "
    "such a process then holds. Cosine: mean and least over passages and questions. nDCG@10 is that of the "
    "dense leg alone, question as typed, articles by their best passage; loss: float32 less int8 on the same "
    "questions, with the 95 % interval (paired bootstrap)."
)
FRESH = """
import sys
from pathlib import Path
import psutil
from rag.embedding import SentenceTransformerEmbedder
path, threads, precision = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
embedder = SentenceTransformerEmbedder(path, threads=threads, int8=precision == "int8")
embedder.embed_queries(["Bão số 6 đổ bộ vào đâu?"])
print(psutil.Process().memory_info().rss / 1e6)
"""


@dataclass(slots=True)
class Way:
    """One precision and what was measured of it."""

    embedder: SentenceTransformerEmbedder
    passages: FloatMatrix
    questions: FloatMatrix
    speeds: list[float]  # passages/s of each turn
    seconds: list[float]  # of each question


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--corpus", nargs="+", type=Path, default=[])
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    case_files, corpus = options.cases, options.corpus
    if not case_files:
        case_files, corpus = [DEMO_CASES], [DEMO_ARTICLES]
    settings = Settings.load()
    path, threads = locate(settings.embedder, settings.models), assemble.threads(settings)
    ways = {
        name: SentenceTransformerEmbedder(path, threads=threads, int8=name == INT8)
        for name in (FLOAT32, INT8)
    }
    if ways[INT8].precision != "int8":
        sys.exit(f"{settings.embedder}: this model or this processor is embedded in float32 only")
    articles = {article.id: article for article in read(case_files, corpus)}
    passages = [
        passage
        for article in articles.values()
        for passage in split(
            article,
            ways[INT8].count_tokens,
            max_tokens=settings.passage_tokens,
            overlap_sentences=settings.overlap_sentences,
        )
    ]
    texts = [embedding_text(articles[passage.article_id], passage) for passage in passages]
    known = [(article.id, article.path) for article in articles.values()]
    cases = resolve_articles(read_cases(case_files), known)
    cases = prepare([case for case in cases if case.articles], Options(sample=options.sample))
    starts = {name: fresh(path, threads, name) for name in ways}
    measured = embed(ways, texts, [case.question for case in cases])
    tokens = statistics.mean(map(ways[INT8].count_tokens, texts))
    title = (
        f"{settings.embedder}, {stems([*case_files, *options.corpus])}, {len(cases):,} questions, "
        f"{len(texts):,} passages of {tokens:.0f} tokens, {threads} threads"
    )
    scores = {name: ndcg(way, cases, passages, articles) for name, way in measured.items()}
    show(table(title, measured, starts, scores), as_json=options.json)


def read(case_files: Sequence[Path], corpus: Sequence[Path]) -> list[Article]:
    """The contexts in SQuAD files and the articles of the corpus."""
    articles = list(corpus_articles([path for path in case_files if has_contexts(path)]))
    for file in find_files(corpus):
        articles += read_articles(file, lambda problem: console.say(str(problem), markup=False))
    return articles


def embed(
    embedders: dict[str, SentenceTransformerEmbedder], texts: Sequence[str], questions: Sequence[str]
) -> dict[str, Way]:
    """All passages and questions in both ways, which take turns so that a busy moment hits both."""
    ways = {}
    for name, embedder in embedders.items():
        embedder.embed_passages(texts[:2])  # loads the model
        width = embedder.dimension
        ways[name] = Way(
            embedder,
            np.zeros((len(texts), width), np.float32),
            np.zeros((len(questions), width), np.float32),
            [],
            [],
        )
    with console.running_figures() as tell:
        starts = range(0, len(texts), TURN)
        whole = max(1, len(texts) // TURN)
        for start in list(starts) * -(-TURNS // whole):
            turn = slice(start, start + TURN)
            for way in ways.values():
                count = len(texts[turn])
                way.passages[turn], seconds = timed(way.embedder.embed_passages, texts[turn])
                if count == min(TURN, len(texts)):
                    way.speeds.append(count / seconds)
            tell(min(start + TURN, len(texts)), len(texts), "passages")
        for number, question in enumerate(questions):
            for way in ways.values():
                way.questions[number : number + 1], seconds = timed(way.embedder.embed_queries, [question])
                way.seconds.append(seconds)
            tell(number + 1, len(questions), "questions")
    return ways


def timed(work: Callable[[Sequence[str]], FloatMatrix], texts: Sequence[str]) -> tuple[FloatMatrix, float]:
    started = time.perf_counter()
    vectors = work(texts)
    return vectors, time.perf_counter() - started


def fresh(path: Path, threads: int, name: str) -> tuple[float, float]:
    """Median seconds from starting Python to the first question's vector, and MB the process then holds."""
    seconds, megabytes = [], []
    for _ in range(STARTS):
        started = time.perf_counter()
        arguments = [str(path), str(threads), "int8" if name == INT8 else "float32"]
        run = subprocess.run(
            [sys.executable, "-c", FRESH, *arguments], capture_output=True, text=True, check=True
        )
        seconds.append(time.perf_counter() - started)
        megabytes.append(float(run.stdout))
    return statistics.median(seconds), statistics.median(megabytes)


def ndcg(
    way: Way, cases: Sequence[Case], passages: Sequence[Passage], articles: dict[str, Article]
) -> Floats:
    """nDCG@10 of each question by the evaluation's own measure."""
    cosines = way.questions @ way.passages.T
    scores = []
    for case, row in zip(cases, cosines, strict=True):
        ranked = list(dict.fromkeys(passages[i].article_id for i in np.argsort(-row, kind="stable")))
        best = ranked[: retrieval.DEPTH]
        first = {passage.article_id: passage for passage in reversed(passages) if passage.article_id in best}
        hits = [Hit(rank, 0.0, first[name], articles[name]) for rank, name in enumerate(best, start=1)]
        scores.append(retrieval.score(Record(case, hits=tuple(map(found, hits))))[METRIC].value)
    return np.array(scores)


def table(
    title: str, ways: dict[str, Way], starts: dict[str, tuple[float, float]], scores: dict[str, Floats]
) -> Table:
    exact = ways[FLOAT32]
    rows: list[list[Cell]] = []
    for name, way in ways.items():
        pairs = [(way.passages, exact.passages), (way.questions, exact.questions)]
        cosines = [(ours * theirs).sum(axis=1) for ours, theirs in pairs]
        agreement = " / ".join(f"{both.mean():.4f} ≥ {both.min():.4f}" for both in cosines)
        values = scores[name]
        found_score = Figure(
            float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5), len(values)
        )
        change = paired(scores[FLOAT32], values, np.ones_like(values), mean)
        first, megabytes = starts[name]
        rows.append(
            [
                name,
                statistics.median(way.speeds),
                1000 * statistics.median(way.seconds),
                first,
                megabytes,
                "" if name == FLOAT32 else agreement,
                found_score,
                "" if name == FLOAT32 else loss(change),
            ]
        )
    return Table(title, NOTE, COLUMNS, rows)


def loss(change: Difference) -> str:
    """`0.001 (-0.002 … 0.004)`."""
    if change.change is None or change.low is None or change.high is None:
        return "—"
    return f"{-change.change:.4f} ({-change.high:.4f} … {-change.low:.4f})"


if __name__ == "__main__":
    main()
