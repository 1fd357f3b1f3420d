"""A connection to PostgreSQL, and the transactions on it.

SQLAlchemy's connection is in AUTOCOMMIT: it begins and ends nothing, we do. So what is prepared and
what is not are in one transaction, and nothing goes to the server that need not:

- BEGIN waits for the first statement, and takes a first lock along.
- What only reads runs without a transaction for as long as it says SELECT. READ COMMITTED, which we
  use, gives each statement a snapshot of its own anyway. Anything else in it is preceded by BEGIN
  READ ONLY: the server refuses to write.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, Literal, TypeVar

import asyncpg
from sqlalchemy import CursorResult, Executable, Row, TextClause, bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import await_only

from recado.store.postgresql.dialect import DRIVER_ERRORS, as_sqlalchemy
from recado.store.postgresql.plan import PostgresPlan, is_select
from recado.store.prepared import Prepared, prepare

T = TypeVar("T")

_LOCK = prepare(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name"), 0))))

#: A process that stands still (a machine that sleeps) within a transaction lets go of what it has
#: locked after this: its lanes, and the lead of the scheduled work, are wanted by others. Said by
#: SET, since a pooler may refuse to start a session with it.
STANDSTILL_SECONDS = 20


class Session:
    """A connection, as SQLAlchemy has it and as its driver has it."""

    def __init__(self, connection: AsyncConnection, driver: asyncpg.Connection[Any]) -> None:
        self._connection = connection
        self.sqlalchemy: Connection = connection.sync_connection  # type: ignore[assignment]
        self.driver = driver
        self.opened_at = time.monotonic()

    @classmethod
    async def open(cls, engine: AsyncEngine) -> Session:
        connection = await engine.connect()
        adapted = await connection.get_raw_connection()
        session = cls(connection, adapted.driver_connection)
        await session.query(f"SET idle_in_transaction_session_timeout = '{STANDSTILL_SECONDS}s'")
        return session

    @property
    def is_usable(self) -> bool:
        return not (self.driver.is_closed() or self.sqlalchemy.invalidated)

    async def query(self, sql: str) -> str:
        """Run SQL without parameters; what the server says of it."""
        try:
            outcome: str = await self.driver.execute(sql)
            return outcome
        except DRIVER_ERRORS as error:
            raise self.translate(error, sql) from error

    async def run(self, statement: Prepared, params: Any) -> list[Row[Any]]:
        """Run it as a transaction of its own, once for each of a sequence of parameters."""
        plan = statement.for_postgresql
        try:
            return plan.rows(await self.fetch(plan, params))
        except DRIVER_ERRORS as error:
            raise self.translate(error, plan.sql) from error

    def fetch(self, plan: PostgresPlan, params: Any) -> Awaitable[list[asyncpg.Record]]:
        """What it returns; of a sequence of parameters, for all, in one round trip."""
        records: Awaitable[list[asyncpg.Record]] = (
            self.driver.fetchmany(plan.sql, [plan.arguments(each) for each in params])
            if isinstance(params, Sequence)
            else self.driver.fetch(plan.sql, *plan.arguments(params))
        )
        return records

    def translate(self, error: Exception, sql: str) -> Exception:
        return as_sqlalchemy(error, sql, lost=self.driver.is_closed())

    async def end(self) -> None:
        """End whatever transaction is open. Raises where the connection is not usable any more."""
        if self.driver.is_in_transaction():
            await self.query("ROLLBACK")
        if self.sqlalchemy.in_transaction():  # it believes in a transaction of its own
            self.sqlalchemy.rollback()

    async def close(self) -> None:
        with suppress(Exception):  # it is given up, in whatever state
            await self._connection.invalidate()
            await self._connection.close()


class Transaction:
    """A transaction on PostgreSQL (store/store.py, Driver), in SQLAlchemy's greenlet bridge."""

    dialect: Literal["postgresql"] = "postgresql"

    def __init__(self, session: Session, *, reads: bool = False) -> None:
        self._session = session
        self._reads = reads
        self._begun = False

    @property
    def connection(self) -> Connection:
        self._begin()
        return self._session.sqlalchemy

    def execute(self, statement: Executable, params: Any) -> CursorResult[Any]:
        if not (self._reads and _is_select(statement)):
            self._begin()
        return self._session.sqlalchemy.execute(statement, params)

    def run(self, statement: Prepared, params: Any) -> _Done:
        plan, driver = self._ready(statement), self._session.driver
        if isinstance(params, Sequence):
            many = [plan.arguments(each) for each in params]
            self._wait(driver.executemany(plan.sql, many), plan.sql)
            return _Done(-1)
        status: str = self._wait(driver.execute(plan.sql, *plan.arguments(params)), plan.sql)
        return _Done(int(status.rpartition(" ")[2]))  # "UPDATE 1", "INSERT 0 1"

    def rows(self, statement: Prepared, params: Any) -> list[Row[Any]]:
        plan = self._ready(statement)
        return plan.rows(self._wait(self._session.fetch(plan, params), plan.sql))

    def lock(self, name: str) -> None:
        if self._begun:
            self.rows(_LOCK, {"name": name})
            return
        self._begin(
            "; SELECT pg_advisory_xact_lock(hashtextextended("
            f"convert_from(decode('{name.encode().hex()}', 'hex'), 'UTF8'), 0))"
        )

    async def commit(self) -> None:
        """Raises what forbids it."""
        if not self._begun:
            return
        outcome = await self._session.query("COMMIT")
        if outcome != "COMMIT":  # a statement had failed, and the body went on regardless
            raise RuntimeError("The transaction had failed before its commit.")

    def _begin(self, then: str = "") -> None:
        if not self._begun:
            await_only(self._session.query(("BEGIN READ ONLY" if self._reads else "BEGIN") + then))
            self._begun = True

    def _ready(self, statement: Prepared) -> PostgresPlan:
        plan = statement.for_postgresql
        if not (self._reads and plan.reads):
            self._begin()
        return plan

    def _wait(self, answer: Awaitable[T], sql: str) -> T:
        try:
            return await_only(answer)
        except DRIVER_ERRORS as error:
            raise self._session.translate(error, sql) from error


class _Done:
    """What a statement without rows leaves."""

    __slots__ = ("rowcount",)

    def __init__(self, rowcount: int) -> None:
        self.rowcount = rowcount


def _is_select(statement: Executable) -> bool:
    if isinstance(statement, TextClause):
        return is_select(statement.text)
    return statement.is_select
