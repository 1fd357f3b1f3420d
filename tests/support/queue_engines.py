"""The queue's engines, each ready to be proved by tests/contracts/test_queue*.py.

A new adapter joins with one factory in `FACTORIES`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from recado.queue import Delivery, Queue, QueueSpec
from recado.queue.brokers.broker import Broker
from recado.queue.brokers.brokered import BrokeredQueue
from recado.queue.brokers.engines import open_broker
from recado.queue.sql.queue import SqlQueue
from recado.store import Store, now, open_store
from recado.store.migrate import migrate
from tests.support.cuttable import Cuttable
from tests.support.engines import TEST_PARTITIONS, broker_url, postgresql_url, require_engine
from tests.support.servicebus_emulator import ServiceBusEmulator, connection_string
from tests.support.sqs_server import sqs_url
from tests.support.waiting import PATIENCE_SECONDS, until

#: What a broker needs to bring a job that it has confirmed, on a busy machine.
WIRE_SECONDS = 0.3


def open_any_broker(queue_url: str) -> Broker:
    """The broker at `queue_url`; what it has instead of a URL comes behind a "#"."""
    url, _, connection_string = queue_url.partition("#")
    return open_broker(url, connection_string)


def open_queue(
    queue_url: str, store: Store, node: str | None = None, clock: Callable[[], float] = now
) -> Queue:
    """A client of its own to the engine at `queue_url` ("" is the store itself)."""
    if queue_url == "":
        return SqlQueue(store, node=node, clock=clock)
    return BrokeredQueue(open_any_broker(queue_url), store, node=node, clock=clock)


@dataclass
class QueueEngine:
    """One engine under test. `store` is where transactions and dead letters are."""

    name: str
    store_url: str
    queue_url: str
    store: Store
    #: The shortest lease that the engine can give, in seconds.
    short_lease_seconds: float = 0.3
    #: Whether a lane's jobs are brought while those before them are in hand.
    brings_on: bool = True
    _opened: list[tuple[Store, Queue]] = field(default_factory=list)

    def open(self, node: str | None = None, clock: Callable[[], float] = now) -> Queue:
        """A client as another process would have: connections and state of its own."""
        store = open_store(self.store_url)
        queue = open_queue(self.queue_url, store, node, clock)
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


@asynccontextmanager
async def _nats(folder: Path) -> AsyncIterator[QueueEngine]:
    store_url = f"sqlite:///{folder / 'store.db'}"
    async with broker_url("nats") as url, _with_database("nats", store_url, url) as engine:
        yield engine


@asynccontextmanager
async def _rabbitmq(_folder: Path) -> AsyncIterator[QueueEngine]:
    async with (
        broker_url("rabbitmq") as url,
        postgresql_url() as store_url,
        _with_database("rabbitmq", store_url, url) as engine,
    ):
        yield engine


@asynccontextmanager
async def _servicebus(folder: Path) -> AsyncIterator[QueueEngine]:
    require_engine("servicebus")
    store_url = f"sqlite:///{folder / 'store.db'}"
    async with ServiceBusEmulator() as emulator:
        url = _servicebus_url(emulator.port)
        async with _with_database("servicebus", store_url, url) as engine:
            yield engine


def _servicebus_url(port: int) -> str:
    options = f"prefix=test&partitions={TEST_PARTITIONS}"
    return f"servicebus?{options}#{connection_string(port)}"


@asynccontextmanager
async def _sqs(folder: Path) -> AsyncIterator[QueueEngine]:
    require_engine("sqs")
    store_url = f"sqlite:///{folder / 'store.db'}"
    async with sqs_url() as url, _with_database("sqs", store_url, url) as engine:
        engine.brings_on = False
        yield engine


FACTORIES: dict[str, Callable[[Path], AbstractAsyncContextManager[QueueEngine]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "nats": _nats,
    "rabbitmq": _rabbitmq,
    "servicebus": _servicebus,
    "sqs": _sqs,
}


@asynccontextmanager
async def cuttable_broker(name: str) -> AsyncIterator[Cuttable]:
    """A way to a broker of its own; its `url` is for `open_any_broker`."""
    if name == "servicebus":
        require_engine(name)
        async with ServiceBusEmulator() as emulator, Cuttable(emulator.address) as way:
            way.url = _servicebus_url(way.port)
            yield way
    elif name == "sqs":
        async with sqs_url() as url:
            rest, _, endpoint = url.partition("endpoint=")
            async with Cuttable(endpoint) as way:
                way.url = f"{rest}endpoint=http://127.0.0.1:{way.port}"
                yield way
    else:
        name_there: Literal["nats", "rabbitmq"] = "nats" if name == "nats" else "rabbitmq"
        async with broker_url(name_there) as url, Cuttable(url) as way:
            yield way


async def receive_one(queue: Queue, spec: QueueSpec) -> Delivery:
    """The next job, which must come."""
    found = await queue.receive(spec, 1, wait_seconds=PATIENCE_SECONDS)
    assert found, "nothing came"
    return found[0]


async def receive_many(queue: Queue, spec: QueueSpec, count: int) -> list[Delivery]:
    """The next `count` jobs, in as many batches as it takes: a broker's come by wire."""
    found: list[Delivery] = []
    while len(found) < count:
        batch = await queue.receive(spec, count - len(found), wait_seconds=PATIENCE_SECONDS)
        assert batch, f"only {len(found)} came"
        found += batch
    return found


async def arrive(queue: Queue, spec: QueueSpec, waiting: int) -> None:
    """Wait until what was published has reached those who receive, where it travels by wire: then
    so many jobs wait, for of equal ones all but the first are done with."""
    if queue.transactional:
        return

    async def is_so() -> bool:
        depth = (await queue.depth()).get(spec.name)
        return depth is not None and depth.waiting == waiting

    await until(is_so)
    await asyncio.sleep(WIRE_SECONDS)  # RabbitMQ does not count what is under way to us


async def until_empty(queue: Queue) -> None:
    """Nothing waits any more. What other processes have in hand is told with a delay."""
    async with asyncio.timeout(None if queue.transactional else PATIENCE_SECONDS):
        while (depth := await queue.depth()) and not queue.transactional:
            await asyncio.sleep(0.1)
    assert depth == {}


async def receive_none(queue: Queue, spec: QueueSpec) -> None:
    """Nothing may be received now, nor come in a moment where jobs come by wire."""
    found = await queue.receive(spec, 10, wait_seconds=0 if queue.transactional else WIRE_SECONDS)
    assert [delivery.body for delivery in found] == []
