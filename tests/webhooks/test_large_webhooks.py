"""A webhook of thousands of messages: whole before its 200, and nobody waits for it but those who
are in it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from sqlalchemy import select

from recado.app.server import build_app
from recado.app.services import SERVICES
from recado.channels.messages import InboundItem, InboundMessage
from recado.channels.whatsapp import WhatsAppChannel
from recado.errors import ServiceUnavailable
from recado.jobs import INBOUND
from recado.queue.model import JobRow
from recado.queue.port import NewJob
from recado.queue.sql.queue import SqlQueue
from recado.runtime import Runtime
from recado.store import Store
from recado.webhooks.port import LARGE_BYTES, SLICE
from tests.support.engines import postgresql_url
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, sign, text_message, webhook
from tests.support.runtime import api_client, make_runtime
from tests.support.waiting import PATIENCE_SECONDS

MANY = 4 * SLICE
LAST = f"52155{MANY - 1:08d}"


def large(count: int = MANY) -> bytes:
    """Messages of so many people."""
    return webhook(
        messages=[
            text_message(f"of {n}", id=f"wamid.large.{n}", sender=f"52155{n:08d}")
            for n in range(count)
        ]
    )


def small(sender: str, id: str) -> bytes:
    return webhook(messages=[text_message("me too", id=id, sender=sender)])


class HeldQueue(SqlQueue):
    """Stands still before a slice, until it may go on; or fails there."""

    def __init__(self, store: Store, at: int) -> None:
        super().__init__(store)
        self._at = at
        self._slices = 0
        self.held, self.go_on = asyncio.Event(), asyncio.Event()
        self.error: Exception | None = None

    async def publish(self, jobs: Sequence[NewJob]) -> None:
        if len(jobs) > 1:
            self._slices += 1
            if self._slices == self._at:
                self.held.set()
                await self.go_on.wait()
                if self.error:
                    raise self.error
        await super().publish(jobs)


class HeldReading(WhatsAppChannel):
    """Reads a large body only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.reads, self.go_on = threading.Event(), threading.Event()

    def parse(self, body: bytes, url: str = "") -> list[InboundItem]:
        if len(body) > LARGE_BYTES:
            self.reads.set()
            assert self.go_on.wait(PATIENCE_SECONDS)
        return super().parse(body, url)


class Edge:
    def __init__(self, runtime: Runtime, client: httpx.AsyncClient) -> None:
        self.runtime = runtime
        self._client = client

    async def post(self, body: bytes) -> int:
        answer = await self._client.post("/webhooks/whatsapp", content=body, headers=sign(body))
        return answer.status_code

    async def is_alive(self) -> bool:
        return (await self._client.get("/health")).status_code == 200

    async def stored(self) -> list[tuple[str, str]]:
        """Who wrote, and the message's id, in the order of their jobs."""
        query = select(JobRow.body).where(JobRow.queue == INBOUND.name).order_by(JobRow.seq)
        rows = await self.runtime.store.read(lambda tx: tx.all(query))
        found = []
        for row in rows:
            item = msgspec.json.decode(row.body, type=InboundMessage)
            found.append((item.sender.identities[0].value, item.provider_message_id))
        return found


@asynccontextmanager
async def running(
    tmp_path: Path, *, queue_at: int = 0, channel: WhatsAppChannel | None = None, **settings: str
) -> AsyncIterator[Edge]:
    line = {"WHATSAPP_APP_SECRET": SECRET, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
    async with make_runtime(tmp_path, services=tuple(SERVICES), **line, **settings) as runtime:
        if queue_at:
            runtime.queue = HeldQueue(runtime.store, queue_at)
        if channel is not None:
            runtime.channels["whatsapp"] = channel
        async with api_client(build_app(runtime, tuple(SERVICES)), key=None) as client:
            yield Edge(runtime, client)


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    """Its queue stands still before the third slice."""
    async with running(tmp_path, queue_at=3) as edge:
        yield edge


def queue_of(edge: Edge) -> HeldQueue:
    assert isinstance(edge.runtime.queue, HeldQueue)
    return edge.runtime.queue


async def test_others_are_answered_while_a_large_one_is_being_stored(edge: Edge) -> None:
    queue = queue_of(edge)
    slow = asyncio.create_task(edge.post(large()))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await queue.held.wait()
        assert await edge.post(small("5215599999999", "wamid.other")) == 200
        assert await edge.is_alive()
    assert not slow.done()
    stored = await edge.stored()
    assert len(stored) == 2 * SLICE + 1
    assert stored[-1] == ("5215599999999", "wamid.other")
    queue.go_on.set()
    assert await slow == 200
    assert len(await edge.stored()) == MANY + 1


async def test_who_is_in_the_large_one_too_comes_after_it(edge: Edge) -> None:
    queue = queue_of(edge)
    slow = asyncio.create_task(edge.post(large()))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await queue.held.wait()
        later = [asyncio.create_task(edge.post(small(LAST, f"wamid.later.{n}"))) for n in (1, 2)]
        assert await edge.post(small("5215599999999", "wamid.other")) == 200
    assert not any(task.done() for task in later)
    queue.go_on.set()
    assert await asyncio.gather(slow, *later) == [200, 200, 200]
    theirs = [id for sender, id in await edge.stored() if sender == LAST]
    assert theirs == [f"wamid.large.{MANY - 1}", "wamid.later.1", "wamid.later.2"]


async def test_a_large_one_that_was_not_stored_whole_is_not_accepted(edge: Edge) -> None:
    queue = queue_of(edge)
    queue.error = ServiceUnavailable("The database is away.")
    slow = asyncio.create_task(edge.post(large()))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await queue.held.wait()
        later = asyncio.create_task(edge.post(small(LAST, "wamid.later")))
        queue.go_on.set()
        assert await slow == 503
        assert await later == 200  # nobody waits for what has failed
        assert await edge.post(large()) == 200
    assert {id for _, id in await edge.stored()} >= {f"wamid.large.{n}" for n in range(MANY)}


async def test_others_are_answered_while_a_large_one_is_being_read(tmp_path: Path) -> None:
    channel = HeldReading()
    async with running(tmp_path, channel=channel) as edge:
        slow = asyncio.create_task(edge.post(large()))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not channel.reads.is_set():
                    await asyncio.sleep(0.001)
                later = asyncio.create_task(edge.post(small(LAST, "wamid.later")))
                assert await edge.post(small("5215599999999", "wamid.other")) == 200
                assert await edge.is_alive()
            assert not slow.done()
            assert not later.done()
        finally:
            channel.go_on.set()
        assert list(await asyncio.gather(slow, later)) == [200, 200]
        stored = await edge.stored()
        assert stored[0] == ("5215599999999", "wamid.other")
        assert [id for sender, id in stored if sender == LAST][-1] == "wamid.later"
        assert len(stored) == MANY + 2


async def test_two_large_ones_of_the_same_people_keep_their_order(tmp_path: Path) -> None:
    async with running(tmp_path) as edge:
        second = large().replace(b"wamid.large.", b"wamid.again.")
        first = asyncio.create_task(edge.post(large()))
        await asyncio.sleep(0)
        assert list(await asyncio.gather(first, edge.post(second))) == [200, 200]
        ids: dict[str, list[str]] = {}
        for sender, id in await edge.stored():
            ids.setdefault(sender, []).append(id.split(".")[1])
    assert len(ids) == MANY
    assert all(order == ["large", "again"] for order in ids.values())


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_ten_thousand_messages_are_stored_whole(tmp_path: Path, engine: str) -> None:
    if engine == "sqlite":
        async with running(tmp_path) as edge:
            await _stores_all(edge)
        return
    async with postgresql_url() as url, running(tmp_path, DATABASE_URL=url) as edge:
        await _stores_all(edge)


async def _stores_all(edge: Edge) -> None:
    assert await edge.post(large(10_000)) == 200
    assert [id for _, id in await edge.stored()] == [f"wamid.large.{n}" for n in range(10_000)]
