"""The queue's engines, each ready to be proved by tests/contracts/test_queue*.py.

A new adapter joins with one factory in `FACTORIES` and one line in `open_queue`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from recado.queue import Delivery, Queue, QueueSpec
from recado.queue.sql import SqlQueue
from recado.store import Store, open_store
from recado.store.migrate import migrate
from tests.support.engines import postgresql_url, require_engine


def open_queue(queue_url: str, store: Store, node: str | None = None) -> Queue:
    """A client of its own to the engine at `queue_url` ("" is the store itself)."""
    if queue_url == "":
        return SqlQueue(store, node=node)
    raise ValueError(f"no adapter for {queue_url}")


@dataclass
class QueueEngine:
    """One engine under test. `store` is where transactions and dead letters are."""

    name: str
    store_url: str
    queue_url: str
    store: Store
    #: The shortest lease that the engine can give, in seconds.
    short_lease_seconds: float = 0.3
    _opened: list[tuple[Store, Queue]] = field(default_factory=list)

    def open(self, node: str | None = None) -> Queue:
        """A client as another process would have: connections and state of its own."""
        store = open_store(self.store_url)
        queue = open_queue(self.queue_url, store, node)
        self._opened.append((store, queue))
        return queue

    async def close(self) -> None:
        for store, queue in self._opened:
            await queue.close()
            await store.close()


@asynccontextmanager
async def _with_database(name: str, store_url: str, queue_url: str) -> AsyncIterator[QueueEngine]:
    store = open_store(store_url)
    await migrate(store)
    engine = QueueEngine(name, store_url, queue_url, store)
    try:
        yield engine
    finally:
        await engine.close()
        await store.close()


@asynccontextmanager
async def _sqlite(folder: Path) -> AsyncIterator[QueueEngine]:
    require_engine("sqlite")
    async with _with_database("sqlite", f"sqlite:///{folder / 'queue.db'}", "") as engine:
        yield engine


@asynccontextmanager
async def _postgresql(_folder: Path) -> AsyncIterator[QueueEngine]:
    async with postgresql_url() as url, _with_database("postgresql", url, "") as engine:
        yield engine


FACTORIES: dict[str, Callable[[Path], AbstractAsyncContextManager[QueueEngine]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}


async def receive_one(queue: Queue, spec: QueueSpec) -> Delivery:
    """The next job, which must come."""
    found = await queue.receive(spec, 1, wait_seconds=20)
    assert found, "nothing came"
    return found[0]


async def receive_none(queue: Queue, spec: QueueSpec) -> None:
    """Nothing may be received now."""
    found = await queue.receive(spec, 10, wait_seconds=0)
    assert [delivery.body for delivery in found] == []
