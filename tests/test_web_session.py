from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from web_fakes import ANSWER, ScriptedAssistant

from rag.texts import text
from rag.web.desk import Desk
from rag.web.session import Running, Step, ask, objection
from rag.web.turn import Turn, history


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(ScriptedAssistant(pace=0.01), max_waiting=1)
    yield made
    made.close()


def steps(
    desk: Desk, question: str, stop: threading.Event | None = None, before: tuple[Turn, ...] = ()
) -> list[Step]:
    async def collect() -> list[Step]:
        return [step async for step in ask(question, before, desk, stop or threading.Event())]

    return asyncio.run(collect())


def last(found: list[Step]) -> Turn:
    assert found[-1].turns is not None
    assert [step.turns for step in found[:-1]] == [None] * (len(found) - 1)
    return found[-1].turns[-1]


def test_evidence_is_shown_before_the_answer(desk: Desk) -> None:
    found = steps(desk, "  Cầu dài bao nhiêu?\n")
    evidence = next(i for i, step in enumerate(found) if "Trích dẫn tìm thấy" in (step.heading or ""))
    written = next(i for i, step in enumerate(found) if "hb-draft" in (step.draft or ""))
    assert evidence < written
    turn = last(found)
    assert turn.question == "Cầu dài bao nhiêu?"
    assert turn.draft.strip() == ANSWER
    assert turn.answer is not None
    assert turn.answer.text == "Cầu Bạch Lạp dài 1.240 m và rộng 22 m.[1] Cầu thông xe sáng 12/3.[2][3]"
    assert found[-1].heading == found[-1].draft == ""


def test_follow_up_sees_the_turns_before(desk: Desk) -> None:
    first = last(steps(desk, "Phà có từ khi nào?"))
    steps(desk, "Còn cầu?", before=(first, Turn("bỏ", stopped=True), Turn("hỏng", problem="x")))
    assistant = desk.assistant()
    assert isinstance(assistant, ScriptedAssistant)
    assert assistant.asked[-1] == (
        "Còn cầu?",
        (
            {"role": "user", "content": "Phà có từ khi nào?"},
            {"role": "assistant", "content": "Bến phà hoạt động từ năm 1978.[1]"},
        ),
    )


def test_stopped_turn_keeps_its_draft_and_is_not_history(desk: Desk) -> None:
    stop = threading.Event()
    threading.Timer(0.4, stop.set).start()
    turn = last(steps(desk, "mãi mãi", stop))
    assert (turn.stopped, turn.answer, turn.problem) == (True, None, None)
    assert set(turn.draft.split()) == {"và"}
    assert history([turn]) == ()


def test_known_error_is_a_message(desk: Desk) -> None:
    turn = last(steps(desk, "mô hình hỏng"))
    assert turn.problem == text("models.cannot_load", path="/models/x.gguf", reason="tệp bị cắt")
    assert not turn.stopped


def test_bug_is_logged_and_hidden(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    turn = last(steps(desk, "lỗi lạ"))
    assert turn.problem == "Lỗi ngoài dự kiến; chi tiết nằm trong nhật ký của máy chủ. Hãy thử hỏi lại."
    assert "secret detail of a bug" in caplog.text


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
