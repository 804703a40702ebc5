from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from web_fakes import LENGTH, OPENING, REFUSAL, SINCE, answer, refusal

from rag.types import Article, Hit, Passage, Query, Quote, Withheld
from rag.web.records import Source, Unsaid, from_json, history, record, to_json
from rag.web.turn import Turn

SMALL = Article("a1", "Tên bài", "Một câu. Hai câu.", "2024-03-12", "Báo A")
FIRST = Quote(SMALL, 0, 8)
SOURCE = Source("a1", 0, 8, "Một câu.", "Tên bài", "2024-03-12", "Báo A")


def test_an_answer_is_kept_with_its_citations() -> None:
    made = answer("Hỏi?", [("Một.", (FIRST,))], withheld=(Withheld("Bịa.", "words"),), model="m")
    kept = record(Turn("Hỏi?", Query("hoi", "Hỏi?"), answer=made, draft="Một. Bịa.", seconds=1.23456))
    assert (kept.outcome, kept.text, kept.model, kept.seconds) == ("answered", "Một.[1]", "m", 1.235)
    assert kept.sources == (replace(SOURCE, number=1),)
    assert kept.withheld == (Unsaid("Bịa.", "words"),)
    assert datetime.now(UTC) >= datetime.fromisoformat(kept.asked)


def test_a_refusal_is_kept_with_the_nearest_articles_each_once() -> None:
    kept = record(Turn("Giá vàng?", answer=refusal("Giá vàng?")))
    assert (kept.outcome, kept.text, kept.sources, kept.model) == ("refused", REFUSAL, (), "")
    assert [(source.article, source.start) for source in kept.nearest] == [
        ("pha-luc-yen", SINCE.start),
        ("cau-bach-lap", LENGTH.start),
    ]


def test_what_was_stopped_keeps_its_draft_and_evidence() -> None:
    kept = record(Turn("Hỏi?", quotes=(FIRST,), draft=" Một nửa ", stopped=True))
    assert (kept.outcome, kept.text, kept.sources) == ("stopped", "Một nửa", (SOURCE,))


def test_what_failed_keeps_the_reason() -> None:
    kept = record(Turn("Hỏi?", quotes=(FIRST,), draft="Một", problem="Hỏng."))
    assert (kept.outcome, kept.text, kept.sources) == ("failed", "Hỏng.", ())


def test_copies_are_counted() -> None:
    copy = replace(SMALL, id="a2", source="Báo B")
    hits = (Hit(1, 1.0, Passage("a1#0", "a1", 0, 0, 8, "Một câu."), SMALL, copies=(copy,)),)
    kept = record(Turn("Hỏi?", answer=answer("Hỏi?", [("Một.", (FIRST,))], hits=hits)))
    assert kept.sources[0].carried == "2 báo cùng đưa tin"


def test_names_of_a_source() -> None:
    assert SOURCE.names == ("Tên bài", "Báo A", "12/03/2024")
    assert Source("a", 0, 1, "x", " ").names == ("(Không có tiêu đề)",)


def test_only_what_was_said_is_history() -> None:
    answered = record(Turn("Cầu?", answer=answer("Cầu?", [("Dài.", (LENGTH,))])))
    refused = record(Turn("Vàng?", answer=refusal("Vàng?")))
    stopped, failed = record(Turn("a", stopped=True)), record(Turn("b", problem="x"))
    assert history([stopped, answered, failed, refused]) == (
        {"role": "user", "content": "Cầu?"},
        {"role": "assistant", "content": "Dài.[1]"},
        {"role": "user", "content": "Vàng?"},
        {"role": "assistant", "content": REFUSAL},
    )


def test_json_gives_the_same_record_back() -> None:
    made = answer("Hỏi?", [("Một.", (FIRST,)), ("Hai.", (OPENING,))], withheld=(Withheld("Bịa.", "name"),))
    kept = record(Turn("Hỏi?", answer=made), collection="Kho", suggestions=("Bài viết nói gì về A?",))
    judged = replace(kept, opinion="bad", reason="Thiếu năm")
    assert from_json(to_json(judged)) == judged
    refused = record(Turn("Hỏi?", answer=refusal("Hỏi?")))
    assert from_json(to_json(refused)) == refused
