"""PostgreSQL when something is wrong: deadlocks, lost connections, no server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator
from functools import partial

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from recado.errors import Conflict, ServiceUnavailable
from recado.store import Tx
from recado.store.postgresql.store import PostgresStore
from recado.store.prepared import prepare
from tests.support.engines import postgresql_url
from tests.support.things import CREATE_THING, add, ids


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with postgresql_url() as url:
        yield url


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(make_url(url), pool_size=4)
    await store.run_ddl(lambda connection: connection.exec_driver_sql(CREATE_THING))
    yield store
    await store.close()


@pytest.fixture
async def other(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


END_THE_OTHERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_a_deadlock_is_tried_again(store: PostgresStore) -> None:
    runs: list[str] = []
    locked: set[str] = set()

    def work(tx: Tx, first: str, second: str) -> None:
        runs.append(first)
        tx.lock(first)
        locked.add(first)
        while len(locked) < 2:
            tx.execute(text("SELECT pg_sleep(0.01)"))
        tx.lock(second)
        add(tx, first)

    await asyncio.gather(
        store.write(partial(work, first="a", second="b")),
        store.write(partial(work, first="b", second="a")),
    )
    assert await ids(store) == ["a", "b"]
    assert len(runs) > 2, "there was no deadlock"


async def test_connections_that_died_while_idle_go_unnoticed(
    store: PostgresStore, other: asyncpg.Connection
) -> None:
    await asyncio.gather(*(store.write(partial(add, id=f"a{n}")) for n in range(4)))
    assert await other.fetchval(END_THE_OTHERS) >= 1
    await asyncio.gather(*(store.write(partial(add, id=f"b{n}")) for n in range(4)))
    assert await other.fetchval(END_THE_OTHERS) >= 1
    assert len(await ids(store)) == 8


async def test_a_connection_that_is_lost_in_a_transaction_is_replaced(
    store: PostgresStore, other: asyncpg.Connection
) -> None:
    runs: list[int] = []

    def work(tx: Tx) -> None:
        runs.append(len(runs))
        add(tx, "a")
        if len(runs) == 1:
            tx.sql("SELECT pg_terminate_backend(pg_backend_pid())")
        add(tx, "b")

    await store.write(work)
    assert runs == [0, 1]
    assert await ids(store) == ["a", "b"]


_DIE = prepare(text("SELECT pg_terminate_backend(pg_backend_pid())"))
_ADD = prepare(text("INSERT INTO thing VALUES (:id)"))
_IDS = prepare(text("SELECT id FROM thing"))


async def gone(url: str, session: int) -> None:
    """Wait until the server has ended it."""
    connection = await asyncpg.connect(url)
    while await connection.fetch("SELECT FROM pg_stat_activity WHERE pid = $1", session):
        await asyncio.sleep(0.01)
    await connection.close()


async def test_a_process_that_stands_still_keeps_its_locks_from_nobody_and_does_its_work_afterwards(
    store: PostgresStore, url: str
) -> None:
    timeout = text("SHOW idle_in_transaction_session_timeout")
    assert await store.read(lambda tx: tx.scalar(timeout)) == "20s"
    tries = []

    def stands_still(tx: Tx) -> None:
        tx.lock("lane")
        tries.append(1)
        if len(tries) == 1:
            session = tx.scalar(text("SELECT pg_backend_pid()"))
            tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1"))
            elsewhere = threading.Thread(target=lambda: asyncio.run(gone(url, session)))
            elsewhere.start()
            elsewhere.join()  # this process does nothing meanwhile
        add(tx, "a")

    await store.write(stands_still)
    assert await ids(store) == ["a"]
    assert len(tries) == 2


async def test_a_connection_that_a_prepared_statement_loses_is_replaced(
    store: PostgresStore,
) -> None:
    runs: list[int] = []

    def work(tx: Tx) -> None:
        runs.append(len(runs))
        tx.execute(_ADD, {"id": "a"})
        if len(runs) == 1:
            tx.all(_DIE)
        tx.execute(_ADD, [{"id": "b"}, {"id": "c"}])

    await store.write(work)
    assert runs == [0, 1]
    assert await ids(store) == ["a", "b", "c"]


async def test_a_statement_alone_whose_answer_is_lost_is_reported_not_repeated(
    store: PostgresStore, other: asyncpg.Connection
) -> None:
    await other.execute(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10);"
        " RETURN NULL; END $$"
    )
    await other.execute(
        "CREATE TRIGGER dies AFTER INSERT ON thing"
        " FOR EACH ROW WHEN (NEW.id = 'poison') EXECUTE FUNCTION die()"
    )
    with pytest.raises(ServiceUnavailable):
        await store.run(_ADD, {"id": "poison"})
    await store.run(_ADD, {"id": "after"})
    assert await ids(store) == ["after"]


async def test_statements_outlive_a_change_of_the_schema(
    store: PostgresStore, other: asyncpg.Connection
) -> None:
    def work(tx: Tx) -> list[str]:
        return [row.id for row in tx.all(_IDS)]

    await store.run(_ADD, {"id": "a"})
    for change in ("varchar(50)", "varchar(60)"):
        assert await store.write(work) == await store.read(work) == ["a"]
        assert [row.id for row in await store.run(_IDS)] == ["a"]
        await other.execute(f"ALTER TABLE thing ALTER id TYPE {change}")
        assert await store.write(work) == ["a"]


async def test_a_work_that_is_cancelled_hinders_no_other(url: str) -> None:
    store = PostgresStore(make_url(url), pool_size=1)
    try:
        entered = asyncio.Event()

        def hold(tx: Tx) -> None:
            tx.lock("held")
            asyncio.get_running_loop().call_soon(entered.set)
            tx.execute(text("SELECT pg_sleep(600)"))

        holding = asyncio.create_task(store.write(hold))
        await entered.wait()
        await asyncio.sleep(0.05)
        holding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await holding
        async with asyncio.timeout(60):
            await store.write(lambda tx: tx.lock("held"))
    finally:
        await store.close()


async def test_a_failure_that_a_work_hides_is_no_success(store: PostgresStore) -> None:
    def work(tx: Tx) -> None:
        add(tx, "a")
        with contextlib.suppress(IntegrityError):
            add(tx, "a")

    with pytest.raises(RuntimeError):
        await store.write(work)
    assert await ids(store) == []


@pytest.mark.parametrize("name", ["it's", 'say "hi"', "back\\slash", "ñ 🌞", "$1 :name %s", ""])
async def test_locks_may_have_any_name(store: PostgresStore, name: str) -> None:
    await store.write(lambda tx: tx.lock(name))
    holds = asyncio.Event()

    def hold(tx: Tx) -> None:
        add(tx, "first")  # the lock is not the transaction's first statement
        tx.lock(name)
        asyncio.get_running_loop().call_soon(holds.set)
        tx.execute(text("SELECT pg_sleep(0.2)"))
        add(tx, "second")

    def wait(tx: Tx) -> list[str]:
        tx.lock(name)
        return [row.id for row in tx.all(_IDS)]

    holding = asyncio.create_task(store.write(hold))
    await holds.wait()
    assert await store.write(wait) == ["first", "second"]
    await holding


async def test_a_server_that_takes_no_writes_is_reported(
    store: PostgresStore, other: asyncpg.Connection, url: str
) -> None:
    await other.execute(
        f'ALTER DATABASE "{make_url(url).database}" SET default_transaction_read_only = on'
    )
    standby = PostgresStore(make_url(url))
    with pytest.raises(ServiceUnavailable, match="takes no writes"):
        await standby.write(partial(add, id="a"))
    with pytest.raises(ServiceUnavailable, match="takes no writes"):
        await standby.run(_ADD, {"id": "a"})
    assert await ids(standby) == []
    await standby.close()


async def test_a_commit_whose_answer_is_lost_is_reported_not_repeated(
    store: PostgresStore, other: asyncpg.Connection
) -> None:
    # A deferred trigger ends the session within COMMIT.
    await other.execute(
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10);"
        " RETURN NULL; END $$"
    )
    await other.execute(
        "CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW WHEN (NEW.id = 'poison') EXECUTE FUNCTION die()"
    )
    runs: list[str] = []

    def work(tx: Tx) -> None:
        runs.append("run")
        add(tx, "poison")

    with pytest.raises(ServiceUnavailable):
        await store.write(work)
    assert runs == ["run"]
    await store.write(partial(add, id="after"))
    assert await ids(store) == ["after"]


async def test_a_commit_that_the_database_refuses_is_the_works_error(
    store: PostgresStore, other: asyncpg.Connection
) -> None:
    await other.execute(
        "ALTER TABLE thing ADD CONSTRAINT late UNIQUE (id) DEFERRABLE INITIALLY DEFERRED"
    )
    await other.execute("ALTER TABLE thing DROP CONSTRAINT thing_pkey")

    def work(tx: Tx) -> None:
        add(tx, "twice")
        add(tx, "twice")

    with pytest.raises(Exception, match="duplicate key"):
        await store.write(work)
    assert await ids(store) == []


async def test_no_server_is_reported() -> None:
    with socket.socket() as held:  # bound and not listening: it refuses
        held.bind(("127.0.0.1", 0))
        store = PostgresStore(
            make_url(f"postgresql://postgres@127.0.0.1:{held.getsockname()[1]}/x")
        )
        with pytest.raises(ServiceUnavailable):
            await store.write(lambda tx: None)
        with pytest.raises(ServiceUnavailable):
            await store.read(lambda tx: None)
        with pytest.raises(ServiceUnavailable):
            await store.run_ddl(lambda connection: None)
        await store.close()


async def test_a_database_that_is_gone_is_reported_and_back_again(
    store: PostgresStore, url: str, other: asyncpg.Connection
) -> None:
    await store.write(partial(add, id="a"))
    name = make_url(url).database
    server = await asyncpg.connect(make_url(url).set(database="postgres").render_as_string(False))
    await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    await other.execute(END_THE_OTHERS)
    with pytest.raises(ServiceUnavailable):
        await store.write(partial(add, id="b"))
    await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await server.close()
    await store.write(partial(add, id="c"))
    assert await ids(store) == ["a", "c"]


async def test_more_callers_than_connections_wait_for_their_turn(store: PostgresStore) -> None:
    await asyncio.gather(*(store.write(partial(add, id=f"{n:03}")) for n in range(200)))
    assert len(await ids(store)) == 200


async def test_a_failed_work_gives_its_connection_back(store: PostgresStore) -> None:
    def work(tx: Tx) -> None:
        raise Conflict("as planned")

    for _ in range(10):
        with pytest.raises(Conflict):
            await store.write(work)
    await store.write(partial(add, id="a"))


async def test_who_finds_every_connection_taken_gives_up_in_time_and_hinders_nobody(
    url: str, other: asyncpg.Connection
) -> None:
    store = PostgresStore(make_url(url), pool_size=1, wait_seconds=0.1)
    try:
        entered = asyncio.Event()

        def hold(tx: Tx) -> int:
            entered.set()
            return int(tx.scalar(text("SELECT 1 FROM pg_advisory_xact_lock(1)")))

        await other.execute("SELECT pg_advisory_lock(1)")
        holding = asyncio.create_task(store.read(hold))
        await entered.wait()
        with pytest.raises(ServiceUnavailable, match="cannot be reached"):
            await store.read(lambda tx: tx.scalar(text("SELECT 2")))
        await other.execute("SELECT pg_advisory_unlock(1)")
        assert await holding == 1
        assert await store.read(lambda tx: tx.scalar(text("SELECT 2"))) == 2
    finally:
        await store.close()
