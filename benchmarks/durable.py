"""An index whose whole content follows from one number, so that any state of it can be told right or wrong.

After step `n` it holds one article that was replaced at every step, the articles of the last steps and one
that never changes. `read` holds the articles, passages, words and vectors of a snapshot against that: what
is of two steps at once raises Mixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from rag.articles.clean import content_hash
from rag.embedding import FakeEmbedder
from rag.store import Recipe, Snapshot, Store, Writer
from rag.store.lexical import terms
from rag.types import Article, FloatMatrix, Passage

EMBEDDER = FakeEmbedder(dimension=256)
RECIPE = Recipe("fake", EMBEDDER.fingerprint, EMBEDDER.dimension, "paragraphs")
KEPT = 4  # articles of the last steps
SHARED = "bản tin"  # words that every passage has
ROUNDED = 2e-3  # how far float16 moves a cosine


class Mixed(Exception):
    """A snapshot that is of no single step."""


def at(step: int) -> list[Article]:
    """The articles after a step, 0 being the empty index."""
    if step == 0:
        return []
    recent = [_article(f"tin {number}", number) for number in range(max(1, step - KEPT + 1), step + 1)]
    return [_article("thường trực", step), _article("không đổi", 0), *recent]


def take(writer: Writer, step: int) -> None:
    """Makes of the index after the step before the one after this; does not commit."""
    before = {article.id: article for article in at(step - 1)}
    after = {article.id: article for article in at(step)}
    writer.remove(before.keys() - after.keys())
    for article in after.values():
        if before.get(article.id) != article:
            passages = split(article)
            writer.put(article, passages, vectors_of(passages))


def commit(store: Store, count: int) -> None:
    """Takes so many steps more, a commit each."""
    with store.snapshot() as snapshot:
        before = read(snapshot)
    with store.write(RECIPE) as writer:
        for step in steps(before, count):
            take(writer, step)
            writer.commit()


def replace_all(store: Store, recipe: Recipe) -> None:
    """Makes all passages anew under another recipe; they and their vectors are the same."""
    with store.replace(recipe) as replacement:
        for article in list(replacement.missing()):
            passages = split(article)
            replacement.stage([(article, passages)], vectors_of(passages))
        replacement.finish()


def read(snapshot: Snapshot) -> int:
    """The step that a snapshot is of. Raises Mixed when it is of none as a whole."""
    listed = {summary.id for summary in snapshot.articles()}
    step = 0
    if listed:
        step = int(snapshot.article("thường trực").title.rpartition(" ")[2])
    articles = {article.id: article for article in at(step)}
    _same("articles", listed, articles.keys())
    passages = {passage.id: passage for article in articles.values() for passage in split(article)}
    for article in articles.values():
        _same(f"article {article.id}", snapshot.article(article.id), article)
        _same(f"passages of {article.id}", snapshot.passages(article.id), split(article))
    _words(snapshot, step, passages)
    _vectors(snapshot, step, passages)
    return step


def search(snapshot: Snapshot) -> int:
    """The step, from one search in each leg: what can be asked thousands of times."""
    found = snapshot.lexical(terms("thường trực", folded=False), 2, folded=False)
    if not found:
        _same("articles", snapshot.articles(), [])
        return 0
    step = int(snapshot.article(found[0].passage.article_id).title.rpartition(" ")[2])
    passages = {passage.id: passage for article in at(step) for passage in split(article)}
    _same("passages", {hit.passage.id: hit.passage for hit in found}.items() <= passages.items(), True)
    _words(snapshot, step, passages)
    _vectors(snapshot, step, passages)
    return step


def split(article: Article) -> list[Passage]:
    """A passage per paragraph."""
    passages, start = [], 0
    for number, part in enumerate(article.text.split("\n\n")):
        end = start + len(part)
        passages.append(Passage(f"{article.id}#{number}", article.id, number, start, end, part))
        start = end + 2
    return passages


def vectors_of(passages: list[Passage]) -> FloatMatrix:
    return EMBEDDER.embed_passages([passage.text for passage in passages])


@cache
def _article(article_id: str, step: int) -> Article:
    body = (
        f"{SHARED.capitalize()} {article_id} ghi lúc mốc {step}: nước sông lên {step + 3} cm.\n\n"
        f"{SHARED.capitalize()} {article_id} nói thêm: ở xã thứ {step % 7}, chợ họp lại ngày {step + 40}."
    )
    made = Article(article_id, f"Nước lên, mốc {step}", body, published=f"2021-03-{step % 28 + 1:02}")
    return replace(made, content_hash=content_hash(made))


def _words(snapshot: Snapshot, step: int, passages: dict[str, Passage]) -> None:
    shared = snapshot.lexical(terms(SHARED, folded=False), 1_000, folded=False)
    _same("words that all have", {hit.passage.id: hit.passage for hit in shared}, passages)
    own = [passage.id for passage in passages.values() if f"mốc {step}:" in passage.text]
    found = snapshot.holding([f"mốc {step}: nước"], folded=False) if step else []
    _same("words of this step", sorted({passage.id for passage in found} & set(own)), sorted(own))


def _vectors(snapshot: Snapshot, step: int, passages: dict[str, Passage]) -> None:
    question = EMBEDDER.embed_queries([f"nước sông lên lúc mốc {step}"])[0]
    expected = dict(zip(passages, _vectors_at(step) @ question, strict=True)) if passages else {}
    found = {hit.passage.id: hit.score for hit in snapshot.dense(question, 1_000)}
    _same("vectors", found.keys(), expected.keys())
    worst = max((abs(found[name] - float(score)) for name, score in expected.items()), default=0.0)
    _same(f"vectors, {worst} apart,", worst < ROUNDED, True)


@cache
def _vectors_at(step: int) -> FloatMatrix:
    return np.concatenate([vectors_of(split(article)) for article in at(step)])


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Mixed(f"{what}: {found} instead of {expected}")


def steps(after: int, count: int) -> Iterator[int]:
    """The `count` steps that follow one."""
    return iter(range(after + 1, after + 1 + count))


def copied(stage: str) -> None:
    """Called for every page that a restore copies: where `benchmarks.crash` kills it."""
