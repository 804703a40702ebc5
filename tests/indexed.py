"""Files of articles to be indexed, and what an index then holds of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from rag.embedding import FakeEmbedder
from rag.store import Store
from rag.store.lexical import terms
from rag.types import FloatMatrix


class CountingEmbedder(FakeEmbedder):
    """Remembers how many passages it embedded, and is interrupted when told to be."""

    def __init__(self, *, dimension: int = 512, batches: int = 1_000) -> None:
        super().__init__(dimension=dimension, max_tokens=512)
        self.embedded = 0
        self.batches = batches

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        if not self.batches:
            raise KeyboardInterrupt
        self.batches -= 1
        self.embedded += len(texts)
        return super().embed_passages(texts)


def body(topic: str) -> str:
    return f"Sáng nay, {topic} được nhắc đến trong một cuộc họp dài của thành phố."


def write(file: Path, *articles: tuple[str | None, str]) -> Path:
    """A `.json` or `.jsonl` file of articles given by id (None: the file names it) and topic."""
    records = [
        {"title": f"Chuyện về {topic}", "body": body(topic)} | ({"id": name} if name else {})
        for name, topic in articles
    ]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def suffix(file: Path) -> str:
    return "~" + sha256(str(file).encode()).hexdigest()[:8]


def ids(store: Store) -> list[str]:
    with store.snapshot() as snapshot:
        return sorted(listed.id for listed in snapshot.articles())


def found(store: Store, topic: str) -> tuple[set[str], set[str]]:
    """Ids that the dense and the lexical leg find for a topic."""
    question = FakeEmbedder(dimension=512).embed_queries([body(topic)])[0]
    with store.snapshot() as snapshot:
        dense = {s.passage.article_id for s in snapshot.dense(question, 10) if s.score > 0.9}
        lexical = snapshot.lexical(terms(topic, folded=False), 10, folded=False)
    return dense, {scored.passage.article_id for scored in lexical}
