from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import date

import pytest
from test_web_markup import Reader
from web_fakes import ANSWER, ScriptedAssistant

from rag.texts import text
from rag.types import Options, Period
from rag.web.desk import Desk
from rag.web.records import Record, history, record
from rag.web.scope import Scope
from rag.web.session import Running, Step, ask, objection, suggestions
from rag.web.turn import Turn


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(ScriptedAssistant(pace=0.01), max_waiting=1)
    yield made
    made.close()


def steps(
    desk: Desk,
    question: str,
    stop: threading.Event | None = None,
    before: tuple[Record, ...] = (),
    scope: Scope = Scope(),  # noqa: B008  # frozen
) -> list[Step]:
    async def collect() -> list[Step]:
        asking = ask(question, before, desk, stop or threading.Event(), scope)
        return [step async for step in asking]

    return asyncio.run(collect())


def last(found: list[Step]) -> Record:
    assert [step.record for step in found[:-1]] == [None] * (len(found) - 1)
    assert found[-1].record is not None
    return found[-1].record


def scripted(desk: Desk) -> ScriptedAssistant:
    assistant = desk.assistant()
    assert isinstance(assistant, ScriptedAssistant)
    return assistant


def test_evidence_is_shown_before_the_answer(desk: Desk) -> None:
    found = steps(desk, "  Cầu dài bao nhiêu?\n")
    evidence = next(i for i, step in enumerate(found) if "Trích dẫn tìm thấy" in (step.heading or ""))
    written = next(i for i, step in enumerate(found) if "hb-draft" in (step.draft or ""))
    assert evidence < written
    draft = [step.draft for step in found if step.draft][-1]
    assert ANSWER.startswith(Reader(draft).text)
    kept = last(found)
    assert (kept.question, kept.outcome) == ("Cầu dài bao nhiêu?", "answered")
    assert kept.text == "Cầu Bạch Lạp dài 1.240 m và rộng 22 m.[1] Cầu thông xe sáng 12/3.[2][3]"
    assert found[-1].heading == found[-1].draft == ""


def test_half_a_character_is_replaced_before_it_is_kept(desk: Desk) -> None:
    kept = last(steps(desk, "Phà \ud800 có từ khi nào?"))
    assert (kept.question, kept.outcome) == ("Phà ? có từ khi nào?", "answered")


def test_follow_up_sees_the_turns_before(desk: Desk) -> None:
    first = last(steps(desk, "Phà có từ khi nào?"))
    unsaid = (record(Turn("bỏ", stopped=True)), record(Turn("hỏng", problem="x")))
    steps(desk, "Còn cầu?", before=(first, *unsaid))
    assert scripted(desk).asked[-1] == (
        "Còn cầu?",
        (
            {"role": "user", "content": "Phà có từ khi nào?"},
            {"role": "assistant", "content": "Bến phà hoạt động từ năm 1978.[1]"},
        ),
    )


def test_stopped_turn_keeps_its_draft_and_is_not_history(desk: Desk) -> None:
    stop = threading.Event()
    threading.Timer(0.4, stop.set).start()
    kept = last(steps(desk, "mãi mãi", stop))
    assert kept.outcome == "stopped"
    assert set(kept.text.split()) == {"và"}
    assert history([kept]) == ()


def test_known_error_is_a_message(desk: Desk) -> None:
    kept = last(steps(desk, "mô hình hỏng"))
    assert kept.outcome == "failed"
    assert kept.text == text("models.cannot_load", path="/models/x.gguf", reason="tệp bị cắt")


def test_bug_is_logged_and_hidden(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    assert (
        last(steps(desk, "lỗi lạ")).text
        == "Lỗi ngoài dự kiến; chi tiết nằm trong nhật ký của máy chủ. Hãy thử hỏi lại."
    )
    assert "secret detail of a bug" in caplog.text


def test_scope_reaches_the_assistant_and_the_record(desk: Desk) -> None:
    scope = Scope(source="Tin Chiều", start=date(2024, 3, 1))
    steps(desk, "Phà có từ khi nào?", scope=scope)
    assert scripted(desk).options[-1] == Options(Period(date(2024, 3, 1), None), "Tin Chiều")
    unknown = last(steps(desk, "Phà có từ khi nào?", scope=Scope(collection="Không có")))
    assert unknown.outcome == "failed"
    assert "Không có" in unknown.text


def test_it_is_said_how_long_answers_usually_take_once_there_were_some(desk: Desk) -> None:
    def said(found: list[Step]) -> str:
        return "".join(step.status or "" for step in found)

    assert "thường xong" not in said(steps(desk, "Phà có từ khi nào?"))
    assert "(thường xong sau 1,0 giây)" in said(steps(desk, "Phà có từ khi nào?"))


def test_suggestions_are_those_that_find_an_answer(desk: Desk) -> None:
    kept = last(steps(desk, "Phà có từ khi nào?"))
    found = asyncio.run(suggestions(kept, desk, threading.Event(), Scope()))
    assert found == ("Có tin gì về Lục Yên?", "Có tin gì về Bạch Lạp?")
    assert scripted(desk).options[-1].use_llm is False
    refused = last(steps(desk, "giá vàng"))
    assert asyncio.run(suggestions(refused, desk, threading.Event(), Scope())) == ()


def test_objections(desk: Desk) -> None:
    assert objection("Cầu?", desk, 10) is None
    assert objection(" \n", desk, 10) == "Câu hỏi đang trống. Hãy gõ một câu hỏi rồi bấm Hỏi."
    assert objection("a" * 11, desk, 10) == (
        "Câu hỏi dài 11 ký tự, quá mức 10. Hãy rút gọn; nội dung vẫn còn trong ô."
    )


def test_full_desk_turns_away_politely(desk: Desk) -> None:
    async def crowd() -> str | None:
        stops = [threading.Event(), threading.Event()]

        async def endless(stop: threading.Event) -> None:
            async for _ in desk.answer("mãi mãi", (), stop):
                pass

        asking = []
        for stop in stops:
            asking.append(asyncio.create_task(endless(stop)))
            await asyncio.sleep(0.2)
        words = objection("Cầu?", desk, 10)
        for stop in stops:
            stop.set()
        await asyncio.gather(*asking)
        return words

    assert asyncio.run(crowd()) == (
        "Đang có 1 người chờ, hàng đã đầy. Mời bạn hỏi lại sau ít phút; câu hỏi vẫn còn trong ô."
    )


def test_running_stops_one_session_only() -> None:
    running = Running()
    mine, yours = running.start("a"), running.start("b")
    running.stop("a")
    running.stop("nobody")
    assert (mine.is_set(), yours.is_set()) == (True, False)
    again = running.start("b")
    assert (yours.is_set(), again.is_set()) == (True, False)
