from __future__ import annotations

import base64
import hashlib

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.testclient import TestClient

from rag.settings import Settings
from rag.web.security import policy, protect

INLINE = "window.x = 1;"
HTML = f'<html><script src="/a.js"></script><script>{INLINE}</script><script type=module>2</script></html>'


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.get("/")(lambda: HTMLResponse(HTML))
    app.get("/thu-vien")(lambda: HTMLResponse(HTML))
    app.get("/article")(lambda: HTMLResponse(HTML))
    for path in ("/gradio_api/{path:path}", "/v1/chat/completions"):
        app.api_route(path, methods=["GET", "POST"])(lambda: HTMLResponse(HTML))
    app.get("/hoibao/chat.css")(lambda: PlainTextResponse("", headers={"cache-control": "max-age=60"}))
    protect(app, Settings())
    return TestClient(app, base_url="http://127.0.0.1:7860")


def sha(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_policy_exactly() -> None:
    assert policy([b"1"]) == (
        f"default-src 'self'; script-src 'self' 'unsafe-eval' {sha('1')}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    )


def test_policy_names_no_foreign_origin_and_allows_no_inline_script() -> None:
    assert "http" not in policy()
    assert "*" not in policy()
    assert "script-src 'self' 'unsafe-eval';" in policy()


@pytest.mark.parametrize("page", ["/", "/thu-vien"])
def test_page_runs_its_own_inline_scripts_only(client: TestClient, page: str) -> None:
    response = client.get(page)
    assert response.text == HTML
    assert response.headers["content-security-policy"] == policy([INLINE.encode(), b"2"])


def test_other_documents_run_no_inline_script(client: TestClient) -> None:
    assert client.get("/article").headers["content-security-policy"] == policy()


@pytest.mark.parametrize("path", ["/", "/article", "/missing"])
def test_headers_on_every_response(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7860", 200),
        ("localhost:7860", 200),
        ("LOCALHOST", 200),
        ("[::1]:7860", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost.evil.example:7860", 400),
        ("", 400),
    ],
)
def test_only_our_own_names_are_answered(client: TestClient, host: str, status: int) -> None:
    assert client.get("/", headers={"host": host}).status_code == status


OWN = {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:7860"}
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, 200),  # a program
        ("POST", OWN, 200),
        ("GET", OWN, 200),
        ("GET", {"sec-fetch-site": "none"}, 200),  # typed
        ("GET", LINK, 200),
        ("POST", LINK, 403),
        ("POST", {"origin": "http://evil.example"}, 403),
        ("POST", {"origin": "null"}, 403),
        ("POST", {"origin": "http://127.0.0.1:8000"}, 403),
        ("POST", {"origin": "http://localhost:7860"}, 403),
        ("GET", {"origin": "http://evil.example"}, 403),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),  # an image
        ("GET", {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, 403),  # of another port
        ("GET", {**LINK, "sec-fetch-dest": "iframe"}, 403),
    ],
)
def test_other_sites_use_nothing_of_ours(
    client: TestClient, method: str, headers: dict[str, str], status: int
) -> None:
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/v1/chat/completions"):
        assert client.request(method, path, headers=headers).status_code == status


def test_a_program_is_told_in_the_form_of_its_api(client: TestClient) -> None:
    response = client.post("/v1/chat/completions", headers={"origin": "http://evil.example"})
    assert response.json()["error"] == {
        "message": "Yêu cầu đến từ trang http://evil.example; chỉ nhận từ chính máy chủ này.",
        "type": "invalid_request_error",
        "param": None,
        "code": 403,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("queue/join", 200),
        ("queue/data?session_hash=1", 200),
        ("heartbeat/ab12", 200),
        ("run/predict", 200),
        ("upload", 404),
        ("upload_progress", 404),
        ("file=/etc/passwd", 404),
        ("file=http://evil.example/x", 404),
        ("file=%68ttp://evil.example/x", 404),
        ("%66ile=/etc/passwd", 404),
        ("proxy=http://evil.example/x", 404),
        ("../gradio_api/queue/../upload", 404),
        ("heartbeat/../upload", 404),
        ("info", 404),
        ("queue/joined", 404),
        ("component_server", 404),
        ("vibe-edit", 404),
        ("run-history/connect", 404),
        ("call/ask", 404),
        ("", 404),
    ],
)
def test_of_gradio_s_routes_those_that_pages_use(client: TestClient, path: str, status: int) -> None:
    assert client.get(f"/gradio_api/{path}").status_code == status


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-store"),
        ("/article", "no-store"),
        ("/missing", "no-store"),
        ("/hoibao/chat.css", "max-age=60"),
    ],
)
def test_what_was_read_is_in_no_cache(client: TestClient, path: str, kept: str) -> None:
    headers = client.get(path).headers
    assert (headers["cache-control"], headers["x-robots-tag"]) == (kept, "noindex, nofollow")
