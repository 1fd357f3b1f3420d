"""Webhooks of thousands of items: they are read beside the event loop and published in slices, so
that everybody else is answered meanwhile.

What came later for a lane still goes after what came before, wherever that stands in its webhook.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import TypeVar

from recado.channels.messages import InboundItem, InboundStatus
from recado.jobs import INBOUND, STATUSES
from recado.queue.port import NewJob, Queue

T = TypeVar("T")

#: To read more than this takes longer than others should wait.
LARGE_BYTES = 64 * 1024
#: So many items are published together: a queue locks their lanes, or waits for all confirmations.
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

    async def publish(
        self, items: Sequence[InboundItem], trace_id: str, passage: Passage | None
    ) -> None:
        """Returns when all are durable. Raises ServiceUnavailable: then some may be, and are
        recognised when the webhook comes again."""
        if passage is not None:
            passage.lanes = {item.lane for item in items}
            await self._publish_after(items, trace_id, passage)
        elif len(items) > SLICE or (self._under_way and self._is_behind(items)):
            passage = self._begin(Passage(b"", {item.lane for item in items}))
            try:
                await self._publish_after(items, trace_id, passage)
            finally:
                self._end(passage)
        else:
            await self._queue.publish([job_for(item, trace_id) for item in items])

    async def _publish_after(
        self, items: Sequence[InboundItem], trace_id: str, passage: Passage
    ) -> None:
        assert passage.lanes is not None  # noqa: S101 - its items are known by now
        for before in list(takewhile(lambda it: it is not passage, self._under_way)):
            if before.concerns(passage.lanes):
                await before.done.wait()
        for start in range(0, len(items), SLICE):
            some = items[start : start + SLICE]
            await self._queue.publish([job_for(item, trace_id) for item in some])

    def _is_behind(self, items: Sequence[InboundItem]) -> bool:
        lanes = {item.lane for item in items}
        return any(it.concerns(lanes) for it in self._under_way)

    def _begin(self, passage: Passage) -> Passage:
        self._under_way[passage] = None
        return passage

    def _end(self, passage: Passage) -> None:
        del self._under_way[passage]
        passage.done.set()


class Passage:
    """`lanes` are those of its items, once they have been read out of `body`."""

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


async def read_beside(passage: Passage | None, read: Callable[[], T]) -> T:
    """What `read` returns; of a large webhook, it runs beside the event loop."""
    return read() if passage is None else await asyncio.to_thread(read)


def job_for(item: InboundItem, trace_id: str) -> NewJob:
    if isinstance(item, InboundStatus):
        return STATUSES.job(item.lane, item, trace_id=trace_id)
    return INBOUND.job(item.lane, item, trace_id=trace_id)
