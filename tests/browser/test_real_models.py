"""The main path with the real models, over a server of its own process, as `hoibao serve` starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from made_pdfs import paper
from playwright.sync_api import Locator, Page, expect

from rag.demo import ARTICLES
from rag.language.normalize import nfc

from .test_chat import answered, ask

pytestmark = pytest.mark.real_models

PATIENCE = 180_000  # milliseconds for an answer: a busy machine is slow, not wrong
TITLE = "Khánh thành kè biển Mũi Sến sau mười bốn tháng thi công"
LEAD = "Kè biển Mũi Sến được khánh thành sáng 9/9, che chắn cho 320 hộ dân ở xã Hòn Rớ."
BODY = (
    "Kè biển Mũi Sến dài 1.870 m, cao 4,5 m, thi công trong mười bốn tháng.",
    "Chủ đầu tư cho biết tổng kinh phí là 96 tỷ đồng, lấy từ ngân sách tỉnh.",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("thật")


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """`hoibao serve` over an index in `folder`: its address, until it is told to end."""
    places = {
        "HOIBAO_CONVERSATIONS": str(folder / "cuộc hỏi đáp.db"),
        "HOIBAO_PORT": "0",  # any that is free
        "HOIBAO_UPLOADS": str(folder / "bài đã nạp"),
    }
    command = [
        sys.executable,
        "-m",
        "rag",
        "serve",
        "--index",
        str(folder / "index"),
        "--json",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **places}, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "rag", "index", "add", str(ARTICLES), "--index", str(folder / "index")]
    subprocess.run(command, check=True, capture_output=True)
    with running(folder) as address:
        yield address


@pytest.fixture
def page(url: str, open_page: Callable[..., Page]) -> Page:
    return ready(open_page(url))


def ready(opened: Page) -> Page:
    opened.set_default_timeout(PATIENCE)
    opened.locator('.hb-tagline[data-state="ready"]').wait_for()
    return opened


def turn(page: Page, question: str) -> Locator:
    """Asks, and waits for the turn to be over."""
    before = page.locator("#hb-conversation .hb-turn").count()
    ask(page, question)
    over = page.locator("#hb-conversation .hb-turn").nth(before)
    over.locator(".hb-foot").wait_for()
    return over


def test_an_answer_and_its_citation_to_the_letter(page: Page) -> None:
    over = turn(page, "Cầu Sông Mây dài bao nhiêu mét?")
    expect(over.locator(".hb-answer")).to_contain_text("486")
    over.locator(".hb-mark").first.click()
    expect(page.locator("#hb-quote")).to_be_in_viewport()
    quoted = page.locator("#hb-quote").text_content() or ""
    name = over.locator(".hb-mark").first.get_attribute("data-article")
    assert "486" in quoted
    assert quoted in nfc((ARTICLES / f"{name}.md").read_text(encoding="utf-8"))


def test_without_accents(page: Page) -> None:
    over = turn(page, "cau song may dai bao nhieu met")
    expect(over.locator(".hb-understood")).to_contain_text("Hiểu là: cầu Sông Mây dài bao nhiêu mét")
    expect(over.locator(".hb-answer")).to_contain_text("486")


def test_a_refusal_and_then_a_restricted_question(page: Page) -> None:
    over = turn(page, "Giá vàng SJC hôm nay là bao nhiêu?")
    expect(over.locator(".hb-notice")).to_contain_text("Không tìm thấy")
    expect(over.locator(".hb-mark")).to_have_count(0)
    page.locator(".hb-scope summary").click()
    page.get_by_label("Đến ngày").fill("2022-12-31")
    expect(page.locator(".hb-scope summary")).to_have_text("Chỉ tìm trong: đến hết 31/12/2022")
    over = turn(page, "Giá vé xe buýt qua cầu Sông Mây là bao nhiêu?")
    days = over.locator(".hb-from").all_inner_texts()
    assert days
    assert not [day for day in days if "2023" in day or "2024" in day]


def test_a_pdf_is_uploaded_answers_and_is_deleted(page: Page, tmp_path: Path) -> None:
    question = "Kè biển Mũi Sến dài bao nhiêu mét?"
    file = tmp_path / "kè biển.pdf"
    paper(file, title=TITLE, lead=LEAD, paragraphs=BODY)
    page.get_by_role("link", name="Thư viện").click()
    page.set_input_files("#hb-files", file)
    expect(page.locator(".hb-job").last).to_contain_text("1 bài mới", timeout=PATIENCE)
    page.get_by_role("link", name="Hỏi", exact=True).click()
    over = turn(ready(page), question)
    expect(over.locator(".hb-answer")).to_contain_text("1.870")
    over.locator(".hb-mark").first.click()
    assert "1.870" in (page.locator("#hb-quote").text_content() or "")
    page.get_by_role("link", name="Thư viện").click()
    page.get_by_role("button", name=f"Xóa bài: {TITLE}").click()
    expect(page.locator(".hb-undo")).to_contain_text("Đã xóa 1 bài.")
    page.get_by_role("link", name="Hỏi", exact=True).click()
    over = turn(ready(page), question)
    expect(over).not_to_contain_text("1.870")
    expect(over.locator(".hb-notice")).to_contain_text("Không tìm thấy")


def test_the_conversation_is_there_after_a_restart(
    folder: Path, page: Page, open_page: Callable[..., Page]
) -> None:
    question = "Thư viện Vĩnh Khê có bao nhiêu cuốn sách?"
    said = turn(page, question).locator(".hb-answer").inner_text()
    with running(folder) as address:  # another process beside the first
        after = ready(open_page(address))
        after.locator(".hb-talk").filter(has_text=question).click()
        expect(answered(after)).to_have_text(said)
