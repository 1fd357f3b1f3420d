"""SQLite: one writer thread with group commit, a few reader threads on snapshots.

Many small writes share one COMMIT: whatever waits when the previous commit ends goes into the
next one, each work in a savepoint of its own. A fixed collecting window was measured and is
worse at both ends (a lone write waits for nothing, a crowd is cut into small commits).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Literal, TypeVar

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.pool import NullPool

from recado.errors import ServiceUnavailable
from recado.store.base import decode_json, encode_json
from recado.store.store import Store, Tx, Work, on_connect

T = TypeVar("T")

#: A commit takes no more works than this, so that the first of a flood is not kept waiting.
MAX_GROUP = 1000
READERS = 4
#: How long a process waits for another process's write, in milliseconds.
BUSY_TIMEOUT_MS = 15_000


@dataclass(slots=True)
class _Entry:
    work: Work[Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None
    tx: Tx | None = None

    def settle(self) -> None:
        if self.error is None and self.tx is not None:
            self.tx.committed()
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class SqliteStore(Store):
    dialect = "sqlite"

    def __init__(self, url: URL, *, sync: Literal["full", "normal", "off"] = "full") -> None:
        self.url = url
        self._sync = sync
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = self._create_engine()
        self._waiting: SimpleQueue[_Entry | None] = SimpleQueue()
        self._closed = False
        self._writer: threading.Thread | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="recado-read")
        self._local = threading.local()
        self._read_connections: list[Connection] = []

    def _create_engine(self) -> Engine:
        engine = create_engine(
            self.url.set(drivername="sqlite+pysqlite"),
            poolclass=NullPool,
            connect_args={"check_same_thread": False, "isolation_level": None},
            json_serializer=encode_json,
            json_deserializer=decode_json,
        )
        on_connect(engine, self._prepare)
        return engine

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={self._sync}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA cache_size=-16000")

    async def write(self, work: Work[T]) -> T:
        if self._closed:
            raise ServiceUnavailable("The database is closed: the process is stopping.")
        if self._writer is None:
            self._writer = threading.Thread(target=self._run, name="recado-write", daemon=True)
            self._writer.start()
        loop = asyncio.get_running_loop()
        entry = _Entry(work, loop.create_future(), loop)
        self._waiting.put(entry)
        result: T = await entry.future
        return result

    async def read(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[T]) -> T:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._engine.connect()
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.rollback()
            self._local.connection = connection
            self._read_connections.append(connection)
        driver = _driver(connection)
        driver.execute("BEGIN")
        try:
            return work(Tx(connection))
        finally:
            driver.execute("ROLLBACK")
            connection.rollback()

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        def ddl() -> T:
            with self._engine.connect() as connection:
                _driver(connection).execute("BEGIN IMMEDIATE")
                result = work(connection)
                connection.commit()
                return result

        return await asyncio.to_thread(ddl)

    async def close(self) -> None:
        self._closed = True
        if self._writer is not None:
            self._waiting.put(None)
            await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._read_connections:
            connection.close()

    # The writer thread.

    def _run(self) -> None:
        connection = self._engine.connect()
        try:
            while (entry := self._waiting.get()) is not None:
                group = [entry]
                stopping = self._commit_group(connection, group)
                _hand_back(group)
                if stopping:
                    return
        finally:
            connection.close()

    def _commit_group(self, connection: Connection, group: list[_Entry]) -> bool:
        """Run `group[0]` and whatever else waits, in one transaction. True: told to stop."""
        driver = _driver(connection)
        stopping = False
        try:
            driver.execute("BEGIN IMMEDIATE")
            _run_in_savepoint(connection, driver, group[0])
            while len(group) < MAX_GROUP:
                try:
                    entry = self._waiting.get_nowait()
                except Empty:
                    break
                if entry is None:
                    stopping = True
                    break
                group.append(entry)
                _run_in_savepoint(connection, driver, entry)
            driver.execute("COMMIT")
        except sqlite3.Error as error:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            failure = ServiceUnavailable(f"The database did not take the write: {error}")
            failure.__cause__ = error
            for entry in group:
                entry.error = entry.error or failure
        finally:
            connection.rollback()  # SQLAlchemy's own view; the driver has committed already
        return stopping


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _run_in_savepoint(connection: Connection, driver: sqlite3.Connection, entry: _Entry) -> None:
    driver.execute("SAVEPOINT work")
    entry.tx = Tx(connection)
    try:
        entry.result = entry.work(entry.tx)
    except Exception as error:  # noqa: BLE001 - belongs to the caller, who gets it
        entry.error = error
        driver.execute("ROLLBACK TO work")
    driver.execute("RELEASE work")


def _hand_back(group: list[_Entry]) -> None:
    """Resolve the callers' futures on their loops, one wake-up a loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Entry]] = {}
    for entry in group:
        loops.setdefault(entry.loop, []).append(entry)
    for loop, entries in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle_all, entries)


def _settle_all(entries: list[_Entry]) -> None:
    for entry in entries:
        entry.settle()
