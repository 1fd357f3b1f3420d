"""Webhooks of thousands of jobs: they are published in slices, so that everybody else is answered
meanwhile.

What came later for a lane still goes after what came before, wherever that stands in its webhook.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from recado.queue.port import NewJob, Queue
from recado.webhooks.port import LARGE_BYTES

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
