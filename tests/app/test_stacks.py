"""An operator sees what a process waits for, and nothing of what anybody wrote."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from recado.app.stacks import calls_of, log_stacks
from tests.support.process import RecadoProcess, running


async def _inner(door: asyncio.Event) -> None:
    await door.wait()


async def _outer(secret: str, door: asyncio.Event) -> str:
    await _inner(door)
    return secret


async def test_a_task_is_told_with_the_calls_that_it_waits_in_and_goes_on() -> None:
    door = asyncio.Event()
    task = asyncio.create_task(_outer("quiero mi pedido", door), name="job")
    await asyncio.sleep(0)
    with capture_logs() as said:
        log_stacks()
    [told] = [it for it in said if it.get("task") == "job"]
    assert [call.partition(" ")[0] for call in told["calls"][:3]] == [
        "_outer",
        "_inner",
        "Event.wait",
    ]
    assert "(app/test_stacks.py:" in told["calls"][0]
    assert "quiero" not in str(said)
    assert said[-1] == {"event": "tasks told", "log_level": "warning", "tasks": 2}
    door.set()
    assert await task == "quiero mi pedido"


async def test_what_has_ended_waits_for_nothing() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    await task
    assert calls_of(task.get_coro())[1:] == []


@pytest.mark.acceptance
async def test_a_real_process_tells_it_on_sigusr1_and_works_on(tmp_path: Path) -> None:
    async with (
        running(RecadoProcess(tmp_path / "data")) as process,
        aiohttp.ClientSession() as session,
    ):
        said = await process.what_it_waits_for()
        assert "Worker._consume" in said
        assert "tasks told" in said
        async with session.get(f"{process.url}/health") as answer:
            assert answer.status == 200
