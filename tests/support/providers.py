"""Providers that misbehave or answer alike for every channel, on the loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

#: A request's method, path and body → the status and the JSON of the answer.
Answering = Callable[[str, str, bytes], tuple[int, Any]]


class Provider:
    def __init__(self, url: str) -> None:
        self.url = url


@asynccontextmanager
async def answering(answer: Answering) -> AsyncIterator[Provider]:
    """A provider over HTTP that answers with what `answer` returns."""

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        status, value = answer(request.method, request.path, await request.read())
        body = msgspec.json.encode(value)
        return web.Response(status=status, body=body, content_type="application/json")

    runner = web.ServerRunner(web.Server(serve), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Provider(f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


@asynccontextmanager
async def silent() -> AsyncIterator[Provider]:
    """It takes the request and never answers."""
    over = asyncio.Event()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    try:
        yield Provider(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        over.set()
        server.close()
        await server.wait_closed()


def refusing() -> Provider:
    """Nobody listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return Provider(f"http://127.0.0.1:{taken.getsockname()[1]}")
