"""A queue on a SQLite file, for what is not the engines' affair."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.queue import Queue
from recado.queue.sql import SqlQueue
from recado.store import Store, open_store
from recado.store.migrate import migrate


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'queue.db'}", sync="off")
    await migrate(store)
    yield store
    await store.close()


@pytest.fixture
def queue(store: Store) -> Queue:
    return SqlQueue(store)
