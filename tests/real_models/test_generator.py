"""llama.cpp, with the real weights."""

from __future__ import annotations

import threading
import time

import pytest

from rag import assemble
from rag.generation import LlamaCppGenerator
from rag.settings import Settings
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
