"""How many jobs of a queue run at once in this process.

A slot is for work. Whoever waits long for somebody outside (a model) lends its slot meanwhile, so
that jobs which hang fill no worker: how many may wait is for what they wait for to bound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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
