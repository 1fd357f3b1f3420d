"""What an engine outside the database must be able to do: all the rest is the same for each.

A queue is cut into partitions, and a lane belongs to one of them. A broker keeps a partition's
jobs in order until each is acknowledged, and brings them to the one process that is attached; when
another attaches, it brings all that are left, from the first one on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol
from zlib import crc32

import msgspec

from recado.queue.brokers.lanes import Envelope
from recado.store import now

#: How many jobs of a partition its owner has in memory at most. A lane that is stuck with more
#: than this behind it holds up those that share its partition.
WINDOW = 1000


class Arrived(Protocol):
    """Called for each job that the broker brings; `token` is what `ack` takes later."""

    def __call__(self, queue: str, number: int, job: Envelope, token: Any, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of a queue."""

    queue: str
    number: int


class Broker(ABC):
    #: How many partitions each queue has; the same in every process.
    partitions: int
    #: Whether `backlog` counts what is in the hands of the partitions' owners, too.
    counts_held: bool

    @abstractmethod
    async def publish(self, jobs: Sequence[tuple[Partition, Envelope]]) -> list[Exception | None]:
        """Publish in order, all on their way at once. Returns when each is confirmed as durable,
        with None or its error. Raises ServiceUnavailable: the broker does not answer."""

    @abstractmethod
    async def attach(self, place: Partition, arrived: Arrived) -> None:
        """Have the partition's jobs brought here until `detach`. Of what was attached before, to
        this place too, nothing more is brought. Raises ServiceUnavailable.

        A job may be brought again with a new token; the newest counts.
        """

    @abstractmethod
    def reaches(self, place: Partition) -> bool:
        """Whether what waits in the attached partition can come here. When it has ended, as with a
        lost connection, the owner attaches anew: all that is left comes again, in order."""

    @abstractmethod
    async def detach(self, place: Partition) -> None:
        """Let go of the partition with all that was not acknowledged. Never raises."""

    @abstractmethod
    async def ack(self, tokens: Sequence[Any]) -> None:
        """These jobs are done. What gets lost on the way is brought again. Never raises."""

    @abstractmethod
    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        """How many jobs wait, by queue. Raises ServiceUnavailable."""

    @abstractmethod
    async def check(self) -> None:
        """Raises ServiceUnavailable when the broker does not answer."""

    @abstractmethod
    async def close(self) -> None:
        """Detach from everything and release the connection."""

    @abstractmethod
    async def remove(self, queues: Sequence[str]) -> None:
        """Delete these queues on the broker with all that is in them. For tests."""


wrap = msgspec.msgpack.Encoder().encode
_unwrap = msgspec.msgpack.Decoder(Envelope).decode


def unwrap(data: bytes) -> Envelope:
    """The job in a broker's message. What Recado did not write is a job, too: its handler refuses
    it, and it becomes a dead letter that a person sees."""
    try:
        return _unwrap(data)
    except msgspec.DecodeError:
        id = f"foreign-{sha256(data).hexdigest()}"
        return Envelope(id, lane=id, body=data, published_at=now(), ready_at=0.0)


def place_of(queue: str, lane: str, partitions: int) -> Partition:
    return Partition(queue, crc32(lane.encode()) % partitions)
