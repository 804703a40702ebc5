"""Address, port, uvicorn."""

from __future__ import annotations

import asyncio
import errno
import inspect
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from rag.errors import ServeError
from rag.settings import Settings
from rag.web.desk import ChatLibrary, Desk
from rag.web.exposure import EVERYWHERE, check_exposure

GRACE = 2  # seconds for open streams to end at shutdown


def serve(
    load: Callable[[], AbstractContextManager[ChatLibrary]],
    settings: Settings,
    *,
    open_browser: bool = False,
    announce: Callable[[str], None] = lambda url: None,
) -> None:
    """Serves the chat until interrupted. The page is up at once; `load` is
    entered in the background and left at the end.

    `announce` gets the address when the page answers. Raises ServeError when the address, the port or the
    file of passwords cannot be used, before anything heavy is loaded.
    """
    check_exposure(settings)
    listener = listen(settings.host, settings.port, everywhere=bool(settings.host_names))
    import uvicorn  # imported here, as is Gradio: slow, and the port is checked first

    with without_stubs():
        from rag.web.app import build_app

    host = settings.host_names[0] if settings.host in EVERYWHERE else settings.host
    host = f"[{host}]" if ":" in host else host
    url = f"http://{host}:{listener.getsockname()[1]}"

    def started() -> None:
        announce(url)
        if open_browser:
            import webbrowser  # imported here: only when asked for

            webbrowser.open(url)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                started()

    desk = Desk(load)

    async def run() -> None:  # the page is built inside the loop: outside, Gradio makes loops and leaves them
        config = uvicorn.Config(
            build_app(desk, settings), log_level="warning", timeout_graceful_shutdown=GRACE
        )
        await Server(config).serve(sockets=[listener])

    try:
        with suppress(KeyboardInterrupt):  # the ordinary way to end
            asyncio.run(run())
    finally:
        desk.close()
        listener.close()


@contextmanager
def without_stubs() -> Iterator[None]:
    """Gradio, imported in here, does not write stubs for editors, as it else does for each of its components
    at every import, much of the time that takes. It passes over a class whose file nobody knows.
    """
    ask = inspect.getfile

    def getfile(thing: Any) -> str:  # others import at the same time
        if isinstance(thing, type) and thing.__module__.partition(".")[0] == "gradio":
            raise OSError
        return ask(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = ask


def listen(host: str, port: int, *, everywhere: bool = False) -> socket.socket:
    """A bound socket. Raises ServeError with the cure when there cannot be one; `port` 0 is any free one.

    `everywhere`: all addresses of this machine at once may be meant.
    """
    if not host:
        raise ServeError("web.wildcard_host", host="0.0.0.0")  # noqa: S104  # refused, not bound
    if not 0 <= port <= 65_535:
        raise ServeError("web.bad_port", port=port)
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if str(address[0]) in EVERYWHERE and not everywhere:
            raise ServeError("web.wildcard_host", host=host)
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ServeError("web.bad_address", host=host, port=port, reason=error) from error
    try:
        if os.name == "posix":  # on Windows the option would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServeError("web.port_in_use", port=port, other=port + 1) from error
        raise ServeError("web.bad_address", host=host, port=port, reason=error) from error
    return listener
