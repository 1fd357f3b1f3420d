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
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.transport import AioHttpTransport
from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.aio.management import ServiceBusAdministrationClient
from azure.servicebus.exceptions import MessageSizeExceededError, MessagingEntityNotFoundError

from recado.errors import ServiceUnavailable, SettingsError, TooLarge
from recado.queue.broker import WINDOW, Arrived, Broker, Place, unwrap, wrap
from recado.queue.lanes import Envelope

log = structlog.get_logger(__name__)
# Each connection's every step is information to the SDK.
logging.getLogger("azure").setLevel(logging.ERROR)

TIMEOUT_SECONDS = 10.0
#: A dead owner's session is free after this long; the service allows 5 s to 5 min.
LOCK_SECONDS = 15.0
RENEW_SECONDS = 5.0
RECONNECT_SECONDS = 0.5
#: How many messages are on their way to a receiver at most.
PREFETCH = 100
#: Connections that publish to a queue; a session always goes by the same one.
SENDERS = 4
MOST_DELIVERIES = 2**31 - 1

#: The SDK also says with a ValueError that a handler was shut down meanwhile.
_DOWN = (AzureError, OSError, TimeoutError, ValueError, RuntimeError)


@dataclass(slots=True, eq=False)
class _Attached:
    place: Place
    arrived: Arrived
    receiver: ServiceBusReceiver | None = None
    task: asyncio.Task[None] | None = None
    open: bool = False
    #: How many messages of this receiver are not acknowledged; there may be one more.
    held: int = 0
    room: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class _Token:
    attached: _Attached
    receiver: ServiceBusReceiver
    message: ServiceBusReceivedMessage


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
        self._attached: dict[Place, _Attached] = {}

    async def publish(self, jobs: Sequence[tuple[Place, Envelope]]) -> list[Exception | None]:
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

    async def attach(self, place: Place, arrived: Arrived) -> None:
        await self.detach(place)
        attached = self._attached[place] = _Attached(place, arrived)
        try:
            await self._make(place.queue)
            await self._open(attached)
        except _DOWN as error:
            await self.detach(place)
            raise ServiceUnavailable(f"Service Bus does not answer: {error}") from error
        attached.task = asyncio.create_task(self._bring(attached), name="servicebus:bring")

    def reaches(self, place: Place) -> bool:
        attached = self._attached.get(place)
        return attached is not None and attached.open

    async def detach(self, place: Place) -> None:
        attached = self._attached.pop(place, None)
        if attached is None:
            return
        if attached.task is not None:
            attached.task.cancel()
            await asyncio.gather(attached.task, return_exceptions=True)
        await _close(attached)

    async def ack(self, tokens: Sequence[Any]) -> None:
        async def complete(token: _Token) -> None:
            # It is brought again, and recognised. A link that is just going makes the SDK stumble.
            with suppress(*_DOWN, AttributeError):
                await token.receiver.complete_message(token.message)
            if token.attached.receiver is token.receiver:
                token.attached.held -= 1
                token.attached.room.set()

        await asyncio.gather(*map(complete, tokens))

    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for queue in queues:
            try:
                its = await self._admin.get_queue_runtime_properties(self._name(queue))
                counts[queue] = its.active_message_count or 0
            except ResourceNotFoundError:  # nothing was published to it yet
                counts[queue] = 0
            except _DOWN as error:
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
        except _DOWN as error:
            raise ServiceUnavailable(f"Service Bus does not answer: {error}") from error

    async def close(self) -> None:
        await asyncio.gather(*(self.detach(place) for place in list(self._attached)))
        await asyncio.gather(*(self._drop_sender(way) for way in list(self._senders)))
        for client in (self._client, self._publisher):
            with suppress(*_DOWN):
                await client.close()
        with suppress(*_DOWN):
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
            except _DOWN as error:
                await self._drop_sender(way)
                raise ServiceUnavailable(f"Service Bus did not confirm: {error}") from error

    async def _drop_sender(self, way: tuple[str, int]) -> None:
        sender = self._senders.pop(way, None)
        if sender is not None:
            with suppress(*_DOWN):
                await sender.close()

    async def _open(self, attached: _Attached) -> ServiceBusReceiver:
        place = attached.place
        receiver = self._client.get_queue_receiver(
            self._name(place.queue), session_id=str(place.number), prefetch_count=PREFETCH
        )
        attached.receiver, attached.held = receiver, 0
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await receiver.__aenter__()
        attached.open = True
        return receiver

    async def _bring(self, attached: _Attached) -> None:
        """Until it is cancelled. A receiver that fails is closed and opened anew."""
        while True:
            try:
                receiver = attached.receiver or await self._open(attached)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(_renew(receiver))
                    tasks.create_task(_read(attached, receiver))
            except* _DOWN as errors:
                queue, number = attached.place.queue, attached.place.number
                reason = str(errors.exceptions[0])
                log.warning("session lost", queue=queue, number=number, error=reason)
            except* Exception:
                log.exception("session lost")
            await _close(attached)
            await asyncio.sleep(RECONNECT_SECONDS)

    def _name(self, queue: str) -> str:
        return f"{self._prefix}.{queue}"


async def _read(attached: _Attached, receiver: ServiceBusReceiver) -> None:
    place = attached.place
    while True:
        while attached.held >= WINDOW:
            attached.room.clear()
            await attached.room.wait()
        # One at a time: for more, the SDK lingers. They are in its memory already.
        for message in await receiver.receive_messages(max_message_count=1, max_wait_time=60):
            attached.held += 1
            job = unwrap(b"".join(message.body))
            attached.arrived(place.queue, place.number, job, _Token(attached, receiver, message))


async def _renew(receiver: ServiceBusReceiver) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        await receiver.session.renew_lock(timeout=RENEW_SECONDS)


async def _close(attached: _Attached) -> None:
    receiver, attached.receiver = attached.receiver, None
    attached.open = False
    if receiver is not None:
        with suppress(*_DOWN):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await receiver.close()


def _message(place: Place, job: Envelope) -> ServiceBusMessage:
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
