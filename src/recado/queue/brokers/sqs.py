"""AWS SQS: a FIFO queue a partition, a message group a lane.

A message that was received is invisible for a while, its owner lengthens that as long as it has the
job in hand, and behind it its group waits. An owner that gives a partition up makes its messages
visible again; those of a dead one become so by themselves. Either way the next owner is brought a
group's messages from the first one on.

`sqs://REGION/PREFIX?partitions=4&wait=10`; credentials are found as every AWS client finds them,
or stand in the URL (`sqs://KEY:SECRET@REGION/PREFIX`). `endpoint=http://HOST:PORT`, or
AWS_ENDPOINT_URL, names another server. The queues are made at the first use. Of a group, up to ten
messages come at once, the others when those are done:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from recado.errors import ServiceUnavailable, TooLarge
from recado.queue.brokers.broker import Arrived, Broker, Partition, wrap
from recado.queue.brokers.lanes import Envelope
from recado.queue.brokers.sqs_partition import (
    BATCH,
    DOWN,
    VISIBLE_AFTER_SECONDS,
    SqsPartition,
    Token,
    tens,
)

TIMEOUT_SECONDS = 5.0
#: How long `close` waits for calls that may still be given messages.
LEAVING_SECONDS = 3.0
#: Bytes in one call, as SQS allows.
BATCH_BYTES = 256 * 1024
ATTRIBUTES = {
    "FifoQueue": "true",
    "MessageRetentionPeriod": str(14 * 24 * 3600),
    "VisibilityTimeout": str(VISIBLE_AFTER_SECONDS),
    "DeduplicationScope": "messageGroup",
    "FifoThroughputLimit": "perMessageGroupId",
}
COUNTS = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]


class SqsBroker(Broker):
    counts_held = True

    def __init__(
        self,
        region: str,
        *,
        prefix: str,
        partitions: int,
        wait_seconds: int = 10,
        endpoint: str | None = None,
        credentials: tuple[str, str] | None = None,
    ) -> None:
        self.partitions = partitions
        self._prefix = prefix
        self._wait_seconds = wait_seconds
        key, secret = credentials or (None, None)
        self._options = {
            "region_name": region,
            "endpoint_url": endpoint,
            "aws_access_key_id": key,
            "aws_secret_access_key": secret,
        }
        self._client: Any = None
        self._connecting = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._urls: dict[Partition, str] = {}
        self._attached: dict[Partition, SqsPartition] = {}
        self._polling: set[asyncio.Task[None]] = set()

    async def publish(self, jobs: Sequence[tuple[Partition, Envelope]]) -> list[Exception | None]:
        places: defaultdict[Partition, dict[str, _Sent]] = defaultdict(dict)
        for index, (place, job) in enumerate(jobs):
            # Equal jobs that are published together are one already: their owner could not
            # make them one, for the second is not brought before the first is done.
            key = job.id if job.dedup is None else f"{job.lane}\0{job.dedup}"
            sent = places[place].setdefault(key, _Sent(job, b64encode(wrap(job)).decode()))
            sent.indices.append(index)
        outcomes: list[Exception | None] = [None] * len(jobs)

        async def go(place: Partition, its: Sequence[_Sent]) -> None:
            for batch in _batches(its):
                for sent, error in zip(batch, await self._send(place, batch), strict=True):
                    for index in sent.indices:
                        outcomes[index] = error

        await asyncio.gather(*(go(place, list(its.values())) for place, its in places.items()))
        if outcomes and all(isinstance(it, ServiceUnavailable) for it in outcomes):
            raise ServiceUnavailable(str(outcomes[0]))
        return outcomes

    async def attach(self, place: Partition, arrived: Arrived) -> None:
        await self.detach(place)
        url = await self._url(place)
        attached = SqsPartition(self._client, url, self._wait_seconds, place, arrived)
        self._attached[place] = attached
        polling = attached.start()
        self._polling.add(polling)
        polling.add_done_callback(self._polling.discard)

    def reaches(self, place: Partition) -> bool:
        attached = self._attached.get(place)
        return attached is not None and attached.answered

    async def detach(self, place: Partition) -> None:
        attached = self._attached.pop(place, None)
        if attached is not None:
            await attached.leave()

    async def ack(self, tokens: Sequence[Any]) -> None:
        by_url: defaultdict[str, list[Token]] = defaultdict(list)
        for token in tokens:
            token.partition.done(token)
            by_url[token.partition.url].append(token)

        async def delete(url: str, its: Sequence[Token]) -> None:
            entries = [{"Id": str(n), "ReceiptHandle": it.handle} for n, it in enumerate(its)]
            with suppress(*DOWN):  # they are brought again, and recognised
                await self._client.delete_message_batch(QueueUrl=url, Entries=entries)

        await asyncio.gather(
            *(delete(url, some) for url, its in by_url.items() for some in tens(its))
        )

    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        client = await self._connected()

        async def count(place: Partition) -> int:
            try:
                url = await self._url(place, make=False)
                answer = await client.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)
            except ClientError as error:
                if _is_missing(error):  # nothing was published to it yet
                    self._urls.pop(place, None)
                    return 0
                raise
            return sum(int(it) for it in answer["Attributes"].values())

        places = [Partition(queue, number) for queue in queues for number in range(self.partitions)]
        try:
            counts = await asyncio.gather(*map(count, places))
        except DOWN as error:
            raise ServiceUnavailable(f"SQS does not answer: {error}") from error
        totals = dict.fromkeys(queues, 0)
        for place, number in zip(places, counts, strict=True):
            totals[place.queue] += number
        return totals

    async def check(self) -> None:
        client = await self._connected()
        try:
            await client.get_queue_url(QueueName=self._name(Partition("inbound", 0)))
        except ClientError as error:
            if not _is_missing(error):
                raise ServiceUnavailable(f"SQS refuses: {error}") from error
        except DOWN as error:
            raise ServiceUnavailable(f"SQS does not answer: {error}") from error

    async def close(self) -> None:
        await asyncio.gather(*(self.detach(place) for place in list(self._attached)))
        if self._polling:
            await asyncio.wait(self._polling, timeout=LEAVING_SECONDS)
        for task in self._polling:
            task.cancel()
        await asyncio.gather(*self._polling, return_exceptions=True)
        await self._stack.aclose()
        self._client = None

    async def remove(self, queues: Sequence[str]) -> None:
        client = await self._connected()
        for queue in queues:
            for number in range(self.partitions):
                with suppress(ClientError):
                    url = await self._url(Partition(queue, number), make=False)
                    await client.delete_queue(QueueUrl=url)
        self._urls.clear()

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._client is None:
                config = AioConfig(
                    connect_timeout=TIMEOUT_SECONDS,
                    read_timeout=self._wait_seconds + TIMEOUT_SECONDS,
                    max_pool_connections=256,  # each partition has a call under way
                    retries={"mode": "standard", "total_max_attempts": 2},
                )
                opening = get_session().create_client("sqs", config=config, **self._options)
                try:
                    self._client = await self._stack.enter_async_context(opening)
                except DOWN as error:
                    raise ServiceUnavailable(f"SQS cannot be used: {error}") from error
            return self._client

    async def _url(self, place: Partition, *, make: bool = True) -> str:
        """The address of the partition's queue. Raises ServiceUnavailable; without `make`, what
        the client raises."""
        if (url := self._urls.get(place)) is not None:
            return url
        client, name = await self._connected(), self._name(place)
        try:
            try:
                answer = await client.get_queue_url(QueueName=name)
            except ClientError as error:
                if not make or not _is_missing(error):
                    raise
                answer = await client.create_queue(QueueName=name, Attributes=ATTRIBUTES)
        except DOWN as error:
            if not make:
                raise
            raise ServiceUnavailable(f"SQS does not give the queue {name}: {error}") from error
        self._urls[place] = str(answer["QueueUrl"])
        return self._urls[place]

    async def _send(self, place: Partition, batch: Sequence[_Sent]) -> list[Exception | None]:
        entries = [
            {
                "Id": str(number),
                "MessageBody": sent.body,
                "MessageGroupId": sha256(sent.job.lane.encode()).hexdigest(),
                "MessageDeduplicationId": sent.job.id,
            }
            for number, sent in enumerate(batch)
        ]
        try:
            url = await self._url(place)
            answer = await self._client.send_message_batch(QueueUrl=url, Entries=entries)
        except (*DOWN, ServiceUnavailable) as error:
            if isinstance(error, ClientError) and _is_missing(error):
                self._urls.pop(place, None)  # somebody has deleted it
            down: Exception = ServiceUnavailable(f"SQS did not take a job: {error}")
            if isinstance(error, ClientError) and "TooLong" in str(error.response["Error"]["Code"]):
                down = TooLarge("The job is larger than SQS allows.")
            return [down] * len(batch)
        outcomes: list[Exception | None] = [None] * len(batch)
        for failed in answer.get("Failed", ()):
            text = f"SQS did not take a job: {failed.get('Code')}: {failed.get('Message')}"
            outcomes[int(failed["Id"])] = ServiceUnavailable(text)
        return outcomes

    def _name(self, place: Partition) -> str:
        return f"{self._prefix}-{place.queue}-{place.number}.fifo"


@dataclass(slots=True)
class _Sent:
    """A message to send, and which of the published jobs it is."""

    job: Envelope
    body: str
    indices: list[int] = field(default_factory=list)


def _batches(its: Sequence[_Sent]) -> Iterator[list[_Sent]]:
    """In order, each within what one call may hold."""
    batch: list[_Sent] = []
    size = 0
    for sent in its:
        if batch and (len(batch) == BATCH or size + len(sent.body) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(sent)
        size += len(sent.body)
    if batch:
        yield batch


def _is_missing(error: ClientError) -> bool:
    return "QueueDoesNotExist" in str(error) or "NonExistentQueue" in str(error)
