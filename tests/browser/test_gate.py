"""A server that asks for names and passwords, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from web_fakes import FERRY_ANSWER, SINCE, ScriptedAssistant

from rag.web.passwords import put

from .conftest import Served
from .test_chat import answered, ask, quote

LAN = {"username": "Lan", "password": "mười hai con giáp"}
TU = {"username": "Tú", "password": "một câu khác hẳn"}


@pytest.fixture(scope="module")
def guarded(serve_chat: Callable[..., Served], tmp_path_factory: pytest.TempPathFactory) -> Served:
    file: Path = tmp_path_factory.mktemp("giữ cửa") / "passwords"
    for reader in (LAN, TU):
        put(file, reader["username"], reader["password"])
    return serve_chat(ScriptedAssistant(), passwords=file)


def test_with_name_and_password_the_page_works_as_ever(
    guarded: Served, open_page: Callable[..., Page]
) -> None:
    page = open_page(guarded.url, http_credentials=LAN)
    page.locator('.hb-tagline[data-state="ready"]').wait_for()
    ask(page, "Phà có từ năm nào?")
    expect(answered(page)).to_have_text(f"{FERRY_ANSWER}[1]")
    answered(page).locator(".hb-mark").first.click()
    expect(quote(page)).to_have_text(SINCE.text)


def test_without_them_there_is_nothing_to_see(
    guarded: Served, open_context: Callable[..., BrowserContext]
) -> None:
    context = open_context()
    for path in ("/", "/thu-vien", "/article?id=pha-luc-yen", "/hoibao/chat.css", "/config", "/api/search"):
        assert context.request.get(guarded.url + path).status == 401
    context.close()
    mistaken = open_context(http_credentials={**LAN, "password": "mười hai con chuột"})
    assert mistaken.request.get(guarded.url).status == 401
    mistaken.close()


def test_what_one_reader_asked_is_not_for_another(guarded: Served, open_page: Callable[..., Page]) -> None:
    mine = open_page(guarded.url, http_credentials=LAN)
    ask(mine, "Phà có từ năm nào?")
    expect(mine.locator(".hb-talk span").first).to_have_text("Phà có từ năm nào?")
    mine.locator(".hb-conversations summary").first.click()
    address = mine.get_by_role("link", name="Tải về (JSON)").first.get_attribute("href")
    assert mine.context.request.get(f"{guarded.url}{address}").json()["title"] == "Phà có từ năm nào?"
    other = open_page(guarded.url, http_credentials=TU)
    other.locator('.hb-tagline[data-state="ready"]').wait_for()
    expect(other.locator(".hb-talk")).to_have_count(0)
    assert other.context.request.get(f"{guarded.url}{address}").status == 404
