"""The scheduled work: one process does it, another takes over, nothing is skipped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from recado.maintenance.model import LeaseRow, ScheduledTask
from recado.maintenance.schedule import Every
from recado.maintenance.scheduler import LEASE_SECONDS, RETRY_SECONDS, Scheduler, Task
from recado.maintenance.tasks import TASKS
from recado.queue.model import DeadLetterRow
from recado.runtime import Runtime
from recado.store import new_id, now
from tests.support.runtime import make_runtime

HOUR = 3600.0
DAY = 24 * HOUR


class Clock:
    def __init__(self) -> None:
        self.now = now()

    def __call__(self) -> float:
        return self.now


class Work:
    """A task that counts its runs, and fails when told to."""

    def __init__(self, every_seconds: float = HOUR, *, at_once: bool = True) -> None:
        self.runs = 0
        self.fails = False
        self.task = Task("work", Every(every_seconds), self._run, at_once=at_once)

    async def _run(self, _runtime: Runtime) -> dict[str, int]:
        self.runs += 1
        if self.fails:
            raise OSError("the disk is full")
        return {"things": self.runs}


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path) as runtime:
        yield runtime


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_of_two_processes_one_leads_and_the_other_takes_over_when_it_dies(
    runtime: Runtime, clock: Clock
) -> None:
    first, second = (Scheduler(runtime, [], clock=clock) for _ in range(2))
    assert await first.lead()
    assert not await second.lead()
    clock.now += LEASE_SECONDS - 1
    assert await first.lead()  # alive: it renews
    clock.now += LEASE_SECONDS - 1
    assert not await second.lead()
    clock.now += 2
    assert await second.lead()
    assert not await first.lead()


async def test_work_is_done_when_due_and_not_again_by_the_next_leader(
    runtime: Runtime, clock: Clock
) -> None:
    work = Work()
    await Scheduler(runtime, [work.task], clock=clock).run_due()
    await Scheduler(runtime, [work.task], clock=clock).run_due()
    assert work.runs == 1
    clock.now += HOUR
    await Scheduler(runtime, [work.task], clock=clock).run_due()
    assert work.runs == 2


async def test_what_came_due_while_nobody_was_there_is_done_late_and_once(
    runtime: Runtime, clock: Clock
) -> None:
    work = Work()
    await Scheduler(runtime, [work.task], clock=clock).run_due()
    clock.now += 5 * HOUR
    scheduler = Scheduler(runtime, [work.task], clock=clock)
    await scheduler.run_due()
    await scheduler.run_due()
    assert work.runs == 2


async def test_a_new_installation_waits_for_the_first_time(runtime: Runtime, clock: Clock) -> None:
    work = Work(at_once=False)
    scheduler = Scheduler(runtime, [work.task], clock=clock)
    await scheduler.run_due()
    assert work.runs == 0
    clock.now += HOUR
    await scheduler.run_due()
    assert work.runs == 1


async def test_work_that_fails_is_tried_again_soon_and_says_why(
    runtime: Runtime, clock: Clock
) -> None:
    work = Work()
    work.fails = True
    scheduler = Scheduler(runtime, [work.task], clock=clock)
    await scheduler.run_due()
    await scheduler.run_due()
    assert work.runs == 1
    assert await outcome(runtime) == {"error": "OSError: the disk is full"}
    work.fails = False
    clock.now += RETRY_SECONDS
    await scheduler.run_due()
    assert work.runs == 2
    assert await outcome(runtime) == {"things": 2}


async def test_a_process_that_stops_leaves_the_lead_to_the_next_at_once(
    runtime: Runtime, clock: Clock
) -> None:
    begun = asyncio.Event()

    async def begin(_runtime: Runtime) -> dict[str, int]:
        begun.set()
        await asyncio.Event().wait()
        return {}

    task = Task("work", Every(HOUR), begin, at_once=True)
    running = asyncio.create_task(Scheduler(runtime, [task], clock=clock).run())
    await begun.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    work = Work()
    next_one = Scheduler(runtime, [work.task], clock=clock)
    assert await next_one.lead()
    await next_one.run_due()  # cut off in the middle, so it is done again
    assert work.runs == 1


async def test_a_leader_that_was_taken_for_dead_leaves_its_work_to_the_next(
    runtime: Runtime, clock: Clock
) -> None:
    begun, cut_off = asyncio.Event(), asyncio.Event()

    async def begin(_runtime: Runtime) -> dict[str, int]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cut_off.set()
        return {}

    task = Task("work", Every(HOUR), begin, at_once=True)
    scheduler = Scheduler(runtime, [task], clock=clock, look_seconds=0.01)
    running = asyncio.create_task(scheduler.run())
    await begun.wait()
    theirs = {"owner": "another", "held_until": clock.now + LEASE_SECONDS}
    await runtime.store.write(lambda tx: tx.execute(update(LeaseRow).values(theirs)))
    async with asyncio.timeout(60):
        await cut_off.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await runtime.store.read(lambda tx: tx.scalar(select(LeaseRow.owner))) == "another"


async def test_the_weekly_clean_up_removes_what_is_past_its_time(
    runtime: Runtime, clock: Clock
) -> None:
    clean_up = next(task for task in TASKS if task.name == "clean-up")
    due = datetime.fromtimestamp(clean_up.schedule.next_after(clock.now), UTC)
    assert (due.strftime("%A"), due.hour) == ("Wednesday", 4)
    await runtime.store.write(lambda tx: tx.execute(insert(DeadLetterRow), old_dead_letter()))
    scheduler = Scheduler(runtime, [clean_up], clock=clock)
    await scheduler.run_due()
    clock.now += 7 * DAY
    await scheduler.run_due()
    left = await runtime.store.read(lambda tx: tx.all(select(DeadLetterRow.id)))
    assert left == []


def old_dead_letter() -> dict[str, Any]:
    return {
        "id": new_id(),
        "queue": "inbound",
        "lane": "lane",
        "body": b"{}",
        "cause": "",
        "receives": 1,
        "trace_id": "",
        "conversation_id": None,
        "state": "dropped",
        "created_at": now() - 100 * DAY,
        "closed_at": now() - 90 * DAY,
    }


async def outcome(runtime: Runtime) -> Any:
    return await runtime.store.read(lambda tx: tx.scalar(select(ScheduledTask.outcome)))


async def test_a_clock_that_was_set_back_stops_no_work_and_leaves_no_dead_leader(
    runtime: Runtime, clock: Clock
) -> None:
    work = Work(every_seconds=10.0)
    first = Scheduler(runtime, [work.task], clock=clock)
    assert await first.lead()
    await first.run_due()
    assert work.runs == 1
    clock.now -= HOUR  # and the leader dies
    second = Scheduler(runtime, [work.task], clock=clock)
    assert await second.lead()
    assert not await Scheduler(runtime, [], clock=clock).lead()
    await second.run_due()
    assert work.runs == 2
    await second.run_due()
    assert work.runs == 2
    clock.now += 10
    await second.run_due()
    assert work.runs == 3
