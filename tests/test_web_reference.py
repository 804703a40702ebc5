from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from web_fakes import ScriptedAssistant

from rag.web import reference
from rag.web.api import add_api
from rag.web.desk import Desk


@pytest.fixture
def client() -> Iterator[TestClient]:
    desk = Desk(ScriptedAssistant(pace=0))
    desk._loading.result(timeout=10)
    app = FastAPI()
    add_api(app, desk)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client
    desk.close()


def examples(page: str) -> dict[str, str]:
    """The code of each example, by its route and title."""
    found = {}
    for section in re.findall(r"<section.*?</section>", page):
        route = re.search(r"</span> (.*?)</h2>", section)[1]  # type: ignore[index]
        for title, code in re.findall(r"<h3>(.*?)</h3><pre tabindex=\"0\"><code>(.*?)</code>", section):
            found[f"{route} {unescape(title)}"] = unescape(code)
    return found


def test_every_route_and_field_has_its_row(client: TestClient) -> None:
    page = client.get("/api").text
    assert re.findall(r"<h2 [^>]*><span>(.*?)</span> (.*?)</h2>", unescape(page)) == [
        ("GET", "/v1/models"),
        ("POST", "/v1/chat/completions"),
        ("POST", "/api/ask"),
        ("GET", "/api/search"),
    ]
    rows = [
        re.findall(r"<t[hd][^>]*>(?:<code>)?(.*?)(?:</code>)?</t[hd]>", row)
        for row in re.findall(r"<tr>(.*?)</tr>", unescape(page))
    ]
    assert rows[1][:3] == ["model", "string", "hoi-bao"]
    assert rows[2][:3] == ["messages", "[{role, content}]", "bắt buộc"]
    assert ["k", "integer 1–100", "10", "Số đoạn."] in rows
    assert ["from", "date", "", "Chỉ lấy bài từ ngày này."] in rows
    assert ["llm", "boolean", "true"] in [row[:3] for row in rows]


def test_it_loads_nothing_but_our_stylesheets(client: TestClient) -> None:
    page = client.get("/api").text
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="([^"?]*)', page) == [
        *re.findall(r'href="(/hoibao/[a-z]+\.css)', page),
        "/", "/thu-vien", "/so-lieu", "/cai-dat", "/api/openapi.json",
    ]  # fmt: skip


def test_the_examples_work(client: TestClient) -> None:
    code = examples(client.get("/api").text)
    assert list(code) == [
        "/v1/models curl",
        "/v1/models Thư viện openai của Python",
        "/v1/chat/completions curl",
        "/v1/chat/completions Thư viện openai của Python",
        "/api/ask curl",
        "/api/search curl",
    ]
    for path in ("/v1/chat/completions", "/api/ask"):
        address, body = re.search(r" (http\S+) \\\n  -d '(.*)'", code[f"{path} curl"], re.DOTALL).groups()  # type: ignore[union-attr]
        assert address == f"http://127.0.0.1:7860{path}"
        assert client.post(address, json=json.loads(body)).status_code == 200
    for title, example in code.items():
        if "openai" in title:
            compile(example, title, "exec")
            assert 'OpenAI(base_url="http://127.0.0.1:7860/v1", api_key="-")' in example


def test_a_reader_with_a_name_is_shown_how_to_send_it(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    page = reference.page(described, "https://toasoan.example", "Lan <b>", "")
    code = examples(page)
    assert code["/v1/models curl"] == "curl -u 'Lan <b>' https://toasoan.example/v1/models"
    assert 'api_key="Lan <b>:…"' in code["/v1/models Thư viện openai của Python"]
    assert "<b>" not in page
