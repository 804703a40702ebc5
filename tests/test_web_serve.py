from __future__ import annotations

import inspect
import socket
import threading
import urllib.request
from contextlib import AbstractContextManager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from web_fakes import ScriptedAssistant, ScriptedLibrary, scripted_library

from rag.errors import ServeError
from rag.settings import Settings
from rag.web.serve import listen, serve, without_stubs


def test_port_in_use_names_the_cure_before_anything_is_loaded() -> None:
    loaded: list[bool] = []

    def load() -> AbstractContextManager[ScriptedLibrary]:
        loaded.append(True)
        return scripted_library(ScriptedAssistant())

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServeError) as raised:
            serve(load, replace(Settings(), port=port))
    assert str(raised.value) == (
        f"Cổng {port} đang được chương trình khác dùng. Hãy chọn cổng khác: hoibao serve --port {port + 1}"
    )
    assert loaded == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_every_address_at_once_is_refused(host: str) -> None:
    with pytest.raises(ServeError) as raised:
        listen(host, 0)
    assert raised.value.key == "web.wildcard_host"


def test_impossible_address_is_named() -> None:
    with pytest.raises(ServeError) as raised:
        listen("192.0.2.1", 7860)
    assert raised.value.key == "web.bad_address"
    assert "192.0.2.1 cổng 7860" in str(raised.value)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_impossible_port_is_named(port: int) -> None:
    with pytest.raises(ServeError) as raised:
        listen("127.0.0.1", port)
    assert raised.value.key == "web.bad_port"


def test_serves_announces_and_opens_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    import webbrowser

    import uvicorn

    opened: list[str] = []
    pages: list[str] = []
    servers: list[uvicorn.Server] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    start = uvicorn.Server.startup

    async def remember(self: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        servers.append(self)
        await start(self, sockets=sockets)

    monkeypatch.setattr(uvicorn.Server, "startup", remember)

    def visit(url: str) -> None:
        def get() -> None:
            with urllib.request.urlopen(url, timeout=10) as response:
                pages.append(response.read().decode())
            servers[0].should_exit = True

        threading.Thread(target=get).start()

    serve(ScriptedAssistant(), replace(Settings(), port=0), open_browser=True, announce=visit)
    assert opened == [f"http://127.0.0.1:{urlsplit(opened[0]).port}"]
    assert "gradio-app" in pages[0]


def test_gradio_writes_no_stubs_while_it_is_imported() -> None:
    component = type("Box", (), {"__module__": "gradio.components.box"})
    other = type("Box", (), {"__module__": __name__})
    with without_stubs():
        with pytest.raises(OSError):  # noqa: PT011  # what Gradio catches
            inspect.getfile(component)
        assert inspect.getfile(other) == __file__
        assert inspect.getfile(inspect) == inspect.__file__
    with pytest.raises(TypeError):  # as ever: there is no such module
        inspect.getfile(component)
