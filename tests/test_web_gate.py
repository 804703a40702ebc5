from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from typing import Any

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from rag.web.gate import AT_ONCE, Gate, _address, credentials, reader_of
from rag.web.passwords import Hashed

SECRET = "mười hai: con giáp"


class Tried(Hashed):
    """Counts how often it is hashed, and does so at once."""

    tries = 0

    def fits(self, password: str) -> bool:
        type(self).tries += 1
        return password == SECRET


@pytest.fixture
def known() -> dict[str, Hashed]:
    Tried.tries = 0
    return {"Lan Tú": Tried(1, 1, 1, b"", b"")}


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def app(known: dict[str, Hashed], pauses: list[float]) -> FastAPI:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    app = FastAPI()

    @app.get("/{path:path}")
    def show(request: Request, path: str) -> dict[str, str]:
        return {"reader": reader_of(request), "path": path}

    app.add_middleware(Gate, passwords=lambda: known, pause=pause)
    return app


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:7860")


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def nothing() -> None:
    """A route that has nothing to say."""


def as_sent(header: str) -> Mapping[str, bytes]:
    return {"authorization": header.encode()}


RIGHT = basic("Lan Tú", SECRET)


@pytest.mark.parametrize("header", [RIGHT, f"Bearer Lan Tú:{SECRET}", f"bearer  Lan Tú:{SECRET}"])
def test_the_right_password_comes_in_by_name(client: TestClient, header: str) -> None:
    response = client.get("/bất-kỳ", headers=as_sent(header))  # type: ignore[arg-type]  # httpx takes bytes
    assert (response.status_code, response.json()["reader"]) == (200, "Lan Tú")


@pytest.mark.parametrize(
    "header",
    [
        "", "Basic", "Basic ???", "Basic " + base64.b64encode(b"\xff\xfe:x").decode(), "Bearer sk-1234",
        "Digest x", basic("Lan Tú", "sai bét"), basic("ai đó", SECRET), basic("", ""), basic("Lan Tú", ""),
        "Basic " + "A" * 4096,
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/thu-vien", "/article", "/hoibao/chat.css", "/gradio_api/queue/join"])
def test_everything_else_stays_outside(client: TestClient, header: str, path: str) -> None:
    response = client.get(path, headers=as_sent(header))  # type: ignore[arg-type]  # httpx takes bytes
    assert (response.status_code, response.headers["www-authenticate"]) == (
        401,
        'Basic realm="Hoi Bao", charset="UTF-8"',
    )
    assert response.text == (
        "Trang này cần tên và mật khẩu đúng. Người quản lý máy tạo bằng lệnh: hoibao password TÊN"
    )


def test_programs_are_told_in_json(client: TestClient) -> None:
    assert client.get("/v1/models").json()["error"]["code"] == 401


def test_websockets_stay_outside_too(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as raised, client.websocket_connect("/ws"):
        pass
    assert raised.value.code == 1008


def test_a_header_is_hashed_once_and_forgotten_with_its_password(
    client: TestClient, known: dict[str, Hashed]
) -> None:
    for _ in range(5):
        assert client.get("/", headers={"authorization": RIGHT}).status_code == 200
    assert Tried.tries == 1
    known["Lan Tú"] = Tried(2, 1, 1, b"", b"")
    assert client.get("/", headers={"authorization": RIGHT}).status_code == 200
    assert Tried.tries == 2
    del known["Lan Tú"]
    assert client.get("/", headers={"authorization": RIGHT}).status_code == 401


def test_wrong_tries_are_answered_later_and_later_until_a_right_one(
    client: TestClient, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(7):
            client.get("/", headers={"authorization": basic("Lan Tú", "đoán mò 123")})
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 16.0]
    assert "testclient, 7 in a row" in caplog.text
    assert "đoán" not in caplog.text
    assert "Lan" not in caplog.text
    client.get("/", headers={"authorization": RIGHT})
    client.get("/", headers={"authorization": basic("Lan Tú", "đoán mò 123")})
    assert pauses[-1] == 0.5


def test_the_tries_of_one_address_do_not_hold_up_another(known: dict[str, Hashed]) -> None:
    async def run() -> tuple[list[int], int]:
        released = asyncio.Event()

        async def pause(seconds: float) -> None:
            await released.wait()

        app = FastAPI()
        app.get("/")(nothing)
        gate = Gate(app, lambda: known, pause)

        async def ask(address: str, header: str) -> int:
            transport = httpx.ASGITransport(gate, client=(address, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return (await client.get("/", headers={"authorization": header})).status_code

        guesses = [
            asyncio.create_task(ask("192.0.2.1", basic("Lan Tú", f"đoán {number}")))
            for number in range(AT_ONCE + 4)
        ]
        while sum(guess.done() for guess in guesses) < 4:  # those beyond what may wait
            await asyncio.sleep(0)
        status = await ask("192.0.2.2", RIGHT)
        released.set()
        return sorted(await asyncio.gather(*guesses)), status

    assert asyncio.run(run()) == ([401] * AT_ONCE + [429] * 4, 200)


def test_simultaneous_first_requests_of_a_browser_are_hashed_once(known: dict[str, Hashed]) -> None:
    async def run() -> list[int]:
        app = FastAPI()
        app.get("/")(nothing)
        transport = httpx.ASGITransport(Gate(app, lambda: known))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            asked = [client.get("/", headers={"authorization": RIGHT}) for _ in range(8)]
            return [response.status_code for response in await asyncio.gather(*asked)]

    assert asyncio.run(run()) == [200] * 8
    assert Tried.tries == 1


def test_without_a_gate_nobody_has_a_name() -> None:
    assert reader_of(Request({"type": "http"})) == ""
    assert reader_of(None) == ""


def test_credentials_are_split_at_the_first_colon_and_composed() -> None:
    assert credentials(basic("Lan Tu\u0301", "a:b")) == ("Lan Tú", "a:b")
    assert credentials("Basic " + base64.b64encode(b"khong co gi").decode()) is None


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("192.0.2.9", 5), "192.0.2.9"),
        (("2001:db8:1:2:3::4", 5), "2001:db8:1:2::/64"),
        (None, ""),
    ],
)
def test_a_network_of_one_subscriber_is_one_address(client: Any, counted: str) -> None:
    assert _address({"type": "http", "client": client}) == counted


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # Gradio's queue
def test_gradio_s_queue_knows_the_reader(known: dict[str, Hashed]) -> None:
    async def who(request: gr.Request) -> str:
        return reader_of(request)

    async def run() -> (
        str
    ):  # Gradio's parts are made inside the loop: outside, it makes loops and leaves them
        with gr.Blocks(analytics_enabled=False) as blocks:
            blocks.load(who, None, gr.Textbox())
        app = gr.mount_gradio_app(FastAPI(), blocks, path="/")
        transport = httpx.ASGITransport(Gate(app, lambda: known))
        headers = {"authorization": RIGHT}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client,
        ):
            joined = {"data": [], "fn_index": 0, "session_hash": "ab12"}
            assert (await client.post("/gradio_api/queue/join", json=joined)).status_code == 200
            told = await client.get("/gradio_api/queue/data", params={"session_hash": "ab12"})
            return told.text

    assert '"data":["Lan Tú"]' in asyncio.run(run())
