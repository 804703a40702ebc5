"""An empty folder of articles, and an empty index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from indexed import CountingEmbedder

from rag.settings import Settings
from rag.store import Store


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "bài báo"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(index=tmp_path / "chỉ mục")


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(Store.open(settings.index, create=True)) as opened:
        yield opened
