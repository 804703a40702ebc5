"""The real models, and an index of the demonstration articles made with them once per session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import assemble, indexing
from rag.answering.assistant import Assistant
from rag.demo import ARTICLES
from rag.settings import Settings


@pytest.fixture(scope="session")
def demo_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Defaults but for the place of the index. A missing model fails with the cure: `hoibao setup`."""
    return Settings(index=tmp_path_factory.mktemp("demo") / "index")


@pytest.fixture(scope="session")
def demo_assistant(demo_settings: Settings) -> Iterator[Assistant]:
    with assemble.store(demo_settings, create=True) as store:
        embedder = assemble.embedder(demo_settings)
        indexing.add([Path(ARTICLES)], store, embedder, demo_settings)
        yield assemble.assistant(demo_settings, store, embedder)
