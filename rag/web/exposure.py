"""Who can reach the server, this machine alone or others as well, and who sits at it."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any
from urllib.parse import urlsplit

from rag.errors import ServeError
from rag.settings import Settings
from rag.web import passwords

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # addresses to listen on, by which nobody calls
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)


def check_exposure(settings: Settings) -> None:
    """Raises ServeError when machines other than this one could read without a password.

    A further host name says that they can, even when a proxy on this machine is all that listens to them.
    """
    for name in settings.host_names:
        if not _HOST_NAME.fullmatch(name) and _address(name) is None:
            raise ServeError("web.bad_host_name", name=name)
    if settings.passwords:
        passwords.read(settings.passwords)
    elif settings.host_names or not _leads_here(settings.host):
        raise ServeError("web.needs_passwords", host=(*settings.host_names, settings.host)[0])


def _leads_here(host: str) -> bool:
    """Whether nobody but this machine can call `host`; one that is no address at all is for `listen`."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM) if host else []
    except OSError:
        return True
    addresses = [str(address[0]).partition("%")[0] for *_, address in found]
    return bool(addresses) and all(ipaddress.ip_address(address).is_loopback for address in addresses)


def is_local(request: Any) -> bool:
    """Whether the reader sits at the machine that serves the page. `request` is Starlette's or Gradio's.

    The address alone would not tell: behind a proxy on this machine everybody comes from here, but calls it
    by another name.
    """
    called = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    return bool(request.client) and _is_loopback(request.client.host) and _is_loopback(called)


def _is_loopback(host: str) -> bool:
    """As it is written: what a stranger calls us by is not looked up."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def allowed_hosts(settings: Settings) -> list[str]:
    """What a browser may call us: this machine, the address we listen on, the names we were given."""
    given = [settings.host, *settings.host_names]
    named = [f"[{host}]" if ":" in host else host.lower() for host in given if host not in EVERYWHERE]
    return list(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", *named]))
