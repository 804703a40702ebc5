"""Who may call the server, and what its pages may load: nothing that does not come from itself.

`TrustedHostMiddleware` refuses foreign host names (a page of another site that points its own name at
127.0.0.1, DNS rebinding), `SameOrigin` what pages of other sites have their readers' browsers send here,
`OwnRoutes` what Gradio can do and we do not use, such as fetching addresses. The content security policy
lets no script run but Gradio's files and the inline scripts of Gradio's own page, named by their hashes:
markup smuggled into an article cannot run or load anything even if it were ever left unescaped.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.settings import Settings
from rag.texts import text
from rag.web.exposure import allowed_hosts
from rag.web.gate import Gate, refusal
from rag.web.linked import first_script
from rag.web.masthead import ADDRESSES
from rag.web.passwords import Passwords

PAGES = frozenset(ADDRESSES.values())  # the documents whose inline scripts are Gradio's and may run

HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex, nofollow",
}
KEPT = ("/hoibao/", "/assets/", "/static/", "/theme.css", "/favicon.ico")  # by browsers; articles are not

GRADIO = "/gradio_api/"
USED = re.compile(r"(queue/(join|data)|run/predict|heartbeat/\w+|cancel|reset)/?")
"""Gradio's routes, below `GRADIO`, that our pages use. Not `upload`, which knows no types and counts, and not
`file=` and `proxy=`, which fetch addresses: nothing of ours talks to the network."""

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def protect(app: FastAPI, settings: Settings) -> None:
    """Puts the guards in front of every route of `app`; the last one added is asked first.

    Raises ServeError when the file of passwords that `settings` name cannot be used.
    """
    if settings.passwords:
        app.add_middleware(Gate, passwords=Passwords(settings.passwords))
    app.add_middleware(OwnRoutes)
    app.add_middleware(SameOrigin)
    app.add_middleware(SecurityHeaders, first=first_script().encode())
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(settings), www_redirect=False)


def policy(inline_scripts: Iterable[bytes] = ()) -> str:
    """The Content-Security-Policy of a document that holds these inline scripts.

    Gradio's components are small templates compiled in the browser ('unsafe-eval') and style themselves
    inline; neither lets markup run a script.
    """
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s).digest()).decode()}'" for s in inline_scripts]
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self' 'unsafe-eval'", *hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


class SameOrigin:
    """Refuses what other sites have their readers' browsers send: a browser says for whom it asks.

    Links are followed. Programs that are not browsers say nothing and are not concerned.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        site = _foreign(scope) if scope["type"] == "http" else None
        if site is None:
            await self.app(scope, receive, send)
        else:
            await refusal(scope, 403, text("web.api_foreign", origin=site))(scope, receive, send)


def _foreign(scope: Scope) -> str | None:
    """The other site that a request is made for; None when there is none."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None:
        return None if urlsplit(origin).netloc == headers.get("host") else origin
    relation = headers.get("sec-fetch-site", "none")  # also of images, frames and the like
    followed = scope["method"] == "GET" and (
        (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    )
    return None if relation in {"none", "same-origin"} or followed else relation


class OwnRoutes:
    """404 for those of Gradio's routes that no page of ours uses."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith(GRADIO) and not USED.fullmatch(path.removeprefix(GRADIO)):
            await refusal(scope, 404, text("web.no_route", path=path))(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class SecurityHeaders:
    """Adds the headers to every response, and to the pages our `first` script.

    Plain ASGI, so that streams pass through untouched.
    """

    def __init__(self, app: ASGIApp, first: bytes) -> None:
        self.app = app
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] in PAGES and scope["method"] in {"GET", "HEAD"}:
            await self.app(_uncompressed(scope), receive, _Page(send, self._first))
        else:
            await self.app(scope, receive, _with_headers(send, keep=scope["path"].startswith(KEPT)))


def _with_headers(send: Send, keep: bool) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            _secure(message, keep)
        await send(message)

    return wrapped


def _secure(start: Message, keep: bool, scripts: Iterable[bytes] = ()) -> None:
    """Adds the headers; what was read here is in no cache unless it may be kept."""
    headers = MutableHeaders(scope=start)
    stricter = headers.get("content-security-policy")  # of a route that allows even less: both hold
    rules = policy(scripts) if stricter is None else f"{policy(scripts)}, {stricter}"
    headers.update({**HEADERS, "content-security-policy": rules})
    if not keep:
        headers["cache-control"] = "no-store"


def _uncompressed(scope: Scope) -> Scope:
    """The page is read for its scripts on the way out, so it must not be compressed yet."""
    return {**scope, "headers": [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]}


class _Page:
    """Holds the page back until it is whole: its scripts decide its policy, which is sent first."""

    def __init__(self, send: Send, first: bytes) -> None:
        self._send = send
        self._first = first
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        whole = self._body.replace(b"<head>", b"<head>" + self._first, 1)
        _secure(self._start, keep=False, scripts=_INLINE_SCRIPT.findall(whole))
        MutableHeaders(scope=self._start)["content-length"] = str(len(whole))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": whole})
