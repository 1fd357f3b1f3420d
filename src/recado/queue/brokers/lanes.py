"""Lanes in the memory of the process that owns their partition.

A broker hands over a partition's jobs in order, many at once; this table keeps those of a lane
waiting behind its first, so that a slow or failing lane holds up nobody but itself. It knows no
broker and no clock: times come from the caller, what it decides goes back to them.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import Any

import msgspec

from recado.errors import LeaseLost
from recado.queue.port import Delivery
from recado.store import new_id

#: A job with a `dedup` waits this long for equal ones that come right behind it …
LINGER_SECONDS = 0.003
#: … and no longer than this in all.
LINGER_MAX_SECONDS = 0.03
#: How many jobs are remembered after their end, should the broker bring one again.
REMEMBERED = 50_000
#: How long counts wait for a job that a former owner knew: it is among the first to come.
COUNTS_SECONDS = 120.0


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """A job as it travels through a broker. `ready_at` holds its delay."""

    id: str
    lane: str
    body: bytes
    published_at: float
    ready_at: float
    dedup: str | None = None
    trace_id: str = ""


class Counts(msgspec.Struct, array_like=True):
    """What must outlive the process that holds a job: how often it was tried."""

    id: str
    receives: int
    deaths: int
    leased: bool


@dataclass(slots=True, eq=False)
class Entry:
    """A job in the table. `token` is what the broker needs to acknowledge it."""

    job: Envelope
    partition: int
    token: Any
    arrived_at: float
    ready_at: float
    receives: int = 0
    deaths: int = 0
    lease: str | None = None
    leased_until: float = 0.0
    #: Of the items that the table's schedule has had for it, the one that counts.
    item: int = 0

    def is_leased(self, now: float) -> bool:
        return self.lease is not None and self.leased_until > now


@dataclass(slots=True)
class PartitionState:
    """A partition's jobs by id, those of them that were tried, and the counts of those that have
    not come yet."""

    entries: dict[str, Entry] = field(default_factory=dict)
    tried: dict[str, Entry] = field(default_factory=dict)
    expected: dict[str, Counts] = field(default_factory=dict)
    attached_at: float = 0.0
    #: Nothing more is handed out: it is being given up. Set by `drain` and `resume` alone.
    draining: bool = False


class LaneTable:
    """One queue's lanes in the partitions that this process owns."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.partitions: dict[int, PartitionState] = {}
        self._lanes: dict[str, deque[Entry]] = {}
        self._pending: dict[str, Entry] = {}
        self._schedule: list[tuple[float, int, str]] = []
        self._leased: dict[str, Entry] = {}
        self._next_expiry = inf
        self._items = count(1)
        self._ended: dict[str, None] = {}

    def add_partition(self, number: int, counts: Iterable[Counts], now: float) -> None:
        expected = {it.id: it for it in counts}
        self.partitions[number] = PartitionState(expected=expected, attached_at=now)

    def drop_partition(self, number: int) -> None:
        """Forget its jobs: another process hands them out. Their deliveries lose their leases."""
        state = self.partitions.pop(number, None)
        for entry in state.entries.values() if state else ():
            self._lanes.pop(entry.job.lane, None)
            self._leased.pop(entry.job.id, None)
            self._forget_pending(entry)

    def arrived(self, number: int, job: Envelope, token: Any, now: float) -> bool:
        """Take a job in. Returns False if it needs no handling (any more): acknowledge it to the
        broker."""
        state = self.partitions.get(number)
        if state is None:
            return True  # given up meanwhile: the broker keeps it for the next owner
        if job.id in self._ended:
            return False
        if (known := state.entries.get(job.id)) is not None:
            known.token = token  # brought again, after a lost connection
            return True
        if job.dedup is not None and (first := self._pending.get(job.dedup)) is not None:
            linger_until = min(first.arrived_at + LINGER_MAX_SECONDS, now + LINGER_SECONDS)
            first.ready_at = max(first.ready_at, linger_until)
            self._remember(job.id)
            return False
        ready_at = job.ready_at if job.dedup is None else max(job.ready_at, now + LINGER_SECONDS)
        entry = Entry(job, number, token, now, ready_at)
        if (counts := state.expected.pop(job.id, None)) is not None:
            entry.receives, entry.deaths = counts.receives, counts.deaths
            state.tried[job.id] = entry
        state.entries[job.id] = entry
        if job.dedup is not None:
            self._pending[job.dedup] = entry
        lane = self._lanes.setdefault(job.lane, deque())
        lane.append(entry)
        if len(lane) == 1:
            self._push(entry, ready_at)
        return True

    def take(self, limit: int, lease_seconds: float, now: float) -> list[Entry]:
        """Lease up to `limit` heads of lanes that are due, those due longest first."""
        self._expire(now)
        lease = new_id()
        found: list[Entry] = []
        while self._schedule and len(found) < limit and self._schedule[0][0] <= now:
            _, item, lane = heapq.heappop(self._schedule)
            head = self._lanes[lane][0] if lane in self._lanes else None
            if head is None or head.item != item or self.partitions[head.partition].draining:
                continue
            if head.ready_at > now:
                self._push(head, head.ready_at)
                continue
            self._forget_pending(head)
            head.lease = lease
            head.receives += 1
            self.partitions[head.partition].tried[head.job.id] = head
            self.extend(head, now + lease_seconds)
            found.append(head)
        return found

    def next_due_at(self) -> float | None:
        soonest = min(self._next_expiry, self._schedule[0][0] if self._schedule else inf)
        return None if soonest == inf else soonest

    def hold(self, delivery: Delivery) -> Entry:
        """The entry that `delivery` holds. Raises LeaseLost."""
        for state in self.partitions.values():
            entry = state.entries.get(delivery.id)
            if entry is not None and entry.lease == delivery.lease:
                return entry
        raise LeaseLost(f"Job {delivery.id} of {delivery.queue} has passed to another worker.")

    def end(self, entry: Entry) -> None:
        """The job is done: its lane goes on."""
        lane = self._lanes[entry.job.lane]
        lane.popleft()
        state = self.partitions[entry.partition]
        del state.entries[entry.job.id]
        state.tried.pop(entry.job.id, None)
        self._leased.pop(entry.job.id, None)
        self._remember(entry.job.id)
        if lane:
            self._push(lane[0], lane[0].ready_at)
        else:
            del self._lanes[entry.job.lane]

    def put_back(self, entry: Entry, ready_at: float, *, counted: bool) -> None:
        """The job waits again, first of its lane. Its worker lives, so its deaths are over."""
        entry.lease, entry.ready_at = None, ready_at
        entry.deaths = 0
        self._leased.pop(entry.job.id, None)
        if not counted:
            entry.receives -= 1
            if entry.job.dedup is not None:
                self._pending.setdefault(entry.job.dedup, entry)
        self._push(entry, ready_at)

    def untake(self, entry: Entry, now: float) -> None:
        """It was not handed out after all."""
        deaths = entry.deaths
        self.put_back(entry, now, counted=False)
        entry.deaths = deaths

    def extend(self, entry: Entry, until: float) -> None:
        entry.leased_until = until
        self._leased[entry.job.id] = entry
        self._next_expiry = min(self._next_expiry, until)

    def leased(self, number: int, now: float) -> int:
        """How many of the partition's jobs are in hand."""
        return sum(
            entry.partition == number and entry.is_leased(now) for entry in self._leased.values()
        )

    def counts(self, number: int, now: float) -> list[Counts]:
        """What the partition's next owner must know."""
        state = self.partitions[number]
        if now - state.attached_at > COUNTS_SECONDS:
            state.expected.clear()
        tried = [
            Counts(it.job.id, it.receives, it.deaths, it.is_leased(now))
            for it in state.tried.values()
            if it.receives or it.deaths
        ]
        return [*state.expected.values(), *tried]

    def drain(self, number: int) -> None:
        """Hand nothing more of it out. `take` passes over what would be due meanwhile."""
        self.partitions[number].draining = True

    def resume(self, number: int) -> None:
        """Hand its jobs out again after all, also those that were passed over."""
        state = self.partitions[number]
        if not state.draining:
            return
        state.draining = False
        for entry in state.entries.values():
            if self._lanes[entry.job.lane][0] is entry and entry.job.id not in self._leased:
                self._push(entry, entry.ready_at)

    def _expire(self, now: float) -> None:
        """What nobody has extended may be taken again; until then its holder may still end it."""
        if now < self._next_expiry:
            return
        for entry in [it for it in self._leased.values() if it.leased_until <= now]:
            del self._leased[entry.job.id]
            self._push(entry, entry.leased_until)
        self._next_expiry = min((it.leased_until for it in self._leased.values()), default=inf)

    def _push(self, entry: Entry, due_at: float) -> None:
        entry.item = next(self._items)
        heapq.heappush(self._schedule, (due_at, entry.item, entry.job.lane))

    def _forget_pending(self, entry: Entry) -> None:
        if entry.job.dedup is not None and self._pending.get(entry.job.dedup) is entry:
            del self._pending[entry.job.dedup]

    def _remember(self, id: str) -> None:
        self._ended[id] = None
        if len(self._ended) > REMEMBERED:
            del self._ended[next(iter(self._ended))]
