"""Whose jobs a broker brings where: what a process claimed and could not fetch in time, and what
nobody fetches at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select

from recado.errors import ServiceUnavailable
from recado.queue.brokers.broker import Arrived, Broker, Partition
from recado.queue.brokers.brokered import BrokeredQueue
from recado.queue.brokers.lanes import Envelope, LaneTable
from recado.queue.brokers.partitions import OWNED_SECONDS
from recado.queue.brokers.share import Receiving, Share
from recado.queue.model import ConsumerRow, PartitionRow
from recado.queue.port import QueueDepth
from recado.store import Store, Tx


class FarBroker(Broker):
    """Each check takes `seconds` of the clock; `away`: it ends in vain."""

    partitions = 4
    counts_held = True

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.seconds = 0.0
        self.away = False
        self.attached: list[int] = []
        self.left: dict[str, int] = {}
        #: Until then nothing more is attached.
        self.hangs: asyncio.Event | None = None
        self.reached = asyncio.Event()

    def clock(self) -> float:
        return self.now

    async def check(self) -> None:
        self.now += self.seconds
        if self.away:
            raise ServiceUnavailable("The broker cannot be reached.")

    def reaches(self, place: Partition) -> bool:
        return not self.away

    async def attach(self, place: Partition, arrived: Arrived) -> None:
        if self.hangs is not None:
            self.reached.set()
            await self.hangs.wait()
        self.attached.append(place.number)

    async def detach(self, place: Partition) -> None:
        if place.number in self.attached:
            self.attached.remove(place.number)

    async def publish(self, jobs: Sequence[tuple[Partition, Envelope]]) -> list[Exception | None]:
        raise NotImplementedError

    async def ack(self, tokens: Sequence[Any]) -> None:
        raise NotImplementedError

    async def backlog(self, queues: Sequence[str]) -> Mapping[str, int]:
        return self.left

    async def remove(self, queues: Sequence[str]) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        pass


@pytest.fixture
def broker() -> FarBroker:
    return FarBroker()


@pytest.fixture
def share(broker: FarBroker, store: Store) -> Share:
    async def flush() -> None:
        pass

    def arrived(_queue: str, _number: int, _job: Envelope, _token: Any) -> None:
        raise NotImplementedError

    share = Share(broker, store, "us", arrived=arrived, flush=flush, clock=broker.clock)
    share.receiving["work"] = Receiving(LaneTable("work"), waiting=1)
    return share


async def test_who_reaches_the_broker_too_late_takes_no_jobs_from_the_next_owner(
    broker: FarBroker, share: Share
) -> None:
    broker.seconds = 6.0
    await share.keep()
    assert broker.attached == []
    broker.seconds = 0.1
    await share.keep()
    assert sorted(broker.attached) == [0, 1, 2, 3]


async def test_a_broker_that_was_away_is_used_once_it_is_back(
    broker: FarBroker, share: Share
) -> None:
    broker.away = True
    await share.keep()
    assert broker.attached == []
    broker.away = False
    await share.keep()
    assert sorted(broker.attached) == [0, 1, 2, 3]


async def test_what_nobody_works_on_grows_old_in_the_metrics(
    broker: FarBroker, store: Store
) -> None:
    queue = BrokeredQueue(broker, store, clock=broker.clock)
    broker.left = {"inbound": 60}
    assert await queue.depth() == {"inbound": QueueDepth(60, 0, 0.0)}
    broker.now += 300
    assert await queue.depth() == {"inbound": QueueDepth(60, 0, 300.0)}
    broker.left = {}
    assert await queue.depth() == {}
    broker.left = {"inbound": 1}
    assert await queue.depth() == {"inbound": QueueDepth(1, 0, 0.0)}


async def test_what_a_process_works_on_stays_its_own_while_the_broker_is_slow(
    broker: FarBroker, share: Share, store: Store
) -> None:
    """Else another takes it over, and both do the same work until one of them gives up."""
    await share.keep()
    share.receiving["slow"] = Receiving(LaneTable("slow"), waiting=1)
    broker.hangs = asyncio.Event()
    keeping = asyncio.create_task(share.keep())
    await broker.reached.wait()
    broker.now += 8
    share.start()
    async with asyncio.timeout(60):
        while await owned_until(store, "work") < broker.now + OWNED_SECONDS:
            await asyncio.sleep(0.05)
    assert await owned_until(store, "slow") == broker.now + OWNED_SECONDS
    broker.hangs.set()
    await keeping
    assert len(share.receiving["slow"].table.partitions) == broker.partitions
    await share.close()


async def test_what_was_lost_while_the_broker_was_slow_is_left_to_its_owner(
    broker: FarBroker, share: Share
) -> None:
    broker.hangs = asyncio.Event()
    keeping = asyncio.create_task(share.keep())
    await broker.reached.wait()
    for number in range(broker.partitions):
        share.lose(share.receiving["work"], number)
    broker.hangs.set()
    await keeping
    assert broker.attached == []


async def test_a_partition_that_stays_after_all_hands_out_what_came_while_it_was_to_go(
    broker: FarBroker, share: Share, store: Store
) -> None:
    """While another process wants its share, then while all our hands are full (the database is
    away, say), then when the other is gone again: no job is left lying."""
    await share.keep()
    it = share.receiving["work"]
    for number in range(broker.partitions):
        it.table.arrived(number, job_of(f"held-{number}"), "token", broker.now)
    assert len(it.table.take(10, 1_000.0, broker.now)) == broker.partitions
    await consumers(store, broker, "us", "another")
    await share.keep()
    for number in range(broker.partitions):
        it.table.arrived(number, job_of(f"new-{number}"), "token", broker.now)
    passed_over = [n for n, state in it.table.partitions.items() if state.draining]
    assert len(passed_over) == broker.partitions // 2
    assert len(it.table.take(10, 1_000.0, broker.now)) == broker.partitions // 2
    it.waiting, it.asked_at = 0, broker.now - 60
    await share.keep()
    it.waiting = 1
    await consumers(store, broker, "us")
    await share.keep()
    taken = it.table.take(10, 1_000.0, broker.now)
    assert {entry.partition for entry in taken} == set(passed_over)


def job_of(id: str) -> Envelope:
    return Envelope(id, id, b"", published_at=0.0, ready_at=0.0)


async def consumers(store: Store, broker: FarBroker, *owners: str) -> None:
    """Who receives from the queue at this moment."""
    rows = [
        {"queue": "work", "owner": owner, "alive_until": broker.now + 1_000} for owner in owners
    ]

    def work(tx: Tx) -> None:
        tx.execute(delete(ConsumerRow))
        tx.execute(insert(ConsumerRow), rows)

    await store.write(work)


async def owned_until(store: Store, queue: str) -> float:
    """Until when the first of its partitions to end is kept."""
    query = select(func.min(PartitionRow.owned_until)).where(PartitionRow.queue == queue)
    return float(await store.read(lambda tx: tx.scalar(query)))
