"""SQLite: one writing connection with group commit, readers on snapshots.

Many small writes share one COMMIT: whatever waits when the previous commit ends goes into the
next one, each work in a savepoint of its own. A fixed collecting window was measured and is
worse at both ends (a lone write waits for nothing, a crowd is cut into small commits).

A group is written in one of two places. Brief works run on the event loop, for a thread would
have to wait for the interpreter's lock at each statement; their COMMIT too, as long as the disk is
quick, else a thread waits for it. All other works, and whatever has to wait for another process's
lock, run in the writer thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
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
from recado.store.sqlite_driver import SqliteDriver
from recado.store.store import Store, Tx, Work, on_connect

T = TypeVar("T")

#: A commit takes no more works than this, so that the first of a flood is not kept waiting.
MAX_GROUP = 1000
#: How long the event loop may be kept by a group of brief works, and by the disk at their commit.
MAX_LOOP_SECONDS = 0.005
QUICK_COMMIT_SECONDS = 0.001
#: After so many changed rows, a thread moves what was committed from the log (WAL) into the
#: database, beside the writing. A COMMIT does so itself when the log has so many pages all the
#: same: little is left to move then, and the log can begin anew.
CHECKPOINT_ROWS = 500
MOST_LOG_PAGES = 8_000
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
    brief: bool
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


@dataclass(slots=True)
class _Group:
    """Works that share a commit; `begun` on the event loop, and only to be committed."""

    entries: list[_Entry]
    begun: bool = False


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
        # Writing: entries wait; who sets `_busy` has the connection until the group is settled.
        self._waiting: deque[_Entry] = deque()
        self._turn = threading.Lock()
        self._busy = False
        self._connection: Connection | None = None
        self._commit_seconds = 0.0
        self._checkpointed = 0
        self._checkpointing = False
        self._for_thread: SimpleQueue[_Group | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        # Reading
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
        connection.execute(f"PRAGMA wal_autocheckpoint={MOST_LOG_PAGES}")

    async def write(self, work: Work[T], *, brief: bool = False) -> T:
        self._refuse_when_closed()
        loop = asyncio.get_running_loop()
        entry = _Entry(work, brief, loop.create_future(), loop)
        self._waiting.append(entry)
        if not self._busy:
            # At the end of this round of the loop: what else it brings shares the commit.
            loop.call_soon(self._go_on)
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
            connection, driver = self._reader()
            driver.execute("BEGIN")
            try:
                return _call(work, Tx(SqliteDriver(connection, driver)))
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                if connection.in_transaction():  # SQLAlchemy's own view
                    connection.rollback()
        except (sqlite3.Error, DBAPIError) as error:
            raise _translate(error) from error

    def _reader(self) -> tuple[Connection, sqlite3.Connection]:
        """This thread's own connection."""
        found: tuple[Connection, sqlite3.Connection] | None = getattr(self._local, "reader", None)
        if found is None:
            connection = self._engine.connect()
            connection.exec_driver_sql("PRAGMA query_only=ON")
            connection.rollback()
            found = self._local.reader = connection, _driver(connection)
            self._read_connections.append(connection)
        return found

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
        while self._waiting or self._busy:
            self._go_on()
            await asyncio.sleep(0.001)
        if self._writer is not None:
            self._for_thread.put(None)
            await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        _discard(self._connection)
        for connection in self._read_connections:
            connection.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise ServiceUnavailable("The database is closed: the process is stopping.")

    # Writing. Nothing that a work or the database does may end it: whoever waits for a later
    # write would wait for ever.

    def _go_on(self) -> None:
        """Begin the next group, unless one is being written. On an event loop."""
        with self._turn:
            if self._busy or not self._waiting:
                return
            self._busy = True
        if not (self._waiting[0].brief and self._write_here()):
            self._hand_to_thread(_Group([]))

    def _write_here(self) -> bool:
        """Write the brief works that wait, here on the event loop. False: not possible now."""
        if self._connection is None:
            return False
        driver = _driver(self._connection)
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:  # locked by another process, or worse: the thread has patience
            return False
        group = _Group([], begun=True)
        until = time.perf_counter() + MAX_LOOP_SECONDS
        try:
            while self._waiting and self._waiting[0].brief and len(group.entries) < MAX_GROUP:
                group.entries.append(self._waiting.popleft())
                _run_in_savepoint(self._connection, driver, group.entries[-1])
                if time.perf_counter() > until:
                    break
        except BaseException as error:  # noqa: BLE001 - belongs to the callers, who get it
            self._give_up(group, error)
            self._settled(group, asyncio.get_running_loop())
            return True
        if self._commit_seconds > QUICK_COMMIT_SECONDS:
            self._hand_to_thread(group)
        else:
            self._commit(group)
            self._settled(group, asyncio.get_running_loop())
        return True

    def _settled(self, group: _Group, here: asyncio.AbstractEventLoop | None = None) -> None:
        """The connection is free again: tell the callers, each on its loop (`here` is the running
        one), and begin the next group."""
        self._busy = False
        loops: dict[asyncio.AbstractEventLoop, list[_Entry]] = {}
        for entry in group.entries:
            loops.setdefault(entry.loop, []).append(entry)
        told = False
        for loop, entries in loops.items():
            if loop is here:
                self._tell(entries)
                told = True
                continue
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._tell, entries)
                told = True
        if not told and self._waiting:
            with self._turn:
                if self._busy:
                    return
                self._busy = True
            self._hand_to_thread(_Group([]))

    def _tell(self, entries: list[_Entry]) -> None:
        for entry in entries:
            entry.settle()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._go_on)

    def _hand_to_thread(self, group: _Group) -> None:
        if self._writer is None:
            self._writer = threading.Thread(target=self._run, name="recado-write", daemon=True)
            self._writer.start()
        self._for_thread.put(group)

    def _run(self) -> None:
        """The writer thread."""
        while (group := self._for_thread.get()) is not None:
            if group.begun:
                self._commit(group)
            else:
                self._write_group(group)
            self._settled(group)

    def _commit(self, group: _Group) -> None:
        connection = self._connection
        started = time.perf_counter()
        try:
            if connection is None:
                raise AssertionError("a group was begun without a connection")
            driver = _driver(connection)
            driver.execute("COMMIT")
            if connection.in_transaction():  # SQLAlchemy's own view; the driver has committed
                connection.rollback()
        except BaseException as error:  # noqa: BLE001 - belongs to the callers, who get it
            self._give_up(group, error)
            return
        taken = time.perf_counter() - started
        self._commit_seconds += (taken - self._commit_seconds) / 8
        changed = abs(driver.total_changes - self._checkpointed)  # a new connection begins at 0
        if changed > CHECKPOINT_ROWS and not (self._checkpointing or self._closed):
            self._checkpointed = driver.total_changes
            self._checkpointing = True
            self._readers.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        """Done within a COMMIT, this kept all who wait for that one waiting for two more syncs."""
        try:
            with suppress(sqlite3.Error, DBAPIError):  # it is done later, or by a COMMIT
                self._reader()[1].execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        finally:
            self._checkpointing = False

    def _write_group(self, group: _Group) -> None:
        """Run whatever waits, in one transaction, with patience for other processes' locks."""
        try:
            connection = self._connection = self._connection or self._engine.connect()
            driver = _driver(connection)
            driver.execute(f"PRAGMA busy_timeout={self._busy_timeout_ms}")
            driver.execute("BEGIN IMMEDIATE")
            driver.execute("PRAGMA busy_timeout=0")  # on the event loop nobody waits for a lock
            while self._waiting and len(group.entries) < MAX_GROUP:
                group.entries.append(self._waiting.popleft())
                _run_in_savepoint(connection, driver, group.entries[-1])
        except BaseException as error:  # noqa: BLE001 - belongs to the callers, who get it
            # And what has been waiting behind it: had each work to wait for a locked database in
            # its turn, the last would wait for hours.
            while self._waiting:
                group.entries.append(self._waiting.popleft())
            self._give_up(group, error)
        else:
            self._commit(group)

    def _give_up(self, group: _Group, error: BaseException) -> None:
        """Fail the group, and begin anew with another connection."""
        if isinstance(error, sqlite3.Error | DBAPIError):
            failure: BaseException = ServiceUnavailable(f"The database did not take it: {error}")
            failure.__cause__ = error
        else:
            failure = error
        for entry in group.entries:
            entry.error = entry.error or failure
        _discard(self._connection)
        self._connection = None


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
    entry.tx = Tx(SqliteDriver(connection, driver))
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
