"""NATS JetStream: one work-queue stream, a subject and a push consumer a partition.

A new owner makes the partition's consumer anew: it then brings every job that is left, from the
first one on, and the former owner's acknowledgements reach nobody. A work-queue stream allows one
consumer a subject, so there are never two owners at once.

`nats://HOST:4222?prefix=recado&partitions=16&replicas=1`; several servers with commas. A server
writes to disk every two minutes unless its `sync_interval` says otherwise, so what a power cut may
not lose needs `sync_interval: always`, or replicas:
https://docs.nats.io/running-a-nats-service/configuration (jetstream, sync_interval).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError, MaxPayloadError
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from recado.errors import ServiceUnavailable, TooLarge
from recado.queue.broker import WINDOW, Arrived, Broker, Place
from recado.queue.lanes import Envelope

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 5.0
#: A job that its owner still holds after this long is brought again, and recognised.
ACK_WAIT_SECONDS = 60.0
#: How long the server recognises a job that is published twice.
DUPLICATES_SECONDS = 120.0
MESSAGE_ID = "Nats-Msg-Id"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Envelope).decode
_DOWN = (NatsError, OSError, TimeoutError)


@dataclass(slots=True)
class _Attached:
    subscription: Subscription
    consumer: ConsumerConfig


class NatsBroker(Broker):
    counts_held = True

    def __init__(
        self, servers: Sequence[str], *, prefix: str, partitions: int, replicas: int = 1
    ) -> None:
        self.partitions = partitions
        self._servers = list(servers)
        self._prefix = prefix
        self._replicas = replicas
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._attached: dict[Place, _Attached] = {}
        self._unconfirmed: set[asyncio.Future[Any]] = set()

    async def publish(self, jobs: Sequence[tuple[Place, Envelope]]) -> list[Exception | None]:
        stream = await self._stream()
        replies: list[asyncio.Future[Any] | Exception] = []
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                for place, job in jobs:
                    try:
                        reply = await stream.publish_async(
                            self._subject(place), _encode(job), headers={MESSAGE_ID: job.id}
                        )
                        replies.append(reply)
                        self._unconfirmed.add(reply)
                        reply.add_done_callback(self._unconfirmed.discard)
                    except MaxPayloadError:
                        replies.append(TooLarge("The job is larger than the NATS server allows."))
                waiting = [it for it in replies if not isinstance(it, Exception)]
                if waiting:
                    await asyncio.wait(waiting)
        except _DOWN as error:
            for unanswered in replies:
                if isinstance(unanswered, asyncio.Future):
                    unanswered.cancel()
            raise ServiceUnavailable(f"NATS did not confirm: {error!r}") from error
        return [_outcome(reply) for reply in replies]

    async def attach(self, place: Place, arrived: Arrived) -> None:
        stream = await self._stream()
        client = stream._nc
        inbox = client.new_inbox()
        consumer = ConsumerConfig(
            durable_name=_consumer(place),
            filter_subject=self._subject(place),
            deliver_subject=inbox,
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_ack_pending=WINDOW,
        )

        async def bring(message: Msg) -> None:
            arrived(place.queue, place.number, _decode(message.data), message)

        try:
            subscription = await client.subscribe(inbox, cb=bring)
            self._attached[place] = _Attached(subscription, consumer)
            with suppress(NotFoundError):
                await stream.delete_consumer(self._prefix, _consumer(place))
            await stream.add_consumer(self._prefix, consumer)
        except _DOWN as error:
            await self.detach(place)
            raise ServiceUnavailable(f"NATS does not answer: {error!r}") from error

    async def detach(self, place: Place) -> None:
        attached = self._attached.pop(place, None)
        if attached is not None:
            with suppress(*_DOWN):
                await attached.subscription.unsubscribe()

    async def ack(self, tokens: Sequence[Any]) -> None:
        for message in tokens:
            with suppress(*_DOWN):
                await message.ack()

    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        stream = await self._stream()
        try:
            info = await stream.stream_info(self._prefix, subjects_filter=f"{self._prefix}.>")
        except _DOWN as error:
            raise ServiceUnavailable(f"NATS does not answer: {error!r}") from error
        counts: dict[str, int] = {}
        for subject, count in (info.state.subjects or {}).items():
            queue = subject.removeprefix(f"{self._prefix}.").rpartition(".")[0]
            counts[queue] = counts.get(queue, 0) + count
        return counts

    async def check(self) -> None:
        stream = await self._stream()
        try:
            await stream._nc.flush(2)
        except (*_DOWN, ValueError) as error:
            raise ServiceUnavailable(f"NATS does not answer: {error!r}") from error

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None and not client.is_closed:
            with suppress(*_DOWN):
                await client.flush(1)
            await client.close()

    async def remove(self, queues: Sequence[str]) -> None:
        """All queues are in one stream, so they go together."""
        with suppress(NotFoundError):
            await (await self._stream()).delete_stream(self._prefix)

    async def _stream(self) -> JetStreamContext:
        """Raises ServiceUnavailable: there is no connection at this moment."""
        async with self._connecting:
            if self._client is None:
                self._client = await self._connect()
        if not self._client.is_connected:  # it reconnects by itself
            raise ServiceUnavailable("NATS cannot be reached.")
        return self._context

    async def _connect(self) -> Client:
        client = Client()
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await client.connect(
                    self._servers,
                    name=self._prefix,
                    error_cb=_report,
                    disconnected_cb=self._disconnected,
                    reconnected_cb=self._reconnected,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=1,
                    ping_interval=10,
                )
                self._context = client.jetstream(timeout=TIMEOUT_SECONDS)
                await self._add_stream()
        except _DOWN as error:
            await client.close()
            raise ServiceUnavailable(f"NATS cannot be reached: {error!r}") from error
        return client

    async def _add_stream(self) -> None:
        await self._context.add_stream(
            StreamConfig(
                name=self._prefix,
                subjects=[f"{self._prefix}.>"],
                retention=RetentionPolicy.WORK_QUEUE,
                storage=StorageType.FILE,
                num_replicas=self._replicas,
                duplicate_window=DUPLICATES_SECONDS,
            )
        )

    async def _disconnected(self) -> None:
        """Confirmations of the lost connection never come: nobody waits for them."""
        for reply in list(self._unconfirmed):
            if not reply.done():
                reply.set_exception(ConnectionClosedError())

    async def _reconnected(self) -> None:
        """A server that was restored from a copy may know neither stream nor consumers."""
        try:
            await self._add_stream()
            for attached in list(self._attached.values()):
                await self._context.add_consumer(self._prefix, attached.consumer)
        except _DOWN as error:
            log.warning("NATS consumers not restored", error=repr(error))

    def _subject(self, place: Place) -> str:
        return f"{self._prefix}.{place.queue}.{place.number}"


def _consumer(place: Place) -> str:
    return f"{place.queue}-{place.number}"


def _outcome(reply: asyncio.Future[Any] | Exception) -> Exception | None:
    if isinstance(reply, Exception):
        return reply
    error = reply.exception()
    return None if error is None else ServiceUnavailable(f"NATS refused a job: {error}")


async def _report(error: Exception) -> None:
    log.warning("NATS", error=repr(error))
