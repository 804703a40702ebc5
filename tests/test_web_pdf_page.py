from __future__ import annotations

import io
import re
import zipfile
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

from rag.articles import child, pdf_marks
from rag.articles.pdf_marks import letters, locate
from rag.articles.pdf_text import Page, opened, read_pages, text_of_page
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
    assert pdf_page.has_pages(article)
    shown = Reader(panel.article(article, 0, 5, "báo tỉnh", has_pages=True))
    assert shown.values["data-pdf"] == ["text", "page", "previous", "enlarge", "next"]
    assert shown.values["data-address"] == ["/page?id=rong&start=0&end=5&collection=b%C3%A1o+t%E1%BB%89nh"]
    assert shown.values["data-marked"] == ["Trang {page}/{pages}, câu trích được tô vàng"]
    assert "data-pdf" not in Reader(panel.article(article, 0, 5)).values
    assert not pdf_page.has_pages(replace(article, path=Path("/a.html")))
    assert not pdf_page.has_pages(replace(article, path=None))


# ── In an archive ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two papers, one under the name of a text, and a page that is none."""
    file = tmp_path / "số 41.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.write(paper(tmp_path / "rong.pdf", LAYOUT), "trang 1/rong.pdf")
        packed.writestr("trang 1/cua.md", "# Cua biển\n\nGiá cua biển tăng gấp đôi trong tháng chạp năm nay.")
        packed.write(paper(tmp_path / "cua.pdf", Layout(), title="Cua biển lên giá"), "trang 1/cua.pdf")
        packed.write(tmp_path / "rong.pdf", "../ngoài.pdf")
    return file


def test_a_paper_in_an_archive_has_its_pages(archive: Path) -> None:
    articles = {article.id: article for article in read_articles(archive, lambda problem: None)}
    assert {name: pdf_page.has_pages(article) for name, article in articles.items()} == {
        "trang 1/cua": False,
        "trang 1/cua.pdf": True,
        "trang 1/rong": True,
    }
    rong = articles["trang 1/rong"]
    start, end = span(rong, "Vụ đầu tiên thu 3,4 tấn rong tươi")
    for article_id in (rong.id, f"{rong.id}~0123abcd"):
        shown = pdf_page.page(replace(rong, id=article_id), start, end, None)
        assert (shown.number, shown.pages, shown.marked) == (1, 2, (1,))
        box = yellow(shown.png)
        assert box is not None
        assert 0.09 < box[0] < box[2] < 0.5
    assert pdf_page.page(articles["trang 1/cua.pdf"], None, None, None).pages == 1


@pytest.mark.parametrize("article_id", ["trang 1/cua", "../ngoài", "rong", ""])
def test_what_is_no_paper_of_the_archive_is_not_shown(archive: Path, article_id: str) -> None:
    article = Article(article_id, "Tên", "Câu.", path=archive)
    assert not pdf_page.has_pages(article)
    with pytest.raises(KeyError):
        pdf_page.page(article, 0, 4, None)


def test_an_archive_that_is_gone_has_no_pages(archive: Path) -> None:
    article = Article("trang 1/rong", "Tên", "Câu.", path=archive)
    archive.write_bytes(b"PK but no more")
    assert not pdf_page.has_pages(article)
    archive.unlink()
    assert not pdf_page.has_pages(article)


# ── Only the pages that matter ────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def thick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A paper of many pages with running heads; what each paragraph begins with is said once."""
    words = [
        f"Dàn phao số {number} " + PARAGRAPHS[number % 6][0].lower() + PARAGRAPHS[number % 6][1:]
        for number in range(60)
    ]
    return paper(tmp_path_factory.mktemp("thick") / "a.pdf", LAYOUT, paragraphs=words)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The numbers of the pages whose lines were read, for each time."""
    found: list[list[int]] = []

    def noted(document: object, numbers: range) -> Iterator[Page]:
        found.append(list(numbers))
        return read_pages(document, numbers)

    monkeypatch.setattr(pdf_marks, "read_pages", noted)
    return found


def marked(path: Path, article: Article, start: int, end: int) -> dict[int, list[pdf_marks.Box]]:
    (found,) = locate(path, article.text[start:end], len(letters(article.text[:start])))
    marks: dict[int, list[pdf_marks.Box]] = found["marks"]
    return marks


def test_only_the_pages_around_a_quote_are_laid_out(
    thick: Path, parsed: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (article,) = read_articles(thick, print)
    spans = [(match.start(), match.end()) for match in re.finditer(r"Dàn phao số \d+[^.]+\.", article.text)]
    near = [marked(thick, article, *one) for one in spans]
    assert max(map(len, parsed)) <= 6 < len(letters_of(thick))
    monkeypatch.setattr(pdf_marks, "_pages_near", lambda quote, printed: range(0))
    assert [marked(thick, article, *one) for one in spans] == near
    assert all(near)


def test_words_that_stand_in_several_places_are_looked_for_in_all(
    thick: Path, parsed: list[list[int]]
) -> None:
    (article,) = read_articles(thick, print)
    said = PARAGRAPHS[1][PARAGRAPHS[1].index("Theo ông") :]
    last = article.text.rindex(said)
    assert min(marked(thick, article, last, last + len(said))) > 6
    assert parsed == [[], list(range(1, len(letters_of(thick)) + 1))]


def letters_of(path: Path) -> list[str]:
    with opened(path) as document:
        return [letters(text_of_page(document, number)) for number in range(1, len(document) + 1)]
