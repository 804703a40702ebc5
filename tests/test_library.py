from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import BRIDGE, RICE
from web_fakes import real_library

from rag import indexing
from rag.embedding import FakeEmbedder
from rag.errors import EmbedderMismatch, IndexLocked, InputError
from rag.library import Library, shown_name
from rag.settings import Settings
from rag.store import Store
from rag.types import Done


@pytest.fixture
def library(settings: Settings) -> Iterator[Library]:
    library = real_library(replace(settings, index=settings.index.with_name("default")))
    library.store()
    yield library
    library.close()


def test_collections_are_the_indexes_beside_the_default_one(library: Library) -> None:
    beside = library.settings.index.parent
    (beside / "ảnh").mkdir()
    (beside / ".ẩn").mkdir()
    (beside / ".ẩn" / "articles.sqlite").touch()
    (beside / "tệp.txt").touch()
    assert library.create("  Thể   thao ") == "Thể thao"
    library.create("Báo tỉnh")
    assert library.names() == ("default", "Báo tỉnh", "Thể thao")
    assert (beside / "Thể thao" / "articles.sqlite").is_file()
    assert [shown_name(name) for name in library.names()] == ["Mặc định", "Báo tỉnh", "Thể thao"]


def test_each_collection_answers_from_its_own_articles(library: Library) -> None:
    library.create("Nông nghiệp")
    for name, article in (("default", BRIDGE), ("Nông nghiệp", RICE)):
        indexing.add_articles([article], library.store(name), library.embedder, library.settings)
    question = "Giống lúa HS18 đạt bao nhiêu tấn mỗi hecta?"
    *_, here = library.assistant("Nông nghiệp").answer(question, use_llm=False)
    *_, elsewhere = library.assistant().answer(question, use_llm=False)
    assert isinstance(here, Done)
    assert isinstance(elsewhere, Done)
    assert {c.quote.article.id for c in here.answer.citations} == {"lua"}
    assert {hit.article.id for hit in elsewhere.answer.hits} <= {"cau"}
    assert library.assistant("Nông nghiệp").settings.index == library.settings.index.with_name("Nông nghiệp")


@pytest.mark.parametrize(
    "name",
    ["", " ", ".ẩn", "..", "a/b", "a\\b", "../x", "x" * 61, "a\nb\0", "_a", "tên.", "a:b", "con", "Aux",
     "lpt1", "nul.txt"],
)  # fmt: skip
def test_names_that_cannot_be_folders_are_refused(library: Library, name: str) -> None:
    with pytest.raises(InputError) as raised:
        library.create(name)
    assert raised.value.key == "library.bad_name"
    assert library.names() == ("default",)


@pytest.mark.parametrize("name", ["Đời sống & pháp luật", "Báo (2024)", "5", "x" * 60, "Bến Tre, Trà Vinh"])
def test_vietnamese_names_are_taken(library: Library, name: str) -> None:
    assert library.create(name) == name


def test_a_name_is_taken_once_whatever_its_case_and_normal_form(library: Library) -> None:
    library.create("Thể thao")
    (library.settings.index.parent / "Ảnh").mkdir()
    for name in ("thể THAO", "The\u0302\u0309 thao", "Default", "Ảnh"):
        with pytest.raises(InputError) as raised:
            library.create(name)
        assert raised.value.key == "library.taken"
    assert library.store("The\u0302\u0309 thao") is library.store("Thể thao")


def test_a_deleted_collection_is_gone_from_the_disk(library: Library) -> None:
    library.create("Tạm")
    folder = library.store("Tạm").folder
    library.delete("Tạm")
    assert not folder.exists()
    assert library.names() == ("default",)
    with pytest.raises(InputError, match="Không có bộ sưu tập nào tên “Tạm”"):
        library.assistant("Tạm")
    library.create("Tạm")
    assert library.store("Tạm").status().articles == 0


def test_what_cannot_be_deleted_stays(library: Library) -> None:
    library.create("Tạm")
    with pytest.raises(InputError, match="Mặc định"):
        library.delete("default")
    with pytest.raises(InputError, match="Không có bộ sưu tập nào tên “Lạ”"):
        library.delete("Lạ")
    with library.store("Tạm").write(), pytest.raises(IndexLocked):
        library.delete("Tạm")
    assert library.names() == ("default", "Tạm")
    assert library.assistant("Tạm").articles() == []


def test_a_name_leads_nowhere_else(library: Library, tmp_path: Path) -> None:
    outside = tmp_path / "ngoài"
    Store.open(outside / "kho", create=True).close()
    for name in ("../ngoài/kho", str(outside / "kho"), "."):
        with pytest.raises(InputError, match="Không có bộ sưu tập nào"):
            library.assistant(name)
        with pytest.raises(InputError):
            library.delete(name)
    assert (outside / "kho" / "articles.sqlite").is_file()


def test_vectors_of_another_embedder_are_refused_but_can_be_looked_after(library: Library) -> None:
    library.create("Cũ")
    indexing.add_articles([RICE], library.store("Cũ"), FakeEmbedder(dimension=32), library.settings)
    with pytest.raises(EmbedderMismatch, match="hoibao index rebuild"):
        library.assistant("Cũ")
    indexing.rebuild(library.store("Cũ"), library.embedder, library.settings)
    assert library.assistant("Cũ").article("lua") == RICE
