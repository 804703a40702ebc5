"""Asking on the terminal: histories, one streamed answer, a conversation."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import BRIDGE

from rag.answering.assistant import Assistant
from rag.embedding import FakeEmbedder
from rag.errors import InputError
from rag.indexing import add_articles
from rag.settings import Settings
from rag.terminal import chat, finished, read_history, show_answer
from rag.texts import text
from rag.types import Event, Message, Options, Period

Build = Callable[[str], Assistant]
QUESTION = "Cầu Sông Mây dài bao nhiêu?"
LENGTH = "Cầu dài 486 m, rộng 12 m, có hai làn xe."


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def typing(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Somebody types these lines and then ends the input."""
    left = iter(lines)

    def type_line(prompt: str) -> str:
        assert prompt == "? "
        for line in left:
            return line
        raise EOFError

    monkeypatch.setattr(builtins, "input", type_line)


# ── Histories ─────────────────────────────────────────────────────────────────────────────────────


def test_a_history_keeps_role_and_content(tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    turns = [{"role": "user", "content": "Ai?", "at": "10:00"}, {"role": "assistant", "content": "Bà Én."}]
    file.write_text(json.dumps(turns), encoding="utf-8")
    assert read_history(file) == [
        {"role": "user", "content": "Ai?"},
        {"role": "assistant", "content": "Bà Én."},
    ]


@pytest.mark.parametrize(
    "content",
    ["{}", '"a"', "[1]", '[{"role": "user"}]', '[{"role": "system", "content": "a"}]',
     '[{"role": "user", "content": 1}]', '[{"role": ["user"], "content": "a"}]'],
)  # fmt: skip
def test_a_history_of_another_shape_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "history.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_history(file)
    assert str(raised.value) == text("errors.history_shape", path=file)


@pytest.mark.parametrize("content", [b"[", b"\xff\xfe\x00", b""])
def test_a_history_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "history.json"
    file.write_bytes(content)
    for path in (file, tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError) as raised:
            read_history(path)
        assert raised.value.key == "errors.history_unreadable"
        assert str(path) in str(raised.value)


# ── One answer ────────────────────────────────────────────────────────────────────────────────────


def test_finished_is_the_last_event(assistant_saying: Build) -> None:
    answer = finished(assistant_saying("Cầu dài 486 m."), QUESTION, [], Options())
    assert (answer.text, answer.model) == ("Cầu dài 486 m. [1]", "scripted")
    alone = finished(assistant_saying("never asked"), QUESTION, [], Options(use_llm=False))
    assert alone.model == "none"


def test_options_restrict_the_answer(assistant_saying: Build) -> None:
    assistant = assistant_saying("Cầu dài 486 m.")
    dated = finished(assistant, QUESTION, [], Options(Period(date(2022, 1, 1), None), use_llm=False))
    assert {hit.article.id for hit in dated.hits} == {"lua"}
    sourced = finished(assistant, QUESTION, [], Options(source="Nhật báo Minh Họa", use_llm=False))
    assert {hit.article.id for hit in sourced.hits} == {"cau"}


def test_evidence_words_and_citations_are_shown(
    assistant_saying: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = show_answer(assistant_saying("Cầu dài 486 m."), QUESTION, [], Options())
    assert answer.text == "Cầu dài 486 m. [1]"
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [text("cli.evidence"), f"  “{LENGTH}” — Khởi công cầu Sông Mây"]
    assert lines[-5:] == [
        "Cầu dài 486 m.",
        "",
        "Cầu dài 486 m. [1]",
        f"  [1] “{LENGTH}”",
        "      Khởi công cầu Sông Mây (Nhật báo Minh Họa, 16/03/2021)",
    ]


def test_a_source_says_who_else_carries_the_story(
    assistant_saying: Build, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assistant = assistant_saying("Cầu dài 486 m.")
    copy = replace(BRIDGE, id="cau-2", source="Thời báo Ví Dụ", published="2021-03-17")
    add_articles([copy], assistant.store, FakeEmbedder(), settings)
    show_answer(assistant, QUESTION, [], Options())
    assert capsys.readouterr().out.splitlines()[-1] == (
        "      Khởi công cầu Sông Mây (Nhật báo Minh Họa, 16/03/2021 · 2 báo cùng đưa tin)"
    )


def test_what_is_withheld_is_said_and_not_shown(
    assistant_saying: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = show_answer(assistant_saying("Cầu dài 486 m. Cầu do Nhật Bản tài trợ."), QUESTION, [], Options())
    assert [withheld.reason for withheld in answer.withheld] == ["name"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4:-2] == ["Cầu dài 486 m. [1]", "1 câu bị giữ lại vì không có chỗ dựa trong bài."]


def test_without_the_model_nothing_is_shown_twice(
    assistant_saying: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    show_answer(assistant_saying("never asked"), QUESTION, [], Options(use_llm=False))
    out = capsys.readouterr().out
    assert text("cli.evidence") not in out
    assert out.startswith(f"{LENGTH} [1]")


def test_a_refusal_shows_the_nearest_articles(
    assistant_saying: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    assistant = assistant_saying("Cầu dài 486 m.")
    strict = replace(assistant, settings=replace(assistant.settings, strictness=1.0))
    answer = show_answer(strict, "cầu Sông Mây và lúa thế nào?", [], Options())
    assert answer.abstained
    titles = [f"  · {title}" for title in dict.fromkeys(hit.article.title for hit in answer.hits)]
    assert answer.text.startswith(
        "Không tìm thấy câu trả lời: có bài nói đến Sông Mây, nhưng không có điều được hỏi."
    )
    assert capsys.readouterr().out.splitlines() == [answer.text, text("cli.nearest"), *titles]


def test_what_was_understood_is_shown_when_it_is_not_what_was_typed(
    assistant_saying: Build, capsys: pytest.CaptureFixture[str]
) -> None:
    history: list[Message] = [{"role": "assistant", "content": "Ông Vi Văn Thắng cho biết."}]
    show_answer(assistant_saying("x"), "Ông ấy giữ chức gì?", history, Options())
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "Hiểu là: Vi Văn Thắng giữ chức gì?"


@pytest.mark.parametrize("written", ["Cầu [red]dài[/red] 486 m.", "Cầu dài [/] 486 m.", "Cầu :100: 486 m."])
def test_brackets_and_colons_are_shown_as_they_are(
    assistant_saying: Build, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    show_answer(assistant_saying(written), QUESTION, [], Options())
    assert written in capsys.readouterr().out


def test_a_stream_without_an_end_is_a_bug() -> None:
    class Endless:
        def answer(self, *_: object, **__: object) -> Iterator[Event]:
            yield from ()

    for show in (finished, show_answer):
        with pytest.raises(AssertionError, match="Done"):
            show(Endless(), "a", [], Options())  # type: ignore[arg-type]


# ── A conversation ────────────────────────────────────────────────────────────────────────────────


def test_a_conversation_remembers_what_was_said(
    assistant_saying: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, list[Message]]] = []
    assistant = assistant_saying("Ông Vi Văn Thắng cho biết tổng mức đầu tư là 347 tỷ đồng.")
    answer = Assistant.answer

    def listen(self: Assistant, question: str, history: list[Message], **options: object) -> Iterator[Event]:
        asked.append((question, list(history)))
        yield from answer(self, question, history)

    monkeypatch.setattr(Assistant, "answer", listen)
    typing(monkeypatch, "  Ai cho biết tổng mức đầu tư?  ", "Ông ấy giữ chức gì?")
    chat(assistant, [], Options())
    said = "Ông Vi Văn Thắng cho biết tổng mức đầu tư là 347 tỷ đồng. [1]"
    assert asked == [
        ("Ai cho biết tổng mức đầu tư?", []),
        (
            "Ông ấy giữ chức gì?",
            [
                {"role": "user", "content": "Ai cho biết tổng mức đầu tư?"},
                {"role": "assistant", "content": said},
            ],
        ),
    ]
    out, err = capsys.readouterr()
    assert err == text("cli.chat_welcome") + "\n"
    assert "Hiểu là: Vi Văn Thắng giữ chức gì?" in out


@pytest.mark.parametrize("word", ["", "   ", "thoát", "THOÁT", "thoat", "quit", "exit"])
def test_a_conversation_ends_when_asked_to(
    assistant_saying: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    typing(monkeypatch, word, QUESTION)
    chat(assistant_saying("Cầu dài 486 m."), [], Options())
    assert capsys.readouterr().out == ""


def test_a_question_too_long_does_not_end_the_conversation(
    assistant_saying: Build, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typing(monkeypatch, "a" * 50_000, QUESTION)
    chat(assistant_saying("Cầu dài 486 m."), [], Options())
    out, err = capsys.readouterr()
    assert err.splitlines()[1] == text("errors.long_question", length=50_000, limit=2_000)
    assert "Cầu dài 486 m. [1]" in out
