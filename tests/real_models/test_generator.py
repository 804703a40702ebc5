"""llama.cpp, with the real weights."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import llama_cpp
import pytest

from rag import assemble
from rag.engine import Engine
from rag.llamacpp import LlamaCppGenerator
from rag.models import locate
from rag.settings import Settings
from rag.tuning import Tuning, best, measure
from rag.types import Message


@pytest.fixture(scope="module")
def generator() -> LlamaCppGenerator:
    made = assemble.generator(Settings())
    assert isinstance(made, LlamaCppGenerator)
    return made


def asked(question: str) -> list[Message]:
    text = "Cầu Sông Mây dài 486 m, rộng 12 m, có hai làn xe và hai lề đi bộ. " * 6
    return [
        {"role": "system", "content": "Trả lời thật ngắn bằng tiếng Việt."},
        {"role": "user", "content": f"{text}\n\nCâu hỏi: {question}"},
    ]


def said(generator: LlamaCppGenerator, question: str) -> str:
    return "".join(generator.generate(asked(question), max_tokens=12))


def test_reading_ahead_changes_nothing_that_is_said(generator: LlamaCppGenerator) -> None:
    plain = said(generator, "Cầu dài bao nhiêu?")
    generator.prepare(asked("Cầu rộng bao"))
    wide = said(generator, "Cầu rộng bao nhiêu?")
    assert "12" in wide
    generator.prepare(asked("Cầu dài bao nhiêu?"))
    assert said(generator, "Cầu dài bao nhiêu?") == plain
    assert said(generator, "Cầu rộng bao nhiêu?") == wide
    assert "486" in plain


def test_reading_ahead_gives_way_and_goes_on_where_it_was(generator: LlamaCppGenerator) -> None:
    plain = said(generator, "Cầu có mấy làn xe?")
    generator.prepare([{"role": "user", "content": "khác hẳn"}])
    gone = threading.Event()
    reading = threading.Thread(
        target=generator.prepare, args=(asked("Cầu có"),), kwargs={"cancelled": gone.is_set}
    )
    reading.start()
    time.sleep(0.3)
    gone.set()
    reading.join(timeout=10)
    assert not reading.is_alive()
    assert said(generator, "Cầu có mấy làn xe?") == plain


BRIDGE = (
    'Bài "Thông xe cầu Sông Mây" (Báo Mây, 12/03/2024):\nCầu Sông Mây dài 486 m, rộng 12 m, có hai làn xe. '
    "Công ty Xây lắp Minh Phú thi công cầu trong 28 tháng."
)
MARKET = (
    'Bài "Chợ Gió dời chỗ" (Báo Mây, 15/03/2024):\nChợ Gió có 214 gian hàng, mở cửa từ 5 giờ sáng. '
    "Ban quản lý chợ do ông Trần Văn Gió đứng đầu."
)
FERRY = 'Bài "Chuyến phà cuối" (Báo Mây, 11/03/2024):\nPhà Sông Mây chạy từ năm 1978, mỗi chuyến chở 48 xe.'


def conversation(question: str, *excerpts: str) -> list[Message]:
    """Asks for words that stand there: where several would do as well, rounding chooses between them."""
    evidence = "\n\n".join(excerpts)
    return [
        {"role": "system", "content": "Chép lại nguyên văn câu trong trích đoạn trả lời câu hỏi."},
        {"role": "user", "content": f"Trích đoạn bài báo:\n\n{evidence}\n\nCâu hỏi: {question}"},
    ]


def answer(generator: LlamaCppGenerator, question: str, *excerpts: str, history: tuple[str, ...] = ()) -> str:
    messages = conversation(question, *excerpts)
    turns: list[Message] = [{"role": "user", "content": words} for words in history]
    pieces = generator.generate([messages[0], *turns, messages[1]], max_tokens=24, excerpts=excerpts)
    return "".join(pieces)


ASKED = (
    ("Cầu dài bao nhiêu?", (MARKET, BRIDGE)),
    ("Chợ có bao nhiêu gian hàng?", (BRIDGE, MARKET)),
    ("Ai thi công cầu?", (FERRY, MARKET, BRIDGE)),
    ("Phà chở mấy xe?", (FERRY,)),
    ("Cầu rộng bao nhiêu?", (MARKET, BRIDGE)),
)


def test_what_is_said_does_not_depend_on_what_was_read_before(generator: LlamaCppGenerator) -> None:
    asked_first = [answer(generator, question, *excerpts) for question, excerpts in ASKED]
    again = [answer(generator, question, *excerpts) for question, excerpts in reversed(ASKED)]
    assert again == asked_first[::-1]
    assert ["486" in asked_first[0], "214" in asked_first[1], "48" in asked_first[3]] == [True] * 3
    assert "Minh Phú" in asked_first[2]


def test_a_conversation_comes_between(generator: LlamaCppGenerator) -> None:
    said_before = ("Cầu Sông Mây ở đâu?", "Ở Lam Giang.")
    first = answer(generator, "Phà chở mấy xe?", BRIDGE, FERRY, history=said_before)
    answer(generator, "Chợ có bao nhiêu gian hàng?", FERRY, MARKET)
    assert answer(generator, "Phà chở mấy xe?", BRIDGE, FERRY, history=said_before) == first
    assert "48" in first


def test_what_stands_before_every_question_is_read_once_per_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = locate(Settings().llm, Settings().models)
    made = [LlamaCppGenerator(path, context_tokens=1024, tuning=Tuning(2), heads=tmp_path) for _ in range(2)]
    first = answer(made[0], "Phà chở mấy xe?", BRIDGE, FERRY)

    def read_again(*_: object, **__: object) -> None:
        raise AssertionError("it was read again")

    monkeypatch.setattr("rag.engine.Engine.begin", read_again)
    assert answer(made[1], "Phà chở mấy xe?", BRIDGE, FERRY) == first
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-1])
    other = LlamaCppGenerator(path, context_tokens=1024, tuning=Tuning(2), heads=tmp_path)
    with pytest.raises(AssertionError, match="read again"):
        answer(other, "Phà chở mấy xe?", BRIDGE, FERRY)


def test_who_reads_ahead_gives_way_and_an_answer_stops_at_once(generator: LlamaCppGenerator) -> None:
    first = answer(generator, "Phà chở mấy xe?", BRIDGE, FERRY)
    long = FERRY + " Bến phà cũ nay là chỗ câu cá của người trong xã." * 20
    asked_to_stop = iter([False, False, False])  # looks, then stops
    generator.prepare(
        conversation("Gì?", long, BRIDGE),
        excerpts=(long, BRIDGE),
        cancelled=lambda: next(asked_to_stop, True),
    )
    started = time.monotonic()
    stopped = generator.generate(
        conversation("Gì?", long, BRIDGE),
        max_tokens=20,
        excerpts=(long, BRIDGE),
        cancelled=lambda: time.monotonic() > started + 0.3,
    )
    assert list(stopped) == []
    assert answer(generator, "Phà chở mấy xe?", BRIDGE, FERRY) == first


def test_ways_of_running_are_measured() -> None:
    told: list[tuple[int, int]] = []
    path = locate(Settings().llm, Settings().models)
    measured = measure(
        path, [Tuning(1), Tuning(2, flash_attention=True)], lambda *so_far: told.append(so_far)
    )
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert [one.tuning for one in measured] == [Tuning(1), Tuning(2, flash_attention=True)]
    assert all(one.reading > one.writing > 0 for one in measured)
    assert best(measured).answer == min(one.answer for one in measured)


def test_an_engine_that_is_gone_leaves_nothing_that_is_called() -> None:
    path = locate(Settings().llm, Settings().models)
    engine = Engine(path, context_tokens=512, tuning=Tuning(1))
    engine.close()
    del engine
    gc.collect()
    nothing = llama_cpp.llama_model_load_from_file(b"/khong/co.gguf", llama_cpp.llama_model_default_params())
    assert not nothing  # llama.cpp has something to say about that
