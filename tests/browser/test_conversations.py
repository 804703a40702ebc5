"""Conversations as a person keeps them: listed, opened, renamed, deleted, exported, after a restart, too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect
from web_fakes import ANSWER, FERRY_ANSWER, SINCE, ScriptedAssistant

from rag.evaluation.cases import read_cases

from .conftest import PHONE, Served
from .test_chat import BRIDGE_QUESTION, answered, ask, box

FERRY_QUESTION = "Phà có từ năm nào?"


def listed(page: Page) -> Locator:
    return page.locator(".hb-talk span")


def settled(page: Page) -> None:
    """The answer is there and the questions to go on with are, too: nothing is under way."""
    answered(page)
    expect(page.locator(".hb-suggestion").first).to_be_visible()


def menu(page: Page, title: str) -> Locator:
    item = page.locator(".hb-conversations li").filter(has_text=title)
    item.locator("summary").click()
    return item


def served(serve_chat: Callable[..., Served], folder: Path) -> Served:
    return serve_chat(ScriptedAssistant(), conversations=folder / "cuộc hỏi đáp.db")


def test_a_conversation_survives_a_restart_of_the_server(
    serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    before = open_page(served(serve_chat, tmp_path).url)
    ask(before, FERRY_QUESTION)
    settled(before)
    after = open_page(served(serve_chat, tmp_path).url)
    expect(listed(after)).to_have_text([FERRY_QUESTION])
    after.locator(".hb-talk").click()
    expect(answered(after)).to_have_text(f"{FERRY_ANSWER}[1]")
    answered(after).locator(".hb-mark").click()
    expect(after.locator("#hb-quote")).to_have_text(SINCE.text)


def test_new_conversation_and_back(
    serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    chat = served(serve_chat, tmp_path)
    page = open_page(chat.url)
    ask(page, FERRY_QUESTION)
    settled(page)
    page.get_by_role("button", name="Cuộc hỏi đáp mới").click()
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(0)
    expect(box(page)).to_be_focused()
    expect(page).to_have_url(f"{chat.url}/")
    ask(page, BRIDGE_QUESTION)
    settled(page)
    assert chat.assistant.asked[-1] == (BRIDGE_QUESTION, ())  # nothing of the other conversation
    expect(listed(page)).to_have_text([BRIDGE_QUESTION, FERRY_QUESTION])
    page.locator(".hb-talk").nth(1).click()
    expect(answered(page)).to_have_text(f"{FERRY_ANSWER}[1]")
    expect(page.locator(".hb-talk[aria-current] span")).to_have_text(FERRY_QUESTION)
    expect(page).to_have_url(re.compile(r"/\?c=[0-9a-f]{32}$"))


def test_rename(serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(served(serve_chat, tmp_path).url)
    ask(page, FERRY_QUESTION)
    settled(page)
    item = menu(page, FERRY_QUESTION)
    item.get_by_label("Tên cuộc hỏi đáp").fill("Bến phà <b>cũ</b>")
    item.get_by_label("Tên cuộc hỏi đáp").press("Enter")
    expect(listed(page)).to_have_text(["Bến phà <b>cũ</b>"])
    page.reload()
    expect(listed(page)).to_have_text(["Bến phà <b>cũ</b>"])


def test_delete_and_take_back(
    serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(served(serve_chat, tmp_path).url)
    ask(page, FERRY_QUESTION)
    settled(page)
    menu(page, FERRY_QUESTION).get_by_role("button", name="Xóa").click()
    expect(listed(page)).to_have_count(0)
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(0)
    expect(page.locator(".hb-undo")).to_contain_text(f"Đã xóa “{FERRY_QUESTION}”.")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(answered(page)).to_have_text(f"{FERRY_ANSWER}[1]")
    expect(listed(page)).to_have_text([FERRY_QUESTION])


def test_export_as_markdown_and_json(
    serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(served(serve_chat, tmp_path).url)
    ask(page, FERRY_QUESTION)
    settled(page)
    item = menu(page, FERRY_QUESTION)
    with page.expect_download() as download:
        item.get_by_role("link", name="Tải về (Markdown)").click()
    written = download.value.path().read_text(encoding="utf-8")
    assert written.startswith(f"# {FERRY_QUESTION}\n\n## {FERRY_QUESTION}\n\n{FERRY_ANSWER}\\[1\\]")
    assert f"> [1] {SINCE.text}\n" in written
    with page.expect_download() as download:
        item.get_by_role("link", name="Tải về (JSON)").click()
    (record,) = json.loads(download.value.path().read_text(encoding="utf-8"))["records"]
    source = record["sources"][0]
    assert (source["quote"], source["start"], source["end"]) == (SINCE.text, SINCE.start, SINCE.end)


def test_asking_again_replaces_the_answer(page: Page, chat: Served) -> None:
    ask(page, FERRY_QUESTION)
    settled(page)
    asked = len(chat.assistant.asked)
    page.get_by_role("button", name="Trả lời lại").click()
    expect(page.locator(".hb-status")).to_be_visible()
    settled(page)
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(1)
    assert chat.assistant.asked[asked:] == [(FERRY_QUESTION, ())]


def test_an_edited_question_replaces_itself_and_all_after_it(page: Page, chat: Served) -> None:
    for question in (BRIDGE_QUESTION, FERRY_QUESTION):
        ask(page, question)
        expect(page.locator("#hb-conversation .hb-question").last).to_contain_text(question)
        settled(page)
    page.get_by_role("button", name="Sửa câu hỏi").first.click()
    expect(box(page)).to_have_value(BRIDGE_QUESTION)
    expect(box(page)).to_be_focused()
    expect(page.locator(".hb-editing")).to_contain_text(
        f"Câu mới sẽ thay câu “{BRIDGE_QUESTION}” và mọi câu sau nó."
    )
    box(page).fill("Bến phà có từ khi nào?")
    box(page).press("Enter")
    expect(page.locator("#hb-conversation .hb-question")).to_have_text(
        ["Câu hỏi của bạn: Bến phà có từ khi nào?"]
    )
    expect(page.locator(".hb-editing")).to_have_count(0)
    assert chat.assistant.asked[-1] == ("Bến phà có từ khi nào?", ())


def test_editing_can_be_left(page: Page) -> None:
    ask(page, FERRY_QUESTION)
    settled(page)
    page.get_by_role("button", name="Sửa câu hỏi").click()
    page.get_by_role("button", name="Không sửa nữa").click()
    expect(page.locator(".hb-editing")).to_have_count(0)
    expect(box(page)).to_have_value("")
    ask(page, BRIDGE_QUESTION)
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(2)


def test_opinions_become_cases(
    serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(served(serve_chat, tmp_path).url)
    ask(page, FERRY_QUESTION)
    settled(page)
    page.get_by_role("button", name="Chưa đúng").click()
    expect(page.get_by_role("button", name="Chưa đúng")).to_have_attribute("aria-pressed", "true")
    reason = page.get_by_label("Lẽ ra phải trả lời thế nào? (không bắt buộc)")
    reason.fill("Từ năm 1978, theo lời kể")
    page.get_by_role("button", name="Ghi lại").click()
    expect(reason).to_have_value("Từ năm 1978, theo lời kể")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải các câu đã chấm").click()
    file = tmp_path / "cases.jsonl"
    download.value.save_as(file)
    (case,) = read_cases([file])
    assert (case.question, case.reference) == (FERRY_QUESTION, "Từ năm 1978, theo lời kể")
    assert (case.articles, case.tags) == (("pha-luc-yen",), ("reader", "reader-bad"))
    page.reload()
    expect(page.get_by_role("button", name="Chưa đúng")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Chưa đúng").click()
    expect(page.get_by_role("button", name="Chưa đúng")).to_have_attribute("aria-pressed", "false")


def test_judging_by_keyboard_keeps_the_place(page: Page) -> None:
    ask(page, FERRY_QUESTION)
    settled(page)
    right = page.get_by_role("button", name="Đúng", exact=True)
    right.focus()
    page.keyboard.press("Enter")
    expect(right).to_have_attribute("aria-pressed", "true")
    expect(right).to_be_focused()


def test_a_suggestion_is_asked_with_one_click(page: Page, chat: Served) -> None:
    ask(page, FERRY_QUESTION)
    settled(page)
    expect(page.locator(".hb-suggestion")).to_have_text(["Có tin gì về Lục Yên?", "Có tin gì về Bạch Lạp?"])
    page.locator(".hb-suggestion").first.click()
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(2)
    assert chat.assistant.asked[-1][0] == "Có tin gì về Lục Yên?"
    expect(answered(page)).to_contain_text(ANSWER.split(".", maxsplit=1)[0])


def test_questions_are_restricted_to_a_paper_a_period_and_a_collection(page: Page, chat: Served) -> None:
    scope = page.locator(".hb-scope summary")
    expect(scope).to_have_text("Tìm trong tất cả các bài")
    scope.click()
    page.get_by_label("Nguồn").select_option("Tin Chiều")
    expect(scope).to_have_text("Chỉ tìm trong: Tin Chiều")
    page.get_by_label("Từ ngày").fill("2024-03-01")
    expect(scope).to_have_text("Chỉ tìm trong: Tin Chiều, từ 01/03/2024 trở đi")
    page.get_by_label("Đến ngày").fill("2024-03-31")
    expect(scope).to_have_text("Chỉ tìm trong: Tin Chiều, từ 01/03/2024 đến 31/03/2024")
    ask(page, FERRY_QUESTION)
    settled(page)
    options = chat.assistant.options[-1]
    assert (options.source, str(options.period)) == (
        "Tin Chiều",
        "Period(start=datetime.date(2024, 3, 1), end=datetime.date(2024, 3, 31))",
    )
    page.get_by_label("Đến ngày").fill("2024-02-01")
    expect(page.get_by_role("alert")).to_have_text(
        "Ngày bắt đầu 01/03/2024 sau ngày kết thúc 01/02/2024. Hãy đổi lại một trong hai."
    )
    page.get_by_role("button", name="Bỏ giới hạn").click()
    expect(scope).to_have_text("Tìm trong tất cả các bài")
    other = page.get_by_label("Bộ sưu tập").locator("option").nth(1).inner_text()
    page.get_by_label("Bộ sưu tập").select_option(other)
    expect(scope).to_have_text(f"Chỉ tìm trong: {other}")
    ask(page, BRIDGE_QUESTION)
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(2)
    settled(page)
    assert chat.assistant.collections[-1] == other
    expect(page.locator("#hb-conversation .hb-card").last).to_have_attribute("data-collection", other)


def test_a_link_to_a_citation_opens_it(page: Page, chat: Served, open_page: Callable[..., Page]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, FERRY_QUESTION)
    answered(page).locator(".hb-mark").click()
    page.get_by_role("button", name="Chép liên kết").click()
    expect(page.get_by_role("button", name="Đã chép")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{chat.url}/?id=pha-luc-yen&start={SINCE.start}&end={SINCE.end}"
    other = open_page(link)
    expect(other.locator("#hb-quote")).to_have_text(SINCE.text)


def test_a_question_can_come_with_the_address(chat: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{chat.url}/?hoi=Phà%20có%20từ%20năm%20nào%3F")
    expect(box(page)).to_have_value(FERRY_QUESTION)
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(0)


def test_an_address_can_name_the_collection(chat: Served, open_page: Callable[..., Page]) -> None:
    other = chat.desk.collections()[1]
    page = open_page(f"{chat.url}/?{urlencode({'hoi': FERRY_QUESTION, 'kho': other})}")
    expect(page.locator(".hb-scope summary")).to_have_text(f"Chỉ tìm trong: {other}")
    box(page).press("Enter")
    settled(page)
    expect(page.locator("#hb-conversation .hb-card")).to_have_attribute("data-collection", other)


def test_unknown_conversation_is_a_new_one(chat: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{chat.url}/?c=khong-co")
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(0)
    ask(page, FERRY_QUESTION)
    settled(page)


def test_what_was_deleted_in_another_tab_begins_anew(
    serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    chat = served(serve_chat, tmp_path)
    page, other = open_page(chat.url), open_page(chat.url)
    ask(page, FERRY_QUESTION)
    settled(page)
    other.reload()
    menu(other, FERRY_QUESTION).get_by_role("button", name="Xóa").click()
    expect(listed(other)).to_have_count(0)
    page.get_by_role("button", name="Đúng", exact=True).click()
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(0)
    expect(listed(page)).to_have_count(0)
    ask(page, BRIDGE_QUESTION)
    settled(page)
    expect(listed(page)).to_have_text([BRIDGE_QUESTION])
    assert chat.assistant.asked[-1] == (BRIDGE_QUESTION, ())


def test_an_answer_that_cannot_be_kept_is_shown_all_the_same(
    serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(served(serve_chat, tmp_path).url)
    ask(page, FERRY_QUESTION)
    settled(page)
    (tmp_path / "cuộc hỏi đáp.db").write_bytes(b"damaged " * 1_000)
    ask(page, BRIDGE_QUESTION)
    expect(page.get_by_test_id("toast-body")).to_contain_text("Không đọc ghi được tệp các cuộc hỏi đáp")
    expect(answered(page)).to_contain_text(ANSWER.split(".", maxsplit=1)[0])
    page.get_by_role("button", name="Cuộc hỏi đáp mới").click()
    expect(page.get_by_role("alert")).to_contain_text("Không đọc ghi được tệp các cuộc hỏi đáp")


def test_list_is_a_drawer_on_a_phone(
    serve_chat: Callable[..., Served], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(served(serve_chat, tmp_path).url, viewport=PHONE, has_touch=True, is_mobile=True)
    ask(page, FERRY_QUESTION)
    settled(page)
    expect(page.locator(".hb-conversations")).to_be_hidden()
    opener = page.get_by_role("button", name="Các cuộc hỏi đáp")
    opener.tap()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(listed(page)).to_have_text([FERRY_QUESTION])
    page.keyboard.press("Escape")
    expect(page.locator(".hb-conversations")).to_be_hidden()
    opener.tap()
    page.get_by_role("button", name="Cuộc hỏi đáp mới").tap()
    expect(page.locator(".hb-conversations")).to_be_hidden()
    expect(page.locator("#hb-conversation .hb-turn")).to_have_count(0)


def test_slash_leads_to_the_question_box(page: Page) -> None:
    page.locator(".hb-header h1").click()
    expect(box(page)).not_to_be_focused()
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("")
