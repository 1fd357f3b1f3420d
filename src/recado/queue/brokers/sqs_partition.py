"""A partition on SQS as its owner has it: jobs are asked for, kept from others, and given back."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from recado.queue.brokers.broker import WINDOW, Arrived, Partition, unwrap
from recado.resilience.lasting import lasting
from recado.store import new_id

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
#: After this long the jobs of a dead owner come again.
VISIBLE_AFTER_SECONDS = 15
EXTEND_SECONDS = 5.0
#: Messages in one call, as SQS allows.
BATCH = 10

DOWN = (BotoCoreError, ClientError, OSError, TimeoutError)
_T = TypeVar("_T")


class SqsPartition:
    """`client` is the SDK's, `url` the address of the partition's queue."""

    def __init__(
        self, client: Any, url: str, wait_seconds: int, place: Partition, arrived: Arrived
    ) -> None:
        self.url = url
        #: Whether SQS has answered the latest call for jobs.
        self.answered = True
        self._client = client
        self._wait_seconds = wait_seconds
        self._place = place
        self._arrived = arrived
        #: By the message's id, what lengthens or ends its time in hand: the newest counts.
        self._held: dict[str, str] = {}
        self._room = asyncio.Event()
        self._leaving = asyncio.Event()
        self._extending: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """The task asks for jobs until `leave`; it may still be given some then, and returns
        them."""
        self._extending = lasting("sqs:extend", self._extend)
        return lasting("sqs:poll", self._poll)

    async def leave(self) -> None:
        """Give back what is in hand."""
        # A call that is under way goes on: what it may be given goes back, too.
        self._leaving.set()
        self._room.set()
        if self._extending is not None:
            self._extending.cancel()
            await asyncio.gather(self._extending, return_exceptions=True)
        with suppress(*DOWN):  # then they become visible by themselves
            await self._hide(0)

    def done(self, token: Token) -> None:
        self._held.pop(token.message_id, None)
        self._room.set()

    async def _poll(self) -> None:
        attempt = new_id()
        while not self._leaving.is_set():
            if len(self._held) >= WINDOW:
                self._room.clear()
                await self._room.wait()
                continue
            try:
                messages = await self._receive(attempt)
                attempt = new_id()
                if self._leaving.is_set():
                    await self._hide(0)
                else:
                    self._bring(messages)
            except DOWN as error:
                # The same attempt brings what was lost on its way.
                self.answered = False
                log.warning("SQS does not answer", queue=self._place.queue, error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                log.exception("jobs not taken", queue=self._place.queue)
                await asyncio.sleep(RETRY_SECONDS)

    async def _receive(self, attempt: str) -> Sequence[Mapping[str, str]]:
        answer = await self._client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=self._wait_seconds,
            VisibilityTimeout=VISIBLE_AFTER_SECONDS,
            ReceiveRequestAttemptId=attempt,
        )
        self.answered = True
        messages: Sequence[Mapping[str, str]] = answer.get("Messages", ())
        self._held.update((it["MessageId"], it["ReceiptHandle"]) for it in messages)
        return messages

    def _bring(self, messages: Sequence[Mapping[str, str]]) -> None:
        for message in messages:
            id, handle = message["MessageId"], message["ReceiptHandle"]
            try:
                job = unwrap(b64decode(message["Body"], validate=True))
            except ValueError:  # Recado did not write it
                job = unwrap(message["Body"].encode())
            self._arrived(self._place.queue, self._place.number, job, Token(self, id, handle))

    async def _extend(self) -> None:
        while True:
            await asyncio.sleep(EXTEND_SECONDS)
            try:
                await self._hide(VISIBLE_AFTER_SECONDS)
            except DOWN as error:
                log.warning("jobs not extended", queue=self._place.queue, error=str(error))

    async def _hide(self, seconds: int) -> None:
        """Keep what is in hand from all others for so long."""
        for handles in tens(list(self._held.values())):
            entries = [
                {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
                for n, handle in enumerate(handles)
            ]
            await self._client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)


@dataclass(frozen=True, slots=True)
class Token:
    partition: SqsPartition
    message_id: str
    handle: str


def tens(its: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for at in range(0, len(its), BATCH):
        yield its[at : at + BATCH]
