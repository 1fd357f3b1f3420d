"""What this process knows of a queue: who waits, what was handed over, and when to look."""

from __future__ import annotations

import asyncio
from collections import deque

from recado.queue.port import Delivery


class Local:
    """`wanted` jobs are waited for here, under leases of `lease_seconds`; `handed` were written as
    received already. The table is looked through when `stale`, or at one of the two times."""

    __slots__ = ("due_at", "handed", "lease_seconds", "poll_at", "signal", "stale", "wanted")

    def __init__(self) -> None:
        self.signal = asyncio.Event()
        self.wanted = 0
        self.lease_seconds = 0.0
        self.handed: deque[Delivery] = deque()
        self.stale = True
        #: By the queue's clock, when the next job is due; None: nobody knows of any.
        self.due_at: float | None = None
        #: By the event loop's clock, when to look for what other processes published.
        self.poll_at = 0.0

    @property
    def takes_more(self) -> bool:
        return self.wanted > len(self.handed)

    def hand_over(self, delivery: Delivery) -> None:
        self.handed.append(delivery)
        self.signal.set()

    def take(self, limit: int) -> list[Delivery]:
        return [self.handed.popleft() for _ in range(min(limit, len(self.handed)))]

    def look(self) -> None:
        """Something in the table has changed."""
        self.stale = True
        self.signal.set()

    def look_at(self, due_at: float) -> None:
        self.know(due_at)
        self.signal.set()

    def know(self, due_at: float | None) -> None:
        """A job is due then; what was heard of meanwhile may be due earlier."""
        known = [at for at in (self.due_at, due_at) if at is not None]
        self.due_at = min(known, default=None)
