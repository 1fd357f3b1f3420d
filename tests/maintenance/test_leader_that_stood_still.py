"""A leader that the system had stopped for a minute (a machine that slept, SIGSTOP) does nothing
that another has done meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from recado.maintenance.schedule import Every
from recado.maintenance.scheduler import LEASE_SECONDS, LeadershipLost, Scheduler, Task
from recado.runtime import Runtime
from recado.store import now
from tests.support.runtime import make_runtime


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path) as runtime:
        yield runtime


def task(name: str, run: Callable[[], Awaitable[None]]) -> Task:
    async def work(_runtime: Runtime) -> dict[str, int]:
        await run()
        return {}

    return Task(name, Every(3600), work, at_once=True)


@pytest.mark.parametrize("gives_up", [True, False])
async def test_what_another_leader_did_meanwhile_is_not_done_again(
    runtime: Runtime, gives_up: bool
) -> None:
    moment = now()
    done: list[str] = []

    async def first() -> None:
        done.append("first")
        if len(done) == 1:
            await everything_happens_meanwhile()

    async def second() -> None:
        done.append("second")

    async def everything_happens_meanwhile() -> None:
        nonlocal moment
        moment += LEASE_SECONDS + 1
        assert await other.lead()
        await other.run_due()
        if gives_up:  # it was stopped, and nobody leads any more
            moment += LEASE_SECONDS + 1
            assert await leader.lead()

    tasks = [task("first", first), task("second", second)]
    leader, other = (Scheduler(runtime, tasks, clock=lambda: moment) for _ in range(2))
    assert await leader.lead()
    if gives_up:
        await leader.run_due()
    else:
        with pytest.raises(LeadershipLost):
            await leader.run_due()
    # What it was in the middle of has to bear that; the rest is done once.
    assert done == ["first", "first", "second"]
