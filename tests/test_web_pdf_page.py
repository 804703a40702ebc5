from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from made_pdfs import PARAGRAPHS, Layout, paper
from PIL import Image
from starlette.testclient import TestClient
from test_web_markup import Reader
from web_fakes import ScriptedAssistant

from rag.articles import child
from rag.articles.pdf_marks import letters, locate
from rag.articles.read import read_articles
from rag.errors import ArticleError
from rag.types import Article
from rag.web import panel, pdf_page
from rag.web.desk import Desk

YELLOW = (255, 229, 138)
LAYOUT = Layout(
    columns=2, justified=True, indent=11, gap=0, head="Báo Làng Chài, số 41", numbered=True, bottom=540
)


@pytest.fixture(autouse=True, scope="module")
def children() -> Iterator[None]:
    yield
    child.close()


@pytest.fixture
def article(tmp_path: Path) -> Article:
    """Two columns, two pages."""
    (article,) = read_articles(paper(tmp_path / "rong.pdf", LAYOUT), print)
    return article


def span(article: Article, words: str) -> tuple[int, int]:
    start = article.text.index(words)
    return start, start + len(words)


def yellow(png: bytes) -> tuple[float, float, float, float] | None:
    """The box around all marks as parts of the page, None when there are none."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    rows, columns = np.nonzero((pixels == YELLOW).all(axis=2))
    if not len(rows):
        return None
    height, width = pixels.shape[:2]
    return columns.min() / width, rows.min() / height, columns.max() / width, rows.max() / height


def test_the_quote_is_marked_on_its_page(article: Article) -> None:
    start, end = span(article, "Vụ đầu tiên thu 3,4 tấn rong tươi")
    shown = pdf_page.page(article, start, end, None)
    assert (shown.number, shown.pages, shown.marked) == (1, 2, (1,))
    box = yellow(shown.png)
    assert box is not None
    left, top, right, bottom = box
    assert shown.mark is not None
    assert shown.mark[1] == pytest.approx(top, abs=0.005)
    assert 0.09 < left < right < 0.5  # in the left column
    assert 0.2 < top < bottom < 0.36


def test_a_quote_over_two_columns_and_pages_is_marked_in_all(article: Article) -> None:
    start, _ = span(article, PARAGRAPHS[0])
    _, end = span(article, PARAGRAPHS[-1])
    first = pdf_page.page(article, start, end, None)
    assert (first.number, first.marked) == (1, (1, 2))
    second = pdf_page.page(article, start, end, 2)
    assert (second.number, second.pages) == (2, 2)
    for shown in (first, second):
        box = yellow(shown.png)
        assert box is not None
        assert box[0] < 0.12


def test_without_a_quote_the_page_is_as_it_was_printed(article: Article) -> None:
    shown = pdf_page.page(article, None, None, None)
    assert (shown.number, shown.marked, shown.mark, yellow(shown.png)) == (1, (), None, None)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (7, 3), (10**9, 10**9 + 5)])
def test_a_span_that_does_not_fit_marks_nothing(article: Article, start: int, end: int) -> None:
    assert pdf_page.page(article, start, end, None).marked == ()


def test_of_the_same_words_those_of_the_quote_are_marked(tmp_path: Path) -> None:
    twice = [*PARAGRAPHS, "Cuối vụ, ông Đính nói lại: tre rẻ, hỏng thì thay cây khác.", *PARAGRAPHS[::-1]]
    path = paper(tmp_path / "a.pdf", LAYOUT, paragraphs=twice)
    (article,) = read_articles(path, print)
    again = article.text.rindex(PARAGRAPHS[0][:40])
    (found,) = locate(path, PARAGRAPHS[0][:40], len(letters(article.text[:again])))
    (first,) = locate(
        path, PARAGRAPHS[0][:40], len(letters(article.text[: article.text.index(PARAGRAPHS[0])]))
    )
    assert (min(first["marks"]), min(found["marks"])) == (1, 2)


def test_what_cleaning_took_out_does_not_hide_the_rest(article: Article) -> None:
    assert article.path is not None
    quote = f"{PARAGRAPHS[1]} Ảnh minh họa {PARAGRAPHS[2]}"
    (found,) = locate(article.path, quote, 0)
    assert len(found["marks"][1]) > 4


def test_a_changed_file_is_drawn_anew(article: Article) -> None:
    assert article.path is not None
    assert pdf_page.page(article, None, None, None).pages == 2
    paper(article.path, replace(LAYOUT, bottom=300))
    assert pdf_page.page(article, None, None, None).pages == 1


def test_what_cannot_be_shown(article: Article, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        pdf_page.page(article, None, None, 3)
    with pytest.raises(KeyError):
        pdf_page.page(replace(article, path=tmp_path / "a.html"), None, None, None)
    with pytest.raises(KeyError):
        pdf_page.page(replace(article, path=None), None, None, None)
    assert article.path is not None
    article.path.write_bytes(b"%PDF-1.7 but no more")
    with pytest.raises(ArticleError):
        pdf_page.page(article, None, None, None)
    article.path.unlink()
    with pytest.raises(ArticleError):
        pdf_page.page(article, None, None, None)


def test_the_route(article: Article) -> None:
    start, end = span(article, "Vụ đầu tiên thu 3,4 tấn")
    assistant = ScriptedAssistant(by_id={article.id: article})
    desk = Desk(assistant)
    try:
        desk.loaded()
        app = FastAPI()
        app.get("/page")(pdf_page.page_route(desk))
        client = TestClient(app)
        answer = client.get("/page", params={"id": article.id, "start": start, "end": end})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert [answer.headers[name] for name in ("hb-page", "hb-pages", "hb-marked")] == ["1", "2", "1"]
        assert yellow(answer.content) is not None
        for wrong in ("id=none", f"id={article.id}&number=9", f"id={article.path}"):
            missing = client.get(f"/page?{wrong}")
            assert (missing.status_code, missing.text[:37]) == (404, "Không mở được tệp PDF của bài này: tệ")
    finally:
        desk.close()


def test_the_panel_offers_the_pages_of_a_pdf_alone(article: Article) -> None:
    shown = Reader(panel.article(article, 0, 5, "báo tỉnh"))
    assert shown.values["data-pdf"] == ["text", "page", "previous", "enlarge", "next"]
    assert shown.values["data-address"] == ["/page?id=rong&start=0&end=5&collection=b%C3%A1o+t%E1%BB%89nh"]
    assert shown.values["data-marked"] == ["Trang {page}/{pages}, câu trích được tô vàng"]
    assert "data-pdf" not in Reader(panel.article(replace(article, path=Path("/a.html")), 0, 5)).values
