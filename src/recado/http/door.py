"""The connections of a process: none may keep its place without saying what it wants.

uvicorn waits for ever for the rest of a head or a body. Here a head has HEAD_SECONDS, and a body
must go on at SLOWEST_BYTES_PER_SECOND; an address has a bound of open connections, beyond which the
one that has kept us waiting for longest makes room. Looked at once a second, so that a request pays
for no timer of its own.

An answer's head and body leave in one write. uvicorn writes them apart, and uvloop hands each write
to the system at once: two calls and two packets for every short answer, which took a tenth of a
webhook's time.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from recado.errors import TooManyRequests
from recado.http.problems import problem_response

#: So much is written at once, so that the transport can tell who streams to slow down.
MOST_BYTES = 16 * 1024


class OneWriteProtocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(OneWriteTransport(transport, self.loop))


class OneWriteTransport(asyncio.Transport):
    """Writes to `transport`, at the end of a round of the event loop, what was written in it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held += data
        if len(self._held) > MOST_BYTES:
            self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()


HEAD_SECONDS = 10.0
#: A body's pace is measured over this long.
PACE_SECONDS = 10.0
SLOWEST_BYTES_PER_SECOND = 500
MOST_HEAD_BYTES = 64 * 1024
LOOK_SECONDS = 1.0

Network = IPv4Network | IPv6Network


def read_networks(text: str) -> list[Network]:
    """Addresses and networks, with commas between. Raises ValueError."""
    return [ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip()]


class Door:
    """`trusted`: proxies, of which each speaks for many; those are told apart by what it says.
    `report` is told why a connection was closed."""

    def __init__(
        self,
        most_per_address: int,
        trusted: Sequence[Network] = (),
        *,
        report: Callable[[str], None] = lambda why: None,
        head_seconds: float = HEAD_SECONDS,
        pace_seconds: float = PACE_SECONDS,
    ) -> None:
        self._most = most_per_address
        self._trusted = trusted
        self._report = report
        self.head_seconds = head_seconds
        self.pace_seconds = pace_seconds
        self._open: dict[str, dict[DoorProtocol, None]] = defaultdict(dict)
        self._requests: Counter[str] = Counter()
        self._looking: asyncio.TimerHandle | None = None

    def protocol(self) -> type[OneWriteProtocol]:
        """uvicorn's protocol, for connections through this door."""
        return type("Protocol", (DoorProtocol,), {"door": self})

    def enter(self, connection: DoorProtocol) -> bool:
        """False: the address has too many already, and all of them are at work."""
        if self._looking is None:
            self._looking = connection.loop.call_later(LOOK_SECONDS, self._look, connection.loop)
        whose = self._open[self._address_of(connection)]
        whose[connection] = None
        if len(whose) <= self._most or self._is_trusted(connection.address):
            return True
        waiting = [it for it in whose if it is not connection and it.keeps_waiting]
        if waiting:
            self._report("too_many_connections")
            min(waiting, key=lambda it: it.waits_since).let_go(b"408 Request Timeout")
        return bool(waiting)

    def leave(self, connection: DoorProtocol) -> None:
        address = self._address_of(connection)
        whose = self._open.get(address, {})
        whose.pop(connection, None)
        if not whose:
            self._open.pop(address, None)

    def bounded(self, app: ASGIApp) -> ASGIApp:
        """`app`, with the same bound for requests that come through trusted proxies."""
        if not self._trusted:
            return app

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            client = scope.get("client")
            address = _group(client[0]) if client else ""
            if self._requests[address] >= self._most and not self._is_trusted(address):
                self._report("too_many_connections")
                refusal = TooManyRequests("This address has too many requests under way.")
                await problem_response(refusal, str(scope.get("trace_id", "")))(
                    scope, receive, send
                )
                return
            self._requests[address] += 1
            try:
                await app(scope, receive, send)
            finally:
                self._requests[address] -= 1
                if not self._requests[address]:
                    del self._requests[address]

        return serve

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looking = loop.call_later(LOOK_SECONDS, self._look, loop) if self._open else None
        moment = loop.time()
        for connection in [it for whose in self._open.values() for it in whose]:
            if why := connection.look(moment):
                self._report(why)

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._trusted)

    @staticmethod
    def _address_of(connection: DoorProtocol) -> str:
        return _group(connection.address)


class DoorProtocol(OneWriteProtocol):
    """One connection. `waits_since` is when a head or a body began that is not here yet."""

    door: Door
    _head_since: float | None = None
    _head_bytes = 0
    _body_since: float | None = None
    _body_bytes = 0

    @property
    def address(self) -> str:
        return self.client[0] if self.client else ""

    @property
    def waits_since(self) -> float:
        return self._head_since or self._body_since or 0.0

    @property
    def keeps_waiting(self) -> bool:
        """Is there something to come, and nothing that is being answered whole?"""
        return self._head_since is not None or self._body_since is not None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._head_since = self.loop.time()
        if not self.door.enter(self):
            self.door.leave(self)
            self.let_go(b"503 Service Unavailable")

    def connection_lost(self, exc: Exception | None) -> None:
        self.door.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_since is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self.let_go(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_since is None:
            self._head_since = self.loop.time()
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._head_since = None
        self._body_since, self._body_bytes = self.loop.time(), 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._body_since = None
        super().on_message_complete()

    def look(self, moment: float) -> str:
        """Let go of a connection that has kept us waiting for too long: why, or ""."""
        if self._body_since is not None:
            return self._look_at_body(moment)
        if not self._is_answered:
            if self._head_since is not None:  # the next one's, which waits for this answer
                self._head_since = moment
        elif self._head_since is None:
            if self.timeout_keep_alive_task is None:  # it sent something that begins no request
                self._head_since = moment
        elif moment - self._head_since > self.door.head_seconds:
            self.let_go(b"408 Request Timeout")
            return "slow_head"
        return ""

    def _look_at_body(self, moment: float) -> str:
        since = self._body_since or moment
        if self.flow.read_paused:  # by us
            self._body_since, self._body_bytes = moment, 0
        elif moment - since > self.door.pace_seconds:
            if self._body_bytes < SLOWEST_BYTES_PER_SECOND * (moment - since):
                self.let_go()
                return "slow_body"
            self._body_since, self._body_bytes = moment, 0
        return ""

    @property
    def _is_answered(self) -> bool:
        """Whether no request is being worked on."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def let_go(self, status: bytes = b"") -> None:
        """Close it, with a `status` where nothing else is being answered."""
        if self.transport.is_closing():
            return
        if status and self._is_answered:
            self.transport.write(
                b"HTTP/1.1 %b\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 5\r\n\r\n"
                % status
            )
        self.transport.close()


def _group(address: str) -> str:
    """What counts as one address: of IPv6 the network that one customer has."""
    if ":" not in address:
        return address
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped) if mapped else str(ip_network((found.packed[:8] + bytes(8), 64)))
