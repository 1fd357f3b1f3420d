"""A queue on a SQLite file, for what is not the engines' affair; and two stores on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from recado.queue import Queue
from recado.queue.sql.queue import SqlQueue
from recado.store import Store, open_store
from recado.store.migrate import migrate
from tests.support.engines import postgresql_url


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'queue.db'}", sync="off")
    await migrate(store)
    yield store
    await store.close()


@pytest.fixture
def queue(store: Store) -> Queue:
    return SqlQueue(store)


@pytest.fixture(params=["sqlite", "postgresql"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[Store]]:
    """Two stores on one database, as two processes would have."""
    async with AsyncExitStack() as stack:
        if request.param == "postgresql":
            url = await stack.enter_async_context(postgresql_url())
        else:
            url = f"sqlite:///{tmp_path / 'queue.db'}"
        stores = [open_store(url), open_store(url)]
        await migrate(stores[0])
        yield stores
        for store in stores:
            await store.close()
