"""What every queue engine promises about the caller's transaction, and about dead letters."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import func, insert, select, text

from recado.errors import Conflict, LeaseLost
from recado.queue import Delivery, NewJob, Queue, QueueSpec
from recado.queue.dead_letters import DeadLetters, record_in
from recado.queue.model import DeadLetterRow
from recado.queue.worker import Consumer, Worker
from recado.security.model import AuditEntry
from recado.store import Tx, new_id, now
from tests.support.queue_engines import QueueEngine, receive_none, receive_one

WORK = QueueSpec("work", lease_seconds=60, max_receives=3, retry_base_seconds=0.01)
JOB = NewJob("work", "ana", b"1")


def add_row(tx: Tx) -> None:
    """Some effect of the caller's, beside the queue's."""
    values = {"id": new_id(), "at": now(), "actor": "", "action": "", "subject": "", "detail": {}}
    tx.execute(insert(AuditEntry), values)


async def rows(engine: QueueEngine) -> int:
    count: int = await engine.store.read(
        lambda tx: tx.scalar(select(func.count()).select_from(AuditEntry))
    )
    return count


async def test_a_job_is_published_with_the_callers_transaction(
    engine: QueueEngine, queue: Queue
) -> None:
    def work(tx: Tx) -> None:
        add_row(tx)
        queue.publish_in(tx, [JOB])

    await engine.store.write(work)
    assert (await receive_one(queue, WORK)).body == b"1"
    assert await rows(engine) == 1


async def test_a_job_of_a_transaction_that_fails_was_never_there(
    engine: QueueEngine, queue: Queue
) -> None:
    def work(tx: Tx) -> None:
        queue.publish_in(tx, [JOB])
        raise Conflict("as planned")

    with pytest.raises(Conflict):
        await engine.store.write(work)
    await receive_none(queue, WORK)
    assert await queue.depth() == {}


async def test_late_effects_are_rolled_back(engine: QueueEngine) -> None:
    mine, other = engine.open(), engine.open()
    await mine.publish([JOB])
    late = await receive_one(mine, QueueSpec("work", lease_seconds=engine.short_lease_seconds))
    await receive_one(other, WORK)

    def work(tx: Tx) -> None:
        add_row(tx)
        mine.ack_in(tx, late)

    with pytest.raises(LeaseLost):
        await engine.store.write(work)
    assert await rows(engine) == 0
    assert not late.settled


async def test_a_job_is_acked_with_the_callers_transaction(
    engine: QueueEngine, queue: Queue
) -> None:
    await queue.publish([JOB, NewJob("work", "ana", b"2")])
    delivery = await receive_one(queue, WORK)

    def fails(tx: Tx) -> None:
        queue.ack_in(tx, delivery)
        raise Conflict("as planned")

    with pytest.raises(Conflict):
        await engine.store.write(fails)
    assert (delivery.settled, await queue.depth() == {}) == (False, False)
    await engine.store.write(lambda tx: queue.ack_in(tx, delivery))
    assert delivery.settled
    assert (await receive_one(queue, WORK)).body == b"2"


async def test_after_its_last_try_a_job_is_put_aside_and_its_lane_goes_on(
    engine: QueueEngine, queue: Queue
) -> None:
    tries: list[int] = []
    went_on = asyncio.Event()

    async def handle(delivery: Delivery) -> None:
        if delivery.body == b"2":
            went_on.set()
            return
        tries.append(delivery.receives)
        raise RuntimeError("cannot read it")

    await queue.publish([JOB, NewJob("work", "ana", b"2")])
    worker = Worker(queue, engine.store, [Consumer(WORK, handle)])
    await worker.start()
    await asyncio.wait_for(went_on.wait(), 60)
    await worker.stop()
    assert tries == [1, 2, 3]
    [letter] = (await DeadLetters(engine.store, queue).list()).items
    assert (letter.queue, letter.lane, letter.body, letter.receives) == ("work", "ana", b"1", 3)
    assert letter.cause.startswith("RuntimeError: cannot read it")
    assert letter.state == "open"


async def test_a_dead_letter_is_recorded_with_the_transaction_that_gives_up(
    engine: QueueEngine, queue: Queue
) -> None:
    await queue.publish([JOB])
    delivery = await receive_one(queue, WORK)

    def fails(tx: Tx) -> None:
        queue.dead_letter_in(tx, delivery, "because")
        raise Conflict("as planned")

    with pytest.raises(Conflict):
        await engine.store.write(fails)
    assert await DeadLetters(engine.store, queue).count_open() == 0
    await queue.ack(delivery)


async def test_a_replayed_job_goes_to_the_end_of_its_lane_as_new(
    engine: QueueEngine, queue: Queue
) -> None:
    letters = DeadLetters(engine.store, queue)
    await queue.publish([JOB])
    delivery = await receive_one(queue, WORK)
    await engine.store.write(lambda tx: queue.dead_letter_in(tx, delivery, "because"))
    await queue.publish([NewJob("work", "ana", b"2")])
    [letter] = (await letters.list()).items
    await letters.replay(letter.id)
    for expected in (b"2", b"1"):
        again = await receive_one(queue, WORK)
        assert (again.body, again.receives) == (expected, 1)
        await queue.ack(again)


async def test_two_who_replay_at_once_replay_once(engine: QueueEngine, queue: Queue) -> None:
    letters = DeadLetters(engine.store, queue)
    id = await engine.store.write(
        lambda tx: record_in(tx, queue="work", lane="ana", body=b"1", cause="because")
    )
    outcomes = await asyncio.gather(*(letters.replay(id) for _ in range(8)), return_exceptions=True)
    assert sorted(type(it).__name__ for it in outcomes) == ["Conflict"] * 7 + ["NoneType"]
    await queue.ack(await receive_one(queue, WORK))
    await receive_none(queue, WORK)
    state = await engine.store.read(lambda tx: tx.scalar(select(DeadLetterRow.state)))
    assert state == "replayed"


async def test_all_are_replayed_once_by_two_at_once(engine: QueueEngine) -> None:
    def record(tx: Tx) -> None:
        for number in range(250):
            lane, body = f"lane-{number % 50}", str(number).encode()
            record_in(tx, queue="work", lane=lane, body=body, cause="because")
        record_in(tx, queue="media", lane="ana", body=b"photo", cause="because")

    await engine.store.write(record)
    queues = [engine.open(), engine.open()]

    async def replayed(queue: Queue) -> int:
        letters = DeadLetters(engine.store, queue)
        return [step async for step in letters.replay_all("work")][-1].replayed

    counts = await asyncio.gather(*map(replayed, queues))
    assert sum(counts) == 250
    bodies: dict[str, list[int]] = {}
    while sum(map(len, bodies.values())) < 250:
        for delivery in await queues[0].receive(WORK, 100, 20):
            bodies.setdefault(delivery.lane, []).append(int(delivery.body))
            await queues[0].ack(delivery)
    await receive_none(queues[0], WORK)
    assert bodies == {f"lane-{lane}": list(range(lane, 250, 50)) for lane in range(50)}
    assert await DeadLetters(engine.store, queues[0]).count_open() == 1


async def test_who_receives_a_job_sees_what_a_publisher_that_found_it_waiting_wrote(
    engine: QueueEngine, queue: Queue
) -> None:
    """The publisher has left its work to the waiting job, so that must not run ahead of it."""
    if not queue.transactional:
        pytest.skip(f"{engine.name} publishes after the commit")
    job = NewJob("work", "ana", b"1", dedup="ana")
    await queue.publish([job])
    published = threading.Event()

    def work(tx: Tx) -> None:
        queue.publish_in(tx, [job])
        published.set()
        if tx.dialect == "postgresql":
            tx.execute(text("SELECT pg_sleep(0.5)"))
        add_row(tx)

    writing = asyncio.create_task(engine.store.write(work))
    while not published.is_set():
        await asyncio.sleep(0.01)
    await receive_one(queue, WORK)
    assert await rows(engine) == 1
    await writing
