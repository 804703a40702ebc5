"""The page of figures as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect
from web_fakes import BRIDGE, SECOND

from .conftest import PHONE, Served


def figures(page: Page) -> Page:
    """Goes there by the masthead and waits until all is counted."""
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Số liệu").click()
    tagline = "Bộ sưu tập này có 2 bài báo. Bấm vào một cái tên để hỏi về nó."
    expect(page.locator(".hb-tagline")).to_have_text(tagline)
    expect(page.locator("#hb-names")).to_contain_text("Đếm trong toàn bộ 2 bài", timeout=30_000)
    return page


def ranking(page: Page, title: str) -> Locator:
    return page.locator(".hb-list").filter(has=page.get_by_role("heading", name=title, exact=True))


def test_a_plot_and_its_table_have_the_same_numbers(page: Page) -> None:
    figures(page)
    plot = page.get_by_role("img", name="Số bài theo ngày, từ 11/03/2024 đến 12/03/2024")
    expect(plot.locator("rect")).to_have_count(2)
    rows = page.locator(".hb-plot tbody tr")
    expect(rows.first).to_be_hidden()
    page.get_by_text("Xem bảng số").click()
    expect(rows).to_have_text(["11/03/20241", "12/03/20241"])
    expect(page).to_have_title("Số liệu · Hỏi Báo")


def test_what_there_is_is_said_in_numbers(page: Page) -> None:
    tiles = figures(page).locator(".hb-tiles > div")
    expect(tiles.filter(has_text="Bài báo")).to_contain_text("2")
    expect(tiles.filter(has_text="Bài mới nhất")).to_contain_text(f"12/03/2024{BRIDGE.title}")
    expect(ranking(page, "Theo nguồn").locator(".hb-rank-name")).to_have_text(["Báo Lục Yên", "Tin Chiều"])
    expect(ranking(page, "Địa danh").locator("li").first).to_contain_text("Bạch Lạp2")


def test_a_name_leads_to_a_question_about_it(page: Page) -> None:
    figures(page)
    ranking(page, "Địa danh").get_by_role("link", name="Lục Yên").click()
    expect(page.get_by_label("Câu hỏi", exact=True)).to_have_value("Tin mới nhất về Lục Yên là gì?")


def test_the_other_collection_has_figures_of_its_own(page: Page, chat: Served) -> None:
    figures(page)
    page.get_by_role("navigation", name="Bộ sưu tập").get_by_role("link", name=SECOND).click()
    expect(page.locator(".hb-tagline")).to_contain_text("Chưa có bài báo nào.")
    expect(page.locator(".hb-collections [aria-current]")).to_have_text(SECOND)
    expect(page.locator("#hb-overview")).to_be_empty()
    page.goto(f"{chat.url}/so-lieu?kho={quote('không có')}")
    expect(page.locator('.hb-tagline[data-state="failed"]')).to_contain_text("không có")


def test_the_evaluation_is_told_and_its_report_can_do_nothing(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.evaluation.latest.run_folders", lambda: (tmp_path,))
    folder = tmp_path / "lần 1"
    folder.mkdir()
    metrics = {"citation.verbatim": {"value": 1.0, "stderr": 0.0, "n": 8}}
    (folder / "summary.json").write_text(json.dumps({"n": 8, "metrics": metrics}), encoding="utf-8")
    report = "<h1>Báo cáo</h1><script>document.title = 'chạy'</script>"
    (folder / "report.html").write_text(f"<!doctype html><title>Điểm</title>{report}", encoding="utf-8")
    figures(page)
    row = page.get_by_role("row", name="Trích dẫn khớp từng chữ với bài")
    expect(row).to_contain_text("100,0 % ± 0,0")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Mở bản báo cáo đầy đủ").click()
    expect(opened.value.get_by_role("heading", name="Báo cáo")).to_be_visible()
    expect(opened.value).to_have_title("Điểm")


def test_by_keyboard_alone(page: Page) -> None:
    figures(page)
    page.locator(".hb-collections a").last.focus()
    for _ in range(2):  # the newest and the oldest article
        page.keyboard.press("Tab")
    expect(page.locator(".hb-tiles a").last).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".hb-plot tbody tr").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    chat: Served, open_page: Callable[..., Page], scheme: str
) -> None:
    page = figures(open_page(chat.url, viewport=PHONE, color_scheme=scheme))
    page.get_by_text("Xem bảng số").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    paper, ink = page.evaluate(
        """() => {
            const sum = (color) => color.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b);
            const style = getComputedStyle(document.querySelector('.hb-rank-name'));
            return [sum(getComputedStyle(document.body).backgroundColor), sum(style.color)];
        }"""
    )
    assert (paper > ink) == (scheme == "light")
