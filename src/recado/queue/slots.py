"""How many jobs of a queue run at once in this process, and that their leases last so long.

A slot is for work. Whoever waits long for somebody outside (a model) lends its slot meanwhile, so
that jobs which hang fill no worker: how many may wait is for what they wait for to bound.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

from recado.errors import LeaseLost
from recado.queue.port import Delivery, Queue

#: How soon a starting worker takes one more job at once, when none has ended meanwhile.
GROW_SECONDS = 0.05


class Slots:
    """How many more jobs a consumer may run; taken all at once, so that receives are batches.

    It begins with one and grows up to `most`: doubles with every job that ends, and by one more
    with every moment in which none does. Whatever kills the process right after its start takes
    few jobs with it, and different ones each time, while a job that is the cause soon stands out
    by its `deaths`.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        #: Below zero while those that lent theirs are back at work and others have them still.
        self._count = self._free = 1
        self._given = asyncio.Event()

    async def take_all(self) -> int:
        """What is free, after waiting for some; 0 when woken by `give(0)`."""
        if self._free <= 0:
            self._given.clear()
            # A slow first job must not keep the others waiting.
            patience = GROW_SECONDS if self._count < self._most else None
            try:
                async with asyncio.timeout(patience):
                    await self._given.wait()
            except TimeoutError:
                self._grow(1)
        taken = max(0, self._free)
        self._free -= taken
        return taken

    def job_done(self) -> None:
        self._grow(self._count)
        self.give(1)

    def give(self, count: int) -> None:
        self._free += count
        self._given.set()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """One that is taken is for others as long as the context is open."""
        self.give(1)
        try:
            yield
        finally:
            self._free -= 1

    def _grow(self, by: int) -> None:
        grown = min(by, self._most - self._count)
        self._count += grown
        self._free += grown


#: The slots that the job under way has one of.
job_slots: ContextVar[Slots | None] = ContextVar("job_slots", default=None)


@contextmanager
def waiting_outside() -> Iterator[None]:
    """Around a long wait for somebody outside: this job's slot, if it is one, goes to others."""
    slots = job_slots.get()
    if slots is None:
        yield
    else:
        with slots.lent():
            yield


log = structlog.get_logger(__name__)


class LeaseKeeper:
    """One queue's jobs under way. A lease is renewed each time a third of it is over, looked at
    `LOOKS` times in that third: a timer for each job costs more than most jobs take."""

    LOOKS = 4

    def __init__(self, queue: Queue, lease_seconds: float) -> None:
        self._queue = queue
        self._lease_seconds = lease_seconds
        #: By identity, those due soonest first: an expired job may be handed out here again while
        #: its first handler still runs.
        self._held: dict[int, tuple[float, Delivery]] = {}
        self._renewing: set[asyncio.Task[None]] = set()

    def hold(self, delivery: Delivery) -> None:
        self._held[id(delivery)] = (time.monotonic() + self._lease_seconds / 3, delivery)

    def release(self, delivery: Delivery) -> None:
        self._held.pop(id(delivery), None)

    async def run(self) -> None:
        """Renew until cancelled."""
        while True:
            await asyncio.sleep(self._lease_seconds / 3 / self.LOOKS)
            moment = time.monotonic()
            due = []
            for renew_at, delivery in self._held.values():
                if renew_at > moment:
                    break
                due.append(delivery)
            for delivery in due:
                self.release(delivery)
                if not delivery.settled:
                    self.hold(delivery)
                    task = asyncio.create_task(self._renew(delivery))
                    self._renewing.add(task)
                    task.add_done_callback(self._renewing.discard)

    async def _renew(self, delivery: Delivery) -> None:
        try:
            await self._queue.extend(delivery, self._lease_seconds)
        except LeaseLost:
            self.release(delivery)
        except Exception as error:  # noqa: BLE001 - the edge: logged, and tried again
            log.warning("lease not extended", job=delivery.id, error=repr(error))
