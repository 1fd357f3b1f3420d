"""The queue port.

A **lane** is a key within a queue: its jobs are handed out one at a time, in the order in which
they were published, also through retries; lanes never wait for each other. A job is received
under a **lease**; it is gone with `ack`, comes again after `retry`, or when the lease ends
because its worker died. After too many receives it becomes a **dead letter**.

`TypedQueue` is a queue with the type of its bodies: JSON in the engine, structs in the code.
`Batcher` is for whoever writes an engine: many small requests to a database or broker, sent as few
large ones. What arrives while one batch is on its way goes out as the next: a lone request waits
for nothing, and a crowd shares the round trips.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from recado.errors import UnparsablePayload
from recado.store import Tx

if TYPE_CHECKING:
    from recado.queue.inline_job import InlineJob


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """One queue's figures: how long a lease lasts, and how often a job is tried."""

    name: str
    lease_seconds: float = 30.0
    max_receives: int = 3
    retention_days: int = 14
    concurrency: int = 32
    #: Back-off before the second try; doubles from try to try up to the maximum.
    retry_base_seconds: float = 1.0
    retry_max_seconds: float = 60.0


class NewJob(msgspec.Struct, frozen=True):
    """A job to publish. Of jobs with the same `dedup`, one waits at most: publishing another
    while it has not been received yet has no effect. `trace_id` may carry a span with it
    (observability/tracing.py)."""

    queue: str
    lane: str
    body: bytes
    delay_seconds: float = 0.0
    dedup: str | None = None
    trace_id: str = ""


class Delivery(msgspec.Struct):
    """A job under lease. `receives` counts from 1. `lease` is the engine's own handle."""

    id: str
    queue: str
    lane: str
    body: bytes
    receives: int
    published_at: float
    lease: str
    trace_id: str = ""
    #: How many processes died holding it, beyond `receives`, where the engine can tell.
    deaths: int = 0
    #: Set once the job is acked, retried or dead: a worker then has nothing left to do.
    settled: bool = False
    #: What the handler tells of the job, for its trace and its log lines.
    facts: dict[str, str | None] | None = None

    def note(self, **facts: str | None) -> None:
        """Tell which message, conversation, line or channel it is about: ids, never words."""
        if self.facts is None:
            self.facts = facts
        else:
            self.facts.update(facts)


@dataclass(frozen=True, slots=True)
class QueueDepth:
    waiting: int
    leased: int
    oldest_seconds: float


class Queue(ABC):
    #: True when `publish_in` and `ack_in` commit with the caller's transaction; engines outside
    #: the database relay after the commit instead, so a crash between may deliver a job twice.
    transactional: bool

    @abstractmethod
    async def publish(self, jobs: Sequence[NewJob]) -> None:
        """Publish `jobs` in order. Returns when all are durable; raises ServiceUnavailable."""

    @abstractmethod
    def publish_in(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        """Publish `jobs` with the caller's transaction: both happen, or neither."""

    def inline_job(self, job: NewJob) -> InlineJob | None:
        """For publishing `job` by the statement that writes its cause. Returns None if the engine
        has no such form: use `publish_in`."""
        return None

    @abstractmethod
    async def receive(self, spec: QueueSpec, limit: int, wait_seconds: float) -> list[Delivery]:
        """Up to `limit` heads of lanes, each now leased for `spec.lease_seconds`.

        Returns at once when there are any, else waits up to `wait_seconds` for one and may
        return none. Raises ServiceUnavailable.
        """

    @abstractmethod
    async def ack(self, delivery: Delivery) -> None:
        """The job is done. Raises LeaseLost when the lease has passed on."""

    @abstractmethod
    def ack_in(self, tx: Tx, delivery: Delivery) -> None:
        """The job is done with the caller's transaction. Raises LeaseLost: roll back."""

    @abstractmethod
    async def retry(self, delivery: Delivery, delay_seconds: float, cause: str) -> None:
        """Hand the job out again after the delay; its lane waits, others do not."""

    @abstractmethod
    async def defer(self, delivery: Delivery, delay_seconds: float) -> None:
        """As `retry`, for a job that is not due yet: this receive does not count."""

    @abstractmethod
    def dead_letter_in(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        """Put the job aside with its cause, with the caller's transaction; its lane goes on."""

    @abstractmethod
    async def extend(self, delivery: Delivery, seconds: float) -> None:
        """Lengthen the lease to `seconds` from now. Raises LeaseLost."""

    @abstractmethod
    async def depth(self) -> Mapping[str, QueueDepth]:
        """How much waits, by queue name. Queues with nothing in them may be absent."""

    async def recover(self) -> int:
        """Release leases that a dead predecessor of this very process still holds."""
        return 0

    @abstractmethod
    async def check(self) -> None:
        """Raise ServiceUnavailable when the engine does not answer."""

    async def close(self) -> None:
        """Release connections."""


T = TypeVar("T")


class Damaged(msgspec.Struct, frozen=True, tag="damaged", tag_field="job"):
    """In place of a body: what came for the queue, and why nobody can read it."""

    cause: str
    raw: str


class TypedQueue(Generic[T]):
    def __init__(self, spec: QueueSpec, body_type: type[T]) -> None:
        self.spec = spec
        self.name = spec.name
        self._decoder = msgspec.json.Decoder(body_type)

    def job(
        self,
        lane: str,
        body: T,
        *,
        delay_seconds: float = 0.0,
        dedup: str | None = None,
        trace_id: str = "",
    ) -> NewJob:
        return NewJob(self.name, lane, _encode(body), delay_seconds, dedup, trace_id)

    def damaged_job(self, lane: str, raw: bytes, cause: str, *, trace_id: str = "") -> NewJob:
        """Keep what nobody can read: whoever receives it finds it damaged, and it becomes a dead
        letter with `raw` and the cause."""
        job = Damaged(cause, readable(raw))
        return NewJob(self.name, lane, _encode(job), trace_id=trace_id)

    def body(self, delivery: Delivery) -> T:
        """Raises UnparsablePayload: it came damaged; msgspec.ValidationError: the job was
        published by another version."""
        if delivery.body.startswith(_DAMAGED):
            raise UnparsablePayload(_decode_damaged(delivery.body).cause)
        return self._decoder.decode(delivery.body)


def readable(raw: bytes) -> str:
    """Bytes of a stranger as text that every database takes."""
    return raw.decode("utf-8", "replace").replace("\x00", "\ufffd")


_encode = msgspec.json.Encoder().encode
_decode_damaged = msgspec.json.Decoder(Damaged).decode
#: How such a body begins: a look at the first bytes is all that the others pay for it.
_DAMAGED = _encode(Damaged("", "")).partition(b",")[0]


Item = TypeVar("Item")

#: A batch takes no more items than this, so that the first of a flood is not kept waiting.
MAX_BATCH = 500


class Batcher(Generic[Item]):
    """`send` takes a batch and returns for each item what its caller is told: None, or an error.

    What `send` itself raises goes to every caller in the batch.
    """

    def __init__(
        self,
        send: Callable[[list[Item]], Awaitable[list[Exception | None]]],
        limit: int = MAX_BATCH,
    ) -> None:
        self._send = send
        self._limit = limit
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> None:
        """Send `item`, in order of calls. Returns once it is done, or raises its error."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._run(), name="batcher")
        await done

    async def _run(self) -> None:
        while self._waiting:
            batch = self._waiting[: self._limit]
            del self._waiting[: self._limit]
            try:
                errors = await self._send([item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 - belongs to the callers, who get it
                errors = [error] * len(batch)
            except asyncio.CancelledError:  # the loop is ending
                for _, done in batch + self._waiting:
                    done.cancel()
                self._waiting.clear()
                raise
            for (_, done), problem in zip(batch, errors, strict=True):
                if done.done():  # its caller was cancelled
                    continue
                if problem is None:
                    done.set_result(None)
                else:
                    done.set_exception(problem)
