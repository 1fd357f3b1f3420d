"""The SQL queue's own secrets: one head a lane at all times, and work found by an index."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from recado.queue import NewJob, QueueSpec
from recado.queue.sql.queue import SqlQueue
from recado.queue.statements import CLAIM_OR_NEXT, REMOVE_AND_PROMOTE
from recado.store import Store, Tx
from tests.support.broken_lanes import BROKEN_LANES
from tests.support.queue_engines import receive_many, receive_one

WORK = QueueSpec("work", lease_seconds=60)


class Crowd:
    """Publishers and consumers on few lanes, which are empty and filled again all the time."""

    lanes = 3
    publishers = 12
    length = 15
    total = publishers * length

    def __init__(self, stores: list[Store]) -> None:
        self.clients = [(store, SqlQueue(store)) for store in stores]
        self.acked: list[tuple[str, bytes]] = []
        self.checks = 0

    async def publish(self, number: int) -> None:
        store, queue = self.clients[number % 2]
        for index in range(self.length):
            lane = f"lane-{random.randrange(self.lanes)}"
            jobs = [NewJob("work", lane, f"{number}:{index}".encode())]
            if index % 2:
                await queue.publish(jobs)
            else:
                await store.write(partial(queue.publish_in, jobs=jobs))
            await asyncio.sleep(random.uniform(0, 0.005))

    async def consume(self, number: int) -> None:
        store, queue = self.clients[number % 2]
        while len(self.acked) < self.total:
            for delivery in await queue.receive(WORK, 2, wait_seconds=0.05):
                fate = random.random()
                if fate < 0.2:
                    await queue.retry(delivery, 0, "as planned")
                    continue
                if fate < 0.6:
                    await queue.ack(delivery)
                else:
                    await store.write(partial(queue.ack_in, delivery=delivery))
                self.acked.append((delivery.lane, delivery.body))

    async def check(self) -> None:
        while len(self.acked) < self.total:
            assert await self.clients[0][0].read(lambda tx: tx.all(BROKEN_LANES)) == []
            self.checks += 1

    def order(self, publisher: int, lane: str) -> list[int]:
        """The numbers of a publisher's jobs in a lane, as they were done."""
        mine = b"%d:" % publisher
        return [
            int(body.removeprefix(mine))
            for name, body in self.acked
            if name == lane and body.startswith(mine)
        ]


async def test_publishing_and_acking_at_once_never_leaves_a_lane_without_its_head(
    stores: list[Store],
) -> None:
    crowd = Crowd(stores)
    await asyncio.gather(
        *(crowd.publish(number) for number in range(crowd.publishers)),
        *(crowd.consume(number) for number in range(6)),
        crowd.check(),
    )
    assert crowd.checks > 5
    assert len({body for _, body in crowd.acked}) == crowd.total
    assert await crowd.clients[0][1].depth() == {}
    for publisher in range(crowd.publishers):
        for lane in range(crowd.lanes):
            order = crowd.order(publisher, f"lane-{lane}")
            assert order == sorted(order)


async def test_the_check_itself_sees_a_broken_lane(stores: list[Store]) -> None:
    store = stores[0]
    await SqlQueue(store).publish([NewJob("work", "ana", b"1"), NewJob("work", "ana", b"2")])
    for damage in ("head = false", "head = true"):
        await store.write(partial(Tx.sql, text=f"UPDATE job SET {damage}"))  # noqa: S608
        assert len(await store.read(lambda tx: tx.all(BROKEN_LANES))) == 1


async def test_several_receivers_at_once_never_share_a_job(stores: list[Store]) -> None:
    queues = [SqlQueue(store) for store in stores]
    await queues[0].publish([NewJob("work", f"lane-{n}", b"1") for n in range(200)])
    batches = await asyncio.gather(
        *(queues[n % 2].receive(WORK, 7, wait_seconds=0) for n in range(20))
    )
    assert all(len(batch) <= 7 for batch in batches)
    lanes = [delivery.lane for batch in batches for delivery in batch]
    assert len(lanes) == len(set(lanes))


async def test_one_job_that_the_database_refuses_does_not_take_others_with_it(
    stores: list[Store],
) -> None:
    queue = SqlQueue(stores[0])
    refused: Any = None  # a body may not be null
    outcomes = await asyncio.gather(
        queue.publish([NewJob("work", "ana", b"1")]),
        queue.publish([NewJob("work", "ana", refused)]),
        queue.publish([NewJob("work", "ana", b"2")]),
        return_exceptions=True,
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], IntegrityError)
    assert outcomes[2] is None
    for expected in (b"1", b"2"):
        delivery = await receive_one(queue, WORK)
        assert delivery.body == expected
        await queue.ack(delivery)


@pytest.mark.parametrize("stores", ["postgresql"], indirect=True)
async def test_who_waits_for_a_lane_sees_what_the_one_before_has_left(stores: list[Store]) -> None:
    store, other = stores
    queue = SqlQueue(store)

    async def publish_while(work: Callable[[Tx], None], body: bytes) -> None:
        """From another process, after `work` has begun and before it is committed."""
        begun = asyncio.Event()

        def slowly(tx: Tx) -> None:
            work(tx)
            asyncio.get_running_loop().call_soon(begun.set)
            tx.execute(text("SELECT pg_sleep(0.2)"))

        working = asyncio.create_task(store.write(slowly))
        await begun.wait()
        await SqlQueue(other).publish([NewJob("work", "lane", body)])
        await working

    await publish_while(lambda tx: queue.publish_in(tx, [NewJob("work", "lane", b"1")]), b"2")
    for body in (b"1", b"2"):
        delivery = await receive_one(queue, WORK)
        assert delivery.body == body
        await publish_while(partial(queue.ack_in, delivery=delivery), b"after " + body)
    assert (await receive_one(queue, WORK)).body == b"after 1"
    assert await store.read(lambda tx: tx.all(BROKEN_LANES)) == []


async def fill(queue: SqlQueue, depth: int) -> None:
    await queue.publish([NewJob("work", "deep", b"x")] * depth)
    await queue.publish([NewJob("work", f"lane-{n}", b"x") for n in range(20)])


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
async def test_a_deep_lane_costs_a_receiver_nothing_on_sqlite(stores: list[Store]) -> None:
    """Counted in steps of SQLite's virtual machine, which each row that is looked at takes."""
    store = stores[0]
    queue = SqlQueue(store)

    async def steps_of(action: Callable[[], Awaitable[object]]) -> int:
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        def set_handler(tx: Tx, handler: Callable[[], int] | None) -> None:
            driver: Any = tx.connection.connection.driver_connection
            driver.set_progress_handler(handler, 1)

        await store.write(partial(set_handler, handler=count))
        await action()
        await store.write(partial(set_handler, handler=None))
        return steps

    async def costs() -> list[int]:
        claim = await steps_of(lambda: queue.receive(WORK, 10, 0))
        await store.write(lambda tx: tx.sql("UPDATE job SET lease = NULL, ready_at = 0 WHERE head"))
        deep = next(it for it in await queue.receive(WORK, 50, 0) if it.lane == "deep")
        return [claim, await steps_of(lambda: queue.ack(deep))]

    await fill(queue, 10)
    shallow = await costs()
    await store.write(lambda tx: tx.sql("DELETE FROM job"))
    await fill(queue, 10_000)
    deep = await costs()
    for before, after in zip(shallow, deep, strict=True):
        assert 20 < after < before * 1.5


@pytest.mark.parametrize("stores", ["postgresql"], indirect=True)
async def test_a_deep_lane_costs_a_receiver_nothing_on_postgresql(stores: list[Store]) -> None:
    """Counted in rows that the plan's nodes really produced or threw away."""
    store = stores[0]
    queue = SqlQueue(store)
    await fill(queue, 10_000)
    await store.write(lambda tx: tx.sql("ANALYZE job"))

    async def rows_of(statement: object, parameters: dict[str, Any]) -> float:
        explain = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        plan = await store.write(lambda tx: tx.scalar(explain, parameters))
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return max(_rows(plan[0]["Plan"]))

    moment = 1e12  # all of them are due
    claim = {"lease": "me", "until": moment, "queue": "work", "now": moment, "limit": 10}
    assert await rows_of(CLAIM_OR_NEXT.statement, claim) <= 50
    await store.write(lambda tx: tx.sql("UPDATE job SET lease = NULL, ready_at = 0 WHERE head"))
    deep = next(it for it in await queue.receive(WORK, 50, 0) if it.lane == "deep")
    ack = {"lanes": None, "seq": int(deep.id), "lease": deep.lease}
    assert await rows_of(REMOVE_AND_PROMOTE.statement, ack) <= 50


def _rows(node: dict[str, Any]) -> list[float]:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    own = (node["Actual Rows"] + removed) * max(node["Actual Loops"], 1)
    return [own] + [rows for child in node.get("Plans", []) for rows in _rows(child)]


@pytest.mark.parametrize("stores", ["postgresql"], indirect=True)
async def test_a_job_is_deferred_though_its_equal_is_being_published(stores: list[Store]) -> None:
    first, second = (SqlQueue(store) for store in stores)
    await first.publish([NewJob("work", "ana", b"1", dedup="turn:ana")])
    delivery = await receive_one(first, WORK)

    def publish_slowly(tx: Tx) -> None:
        second.publish_in(tx, [NewJob("work", "bea", b"2", dedup="turn:ana")])
        tx.sql("SELECT pg_sleep(0.7)")

    publishing = asyncio.create_task(stores[1].write(publish_slowly))
    await asyncio.sleep(0.3)  # the other is there now, and cannot be seen yet
    await first.defer(delivery, 0)
    await publishing
    found = await receive_many(first, WORK, 2)
    assert [(it.body, it.receives) for it in found] == [(b"1", 1), (b"2", 1)]
