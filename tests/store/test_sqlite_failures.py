"""SQLite when something is wrong: locked, full, closed; and back again."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from recado.errors import ServiceUnavailable
from recado.store import Tx, new_id
from recado.store.sqlite.store import SqliteStore
from tests.support.things import CREATE_THING, add, ids, start_process


async def test_commits_are_synced_to_disk(sqlite_store: SqliteStore) -> None:
    def pragmas(tx: Tx) -> list[object]:
        names = ("synchronous", "journal_mode", "foreign_keys")
        return [tx.sql(f"PRAGMA {name}").scalar() for name in names]

    assert await sqlite_store.write(pragmas) == [2, "wal", 1]  # 2: FULL


async def test_what_waits_together_shares_a_commit(sqlite_store: SqliteStore) -> None:
    statements: list[str] = []
    started, release = threading.Event(), threading.Event()

    def first(tx: Tx) -> None:
        add(tx, "first")
        driver: Any = tx.connection.connection.driver_connection
        driver.set_trace_callback(statements.append)
        started.set()
        release.wait(20)

    writes = [asyncio.create_task(sqlite_store.write(first))]
    await asyncio.to_thread(started.wait, 20)
    writes += [asyncio.create_task(sqlite_store.write(partial(add, id=f"{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    assert await ids(sqlite_store) == []
    release.set()
    await asyncio.gather(*writes)
    assert len(await ids(sqlite_store)) == 51
    assert statements.count("COMMIT") == 1


async def test_a_closed_store_says_so(sqlite_store: SqliteStore) -> None:
    await sqlite_store.write(partial(add, id="a"))
    await sqlite_store.close()
    with pytest.raises(ServiceUnavailable):
        await sqlite_store.write(partial(add, id="b"))
    with pytest.raises(ServiceUnavailable):
        await sqlite_store.read(lambda tx: None)


async def test_closing_finishes_what_was_accepted(sqlite_store: SqliteStore) -> None:
    writes = [asyncio.create_task(sqlite_store.write(partial(add, id=f"{n}"))) for n in range(300)]
    await asyncio.sleep(0)
    await sqlite_store.close()
    await asyncio.gather(*writes)
    again = SqliteStore(sqlite_store.url)
    assert len(await ids(again)) == 300
    await again.close()


async def test_another_process_that_holds_the_lock_is_reported_and_outlived(
    sqlite_store: SqliteStore, tmp_path: Path
) -> None:
    process = start_process("lock", str(tmp_path / "store.db"))
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == "locked\n"
    # Had each to wait for the lock in its turn, this would take a minute.
    outcomes = await asyncio.gather(
        *(sqlite_store.write(partial(add, id=f"a{n}")) for n in range(300)),
        return_exceptions=True,
    )
    assert {type(outcome) for outcome in outcomes} == {ServiceUnavailable}
    assert await ids(sqlite_store) == []  # readers never wait for a writer
    await asyncio.to_thread(process.communicate)
    await sqlite_store.write(partial(add, id="after"))
    assert await ids(sqlite_store) == ["after"]


async def test_a_full_disk_is_reported_and_outlived(sqlite_store: SqliteStore) -> None:
    await sqlite_store.write(partial(add, id="before"))

    def fill(tx: Tx) -> None:
        pages = tx.sql("PRAGMA page_count").scalar()
        tx.sql(f"PRAGMA max_page_count={pages}")
        for _ in range(2000):
            tx.execute(text("INSERT INTO thing VALUES (:id)"), {"id": new_id() * 20})

    def spare(tx: Tx) -> None:
        tx.sql(f"PRAGMA max_page_count={2**30}")

    with pytest.raises(ServiceUnavailable, match="full"):
        await sqlite_store.write(fill)
    await sqlite_store.write(spare)
    await sqlite_store.write(partial(add, id="after"))
    assert await ids(sqlite_store) == ["after", "before"]


@pytest.mark.parametrize("brief", [False, True])
async def test_a_transaction_that_a_work_ended_fails_as_a_whole_and_only_once(
    sqlite_store: SqliteStore, brief: bool
) -> None:
    await sqlite_store.write(lambda _: None)  # a first one opens the database

    # What SQLite does by itself when its disk fails: the transaction is gone under the group.
    def lose(tx: Tx) -> None:
        add(tx, "lost")
        tx.sql("ROLLBACK")

    outcomes = await asyncio.gather(
        sqlite_store.write(partial(add, id="a"), brief=brief),
        sqlite_store.write(lose, brief=brief),
        sqlite_store.write(partial(add, id="b"), brief=brief),
        return_exceptions=True,
    )
    stored = await ids(sqlite_store)
    assert isinstance(outcomes[1], ServiceUnavailable)
    for id, outcome in (("a", outcomes[0]), ("b", outcomes[2])):
        assert (outcome is None) == (id in stored), "who was told of success must be stored"
    await sqlite_store.write(partial(add, id="after"))


async def test_a_file_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    store = SqliteStore(make_url(f"sqlite:///{tmp_path / 'folder.db'}"))
    for _ in range(2):
        with pytest.raises(ServiceUnavailable):
            await store.write(lambda tx: None)
        with pytest.raises(ServiceUnavailable):
            await store.read(lambda tx: None)
        with pytest.raises(ServiceUnavailable):
            await store.run_ddl(lambda connection: None)
    await store.close()


async def test_a_new_file_that_another_process_is_using_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = SqliteStore(make_url(f"sqlite:///{file}"), busy_timeout_ms=20_000)
    write = asyncio.create_task(store.write(lambda tx: tx.sql(CREATE_THING)))
    await asyncio.sleep(0.1)
    assert not write.done()
    other.execute("COMMIT")
    other.close()
    await write
    await store.close()


async def test_a_closed_event_loop_does_not_stop_the_writer(sqlite_store: SqliteStore) -> None:
    async def leave() -> None:
        asyncio.get_running_loop().create_task(sqlite_store.write(partial(add, id="left")))
        await asyncio.sleep(0)

    await asyncio.to_thread(asyncio.run, leave())
    await sqlite_store.write(partial(add, id="after"))
    assert "after" in await ids(sqlite_store)


async def add_long(store: SqliteStore, groups: int) -> None:
    """Some 400 pages a group."""
    for group in range(groups):
        long = [f"{group}/{number}/{'x' * 4000}" for number in range(100)]
        await asyncio.gather(*(store.write(partial(add, id=id)) for id in long))


async def test_what_was_written_leaves_the_log_without_holding_up_a_commit(
    sqlite_store: SqliteStore,
) -> None:
    await add_long(sqlite_store, 10)  # too few for a COMMIT to do it
    file = Path(sqlite_store.url.database or "")
    async with asyncio.timeout(60):
        while file.stat().st_size < 2 * 2**20:
            await asyncio.sleep(0.01)


async def test_the_log_stays_small_while_writing_goes_on_without_a_pause(
    sqlite_store: SqliteStore,
) -> None:
    await add_long(sqlite_store, 60)
    log = Path(f"{sqlite_store.url.database}-wal")
    assert log.stat().st_size < 64 * 2**20
