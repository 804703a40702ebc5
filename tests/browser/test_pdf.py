"""The printed page of an article that came from a PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from made_pdfs import Layout, paper
from playwright.sync_api import Locator, Page, expect
from web_fakes import ScriptedAssistant, quote

from rag.articles.read import read_articles
from rag.types import Article, Event, Message, Query, Quote

from .conftest import PHONE, Served
from .test_accessible import LOOKS, findings

QUOTE = "Trung tâm Khuyến nông huyện cử hai kỹ sư xuống hướng dẫn cách buộc giống và đo độ mặn mỗi tuần."
LAYOUT = Layout(columns=2, justified=True, indent=11, gap=0, head="Báo Làng Chài, số 41", bottom=540)
# How many pixels of the image have the colour of a mark, and how many of them are in its left half
MARKED_PIXELS = """image => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data, width } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const found = [0, 0];
    for (let i = 0; i < data.length; i += 4) {
        if (data[i] !== 255 || data[i + 1] !== 229 || data[i + 2] !== 138) continue;
        found[(i / 4) % width < width / 2 ? 0 : 1] += 1;
    }
    return found;
}"""


@dataclass
class PaperAssistant(ScriptedAssistant):
    """Answers every question from one article."""

    paper: Article | None = field(default=None)

    def answer(self, question: str, history: Sequence[Message] = (), **options: object) -> Iterator[Event]:
        assert self.paper is not None
        yield from self._stream(question, Query(question, question), "scripted", [(QUOTE, (self.quote,))])

    @property
    def quote(self) -> Quote:
        assert self.paper is not None
        return quote(self.paper, QUOTE)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory, serve_chat: Callable[..., Served]) -> Served:
    """A chat whose answers come from a PDF of two columns and two pages."""
    path = paper(tmp_path_factory.mktemp("pdf") / "rong sụn.pdf", LAYOUT)
    (article,) = read_articles(path, print)
    return serve_chat(PaperAssistant(by_id={article.id: article}, paper=article))


@pytest.fixture
def opened(printed: Served, open_page: Callable[..., Page]) -> Callable[..., Locator]:
    """Opens the first citation of an answer as a person would; gives the panel."""

    def start(**options: object) -> Locator:
        page = open_page(printed.url, **options)
        box = page.get_by_label("Câu hỏi", exact=True)
        box.fill("Ai xuống hướng dẫn nuôi rong?")
        box.press("Enter")
        page.locator("#hb-conversation .hb-mark").first.click()
        panel = page.get_by_label("Bài báo được trích")
        expect(panel.locator("#hb-quote")).to_have_text(QUOTE)
        return panel

    return start


def test_the_page_is_shown_with_the_quote_marked(opened: Callable[..., Locator]) -> None:
    panel = opened()
    panel.get_by_role("button", name="Trang in").click()
    image = panel.get_by_role("img", name="Trang 1/2, câu trích được tô vàng")
    expect(image).to_be_visible()
    expect(panel.get_by_role("status")).to_have_text("Trang 1/2, câu trích được tô vàng")
    expect(panel.locator("#hb-quote")).to_be_hidden()
    left, right = image.evaluate(MARKED_PIXELS)
    assert left > 1_000  # it begins in the left column
    assert right > 1_000  # and goes on in the right one
    panel.get_by_role("button", name="Chữ").click()
    expect(panel.locator("#hb-quote")).to_be_visible()
    expect(image).to_be_hidden()


def test_pages_are_turned_by_keyboard(opened: Callable[..., Locator]) -> None:
    panel = opened()
    page = panel.page
    for _ in range(12):  # from the article on, whatever else can be reached before
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.pdf") == "page":
            break
    page.keyboard.press("Enter")
    line = panel.get_by_role("status")
    expect(line).to_have_text("Trang 1/2, câu trích được tô vàng")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Trang trước"
    page.keyboard.press("Enter")  # there is none
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(line).to_have_text("Trang 2/2")
    assert page.evaluate("document.activeElement.ariaLabel") == "Trang sau"
    expect(panel.get_by_role("img", name="Trang 2/2")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(line).to_have_text("Trang 1/2, câu trích được tô vàng")


def test_on_a_phone_the_page_fits(opened: Callable[..., Locator]) -> None:
    panel = opened(viewport=PHONE)
    panel.get_by_role("button", name="Trang in").click()
    image = panel.get_by_role("img", name="Trang 1/2")
    expect(image).to_be_visible()
    place = image.bounding_box()
    assert place is not None
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= PHONE["width"]
    panel.get_by_role("button", name="Phóng to").click()
    large = image.bounding_box()
    assert large is not None
    assert large["width"] == 900
    assert large["x"] < 0  # scrolled to the mark
    assert panel.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("look", LOOKS)
def test_the_printed_page_is_accessible(opened: Callable[..., Locator], look: dict[str, Any]) -> None:
    panel = opened(**look)
    panel.get_by_role("button", name="Trang in").click()
    expect(panel.get_by_role("img", name="Trang 1/2")).to_be_visible()
    panel.get_by_role("button", name="Phóng to").click()
    assert findings(panel.page) == []


def test_a_file_that_is_gone_leaves_the_text(
    tmp_path: Path, serve_chat: Callable[..., Served], open_page: Callable[..., Page], errors: list[str]
) -> None:
    path = paper(tmp_path / "mất.pdf", LAYOUT)
    (article,) = read_articles(path, print)
    path.unlink()
    served = serve_chat(PaperAssistant(by_id={article.id: article}, paper=article))
    page = open_page(f"{served.url}/?id={article.id}&start=0&end=12")
    panel = page.get_by_label("Bài báo được trích")
    panel.get_by_role("button", name="Trang in").click()
    expect(panel.get_by_role("status")).to_contain_text("Không mở được tệp PDF của bài này")
    panel.get_by_role("button", name="Chữ").click()
    expect(panel.locator("#hb-quote")).to_have_text(article.text[:12])
    assert ["404" in error for error in errors] == [True]
    errors.clear()  # Chromium's own line about the page that is not there
