"""What is to run for as long as the process does, does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from recado.observability.failures import failures
from recado.observability.metrics import Metrics
from recado.resilience.lasting import lasting, troubles
from tests.support.waiting import until


class Faulty:
    """Fails with each of `errors` in turn, then runs until it is cancelled."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.began = 0
        self.seen: list[list[str]] = []

    async def run(self) -> None:
        self.began += 1
        self.seen.append(troubles())
        if self.errors:
            raise self.errors.pop(0)
        await asyncio.Event().wait()


def soon(name: str, run: Callable[[], object]) -> asyncio.Task[None]:
    return lasting(name, run, first_pause_seconds=0.001)  # type: ignore[arg-type]


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_task_that_fails_is_started_again_and_told_of_until_it_runs() -> None:
    faulty, before = Faulty(OSError("a name"), ValueError(), MemoryError()), failures["relay"]
    task = soon("relay", faulty.run)
    await until(lambda: _is(faulty.began == 4))
    assert failures["relay"] == before + 3
    assert faulty.seen == [[], *([f"relay is started again: {it}"] for it in _NAMES)]
    await until(lambda: _is(not troubles()))
    assert b'recado_task_failures_total{task="relay"}' in Metrics().text()
    await end(task)


_NAMES = ("OSError", "ValueError", "MemoryError")


async def test_a_cancellation_of_something_else_does_not_end_it() -> None:
    faulty = Faulty(asyncio.CancelledError())
    task = soon("listener", faulty.run)
    await until(lambda: _is(faulty.began == 2))
    await end(task)
    assert task.cancelled()
    assert troubles() == []


async def test_its_own_end_is_its_end() -> None:
    async def once() -> None:
        return

    await asyncio.wait_for(soon("once", once), 30)
    assert troubles() == []


async def test_one_that_waits_to_be_started_again_can_be_ended() -> None:
    faulty = Faulty(*(OSError() for _ in range(100)))
    task = lasting("slow", faulty.run, first_pause_seconds=1000)
    await until(lambda: _is(bool(troubles())))
    await end(task)
    assert troubles() == []


async def _is(found: bool) -> bool:
    return found


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_what_ends_the_process_ends_it(error: type[BaseException]) -> None:
    async def ends() -> None:
        raise error

    async def work() -> None:
        await soon("ends", ends)

    with pytest.raises(error):
        asyncio.run(work())
