"""The port of signed webhooks: what a vendor calls gives its paths, a verification, and the jobs of
a body.

All else is the edge's (edge.py): bounds on what strangers may send, the throttle, 200 only once
everything is durable, 403 and a report for what is not signed, a dead letter for what is signed and
cannot be read. Channels are one kind of these (lines/webhooks.py); a payment provider is another.

A webhook of thousands of jobs is published in slices, so that everybody else is answered meanwhile.
What came later for a lane still goes after what came before, wherever that stands in its webhook.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Generic, TypeVar

from recado.queue.port import NewJob, Queue, TypedQueue

Proof = TypeVar("Proof")
T = TypeVar("T")

#: To read more than this takes longer than others should wait.
LARGE_BYTES = 64 * 1024


@dataclass(slots=True)
class WebhookRequest:
    """What was sent. `headers` have lower-case names; `url` is what was called, as the vendor would
    write it: some sign it. `trace_id` goes into the jobs. The body is there once it may be read."""

    headers: Mapping[str, str]
    url: str
    trace_id: str = ""
    body: bytes = b""

    async def beside(self, read: Callable[[], T]) -> T:
        """What `read` returns; of a large body, it runs beside the event loop."""
        if len(self.body) <= LARGE_BYTES:
            return read()
        return await asyncio.to_thread(read)


@dataclass(frozen=True, slots=True)
class Contents:
    """The jobs of a body, in their order, and how many things in it were `foreign`: signed, but not
    by whom they are for. With nothing but these the webhook is refused."""

    jobs: Sequence[NewJob]
    foreign: int = 0


async def _admit(request: WebhookRequest) -> None:
    """The body decides."""


def _ignore(reason: str) -> None:
    """Nobody else is to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedWebhook(Generic[Proof]):
    """One vendor's webhooks.

    `name` says whose they are in metrics, spans and the log. `paths` are Starlette paths; those
    under /webhook may have bodies of up to 32 MB and are not in the access log. `verify` checks
    that the vendor sent the request, and returns what proves it; `jobs_of` reads the verified body
    (a long one with `request.beside`). Neither may need the database: ingestion goes on while it is
    away.

    `verify` raises InvalidSignature: missing, wrong, or no secret configured (it fails closed).
    `jobs_of` raises UnparsablePayload when nobody can read the body: it is kept as a dead letter of
    `queue`. A job's lane ends with ":" and whose it is, as that stands in the body: what comes
    meanwhile for the same lane then waits for a long body that came before.

    `check_headers` may refuse what the headers alone show to be no one's (InvalidSignature): its
    body, which may come slowly, is not even read. `answer_challenge` answers the vendor's GET when
    a webhook is subscribed. `refused` is told why a webhook was refused.
    """

    name: str
    paths: tuple[str, ...]
    queue: TypedQueue[Any]
    verify: Callable[[WebhookRequest], Awaitable[Proof]]
    jobs_of: Callable[[WebhookRequest, Proof], Awaitable[Contents]]
    check_headers: Callable[[WebhookRequest], Awaitable[None]] = _admit
    answer_challenge: Callable[[Mapping[str, str]], Awaitable[str]] | None = None
    refused: Callable[[str], None] = _ignore
    max_bytes: int = 1024 * 1024
    accepted: bytes = b""
    media_type: str = "text/plain"


#: So many jobs are published together: a queue locks their lanes, or waits for all confirmations.
SLICE = 500


class Slices:
    """The webhooks that are on their way into one `queue`."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        #: Those that others may have to wait for, in the order in which they came.
        self._under_way: dict[Passage, None] = {}

    @contextmanager
    def passage(self, body: bytes) -> Iterator[Passage | None]:
        """A webhook's way in, from when its `body` is verified; None for most, which are done
        before anything else can come."""
        if len(body) <= LARGE_BYTES:
            yield None
            return
        passage = self._begin(Passage(body))
        try:
            yield passage
        finally:
            self._end(passage)

    async def publish(self, jobs: Sequence[NewJob], passage: Passage | None) -> None:
        """Returns when all are durable. Raises ServiceUnavailable: then some may be, and are
        recognised when the webhook comes again."""
        if passage is not None:
            passage.lanes = {job.lane for job in jobs}
            await self._publish_after(jobs, passage)
        elif len(jobs) > SLICE or (self._under_way and self._is_behind(jobs)):
            passage = self._begin(Passage(b"", {job.lane for job in jobs}))
            try:
                await self._publish_after(jobs, passage)
            finally:
                self._end(passage)
        else:
            await self._queue.publish(jobs)

    async def _publish_after(self, jobs: Sequence[NewJob], passage: Passage) -> None:
        assert passage.lanes is not None  # noqa: S101 - its jobs are known by now
        for before in list(takewhile(lambda it: it is not passage, self._under_way)):
            if before.concerns(passage.lanes):
                await before.done.wait()
        for start in range(0, len(jobs), SLICE):
            await self._queue.publish(jobs[start : start + SLICE])

    def _is_behind(self, jobs: Sequence[NewJob]) -> bool:
        lanes = {job.lane for job in jobs}
        return any(it.concerns(lanes) for it in self._under_way)

    def _begin(self, passage: Passage) -> Passage:
        self._under_way[passage] = None
        return passage

    def _end(self, passage: Passage) -> None:
        del self._under_way[passage]
        passage.done.set()


class Passage:
    """`lanes` are those of its jobs, once they have been read out of `body`."""

    __slots__ = ("_body", "done", "lanes")

    def __init__(self, body: bytes, lanes: Collection[str] | None = None) -> None:
        self._body = body
        self.lanes = lanes
        self.done = asyncio.Event()

    def concerns(self, lanes: Collection[str]) -> bool:
        """Whether it has, or may have, something for one of these."""
        if self.lanes is None:  # a lane ends with whose it is, and that stands in the body
            return any(lane.rpartition(":")[2].encode() in self._body for lane in lanes)
        return not set(lanes).isdisjoint(self.lanes)
