from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from test_web_markup import Reader
from web_payloads import PAYLOADS

from rag.errors import ArticleError
from rag.indexing import Summary
from rag.store import ArticleSummary, Status
from rag.web import jobs, shelf
from rag.web.intake import FileState, JobState
from rag.web.listing import Wish, page_of

BRIDGE = ArticleSummary("cau", "Thông cầu", "2024-03-12", "Báo A", None, "Giao thông", None, 900, 4)
UNTITLED = ArticleSummary("x", " ", None, None, None, None, None, 10, 1)
STATUS = Status(1_234, 5_678, 9, 12, "e5", 3_456_789, healthy=True, committed="2024-03-12T10:00:00+00:00")
JOB = JobState(7, "add", "default")
DONE = replace(JOB, stage="done")
EMBEDDING = "Đã tìm được theo từ; đang chuẩn bị để tìm theo nghĩa"


def facts(html: str) -> dict[str, str]:
    """The terms of a description list."""
    pairs = re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", html)
    return {Reader(term).text: Reader(fact).text for term, fact in pairs}


# ── Collections ───────────────────────────────────────────────────────────────────────────────────


def test_the_switcher_names_all_collections_and_which_it_is() -> None:
    html = shelf.collections(("default", "Báo tỉnh"), "Báo tỉnh")
    assert (
        '<option value="default">Mặc định</option><option value="Báo tỉnh" selected>Báo tỉnh</option>' in html
    )
    assert Reader(html).values["data-signal"] == ["create", "drop"]
    assert Reader(html).values["data-changes"] == ["switch"]


def test_the_default_collection_has_no_way_to_delete_it() -> None:
    assert Reader(shelf.collections(("default", "Báo tỉnh"), "default")).values["data-signal"] == ["create"]
    assert shelf.collections((), "") == ""


# ── Adding ────────────────────────────────────────────────────────────────────────────────────────


def test_only_a_reader_at_this_machine_may_name_a_path() -> None:
    assert "data-signal" not in Reader(shelf.drop_zone(local=False)).values
    reader = Reader(shelf.drop_zone(local=True))
    assert reader.values["data-signal"] == ["path"]
    assert ".jsonl.gz" in reader.values["data-suffixes"][0]
    assert ".gz" in reader.values["accept"][0].split(",")  # of `.json.gz` browsers know the last part
    assert reader.values["data-sending"] == ["Đang gửi {done}/{total}: {name}"]


# ── The table ─────────────────────────────────────────────────────────────────────────────────────


def test_a_row_says_everything_and_its_buttons_are_named() -> None:
    reader = Reader(shelf.table(page_of([BRIDGE, UNTITLED], Wish())))
    assert reader.values["data-preview"] == ["cau", "x"]
    assert reader.values["aria-label"] == [
        "Chọn mọi bài của trang này",
        "Chọn bài: Thông cầu",
        "Xóa bài: Thông cầu",
        "Chọn bài: (Không có tiêu đề)",
        "Xóa bài: (Không có tiêu đề)",
    ]
    assert "Thông cầuBáo A · Giao thông · 12/03/2024Báo AGiao thông12/03/20244" in reader.text
    assert reader.values["data-articles"] == ["[]", '["cau"]', '["x"]']
    assert "Bài 1–2 trong 2 bài" in reader.text


def test_the_head_says_what_it_is_sorted_by() -> None:
    reader = Reader(shelf.table(page_of([BRIDGE], Wish(order="title", downwards=False))))
    assert reader.values["aria-sort"] == ["ascending"]
    assert "Tiêu đề ↑" in reader.text
    assert reader.values["data-order"] == ["title", "source", "category", "day", "passages"]


def test_the_pages_lead_on_and_back() -> None:
    many = [replace(BRIDGE, id=str(number)) for number in range(101)]
    reader = Reader(shelf.table(page_of(many, Wish(page=2))))
    assert reader.values["data-page"] == ["1", "3"]
    assert "Trang 2/3" in reader.text
    assert "Bài 51–100 trong 101 bài" in reader.text
    last = shelf.table(page_of(many, Wish(page=3)))
    assert 'data-page="4" data-key="next" disabled' in last
    assert "hb-paging" not in shelf.table(page_of(many[:50], Wish()))


def test_an_empty_table_says_what_to_do() -> None:
    assert "Thả tệp vào khung bên trên" in Reader(shelf.table(page_of([], Wish()))).text
    nothing = Reader(shelf.table(page_of([BRIDGE], Wish(words="lúa"))))
    assert nothing.text == "Không có bài nào khớp. Hiện tất cả"
    assert nothing.values["data-signal"] == ["unfilter"]
    some = Reader(shelf.table(page_of([BRIDGE, UNTITLED], Wish(words="cầu"))))
    assert "Bài 1–1 trong 1 bài khớp (cả bộ 2 bài)" in some.text


def test_the_filter_holds_what_was_chosen() -> None:
    wish = Wish(words='"cầu"', source="Báo A", start=date(2024, 3, 1))
    reader = Reader(shelf.filters("default", ("Báo A", "Báo B"), ("Giao thông",), wish))
    assert reader.values["value"] == ['"cầu"', "", "Báo A", "Báo B", "", "Giao thông", "2024-03-01", ""]
    assert [names for tag, names in reader.tags if tag == "option" and "selected" in names] == [
        ("value", "selected")
    ]
    assert reader.values["name"] == ["words", "source", "category", "start", "end"]


def test_undo_is_offered_after_a_deletion_alone() -> None:
    assert shelf.undo(0) == ""
    assert Reader(shelf.undo(3)).text.startswith("Đã xóa 3 bài.")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_articles_and_names_add_no_markup(payload: str) -> None:
    hostile = ArticleSummary(payload, payload, payload, payload, payload, payload, payload, 1, 1)
    tame = ArticleSummary("a", "a", "a", "a", "a", "a", "a", 1, 1)
    wish, tame_wish = Wish(words=payload, source=payload), Wish(words="a", source="a")
    for written, plain in (
        (shelf.table(page_of([hostile], Wish())), shelf.table(page_of([tame], Wish()))),
        (shelf.filters(payload, [payload], [payload], wish), shelf.filters("a", ["a"], ["a"], tame_wish)),
        (shelf.collections((payload, "b"), "b"), shelf.collections(("a", "b"), "b")),
        (shelf.collections(("b", payload), payload), shelf.collections(("b", "a"), "a")),
        (jobs.jobs([_failed(payload)]), jobs.jobs([_failed("a")])),
    ):
        assert Reader(written).tags == Reader(plain).tags


def _failed(words: str) -> JobState:
    file = FileState(words, "skipped", messages=(words,))
    return replace(JOB, stage="failed", files=(file,), failure=words, findings=(words,))


# ── Health ────────────────────────────────────────────────────────────────────────────────────────


def test_health_in_numbers() -> None:
    html = shelf.health(STATUS, outdated=False, busy=False)
    told = facts(html)
    assert (told["Bài báo"], told["Đoạn"], told["Đoạn chưa tìm được theo nghĩa"]) == ("1.234", "5.678", "12")
    assert (told["Dung lượng"], told["Chỉ mục tìm kiếm"]) == ("3,5 MB", "nguyên vẹn")
    assert told["Ghi lần cuối"].startswith("12/03/2024 ")
    assert Reader(html).values["data-signal"] == ["verify", "embed"]


@pytest.mark.parametrize(
    ("healthy", "outdated", "busy", "said", "signals"),
    [
        (True, False, True, "nguyên vẹn", ["verify"]),
        (False, False, True, "thiếu hoặc hỏng; hãy bấm Dựng lại", ["verify", "rebuild"]),
        (True, True, False, "dựng bằng mô hình khác; hãy bấm Dựng lại", ["verify", "rebuild"]),
    ],
)
def test_what_is_wrong_has_its_cure(
    healthy: bool, outdated: bool, busy: bool, said: str, signals: list[str]
) -> None:
    html = shelf.health(replace(STATUS, healthy=healthy), outdated=outdated, busy=busy)
    assert facts(html)["Chỉ mục tìm kiếm"] == said
    assert Reader(html).values["data-signal"] == signals


# ── Jobs ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "text", "signals"),
    [
        (JOB, "Đang chờ đến lượt Dừng", ["cancel"]),
        (
            replace(JOB, stage="reading", done=3, total=1_200, files=(FileState("a.txt", "reading"),)),
            "Đang đọc tệpDừng3/1.200 tệp…a.txt đang đọc",
            ["cancel"],
        ),
        (
            replace(JOB, stage="embedding", done=64, total=640, rate=12.34, left=46.7),
            EMBEDDING + "Dừng 64/640 đoạn · 12,3 đoạn/giây · còn khoảng 47 giây",
            ["cancel"],
        ),
        (replace(JOB, stage="embedding", stopping=True), "Đang dừng…", []),
        (
            replace(
                JOB,
                stage="done",
                summary=Summary(2, 0, 1, 0, (ArticleError("articles.empty_file", path=Path("b.txt")),)),
                files=(FileState("a.txt", "done", 2), FileState("b.txt", "skipped", 0, ("b.txt rỗng.",))),
            ),
            "Đã nạp xongẨn2 bài mới · 1 bài đã có · 1 chỗ không đọc được✕b.txt bỏ quab.txt rỗng.",
            ["dismiss"],
        ),
        (replace(DONE, summary=Summary(0, 0, 0, 0, ())), "Đã nạp xong Ẩn Không có gì mới.", ["dismiss"]),
        (
            replace(JOB, stage="failed", failure="Đĩa đầy."),
            "Không làm được Làm tiếp Ẩn Đĩa đầy.",
            ["resume", "dismiss"],
        ),
        (
            replace(JOB, kind="verify", stage="done"),
            "Đã kiểm tra: mọi bài, mọi đoạn và các chỉ mục tìm theo từ, theo nghĩa đều khớp nhau.Ẩn",
            ["dismiss"],
        ),
        (
            replace(JOB, kind="verify", stage="done", findings=("passages.faiss: hỏng",)),
            "Đã kiểm tra: có chỗ không khớpẨnpassages.faiss: hỏng",
            ["dismiss"],
        ),
        (replace(JOB, kind="rebuild", stage="embedding", done=1, total=2), "Đang dựng lại chỉ mục 1/2", []),
        (replace(JOB, kind="rebuild", stage="done"), "Đã dựng lại chỉ mụcẨn", ["dismiss"]),
    ],
)  # fmt: skip
def test_a_job_in_words(state: JobState, text: str, signals: list[str]) -> None:
    reader = Reader(jobs.jobs([state]))
    assert reader.text.replace(" ", "") == text.replace(" ", "")
    assert reader.values.get("data-signal", []) == signals
    assert reader.values.get("data-number", []) == ["7"] * len(signals)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "còn khoảng 1 giây"),
        (59.4, "còn khoảng 59 giây"),
        (61, "còn khoảng 1 phút"),
        (3_600, "còn khoảng 60 phút"),
        (9_000, "còn khoảng 2,5 giờ"),
    ],
)
def test_time_left(seconds: float, words: str) -> None:
    assert jobs.time_left(seconds) == words
