"""Who may read: nobody without a name and a password, once there is a file of passwords.

HTTP's Basic, because every browser, curl and reverse proxy knows it and no page of ours has to be open to
strangers. Programs that can only send a key, such as clients of OpenAI's API, send `name:password` as it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import logging
import os
import unicodedata
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.texts import text
from rag.web.passwords import Hashed

log = logging.getLogger(__name__)

CHALLENGE = 'Basic realm="Hoi Bao", charset="UTF-8"'
LONGEST_HEADER = 2_048  # bytes; the longest name and password take less
REMEMBERED = 1_024  # headers that need not be hashed again
ADDRESSES = 1_024  # whose wrong tries are counted
AT_ONCE = 16  # tries of one address that wait for each other; a browser opens six connections
HASHING = 2  # tries that are hashed at the same time, 32 MiB each
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 16.0  # seconds after the first wrong try, doubled with each


def reader_of(request: Any) -> str:
    """The name the reader came in with; "" when there is no file of passwords.

    `request` is Starlette's or Gradio's, also in an event that has waited in Gradio's queue.
    """
    return str(getattr(getattr(request, "state", None), "reader", ""))


@dataclass(slots=True)
class Tries:
    """The wrong tries of one address; they take place one after another."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    wrong: int = 0


class Gate:
    """Plain ASGI, so that streams pass through untouched. The name goes to `request.state.reader`."""

    def __init__(
        self,
        app: ASGIApp,
        passwords: Callable[[], Mapping[str, Hashed]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`passwords` is asked at every request; `pause` waits for so many seconds."""
        self.app = app
        self._passwords = passwords
        self._pause = pause
        self._nobody = Hashed.of("")  # hashed for unknown names, so that they take as long
        self._key = os.urandom(32)
        self._remembered: OrderedDict[bytes, tuple[str, Hashed]] = OrderedDict()
        self._tries: OrderedDict[str, Tries] = OrderedDict()
        self._hashing = asyncio.Semaphore(HASHING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        header = Headers(scope=scope).get("authorization", "")
        reader = self._recall(header) or await self._try(header, _address(scope))
        if reader:
            scope.setdefault("state", {})["reader"] = reader
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            status = 401 if reader is None else 429
            message = text("web.password_needed" if status == 401 else "web.password_slow")
            headers = {"www-authenticate": CHALLENGE} if status == 401 else {"retry-after": "20"}
            await refusal(scope, status, message, headers)(scope, receive, send)

    def _recall(self, header: str) -> str | None:
        """The name of a header that has been tried before, as long as its password is still the same."""
        remembered = self._remembered.get(self._mark(header))
        if remembered is None:
            return None
        name, hashed = remembered
        return name if self._passwords().get(name) == hashed else None

    def _mark(self, header: str) -> bytes:
        """What a header is remembered by: not even our memory holds passwords."""
        return hmac.digest(self._key, header.encode(), hashlib.sha256)

    async def _try(self, header: str, address: str) -> str | None:
        """The name when the password is right, None when it is not, "" when too many tries wait already."""
        said = credentials(header)
        if said is None:
            return None
        tries = self._tries_of(address)
        if tries.waiting >= AT_ONCE:
            return ""
        tries.waiting += 1
        try:
            async with tries.turn:
                return self._recall(header) or await self._hash(header, *said, tries, address)
        finally:
            tries.waiting -= 1

    async def _hash(self, header: str, name: str, password: str, tries: Tries, address: str) -> str | None:
        known = self._passwords().get(name)
        async with self._hashing:
            fits = await asyncio.to_thread((known or self._nobody).fits, password)
        if known is not None and fits:
            tries.wrong = 0
            self._remembered[self._mark(header)] = name, known
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
            return name
        tries.wrong += 1
        log.warning("wrong name or password from %s, %d in a row", address, tries.wrong)
        await self._pause(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries.wrong - 1, 10)))
        return None

    def _tries_of(self, address: str) -> Tries:
        tries = self._tries.setdefault(address, Tries())
        self._tries.move_to_end(address)
        while len(self._tries) > ADDRESSES:
            self._tries.popitem(last=False)
        return tries


def credentials(header: str) -> tuple[str, str] | None:
    """Name and password of `Basic base64` or `Bearer name:password`; None when there are none to read."""
    if len(header) > LONGEST_HEADER:
        return None
    scheme, _, value = header.partition(" ")
    try:
        if scheme.lower() == "basic":
            said = base64.b64decode(value.strip(), validate=True).decode()
        elif scheme.lower() == "bearer":
            said = value.strip().encode("latin-1").decode()  # Starlette reads headers as Latin-1
        else:
            return None
    except (binascii.Error, ValueError):
        return None
    name, colon, password = said.partition(":")
    return (unicodedata.normalize("NFC", name), password) if colon else None


def _address(scope: Scope) -> str:
    """Whose tries are counted together: an IPv6 network of one subscriber is one address."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def refusal(scope: Scope, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """A request that is turned away: to programs in the form of OpenAI's API, to people in a line."""
    if scope["path"].startswith(("/v1/", "/api/")):
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": status}
        return JSONResponse({"error": error}, status, headers)
    return PlainTextResponse(message, status, headers)
