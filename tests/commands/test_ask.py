"""`hoibao ask`: one answer, or a conversation."""

from __future__ import annotations

import json

import pytest
from command_line import HIT_KEYS, LENGTH, QUESTION, Hoibao, stored_text

from rag.generation import ScriptedGenerator
from rag.texts import text


def test_ask(hoibao: Hoibao) -> None:
    result = hoibao("ask", QUESTION, "--json")
    assert (result.code, result.err) == (0, "")
    answer = result.json
    assert {
        "question", "answer", "abstained", "citations", "sentences", "hits", "model", "timings",
    } <= set(answer)  # fmt: skip
    assert (answer["question"], answer["answer"], answer["abstained"]) == (
        QUESTION,
        "Cầu dài 486 m. [1]",
        False,
    )
    assert answer["model"] == "scripted"
    assert answer["sentences"] == [{"text": "Cầu dài 486 m.", "citations": [1], "supported": True}]
    assert set(answer["timings"]) == {"retrieve", "first_evidence", "first_token", "total"}
    assert set(answer["hits"][0]) >= HIT_KEYS
    (citation,) = answer["citations"]
    assert citation == {
        "number": 1,
        "article_id": "cau",
        "title": "Khởi công cầu Sông Mây",
        "published": None,
        "source": None,
        "quote": LENGTH,
        "start": citation["start"],
        "end": citation["end"],
    }
    assert stored_text(hoibao, "cau")[citation["start"] : citation["end"]] == LENGTH


def test_ask_without_the_model_quotes(hoibao: Hoibao, models: ScriptedGenerator) -> None:
    answer = hoibao("ask", QUESTION, "--no-llm", "--json").json
    assert answer["model"] == "none"
    assert answer["citations"][0]["quote"] == LENGTH
    assert answer["timings"]["first_token"] is None
    for citation in answer["citations"]:
        source = stored_text(hoibao, citation["article_id"])
        assert source[citation["start"] : citation["end"]] == citation["quote"]
    assert models.prompts == []


def test_ask_that_is_refused(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_STRICTNESS", "1")
    result = hoibao("ask", "Giá vàng thế giới hôm nay?", "--json")
    answer = result.json
    assert (result.code, answer["abstained"], answer["citations"], answer["sentences"]) == (0, True, [], [])
    assert answer["answer"].startswith("Không tìm thấy")
    assert {hit["article_id"] for hit in answer["hits"]} == {"cau", "lua"}


def test_ask_with_history(hoibao: Hoibao, models: ScriptedGenerator) -> None:
    turns = [
        {"role": "user", "content": "Ai cho biết tổng mức đầu tư?"},
        {"role": "assistant", "content": "Ông Vi Văn Thắng cho biết. [1]"},
    ]
    history = hoibao.write("history.json", json.dumps(turns))
    answer = hoibao("ask", "Ông ấy giữ chức gì?", "--history", history, "--json").json
    assert answer["question"] == "Ông ấy giữ chức gì?"
    assert answer["understood"]["text"] == "Vi Văn Thắng giữ chức gì?"
    assert [turn["role"] for turn in models.prompts[0]] == ["system", "user"]
    assert models.prompts[0][-1]["content"].endswith("Câu hỏi: Vi Văn Thắng giữ chức gì?")


def test_ask_for_eyes_streams_and_then_cites(hoibao: Hoibao) -> None:
    result = hoibao("ask", QUESTION)
    assert (result.code, result.err) == (0, "")
    streamed, _, finished = result.out.partition("Cầu dài 486 m [9]. Cầu do Nhật Bản tài trợ.")
    assert streamed.startswith(f"{text('cli.evidence')}\n  “{LENGTH}” — Khởi công cầu Sông Mây\n")
    held_back = text("answer.withheld", count=1)
    assert finished.split("\n", 2)[2].startswith(f"Cầu dài 486 m. [1]\n{held_back}\n  [1] “{LENGTH}”\n")


def test_without_a_question_a_conversation_opens(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter([QUESTION, "thoát"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(lines))
    result = hoibao("ask")
    assert (result.code, result.err) == (0, text("cli.chat_welcome") + "\n")
    assert "Cầu dài 486 m. [1]" in result.out
