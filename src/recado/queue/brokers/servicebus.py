"""Azure Service Bus: a queue with sessions, a session a partition.

A session's lock is one receiver's. Whoever has it is brought the session's messages in order, many
at once, and completes each on its own; when the lock is given back, or ends because nobody renewed
it, the next receiver is brought all that are left, from the first one on.

`servicebus?prefix=recado&partitions=4`, with SERVICEBUS_CONNECTION_STRING. The queues are made at
the first use where the connection string may (claim Manage). Made by hand, they need sessions and
the highest delivery count: what is brought to an owner has not been tried yet.
https://learn.microsoft.com/azure/service-bus-messaging/message-sessions
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import structlog
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.aio.management import ServiceBusAdministrationClient
from azure.servicebus.exceptions import MessageSizeExceededError, MessagingEntityNotFoundError

from recado.errors import ServiceUnavailable, SettingsError, TooLarge
from recado.queue.brokers.broker import Arrived, Broker, Partition, wrap
from recado.queue.brokers.lanes import Envelope
from recado.queue.brokers.servicebus_session import DOWN, TIMEOUT_SECONDS, Session

log = structlog.get_logger(__name__)
# Each connection's every step is information to the SDK.
logging.getLogger("azure").setLevel(logging.ERROR)

#: A dead owner's session is free after this long; the service allows 5 s to 5 min.
LOCK_SECONDS = 15.0
#: Connections that publish to a queue; a session always goes by the same one.
SENDERS = 4
MOST_DELIVERIES = 2**31 - 1


class _PlainTransport(AioHttpTransport):  # type: ignore[misc]  # loaded lazily, so untyped
    """An emulator's management API has no TLS, and the SDK knows no other scheme."""

    async def send(self, request: Any, **options: Any) -> Any:
        request.url = request.url.replace("https://", "http://", 1)
        return await super().send(request, **options)


class ServiceBusBroker(Broker):
    counts_held = True

    def __init__(self, connection_string: str, *, prefix: str, partitions: int) -> None:
        self.partitions = partitions
        self._prefix = prefix
        plain = "usedevelopmentemulator=true" in connection_string.lower()
        try:
            self._client = ServiceBusClient.from_connection_string(connection_string, retry_total=0)
            # The service ends a link that nobody has used for ten minutes; what is sent twice is
            # recognised by its id.
            self._publisher = ServiceBusClient.from_connection_string(
                connection_string, retry_total=1, retry_backoff_factor=0.1
            )
            self._admin = ServiceBusAdministrationClient.from_connection_string(
                connection_string,
                transport=_PlainTransport() if plain else AioHttpTransport(),
                retry_total=0,
                connection_timeout=TIMEOUT_SECONDS,
                read_timeout=TIMEOUT_SECONDS,
            )
        except ValueError as error:
            raise SettingsError(f"SERVICEBUS_CONNECTION_STRING: {error}") from error
        self._made: set[str] = set()
        self._making = asyncio.Lock()
        self._senders: dict[tuple[str, int], ServiceBusSender] = {}
        self._sending: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._attached: dict[Partition, Session] = {}

    async def publish(self, jobs: Sequence[tuple[Partition, Envelope]]) -> list[Exception | None]:
        ways: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for index, (place, _) in enumerate(jobs):
            ways[place.queue, place.number % SENDERS].append(index)
        outcomes: list[Exception | None] = [None] * len(jobs)

        async def go(way: tuple[str, int], indices: Sequence[int]) -> None:
            async with self._sender(way) as sender:
                # A batch is one session's: https://learn.microsoft.com/azure/service-bus-messaging/
                # service-bus-partitioning says why it must be.
                for number in dict.fromkeys(jobs[index][0].number for index in indices):
                    its = [index for index in indices if jobs[index][0].number == number]
                    refused = await _send(sender, [_message(*jobs[index]) for index in its])
                    for position, error in refused.items():
                        outcomes[its[position]] = error

        sent = await asyncio.gather(*(go(*way) for way in ways.items()), return_exceptions=True)
        for (way, indices), error in zip(ways.items(), sent, strict=True):
            if isinstance(error, ServiceUnavailable):
                log.warning("Service Bus did not take jobs", queue=way[0], error=str(error))
                for index in indices:
                    outcomes[index] = error
            elif error is not None:
                raise error
        if outcomes and all(isinstance(it, ServiceUnavailable) for it in outcomes):
            raise ServiceUnavailable(str(outcomes[0]))
        return outcomes

    async def attach(self, place: Partition, arrived: Arrived) -> None:
        await self.detach(place)
        name = self._name(place.queue)
        session = self._attached[place] = Session(self._client, name, place, arrived)
        try:
            await self._make(place.queue)
            await session.start()
        except DOWN as error:
            await self.detach(place)
            raise ServiceUnavailable(f"Service Bus does not answer: {error}") from error

    def reaches(self, place: Partition) -> bool:
        session = self._attached.get(place)
        return session is not None and session.open

    async def detach(self, place: Partition) -> None:
        session = self._attached.pop(place, None)
        if session is not None:
            await session.leave()

    async def ack(self, tokens: Sequence[Any]) -> None:
        await asyncio.gather(*(token.session.complete(token) for token in tokens))

    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for queue in queues:
            try:
                its = await self._admin.get_queue_runtime_properties(self._name(queue))
                counts[queue] = its.active_message_count or 0
            except ResourceNotFoundError:  # nothing was published to it yet
                counts[queue] = 0
            except DOWN as error:
                raise ServiceUnavailable(f"Service Bus does not answer: {error}") from error
        return counts

    async def check(self) -> None:
        """A connection of its own, with the token that every other one needs."""
        name = next(iter(self._made), "inbound")
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                async with self._client.get_queue_sender(self._name(name)):
                    pass
        except MessagingEntityNotFoundError:  # it answers
            return
        except DOWN as error:
            raise ServiceUnavailable(f"Service Bus does not answer: {error}") from error

    async def close(self) -> None:
        await asyncio.gather(*(self.detach(place) for place in list(self._attached)))
        await asyncio.gather(*(self._drop_sender(way) for way in list(self._senders)))
        for client in (self._client, self._publisher):
            with suppress(*DOWN):
                await client.close()
        with suppress(*DOWN):
            await self._admin.close()

    async def remove(self, queues: Sequence[str]) -> None:
        for queue in queues:
            with suppress(ResourceNotFoundError):
                await self._admin.delete_queue(self._name(queue))

    async def _make(self, queue: str) -> None:
        """Make the queue unless it is there. Who may not, finds it made, or is told on using it."""
        if queue in self._made:
            return
        async with self._making:
            try:
                await self._admin.create_queue(
                    self._name(queue),
                    requires_session=True,
                    lock_duration=timedelta(seconds=LOCK_SECONDS),
                    max_delivery_count=MOST_DELIVERIES,
                )
            except HttpResponseError as error:
                # 409: it is there. 401: the connection string has no claim Manage.
                if error.status_code not in {401, 403, 409}:
                    log.warning("queue not made", queue=queue, error=str(error))
            except AzureError as error:
                log.warning("queue not made", queue=queue, error=str(error))
                return
            self._made.add(queue)

    @asynccontextmanager
    async def _sender(self, way: tuple[str, int]) -> AsyncIterator[ServiceBusSender]:
        """Raises ServiceUnavailable."""
        async with self._sending[way]:
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    await self._make(way[0])
                    sender = self._senders.get(way)
                    if sender is None:
                        sender = self._publisher.get_queue_sender(self._name(way[0]))
                        self._senders[way] = sender
                    yield sender
            except MessagingEntityNotFoundError as error:
                self._made.discard(way[0])
                await self._drop_sender(way)
                raise ServiceUnavailable(
                    f"There is no queue {self._name(way[0])} on Service Bus, and"
                    " SERVICEBUS_CONNECTION_STRING may not make it: add the claim Manage, or make"
                    " the queue with sessions."
                ) from error
            except DOWN as error:
                await self._drop_sender(way)
                raise ServiceUnavailable(f"Service Bus did not confirm: {error}") from error

    async def _drop_sender(self, way: tuple[str, int]) -> None:
        sender = self._senders.pop(way, None)
        if sender is not None:
            with suppress(*DOWN):
                await sender.close()

    def _name(self, queue: str) -> str:
        return f"{self._prefix}.{queue}"


def _message(place: Partition, job: Envelope) -> ServiceBusMessage:
    return ServiceBusMessage(wrap(job), session_id=str(place.number), message_id=job.id)


async def _send(
    sender: ServiceBusSender, messages: Sequence[ServiceBusMessage]
) -> dict[int, TooLarge]:
    """In as few batches as their size allows. Returns those that no batch can hold."""
    refused: dict[int, TooLarge] = {}
    batch = await sender.create_message_batch()
    for position, message in enumerate(messages):
        try:
            batch.add_message(message)
            continue
        except MessageSizeExceededError:
            if len(batch):
                await sender.send_messages(batch)
                batch = await sender.create_message_batch()
        try:
            batch.add_message(message)
        except MessageSizeExceededError:
            refused[position] = TooLarge("The job is larger than the Service Bus queue allows.")
    if len(batch):
        await sender.send_messages(batch)
    return refused
