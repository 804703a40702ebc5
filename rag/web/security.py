"""Who may call the server, and what its pages may load: nothing that does not come from itself.

`TrustedHostMiddleware` refuses foreign host names (a page of another site that points its own name at
127.0.0.1, DNS rebinding). The content security policy lets no script run but Gradio's files and the inline
scripts of Gradio's own page, named by their hashes: markup smuggled into an article cannot run or load
anything even if it were ever left unescaped.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.masthead import ADDRESSES

PAGES = frozenset(ADDRESSES.values())  # the documents whose inline scripts are Gradio's and may run

HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def protect(app: FastAPI, host: str) -> None:
    """Puts both guards in front of every route of `app`, which listens on `host`."""
    app.add_middleware(SecurityHeaders)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(host), www_redirect=False)


def allowed_hosts(host: str) -> list[str]:
    """Names a browser on this machine may use for us, and the address we were told to listen on."""
    own = f"[{host}]" if ":" in host else host
    return list(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", own]))


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


class SecurityHeaders:
    """Adds the headers to every response. Plain ASGI, so that streams pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] in PAGES and scope["method"] in {"GET", "HEAD"}:
            await self.app(_uncompressed(scope), receive, _Page(send))
        else:
            await self.app(scope, receive, _with_headers(send))


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update({**HEADERS, "content-security-policy": policy()})
        await send(message)

    return wrapped


def _uncompressed(scope: Scope) -> Scope:
    """The page is read for its scripts on the way out, so it must not be compressed yet."""
    return {**scope, "headers": [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]}


class _Page:
    """Holds the page back until it is whole: its scripts decide its policy, which is sent first."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        scripts = _INLINE_SCRIPT.findall(self._body)
        MutableHeaders(scope=self._start).update({**HEADERS, "content-security-policy": policy(scripts)})
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})
