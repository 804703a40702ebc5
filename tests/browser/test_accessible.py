"""axe-core on every page in its states: nothing serious or critical, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_fakes import REFUSAL

from .conftest import DESKTOP, PHONE, Served
from .test_chat import BRIDGE_QUESTION, answered, ask, quote
from .test_conversations import FERRY_QUESTION

AXE = Axe()
LOOKS = [
    pytest.param({"viewport": size, "color_scheme": scheme}, id=f"{size['width']}-{scheme}")
    for size, scheme in product((DESKTOP, PHONE), ("light", "dark"))
]

FILLED = {"library": "#hb-health", "figures": "#hb-names .hb-list", "settings": "#hb-about"}


def findings(page: Page) -> list[str]:
    """What axe calls serious or critical, a line for every element."""
    # What moves in is judged where it comes to rest: half faded in, nothing has enough contrast.
    page.evaluate(
        "Promise.all(document.getAnimations().filter(a => a.effect.getTiming().iterations !== Infinity)"
        ".map(animation => animation.finished))"
    )
    violations: list[dict[str, Any]] = AXE.run(page).response["violations"]
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))} {node['html'][:160]}"
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_asking(chat: Served, open_page: Callable[..., Page], look: dict[str, Any]) -> None:
    page = open_page(chat.url, **look)
    page.locator('.hb-tagline[data-state="ready"]').wait_for()
    expect(page.locator(".hb-example").first).to_be_visible()
    found = {"empty": findings(page)}
    ask(page, BRIDGE_QUESTION)
    mark = answered(page).locator(".hb-mark").first
    found["answered"] = findings(page)
    mark.click()
    expect(quote(page)).to_be_visible()
    found["panel"] = findings(page)
    page.keyboard.press("Escape")
    ask(page, "Hôm nay giá vàng bao nhiêu?")
    expect(page.locator("#hb-conversation")).to_contain_text(REFUSAL)
    found["refused"] = findings(page)
    ask(page, "mô hình hỏng")
    expect(page.locator("#hb-conversation")).to_contain_text("/models/x.gguf")
    found["failed"] = findings(page)
    assert found == {state: [] for state in found}


@pytest.mark.parametrize("look", LOOKS)
def test_writing(chat: Served, open_page: Callable[..., Page], look: dict[str, Any]) -> None:
    page = open_page(chat.url, **look)
    ask(page, "Viết mãi mãi")
    expect(page.locator(".hb-draft")).to_contain_text("và và")
    found = findings(page)
    page.get_by_role("button", name="Dừng").click()
    assert found == []


@pytest.mark.parametrize("look", LOOKS)
def test_conversations(chat: Served, open_page: Callable[..., Page], look: dict[str, Any]) -> None:
    page = open_page(chat.url, **look)
    page.locator('.hb-tagline[data-state="ready"]').wait_for()
    ask(page, FERRY_QUESTION)
    answered(page)
    page.get_by_role("button", name="Chưa đúng").click()
    page.get_by_role("button", name="Ghi lại").wait_for()
    scope = page.locator(".hb-scope summary")
    scope.click()
    page.get_by_label("Từ ngày").fill("2024-03-01")
    expect(scope).to_contain_text("01/03/2024")
    page.get_by_label("Đến ngày").fill("2024-02-01")
    page.get_by_role("alert").wait_for()
    found = {"judging, limited": findings(page)}
    page.get_by_role("button", name="Bỏ giới hạn").click()
    page.get_by_role("button", name="Sửa câu hỏi").click()
    page.locator(".hb-editing").wait_for()
    found["editing"] = findings(page)
    opener = page.get_by_role("button", name="Các cuộc hỏi đáp")
    if opener.is_visible():
        opener.click()
    page.locator(".hb-conversations summary").first.click()
    page.get_by_label("Tên cuộc hỏi đáp").first.wait_for()
    found["menu"] = findings(page)
    page.locator(".hb-conversations").get_by_role("button", name="Xóa").first.click()
    page.locator(".hb-undo").wait_for()
    found["deleted"] = findings(page)
    assert found == {state: [] for state in found}


def enter(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name=name, exact=True).click()
    expect(page.locator(".hb-pages [aria-current]")).to_have_text(name)


@pytest.mark.parametrize("look", LOOKS)
def test_library(chat: Served, open_page: Callable[..., Page], look: dict[str, Any]) -> None:
    page = open_page(chat.url, **look)
    enter(page, "Thư viện")
    page.locator(".hb-articles").wait_for()
    found = {"articles": findings(page)}
    page.get_by_text("Tạo bộ mới").click()
    page.get_by_label("Tên bộ mới").fill("../trộm")
    page.get_by_label("Tên bộ mới").press("Enter")
    page.get_by_role("alert").wait_for()
    found["problem"] = findings(page)
    page.locator(".hb-open-article").first.click()
    page.get_by_role("dialog", name="Xem bài").locator(".hb-text").wait_for()
    found["article"] = findings(page)
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("không có gì như thế")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("#hb-table")).to_contain_text("Không có bài nào khớp.")
    found["nothing"] = findings(page)
    assert found == {state: [] for state in found}


@pytest.mark.parametrize("look", LOOKS)
def test_figures(chat: Served, open_page: Callable[..., Page], look: dict[str, Any]) -> None:
    page = open_page(chat.url, **look)
    enter(page, "Số liệu")
    expect(page.locator("#hb-names")).to_contain_text("Đếm trong toàn bộ", timeout=30_000)
    page.get_by_text("Xem bảng số").first.click()
    assert findings(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_settings(chat: Served, open_page: Callable[..., Page], look: dict[str, Any]) -> None:
    page = open_page(chat.url, **look)
    enter(page, "Cài đặt")
    expect(page.locator("#hb-settings form").first).to_be_visible()
    assert findings(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_reference(chat: Served, open_page: Callable[..., Page], look: dict[str, Any]) -> None:
    page = open_page(chat.url, **look)
    page.goto(f"{chat.url}/api")
    assert findings(page) == []


def test_what_is_wrong_is_found(page: Page) -> None:
    pale = '<p style="color:#ccc;background:#fff">mờ nhạt</p><button></button>'
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", pale)
    assert [finding.partition(":")[0] for finding in findings(page)] == ["button-name", "color-contrast"]
