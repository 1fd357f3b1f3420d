"""A migrated store of a test's own, on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from recado.store import Store, open_store
from recado.store.migrate import migrate
from tests.support.engines import postgresql_url


@asynccontextmanager
async def make_store_on(database: str, tmp_path: Path) -> AsyncIterator[Store]:
    """On `sqlite`, or on a database of its own on `postgresql`."""
    async with AsyncExitStack() as stack:
        if database == "postgresql":
            store = open_store(await stack.enter_async_context(postgresql_url()))
        else:
            store = open_store(f"sqlite:///{tmp_path}/recado.db", sync="off")
        stack.push_async_callback(store.close)
        await migrate(store)
        yield store
