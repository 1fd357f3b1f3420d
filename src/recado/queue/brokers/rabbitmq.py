"""RabbitMQ: a quorum queue a partition, with a single active consumer.

A job stays with the consumer that it was brought to until that acknowledges it or is gone. Then
the queue has it again, before all that came after it: a new owner's consumer becomes active only
when the former one is gone, and sees the jobs in their order.

`amqp://USER:PASSWORD@HOST:5672/VHOST?prefix=recado&partitions=16`. The queue's own limit of
deliveries is taken off: what is brought to an owner has not been tried yet.
https://www.rabbitmq.com/docs/quorum-queues, https://www.rabbitmq.com/docs/consumers#single-active-consumer
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.connection import make_url
from aio_pika.exceptions import AMQPError, ChannelPreconditionFailed, DeliveryError
from aiormq.abc import AbstractBase
from aiormq.channel import Channel

from recado.errors import ServiceUnavailable
from recado.queue.brokers import amqp
from recado.queue.brokers.broker import WINDOW, Arrived, Broker, Partition, unwrap, wrap
from recado.queue.brokers.lanes import Envelope

log = structlog.get_logger(__name__)
# Each refused connection is an error to the client; who needed it says so with what it was for.
logging.getLogger("aiormq").setLevel(logging.CRITICAL)

TIMEOUT_SECONDS = 5.0
#: Declaring a quorum queue elects a leader, a whole set of them takes its time; and to break a call
#: off ends its channel, or the connection.
PATIENCE_SECONDS = 30.0
#: How long the broker takes to tell its consumers that a queue is gone.
DELETED_SECONDS = 1.0
#: A peer that has been silent for two of these is gone.
HEARTBEAT_SECONDS = 10

ARGUMENTS: dict[str, Any] = {"x-queue-type": "quorum", "x-single-active-consumer": True}
#: Since version 4 a quorum queue drops what it has brought 20 times, unless told otherwise:
#: https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling
LIMITED_SINCE = 4
LIMIT = "x-delivery-limit"
UNLIMITED = {LIMIT: -1}
#: The last: what the client raises when a server goes while it says hello.
_DOWN = (AMQPError, OSError, TimeoutError, RuntimeError, StopAsyncIteration)


class _Link:
    """A connection, made when it is needed, and anew when it is lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AbstractConnection | None = None
        self._connecting = asyncio.Lock()
        self._numbering = asyncio.Lock()

    async def open(self, **options: bool) -> Channel:
        """A channel. Raises ServiceUnavailable, and what the client raises."""
        connection = await self._connected()
        async with self._numbering:
            channel = await connection.channel(**options)
        return cast(Channel, await channel.get_underlay_channel())

    async def end(self, channel: Channel) -> None:
        """The broker has the jobs back that it has brought there."""
        await _ended(channel)
        if amqp.is_open(channel):
            # The broker would go on bringing jobs there, and to nobody else.
            log.warning("RabbitMQ did not let go of a channel, so the connection ends")
            await _ended(channel.connection)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await _ended(connection)

    async def _connected(self) -> AbstractConnection:
        async with self._connecting:
            if self._connection is None or not self._connection.connected.is_set():
                try:
                    await self.close()
                    async with amqp.within(TIMEOUT_SECONDS):
                        self._connection = await _connect(self._url)
                except _DOWN as error:
                    raise ServiceUnavailable(f"RabbitMQ cannot be reached: {error!r}") from error
            return self._connection


async def _ended(it: AbstractBase | AbstractConnection) -> None:
    """Close it, however that goes: the client may fail, or be stuck, or break itself off."""
    closing = asyncio.create_task(it.close())
    await asyncio.wait({closing}, timeout=PATIENCE_SECONDS)
    closing.cancel()
    if closing.done() and not closing.cancelled():
        closing.exception()


async def _connect(url: str) -> AbstractConnection:
    connection = aio_pika.Connection(make_url(url, heartbeat=HEARTBEAT_SECONDS))
    try:
        await connection.connect(timeout=TIMEOUT_SECONDS)
    except BaseException:
        # Left to the garbage collector it would close itself, where perhaps no loop is running.
        await connection.close()
        raise
    return connection


class RabbitBroker(Broker):
    counts_held = False

    def __init__(self, url: str, *, prefix: str, partitions: int) -> None:
        self.partitions = partitions
        self._prefix = prefix
        # A broker short of memory or disk reads nothing more from who publishes: acknowledgements,
        # which make room, go another way.
        self._out = _Link(url)
        self._in = _Link(url)
        self._publisher: Channel | None = None
        self._counting: Channel | None = None
        self._opening = asyncio.Lock()
        self._declared: set[Partition] = set()
        self._declaring = asyncio.Lock()
        self._attached: dict[Partition, Channel] = {}

    async def publish(self, jobs: Sequence[tuple[Partition, Envelope]]) -> list[Exception | None]:
        await self._declare({place for place, _ in jobs})
        try:
            async with amqp.within(TIMEOUT_SECONDS):
                channel = await self._publishing()
                outcomes = await amqp.publish(
                    channel, [amqp.Message(self._name(at), job.id, wrap(job)) for at, job in jobs]
                )
        except _DOWN as error:
            raise ServiceUnavailable(f"RabbitMQ did not confirm: {error!r}") from error
        if any(isinstance(outcome, DeliveryError) for outcome in outcomes):
            # Somebody has deleted a queue. Made anew at once, its consumers would not hear of it.
            await asyncio.sleep(DELETED_SECONDS)
            self._declared.clear()
        return [_outcome(outcome) for outcome in outcomes]

    async def attach(self, place: Partition, arrived: Arrived) -> None:
        await self.detach(place)
        await self._declare({place})
        try:
            async with amqp.within(PATIENCE_SECONDS):
                await self._consume(place, arrived)
        except _DOWN as error:
            self._declared.discard(place)
            await self.detach(place)
            raise ServiceUnavailable(f"RabbitMQ does not answer: {error!r}") from error

    def reaches(self, place: Partition) -> bool:
        channel = self._attached.get(place)
        # The broker ends the consumers of a queue that somebody deletes.
        return channel is not None and not channel.is_closed and bool(channel.consumers)

    async def detach(self, place: Partition) -> None:
        channel = self._attached.pop(place, None)
        if channel is not None:
            await self._in.end(channel)

    async def ack(self, tokens: Sequence[Any]) -> None:
        with suppress(*_DOWN):  # they are brought again, and recognised
            async with amqp.within(TIMEOUT_SECONDS):
                await amqp.acknowledge(tokens)

    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        places = [Partition(queue, number) for queue in queues for number in range(self.partitions)]
        await self._declare(set(places))
        counts = dict.fromkeys(queues, 0)
        try:
            async with amqp.within(PATIENCE_SECONDS):
                for place in places:
                    counts[place.queue] += await self._ready(place)
        except _DOWN as error:
            self._declared.clear()  # somebody may have deleted a queue
            raise ServiceUnavailable(f"RabbitMQ does not answer: {error!r}") from error
        return counts

    async def check(self) -> None:
        try:
            async with amqp.within(TIMEOUT_SECONDS):
                await (await self._publishing()).basic_qos(prefetch_count=0)
        except _DOWN as error:
            raise ServiceUnavailable(f"RabbitMQ does not answer: {error!r}") from error

    async def close(self) -> None:
        self._attached.clear()
        await asyncio.gather(self._in.close(), self._out.close())

    async def remove(self, queues: Sequence[str]) -> None:
        channel = await self._in.open()
        for queue in queues:
            for number in range(self.partitions):
                await channel.queue_delete(self._name(Partition(queue, number)))
        await self._in.end(channel)

    async def _publishing(self) -> Channel:
        async with self._opening:
            if self._publisher is None or self._publisher.is_closed:
                self._publisher = await self._out.open(on_return_raises=True)
            return self._publisher

    async def _declare(self, places: set[Partition]) -> None:
        if places <= self._declared:
            return
        try:
            async with self._declaring, amqp.within(PATIENCE_SECONDS):
                channel = await self._in.open()
                for place in sorted(places - self._declared, key=lambda it: it.number):
                    channel = await self._declare_one(channel, self._name(place))
                    self._declared.add(place)
                await self._in.end(channel)
        except _DOWN as error:
            raise ServiceUnavailable(f"RabbitMQ does not answer: {error!r}") from error

    async def _declare_one(self, channel: Channel, name: str) -> Channel:
        """Returns the channel to go on with: a refusal ends it."""
        version = str(channel.connection.server_properties.get("version", ""))
        unlimited = int(version.partition(".")[0] or 0) >= LIMITED_SINCE
        try:
            arguments = ARGUMENTS | (UNLIMITED if unlimited else {})
            await channel.queue_declare(name, durable=True, arguments=arguments)
        except ChannelPreconditionFailed as error:
            if LIMIT not in str(error):
                raise
            log.warning("RabbitMQ drops what it brings too often", queue=name, error=str(error))
            channel = await self._in.open()
            await channel.queue_declare(name, passive=True)
        return channel

    async def _consume(self, place: Partition, arrived: Arrived) -> None:
        def bring(token: amqp.Token, body: bytes) -> None:
            if self._attached.get(place) is channel:  # else it is on its way to its end
                arrived(place.queue, place.number, unwrap(body), token)

        channel = self._attached[place] = await self._in.open(publisher_confirms=False)
        await channel.basic_qos(prefetch_count=WINDOW)
        await amqp.consume(channel, self._name(place), bring)

    async def _ready(self, place: Partition) -> int:
        if self._counting is None or self._counting.is_closed:
            self._counting = await self._in.open()
        declared = await self._counting.queue_declare(self._name(place), passive=True)
        return declared.message_count or 0

    def _name(self, place: Partition) -> str:
        return f"{self._prefix}.{place.queue}.{place.number}"


def _outcome(problem: BaseException | None) -> Exception | None:
    if problem is None:
        return None
    return ServiceUnavailable(f"RabbitMQ did not take a job: {problem!r}")
