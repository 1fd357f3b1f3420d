"""The store port: transactions as plain functions.

    row = await store.read(lambda tx: tx.first(select(Contact).where(Contact.id == contact_id)))
    await store.write(add_message)          # def add_message(tx: Tx) -> None

A transaction body is a plain function. It cannot await, so no model and no HTTP call can sit
inside a transaction (docs/adr/0002). Bodies may run twice when the database asks for it
(a deadlock, a lost connection): they touch nothing but the transaction. `MeasuredStore` is any
store, with the time that each takes.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeVar, overload

from sqlalchemy import CursorResult, Executable, Row, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url

from recado.errors import SettingsError
from recado.extras import needing
from recado.observability.metrics import Metrics
from recado.store.base import Base
from recado.store.prepared import Prepared

if TYPE_CHECKING:
    from recado.events import Event
    from recado.queue.port import NewJob

T = TypeVar("T")
Work = Callable[["Tx"], T]
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Statement = Executable | Prepared


class Result(Protocol):
    """What a statement without rows leaves."""

    @property
    def rowcount(self) -> int: ...


class Driver(Protocol):
    """One open transaction as its database's own driver has it."""

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]: ...

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's connection in the same transaction, for all that is not prepared."""

    def execute(self, statement: Executable, params: Params) -> CursorResult[Any]:
        """Run what is not prepared."""

    def run(self, statement: Prepared, params: Params) -> Result:
        """Run it, once for each of a sequence of parameters."""

    def rows(self, statement: Prepared, params: Params) -> Sequence[Row[Any]]:
        """Run it, as `run`, and return the rows of all."""

    def lock(self, name: str) -> None:
        """As Tx.lock."""


class Followers(NamedTuple):
    """What follows from transactions goes here: the bus's `announce`, the queue's `publish_in`."""

    announce: Callable[[Tx, Event], None]
    publish: Callable[[Tx, Sequence[NewJob]], None]


class Tx:
    """One open transaction. Rows come back as named tuples; nothing is lazy."""

    def __init__(self, driver: Driver, followers: Followers | None = None) -> None:
        self._driver = driver
        self._followers = followers
        self.dialect = driver.dialect
        self._after_commit: list[Callable[[], None]] = []

    @property
    def connection(self) -> Connection:
        return self._driver.connection

    @overload
    def execute(self, statement: Executable, params: Params = None) -> CursorResult[Any]: ...

    @overload
    def execute(self, statement: Prepared, params: Params = None) -> Result: ...

    def execute(self, statement: Statement, params: Params = None) -> Result:
        if isinstance(statement, Prepared):
            return self._driver.run(statement, params)
        return self._driver.execute(statement, params)

    def first(self, statement: Statement, params: Params = None) -> Row[Any] | None:
        if isinstance(statement, Prepared):
            rows = self._driver.rows(statement, params)
            return rows[0] if rows else None
        return self._driver.execute(statement, params).first()

    def all(self, statement: Statement, params: Params = None) -> Sequence[Row[Any]]:
        """All rows. A prepared statement takes a sequence of parameters, too, and returns the rows
        of all its runs, one after the other; on PostgreSQL that is one round trip."""
        if isinstance(statement, Prepared):
            return self._driver.rows(statement, params)
        return self._driver.execute(statement, params).all()

    def scalar(self, statement: Statement, params: Params = None) -> Any:
        row = self.first(statement, params)
        return row[0] if row else None

    def sql(self, text: str, params: tuple[Any, ...] | dict[str, Any] = ()) -> CursorResult[Any]:
        """Driver-level SQL, for the few statements whose speed matters or that no builder has."""
        return self._driver.connection.exec_driver_sql(text, params)

    def insert(self, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that also knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
        if self.dialect == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def lock(self, name: str) -> None:
        """Keep other transactions that lock `name` waiting until this one ends. On SQLite there
        is one writer at a time anyway."""
        self._driver.lock(name)

    def announce(self, event: Event) -> None:
        """Tell it to whoever listens in this process, once this transaction is durable, and with
        it to who has subscribed to such events."""
        if self._followers is not None:
            self._followers.announce(self, event)

    def publish(self, *jobs: NewJob) -> None:
        """Publish the jobs with this transaction: they are done if it is durable, and only then."""
        if jobs:
            if self._followers is None:
                raise RuntimeError("This store was opened without a queue (Store.follow).")
            self._followers.publish(self, jobs)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` on the event loop once this transaction is durable, never otherwise."""
        self._after_commit.append(callback)

    def committed(self) -> None:
        """For stores only: run the callbacks, on the event loop.

        What they break is reported to the loop: the work is durable, and its caller must not
        take it for failed.
        """
        for callback in self._after_commit:
            try:
                callback()
            except Exception as error:  # noqa: BLE001 - reported, see above
                asyncio.get_running_loop().call_exception_handler(
                    {"message": f"after_commit callback {callback!r} failed", "exception": error}
                )


class Heard(Protocol):
    async def next(self) -> set[str]:
        """What was said since the last call, after waiting for something.

        Raises ServiceUnavailable: the connection is lost.
        """


class Store(ABC):
    """A database. `write` returns when the work is durable; `read` sees all that was committed."""

    url: URL
    dialect: Literal["sqlite", "postgresql"]
    _followers: Followers | None = None

    def follow(self, followers: Followers) -> None:
        """What transactions announce and publish goes to these, from now on."""
        self._followers = followers

    def begin(self, driver: Driver) -> Tx:
        """For stores only: a transaction that `driver` has opened."""
        return Tx(driver, self._followers)

    @abstractmethod
    async def write(self, work: Work[T], *, brief: bool = False) -> T:
        """Run `work` in one transaction and return its result once it is durable.

        `brief` says that it takes well under a millisecond: an embedded database then does it on
        the spot, which takes less than handing it to a thread.
        Whatever `work` raises rolls its effects back and is raised here.
        Raises ServiceUnavailable: the database cannot be reached.
        """

    @abstractmethod
    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        """Run `work` for what it reads; what it writes is refused or rolled back.

        `brief` as for `write`: it reads a few rows by their keys.
        Raises what `work` raises, and ServiceUnavailable: the database cannot be reached.
        """

    async def run(self, statement: Prepared, params: Params = None) -> Sequence[Row[Any]]:
        """Run one statement as a transaction of its own, as `Tx.all` does, and return its rows.

        PostgreSQL takes one round trip for it, in place of three.
        Raises ServiceUnavailable: the database cannot be reached, or its answer is lost.
        """
        return await self.write(lambda tx: tx.all(statement, params), brief=True)

    @abstractmethod
    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        """Run schema work on a connection of its own, alone (a lock keeps other processes out).

        Raises what `work` raises, and ServiceUnavailable: the database cannot be reached.
        """

    def listening(self, channel: str) -> AbstractAsyncContextManager[Heard]:
        """Hear what processes say on `channel` (`pg_notify`) once it is entered, on a connection
        beside all others. On SQLite "" is heard, whenever anything was written.

        Entering raises ServiceUnavailable.
        """
        raise NotImplementedError

    @abstractmethod
    async def close(self) -> None:
        """Finish what was accepted and release the connections."""


def open_store(
    url: str, *, sync: Literal["full", "normal", "off"] = "full", pool_size: int = 20
) -> Store:
    """Open the store at `url` (`sqlite:///path` or `postgresql://…`).

    `sync` is SQLite's promise at a power cut: `full` loses nothing that was acknowledged.
    `pool_size` is how many transactions run at once on PostgreSQL; others wait, 30 s at most.
    Raises SettingsError for any other kind of database.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise SettingsError("DATABASE_URL: SQLite needs a file, such as sqlite:///recado.db")
        from recado.store.sqlite.store import SqliteStore

        return SqliteStore(parsed, sync=sync)
    if backend in {"postgresql", "postgres"}:
        with needing("postgresql", "DATABASE_URL=postgresql://…"):
            from recado.store.postgresql.store import PostgresStore

        return PostgresStore(parsed, pool_size=pool_size)
    raise SettingsError(
        f"DATABASE_URL: {backend} is not supported; use sqlite:/// or postgresql://"
    )


def on_connect(engine: Any, callback: Callable[[Any], None]) -> None:
    """Call `callback` with each new driver connection of `engine`."""

    @event.listens_for(engine, "connect")
    def _connected(dbapi_connection: Any, _record: Any) -> None:
        callback(dbapi_connection)


class MeasuredStore(Store):
    """Passes everything on to `store`, and measures its transactions as their callers see them,
    waiting included."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self.url = store.url
        self.dialect = store.dialect
        self._store = store
        self._metrics = metrics

    async def write(self, work: Work[T], *, brief: bool = False) -> T:
        started = time.perf_counter()
        try:
            return await self._store.write(work, brief=brief)
        finally:
            self._metrics.database_write(time.perf_counter() - started)

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        started = time.perf_counter()
        try:
            return await self._store.read(work, brief=brief)
        finally:
            self._metrics.database_read(time.perf_counter() - started)

    async def run(self, statement: Prepared, params: Params = None) -> Sequence[Row[Any]]:
        started = time.perf_counter()
        try:
            return await self._store.run(statement, params)
        finally:
            self._metrics.database_write(time.perf_counter() - started)

    def follow(self, followers: Followers) -> None:
        self._store.follow(followers)

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        return await self._store.run_ddl(work)

    def listening(self, channel: str) -> AbstractAsyncContextManager[Heard]:
        return self._store.listening(channel)

    async def close(self) -> None:
        await self._store.close()
