from __future__ import annotations

from dataclasses import replace

import pytest
from test_web_markup import Reader
from test_web_render import FIRST, FROM, QUESTION, SMALL, TARGET
from web_fakes import BRIDGE, REFUSAL, SINCE, answer, quote, refusal
from web_payloads import PAYLOADS

from rag.types import Hit, Passage, Query, Withheld
from rag.web import render, transcript
from rag.web.records import Record, record
from rag.web.turn import Turn


def kept(turn: Turn, **changes: object) -> Record:
    return replace(record(turn), id="r1", **changes)  # type: ignore[arg-type]  # the fields are the caller's


def shown(turn: Turn, **changes: object) -> str:
    return transcript.conversation([kept(turn, **changes)], "c1")


def test_finished_answer_exactly() -> None:
    made = answer("Hỏi?", [("Một.", (FIRST,)), ("Hai.", ())], model="m")
    deed = 'data-record="r1" data-question="Hỏi?"'
    assert shown(Turn("Hỏi?", answer=made, seconds=1.84)) == (
        '<div data-conversation="c1"><section class="hb-turn" id="turn-r1">'
        f'{QUESTION}<h3 class="hb-cards-title">Trích dẫn</h3>'
        f'<ol class="hb-cards"><li><button type="button" class="hb-card" data-number="1" {TARGET} '
        f'aria-label="Mở trích dẫn 1: Tên bài"><span class="hb-number">1</span><q>Một câu.</q>{FROM}'
        "</button></li></ol>"
        f'<div class="hb-answer"><p>Một.<button type="button" class="hb-mark" data-number="1" {TARGET} '
        'aria-label="Mở trích dẫn 1: Tên bài">&#91;1&#93;</button> Hai.</p></div>'
        '<footer class="hb-foot"><span>1,8 giây · mô hình m</span><span class="hb-deeds">'
        '<button type="button" class="hb-deed hb-copy" '
        'data-copy="Hỏi?&#10;&#10;Một.&#91;1&#93; Hai.&#10;&#10;&#91;1&#93; “Một câu.” (Tên bài, Báo A, '
        '12/03/2024)" data-copied="Đã chép" data-failed="Không chép được">Chép câu trả lời</button>'
        f'<button type="button" class="hb-deed" data-signal="again" {deed}>Trả lời lại</button>'
        f'<button type="button" class="hb-deed" data-signal="edit" {deed}>Sửa câu hỏi</button></span>'
        "</footer>"
        '<div class="hb-opinion" role="group" aria-label="Câu trả lời này"><span>Câu trả lời này</span>'
        '<button type="button" class="hb-deed" data-signal="judge" data-record="r1" data-opinion="good" '
        'aria-pressed="false">Đúng</button>'
        '<button type="button" class="hb-deed" data-signal="judge" data-record="r1" data-opinion="bad" '
        'aria-pressed="false">Chưa đúng</button></div></section></div>'
    )


def test_what_is_withheld_is_folded_away_with_its_reason() -> None:
    withheld = (Withheld("Bịa <b>.", "words"), Withheld("Sai 9.", "figure"))
    html = shown(Turn("Hỏi?", answer=answer("Hỏi?", [("Một.", (FIRST,))], withheld=withheld)))
    assert (
        '</div><details class="hb-withheld"><summary>2 câu bị giữ lại vì không có chỗ dựa trong bài.'
        "</summary><ul><li><s>Bịa &#60;b&#62;.</s> <span>Các bài không nói điều này.</span></li>"
        "<li><s>Sai 9.</s> <span>Có con số mà bài không viết.</span></li></ul></details><footer" in html
    )
    assert "hb-withheld" not in shown(Turn("Hỏi?", answer=answer("Hỏi?", [("Một.", (FIRST,))])))


def test_cards_say_who_else_carries_the_story() -> None:
    copy = replace(SMALL, id="a2", source="Báo B")
    hits = (Hit(1, 1.0, Passage("a1#0", "a1", 0, 0, 8, "Một câu."), SMALL, copies=(copy,)),)
    told = '<span class="hb-from"><b>Tên bài</b> Báo A · 12/03/2024 · 2 báo cùng đưa tin</span>'
    assert told in shown(Turn("Hỏi?", answer=answer("Hỏi?", [("Một.", (FIRST,))], hits=hits)))
    assert told in shown(Turn("Hỏi?", answer=replace(refusal("Hỏi?"), hits=hits)))


def test_number_without_a_citation_is_text() -> None:
    made = replace(answer("Hỏi?", [("Một.", (FIRST,))]), text="Một [1], hai [9].")
    html = shown(Turn("Hỏi?", answer=made))
    assert html.count('class="hb-mark"') == 1
    assert "hai &#91;9&#93;." in html


def test_paragraphs_and_line_breaks_of_an_answer() -> None:
    made = replace(answer("Hỏi?", []), text="Một\ndòng.\r\n\r\nHai.")
    assert '<div class="hb-answer"><p>Một<br>dòng.</p><p>Hai.</p></div>' in shown(Turn("Hỏi?", answer=made))


def test_refusal_is_a_card_with_the_nearest_articles() -> None:
    html = shown(Turn("Giá vàng?", answer=refusal("Giá vàng?"), seconds=0.1))
    assert (
        '<div class="hb-notice"><strong class="hb-notice-title">Không trả lời được</strong>'
        f"<p>{REFUSAL}</p></div>" in html
    )
    reader = Reader(html)
    assert reader.values["data-article"] == ["pha-luc-yen", "cau-bach-lap"]  # each once, best first
    assert reader.values["data-start"][0] == str(SINCE.start)
    assert "hb-mark" not in html


def test_stopped_turn_keeps_what_was_written() -> None:
    html = shown(Turn("Hỏi?", quotes=(FIRST,), draft="Một nửa", stopped=True))
    assert '<div class="hb-answer hb-draft"><p>Một nửa</p></div>' in html
    assert '<div class="hb-notice"><p>Đã dừng theo yêu cầu.</p></div><footer' in html
    assert "hb-opinion" not in html


def test_failed_turn_says_why() -> None:
    html = shown(Turn("Hỏi?", problem="Tệp <x> hỏng."))
    assert (
        f'{QUESTION}<div class="hb-notice"><strong class="hb-notice-title">Có lỗi'
        "</strong><p>Tệp &#60;x&#62; hỏng.</p></div><footer" in html
    )
    assert Reader(html).values["data-signal"] == ["again", "edit"]


def test_an_opinion_shows_and_asks_for_the_reason() -> None:
    made = answer("Hỏi?", [("Một.", (FIRST,))])
    reader = Reader(shown(Turn("Hỏi?", answer=made), opinion="bad", reason="Thiếu <năm>"))
    assert reader.values["aria-pressed"] == ["false", "true"]
    assert reader.values["data-opinion"] == ["good", "", "bad"]  # pressed again it is taken back
    assert reader.values["value"] == ["Thiếu <năm>"]
    assert reader.values["placeholder"] == ["Lẽ ra phải trả lời thế nào? (không bắt buộc)"]
    assert reader.values["href"] == ["/opinions.jsonl"]


def test_only_the_last_turn_leads_on() -> None:
    made = answer("Hỏi?", [("Một.", (FIRST,))])
    one = kept(Turn("Hỏi?", answer=made), suggestions=("Bài viết nói gì về A?",))
    assert transcript.conversation([one, replace(one, id="r2")]).count("hb-suggestions") == 1
    reader = Reader(transcript.conversation([one]))
    assert reader.values["data-signal"][-1] == "suggestion"
    assert reader.text.endswith("Hỏi tiếpBài viết nói gì về A?")


def _tags(payload: str, harmless: str) -> tuple[Reader, Reader]:
    def page(words: str) -> Reader:
        article = replace(BRIDGE, id=words, title=words, source=words, text=words, published=words)
        whole = quote(article, words)
        turn = Turn(words, Query(words, f"{words}?"), (whole,), draft=words)
        held = (Withheld(words, "words"),)
        made = replace(answer(words, [("", (whole,))]), text=words, model=words, withheld=held)
        answered = kept(replace(turn, answer=made), suggestions=(words,), opinion="bad", reason=words)
        failed, refused = kept(replace(turn, problem=words)), replace(refusal(words), text=words, hits=())
        html = render.heading(turn) + render.draft(turn) + render.announcement(answered)
        html += transcript.conversation([failed, kept(Turn(words, answer=refused)), answered], words)
        return Reader(html + render.header(None, words))

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


def test_examples_are_asked_with_one_click() -> None:
    reader = Reader(transcript.examples(("Một <b>?", "Hai?")))
    assert reader.values["data-question"] == ["Một <b>?", "Hai?"]
    assert reader.values["data-signal"] == ["suggestion", "suggestion"]
    assert reader.text == "Thử hỏiMột <b>?Hai?"
    assert transcript.examples(()) == ""
