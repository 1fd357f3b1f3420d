"""A lean HTTP client for load: keep-alive connections, prepared requests, loopback only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


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


class Connection:
    """One keep-alive connection that takes one request at a time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.hostname not in LOOPBACK:
            raise ValueError("load goes to this machine only")
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(self, prepared: bytes) -> int:
        """Send a prepared request, read the answer whole, return its status."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        assert self._reader
        self._writer.write(prepared)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length:
            await self._reader.readexactly(length)
        return int(head[9:12])

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


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

    async def run() -> None:
        connection = Connection(url)
        for prepared in waiting:
            started = time.perf_counter()
            status = await connection.request(prepared)
            timings.latencies.append(time.perf_counter() - started)
            timings.refused += status != 200
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(run() for _ in range(connections)))
    timings.elapsed = time.perf_counter() - began
    return timings


async def trickle(url: str, requests: Iterable[bytes], rate: float, connections: int) -> Timings:
    """Open loop: a request every 1/rate seconds, timed from when it was due."""
    timings = Timings()
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(connections):
        idle.put_nowait(Connection(url))
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
    return timings
