"""SQLite: one writing connection with group commit (group_commit.py), readers on snapshots.

Whether something was written to the file nobody calls, but asking costs microseconds:
https://www.sqlite.org/pragma.html#pragma_data_version
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Literal, TypeVar

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from recado.errors import ServiceUnavailable
from recado.store.base import decode_json, encode_json
from recado.store.sqlite.driver import SqliteDriver, call_work, translated
from recado.store.sqlite.group_commit import GroupCommit
from recado.store.store import Store, Work, on_connect

#: How often it is asked.
WATCH_SECONDS = 0.02


class Watched:
    """Store.listening, for SQLite: what is heard is "", which may concern everything."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._version = self._ask()

    async def next(self) -> set[str]:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            version = self._ask()
            if version != self._version:
                self._version = version
                return {""}

    def _ask(self) -> int:
        try:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return version
        except sqlite3.Error as error:
            raise ServiceUnavailable(f"The database is not available: {error}") from error


@asynccontextmanager
async def watching(path: str) -> AsyncIterator[Watched]:
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise ServiceUnavailable(f"The database is not available: {error}") from error
    try:
        yield Watched(connection)
    finally:
        connection.close()


T = TypeVar("T")

#: A thread moves what was committed from the log (WAL) into the database, beside the writing. A
#: COMMIT does so itself when the log has so many pages all the same: little is left to move then,
#: and the log can begin anew.
MOST_LOG_PAGES = 8_000
READERS = 4
#: How long a process waits for another process's write, in milliseconds.
BUSY_TIMEOUT_MS = 15_000


class SqliteStore(Store):
    dialect = "sqlite"

    def __init__(
        self,
        url: URL,
        *,
        sync: Literal["full", "normal", "off"] = "full",
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    ) -> None:
        self.url = url
        self._sync = sync
        self._busy_timeout_ms = busy_timeout_ms
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
        self._engine = self._create_engine()
        self._closed = False
        self._writing = GroupCommit(
            self._connect, self.begin, patience_ms=busy_timeout_ms, on_grown=self._checkpoint_soon
        )
        self._checkpointing = False
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="recado-read")
        self._local = threading.local()
        self._reading: list[SqliteDriver] = []

    def _create_engine(self) -> Engine:
        engine = create_engine(
            self.url.set(drivername="sqlite+pysqlite"),
            poolclass=NullPool,
            connect_args={"check_same_thread": False, "isolation_level": None},
            json_serializer=encode_json,
            json_deserializer=decode_json,
            hide_parameters=True,  # errors go to logs, customers' words do not
        )
        on_connect(engine, self._prepare)
        return engine

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA busy_timeout={self._busy_timeout_ms}")
        _use_wal(connection, self._busy_timeout_ms / 1000)
        connection.execute(f"PRAGMA synchronous={self._sync}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA cache_size=-16000")
        connection.execute(f"PRAGMA wal_autocheckpoint={MOST_LOG_PAGES}")

    def _connect(self) -> SqliteDriver:
        return SqliteDriver(self._engine.connect())

    async def write(self, work: Work[T], *, brief: bool = False) -> T:
        self._refuse_when_closed()
        return await self._writing.add(work, brief=brief)

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        self._refuse_when_closed()
        if brief:
            return self._read(work)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[T]) -> T:
        try:
            driver = self._reader()
            driver.raw.execute("BEGIN")
            try:
                return call_work(work, self.begin(driver))
            finally:
                driver.reset()
        except (sqlite3.Error, DBAPIError) as error:
            raise translated(error) from error

    def _reader(self) -> SqliteDriver:
        """This thread's own connection."""
        found: SqliteDriver | None = getattr(self._local, "reader", None)
        if found is None:
            found = self._local.reader = self._connect()
            found.raw.execute("PRAGMA query_only=ON")
            self._reading.append(found)
        return found

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        def ddl() -> T:
            try:
                with self._engine.connect() as connection:
                    SqliteDriver(connection).raw.execute("BEGIN IMMEDIATE")
                    result = work(connection)
                    connection.commit()
                    return result
            except (sqlite3.Error, DBAPIError) as error:
                raise translated(error) from error

        return await asyncio.to_thread(ddl)

    def listening(self, channel: str) -> AbstractAsyncContextManager[Watched]:
        return watching(self.url.database or "")

    async def close(self) -> None:
        self._closed = True
        await self._writing.close()
        await asyncio.to_thread(self._readers.shutdown)
        for driver in self._reading:
            driver.discard()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise ServiceUnavailable("The database is closed: the process is stopping.")

    def _checkpoint_soon(self) -> None:
        if not (self._checkpointing or self._closed):
            self._checkpointing = True
            self._readers.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        """Done within a COMMIT, this kept all who wait for that one waiting for two more syncs."""
        try:
            with suppress(sqlite3.Error, DBAPIError):  # it is done later, or by a COMMIT
                self._reader().raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        finally:
            self._checkpointing = False


def _use_wal(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """Switch a new file to WAL. Of processes that do so at once some are refused, whatever their
    busy timeout: https://www.sqlite.org/c3ref/busy_handler.html (it could be a deadlock)."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
