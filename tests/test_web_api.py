from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from openai import APITimeoutError, BadRequestError, OpenAI
from starlette.testclient import TestClient
from web_fakes import ANSWER, LENGTH, OPENING, REFUSAL, STAFF, ScriptedAssistant, SlowStart

from rag.settings import Settings
from rag.types import Options, Period
from rag.web.api import add_api
from rag.web.desk import Desk
from rag.web.security import protect

BRIDGE_ANSWER = "Cầu Bạch Lạp dài 1.240 m và rộng 22 m. [1] Cầu thông xe sáng 12/3. [2] [3]"
SOURCES = (
    f"\n\n[1] Thông xe cầu Bạch Lạp sau ba năm thi công (Báo Lục Yên, 12/03/2024): “{LENGTH.text}”"
    f"\n[2] Thông xe cầu Bạch Lạp sau ba năm thi công (Báo Lục Yên, 12/03/2024): “{OPENING.text}”"
    f"\n[3] Chuyến phà cuối cùng trên sông Lục Yên (Tin Chiều, 11/03/2024): “{STAFF.text}”"
)


@pytest.fixture
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant(pace=0.0)


@pytest.fixture
def desk(assistant: ScriptedAssistant) -> Iterator[Desk]:
    desk = Desk(assistant)
    desk._loading.result(timeout=10)
    yield desk
    desk.close()


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    app = FastAPI()
    add_api(app, desk)
    protect(app, Settings())
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def events(body: str) -> list[Any]:
    """The data of a stream of server-sent events, comments left out; `[DONE]` as it is."""
    data = [line.removeprefix("data: ") for line in body.splitlines() if line.startswith("data: ")]
    return [piece if piece == "[DONE]" else json.loads(piece) for piece in data]


MODELS = ["hoi-bao", "hoi-bao/default", "hoi-bao/Báo tỉnh"]


def test_the_models_are_the_collections(client: TestClient) -> None:
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == MODELS


def test_a_model_names_the_collection_that_answers(client: TestClient, assistant: ScriptedAssistant) -> None:
    request = {"model": "hoi-bao/Báo tỉnh", "messages": [user("giá vàng")]}
    assert client.post("/v1/chat/completions", json=request).json()["model"] == "hoi-bao/Báo tỉnh"
    streamed = client.post("/v1/chat/completions", json={**request, "stream": True})
    assert events(streamed.text)[0]["model"] == "hoi-bao/Báo tỉnh"
    client.post("/api/ask", json={"question": "giá vàng", "collection": "Báo tỉnh"})
    client.get("/api/search", params={"question": "giá vàng", "collection": "Báo tỉnh"})
    client.post("/v1/chat/completions", json={**request, "model": "gpt-4o"})
    assert assistant.collections == [*["Báo tỉnh"] * 4, None]


def test_an_unknown_collection_is_named_with_those_there_are(client: TestClient) -> None:
    expected = "Không có bộ sưu tập nào tên “Lạ”. Hãy chọn một trong: Mặc định, Báo tỉnh."
    asked = {"model": "hoi-bao/Lạ", "messages": [user("giá vàng")]}
    for response in (
        client.post("/v1/chat/completions", json=asked),
        client.post("/api/ask", json={"question": "giá vàng", "collection": "Lạ"}),
        client.get("/api/search", params={"question": "giá vàng", "collection": "Lạ"}),
    ):
        assert (response.status_code, response.json()["error"]["message"]) == (400, expected)
    streamed = client.post("/v1/chat/completions", json={**asked, "stream": True})
    assert events(streamed.text)[-2]["error"]["message"] == expected


def test_the_routes_are_described(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    assert sorted(described["paths"]) == ["/api/ask", "/api/search", "/v1/chat/completions", "/v1/models"]
    assert [p["name"] for p in described["paths"]["/api/search"]["get"]["parameters"]] == [
        "question", "k", "from", "to", "source", "collection",
    ]  # fmt: skip


def test_a_completion_has_the_answer_its_quotes_and_citations(client: TestClient) -> None:
    request = {"model": "gpt-4o", "messages": [user("Cầu Bạch Lạp dài bao nhiêu?")], "temperature": 0.7}
    answer = client.post("/v1/chat/completions", json=request).json()
    choice = answer["choices"][0]
    assert choice["message"] == {
        "role": "assistant",
        "content": BRIDGE_ANSWER + SOURCES,
        "refusal": None,
    }
    assert (choice["finish_reason"], answer["object"], answer["model"]) == (
        "stop",
        "chat.completion",
        "hoi-bao",
    )
    assert [(c["number"], c["quote"]) for c in answer["citations"]] == [
        (1, LENGTH.text),
        (2, OPENING.text),
        (3, STAFF.text),
    ]
    assert answer["hoibao"]["abstained"] is False


def test_a_stream_carries_only_what_is_verified(client: TestClient) -> None:
    request = {"model": "hoi-bao", "messages": [user("Cầu Bạch Lạp dài bao nhiêu?")], "stream": True}
    response = client.post("/v1/chat/completions", json=request)
    assert response.headers["content-type"].startswith("text/event-stream")
    *chunks, done = events(response.text)
    assert done == "[DONE]"
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert deltas[1] == {"content": "Cầu Bạch Lạp dài 1.240 m và rộng 22 m. [1]"}
    assert "".join(delta.get("content", "") for delta in deltas) == BRIDGE_ANSWER + SOURCES
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert [c["number"] for c in chunks[-1]["citations"]] == [1, 2, 3]
    assert ": writing" in response.text  # so that nobody hangs up meanwhile


def test_the_turns_before_are_the_history(client: TestClient, assistant: ScriptedAssistant) -> None:
    messages = [
        {"role": "system", "content": "Hãy trả lời bằng tiếng Anh."},
        user([{"type": "text", "text": "Cầu Bạch Lạp ở đâu?"}]),
        {"role": "assistant", "content": ANSWER},
        user("Phà hoạt động từ năm nào?"),
    ]
    client.post("/v1/chat/completions", json={"messages": messages})
    assert assistant.asked == [
        (
            "Phà hoạt động từ năm nào?",
            (user("Cầu Bạch Lạp ở đâu?"), {"role": "assistant", "content": ANSWER}),
        )
    ]


def test_a_refusal_is_text_like_any_answer(client: TestClient) -> None:
    answer = client.post("/v1/chat/completions", json={"messages": [user("giá vàng hôm nay?")]}).json()
    assert answer["choices"][0]["message"]["content"] == REFUSAL
    assert (answer["citations"], answer["hoibao"]["abstained"]) == ([], True)


def test_ask_gives_what_the_command_line_gives(client: TestClient, assistant: ScriptedAssistant) -> None:
    request = {"question": "Phà?", "from": "2024-03-01", "to": "2024-03-31", "source": "Tin", "llm": False}
    answer = client.post("/api/ask", json=request).json()
    assert answer["answer"] == "Bến phà hoạt động từ năm 1978.[1]"
    assert answer["sentences"] == [
        {"text": "Bến phà hoạt động từ năm 1978.", "citations": [1], "supported": True}
    ]
    assert assistant.options == [Options(Period(date(2024, 3, 1), date(2024, 3, 31)), "Tin", use_llm=False)]


def test_search_gives_what_the_command_line_gives(client: TestClient, assistant: ScriptedAssistant) -> None:
    found = client.get(
        "/api/search", params={"question": "cầu Bạch Lạp", "k": 1, "from": "2024-03-01"}
    ).json()
    assert [(h["rank"], h["text"]) for h in found["hits"]] == [(1, LENGTH.text)]
    assert found["hits"][0]["matched"] == ["cầu", "cầu bạch", "bạch", "bạch lạp", "lạp"]
    assert assistant.options == [Options(Period(date(2024, 3, 1), None))]


@pytest.mark.parametrize(
    ("request_body", "message"),
    [
        ({"messages": []}, "Yêu cầu sai ở messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "Tin nhắn cuối cùng phải là câu hỏi"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "Yêu cầu sai ở messages.0.role"),
        ({}, "Yêu cầu sai ở messages"),
    ],
)
def test_wrong_requests_are_named(client: TestClient, request_body: Any, message: str) -> None:
    response = client.post("/v1/chat/completions", json=request_body)
    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")
    assert response.json()["error"]["message"].startswith(message)


def test_our_own_errors_are_told_and_bugs_are_not(client: TestClient) -> None:
    body = {"messages": [user("mô hình hỏng")]}
    response = client.post("/v1/chat/completions", json=body)
    assert response.status_code == 400
    assert "/models/x.gguf" in response.json()["error"]["message"]
    *_, error, done = events(client.post("/v1/chat/completions", json={**body, "stream": True}).text)
    assert ("/models/x.gguf" in error["error"]["message"], done) == (True, "[DONE]")
    with pytest.raises(RuntimeError, match="secret detail"):
        client.post("/v1/chat/completions", json={"messages": [user("lỗi lạ")]})


def test_a_period_that_runs_backwards(client: TestClient) -> None:
    response = client.get("/api/search", params={"question": "x", "from": "2024-03-02", "to": "2024-03-01"})
    assert response.status_code == 400
    assert "bị ngược" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/chat/completions"), ("POST", "/api/ask"), ("GET", "/api/search")]
)
def test_scripts_of_other_sites_are_refused(client: TestClient, method: str, path: str) -> None:
    body = {"messages": [user("x")]} if path.startswith("/v1") else {"question": "x"}
    call: dict[str, Any] = {"params": {"question": "x"}} if method == "GET" else {"json": body}
    foreign = client.request(method, path, headers={"origin": "http://evil.example"}, **call)
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, 403)
    own = client.request(method, path, headers={"origin": "http://127.0.0.1:7860"}, **call)
    assert own.status_code == 200


def test_a_full_queue_says_so(client: TestClient, desk: Desk) -> None:
    desk.max_waiting = 0
    response = client.post("/api/ask", json={"question": "x"})
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")


def test_search_while_the_models_load_is_asked_to_come_back(assistant: ScriptedAssistant) -> None:
    slow = SlowStart(assistant)
    desk = Desk(slow)
    app = FastAPI()
    add_api(app, desk)
    with TestClient(app) as client:
        response = client.get("/api/search", params={"question": "x"})
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    slow.go.set()
    desk.close()


# ── The client that others use ────────────────────────────────────────────────────────────────────


@pytest.fixture
def server(desk: Desk) -> Iterator[str]:
    """The API on a port of this machine."""
    app = FastAPI()
    add_api(app, desk)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        running = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        running.should_exit = True
        thread.join(timeout=10)


def test_the_openai_client_gets_an_answer_and_a_stream(server: str) -> None:
    with OpenAI(base_url=server, api_key="none") as client:
        assert [model.id for model in client.models.list()] == MODELS
        messages: Any = [user("Cầu Bạch Lạp dài bao nhiêu?")]
        whole = client.chat.completions.create(model="hoi-bao", messages=messages)
        assert whole.choices[0].message.content == BRIDGE_ANSWER + SOURCES
        assert whole.model_extra is not None
        assert [c["number"] for c in whole.model_extra["citations"]] == [1, 2, 3]
        chunks = list(client.chat.completions.create(model="hoi-bao", messages=messages, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == BRIDGE_ANSWER + SOURCES
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert (chunks[-1].model_extra or {})["citations"][0]["quote"] == LENGTH.text


def test_the_openai_client_is_told_what_is_wrong(server: str) -> None:
    with (
        OpenAI(base_url=server, api_key="none", max_retries=0) as client,
        pytest.raises(BadRequestError) as raised,
    ):
        client.chat.completions.create(model="hoi-bao", messages=[{"role": "assistant", "content": "x"}])
    assert "Tin nhắn cuối cùng" in raised.value.message


def test_hanging_up_stops_the_model(server: str, assistant: ScriptedAssistant) -> None:
    with (
        OpenAI(base_url=server, api_key="none", max_retries=0, timeout=0.5) as client,
        pytest.raises(APITimeoutError),
    ):
        client.chat.completions.create(model="hoi-bao", messages=[{"role": "user", "content": "mãi mãi"}])
    for _ in range(50):
        if assistant.cancelled_after:
            break
        time.sleep(0.1)
    assert len(assistant.cancelled_after) == 1


def test_the_desk_knows_programs_by_their_address(
    client: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking: list[str | None] = []
    monkeypatch.setattr(desk, "check_room", asking.append)
    assert client.post("/api/ask", json={"question": "giá vàng"}).status_code == 200
    assert asking == ["testclient", "testclient"]  # at the door, and when the question is put to the desk
