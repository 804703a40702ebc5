from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from test_web_markup import Reader
from web_fakes import OPENING, answer

from rag.types import Article, Hit, Passage, Period, Query, Quote, Withheld
from rag.web import render
from rag.web.desk import Waiting
from rag.web.records import record
from rag.web.turn import Turn

SMALL = Article("a1", "Tên bài", "Một câu. Hai câu.", "2024-03-12", "Báo A")
FIRST = Quote(SMALL, 0, 8)
TARGET = 'data-article="a1" data-start="0" data-end="8"'
FROM = '<span class="hb-from"><b>Tên bài</b> Báo A · 12/03/2024</span>'
QUESTION = '<h2 class="hb-question"><span class="hb-hidden">Câu hỏi của bạn: </span>Hỏi?</h2>'


def test_header_in_its_four_states() -> None:
    def line(html: str) -> tuple[str, str]:
        reader = Reader(html)
        return reader.values["data-state"][0], reader.text

    assert line(render.header(None))[0] == "loading"
    assert line(render.header(0))[0] == "failed"
    assert line(render.header(None, "hỏng <b>")) == (
        "failed",
        "Hỏi BáoHỏiThư việnSố liệuCài đặtChưa sẵn sàng: hỏng <b>",
    )
    assert line(render.header(1234)) == (
        "ready",
        (
            "Hỏi BáoHỏiThư việnSố liệuCài đặtHỏi bằng tiếng Việt, trả lời kèm trích dẫn nguyên văn từ 1.234 "
            "bài báo đã nạp. Mọi thứ ở lại trên máy này."
        ),
    )


def test_heading_exactly() -> None:
    turn = Turn("Hỏi?", Query("Hỏi?", "Hỏi?"), (FIRST,))
    assert render.heading(turn) == (
        f'<section class="hb-turn">{QUESTION}<h3 class="hb-cards-title">Trích dẫn tìm thấy</h3>'
        f'<ol class="hb-cards"><li><button type="button" class="hb-card" {TARGET} '
        f'aria-label="Mở trích dẫn trong bài: Tên bài"><q>Một câu.</q>{FROM}</button></li></ol></section>'
    )


def test_cards_of_another_collection_say_so_to_the_script() -> None:
    html = render.heading(Turn("Hỏi?", quotes=(FIRST,)), "Kho 2021")
    assert Reader(html).values["data-collection"] == ["Kho 2021"]


def test_understood_differently_is_said() -> None:
    period = Period(date(2024, 3, 1), None)
    turn = Turn("cau", Query("cau", "cầu", accents_restored=True, period=period))
    assert '<p class="hb-understood">Hiểu là: cầu · Thời gian: 01/03/2024 – nay</p>' in render.heading(turn)
    assert "hb-understood" not in render.heading(Turn("cầu", Query("cầu", " cầu ")))


def test_the_paper_asked_for_is_said() -> None:
    turn = Turn("cầu", Query("cầu", "cầu", source="Báo A"))
    assert '<p class="hb-understood">Chỉ tìm trong bài của Báo A</p>' in render.heading(turn)


def test_notes_on_how_it_was_understood_are_shown_escaped() -> None:
    turn = Turn("cầu", Query("cầu", "cầu", notes=("Không có “<b>”.", "Hai.")))
    assert '<p class="hb-understood">Không có “&#60;b&#62;”. · Hai.</p>' in render.heading(turn)


def test_cards_say_who_else_carries_the_story() -> None:
    copy = replace(SMALL, id="a2", source="Báo B")
    passage = Passage("a1#0", "a1", 0, 0, 8, "Một câu.")
    hits = (Hit(1, 1.0, passage, SMALL, copies=(copy,)),)
    told = '<span class="hb-from"><b>Tên bài</b> Báo A · 12/03/2024 · 2 báo cùng đưa tin</span>'
    assert told in render.heading(Turn("Hỏi?", quotes=(FIRST,), hits=hits))


@pytest.mark.parametrize(
    ("turn", "waiting", "line"),
    [
        (Turn("?"), None, "Đang tìm trong các bài báo… "),
        (Turn("?"), Waiting(0, loading=True), "Đang nạp mô hình… "),
        (Turn("?"), Waiting(2, loading=False), "Đang chờ, còn 2 câu hỏi phía trước… "),
        (Turn("?", quotes=(FIRST, OPENING)), None, "Tìm thấy 2 trích dẫn. Đang đọc để trả lời… "),
        (Turn("?", quotes=(FIRST,), draft="a"), None, "Đang viết câu trả lời… "),
    ],
)
def test_status(turn: Turn, waiting: Waiting | None, line: str) -> None:
    assert Reader(render.status(turn, waiting)).text == line


def test_status_says_how_long_it_usually_takes_once_that_is_known() -> None:
    turn = Turn("?", quotes=(FIRST,), seconds=0.25)
    assert render.status(turn, expected=3.42) == (
        '<p class="hb-status">Tìm thấy 1 trích dẫn. Đang đọc để trả lời… <span aria-hidden="true">'
        '<span class="hb-clock" data-elapsed="0.2" data-unit="giây"></span> (thường xong sau 3,4 giây)'
        "</span></p>"
    )
    assert "thường xong" not in render.status(Turn("?"), expected=3.42)  # it may still be refused at once


def test_announcement_reads_the_answer() -> None:
    made = answer("Hỏi?", [("Một.", (FIRST,))], withheld=(Withheld("Bịa.", "words"),))
    assert render.announcement(record(Turn("Hỏi?", answer=made))) == (
        '<p class="hb-hidden">Đã trả lời. Một.&#91;1&#93; 1 câu bị giữ lại vì không có chỗ dựa trong bài.</p>'
    )
    assert render.announcement(record(Turn("Hỏi?", draft="Một", stopped=True))) == (
        '<p class="hb-hidden">Đã dừng theo yêu cầu.</p>'
    )
    assert render.announcement(record(Turn("Hỏi?", problem="Hỏng."))) == '<p class="hb-hidden">Hỏng.</p>'
