"""Jobs on RabbitMQ's channels, many at a time: all of them, whole, and each for itself."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import aio_pika
import pytest
from aiormq.exceptions import ChannelInvalidStateError

from recado.errors import ServiceUnavailable
from recado.queue.brokers.amqp import within
from recado.queue.brokers.broker import Broker, Partition
from recado.queue.brokers.lanes import Envelope
from tests.support.engines import broker_url
from tests.support.process import free_port
from tests.support.queue_engines import open_any_broker

PLACE = Partition("work", 0)


class Taker:
    """Takes what a broker brings; `refuses` is the id of a job at which it fails."""

    def __init__(self, refuses: str = "") -> None:
        self.tokens: dict[str, Any] = {}
        self.bodies: dict[str, bytes] = {}
        self._refuses = refuses

    def __call__(self, queue: str, number: int, job: Envelope, token: Any) -> None:
        if job.id == self._refuses:
            raise ValueError("not this one")
        self.tokens[job.id] = token
        self.bodies[job.id] = job.body

    async def has(self, *ids: str) -> None:
        async with asyncio.timeout(60):
            while not set(ids) <= self.tokens.keys():
                await asyncio.sleep(0.01)


def job(id: str, body: bytes = b"") -> tuple[Partition, Envelope]:
    return PLACE, Envelope(id, "ana", body, 0.0, 0.0)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with broker_url("rabbitmq") as url:
        yield url


@pytest.fixture
async def broker(url: str) -> AsyncIterator[Broker]:
    broker = open_any_broker(url)
    yield broker
    await broker.close()


async def left(broker: Broker) -> int:
    """How many jobs are the broker's again once nobody has them in hand."""
    await broker.detach(PLACE)
    return (await broker.backlog(["work"]))["work"]


async def test_jobs_come_whole_and_in_order_however_large_they_are(broker: Broker) -> None:
    sizes = {"a": 0, "b": 1, "c": 131_000, "d": 131_064, "e": 131_072, "f": 1_000_000, "g": 900}
    jobs = {id: bytes([65 + size % 26]) * size for id, size in sizes.items()}
    assert await broker.publish([job(id, body) for id, body in jobs.items()]) == [None] * 7
    taker = Taker()
    await broker.attach(PLACE, taker)
    await taker.has("g")
    assert list(taker.bodies.items()) == list(jobs.items())


async def test_an_empty_message_of_another_program_does_not_hold_up_what_comes_after(
    broker: Broker, url: str
) -> None:
    await broker.publish([job("first")])
    connection = await aio_pika.connect(url.partition("?")[0])
    async with connection, connection.channel() as channel:
        name = f"{url.partition('prefix=')[2].partition('&')[0]}.work.0"
        await channel.default_exchange.publish(aio_pika.Message(b""), routing_key=name)
    await broker.publish([job("last")])
    taker = Taker()
    await broker.attach(PLACE, taker)
    await taker.has("first", "last")
    assert len(taker.tokens) == 3


async def test_a_job_that_cannot_be_taken_stays_and_the_others_come(broker: Broker) -> None:
    taker = Taker(refuses="2")
    await broker.attach(PLACE, taker)
    await broker.publish([job(id) for id in ("1", "2", "3")])
    await taker.has("1", "3")
    await broker.ack(list(taker.tokens.values()))
    assert await left(broker) == 1


async def test_what_is_acknowledged_too_late_never_ends_another_job(broker: Broker) -> None:
    former, present = Taker(), Taker()
    await broker.attach(PLACE, former)
    await broker.publish([job("1"), job("2")])
    await former.has("1", "2")
    await broker.ack([former.tokens["1"]])
    await broker.attach(PLACE, present)
    await present.has("2")
    await broker.ack([former.tokens["1"]])  # its tag is another job's by now
    assert await left(broker) == 1
    assert "1" not in present.tokens


async def test_acknowledging_through_a_connection_that_is_gone_returns(broker: Broker) -> None:
    taker = Taker()
    await broker.attach(PLACE, taker)
    await broker.publish([job(str(number)) for number in range(100)])
    await taker.has("99")
    await broker.close()
    await broker.ack(list(taker.tokens.values()))
    assert await left(broker) == 100


async def test_a_connection_that_is_refused_leaves_nothing_behind(
    recwarn: pytest.WarningsRecorder,
) -> None:
    broker = open_any_broker(f"amqp://guest:guest@127.0.0.1:{free_port()}/")
    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            await broker.check()
    await broker.close()
    await asyncio.to_thread(gc.collect)  # wherever that happens
    assert [str(it.message) for it in recwarn if it.category is RuntimeWarning] == []


async def test_a_call_that_the_client_breaks_off_does_not_end_its_caller() -> None:
    answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(answer.cancel)
    with pytest.raises(ChannelInvalidStateError):
        async with within(60):
            await answer


async def test_who_is_cancelled_ends() -> None:
    async def wait() -> None:
        async with within(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_channel_that_the_client_cannot_close_is_not_brought_anything_any_more(
    broker: Broker, url: str
) -> None:
    """Else its jobs would wait there for ever, where nobody does them."""
    taker = Taker()
    await broker.attach(PLACE, taker)
    await broker.publish([job("1")])
    await taker.has("1")
    channel = taker.tokens["1"].channel
    async with channel.lock:  # in which a client that is stuck in a call has it
        await broker.detach(PLACE)
    next_owner, next_taker = open_any_broker(url), Taker()
    await next_owner.attach(PLACE, next_taker)
    await next_taker.has("1")
    await next_owner.close()
