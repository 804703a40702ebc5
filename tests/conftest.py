"""What every test shares. Sockets are open to loopback only (pytest-socket, see pyproject.toml)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

# Before anything imports a library that would call home; the tests prove that nothing does.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.pop("HOIBAO_LANG", None)

import pytest

from rag import indexing
from rag.answering.assistant import Assistant
from rag.embedding import FakeEmbedder
from rag.generation import ScriptedGenerator
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import Store
from rag.types import Article

BRIDGE = Article(
    "cau",
    "Khởi công cầu Sông Mây",
    "Sáng 15/3, tỉnh Hà Trung Sơn khởi công cầu Sông Mây. Cầu dài 486 m, rộng 12 m, có hai làn xe.\n\n"
    "Ông Vi Văn Thắng, Phó Chủ tịch UBND tỉnh, cho biết tổng mức đầu tư là 347 tỷ đồng. "
    "Công trình hoàn thành ngày 30/6/2023.",
    published="2021-03-16",
    source="Nhật báo Minh Họa",
)
RICE = Article(
    "lua",
    "Lúa HS18 được mùa",
    "Vụ đông xuân, giống lúa HS18 đạt 7,2 tấn mỗi hecta. Bà Lò Thị Én trồng 3 ha ở xã An Thuận.",
    published="2022-06-01",
    source="Thời báo Ví Dụ",
)


@pytest.fixture
def articles() -> tuple[Article, ...]:
    return BRIDGE, RICE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        index=tmp_path / "chỉ mục",
        models=tmp_path / "models",
        conversations=tmp_path / "cuộc hỏi đáp.db",
        strictness=0.0,
    )


@pytest.fixture
def store(settings: Settings, articles: tuple[Article, ...]) -> Iterator[Store]:
    """An index of two articles, made by the fake embedder."""
    store = Store.open(settings.index, create=True)
    indexing.add_articles(articles, store, FakeEmbedder(), settings)
    yield store
    store.close()


@pytest.fixture
def assistant_saying(store: Store, settings: Settings) -> Callable[[str], Assistant]:
    """An assistant whose model always says the same."""

    def build(answer: str) -> Assistant:
        generator = ScriptedGenerator(lambda _: answer)
        retriever = Retriever(FakeEmbedder(), candidates=10, dense_weight=0.5)
        return Assistant(store, retriever, lambda: generator, settings)

    return build
