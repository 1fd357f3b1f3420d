"""Machines' clocks differ, and are set while Recado runs: nobody waits for that, and nothing that
is in hand is taken away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from recado.queue.port import NewJob, QueueSpec
from recado.queue.sql.queue import SqlQueue
from recado.store import Store, now, open_store
from recado.store.clock import FIRST_ASKED, DatabaseClock, steady
from recado.store.migrate import migrate
from tests.support.engines import postgresql_url

WORK = QueueSpec("work", lease_seconds=30)


async def machine(store: Store, *, seconds_off: float) -> DatabaseClock:
    clock = DatabaseClock(
        store, here=lambda: now() + seconds_off, steady=lambda: steady() + 100 * seconds_off
    )
    await clock.ask(FIRST_ASKED)
    return clock


@pytest.mark.parametrize("seconds_off", [30, -30, 3600])
async def test_machines_whose_clocks_differ_do_not_take_each_others_jobs_nor_keep_them_waiting(
    seconds_off: float,
) -> None:
    async with postgresql_url() as url:
        store = open_store(url)
        await migrate(store)
        here = SqlQueue(store, clock=await machine(store, seconds_off=0))
        there = SqlQueue(store, clock=await machine(store, seconds_off=seconds_off))
        for one, other in ((here, there), (there, here)):
            await one.publish([NewJob("work", "ana", b"x")])
            [delivery] = await one.receive(WORK, 1, 0)
            assert await other.receive(WORK, 1, 0) == []
            await one.ack(delivery)
            await one.publish([NewJob("work", "ben", b"y")])
            [delivery] = await other.receive(WORK, 1, 20)
            await other.ack(delivery)
        await store.close()


def clock_at(moment: list[float]) -> Callable[[], float]:
    return lambda: moment[0]


async def test_a_clock_that_is_set_back_by_an_hour_keeps_nobody_waiting_for_one(
    stores: list[Store],
) -> None:
    moment = [100_000.0]
    queue = SqlQueue(stores[0], clock=clock_at(moment), poll_seconds=0.01)
    await queue.publish(
        [NewJob("work", "ana", b"quiet", delay_seconds=5), NewJob("work", "b", b"")]
    )
    [delivery] = await queue.receive(WORK, 5, 0)
    await queue.retry(delivery, 60, "the provider was away")
    with capture_logs() as logs:
        moment[0] -= 3600
        found = await queue.receive(WORK, 5, 20)
        again = [] if len(found) == 2 else await queue.receive(WORK, 5, 20)
    assert {it.lane for it in [*found, *again]} == {"ana", "b"}
    assert "set back" in logs[0]["event"]


async def test_a_clock_that_is_set_back_takes_nothing_from_whoever_works_on_it(
    stores: list[Store],
) -> None:
    moment = [100_000.0]
    queue = SqlQueue(stores[0], clock=clock_at(moment))
    await queue.publish([NewJob("work", "ana", b"x")])
    [delivery] = await queue.receive(WORK, 1, 0)
    moment[0] -= 3600
    assert await queue.receive(WORK, 1, 0) == []
    assert await SqlQueue(stores[1], clock=clock_at(moment)).receive(WORK, 1, 0) == []
    await queue.extend(delivery, 30)
    await queue.ack(delivery)
