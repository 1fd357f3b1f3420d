"""Keeps the leases of long jobs alive, for as long as they run here."""

from __future__ import annotations

import asyncio
import time

import structlog

from recado.errors import LeaseLost
from recado.queue.port import Delivery, Queue

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
