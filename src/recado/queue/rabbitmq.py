"""RabbitMQ: a quorum queue a partition, with a single active consumer.

A job stays with the consumer that it was brought to until that acknowledges it or is gone. Then
the queue has it again, before all that came after it: a new owner's consumer becomes active only
when the former one is gone, and sees the jobs in their order.

`amqp://USER:PASSWORD@HOST:5672/VHOST?prefix=recado&partitions=16`. The queue's own limit of
deliveries is not used: what is brought to an owner has not been tried yet.
https://www.rabbitmq.com/docs/quorum-queues, https://www.rabbitmq.com/docs/consumers#single-active-consumer
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aio_pika
import msgspec
import structlog
from aio_pika.abc import (
    AbstractChannel,
    AbstractConnection,
    AbstractIncomingMessage,
)
from aio_pika.exceptions import AMQPError, DeliveryError
from pamqp.commands import Basic
from pamqp.common import Arguments

from recado.errors import ServiceUnavailable
from recado.queue.broker import WINDOW, Arrived, Broker, Place
from recado.queue.lanes import Envelope

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 5.0
#: Declaring a quorum queue elects a leader: a whole set of them takes its time.
DECLARE_SECONDS = 30.0
RECONNECT_SECONDS = 0.5
#: A peer that has been silent for two of these is gone.
HEARTBEAT_SECONDS = 10

ARGUMENTS: Arguments = {"x-queue-type": "quorum", "x-single-active-consumer": True}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Envelope).decode
#: The last: what the client raises when a server goes while it says hello.
_DOWN = (AMQPError, OSError, TimeoutError, RuntimeError, StopAsyncIteration)


@dataclass(slots=True)
class _Attached:
    arrived: Arrived
    channel: AbstractChannel | None = None


class RabbitBroker(Broker):
    counts_held = False

    def __init__(self, url: str, *, prefix: str, partitions: int) -> None:
        self.partitions = partitions
        self._url = url
        self._prefix = prefix
        self._connection: AbstractConnection | None = None
        self._connecting = asyncio.Lock()
        self._publisher: AbstractChannel | None = None
        self._counting: AbstractChannel | None = None
        self._declared: set[Place] = set()
        self._declaring = asyncio.Lock()
        #: Channels open and close one after the other: their numbers are used again.
        self._numbering = asyncio.Lock()
        self._attached: dict[Place, _Attached] = {}
        self._restoring: asyncio.Task[None] | None = None
        self._closing = False

    async def publish(self, jobs: Sequence[tuple[Place, Envelope]]) -> list[Exception | None]:
        await self._declare({place for place, _ in jobs})
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                channel = await (await self._publishing()).get_underlay_channel()
                outcomes = await asyncio.gather(
                    *(
                        channel.basic_publish(
                            _encode(job),
                            routing_key=self._name(place),
                            properties=Basic.Properties(delivery_mode=2, message_id=job.id),
                            mandatory=True,
                            # For the socket; for the confirmation it does.
                            wait=False,  # type: ignore[call-arg]  # aiormq's channel has it
                        )
                        for place, job in jobs
                    ),
                    return_exceptions=True,
                )
        except _DOWN as error:
            raise ServiceUnavailable(f"RabbitMQ did not confirm: {error!r}") from error
        if any(isinstance(outcome, DeliveryError) for outcome in outcomes):
            self._declared.clear()  # somebody has deleted a queue
        return [_outcome(outcome) for outcome in outcomes]

    async def attach(self, place: Place, arrived: Arrived) -> None:
        await self._declare({place})
        attached = self._attached[place] = _Attached(arrived)
        try:
            await self._consume(place, attached)
        except _DOWN as error:
            await self.detach(place)
            raise ServiceUnavailable(f"RabbitMQ does not answer: {error!r}") from error

    async def detach(self, place: Place) -> None:
        attached = self._attached.pop(place, None)
        if attached is not None and attached.channel is not None:
            with suppress(*_DOWN):
                async with self._numbering:
                    await attached.channel.close()

    async def ack(self, tokens: Sequence[Any]) -> None:
        for message in tokens:
            with suppress(*_DOWN):  # it is brought again, and recognised
                await message.ack()

    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        connection = await self._connected()
        try:
            async with asyncio.timeout(DECLARE_SECONDS):
                for queue in queues:
                    for number in range(self.partitions):
                        counts[queue] = counts.get(queue, 0) + await self._ready(
                            connection, Place(queue, number)
                        )
        except _DOWN as error:
            raise ServiceUnavailable(f"RabbitMQ does not answer: {error!r}") from error
        return counts

    async def check(self) -> None:
        await self._connected()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await (await self._publishing()).set_qos(prefetch_count=0)
        except _DOWN as error:
            raise ServiceUnavailable(f"RabbitMQ does not answer: {error!r}") from error

    async def close(self) -> None:
        self._closing = True
        if self._restoring is not None:
            self._restoring.cancel()
        self._attached.clear()
        await self._drop_connection()

    async def remove(self, queues: Sequence[str]) -> None:
        channel = await (await self._connected()).channel()
        for queue in queues:
            for number in range(self.partitions):
                await channel.queue_delete(self._name(Place(queue, number)))
        await channel.close()

    async def _connected(self) -> AbstractConnection:
        async with self._connecting:
            if self._connection is None or not self._connection.connected.is_set():
                try:
                    await self._drop_connection()
                    self._connection = await aio_pika.connect(
                        self._url, timeout=TIMEOUT_SECONDS, heartbeat=HEARTBEAT_SECONDS
                    )
                except _DOWN as error:
                    raise ServiceUnavailable(f"RabbitMQ cannot be reached: {error!r}") from error
                self._publisher = None
            return self._connection

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*_DOWN):
                await connection.close()

    async def _publishing(self) -> AbstractChannel:
        connection = await self._connected()
        async with self._connecting:
            if self._publisher is None or self._publisher.is_closed:
                # A queue that somebody has deleted is an error, not a bin.
                self._publisher = await self._channel(connection, on_return_raises=True)
            return self._publisher

    async def _declare(self, places: set[Place]) -> None:
        if places <= self._declared:
            return
        connection = await self._connected()
        try:
            async with self._declaring, asyncio.timeout(DECLARE_SECONDS):
                channel = await self._channel(connection)
                for place in sorted(places - self._declared, key=lambda it: it.number):
                    await channel.declare_queue(
                        self._name(place), durable=True, arguments=ARGUMENTS
                    )
                    self._declared.add(place)
                async with self._numbering:
                    await channel.close()
        except _DOWN as error:
            raise ServiceUnavailable(f"RabbitMQ does not answer: {error!r}") from error

    async def _consume(self, place: Place, attached: _Attached) -> None:
        async def bring(message: AbstractIncomingMessage) -> None:
            attached.arrived(place.queue, place.number, _decode(message.body), message)

        connection = await self._connected()
        channel = await self._channel(connection, publisher_confirms=False)
        attached.channel = channel
        channel.close_callbacks.add(lambda *_: self._restore_later(place, attached))
        await channel.set_qos(prefetch_count=WINDOW)
        queue = await channel.get_queue(self._name(place), ensure=False)
        await queue.consume(bring)

    def _restore_later(self, place: Place, attached: _Attached) -> None:
        """A channel is gone that nobody closed: with its connection, or because the broker's
        patience with a job that waits here was over."""
        if self._closing or self._attached.get(place) is not attached:
            return
        attached.channel = None
        if self._restoring is None or self._restoring.done():
            self._restoring = asyncio.create_task(self._restore(), name="rabbitmq:restore")

    async def _restore(self) -> None:
        while missing := [it for it in self._attached.items() if it[1].channel is None]:
            await asyncio.sleep(RECONNECT_SECONDS)
            self._declared.clear()
            try:
                for place, attached in missing:
                    if self._attached.get(place) is attached:
                        await self._declare({place})
                        await self._consume(place, attached)
            except (*_DOWN, ServiceUnavailable) as error:
                log.warning("RabbitMQ is away", error=repr(error))

    async def _ready(self, connection: AbstractConnection, place: Place) -> int:
        if self._counting is None or self._counting.is_closed:
            self._counting = await self._channel(connection)
        # Not passively: to ask for a queue that is not there costs the channel.
        queue = await self._counting.declare_queue(
            self._name(place), durable=True, arguments=ARGUMENTS
        )
        return queue.declaration_result.message_count or 0

    async def _channel(self, connection: AbstractConnection, **options: bool) -> AbstractChannel:
        async with self._numbering:
            return await connection.channel(**options)

    def _name(self, place: Place) -> str:
        return f"{self._prefix}.{place.queue}.{place.number}"


def _outcome(outcome: Any) -> Exception | None:
    if isinstance(outcome, BaseException):
        return ServiceUnavailable(f"RabbitMQ did not take a job: {outcome!r}")
    return None
