"""A server of our own on a free loopback port, and a real Chromium that may talk to nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Page, Playwright, Request, sync_playwright
from web_fakes import ScriptedAssistant, SlowStart

from rag.settings import Settings
from rag.web.app import build_app
from rag.web.desk import Desk
from rag.web.serve import listen

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing else has an address
]
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 860}


@dataclass
class Served:
    """A running chat: its address, and the assistant and desk behind it."""

    url: str
    assistant: ScriptedAssistant
    desk: Desk


@pytest.fixture(scope="package")
def serve_chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Starts servers in threads, each with conversations of its own; all are stopped at the end."""
    stops: list[Callable[[], None]] = []

    def start(assistant: ScriptedAssistant, load: SlowStart | None = None, **settings: object) -> Served:
        kept = tmp_path_factory.mktemp("chat") / "conversations.db"
        chosen = replace(Settings(), **{"conversations": kept, **settings})  # type: ignore[arg-type]  # field names are the caller's
        listener = listen("127.0.0.1", 0)
        desk = Desk(load or assistant, max_waiting=3)
        servers: list[uvicorn.Server] = []

        async def run() -> None:  # builds the app inside the loop, as `serve` does
            app = build_app(desk, chosen)
            config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
            servers.append(uvicorn.Server(config))
            await servers[0].serve(sockets=[listener])

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()

        def stop() -> None:
            servers[0].should_exit = True
            thread.join(timeout=10)
            desk.close()
            listener.close()

        stops.append(stop)
        while not (servers and servers[0].started):
            time.sleep(0.02)
        return Served(f"http://127.0.0.1:{listener.getsockname()[1]}", assistant, desk)

    yield start
    for stop in stops:
        stop()


@pytest.fixture(scope="package")
def chat(serve_chat: Callable[..., Served]) -> Served:
    """The chat most tests talk to."""
    return serve_chat(ScriptedAssistant())


@pytest.fixture(scope="package")
def slow_start(serve_chat: Callable[..., Served]) -> tuple[Served, SlowStart]:
    """A chat whose models load until told otherwise."""
    assistant = ScriptedAssistant()
    load = SlowStart(assistant)
    return serve_chat(assistant, load), load


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def outside() -> list[str]:
    """Every request that would have left this machine."""
    return []


@pytest.fixture(scope="package")
def open_context(playwright: Playwright, outside: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser contexts in which any request beyond loopback fails and is recorded."""
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        pytest.fail("the browser suite needs Chromium: apt-get install chromium")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses to run as root
    flags = [*FLAGS, "--no-sandbox"] if as_root else FLAGS
    browser = playwright.chromium.launch(executable_path=executable, args=flags)

    def watch(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob", "file"} and address.hostname != "127.0.0.1":
            outside.append(request.url)

    def start(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "vi-VN", **options})  # type: ignore[arg-type]
        context.on("request", watch)
        context.set_default_timeout(8_000)
        return context

    yield start
    browser.close()


@pytest.fixture
def errors() -> list[str]:
    """What the browser's console called an error during this test."""
    return []


@pytest.fixture
def open_page(
    open_context: Callable[..., BrowserContext], outside: list[str], errors: list[str]
) -> Iterator[Callable[..., Page]]:
    """Opens pages as a person would; fails the test on a script error or a request beyond loopback."""
    contexts: list[BrowserContext] = []

    def start(url: str, **options: object) -> Page:
        contexts.append(open_context(**options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(url)
        page.locator("#hb-question textarea").wait_for()
        return page

    yield start
    for context in contexts:
        context.close()
    assert errors == []
    assert outside == []


@pytest.fixture
def page(chat: Served, open_page: Callable[..., Page]) -> Page:
    """The chat on a desktop, models loaded."""
    opened = open_page(chat.url)
    opened.locator('.hb-tagline[data-state="ready"]').wait_for()
    return opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Gradio counts its queue with what pandas is about to drop
            item.add_marker(pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"))
