"""A lean HTTP client for load: keep-alive connections, prepared requests, loopback only."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Timings:
    """What a load measured: seconds per request, and the whole."""

    latencies: list[float] = field(default_factory=list)
    elapsed: float = 0.0
    refused: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.elapsed if self.elapsed else 0.0

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


class Connection(asyncio.Protocol):
    """One keep-alive connection that takes one request at a time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.hostname not in LOOPBACK:
            raise ValueError("load goes to this machine only")
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answered: asyncio.Future[int] | None = None

    async def open(self) -> None:
        """Connect, unless it is connected: what a measurement had better not count."""
        if self._transport is None:
            loop = asyncio.get_running_loop()
            self._transport, _ = await loop.create_connection(lambda: self, self._host, self._port)

    async def request(self, prepared: bytes) -> int:
        """Send a prepared request, take the answer whole, return its status."""
        await self.open()
        assert self._transport
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(prepared)
        return await self._answered

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport, self._received = None, b""
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error or ConnectionResetError("no answer came"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def prepare_post(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of a POST."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def flood(url: str, requests: Sequence[bytes], connections: int) -> Timings:
    """Closed loop: each connection sends its next request when the last was answered."""
    timings = Timings()
    waiting = iter(requests)

    async def run(connection: Connection) -> None:
        for prepared in waiting:
            started = time.perf_counter()
            status = await connection.request(prepared)
            timings.latencies.append(time.perf_counter() - started)
            timings.refused += status != 200
        connection.close()

    opened = await _opened(url, connections)
    began = time.perf_counter()
    await asyncio.gather(*(run(connection) for connection in opened))
    timings.elapsed = time.perf_counter() - began
    return timings


async def trickle(url: str, requests: Iterable[bytes], rate: float, connections: int) -> Timings:
    """Open loop: a request every 1/rate seconds, timed from when it was due."""
    timings = Timings()
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    opened = await _opened(url, connections)
    for connection in opened:
        idle.put_nowait(connection)
    running: set[asyncio.Task[None]] = set()

    async def send(prepared: bytes, due: float) -> None:
        connection = await idle.get()
        status = await connection.request(prepared)
        timings.latencies.append(time.perf_counter() - due)
        timings.refused += status != 200
        idle.put_nowait(connection)

    began = time.perf_counter()
    for number, prepared in enumerate(requests):
        due = began + number / rate
        wait = due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(send(prepared, due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    timings.elapsed = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return timings


async def _opened(url: str, count: int) -> list[Connection]:
    connections = [Connection(url) for _ in range(count)]
    await asyncio.gather(*(connection.open() for connection in connections))
    return connections
