"""An index with the three articles of `stored`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from stored import CAMAU, HANOI, HUE, RECIPE, article, put

from rag.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "chỉ mục của tôi"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with closing(Store.open(folder, create=True)) as opened:
        yield opened


@pytest.fixture
def filled(store: Store) -> Store:
    with store.write(RECIPE) as writer:
        put(writer, article("hanoi", HANOI), article("hue", HUE), article("camau", CAMAU))
    return store
