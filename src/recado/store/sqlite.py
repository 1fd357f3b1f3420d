"""SQLite: one writer thread with group commit, a few reader threads on snapshots.

Many small writes share one COMMIT: whatever waits when the previous commit ends goes into the
next one, each work in a savepoint of its own. A fixed collecting window was measured and is
worse at both ends (a lone write waits for nothing, a crowd is cut into small commits).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal, TypeVar

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
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
#: Result codes (https://www.sqlite.org/rescode.html) that say nothing against the work itself:
#: the database is locked, read-only, gone or its disk full or failing.
UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


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
        if self.future.done():  # its caller was cancelled
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


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

    async def write(self, work: Work[T]) -> T:
        self._refuse_when_closed()
        if self._writer is None:
            self._writer = threading.Thread(target=self._run, name="recado-write", daemon=True)
            self._writer.start()
        loop = asyncio.get_running_loop()
        entry = _Entry(work, loop.create_future(), loop)
        self._waiting.put(entry)
        result: T = await entry.future
        return result

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        self._refuse_when_closed()
        if brief:
            return self._read(work)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, work)

    def _read(self, work: Work[T]) -> T:
        try:
            connection = self._reader()
            driver = _driver(connection)
            driver.execute("BEGIN")
            try:
                return _call(work, Tx(connection))
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                connection.rollback()  # SQLAlchemy's own view
        except (sqlite3.Error, DBAPIError) as error:
            raise _translate(error) from error

    def _reader(self) -> Connection:
        """This thread's own connection."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._engine.connect()
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.rollback()
            self._local.connection = connection
            self._read_connections.append(connection)
        return connection

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        def ddl() -> T:
            try:
                with self._engine.connect() as connection:
                    _driver(connection).execute("BEGIN IMMEDIATE")
                    result = work(connection)
                    connection.commit()
                    return result
            except (sqlite3.Error, DBAPIError) as error:
                raise _translate(error) from error

        return await asyncio.to_thread(ddl)

    async def close(self) -> None:
        self._closed = True
        if self._writer is not None:
            self._waiting.put(None)
            await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._read_connections:
            connection.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise ServiceUnavailable("The database is closed: the process is stopping.")

    # The writer thread. Nothing that a work or the database does may end it: whoever waits for
    # a later write would wait for ever.

    def _run(self) -> None:
        connection: Connection | None = None
        entry = self._waiting.get()
        while entry is not None:
            group = [entry]
            try:
                connection = connection or self._engine.connect()
                stopping = self._commit_group(connection, group)
            except BaseException as error:  # noqa: BLE001 - belongs to the callers, who get it
                stopping = self._fail_all(group, error)
                _discard(connection)
                connection = None
            _hand_back(group)
            entry = None if stopping else self._waiting.get()
        _discard(connection)

    def _commit_group(self, connection: Connection, group: list[_Entry]) -> bool:
        """Run `group[0]` and whatever else waits, in one transaction. True: told to stop."""
        driver = _driver(connection)
        driver.execute("BEGIN IMMEDIATE")
        _run_in_savepoint(connection, driver, group[0])
        stopping = False
        while len(group) < MAX_GROUP and not self._waiting.empty():
            stopping = not self._take(group)
            if stopping:
                break
            _run_in_savepoint(connection, driver, group[-1])
        driver.execute("COMMIT")
        connection.rollback()  # SQLAlchemy's own view; the driver has committed already
        return stopping

    def _take(self, group: list[_Entry]) -> bool:
        """Add the next that waits to `group`. False: told to stop."""
        entry = self._waiting.get()
        if entry is not None:
            group.append(entry)
        return entry is not None

    def _fail_all(self, group: list[_Entry], error: BaseException) -> bool:
        """Fail the group, and what has been waiting behind it: had each work to wait for a locked
        database in its turn, the last would wait for hours. True: told to stop."""
        stopping = False
        while not stopping and not self._waiting.empty():
            stopping = not self._take(group)
        if isinstance(error, sqlite3.Error | DBAPIError):
            failure: BaseException = ServiceUnavailable(f"The database did not take it: {error}")
            failure.__cause__ = error
        else:
            failure = error
        for entry in group:
            entry.error = entry.error or failure
        return stopping


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


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _discard(connection: Connection | None) -> None:
    if connection is not None:
        with suppress(sqlite3.Error, DBAPIError):  # it is given up, in whatever state
            connection.close()


def _run_in_savepoint(connection: Connection, driver: sqlite3.Connection, entry: _Entry) -> None:
    driver.execute("SAVEPOINT work")
    entry.tx = Tx(connection)
    try:
        entry.result = _call(entry.work, entry.tx)
    except BaseException as error:  # noqa: BLE001 - belongs to the caller, who gets it
        entry.error = _translate(error)
        # A full disk may have rolled back everything: then this raises, and the group fails.
        driver.execute("ROLLBACK TO work")
    driver.execute("RELEASE work")


def _call(work: Work[T], tx: Tx) -> T:
    try:
        return work(tx)
    except StopIteration as error:  # no future takes it (PEP 479 says the same of coroutines)
        raise RuntimeError("A transaction body raised StopIteration") from error


def _translate(error: BaseException) -> BaseException:
    """What the caller is told: ServiceUnavailable where the database, not the work, is at fault."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in UNAVAILABLE:  # the low byte is the primary code
        return error
    failure = ServiceUnavailable(f"The database is not available: {cause}")
    failure.__cause__ = error
    return failure


def _hand_back(group: Sequence[_Entry]) -> None:
    """Resolve the callers' futures on their loops, one wake-up a loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Entry]] = {}
    for entry in group:
        loops.setdefault(entry.loop, []).append(entry)
    for loop, entries in loops.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle_all, entries)


def _settle_all(entries: list[_Entry]) -> None:
    for entry in entries:
        entry.settle()
