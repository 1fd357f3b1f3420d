"""A broker that takes the connection and ends it, as one does that is just stopping or starting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from recado.errors import ServiceUnavailable
from recado.queue.broker import Place
from recado.queue.engines import open_broker
from recado.queue.lanes import Envelope

JOB = Envelope("1", "lane", b"{}", published_at=0.0, ready_at=0.0)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.wait({asyncio.ensure_future(reader.read(8))}, timeout=0.1)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.mark.parametrize("scheme", ["nats", "amqp"])
async def test_publishing_to_a_broker_that_hangs_up_says_that_it_is_away(
    port: int, scheme: str
) -> None:
    broker = open_broker(f"{scheme}://127.0.0.1:{port}")
    with pytest.raises(ServiceUnavailable):
        await broker.publish([(Place("work", 0), JOB)])
    await broker.close()
