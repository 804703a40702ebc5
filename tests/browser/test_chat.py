"""The chat as a person uses it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from web_fakes import (
    ANSWER,
    BRIDGE,
    EXAMPLES,
    FERRY_ANSWER,
    HOSTILE,
    LENGTH,
    OPENING,
    REFUSAL,
    SINCE,
    STAFF,
    SlowStart,
)

from .conftest import PHONE, Served

MARKED = "Cầu Bạch Lạp dài 1.240 m và rộng 22 m.[1] Cầu thông xe sáng 12/3.[2][3]"
BRIDGE_QUESTION = "Cầu Bạch Lạp dài bao nhiêu và thông xe khi nào?"


def box(page: Page) -> Locator:
    return page.get_by_label("Câu hỏi", exact=True)


def ask(page: Page, question: str) -> None:
    box(page).fill(question)
    box(page).press("Enter")


def answered(page: Page) -> Locator:
    """The last finished answer."""
    answer = page.locator("#hb-conversation .hb-turn").last.locator(".hb-answer")
    expect(answer.locator(".hb-mark").first).to_be_visible()
    return answer


def quote(page: Page) -> Locator:
    return page.locator("#hb-quote")


def test_evidence_comes_first_then_the_text_then_the_marks(page: Page) -> None:
    page.evaluate(
        """() => {
            window.seen = [];
            const parts = ['#hb-heading .hb-card', '.hb-draft', '.hb-mark'];
            new MutationObserver(() => {
                for (const part of parts)
                    if (!seen.includes(part) && document.querySelector(part)) seen.push(part);
            }).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    ask(page, BRIDGE_QUESTION)
    expect(page.locator("#hb-heading .hb-card q")).to_have_text([LENGTH.text, OPENING.text, STAFF.text])
    expect(answered(page)).to_have_text(MARKED)
    assert page.evaluate("seen") == ["#hb-heading .hb-card", ".hb-draft", ".hb-mark"]
    expect(page.locator("#hb-heading .hb-card")).to_have_count(0)
    expect(page.locator(".hb-foot > span").first).to_have_text(
        re.compile(r"^\d+,\d giây · mô hình scripted$")
    )


def test_mark_opens_the_article_at_the_quote_to_the_letter(page: Page) -> None:
    ask(page, BRIDGE_QUESTION)
    answered(page).get_by_role("button", name="Mở trích dẫn 1").click()
    expect(quote(page)).to_be_in_viewport()
    assert quote(page).text_content() == LENGTH.text == BRIDGE.text[LENGTH.start : LENGTH.end]
    assert page.locator(".hb-text").text_content() == BRIDGE.text
    expect(page.locator(".hb-title")).to_have_text(BRIDGE.title)
    expect(page.locator(".hb-meta")).to_have_text(
        [
            "Báo Lục Yên · Giao thông · 12/03/2024 16:58 · Mở bài gốc",
            "2 báo cùng đưa tin; bản khác: Tin Chiều",
        ]
    )
    link = page.get_by_role("link", name="Mở bài gốc")
    assert link.get_attribute("href") == BRIDGE.url
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"


def test_previous_and_next_walk_through_the_citations(page: Page) -> None:
    ask(page, BRIDGE_QUESTION)
    answered(page).get_by_role("button", name="Mở trích dẫn 2").click()
    for button, position, found in [
        (None, "2 / 3", OPENING),
        ("Trích dẫn sau", "3 / 3", STAFF),
        ("Trích dẫn sau", "1 / 3", LENGTH),
        ("Trích dẫn trước", "3 / 3", STAFF),
    ]:
        if button:
            page.get_by_role("button", name=button).click()
        expect(page.locator(".hb-position")).to_have_text(position)
        expect(quote(page)).to_have_text(found.text)
        expect(page.locator(".hb-title")).to_have_text(found.article.title)
    expect(page.locator(".hb-card[aria-current] q")).to_have_text(STAFF.text)


def test_evidence_can_be_opened_while_the_answer_is_written(page: Page) -> None:
    ask(page, "Viết mãi mãi")
    page.locator("#hb-heading .hb-card").first.click()
    expect(quote(page)).to_have_text(LENGTH.text)
    page.get_by_role("button", name="Dừng").click()
    expect(page.get_by_text("Đã dừng theo yêu cầu.").first).to_be_attached()


def test_keyboard_alone_is_enough(page: Page) -> None:
    expect(box(page)).to_be_focused()
    page.keyboard.type(BRIDGE_QUESTION)
    page.keyboard.press("Enter")
    mark = answered(page).locator(".hb-mark").first
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if mark.evaluate("mark => mark === document.activeElement"):
            break
    expect(mark).to_be_focused()
    assert mark.evaluate("mark => getComputedStyle(mark).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(quote(page)).to_have_text(LENGTH.text)
    expect(page.locator(".hb-article")).to_be_focused()
    page.keyboard.press("Escape")
    expect(quote(page)).to_have_count(0)
    expect(mark).to_be_focused()


def test_stop_ends_at_once_and_the_next_question_is_answered(page: Page, chat: Served) -> None:
    ask(page, "Viết mãi mãi")
    expect(page.locator(".hb-draft")).to_contain_text("và và")
    before = len(chat.assistant.cancelled_after)
    pressed = time.perf_counter()
    page.get_by_role("button", name="Dừng").click()
    expect(page.locator("#hb-conversation .hb-notice")).to_have_text("Đã dừng theo yêu cầu.")
    assert time.perf_counter() - pressed < 2
    expect(page.locator("#hb-conversation .hb-draft")).to_contain_text("và và")
    ask(page, "Phà có từ năm nào?")
    expect(answered(page)).to_have_text(f"{FERRY_ANSWER}[1]")
    assert len(chat.assistant.cancelled_after) == before + 1


def test_closing_the_tab_frees_the_assistant(
    chat: Served, page: Page, open_page: Callable[..., Page]
) -> None:
    ask(page, "Viết mãi mãi")
    expect(page.locator(".hb-draft")).to_contain_text("và")
    before = len(chat.assistant.cancelled_after)
    page.context.close()
    closed = time.perf_counter()
    while len(chat.assistant.cancelled_after) == before:
        assert time.perf_counter() - closed < 4
        time.sleep(0.02)
    other = open_page(chat.url)
    ask(other, "Phà có từ năm nào?")
    expect(answered(other)).to_have_text(f"{FERRY_ANSWER}[1]")


def test_waiting_readers_see_their_place(page: Page, chat: Served, open_page: Callable[..., Page]) -> None:
    ask(page, "Viết mãi mãi")
    expect(page.locator(".hb-draft")).to_contain_text("và")
    other = open_page(chat.url)
    ask(other, "Phà có từ năm nào?")
    expect(other.locator(".hb-status")).to_contain_text("Đang chờ, còn 1 câu hỏi phía trước…")
    page.get_by_role("button", name="Dừng").click()
    expect(answered(other)).to_have_text(f"{FERRY_ANSWER}[1]")


def test_refusal_is_a_card_with_articles_to_open(page: Page) -> None:
    ask(page, "Hôm nay giá vàng bao nhiêu?")
    card = page.locator("#hb-conversation .hb-notice")
    expect(card).to_have_text(f"Không trả lời được{REFUSAL}")
    expect(page.locator(".hb-mark")).to_have_count(0)
    expect(page.locator("#hb-conversation .hb-card")).to_have_count(2)
    page.get_by_role("button", name="Mở bài: Chuyến phà cuối cùng").click()
    expect(quote(page)).to_have_text(SINCE.text)


def test_understood_differently_is_shown(page: Page) -> None:
    ask(page, "cau bach lap dai bao nhieu met")
    expect(page.locator("#hb-conversation .hb-understood")).to_have_text(
        "Hiểu là: cầu bạch lạp dài bao nhiêu mét · Thời gian: 01/03/2024 – 31/03/2024"
    )


def test_hostile_article_is_only_text(page: Page) -> None:
    attack = "<img src=x onerror=window.hacked=20> ![x](http://evil.example/x.png) có gì độc?"
    ask(page, attack)
    answered(page).locator(".hb-mark").first.click()
    expect(page.locator(".hb-title")).to_have_text(HOSTILE.title)
    assert page.locator(".hb-text").text_content() == HOSTILE.text
    expect(page.locator("#hb-conversation .hb-question")).to_contain_text(attack)
    assert page.evaluate("window.hacked") is None
    harmful = "img, iframe, form, script, svg, marquee, input, a[href^='javascript'], style, object, embed"
    for place in ("#hb-conversation", "#hb-panel"):
        expect(page.locator(place).locator(harmful)).to_have_count(0)


def test_policy_stops_a_script_even_if_markup_got_in(page: Page, errors: list[str]) -> None:
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=window.hacked=1>')")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert ["Content Security Policy" in error for error in errors] == [True]
    errors.clear()


def test_phone_panel_covers_the_chat_and_closing_returns(
    chat: Served, open_page: Callable[..., Page]
) -> None:
    page = open_page(chat.url, viewport=PHONE, has_touch=True, is_mobile=True)
    ask(page, BRIDGE_QUESTION)
    mark = answered(page).locator(".hb-mark").first
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    mark.tap()
    expect(quote(page)).to_be_in_viewport()
    panel = page.locator(".hb-panel").bounding_box()
    assert panel is not None
    assert (panel["x"], panel["width"], panel["height"]) == (0, PHONE["width"], PHONE["height"])
    assert page.evaluate("document.querySelector('#hb-chat').inert")
    page.get_by_role("button", name="Đóng bài").tap()
    expect(page.locator(".hb-panel")).to_be_hidden()
    expect(mark).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_both_themes(chat: Served, open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(chat.url, color_scheme=scheme)
    ask(page, BRIDGE_QUESTION)
    answered(page).locator(".hb-mark").first.click()
    expect(quote(page)).to_be_visible()
    ask(page, "Hôm nay giá vàng bao nhiêu?")
    expect(page.locator(".hb-notice")).to_be_visible()
    assert ("dark" in (page.locator("body").get_attribute("class") or "")) == (scheme == "dark")
    for selector in (
        ".hb-header h1",
        ".hb-tagline",
        ".hb-question",
        ".hb-cards-title",
        ".hb-card q",
        ".hb-from",
        ".hb-number",
        ".hb-answer p",
        ".hb-mark:not([aria-current])",
        ".hb-foot span",
        ".hb-copy",
        ".hb-notice-title",
        ".hb-notice p",
        ".hb-meta:has(a)",
        ".hb-meta a",
        ".hb-text",
        "#hb-quote",
        "#hb-ask",
    ):
        assert contrast(page.locator(selector).first) >= 4.5, selector


def contrast(element: Locator) -> float:
    """WCAG contrast of the element's text with the nearest opaque background."""
    colours = element.evaluate(
        """element => {
            let under = element;
            const back = node => getComputedStyle(node).backgroundColor;
            const clear = node => /(, 0\\)|transparent)$/.test(back(node));
            while (under.parentElement && clear(under)) under = under.parentElement;
            return [getComputedStyle(element).color, back(under)];
        }"""
    )
    dark, light = sorted(luminance(colour) for colour in colours)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_vietnamese_letter_comes_from_the_bundled_fonts(page: Page) -> None:
    loaded = page.evaluate(
        """async () => {
            const letters = 'ăâđêôơưẮẦẨẪẬỆỖỢỰỹ';
            const found = [];
            for (const family of ['Source Sans 3 Variable', 'Source Serif 4 Variable'])
                for (const weight of [400, 600, 700])
                    found.push((await document.fonts.load(`${weight} 16px "${family}"`, letters)).length > 0);
            return found;
        }"""
    )
    assert loaded == [True] * 6


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("   ", "Câu hỏi đang trống. Hãy gõ một câu hỏi rồi bấm Hỏi."),
        ("a" * 2001, "Câu hỏi dài 2001 ký tự, quá mức 2000."),
    ],
)
def test_unusable_question_is_a_toast_and_stays_in_the_box(page: Page, question: str, words: str) -> None:
    box(page).fill(question)
    page.get_by_role("button", name="Hỏi", exact=True).click()
    toast = page.get_by_test_id("toast-body")
    expect(toast).to_contain_text(words)
    expect(toast).to_contain_text("Xin lưu ý")
    expect(box(page)).to_have_value(question)
    expect(page.locator(".hb-turn")).to_have_count(0)


def test_errors_are_messages(page: Page) -> None:
    ask(page, "mô hình hỏng")
    notice = page.locator("#hb-conversation .hb-notice")
    expect(notice.last).to_contain_text("/models/x.gguf")
    ask(page, "lỗi lạ")
    expect(notice.last).to_contain_text("Lỗi ngoài dự kiến")
    expect(page.locator("body")).not_to_contain_text("secret detail")
    ask(page, "Phà có từ năm nào?")
    expect(answered(page)).to_have_text(f"{FERRY_ANSWER}[1]")


def test_example_is_asked_with_one_click(page: Page) -> None:
    expect(page.locator(".hb-example")).to_have_text(list(EXAMPLES))
    page.get_by_role("button", name=EXAMPLES[1]).click()
    expect(page.locator("#hb-conversation .hb-question")).to_contain_text(EXAMPLES[1])
    expect(answered(page)).to_have_text(f"{FERRY_ANSWER}[1]")
    expect(page.locator(".hb-example")).to_have_count(0)


def test_follow_up_carries_the_conversation(page: Page, chat: Served) -> None:
    ask(page, "Phà có từ năm nào?")
    expect(answered(page)).to_have_text(f"{FERRY_ANSWER}[1]")
    ask(page, "Còn cầu thì sao?")
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(2)
    expect(answered(page)).to_have_text(MARKED)
    question, history = chat.assistant.asked[-1]
    assert question == "Còn cầu thì sao?"
    assert [message["content"] for message in history] == ["Phà có từ năm nào?", f"{FERRY_ANSWER}[1]"]


def test_reload_keeps_the_conversation_and_goes_on(page: Page, chat: Served) -> None:
    ask(page, "Phà có từ năm nào?")
    answered(page)
    expect(page.locator(".hb-suggestion")).to_have_count(2)  # nothing is under way any more
    page.reload()
    expect(answered(page)).to_have_text(f"{FERRY_ANSWER}[1]")
    ask(page, "Còn cầu thì sao?")
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(2)
    _, history = chat.assistant.asked[-1]
    assert [message["content"] for message in history] == ["Phà có từ năm nào?", f"{FERRY_ANSWER}[1]"]


def test_copy_gives_the_answer_with_its_sources(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "Phà có từ năm nào?")
    answered(page)
    page.get_by_role("button", name="Chép câu trả lời").click()
    expect(page.locator(".hb-copy")).to_have_text("Đã chép")
    assert page.evaluate("navigator.clipboard.readText()") == (
        f"Phà có từ năm nào?\n\n{FERRY_ANSWER}[1]\n\n[1] “{SINCE.text}” "
        "(Chuyến phà cuối cùng trên sông Lục Yên, Tin Chiều, 11/03/2024)"
    )


def test_screen_reader_is_told_the_phases_and_the_answer(page: Page) -> None:
    status = page.locator("#hb-status")
    assert (status.get_attribute("role"), status.get_attribute("aria-live")) == ("status", "polite")
    assert page.locator("html").get_attribute("lang") == "vi"
    ask(page, BRIDGE_QUESTION)
    expect(status).to_contain_text("Tìm thấy 3 trích dẫn.")
    expect(status).to_have_text(f"Đã trả lời. {MARKED}")
    assert ANSWER.split(".")[0] in MARKED


def test_page_is_up_while_the_models_load(
    slow_start: tuple[Served, SlowStart], open_page: Callable[..., Page]
) -> None:
    served, load = slow_start
    page = open_page(served.url)
    expect(page.locator(".hb-tagline")).to_contain_text("Đang nạp mô hình…")
    ask(page, BRIDGE_QUESTION)
    expect(page.locator(".hb-status")).to_contain_text("Đang nạp mô hình…")
    load.go.set()
    expect(answered(page)).to_have_text(MARKED)
    expect(page.locator(".hb-tagline")).to_contain_text("1.234 bài báo")


def test_what_is_typed_is_looked_up_before_it_is_asked(page: Page, chat: Served) -> None:
    box(page).press_sequentially("Phà có từ năm")
    for _ in range(100):
        if any(question == "Phà có từ năm" for question, _ in chat.assistant.prepared):
            break
        page.wait_for_timeout(50)
    assert chat.assistant.prepared[-1] == ("Phà có từ năm", ())
    expect(page.locator(".hb-turn")).to_have_count(0)


def test_an_article_that_is_open_is_read_ahead_from_the_quote_on(
    chat: Served, open_page: Callable[[str], Page]
) -> None:
    page = open_page(f"{chat.url}/?id={STAFF.article.id}&start={STAFF.start}&end={STAFF.end}")
    expect(quote(page)).to_have_text(STAFF.text)
    opened = (STAFF.article.id, STAFF.start)
    for _ in range(100):
        if chat.assistant.read[-1:] == [opened]:
            break
        page.wait_for_timeout(50)
    assert chat.assistant.read[-1] == opened


def test_leaving_while_an_answer_is_written_is_no_error(page: Page) -> None:
    ask(page, "Viết mãi mãi")
    page.locator("#hb-heading .hb-card").first.wait_for()
    page.get_by_role("link", name="Thư viện").click()
    page.locator("#hb-files").wait_for(state="attached")
