"""axe-core on every page in its states: nothing serious or critical, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_fakes import REFUSAL

from rag.web.app import OTHER_PAGES
from rag.web.masthead import ADDRESSES

from .conftest import DESKTOP, PHONE, Served
from .test_chat import BRIDGE_QUESTION, answered, ask, quote

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
    expect(page.locator("#hb-examples button.gallery-item").first).to_be_visible()
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
@pytest.mark.parametrize("name", [name for name in ADDRESSES if name in OTHER_PAGES])
def test_the_other_pages(
    chat: Served, open_page: Callable[..., Page], look: dict[str, Any], name: str
) -> None:
    page = open_page(chat.url, **look)
    page.goto(chat.url + ADDRESSES[name])
    expect(page.locator(".hb-pages [aria-current]")).to_be_visible()
    expect(page.locator('.hb-tagline:not([data-state="loading"])')).to_be_visible()
    expect(page.locator(FILLED[name])).not_to_be_empty()  # the last part to come
    assert findings(page) == []


def test_what_is_wrong_is_found(page: Page) -> None:
    pale = '<p style="color:#ccc;background:#fff">mờ nhạt</p><button></button>'
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", pale)
    assert [finding.partition(":")[0] for finding in findings(page)] == ["button-name", "color-contrast"]
