"""Whose jobs a broker brings where: what a process claimed and could not fetch in time, and what
nobody fetches at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from recado.errors import ServiceUnavailable
from recado.queue.broker import Arrived, Broker, Place
from recado.queue.brokered import BrokeredQueue
from recado.queue.lanes import Envelope, LaneTable
from recado.queue.port import QueueDepth
from recado.queue.share import Receiving, Share
from recado.store import Store


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

    def clock(self) -> float:
        return self.now

    async def check(self) -> None:
        self.now += self.seconds
        if self.away:
            raise ServiceUnavailable("The broker cannot be reached.")

    def reaches(self, place: Place) -> bool:
        return not self.away

    async def attach(self, place: Place, arrived: Arrived) -> None:
        self.attached.append(place.number)

    async def detach(self, place: Place) -> None:
        self.attached.remove(place.number)

    async def publish(self, jobs: Sequence[tuple[Place, Envelope]]) -> list[Exception | None]:
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
