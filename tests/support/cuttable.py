"""A TCP way to a server that tests cut off as a broken network does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit


class Cuttable:
    """`async with Cuttable(url) as way:` then connect to `way.url` instead of `url`."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._ways: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._deaf: set[asyncio.StreamWriter] = set()
        self.away = False

    async def __aenter__(self) -> Cuttable:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = port = self._server.sockets[0].getsockname()[1]
        account, at, _ = self._parts.netloc.rpartition("@")
        self.url = urlunsplit(self._parts._replace(netloc=f"{account}{at}127.0.0.1:{port}"))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """End every connection at once, without a good-bye."""
        for writer in self._ways:
            writer.transport.abort()
        self._ways.clear()

    def half_open(self) -> None:
        """What either side says on the connections of this moment is lost, until they are cut."""
        self._deaf |= self._ways

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """The server is down: connections end, and new ones are turned away, until the exit."""
        self.away = True
        self.cut()
        try:
            yield
        finally:
            self.away = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ways.add(writer)  # from here on it can be cut
        if self.away:
            writer.transport.abort()
            return
        there = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        if writer.transport.is_closing():
            there[1].transport.abort()
            return
        self._ways.add(there[1])
        for source, target in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._pump(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if target not in self._deaf:
                    target.write(data)
                    await target.drain()
        target.transport.abort()
