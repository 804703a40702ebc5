"""Three short articles, how they get into a store, and what each leg of it finds."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from rag.articles.clean import content_hash
from rag.embedding import FakeEmbedder
from rag.store import Recipe, Snapshot, Store, Writer
from rag.store.lexical import terms
from rag.types import Article, FloatMatrix, Passage

EMBEDDER = FakeEmbedder(dimension=512)  # wide enough that no two words here share a place
RECIPE = Recipe("fake", EMBEDDER.fingerprint, EMBEDDER.dimension, "paragraphs")

HANOI = "Mưa lớn gây ngập nhiều tuyến phố.\n\nHọc sinh được nghỉ học hai ngày."
HUE = "Lễ hội áo dài khai mạc bên sông Hương."
CAMAU = "Tôm hùm được giá ở đất mũi."


def article(article_id: str, body: str, **fields: str | Path | None) -> Article:
    made = replace(Article(article_id, f"Tin {article_id}", body), **fields)  # type: ignore[arg-type]
    return replace(made, content_hash=content_hash(made))


def split(made: Article) -> tuple[Passage, ...]:
    """A passage per paragraph."""
    passages, start = [], 0
    for number, part in enumerate(made.text.split("\n\n")):
        end = start + len(part)
        passages.append(Passage(f"{made.id}#{number}", made.id, number, start, end, part))
        start = end + 2
    return tuple(passages)


def vectors_of(passages: tuple[Passage, ...]) -> FloatMatrix:
    return EMBEDDER.embed_passages([passage.text for passage in passages])


def put(writer: Writer, *articles: Article) -> None:
    for made in articles:
        passages = split(made)
        writer.put(made, passages, vectors_of(passages))


def dense(snapshot: Snapshot, question: str, k: int = 10) -> list[str]:
    """Ids of the passages with a positive cosine: those that share a word with the question."""
    vector = EMBEDDER.embed_queries([question])[0]
    return [scored.passage.id for scored in snapshot.dense(vector, k) if scored.score > 0]


def lexical(snapshot: Snapshot, question: str, k: int = 10) -> list[str]:
    return [s.passage.id for s in snapshot.lexical(terms(question, folded=False), k, folded=False)]


def both(store: Store, question: str) -> tuple[list[str], list[str]]:
    with store.snapshot() as snapshot:
        return dense(snapshot, question), lexical(snapshot, question)


def commit_and_die(folder: Path) -> None:
    """Another process commits an article to SQLite and is killed before anything is derived from it."""
    script = f"""
import os, sys
sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}
from pathlib import Path
from stored import RECIPE, article, put
from rag.store import Store
from rag.store.lexical import LexicalFolder
LexicalFolder.follow = lambda *_: os._exit(9)
with Store.open(Path({str(folder)!r})).write(RECIPE) as writer:
    put(writer, article("late", "Cam sành chín sớm."))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
