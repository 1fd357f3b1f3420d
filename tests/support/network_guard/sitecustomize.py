"""Nothing that a test starts may leave this host: a guard on Python's own audit events.

Python raises an audit event (PEP 578) before each `connect`, `sendto` and name look-up of its
`socket` module; the hook refuses those whose target is not loopback. It holds for asyncio, for
aiohttp and for every library that uses Python's sockets, and cannot be taken off again.

This file is called sitecustomize because Python imports a module of that name at start: with this
folder on PYTHONPATH (tests/conftest.py puts it there) each Python process that a test starts is
guarded as well. A refusal raises in the process where it happens and is written to a report, so
that the test fails even when the application swallowed the error or ran elsewhere.

Limits: sockets that are opened outside Python's socket module are not seen. uvloop opens its own
in `create_connection` (used by asyncpg and httpx) and resolves names itself; its `sock_connect`,
which aiohttp uses, is seen. Chromium is held back by `CHROMIUM_ARGUMENTS`. A process started with
`python -I` or with an environment of its own has no guard.

Only the standard library is imported here, and as little as can be: every child pays for it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

REPORT_VARIABLE = "RECADO_TEST_NETWORK_REPORT"

_WITH_SOCKET_FIRST = ("socket.connect", "socket.sendto", "socket.sendmsg")
_WITH_HOST_FIRST = ("socket.getaddrinfo", "socket.gethostbyname")


class NetworkBlocked(Exception):
    """A test, or what it started, tried to reach beyond this host.

    Not an OSError on purpose: code that retries a failed connection must not mistake it for one.
    """


def _as_text(host: object) -> str:
    """What Python's socket functions take as a host, as text; None is the wildcard address."""
    if isinstance(host, bytes | bytearray):
        return host.decode("ascii", "replace")
    return "" if host is None else str(host)


def _is_address(host: str) -> bool:
    """Whether looking `host` up needs no network: it is an address already."""
    return ":" in host or host.replace(".", "").isdigit()


def _is_local(host: str) -> bool:
    """Whether `host`, a name or an address, is this very machine."""
    name = host.lower().partition("%")[0].removeprefix("::ffff:")
    return (
        name in ("", "localhost", "::1", "::", "0.0.0.0")  # noqa: S104 (compared, not bound)
        or (name.startswith("127.") and _is_address(name))
        or name.endswith(".localhost")
    )


def _refuse(what: str) -> None:
    if path := os.environ.get(REPORT_VARIABLE):
        with open(path, "a", encoding="utf-8") as report:  # noqa: PTH123 (pathlib costs start-up)
            report.write(what + "\n")
    raise NetworkBlocked(f"{what}: tests stay on this host; point the client at a local double")


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in _WITH_SOCKET_FIRST:
        address = arguments[1]
        # Internet addresses are tuples; a path is a Unix socket, and None an established peer.
        if isinstance(address, tuple) and not _is_local(_as_text(address[0])):
            _refuse(f"{event.removeprefix('socket.')} {address[0]}:{address[1]}")
    elif event in _WITH_HOST_FIRST:
        host = _as_text(arguments[0])
        if not (_is_local(host) or _is_address(host)):
            _refuse(f"look up {host}")


def install() -> None:
    """Guard this process from now on."""
    sys.addaudithook(_hook)


if os.environ.get(REPORT_VARIABLE):
    install()
