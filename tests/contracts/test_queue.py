"""What every queue engine promises: lanes, leases, delays, one pending job a `dedup`."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

import pytest

from recado.errors import LeaseLost, ServiceUnavailable
from recado.queue import Delivery, NewJob, Queue, QueueSpec
from recado.queue.worker import Consumer, Worker
from tests.support.queue_engines import (
    QueueEngine,
    arrive,
    receive_many,
    receive_none,
    receive_one,
    until_empty,
)
from tests.support.waiting import Clock

WORK = QueueSpec("work", lease_seconds=60, max_receives=3)


def jobs(lane: str, *bodies: str, delay_seconds: float = 0.0) -> list[NewJob]:
    return [NewJob("work", lane, body.encode(), delay_seconds) for body in bodies]


async def test_a_lane_is_handed_out_one_at_a_time_as_published(queue: Queue) -> None:
    await queue.publish(jobs("ana", "1", "2"))
    await queue.publish(jobs("ana", "3"))
    for expected in (b"1", b"2", b"3"):
        delivery = await receive_one(queue, WORK)
        assert (delivery.body, delivery.lane, delivery.receives) == (expected, "ana", 1)
        await receive_none(queue, WORK)
        await queue.ack(delivery)
    await receive_none(queue, WORK)


async def test_jobs_travel_unchanged(queue: Queue) -> None:
    body = bytes(range(256)) * 40
    await queue.publish([NewJob("work", "línea 'ñ'%_\"", body, trace_id="trace-1")])
    delivery = await receive_one(queue, WORK)
    assert (delivery.body, delivery.lane, delivery.trace_id) == (body, "línea 'ñ'%_\"", "trace-1")


async def test_nothing_may_be_published(queue: Queue) -> None:
    await queue.publish([])
    await asyncio.gather(queue.publish([]), queue.publish(jobs("ana", "1")), queue.publish([]))
    assert (await receive_one(queue, WORK)).body == b"1"
    await receive_none(queue, WORK)


async def test_queues_do_not_see_each_other(queue: Queue) -> None:
    await queue.publish([NewJob("media", "ana", b"photo"), NewJob("work", "ana", b"text")])
    assert (await receive_one(queue, WORK)).body == b"text"
    await receive_none(queue, WORK)
    assert (await receive_one(queue, QueueSpec("media"))).body == b"photo"


async def test_order_survives_random_retries_by_several_workers(engine: QueueEngine) -> None:
    lanes, length = 8, 15
    spec = QueueSpec(
        "work", max_receives=1000, concurrency=4, retry_base_seconds=0.01, retry_max_seconds=0.03
    )
    done: defaultdict[str, list[int]] = defaultdict(list)
    under_way: set[str] = set()
    finished = asyncio.Event()

    async def handle(delivery: Delivery) -> None:
        assert delivery.lane not in under_way, "two jobs of a lane at once"
        under_way.add(delivery.lane)
        await asyncio.sleep(random.uniform(0, 0.005))
        under_way.remove(delivery.lane)
        if random.random() < 0.25:
            raise ServiceUnavailable("as planned")
        done[delivery.lane].append(int(delivery.body))
        if sum(map(len, done.values())) == lanes * length:
            finished.set()

    workers = [Worker(engine.open(), engine.store, [Consumer(spec, handle)]) for _ in range(3)]
    for worker in workers:
        await worker.start()
    queue = engine.open()
    for number in range(length):
        await queue.publish(
            [NewJob("work", f"lane-{lane}", str(number).encode()) for lane in range(lanes)]
        )
    await asyncio.wait_for(finished.wait(), 60)
    for worker in workers:
        await worker.stop()
    assert dict(done) == {f"lane-{lane}": list(range(length)) for lane in range(lanes)}
    await until_empty(queue)


async def test_a_lane_that_waits_for_its_retry_delays_only_itself(queue: Queue) -> None:
    await queue.publish([*jobs("poisoned", "1", "2"), *jobs("ana", "1")])
    both = await receive_many(queue, WORK, 2)
    poisoned, ana = sorted(both, key=lambda it: it.lane, reverse=True)
    await queue.retry(poisoned, 3600, "not now")
    await queue.ack(ana)
    await queue.publish([*jobs("poisoned", "3"), *jobs("ana", "2"), *jobs("bea", "1")])
    found = await receive_many(queue, WORK, 2)
    assert sorted((it.lane, it.body) for it in found) == [("ana", b"2"), ("bea", b"1")]
    await receive_none(queue, WORK)


async def test_a_lane_whose_job_is_slow_delays_only_itself(queue: Queue) -> None:
    await queue.publish(jobs("slow", "1", "2"))
    await receive_one(queue, WORK)
    await queue.publish(jobs("ana", "1"))
    assert (await receive_one(queue, WORK)).lane == "ana"
    await receive_none(queue, WORK)


async def test_a_deep_lane_takes_one_place_of_a_batch(queue: Queue) -> None:
    await queue.publish(jobs("deep", *map(str, range(300))))
    await queue.publish([job for name in "abcdefghi" for job in jobs(name, "1")])
    found = await receive_many(queue, WORK, 10)
    assert sorted(it.lane for it in found) == sorted([*"abcdefghi", "deep"])


async def test_a_batch_is_no_larger_than_asked(queue: Queue) -> None:
    await queue.publish([job for name in "abcdef" for job in jobs(name, "1")])
    first = await queue.receive(WORK, 4, 20)
    second = await queue.receive(WORK, 4, 20)
    assert len(first) <= 4
    assert len({it.lane for it in first + second}) == len(first + second)


async def test_a_retried_job_comes_again_before_what_follows_it(queue: Queue) -> None:
    await queue.publish(jobs("ana", "1", "2"))
    delivery = await receive_one(queue, WORK)
    await queue.retry(delivery, 0, "once more")
    again = await receive_one(queue, WORK)
    assert (again.body, again.receives) == (b"1", 2)


async def test_a_job_that_is_not_due_yet_is_not_counted_as_tried(queue: Queue) -> None:
    await queue.publish(jobs("ana", "1", "2"))
    for _ in range(5):
        delivery = await receive_one(queue, WORK)
        assert (delivery.body, delivery.receives) == (b"1", 1)
        await queue.defer(delivery, 0)


async def test_a_deferred_job_waits_for_its_time(queue: Queue) -> None:
    await queue.publish(jobs("ana", "1"))
    await queue.defer(await receive_one(queue, WORK), 3600)
    await receive_none(queue, WORK)


async def test_a_delayed_job_waits_and_holds_its_lane(engine: QueueEngine) -> None:
    clock = Clock()
    queue = engine.open(clock=clock)
    await queue.publish(jobs("ana", "later", delay_seconds=5.0))
    await queue.publish(jobs("ana", "after it"))
    await queue.publish(jobs("bea", "now"))
    assert (await receive_one(queue, WORK)).body == b"now"
    clock.ahead += 5.0
    first = await receive_one(queue, WORK)
    assert first.body == b"later"
    await queue.ack(first)
    assert (await receive_one(queue, WORK)).body == b"after it"


async def test_a_receiver_is_woken_by_another_clients_publish(engine: QueueEngine) -> None:
    waiting = asyncio.create_task(receive_one(engine.open(), WORK))
    await asyncio.sleep(0.05)
    await engine.open().publish(jobs("ana", "1"))
    assert (await waiting).body == b"1"


async def test_a_lease_that_ends_passes_the_job_on(engine: QueueEngine) -> None:
    mine, other = engine.open(), engine.open()
    short = QueueSpec("work", lease_seconds=engine.short_lease_seconds)
    await mine.publish(jobs("ana", "1", "2"))
    late = await receive_one(mine, short)
    again = await receive_one(other, WORK)
    assert (again.body, again.receives) == (b"1", 2)
    with pytest.raises(LeaseLost):
        await mine.ack(late)
    with pytest.raises(LeaseLost):
        await mine.retry(late, 0, "late")
    with pytest.raises(LeaseLost):
        await mine.defer(late, 0)
    with pytest.raises(LeaseLost):
        await mine.extend(late, 60)
    await other.ack(again)
    assert (await receive_one(mine, WORK)).body == b"2"


async def test_a_job_is_settled_once(queue: Queue) -> None:
    await queue.publish(jobs("ana", "1", "2"))
    delivery = await receive_one(queue, WORK)
    await queue.ack(delivery)
    assert delivery.settled
    with pytest.raises(LeaseLost):
        await queue.ack(delivery)
    await queue.retry(await receive_one(queue, WORK), 3600, "once")
    with pytest.raises(LeaseLost):
        await queue.retry(delivery, 0, "late")


async def test_an_extended_lease_stays(engine: QueueEngine) -> None:
    mine, other = engine.open(), engine.open()
    short = QueueSpec("work", lease_seconds=1.0)
    await mine.publish(jobs("ana", "1"))
    delivery = await receive_one(mine, short)
    await mine.extend(delivery, 60)
    assert await other.receive(WORK, 1, wait_seconds=1.5) == []
    await mine.ack(delivery)


def meets_equals(engine: QueueEngine) -> Queue:
    """A client of an engine that brings equal jobs before the first of them is done."""
    if not engine.brings_on:
        pytest.skip(
            f"{engine.name} keeps what follows in a lane to itself until the job in hand is done,"
            " so an equal job published apart is handed out after it; what it does instead is in"
            " tests/queue/test_sqs.py"
        )
    return engine.open()


async def test_of_equal_jobs_one_waits_at_most(engine: QueueEngine) -> None:
    queue = meets_equals(engine)
    job = NewJob("work", "ana", b"turn", dedup="turn:ana")
    await receive_none(queue, WORK)  # from here on, what is published is brought
    await asyncio.gather(*(queue.publish([job, job]) for _ in range(10)))
    await arrive(queue, WORK, 1)
    delivery = await receive_one(queue, WORK)
    await queue.ack(delivery)
    await receive_none(queue, WORK)


async def test_an_equal_job_may_be_published_once_the_first_is_received(queue: Queue) -> None:
    first, second = (NewJob("work", "ana", body, dedup="turn:ana") for body in (b"1", b"2"))
    await queue.publish([first])
    delivery = await receive_one(queue, WORK)
    await queue.publish([second, second])
    await queue.ack(delivery)
    again = await receive_one(queue, WORK)
    assert again.body == b"2"
    await queue.ack(again)
    await receive_none(queue, WORK)


async def test_a_deferred_job_waits_for_its_equals_again(engine: QueueEngine) -> None:
    queue = meets_equals(engine)
    job = NewJob("work", "ana", b"turn", dedup="turn:ana")
    await queue.publish([job])
    await queue.defer(await receive_one(queue, WORK), 0)
    await queue.publish([job])
    await arrive(queue, WORK, 1)
    await queue.ack(await receive_one(queue, WORK))
    await receive_none(queue, WORK)


async def test_a_job_may_be_deferred_beside_a_newer_equal_one(queue: Queue) -> None:
    await queue.publish([NewJob("work", "ana", b"1", dedup="turn:ana")])
    delivery = await receive_one(queue, WORK)
    await queue.publish([NewJob("work", "ana", b"2", dedup="turn:ana")])
    await queue.defer(delivery, 0)
    for expected in (b"1", b"2"):
        delivery = await receive_one(queue, WORK)
        assert delivery.body == expected
        await queue.ack(delivery)


async def test_a_restart_releases_its_own_leases_and_no_others(engine: QueueEngine) -> None:
    # Names that a pattern match would take for each other.
    before, other = engine.open(node="node_1"), engine.open(node="nodeX1")
    await before.publish([*jobs("ana", "1"), *jobs("bea", "1")])
    held = {(await receive_one(queue, WORK)).lane for queue in (before, other)}
    assert held == {"ana", "bea"}
    restarted = engine.open(node="node_1")
    if await restarted.recover() == 0:
        pytest.skip(f"{engine.name} gives up the leases of a lost connection by itself")
    again = await receive_one(restarted, WORK)
    assert (again.receives, again.deaths) == (1, 1)
    await receive_none(restarted, WORK)


async def test_depth_tells_what_waits_and_what_is_under_way(queue: Queue) -> None:
    assert await queue.depth() == {}
    await queue.publish(jobs("ana", "1", "2", "3"))
    await receive_one(queue, WORK)
    await arrive(queue, WORK, 2)
    depth = (await queue.depth())["work"]
    assert (depth.waiting, depth.leased) == (2, 1)
    assert depth.oldest_seconds >= 0


async def test_the_engine_says_that_it_answers(queue: Queue) -> None:
    await queue.check()
