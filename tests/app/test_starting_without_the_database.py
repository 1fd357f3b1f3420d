"""A process that is started while its database is away: it says so, waits, and goes to work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.cuttable import Cuttable
from tests.support.engines import postgresql_url
from tests.support.process import RecadoProcess

pytestmark = pytest.mark.acceptance


@pytest.fixture
async def database() -> AsyncIterator[Cuttable]:
    async with postgresql_url() as url, Cuttable(url) as way:
        yield way


@pytest.fixture
async def process(database: Cuttable, tmp_path: Path) -> AsyncIterator[RecadoProcess]:
    process = RecadoProcess(
        tmp_path, command=("serve", "ingest", "assistant"), DATABASE_URL=database.url
    )
    yield process
    await process.kill()


async def ask(process: RecadoProcess, method: str, path: str) -> tuple[int, Any]:
    """As soon as it answers at all."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.request(method, f"{process.url}{path}") as answer:
                    return answer.status, await answer.read()
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


async def test_it_says_what_it_waits_for_and_starts_once_the_database_is_there(
    process: RecadoProcess, database: Cuttable
) -> None:
    async with database.outage():
        starting = asyncio.create_task(process.start())
        status, ready = await ask(process, "GET", "/ready")
        assert status == 503
        assert b"the process is starting" in ready
        assert b"store: " in ready
        status, metrics = await ask(process, "GET", "/metrics")
        assert status == 200
        assert b'recado_dependency_up{dependency="store"} 0.0' in metrics
        status, _ = await ask(process, "POST", "/webhooks/whatsapp")
        assert status == 503, "the vendor brings it again"
    await starting
    status, _ = await ask(process, "POST", "/webhooks/whatsapp")
    assert status == 403, "unsigned, and looked at"
    assert "cannot start yet" in process.tail()


async def test_told_to_stop_while_it_waits_it_ends_with_success(
    process: RecadoProcess, database: Cuttable
) -> None:
    async with database.outage():
        starting = asyncio.create_task(process.start())
        await ask(process, "GET", "/ready")
        assert await process.stop() == 0
        with pytest.raises(AssertionError, match="did not start"):
            await starting
