"""The library page as a person uses it, over real indexes with the fake embedder."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect
from web_fakes import ScriptedAssistant, fake_models

from rag import indexing
from rag.articles.clean import content_hash
from rag.embedding import FakeEmbedder
from rag.library import Library
from rag.settings import Settings
from rag.types import Article, FloatMatrix

from .conftest import PHONE, Served

PLACES = ("Bến Lũng", "Vinh Khê", "Đồng Lau")
SOURCES = ("Nhật báo Minh Họa", "Thời báo Ví Dụ")


def hashed(article_id: str, title: str, text: str, **fields: str) -> Article:
    made = Article(article_id, title, text, **fields)  # type: ignore[arg-type]  # names are the caller's
    return replace(made, content_hash=content_hash(made))


STOCK = tuple(
    hashed(
        f"bai-{number:03}",
        f"{'Khởi công' if number % 2 else 'Khánh thành'} nhà văn hóa số {number} ở {PLACES[number % 3]}",
        f"Sáng nay, xã khánh thành nhà văn hóa số {number}. Kinh phí là {number + 1} tỷ đồng.",
        published=f"2024-{number % 12 + 1:02}-15",
        source=SOURCES[number % 2],
        category="Giao thông" if number < 3 else "Văn hóa",
    )
    for number in range(60)
)
FERRY = """Phà Mây Trắng chạy lại

Sáng 5/6, phà Mây Trắng ở xã Vĩnh Khê chạy lại. Phà chở được 48 xe máy mỗi chuyến."""
MARKET = json.dumps(
    {
        "title": "Chợ nổi Đồng Lau họp sớm",
        "body": "Chợ nổi Đồng Lau họp từ 4 giờ sáng.",
        "source": "Báo Sông Nước",
    },
    ensure_ascii=False,
)


class GatedEmbedder(FakeEmbedder):
    """Embeds passages only while the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        assert self.gate.wait(timeout=30)
        return super().embed_passages(texts)


@dataclass
class Shop:
    """A server with a library of its own, and its embedder."""

    served: Served
    embedder: GatedEmbedder
    settings: Settings


@pytest.fixture
def shop(serve_chat: Callable[..., Served], tmp_path: Path) -> Iterator[Shop]:
    """Sixty articles; the model says what the ferry carries, whatever it is asked."""
    settings = Settings(index=tmp_path / "kho" / "default", uploads=tmp_path / "tải lên", strictness=0.3)
    embedder = GatedEmbedder()

    @contextmanager
    def load() -> Iterator[Library]:
        _, retriever, generator = fake_models(lambda prompt: "Phà chở được 48 xe máy mỗi chuyến.")
        library = Library(settings, embedder, retriever, generator)
        indexing.add_articles(STOCK, library.store(), embedder, settings)
        yield library
        library.close()

    served = serve_chat(ScriptedAssistant(), load, uploads=settings.uploads, index=settings.index)
    yield Shop(served, embedder, settings)
    embedder.gate.set()


@pytest.fixture
def shelf(shop: Shop, open_page: Callable[..., Page]) -> Page:
    """The library page with its table."""
    return enter(open_page(shop.served.url))


def enter(page: Page) -> Page:
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Thư viện").click()
    expect(page.locator(".hb-tagline")).to_contain_text("60 bài báo")
    return page


def drop(page: Page, **files: str) -> None:
    """Chooses files, each under its name with the dots written as __."""
    payloads: list[FilePayload] = [
        {"name": name.replace("__", "."), "mimeType": "text/plain", "buffer": content.encode()}
        for name, content in files.items()
    ]
    page.set_input_files("#hb-files", payloads)


def job(page: Page) -> Locator:
    return page.locator(".hb-job").last


def rows(page: Page) -> Locator:
    return page.locator(".hb-articles tbody tr")


def look_for(page: Page, words: str) -> None:
    page.get_by_role("searchbox").fill(words)


def ask(page: Page, question: str) -> Locator:
    """Asks on the page for it and gives the finished turn."""
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Hỏi", exact=True).click()
    page.locator('.hb-tagline[data-state="ready"]').wait_for()
    box = page.locator("#hb-question textarea")
    box.fill(question)
    box.press("Enter")
    page.locator("#hb-conversation .hb-turn .hb-foot").wait_for()
    return page.locator("#hb-conversation .hb-turn").last


# ── Adding ────────────────────────────────────────────────────────────────────────────────────────


def test_dropped_files_are_in_the_table_and_answer(shelf: Page) -> None:
    drop(shelf, phà__txt=FERRY, chợ__json=MARKET)
    expect(job(shelf)).to_contain_text("2 bài mới")
    expect(shelf.locator(".hb-tagline")).to_have_text(
        "Bộ “Mặc định” có 62 bài báo. Mọi thứ ở lại trên máy này."
    )
    look_for(shelf, "pha may trang")
    expect(rows(shelf)).to_have_count(1)
    expect(rows(shelf)).to_contain_text("Phà Mây Trắng chạy lại")
    turn = ask(shelf, "Phà Mây Trắng chở được bao nhiêu xe máy mỗi chuyến?")
    expect(turn.locator(".hb-answer")).to_contain_text("Phà chở được 48 xe máy mỗi chuyến.")
    expect(turn.locator(".hb-card").first).to_contain_text("Phà Mây Trắng chạy lại")


def test_a_broken_file_is_named_with_its_cure_and_the_rest_is_indexed(shelf: Page, shop: Shop) -> None:
    drop(shelf, hỏng__json="{", phà__txt=FERRY, ảnh__exe="MZ")
    expect(shelf.locator(".hb-sending")).to_contain_text("ảnh.exe: không đọc được loại tệp này. Hãy lưu lại")
    expect(job(shelf)).to_contain_text("1 bài mới · 1 chỗ không đọc được")
    expect(job(shelf).locator(".hb-files li")).to_have_count(1)
    expect(job(shelf).locator(".hb-files li")).to_contain_text("Tệp hỏng.json không phải JSON hợp lệ")
    expect(job(shelf).locator(".hb-files li")).to_contain_text("Hãy sửa hoặc xuất lại tệp.")
    assert [file.name for file in shop.settings.uploads.glob("default/*")] == ["phà.txt"]
    job(shelf).get_by_role("button", name="Ẩn").click()
    expect(shelf.locator(".hb-job")).to_have_count(0)


def test_a_whole_folder_is_added_without_what_is_not_an_article(shelf: Page, tmp_path: Path) -> None:
    folder = tmp_path / "báo"
    (folder / "sâu").mkdir(parents=True)
    (folder / "phà.txt").write_text(FERRY, encoding="utf-8")
    (folder / "sâu" / "chợ.json").write_text(MARKET, encoding="utf-8")
    (folder / "ảnh.exe").write_bytes(b"MZ")
    shelf.set_input_files("#hb-folder", folder)
    expect(job(shelf)).to_contain_text("2 bài mới")
    expect(shelf.locator(".hb-sending")).not_to_contain_text("ảnh.exe")


def test_a_folder_of_this_machine_is_added_by_its_path(shelf: Page, tmp_path: Path) -> None:
    (tmp_path / "chợ.json").write_text(MARKET, encoding="utf-8")
    path = shelf.get_by_label("Hoặc đường dẫn tới tệp, thư mục trên máy này")
    path.fill(str(tmp_path / "không có"))
    path.press("Enter")
    expect(job(shelf)).to_contain_text("Không làm được")
    expect(job(shelf)).to_contain_text("không có")
    path.fill(str(tmp_path / "chợ.json"))
    path.press("Enter")
    expect(job(shelf)).to_contain_text("1 bài mới")


def test_files_are_dropped_on_the_page(shelf: Page) -> None:
    dropped = shelf.evaluate_handle(
        """content => {
            const data = new DataTransfer();
            data.items.add(new File([content], "phà.txt", {type: "text/plain"}));
            return data;
        }""",
        FERRY,
    )
    shelf.dispatch_event(".hb-health", "drop", {"dataTransfer": dropped})  # anywhere will do
    expect(job(shelf)).to_contain_text("1 bài mới")
    expect(rows(shelf).filter(has_text="Phà Mây Trắng chạy lại")).to_have_count(0)  # it has no date: last
    expect(shelf.locator(".hb-tagline")).to_contain_text("61 bài báo")


def test_the_name_of_a_file_is_text_and_leads_nowhere_else(shelf: Page, shop: Shop) -> None:
    payload = "<img src=x onerror=alert(1)>"
    hostile: list[FilePayload] = [
        {"name": f"{payload}.txt", "mimeType": "text/plain", "buffer": f"{payload}\n\nCâu.".encode()},
        {"name": f"..\\..\\{payload}.json", "mimeType": "text/plain", "buffer": b"{"},
        {"name": f"{payload}.exe", "mimeType": "text/plain", "buffer": b"MZ"},
    ]
    shelf.set_input_files("#hb-files", hostile)
    expect(job(shelf)).to_contain_text("1 bài mới · 1 chỗ không đọc được")
    expect(shelf.locator(".hb-sending")).to_contain_text(f"{payload}.exe: không đọc được")
    look_for(shelf, "onerror")
    expect(rows(shelf)).to_have_count(1)
    expect(shelf.locator("#hb-library img")).to_have_count(0)
    assert [file.name for file in shop.settings.uploads.rglob("*.*") if file.is_file()] == [
        "img src=x onerror=alert(1).txt"
    ]


def test_a_long_job_is_cancelled_and_goes_on_later(
    shelf: Page, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "PASSAGES_PER_COMMIT", 1)
    shop.embedder.gate.clear()
    drop(shelf, phà__txt=FERRY, chợ__json=MARKET)
    expect(job(shelf)).to_contain_text("đang chuẩn bị để tìm theo nghĩa")
    expect(job(shelf).get_by_role("progressbar")).to_be_visible()
    expect(shelf.locator(".hb-tagline")).to_contain_text("62 bài báo")  # found by their words already
    job(shelf).get_by_role("button", name="Dừng").click()
    expect(job(shelf)).to_contain_text("Đang dừng…")
    shop.embedder.gate.set()
    expect(job(shelf)).to_contain_text("Đã dừng")
    job(shelf).get_by_role("button", name="Làm tiếp").click()
    expect(job(shelf)).to_contain_text("2 bài đã có")
    expect(shelf.locator(".hb-health")).to_contain_text("Đoạn chưa tìm được theo nghĩa0")


# ── The table ─────────────────────────────────────────────────────────────────────────────────────


def test_search_filter_sort_and_pages(shelf: Page) -> None:
    expect(rows(shelf)).to_have_count(50)
    expect(shelf.locator(".hb-deeds-bar")).to_contain_text("Bài 1–50 trong 60 bài")
    shelf.get_by_role("button", name="Trang sau").click()
    expect(rows(shelf)).to_have_count(10)
    expect(shelf.get_by_role("button", name="Trang sau")).to_be_disabled()
    shelf.get_by_role("combobox", name="Nguồn").select_option(SOURCES[0])
    expect(shelf.locator(".hb-deeds-bar")).to_contain_text("Bài 1–30 trong 30 bài khớp (cả bộ 60 bài)")
    shelf.get_by_role("combobox", name="Chuyên mục").select_option("Giao thông")
    expect(rows(shelf)).to_have_count(2)
    shelf.get_by_role("button", name="Tiêu đề").click()
    expect(rows(shelf).first).to_contain_text("số 0 ở Bến Lũng")
    shelf.get_by_role("button", name="Tiêu đề").click()
    expect(rows(shelf).first).to_contain_text("số 2 ở Đồng Lau")
    expect(shelf.get_by_role("columnheader", name="Tiêu đề")).to_have_attribute("aria-sort", "descending")
    expect(shelf.get_by_role("button", name="Tiêu đề")).to_be_focused()
    look_for(shelf, "không có bài này")
    expect(shelf.locator("#hb-table")).to_contain_text("Không có bài nào khớp.")
    shelf.get_by_role("button", name="Hiện tất cả").click()
    expect(rows(shelf)).to_have_count(50)
    expect(shelf.get_by_role("searchbox")).to_have_value("")
    shelf.get_by_label("Từ ngày").fill("2024-12-01")
    expect(rows(shelf)).to_have_count(5)


def test_an_article_is_read_and_closed_with_the_keyboard(shelf: Page) -> None:
    look_for(shelf, "số 17")
    expect(rows(shelf)).to_have_count(1)
    title = shelf.get_by_role("button", name=STOCK[17].title, exact=True)
    title.focus()
    shelf.keyboard.press("Enter")
    sheet = shelf.get_by_role("dialog", name="Xem bài")
    expect(sheet.locator(".hb-text")).to_have_text(STOCK[17].text)
    expect(sheet.locator("mark")).to_have_count(0)
    shelf.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(title).to_be_focused()


# ── Deleting ──────────────────────────────────────────────────────────────────────────────────────


def test_deleted_no_longer_answers_and_undo_brings_it_back(shelf: Page, shop: Shop) -> None:
    question = "Phà Mây Trắng chở được bao nhiêu xe máy mỗi chuyến?"
    drop(shelf, phà__txt=FERRY)
    expect(job(shelf)).to_contain_text("1 bài mới")
    look_for(shelf, "phà")
    expect(rows(shelf)).to_have_count(1)
    shelf.get_by_role("button", name="Xóa bài: Phà Mây Trắng chạy lại").click()
    expect(shelf.locator("#hb-table")).to_contain_text("Không có bài nào khớp.")
    expect(shelf.locator(".hb-undo")).to_contain_text("Đã xóa 1 bài.")
    expect(shelf.get_by_role("button", name="Hoàn tác")).to_be_focused()
    assert not (shop.settings.uploads / "default" / "phà.txt").exists()
    expect(ask(shelf, question)).not_to_contain_text("48 xe máy")
    assert shelf.request.get(f"{shop.served.url}/article?id=phà").status == 404
    shelf.get_by_role("navigation", name="Các trang").get_by_role("link", name="Thư viện").click()
    shelf.get_by_role("button", name="Hoàn tác").click()
    expect(shelf.locator(".hb-tagline")).to_contain_text("61 bài báo")
    expect(shelf.locator(".hb-undo")).to_have_count(0)
    assert (shop.settings.uploads / "default" / "phà.txt").read_text(encoding="utf-8") == FERRY
    expect(ask(shelf, question).locator(".hb-answer")).to_contain_text("Phà chở được 48 xe máy mỗi chuyến.")


def test_several_are_ticked_and_deleted_with_the_keyboard(shelf: Page) -> None:
    expect(shelf.get_by_role("button", name="Xóa bài đã chọn")).to_be_disabled()
    for row in range(3):
        rows(shelf).nth(row).get_by_role("checkbox").focus()
        shelf.keyboard.press("Space")
    shelf.get_by_role("button", name="Xóa 3 bài đã chọn").focus()
    shelf.keyboard.press("Enter")
    expect(shelf.locator(".hb-tagline")).to_contain_text("57 bài báo")
    shelf.get_by_label("Chọn mọi bài của trang này").check()
    expect(shelf.get_by_role("button", name="Xóa 50 bài đã chọn")).to_be_enabled()


def test_a_tick_belongs_to_its_article_and_not_to_its_row(shelf: Page) -> None:
    box = rows(shelf).first.get_by_role("checkbox")
    box.check()
    shelf.get_by_role("button", name="Trang sau").click()
    expect(rows(shelf)).to_have_count(10)
    expect(box).not_to_be_checked()
    expect(shelf.get_by_role("button", name="Xóa bài đã chọn")).to_be_disabled()
    shelf.get_by_role("button", name="Trang trước").click()
    expect(rows(shelf)).to_have_count(50)
    rows(shelf).nth(2).get_by_role("checkbox").check()
    third = rows(shelf).nth(2).locator(".hb-open-article").inner_text()
    rows(shelf).first.get_by_role("button", name="Xóa bài:").click()
    expect(shelf.locator(".hb-undo")).to_be_visible()
    expect(rows(shelf).filter(has=shelf.locator("input:checked"))).to_contain_text([third])
    expect(shelf.get_by_role("button", name="Xóa 1 bài đã chọn")).to_be_enabled()


# ── Collections and health ────────────────────────────────────────────────────────────────────────


def test_a_new_collection_is_made_filled_switched_and_deleted(shelf: Page, shop: Shop) -> None:
    shelf.get_by_text("Tạo bộ mới").click()
    shelf.get_by_label("Tên bộ mới").fill("../trộm")
    shelf.get_by_label("Tên bộ mới").press("Enter")
    expect(shelf.get_by_role("alert")).to_contain_text("Không đặt tên bộ là “../trộm” được.")
    shelf.get_by_label("Tên bộ mới").fill("Sông nước")
    shelf.get_by_role("button", name="Tạo", exact=True).click()
    expect(shelf.locator(".hb-tagline")).to_contain_text("Bộ “Sông nước” có 0 bài báo")
    expect(shelf.locator("#hb-table")).to_contain_text("Bộ này chưa có bài nào.")
    drop(shelf, chợ__json=MARKET)
    expect(shelf.locator(".hb-tagline")).to_contain_text("Bộ “Sông nước” có 1 bài báo")
    assert (shop.settings.uploads / "Sông nước" / "chợ.json").is_file()
    shelf.get_by_role("button", name="Chợ nổi Đồng Lau họp sớm", exact=True).click()
    expect(shelf.locator(".hb-sheet .hb-text")).to_have_text("Chợ nổi Đồng Lau họp từ 4 giờ sáng.")
    shelf.get_by_role("button", name="Đóng bài").click()
    look_for(shelf, "chợ nổi")
    shelf.get_by_label("Bộ sưu tập", exact=True).select_option(label="Mặc định")
    expect(shelf.locator(".hb-tagline")).to_contain_text("Bộ “Mặc định” có 60 bài báo")
    expect(rows(shelf)).to_have_count(50)
    expect(shelf.get_by_role("searchbox")).to_have_value("")
    expect(shelf.get_by_text("Xóa bộ này")).to_have_count(0)
    shelf.get_by_label("Bộ sưu tập", exact=True).select_option(label="Sông nước")
    shelf.get_by_text("Xóa bộ này").click()
    typed = shelf.get_by_label("Gõ lại tên bộ để xác nhận")
    typed.fill("Sông")
    typed.press("Enter")
    expect(shelf.get_by_role("alert")).to_contain_text("chưa xóa gì")
    typed.fill("Sông nước")
    typed.press("Enter")
    expect(shelf.locator(".hb-tagline")).to_contain_text("Bộ “Mặc định” có 60 bài báo")
    assert not (shop.settings.index.parent / "Sông nước").exists()
    assert not (shop.settings.uploads / "Sông nước").exists()


def test_the_index_is_checked_and_rebuilt(shelf: Page, shop: Shop) -> None:
    health = shelf.locator(".hb-health")
    expect(health).to_contain_text("Chỉ mục tìm kiếmnguyên vẹn")
    health.get_by_role("button", name="Kiểm tra").click()
    expect(job(shelf)).to_contain_text(
        "Đã kiểm tra: mọi bài, mọi đoạn và các chỉ mục tìm theo từ, theo nghĩa đều khớp nhau."
    )
    (shop.settings.index / "passages.faiss").write_bytes(b"x")
    health.get_by_role("button", name="Kiểm tra").click()
    expect(job(shelf)).to_contain_text("Đã kiểm tra: có chỗ không khớp")
    expect(job(shelf)).to_contain_text("passages.faiss")
    health.get_by_role("button", name="Dựng lại").click()
    expect(job(shelf)).to_contain_text("Đã dựng lại chỉ mục")
    expect(health).to_contain_text("Chỉ mục tìm kiếmnguyên vẹn")


def test_on_a_phone_nothing_is_cut_off(shop: Shop, open_page: Callable[..., Page]) -> None:
    page = enter(open_page(shop.served.url, viewport=PHONE))
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(rows(page).first.locator(".hb-under")).to_contain_text("· Văn hóa ·")
    drop(page, hỏng__json="{")
    expect(job(page)).to_contain_text("Tệp hỏng.json không phải JSON hợp lệ")
    rows(page).first.locator(".hb-open-article").click()
    expect(page.locator(".hb-sheet .hb-text")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
