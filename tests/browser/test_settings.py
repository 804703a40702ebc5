"""The page of settings as a person uses it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from web_fakes import ScriptedAssistant

from .conftest import PHONE, Served
from .test_chat import BRIDGE_QUESTION, ask
from .test_conversations import settled


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of this test, with a comment of its owner's."""
    made = tmp_path / "settings.toml"
    made.write_text("# của tòa soạn\nhits = 7\n", encoding="utf-8")
    monkeypatch.setattr("rag.web.pages.settings.settings_file", lambda: made)
    return made


@pytest.fixture(scope="module")
def own(serve_chat: Callable[..., Served]) -> Served:
    """A chat whose settings nobody else looks at."""
    return serve_chat(ScriptedAssistant())


def settings(page: Page) -> Page:
    """Goes there by the masthead."""
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Cài đặt").click()
    expect(page.get_by_label("Số đoạn được xét")).to_be_visible()
    return page


def written(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def slider(page: Page) -> Locator:
    return page.get_by_label("Khi nào thì từ chối trả lời")


def save(page: Page) -> Locator:
    page.get_by_role("button", name="Lưu", exact=True).click()
    return page.locator("#hb-said p")


def test_strictness_is_saved_and_the_next_question_hears_it(
    file: Path, own: Served, open_page: Callable[..., Page]
) -> None:
    page = settings(open_page(own.url))
    expect(page.get_by_label("Số đoạn được xét")).to_have_value("7")
    slider(page).fill("0.8")
    expect(page.locator(".hb-slider output")).to_have_text("0,80")
    expect(save(page)).to_have_text(f"Đã lưu vào {file}. Có hiệu lực từ câu hỏi sau.")
    assert file.read_text(encoding="utf-8") == "# của tòa soạn\nhits = 7\nstrictness = 0.8\n"
    library = own.desk.loaded()
    assert (library.settings.strictness, library.settings.hits) == (0.8, 7)
    expect(slider(page)).to_have_value("0.8")


def test_what_answers_cost_is_said_once_there_are_any(
    file: Path, serve_chat: Callable[..., Served], open_page: Callable[..., Page]
) -> None:
    served = serve_chat(ScriptedAssistant())
    page = settings(open_page(served.url))
    expect(page.locator("#hb-form")).to_contain_text("Thời gian: chưa đo")
    other = open_page(served.url)  # stays open: its questions to go on with were tried, and do not count
    ask(other, BRIDGE_QUESTION)
    settled(other)
    page.reload()
    expect(page.locator("#hb-form")).to_contain_text("trả lời một câu trong 1,0 giây (trung vị của 1 câu")


def test_a_bad_value_is_refused_in_words_and_nothing_is_saved(
    file: Path, own: Served, open_page: Callable[..., Page]
) -> None:
    page = settings(open_page(own.url))
    before = file.read_text(encoding="utf-8")
    page.get_by_label("Đường dẫn tệp .gguf").fill("/khong/co.gguf")
    expect(page.get_by_label("Mô hình khác")).to_be_checked()
    slider(page).fill("0.1")
    said = save(page)
    expect(said).to_contain_text("/khong/co.gguf")
    expect(said).to_have_attribute("role", "alert")
    expect(page.get_by_label("Đường dẫn tệp .gguf")).to_have_value("/khong/co.gguf")
    assert file.read_text(encoding="utf-8") == before


def test_another_model_and_language_wait_for_the_next_start(
    file: Path, tmp_path: Path, own: Served, open_page: Callable[..., Page]
) -> None:
    weights = tmp_path / "mô hình.gguf"
    weights.write_bytes(b"GGUF\x03\x00\x00\x00")
    page = settings(open_page(own.url))
    page.get_by_label("Đường dẫn tệp .gguf").fill(str(weights))
    page.get_by_label("English").check()
    expect(save(page)).to_contain_text("đổi từ lần khởi động sau")
    expect(page.locator(".hb-pending")).to_contain_text("mô hình đã chọn dùng từ lần khởi động sau")
    assert written(file) == {"hits": 7, "llm": str(weights), "language": "en"}


def test_what_the_environment_holds_is_locked(
    file: Path, own: Served, open_page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOIBAO_STRICTNESS", "0.25")
    page = settings(open_page(own.url))
    expect(slider(page)).to_be_disabled()
    expect(slider(page)).to_have_value("0.25")
    expect(page.locator(".hb-lock")).to_contain_text("HOIBAO_STRICTNESS")
    page.get_by_label("Số đoạn được xét").fill("9")
    expect(save(page)).to_contain_text("Đã lưu")
    assert written(file) == {"hits": 9}


def test_back_to_the_defaults(file: Path, own: Served, open_page: Callable[..., Page]) -> None:
    page = settings(open_page(own.url))
    page.get_by_role("button", name="Khôi phục mặc định").click()
    expect(page.locator("#hb-said p")).to_contain_text("Đã khôi phục mặc định")
    expect(page.get_by_label("Số đoạn được xét")).to_have_value("10")
    expect(page.get_by_role("button", name="Khôi phục mặc định")).to_be_focused()
    assert file.read_text(encoding="utf-8") == "# của tòa soạn\n"


def test_the_theme_is_kept_by_the_browser_on_every_page(
    file: Path, own: Served, open_page: Callable[..., Page]
) -> None:
    page = settings(open_page(own.url, color_scheme="light"))
    expect(page.get_by_label("Theo máy")).to_be_checked()
    page.get_by_label("Tối").check()
    expect(page.locator("body.dark")).to_be_attached()
    page.get_by_role("link", name="Hỏi", exact=True).click()
    expect(page.locator("#hb-question textarea")).to_be_visible()
    expect(page.locator("body.dark")).to_be_attached()
    settings(page)
    expect(page.get_by_label("Tối")).to_be_checked()
    page.get_by_label("Sáng").check()
    expect(page.locator("body:not(.dark)")).to_be_attached()
    assert "theme" not in file.read_text(encoding="utf-8")


def test_a_light_theme_holds_on_a_dark_system(
    own: Served, open_page: Callable[..., Page], file: Path
) -> None:
    page = settings(open_page(own.url, color_scheme="dark"))
    expect(page.locator("body.dark")).to_be_attached()
    page.get_by_label("Sáng").check()
    page.reload()
    expect(page.get_by_label("Sáng")).to_be_checked()
    expect(page.locator("body:not(.dark)")).to_be_attached()


def test_by_keyboard_alone(file: Path, own: Served, open_page: Callable[..., Page]) -> None:
    page = settings(open_page(own.url))
    page.get_by_role("link", name="Cài đặt").focus()
    page.keyboard.press("Tab")
    expect(slider(page)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.type("15")
    page.keyboard.press("Enter")
    expect(page.locator("#hb-said p")).to_contain_text("Đã lưu")
    assert written(file) == {"hits": 15, "strictness": 1.0}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    file: Path, own: Served, open_page: Callable[..., Page], scheme: str
) -> None:
    page = settings(open_page(own.url, viewport=PHONE, color_scheme=scheme))
    expect(page.locator("#hb-about")).to_contain_text("không được gửi đi đâu")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
