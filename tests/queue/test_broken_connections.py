"""A broker that is cut off, or away for a while: nothing is lost, and lanes keep their order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from itertools import groupby

import pytest

from recado.errors import ServiceUnavailable
from recado.queue import Delivery, NewJob, QueueSpec
from recado.queue.brokers.brokered import BrokeredQueue
from recado.queue.worker import Consumer, Worker
from recado.store import Store, open_store
from recado.store.migrate import migrate
from tests.support.cuttable import Cuttable
from tests.support.engines import postgresql_url
from tests.support.queue_engines import cuttable_broker, open_any_broker, receive_one
from tests.support.sqs_server import MOTO_MISORDERS

WORK = QueueSpec("work", concurrency=8)


@pytest.fixture(params=["nats", "rabbitmq", "servicebus", "sqs"])
async def way(request: pytest.FixtureRequest) -> AsyncIterator[Cuttable]:
    async with cuttable_broker(request.param) as way:
        yield way


@pytest.fixture
async def queue(way: Cuttable, store: Store) -> AsyncIterator[BrokeredQueue]:
    queue = BrokeredQueue(open_any_broker(way.url), store)
    yield queue
    await queue.close()


async def publish(queue: BrokeredQueue, *jobs: NewJob) -> None:
    """As a webhook's sender does: again, until it is confirmed."""
    while True:
        try:
            return await queue.publish(jobs)
        except ServiceUnavailable:
            await asyncio.sleep(0.05)


async def test_lanes_keep_their_order_through_broken_connections(
    way: Cuttable, queue: BrokeredQueue, store: Store
) -> None:
    if way.url.startswith("sqs"):
        pytest.skip(MOTO_MISORDERS)
    lanes, length = [f"lane-{number}" for number in range(10)], 60
    done: defaultdict[str, list[int]] = defaultdict(list)
    under_way: set[str] = set()

    async def handle(delivery: Delivery) -> None:
        assert delivery.lane not in under_way, "two jobs of a lane at once"
        under_way.add(delivery.lane)
        await asyncio.sleep(0.002)
        under_way.remove(delivery.lane)
        done[delivery.lane].append(int(delivery.body))

    worker = Worker(queue, store, [Consumer(WORK, handle)])
    await worker.start()
    for number in range(length):
        if number % 20 == 10:
            way.cut()
        await publish(queue, *(NewJob("work", lane, b"%d" % number) for lane in lanes))
    async with asyncio.timeout(60):
        while any(length - 1 not in done[lane] for lane in lanes):
            await asyncio.sleep(0.05)
    await worker.stop()
    # What the publisher heard no confirmation of may have been taken, and comes twice.
    once = {lane: [number for number, _ in groupby(its)] for lane, its in done.items()}
    assert once == {lane: list(range(length)) for lane in lanes}


async def test_what_is_lost_on_its_way_comes_before_what_is_published_later(
    way: Cuttable, queue: BrokeredQueue, store: Store
) -> None:
    if way.url.startswith("sqs"):
        pytest.skip(MOTO_MISORDERS)
    publisher = BrokeredQueue(open_any_broker(way.url), store)
    assert await queue.receive(WORK, 1, 0.5) == []
    way.half_open()
    for body in (b"1", b"2", b"3"):
        await publisher.publish([NewJob("work", "ana", body)])
    await asyncio.sleep(0.3)
    way.cut()
    for body in (b"4", b"5"):
        await publish(publisher, NewJob("work", "ana", body))
    bodies = []
    for _ in range(5):
        delivery = await receive_one(queue, WORK)
        bodies.append(delivery.body)
        await queue.ack(delivery)
    await publisher.close()
    assert list(dict.fromkeys(bodies)) == [b"1", b"2", b"3", b"4", b"5"]


async def test_a_process_that_cannot_reach_the_broker_leaves_the_work_to_those_that_can(
    way: Cuttable, queue: BrokeredQueue, store: Store
) -> None:
    there = BrokeredQueue(open_any_broker(way.url), store)
    lanes = [f"lane-{number}" for number in range(20)]
    assert await there.receive(WORK, 1, 0.5) == []
    async with Cuttable(f"tcp://127.0.0.1:{way.port}") as cut_off:
        cut_off.url = way.url.replace(str(way.port), str(cut_off.port))
        here = BrokeredQueue(open_any_broker(cut_off.url), store)
        asking = [asyncio.create_task(it.receive(WORK, 1, 4)) for it in (here, there)]
        await asyncio.gather(*asking)
        async with cut_off.outage():
            asked = asyncio.create_task(here.receive(WORK, 1, 120))
            await there.publish([NewJob("work", lane, b"") for lane in lanes])
            async with asyncio.timeout(60):
                found: set[str] = set()
                while len(found) < len(lanes):
                    for delivery in await there.receive(WORK, 20, 5):
                        found.add(delivery.lane)
                        await there.ack(delivery)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        await here.close()
    await there.close()


async def test_a_job_in_hand_while_the_broker_is_away_is_done_once(
    way: Cuttable, queue: BrokeredQueue
) -> None:
    await queue.publish([NewJob("work", "ana", b"1"), NewJob("work", "ana", b"2")])
    first = await receive_one(queue, WORK)
    way.away = True
    way.cut()
    await asyncio.sleep(0.1)
    with pytest.raises(ServiceUnavailable):
        await queue.publish([NewJob("work", "bea", b"lost?")])
    with pytest.raises(ServiceUnavailable):
        await queue.check()
    await queue.ack(first)  # it cannot be told now; it is told when the job is brought again
    way.away = False
    second = await receive_one(queue, WORK)
    assert (second.body, second.receives) == (b"2", 1)
    await queue.ack(second)
    async with asyncio.timeout(60):
        while True:
            try:
                await queue.check()
                break
            except ServiceUnavailable:
                await asyncio.sleep(0.1)
    await publish(queue, NewJob("work", "ana", b"3"))
    assert (await receive_one(queue, WORK)).body == b"3"


async def test_publishing_goes_on_while_the_database_is_away_and_all_is_done_after(
    way: Cuttable,
) -> None:
    done: list[int] = []

    async def handle(delivery: Delivery) -> None:
        done.append(int(delivery.body))

    async with postgresql_url() as url, Cuttable(url) as database:
        store = open_store(database.url)
        await migrate(store)
        queue = BrokeredQueue(open_any_broker(way.url), store)
        worker = Worker(queue, store, [Consumer(WORK, handle)])
        await worker.start()
        await queue.publish([NewJob("work", "ana", b"0")])
        async with asyncio.timeout(60):
            while not done:
                await asyncio.sleep(0.01)
        database.away = True
        database.cut()
        for number in range(1, 30):
            await queue.publish([NewJob("work", "ana", b"%d" % number)])
        assert done == [0]
        database.away = False
        async with asyncio.timeout(60):
            while len(done) < 30:
                await asyncio.sleep(0.01)
        await worker.stop()
        await queue.close()
        await store.close()
    assert done == list(range(30))
