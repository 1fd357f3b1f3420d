"""Processes apart: a job published by one starts in another without waiting for its next look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from structlog.testing import capture_logs

from recado.queue.port import Delivery, NewJob, QueueSpec
from recado.queue.sql.publication import Wakeups
from recado.queue.sql.queue import SqlQueue
from recado.store import open_store
from recado.store.migrate import migrate
from recado.store.postgresql.store import PostgresStore
from recado.store.store import Heard
from tests.support.cuttable import Cuttable
from tests.support.engines import postgresql_url

WORK = QueueSpec("work")
#: Nobody finds anything by looking now and then.
NEVER = 3600.0


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with postgresql_url() as url:
        store = open_store(url)
        await migrate(store)
        await store.close()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that has its tables."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("url"))
    return f"sqlite:///{tmp_path / 'queue.db'}"


@asynccontextmanager
async def process(
    url: str, *, poll_seconds: float = NEVER, listens: bool = False
) -> AsyncIterator[SqlQueue]:
    """What one process has of the queue."""
    store = open_store(url)
    await migrate(store)
    queue = SqlQueue(store, poll_seconds=poll_seconds, listens=listens)
    try:
        yield queue
    finally:
        await queue.close()
        await store.close()


@asynccontextmanager
async def two(url: str) -> AsyncIterator[tuple[SqlQueue, SqlQueue]]:
    """A process that publishes, and one that works."""
    async with process(url) as here, process(url, listens=True) as there:
        yield here, there


async def taken(queue: SqlQueue) -> Delivery:
    [delivery] = await queue.receive(WORK, 1, 60)
    await queue.ack(delivery)
    return delivery


async def listeners(url: str) -> int:
    store = open_store(url)
    query = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    try:
        return int(await store.read(lambda tx: tx.scalar(query)))
    finally:
        await store.close()


async def until_listening(url: str) -> None:
    async with asyncio.timeout(60):
        while not await listeners(url):
            await asyncio.sleep(0.02)


async def test_a_job_published_by_another_process_starts_without_waiting_for_the_next_look(
    any_url: str,
) -> None:
    async with two(any_url) as (here, there):
        for body in (b"1", b"2", b"3"):
            work = asyncio.create_task(taken(there))
            await asyncio.sleep(0.05)  # it has looked, as far as the machine lets it
            await here.publish([NewJob("work", "ana", body)])
            assert (await work).body == body


async def test_a_job_that_is_due_in_a_moment_is_heard_of_too(any_url: str) -> None:
    async with process(any_url) as here, process(any_url, listens=True) as there:
        work = asyncio.create_task(taken(there))
        await here.publish([NewJob("work", "ana", b"x", delay_seconds=0.2)])
        assert (await work).body == b"x"


async def test_the_last_job_of_a_command_that_ends_is_heard_of(any_url: str) -> None:
    async with process(any_url, listens=True) as there:
        work = asyncio.create_task(taken(there))
        async with process(any_url) as command:
            await command.publish([NewJob("work", "ana", b"x")])
        assert (await work).body == b"x"


async def test_a_job_published_with_a_transaction_is_heard_of_once_it_is_committed(
    url: str,
) -> None:
    store = open_store(url)
    async with two(url) as (here, there):
        work = asyncio.create_task(taken(there))
        await store.write(lambda tx: here.publish_in(tx, [NewJob("work", "ana", b"x")]))
        assert (await work).body == b"x"
    await store.close()


async def test_whoever_listens_hears_again_after_its_connection_was_cut(url: str) -> None:
    async with (
        Cuttable(url) as way,
        process(url) as here,
        process(way.url, listens=True) as there,
    ):
        work = asyncio.create_task(taken(there))
        await here.publish([NewJob("work", "ana", b"before")])
        assert (await work).body == b"before"
        await until_listening(url)
        with capture_logs() as logs:
            way.cut()
            async with asyncio.timeout(60):
                while not logs:
                    await asyncio.sleep(0.01)
        assert logs[0]["log_level"] == "warning"
        work = asyncio.create_task(taken(there))
        await here.publish([NewJob("work", "ana", b"after")])
        assert (await work).body == b"after"


async def test_a_process_that_does_everything_itself_does_not_listen(url: str) -> None:
    async with process(url, poll_seconds=0.05) as alone:
        work = asyncio.create_task(taken(alone))
        await asyncio.sleep(0)  # it waits for a job: what is published now is handed over
        await alone.publish([NewJob("work", "ana", b"x")])
        await work
        assert await alone.receive(WORK, 1, 0.5) == []
        assert await listeners(url) == 0


async def test_a_process_that_finds_others_jobs_listens_from_then_on(url: str) -> None:
    async with process(url) as here, process(url, poll_seconds=0.05) as there:
        assert await there.receive(WORK, 1, 0.2) == []
        await here.publish([NewJob("work", "ana", b"x")])
        await taken(there)
        assert await there.receive(WORK, 1, 0.2) == []
        await until_listening(url)


class Silent:
    """A pooler in between that gives the session to somebody else."""

    async def next(self) -> set[str]:
        await asyncio.Event().wait()
        raise AssertionError("nothing comes")


class ThroughAPooler(PostgresStore):
    def listening(self, channel: str) -> AbstractAsyncContextManager[Heard]:
        return nullcontext(Silent())


async def test_behind_a_pooler_that_swallows_calls_work_is_found_by_looking_and_the_log_says_so(
    url: str,
) -> None:
    store = ThroughAPooler(make_url(url))
    queue = SqlQueue(store, poll_seconds=0.05)
    calls = Wakeups(store, lambda _: None, ask_seconds=0.01, answer_seconds=0.01)
    with capture_logs() as logs:
        calls.listen()
        async with process(url) as here:
            await here.publish([NewJob("work", "ana", b"x")])
            await taken(queue)
        async with asyncio.timeout(60):
            while not logs:
                await asyncio.sleep(0.01)
        await asyncio.sleep(1.2)  # it tries again meanwhile
    assert ["pooler" in it["error"] for it in logs] == [True]
    await calls.close()
    await queue.close()
    await store.close()
