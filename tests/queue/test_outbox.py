"""Jobs born in a transaction reach the broker in the order of their commits, whoever dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.errors import Conflict, ServiceUnavailable, TooLarge
from recado.queue import NewJob
from recado.queue.brokers.lanes import Envelope
from recado.queue.brokers.outbox import Outbox
from recado.queue.model import DeadLetterRow
from recado.store import Store, Tx, now, open_store
from recado.store.migrate import migrate
from tests.support.engines import postgresql_url


@dataclass
class Wire:
    """Where the outbox publishes to."""

    down: bool = False
    refused: dict[bytes, Exception] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def publish(self, jobs: Sequence[tuple[str, Envelope]]) -> list[Exception | None]:
        await self.open.wait()
        if self.down:
            raise ServiceUnavailable("as planned")
        outcomes = [self.refused.get(job.body) for _, job in jobs]
        taken = [job for (_, job), error in zip(jobs, outcomes, strict=True) if error is None]
        self.bodies += [job.body for job in taken]
        self.ids += [job.id for job in taken]
        return outcomes

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.bodies) < count:
                await asyncio.sleep(0.01)


@pytest.fixture
def wire() -> Wire:
    wire = Wire()
    wire.open.set()
    return wire


@pytest.fixture(params=["sqlite", "postgresql"])
async def stores(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Callable[[], Store]]:
    """Opens the same database as a process of its own would."""
    opened: list[Store] = []

    def open_at(url: str) -> Store:
        opened.append(open_store(url))
        return opened[-1]

    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'outbox.db'}"
        await migrate(open_at(url))
        yield lambda: open_at(url)
        for store in opened:
            await store.close()
        return
    async with postgresql_url() as url:
        await migrate(open_at(url))
        yield lambda: open_at(url)
        for store in opened:
            await store.close()


def outbox_of(store: Store, wire: Wire, *, sweeps: bool = True) -> Outbox:
    return Outbox(store, wire.publish, lambda _: sweeps, now)


def adds(outbox: Outbox, *bodies: bytes, lane: str = "ana") -> Callable[[Tx], None]:
    return lambda tx: outbox.add(tx, [NewJob("send", lane, body) for body in bodies])


async def test_jobs_are_published_after_the_commit_and_never_without_it(
    stores: Callable[[], Store], wire: Wire
) -> None:
    store = stores()
    outbox = outbox_of(store, wire)

    def fails(tx: Tx) -> None:
        outbox.add(tx, [NewJob("send", "ana", b"never")])
        raise Conflict("as planned")

    with pytest.raises(Conflict):
        await store.write(fails)
    await store.write(adds(outbox, b"1", b"2"))
    await wire.until(2)
    await outbox.close()
    assert wire.bodies == [b"1", b"2"]
    assert await outbox.depth() == {}


async def test_a_lane_keeps_the_order_of_its_commits_when_an_earlier_process_is_slower(
    stores: Callable[[], Store], wire: Wire
) -> None:
    slow = Wire(bodies=wire.bodies)
    slow_store, fast_store = stores(), stores()
    slow_outbox, fast_outbox = outbox_of(slow_store, slow), outbox_of(fast_store, wire)
    await slow_store.write(adds(slow_outbox, b"1"))
    await fast_store.write(adds(fast_outbox, b"2"))
    await fast_store.write(adds(fast_outbox, b"other", lane="bea"))
    await wire.until(1)
    assert wire.bodies == [b"other"]
    slow.open.set()
    await wire.until(3)
    assert wire.bodies == [b"other", b"1", b"2"]
    await slow_outbox.close()
    await fast_outbox.close()


async def test_what_a_dead_process_left_is_swept_up_in_order(
    stores: Callable[[], Store], wire: Wire
) -> None:
    never = Wire()
    dead = outbox_of(stores(), never)
    store = stores()
    await store.write(adds(dead, b"1"))
    await dead.close()
    living = outbox_of(store, wire)
    await store.write(adds(living, b"2"))
    await wire.until(2)
    assert wire.bodies == [b"1", b"2"]
    await living.close()


async def test_jobs_wait_for_a_broker_that_is_away(stores: Callable[[], Store], wire: Wire) -> None:
    store = stores()
    wire.down = True
    outbox = outbox_of(store, wire)
    await store.write(adds(outbox, b"1"))
    await store.write(adds(outbox, b"2"))
    assert (await outbox.depth())["send"].waiting == 2
    wire.down = False
    await wire.until(2)
    assert wire.bodies == [b"1", b"2"]
    await outbox.close()


async def test_a_job_published_twice_has_one_id_by_which_it_is_known(
    stores: Callable[[], Store], wire: Wire
) -> None:
    """Two sweepers, or one that died between publishing and removing."""
    store = stores()
    first, second = outbox_of(store, Wire()), outbox_of(store, Wire())
    await store.write(adds(first, b"1"))
    await first.close()
    await second.close()
    one, other = Wire(), Wire()
    one.open.set()
    sweepers = outbox_of(stores(), one), outbox_of(stores(), other)
    for sweeper in sweepers:
        sweeper.start()
    await one.until(1)
    other.open.set()
    for sweeper in sweepers:
        await sweeper.close()
    assert set(other.ids) <= set(one.ids)
    later = outbox_of(store, wire)
    await store.write(adds(later, b"1"))
    await wire.until(1)
    await later.close()
    assert set(wire.ids).isdisjoint(one.ids)


async def test_what_the_broker_will_never_take_becomes_a_dead_letter_and_its_lane_goes_on(
    stores: Callable[[], Store], wire: Wire
) -> None:
    wire.refused[b"large"] = TooLarge("The job is larger than the broker allows.")
    store = stores()
    outbox = outbox_of(store, wire)
    await store.write(adds(outbox, b"large", b"2"))
    await store.write(adds(outbox, b"3"))
    await wire.until(2)
    await outbox.close()
    assert wire.bodies == [b"2", b"3"]
    assert await outbox.depth() == {}
    letters = await store.read(lambda tx: tx.all(select(DeadLetterRow.body, DeadLetterRow.cause)))
    assert [(bytes(it.body), it.cause) for it in letters] == [
        (b"large", "not published: The job is larger than the broker allows.")
    ]


async def test_nothing_passes_a_job_that_the_broker_did_not_take(
    stores: Callable[[], Store], wire: Wire
) -> None:
    wire.refused[b"1"] = ServiceUnavailable("its disk is full")
    store = stores()
    outbox = outbox_of(store, wire)
    await store.write(adds(outbox, b"1", b"2"))
    await store.write(adds(outbox, b"other", lane="bea"))
    await wire.until(1)
    assert wire.bodies == [b"other"]
    wire.refused.clear()
    await wire.until(3)  # once the sweeper comes by
    await outbox.close()
    assert wire.bodies == [b"other", b"1", b"2"]
