"""Stores with one plain table, `thing (id TEXT PRIMARY KEY)`, on each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from recado.store import Store, open_store
from recado.store.sqlite.store import SqliteStore
from tests.support.engines import postgresql_url
from tests.support.things import CREATE_THING


@pytest.fixture(params=["sqlite", "postgresql"])
async def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database's URL."""
    async with AsyncExitStack() as stack:
        if request.param == "postgresql":
            yield await stack.enter_async_context(postgresql_url())
        else:
            yield f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async for store in _with_table(open_store(store_url)):
        yield store


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """One that waits for other processes' locks 200 ms at most."""
    url = make_url(f"sqlite:///{tmp_path / 'store.db'}")
    store = SqliteStore(url, busy_timeout_ms=200)
    async for _ in _with_table(store):
        yield store


async def _with_table(store: Store) -> AsyncIterator[Store]:
    await store.run_ddl(lambda connection: connection.exec_driver_sql(CREATE_THING))
    yield store
    await store.close()
