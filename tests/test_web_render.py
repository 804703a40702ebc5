from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from test_web_markup import Reader
from web_fakes import BRIDGE, LENGTH, OPENING, REFUSAL, SINCE, answer, quote, refusal
from web_payloads import PAYLOADS

from rag.types import Article, Hit, Passage, Period, Query, Quote, Withheld
from rag.web import render
from rag.web.desk import Waiting
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
    assert line(render.header(None, "hỏng <b>")) == ("failed", "Hỏi BáoHỏiThư việnSố liệuCài đặtChưa sẵn sàng: hỏng <b>")
    assert line(render.header(1234)) == (
        "ready",
        (
            "Hỏi BáoHỏiThư việnSố liệuCài đặtHỏi bằng tiếng Việt, trả lời kèm trích dẫn nguyên văn từ 1.234 bài báo đã nạp. "
            "Mọi thứ ở lại trên máy này."
        ),
    )


def test_heading_exactly() -> None:
    turn = Turn("Hỏi?", Query("Hỏi?", "Hỏi?"), (FIRST,))
    assert render.heading(turn) == (
        f'<section class="hb-turn">{QUESTION}<h3 class="hb-cards-title">Trích dẫn tìm thấy</h3>'
        f'<ol class="hb-cards"><li><button type="button" class="hb-card" {TARGET} '
        f'aria-label="Mở trích dẫn trong bài: Tên bài"><q>Một câu.</q>{FROM}</button></li></ol></section>'
    )


def test_understood_differently_is_said() -> None:
    period = Period(date(2024, 3, 1), None)
    turn = Turn("cau", Query("cau", "cầu", accents_restored=True, period=period))
    assert '<p class="hb-understood">Hiểu là: cầu · Thời gian: 01/03/2024 – nay</p>' in render.heading(turn)
    assert "hb-understood" not in render.heading(Turn("cầu", Query("cầu", " cầu ")))


def test_notes_on_how_it_was_understood_are_shown_escaped() -> None:
    turn = Turn("cầu", Query("cầu", "cầu", notes=("Không có “<b>”.", "Hai.")))
    assert '<p class="hb-understood">Không có “&#60;b&#62;”. · Hai.</p>' in render.heading(turn)


def test_that_something_is_withheld_is_said_below_the_answer() -> None:
    made = answer(
        "Hỏi?", [("Một.", (FIRST,))], withheld=(Withheld("Bịa.", "words"), Withheld("Sai.", "name"))
    )
    html = render.conversation([Turn("Hỏi?", answer=made)])
    line = "2 câu bị giữ lại vì không có chỗ dựa trong bài."
    assert f'</div><p class="hb-withheld">{line}</p><footer' in html
    assert "Bịa." not in html
    assert line in render.announcement(Turn("Hỏi?", answer=made))
    assert "hb-withheld" not in render.conversation([Turn("Hỏi?", answer=replace(made, withheld=()))])


def test_finished_answer_exactly() -> None:
    made = answer("Hỏi?", [("Một.", (FIRST,)), ("Hai.", ())], model="m")
    assert render.conversation([Turn("Hỏi?", answer=made, seconds=1.84)]) == (
        f'<section class="hb-turn">{QUESTION}<h3 class="hb-cards-title">Trích dẫn</h3>'
        f'<ol class="hb-cards"><li><button type="button" class="hb-card" data-number="1" {TARGET} '
        f'aria-label="Mở trích dẫn 1: Tên bài"><span class="hb-number">1</span><q>Một câu.</q>{FROM}'
        "</button></li></ol>"
        f'<div class="hb-answer"><p>Một.<button type="button" class="hb-mark" data-number="1" {TARGET} '
        'aria-label="Mở trích dẫn 1: Tên bài">&#91;1&#93;</button> Hai.</p></div>'
        '<footer class="hb-foot"><span>1,8 giây · mô hình m</span><button type="button" class="hb-copy" '
        'data-copy="Hỏi?&#10;&#10;Một.&#91;1&#93; Hai.&#10;&#10;&#91;1&#93; “Một câu.” (Tên bài, Báo A, '
        '12/03/2024)" data-copied="Đã chép" data-failed="Không chép được">Chép câu trả lời</button></footer>'
        "</section>"
    )


def test_cards_say_who_else_carries_the_story() -> None:
    copy = replace(SMALL, id="a2", source="Báo B")
    passage = Passage("a1#0", "a1", 0, 0, 8, "Một câu.")
    hits = (Hit(1, 1.0, passage, SMALL, copies=(copy,)),)
    told = '<span class="hb-from"><b>Tên bài</b> Báo A · 12/03/2024 · 2 báo cùng đưa tin</span>'
    assert told in render.heading(Turn("Hỏi?", quotes=(FIRST,), hits=hits))
    made = answer("Hỏi?", [("Một.", (FIRST,))], hits=hits)
    assert told in render.conversation([Turn("Hỏi?", answer=made)])
    assert told in render.conversation([Turn("Hỏi?", answer=replace(refusal("Hỏi?"), hits=hits))])


def test_number_without_a_citation_is_text() -> None:
    made = replace(answer("Hỏi?", [("Một.", (FIRST,))]), text="Một [1], hai [9].")
    html = render.conversation([Turn("Hỏi?", answer=made)])
    assert html.count('class="hb-mark"') == 1
    assert "hai &#91;9&#93;." in html


def test_paragraphs_and_line_breaks_of_an_answer() -> None:
    made = replace(answer("Hỏi?", []), text="Một\ndòng.\r\n\r\nHai.")
    assert '<div class="hb-answer"><p>Một<br>dòng.</p><p>Hai.</p></div>' in render.conversation(
        [Turn("Hỏi?", answer=made)]
    )


def test_refusal_is_a_card_with_the_nearest_articles() -> None:
    html = render.conversation([Turn("Giá vàng?", answer=refusal("Giá vàng?"), seconds=0.1)])
    assert (
        '<div class="hb-notice"><strong class="hb-notice-title">Không trả lời được</strong>'
        f"<p>{REFUSAL}</p></div>" in html
    )
    reader = Reader(html)
    assert reader.values["data-article"] == ["pha-luc-yen", "cau-bach-lap"]  # each once, best first
    assert reader.values["data-start"] == [str(SINCE.start), str(LENGTH.start)]
    assert "hb-mark" not in html


def test_stopped_turn_keeps_what_was_written() -> None:
    html = render.conversation([Turn("Hỏi?", quotes=(FIRST,), draft="Một nửa", stopped=True)])
    assert '<div class="hb-answer hb-draft"><p>Một nửa</p></div>' in html
    assert html.endswith('<div class="hb-notice"><p>Đã dừng theo yêu cầu.</p></div></section>')


def test_failed_turn_says_why() -> None:
    html = render.conversation([Turn("Hỏi?", problem="Tệp <x> hỏng.")])
    assert html == (
        f'<section class="hb-turn">{QUESTION}<div class="hb-notice"><strong class="hb-notice-title">Có lỗi'
        "</strong><p>Tệp &#60;x&#62; hỏng.</p></div></section>"
    )


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


def test_announcement_reads_the_answer() -> None:
    made = answer("Hỏi?", [("Một.", (FIRST,))])
    assert render.announcement(Turn("Hỏi?", answer=made)) == (
        '<p class="hb-hidden">Đã trả lời. Một.&#91;1&#93;</p>'
    )
    assert render.announcement(Turn("Hỏi?", stopped=True)) == '<p class="hb-hidden">Đã dừng theo yêu cầu.</p>'


def _tags(payload: str, harmless: str) -> tuple[Reader, Reader]:
    def page(words: str) -> Reader:
        article = replace(BRIDGE, id=words, title=words, source=words, text=words, published=words)
        whole = quote(article, words)
        turn = Turn(words, Query(words, f"{words}?"), (whole,), draft=words)
        made = replace(answer(words, [("", (whole,))]), text=words, model=words)
        html = render.heading(turn) + render.draft(turn) + render.announcement(replace(turn, answer=made))
        html += render.conversation([replace(turn, answer=made), replace(turn, problem=words)])
        refused = replace(refusal(words), text=words, hits=())
        return Reader(html + render.conversation([Turn(words, answer=refused)]) + render.header(None, words))

    return page(payload), page(harmless)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_add_no_markup_anywhere(payload: str) -> None:
    hostile, harmless = _tags(payload, "lành")
    ours = {("p", ()), ("br", ())}  # a payload may hold line breaks, which make paragraphs
    marks = [tag for tag in hostile.tags if tag[1][:2] == ("type", "class")]
    if "[1]" in payload:  # then the number is a citation, and a button of ours
        assert set(hostile.tags) - ours <= set(harmless.tags) | set(marks)
    else:
        assert [tag for tag in hostile.tags if tag not in ours] == [
            tag for tag in harmless.tags if tag not in ours
        ]
    assert hostile.values["data-article"][0] == payload
