from __future__ import annotations

import base64
import hashlib

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from rag.web.security import allowed_hosts, policy, protect

INLINE = "window.x = 1;"
HTML = f'<html><script src="/a.js"></script><script>{INLINE}</script><script type=module>2</script></html>'


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.get("/")(lambda: HTMLResponse(HTML))
    app.get("/thu-vien")(lambda: HTMLResponse(HTML))
    app.get("/article")(lambda: HTMLResponse(HTML))
    protect(app, "127.0.0.1")
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


def test_allowed_hosts() -> None:
    assert allowed_hosts("127.0.0.1") == ["127.0.0.1", "localhost", "[::1]"]
    assert allowed_hosts("::1") == ["127.0.0.1", "localhost", "[::1]"]
    assert allowed_hosts("192.168.1.10") == ["127.0.0.1", "localhost", "[::1]", "192.168.1.10"]
