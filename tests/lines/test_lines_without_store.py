"""Lines while the store is away: a process that only takes webhooks goes on, and starts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import make_url
from starlette.applications import Starlette

from recado.app.services import ingest_routes
from recado.errors import ServiceUnavailable
from recado.lines.registry import Lines
from recado.runtime import Runtime
from recado.store import Store
from tests.support.payloads import SECRET, sign, text_message, webhook
from tests.support.runtime import api_client, make_runtime


class AwayStore(Store):
    """A database that does not answer."""

    url = make_url("postgresql://nowhere/")
    dialect = "postgresql"

    async def write(self, work: Callable[[Any], Any], *, brief: bool = False) -> NoReturn:
        raise ServiceUnavailable("away")

    async def read(self, work: Callable[[Any], Any], *, brief: bool = False) -> NoReturn:
        raise ServiceUnavailable("away")

    async def run_ddl(self, work: Callable[[Any], Any]) -> NoReturn:
        raise ServiceUnavailable("away")

    async def close(self) -> None:
        pass


class SlowStore(AwayStore):
    """One that answers `rows` after a while, and counts how often it is asked."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows, self.asked = rows, 0

    async def read(self, work: Callable[[Any], Any], *, brief: bool = False) -> Any:
        self.asked += 1
        await asyncio.sleep(0.01)
        return self.rows


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime(tmp_path) as runtime:
        yield runtime


def lines_of(runtime: Runtime, store: Store, file: Path) -> Lines:
    return Lines(store, runtime.cipher, runtime.settings, runtime.channels, remember_in=file)


async def test_the_lines_of_the_store_are_remembered_for_a_start_without_it(
    runtime: Runtime, tmp_path: Path
) -> None:
    file = tmp_path / "remembered"
    before = lines_of(runtime, runtime.store, file)
    await before.start()
    line = await before.add("whatsapp", "123", "Ours", {"app_secret": SECRET})
    after = lines_of(runtime, AwayStore(), file)
    await after.start_without_store()
    assert await after.secrets("whatsapp", "app_secret") == [SECRET]
    assert after.known(line.id) == line
    assert file.stat().st_mode & 0o077 == 0
    assert SECRET not in file.read_text()


async def test_a_file_that_cannot_be_read_is_as_none(runtime: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "remembered"
    file.write_text("half a fi")
    lines = lines_of(runtime, AwayStore(), file)
    await lines.start_without_store()
    assert not lines.are_known
    assert await lines.secrets("whatsapp", "app_secret") == []


async def test_news_of_the_store_are_seen_once_it_is_back(runtime: Runtime, tmp_path: Path) -> None:
    lines = lines_of(runtime, runtime.store, tmp_path / "remembered")
    await lines.start_without_store()
    assert lines.are_known


async def test_a_crowd_that_needs_the_lines_asks_the_store_once(
    runtime: Runtime, tmp_path: Path
) -> None:
    store = SlowStore([])
    lines = lines_of(runtime, store, tmp_path / "remembered")
    assert await asyncio.gather(*(lines.all() for _ in range(50))) == [[]] * 50
    assert store.asked == 1


async def test_while_no_line_is_known_a_webhook_is_asked_to_come_again(
    runtime: Runtime, tmp_path: Path
) -> None:
    runtime.lines = lines_of(runtime, AwayStore(), tmp_path / "remembered")
    body = webhook(messages=[text_message("hola")])
    async with api_client(Starlette(routes=ingest_routes(runtime))) as client:
        answer = await client.post("/webhooks/whatsapp", content=body, headers=sign(body))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
