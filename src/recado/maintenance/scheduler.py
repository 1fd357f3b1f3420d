"""The scheduled work: done by one process, the leader, among all that host `maintenance`.

The leader holds a lease in the store. When it dies, another takes over as the lease ends, and does
again what was begun and not finished. What came due while nobody was there is done late, once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from recado.errors import RecadoError
from recado.maintenance.lease import hold_lease, release_lease
from recado.maintenance.model import LeaseRow, ScheduledTask
from recado.maintenance.schedule import Schedule
from recado.runtime import Runtime
from recado.store import Tx, new_id, now

log = structlog.get_logger(__name__)

LEASE = "maintenance"
LEASE_SECONDS = 30.0
#: How often the lease is renewed, or asked for, and the tasks are looked at.
LOOK_SECONDS = 10.0
#: By less than this, the clocks of two machines may differ.
CLOCKS_DIFFER_SECONDS = 5.0
#: How soon a task that failed is tried again.
RETRY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Task:
    """`run` returns what it did, as counts by name. It may be cut off anywhere, and run again.

    `at_once`: on an installation that has never run it, it is due now, not at its first time.
    """

    name: str
    schedule: Schedule
    run: Callable[[Runtime], Awaitable[dict[str, int]]]
    at_once: bool = False


class Scheduler:
    def __init__(
        self,
        runtime: Runtime,
        tasks: Sequence[Task],
        *,
        clock: Callable[[], float] = now,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._look_seconds = look_seconds
        self._runtime = runtime
        self._tasks = tasks
        self._clock = clock
        self._owner = new_id()
        self._not_before: dict[str, float] = {}
        self._held_until = float("-inf")

    async def run(self) -> None:
        """Until it is cancelled. A failure is logged and stops nothing."""
        try:
            while True:
                try:
                    if await self.lead():
                        await self._while_leading(self.run_due())
                except (RecadoError, SQLAlchemyError) as error:
                    log.warning("scheduled work waits", error=str(error))
                await asyncio.sleep(self._look_seconds)
        finally:
            with suppress(RecadoError, SQLAlchemyError):  # then the lease ends by itself
                await self._runtime.store.write(lambda tx: release_lease(tx, LEASE, self._owner))

    async def lead(self) -> bool:
        """Become, or stay, the leader. False: another process is. Raises ServiceUnavailable."""
        moment = self._clock()
        leading = await self._runtime.store.write(
            lambda tx: hold_lease(tx, LEASE, self._owner, seconds=LEASE_SECONDS, now=moment)
        )
        if leading:
            self._held_until = moment + LEASE_SECONDS
        return leading

    async def run_due(self) -> None:
        """Do what is due. For the leader. Raises ServiceUnavailable."""
        moment = self._clock()
        ran_at = await self._runtime.store.read(_ran_at)
        if new := [task for task in self._tasks if task.name not in ran_at]:
            ran_at |= await self._runtime.store.write(lambda tx: _add(tx, new, moment))
        for task in self._tasks:
            if not self._is_due(task, ran_at[task.name], moment):
                continue
            if await self._is_still_due(task, ran_at[task.name]):
                await self._run(task)

    def _is_due(self, task: Task, ran_at: float, moment: float) -> bool:
        """What was done in the future was done before the clock was set back: nobody knows when."""
        if ran_at > moment + CLOCKS_DIFFER_SECONDS:
            return True
        due_at = task.schedule.next_after(ran_at)
        not_before = min(self._not_before.get(task.name, due_at), moment + RETRY_SECONDS)
        return max(due_at, not_before) <= moment

    async def _is_still_due(self, task: Task, ran_at: float) -> bool:
        """Whoever stood still (a machine that slept) finds that another has done it meanwhile.

        Raises ServiceUnavailable, LeadershipLost.
        """
        leader, last = await self._runtime.store.read(lambda tx: _standing(tx, task.name))
        if leader not in {None, self._owner}:
            raise LeadershipLost("Another process leads the scheduled work now.")
        return last == ran_at

    async def _run(self, task: Task) -> None:
        began = self._clock()
        try:
            outcome = await task.run(self._runtime)
        except Exception as error:
            log.exception("scheduled work failed", task=task.name)
            self._not_before[task.name] = began + RETRY_SECONDS
            failed = {"error": f"{type(error).__name__}: {error}"}
            await self._runtime.store.write(lambda tx: _note(tx, task.name, None, failed))
            return
        done = {name: count for name, count in outcome.items() if count}
        if done:
            log.info("scheduled work done", task=task.name, done=done)
        await self._runtime.store.write(lambda tx: _note(tx, task.name, began, outcome))

    async def _while_leading(self, work: Coroutine[None, None, None]) -> None:
        """Run `work`, renewing the lease beside it; without the lease, cut it off."""
        task = asyncio.create_task(work)
        try:
            while True:
                done, _ = await asyncio.wait({task}, timeout=self._look_seconds)
                if done:
                    await task
                    return
                await self._renew()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _renew(self) -> None:
        """Raises ServiceUnavailable once the lease is over."""
        try:
            if not await self.lead():
                self._held_until = float("-inf")
        except RecadoError as error:
            log.warning("leadership not renewed", error=str(error))
        if self._clock() > self._held_until:
            raise LeadershipLost("Another process leads the scheduled work now.")


class LeadershipLost(RecadoError):
    title = "Another process leads"


def _ran_at(tx: Tx) -> dict[str, float]:
    rows = tx.all(select(ScheduledTask.name, ScheduledTask.ran_at))
    return {row.name: row.ran_at for row in rows}


def _standing(tx: Tx, name: str) -> tuple[str | None, float]:
    """Who leads, and when the task was done last."""
    leader = tx.scalar(select(LeaseRow.owner).where(LeaseRow.name == LEASE))
    return leader, tx.scalar(select(ScheduledTask.ran_at).where(ScheduledTask.name == name))


def _add(tx: Tx, tasks: Sequence[Task], moment: float) -> dict[str, float]:
    """Write down tasks that have never run: from when on their schedules count."""
    begins = {task.name: 0.0 if task.at_once else moment for task in tasks}
    for name, ran_at in begins.items():
        _note(tx, name, ran_at, None)
    return begins


def _note(tx: Tx, name: str, ran_at: float | None, outcome: dict[str, Any] | None) -> None:
    values = {"outcome": outcome} | ({} if ran_at is None else {"ran_at": ran_at})
    row = {"name": name, "ran_at": ran_at or 0.0, "outcome": outcome}
    statement = tx.insert(ScheduledTask)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values), row)
