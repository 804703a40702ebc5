from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rag import indexing
from rag.embedding import FakeEmbedder
from rag.settings import Settings
from rag.store import ArticleSummary, Store
from rag.types import Article
from rag.web.listing import Listings, Order, Wish, page_of, values


def summary(
    article_id: str, title: str, published: str | None, source: str | None, topic: str | None, n: int = 1
) -> ArticleSummary:
    return ArticleSummary(article_id, title, published, source, None, topic, None, 100, n)


SHELF = (
    summary("a", "Đắp đê ở Vĩnh Khê", "2024-05-02T08:00:00+07:00", "Báo Minh Họa", "Thủy lợi", 3),
    summary("b", "Áo dài trẻ em", "2023-01-15", "Thời báo Ví Dụ", "Văn hóa", 1),
    summary("c", "Dê lạc mẹ ở Đồng Lau", None, None, None, 2),
    summary("d", "Bún bò tăng giá", "2024-05-01", "Báo Minh Họa", None, 5),
)


def found(wish: Wish) -> str:
    return "".join(article.id for article in page_of(SHELF, wish).articles)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "adbc"),
        ("de", "ac"),  # without accents any of them
        ("đê", "a"),
        ("dê", "c"),
        ("VĨNH khê", "a"),
        ("vinh minh", "a"),  # each word somewhere
        ("thuy loi", "a"),
        ("thuỷ", "a"),  # the older place of the tone
        ("vi\u0303nh", "a"),
        ("gia", "d"),
        ("vàng", ""),
        ("%", ""),
        ("'; drop table", ""),
    ],
)
def test_words(words: str, expected: str) -> None:
    assert found(Wish(words=words)) == expected


def test_source_topic_and_period() -> None:
    assert found(Wish(source="Báo Minh Họa")) == "ad"
    assert found(Wish(category="Văn hóa")) == "b"
    assert found(Wish(start=date(2024, 5, 2))) == "a"
    assert found(Wish(end=date(2024, 5, 1))) == "db"
    assert found(Wish(start=date(2024, 5, 1), end=date(2024, 5, 1))) == "d"
    assert found(Wish(source="Báo Minh Họa", words="bò")) == "d"


@pytest.mark.parametrize(
    ("order", "upwards", "downwards"),
    [
        ("day", "bdac", "adbc"),
        ("title", "bdac", "cadb"),  # áo, bún, đắp, dê: as dictionaries have them, accents aside
        ("source", "dabc", "badc"),
        ("category", "abcd", "badc"),
        ("passages", "bcad", "dacb"),
    ],
)
def test_order_and_what_is_missing_comes_last(order: Order, upwards: str, downwards: str) -> None:
    assert found(Wish(order=order, downwards=False)) == upwards
    assert found(Wish(order=order, downwards=True)) == downwards


def test_pages() -> None:
    many = [summary(f"{n:03}", f"Tin {n}", "2024-01-01", "Báo", None) for n in range(120)]
    wish = Wish(order="title", downwards=False, page=3)
    last = page_of(many, wish)
    assert (last.found, last.total, last.number, last.pages, len(last.articles)) == (120, 120, 3, 3, 20)
    assert page_of(many, Wish(page=99)).number == 3
    assert page_of(many, Wish(page=-1)).wish == Wish(page=1)
    assert page_of([], Wish()).pages == 1


def test_values_by_their_letters() -> None:
    assert values(SHELF, "source") == ("Báo Minh Họa", "Thời báo Ví Dụ")
    assert values(SHELF, "category") == ("Thủy lợi", "Văn hóa")


def test_a_list_is_read_again_only_when_the_index_has_changed(tmp_path: Path) -> None:
    settings, listings = Settings(index=tmp_path / "kho"), Listings()
    store = Store.open(settings.index, create=True)
    indexing.add_articles([Article("a", "Tin", "Tin.")], store, FakeEmbedder(), settings)
    first = listings.articles("kho", store)
    assert listings.articles("kho", store) is first
    indexing.remove(["a"], store)
    assert listings.articles("kho", store) == []
    store.close()
