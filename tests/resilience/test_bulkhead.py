"""Heavy work has places of its own: a rush for it leaves the rest of the process alone."""

from __future__ import annotations

import asyncio
import threading

import pytest

from recado.errors import TooManyRequests
from recado.resilience.bulkhead import ThreadBulkhead


async def test_so_many_work_so_many_wait_and_the_rest_are_told_to_come_again() -> None:
    gate, working = threading.Event(), threading.Semaphore(0)
    bulkhead = ThreadBulkhead("test", places=2, waiting=1)

    def work() -> str:
        working.release()
        assert gate.wait(60)
        return "done"

    taken = [asyncio.create_task(bulkhead.run(work)) for _ in range(3)]
    for _ in range(2):
        assert await asyncio.to_thread(working.acquire, timeout=60)
    assert not working.acquire(blocking=False)  # the third waits
    with pytest.raises(TooManyRequests):
        await bulkhead.run(work)
    assert await asyncio.to_thread(lambda: "others go on") == "others go on"
    gate.set()
    assert await asyncio.gather(*taken) == ["done"] * 3
    assert await bulkhead.run(lambda: "again") == "again"


async def test_work_that_fails_gives_its_place_back() -> None:
    bulkhead = ThreadBulkhead("test", places=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await bulkhead.run(lambda: 1 // 0)
