"""A transaction on SQLite, with prepared statements straight on its own driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any, Literal, TypeVar

from sqlalchemy import JSON, CursorResult, Executable, Float, Row
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection, result_tuple
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from recado.errors import ServiceUnavailable
from recado.store.base import decode_json, encode_json
from recado.store.internals import bind_processors, result_processor, result_types
from recado.store.prepared import Convert, Params, Prepared, fixed_values
from recado.store.store import Tx, Work

T = TypeVar("T")

DIALECT = SQLiteDialect_pysqlite(
    paramstyle="qmark", json_serializer=encode_json, json_deserializer=decode_json
)
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


class SqliteDriver:
    """A connection to SQLite, and the transactions on it (store/store.py, Driver), one at a
    time."""

    dialect: Literal["sqlite"] = "sqlite"
    __slots__ = ("_cursor", "connection", "raw")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        #: SQLite's own connection, below SQLAlchemy's.
        self.raw: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        #: For statements with rows: all are fetched before the next one runs.
        self._cursor = self.raw.cursor()

    def execute(self, statement: Executable, params: Any) -> CursorResult[Any]:
        return self.connection.execute(statement, params)

    def run(self, statement: Prepared, params: Any) -> sqlite3.Cursor:
        plan = statement.for_sqlite
        if isinstance(params, list):
            return plan.run_many(self.raw, params)
        return plan.run(self.raw, params)

    def rows(self, statement: Prepared, params: Any) -> list[Row[Any]]:
        plan, cursor = statement.for_sqlite, self._cursor
        if isinstance(params, list):
            return [row for each in params for row in plan.rows(plan.run(cursor, each))]
        return plan.rows(plan.run(cursor, params))

    def reset(self) -> None:
        """Leave the transaction, if there is one, with nothing done."""
        if self.raw.in_transaction:  # a full disk may have rolled back everything
            self.raw.execute("ROLLBACK")
        self.forget()

    def forget(self) -> None:
        """The transaction is over: let SQLAlchemy know, which has begun its own view of it."""
        if self.connection.in_transaction():
            self.connection.rollback()

    def discard(self) -> None:
        """Close it, in whatever state."""
        with suppress(sqlite3.Error, DBAPIError):
            self.connection.close()

    def lock(self, name: str) -> None:
        """There is one writer at a time anyway."""


class SqlitePlan:
    """The statement as SQLite's driver takes it, and how its values are converted."""

    def __init__(self, compiled: SQLCompiler, keys: Sequence[str] | None) -> None:
        self.sql = compiled.string
        # By position: SQLite's driver looks each name up anew every time.
        names = compiled.positiontup or []
        self._fixed = fixed_values(compiled, keys)
        self._pick = _picker(names)
        self._bind = [
            (at, convert)
            for at, name in enumerate(names)
            if (convert := _converter(compiled, name)) is not None
        ]
        self._types = result_types(compiled)
        self._row: Callable[[Any], Row[Any]] | None = None
        self._results: list[tuple[int, Convert]] = []

    def run(
        self, driver: sqlite3.Connection | sqlite3.Cursor, params: Params | None
    ) -> sqlite3.Cursor:
        """Raises what SQLAlchemy would: its own classes around the driver's errors."""
        values = self._values(params)
        try:
            return driver.execute(self.sql, values)
        except sqlite3.Error as error:
            raise self._as_sqlalchemy(error, values) from error

    def run_many(self, driver: sqlite3.Connection, rows: Sequence[Params]) -> sqlite3.Cursor:
        many = [self._values(row) for row in rows]
        try:
            return driver.executemany(self.sql, many)
        except sqlite3.Error as error:
            raise self._as_sqlalchemy(error, many) from error

    def rows(self, cursor: sqlite3.Cursor) -> list[Row[Any]]:
        make = self._row or self._learn(cursor)
        found = cursor.fetchall()
        if self._results:
            found = [self._converted(values) for values in found]
        return [make(values) for values in found]

    def _learn(self, cursor: sqlite3.Cursor) -> Callable[[Any], Row[Any]]:
        """The result's names; of SQL text, where only some columns have a declared type, they are
        known when it has run once."""
        names = [column[0] for column in cursor.description or ()]
        types = self._types
        converters = [
            (at, result_processor(types[name], DIALECT, None))
            for at, name in enumerate(names)
            if name in types
        ]
        self._results = [(at, convert) for at, convert in converters if convert is not None]
        self._row = result_tuple(names)
        return self._row

    def _values(self, params: Params | None) -> Sequence[Any]:
        if self._fixed:
            params = {**self._fixed, **params} if params else self._fixed
        picked = self._pick(params or {})
        if not self._bind:
            return picked
        values = list(picked)
        for at, convert in self._bind:
            values[at] = convert(values[at])
        return values

    def _converted(self, values: tuple[Any, ...]) -> list[Any]:
        changed = list(values)
        for at, convert in self._results:
            changed[at] = convert(changed[at])
        return changed

    def _as_sqlalchemy(self, error: sqlite3.Error, values: Any) -> BaseException:
        wrapped: BaseException = DBAPIError.instance(
            self.sql, values, error, sqlite3.Error, hide_parameters=True, dialect=DIALECT
        )
        return wrapped


def _picker(names: Sequence[str]) -> Callable[[Params], Sequence[Any]]:
    """Takes the values of `names`, in their order."""
    if len(names) < 2:  # itemgetter would return a lone value bare
        return lambda params: [params[name] for name in names]
    return itemgetter(*names)


def _converter(compiled: SQLCompiler, name: str) -> Convert | None:
    kind = compiled.binds[name].type
    if isinstance(kind, Float):  # a column of its own takes both
        return None
    if isinstance(kind, JSON) and kind.none_as_null:
        return _json_or_null
    return bind_processors(compiled).get(name)


def _json_or_null(value: Any) -> str | None:
    """As SQLAlchemy's own conversion, which asks about more and takes four times as long."""
    return None if value is None else encode_json(value)


def call_work(work: Work[T], tx: Tx) -> T:
    """What the transaction's body returns. Raises what it raises."""
    try:
        return work(tx)
    except StopIteration as error:  # no future takes it (PEP 479 says the same of coroutines)
        raise RuntimeError("A transaction body raised StopIteration") from error


def translated(error: BaseException) -> BaseException:
    """What the caller is told: ServiceUnavailable where the database, not the work, is at fault."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in UNAVAILABLE:  # the low byte is the primary code
        return error
    failure = ServiceUnavailable(f"The database is not available: {cause}")
    failure.__cause__ = error
    return failure
