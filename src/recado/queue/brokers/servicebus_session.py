"""A session on Service Bus as its owner has it: its messages are brought, its lock is renewed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog
from azure.core.exceptions import AzureError
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from recado.queue.brokers.broker import WINDOW, Arrived, Partition, unwrap
from recado.resilience.lasting import lasting

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10.0
RENEW_SECONDS = 5.0
RECONNECT_SECONDS = 0.5
#: How many messages are on their way to a receiver at most.
PREFETCH = 100

#: The SDK also says with a ValueError that a handler was shut down meanwhile.
DOWN = (AzureError, OSError, TimeoutError, ValueError, RuntimeError)


class Session:
    """`queue` is the queue's name there."""

    def __init__(
        self, client: ServiceBusClient, queue: str, place: Partition, arrived: Arrived
    ) -> None:
        #: Whether its lock is ours, as far as we know.
        self.open = False
        self._client = client
        self._queue = queue
        self._place = place
        self._arrived = arrived
        self._receiver: ServiceBusReceiver | None = None
        self._task: asyncio.Task[None] | None = None
        #: How many messages of this receiver are not acknowledged; there may be one more.
        self._held = 0
        self._room = asyncio.Event()

    async def start(self) -> None:
        """Raises what the SDK raises when the lock is another's."""
        await self._open()
        self._task = lasting("servicebus:bring", self._bring)

    async def leave(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._close()

    async def complete(self, token: Token) -> None:
        # It is brought again, and recognised. A link that is just going makes the SDK stumble.
        with suppress(*DOWN, AttributeError):
            await token.receiver.complete_message(token.message)
        if self._receiver is token.receiver:
            self._held -= 1
            self._room.set()

    async def _open(self) -> ServiceBusReceiver:
        receiver = self._client.get_queue_receiver(
            self._queue, session_id=str(self._place.number), prefetch_count=PREFETCH
        )
        self._receiver, self._held = receiver, 0
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await receiver.__aenter__()
        self.open = True
        return receiver

    async def _bring(self) -> None:
        """Until it is cancelled. A receiver that fails is closed and opened anew."""
        while True:
            try:
                receiver = self._receiver or await self._open()
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(_renew(receiver))
                    tasks.create_task(self._read(receiver))
            except* DOWN as errors:
                queue, number = self._place.queue, self._place.number
                reason = str(errors.exceptions[0])
                log.warning("session lost", queue=queue, number=number, error=reason)
            except* Exception:
                log.exception("session lost")
            await self._close()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _read(self, receiver: ServiceBusReceiver) -> None:
        queue, number = self._place.queue, self._place.number
        while True:
            while self._held >= WINDOW:
                self._room.clear()
                await self._room.wait()
            # One at a time: for more, the SDK lingers. They are in its memory already.
            for message in await receiver.receive_messages(max_message_count=1, max_wait_time=60):
                self._held += 1
                job = unwrap(b"".join(message.body))
                self._arrived(queue, number, job, Token(self, receiver, message))

    async def _close(self) -> None:
        receiver, self._receiver = self._receiver, None
        self.open = False
        if receiver is not None:
            with suppress(*DOWN):
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    await receiver.close()


@dataclass(frozen=True, slots=True)
class Token:
    session: Session
    receiver: ServiceBusReceiver
    message: ServiceBusReceivedMessage


async def _renew(receiver: ServiceBusReceiver) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        await receiver.session.renew_lock(timeout=RENEW_SECONDS)
