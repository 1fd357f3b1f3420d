"""Work that is waited for where it is published: handed over with the commit, never lost."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from recado.errors import ServiceUnavailable
from recado.queue.port import Delivery, NewJob, QueueSpec
from recado.queue.sql.queue import SqlQueue
from recado.store import Store

WORK = QueueSpec("work", lease_seconds=30, max_receives=3)


def job(lane: str, body: str = "x") -> NewJob:
    return NewJob("work", lane, body.encode())


async def waiting(queue: SqlQueue, limit: int = 5) -> asyncio.Task[list[Delivery]]:
    """Somebody who waits for work, and has found none in the table."""
    task = asyncio.create_task(queue.receive(WORK, limit, 20))
    while not await has_looked(queue):
        await asyncio.sleep(0.001)
    return task


async def has_looked(queue: SqlQueue) -> bool:
    local = queue._local("work")
    return local.takes_more and not local.stale and local.poll_at > 0


async def test_who_waits_gets_it_with_the_commit_and_nobody_else(stores: list[Store]) -> None:
    here, other = SqlQueue(stores[0], poll_seconds=60), SqlQueue(stores[1])
    task = await waiting(here)
    await here.publish([job("ana")])
    (delivery,) = await task
    assert (delivery.lane, delivery.receives) == ("ana", 1)
    assert await other.receive(WORK, 5, 0) == []
    await here.ack(delivery)
    assert await here.depth() == {}


async def test_a_lane_that_is_busy_keeps_its_order(stores: list[Store]) -> None:
    queue = SqlQueue(stores[0])
    await queue.publish([job("ana", "1")])
    (first,) = await queue.receive(WORK, 1, 0)
    task = await waiting(queue)
    await queue.publish([job("ana", "2"), job("ben", "3")])
    assert [it.body for it in await task] == [b"3"]
    await queue.ack(first)
    assert [it.body for it in await queue.receive(WORK, 5, 5)] == [b"2"]


async def test_what_is_rolled_back_was_never_handed_over(stores: list[Store]) -> None:
    queue = SqlQueue(stores[0])
    task = await waiting(queue)

    def work(tx: object) -> None:
        queue.publish_in(tx, [job("ana")])  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        await stores[0].write(work)
    await queue.publish([job("ben")])
    assert [it.lane for it in await task] == ["ben"]
    assert await SqlQueue(stores[1]).receive(WORK, 5, 0) == []


async def test_a_process_that_dies_before_it_takes_it_gives_it_up(stores: list[Store]) -> None:
    dying = SqlQueue(stores[0], node="n1")
    task = await waiting(dying)
    await dying.publish([job("ana")])
    task.cancel()
    again = SqlQueue(stores[1], node="n1")
    assert await again.recover() == 1
    (delivery,) = await again.receive(WORK, 5, 0)
    assert (delivery.lane, delivery.deaths) == ("ana", 1)


async def publish_together(queue: SqlQueue, store: Store, *lanes: str) -> None:
    """Each in its own work, and all in one commit where the engine groups them."""
    works = [partial(queue.publish_in, jobs=[job(lane)]) for lane in lanes]
    await asyncio.gather(*(store.write(work, brief=True) for work in works))


async def test_a_stopping_process_hands_back_what_nobody_took(stores: list[Store]) -> None:
    queue = SqlQueue(stores[0])
    task = await waiting(queue, limit=1)
    await publish_together(queue, stores[0], "ana", "ben", "eva")
    (taken,) = await task
    await queue.close()
    rest = await SqlQueue(stores[1]).receive(WORK, 5, 0)
    assert {taken.lane, *(it.lane for it in rest)} == {"ana", "ben", "eva"}
    assert [it.receives for it in rest] == [1, 1]


async def test_what_waited_here_for_too_long_is_received_anew(stores: list[Store]) -> None:
    moment = [1000.0]
    queue = SqlQueue(stores[0], clock=lambda: moment[0])
    task = await waiting(queue, limit=1)
    await publish_together(queue, stores[0], "ana", "ben")
    await queue.ack((await task)[0])
    moment[0] += 20  # of a lease of 30 seconds
    (delivery,) = await queue.receive(WORK, 5, 5)
    assert delivery.receives == 1
    moment[0] += 15  # a lease from the commit on would have ended
    assert await SqlQueue(stores[1], clock=lambda: moment[0]).receive(WORK, 5, 0) == []
    await queue.ack(delivery)


async def test_what_is_put_off_while_somebody_looks_is_not_overlooked(stores: list[Store]) -> None:
    queue = SqlQueue(stores[0], poll_seconds=60)
    await queue.publish([job("ana")])
    (delivery,) = await queue.receive(WORK, 5, 5)
    look = asyncio.create_task(queue.receive(WORK, 5, 5))
    await asyncio.sleep(0)  # its statement is under way, and finds nothing
    await queue.defer(delivery, 0.05)
    assert [it.lane for it in await look] == ["ana"]


class Refusing(SqlQueue):
    """The database takes nothing back for a moment."""

    refuses = False

    async def defer(self, delivery: Delivery, delay_seconds: float) -> None:
        if self.refuses:
            raise ServiceUnavailable("locked")
        await super().defer(delivery, delay_seconds)


async def test_what_cannot_be_handed_back_does_not_take_the_rest_with_it(
    stores: list[Store],
) -> None:
    moments = [1000.0]
    queue = Refusing(stores[0], clock=lambda: moments.pop(0) if moments[1:] else moments[0])
    task = await waiting(queue)
    moments[:] = [1000.0, 1000.0 + WORK.lease_seconds / 2]
    queue.refuses = True
    # The first has waited for the disk until too much of its lease was gone.
    await publish_together(queue, stores[0], "ana", "ben")
    assert [it.lane for it in await task] == ["ben"]
