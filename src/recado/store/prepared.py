"""Statements that run thousands of times a second.

    _NAME = prepare(select(Contact.name).where(Contact.id == bindparam("contact")))
    row = tx.first(_NAME, {"contact": contact_id})

SQLAlchemy takes some 30 µs to run a statement, SQLite 2. What is prepared is compiled once, and on
SQLite goes straight to the driver; on PostgreSQL, where the round trip is what counts, it takes
SQLAlchemy's usual way. Types are converted the same on both: JSON goes in and out as values.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Executable, Float, Row
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from recado.store.base import decode_json, encode_json

Params = Mapping[str, Any]
_Convert = Callable[[Any], Any]

_DIALECT = SQLiteDialect_pysqlite(
    paramstyle="named", json_serializer=encode_json, json_deserializer=decode_json
)


class Prepared:
    """A statement with named parameters, made once for a module.

    `keys` are an INSERT's columns where the statement does not name them itself.
    """

    def __init__(self, statement: Executable, keys: Sequence[str] | None = None) -> None:
        self.statement = statement
        self._keys = None if keys is None else list(keys)

    @cached_property
    def plan(self) -> SqlitePlan:
        return SqlitePlan(self.statement, self._keys)


def prepare(statement: Executable, keys: Sequence[str] | None = None) -> Prepared:
    return Prepared(statement, keys)


class SqlitePlan:
    """The statement as SQLite's driver takes it, and how its values are converted."""

    def __init__(self, statement: Executable, keys: list[str] | None) -> None:
        compiled = statement.compile(dialect=_DIALECT, column_keys=keys)  # type: ignore[attr-defined]
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"not a statement with results or parameters: {statement}")
        if compiled.post_compile_params:
            raise TypeError(f"its SQL depends on its values, so it cannot be prepared: {statement}")
        self.sql = compiled.string
        #: Values that stand in the statement itself.
        self._fixed = {
            name: bind.effective_value
            for name, bind in compiled.binds.items()
            if not bind.required and name not in (keys or ())
        }
        self._bind: dict[str, _Convert] = {
            name: convert  # type: ignore[misc]  # a sequence of them only where tuples are bound
            for name, convert in compiled._bind_processors.items()
            if not isinstance(compiled.binds[name].type, Float)  # a column of its own takes both
        }
        self._columns = compiled._result_columns
        self._row: Callable[[Any], Row[Any]] | None = None
        self._results: list[tuple[int, _Convert]] = []

    def run(self, driver: sqlite3.Connection, params: Params | None) -> sqlite3.Cursor:
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
        types = {column.keyname: column.type for column in self._columns}
        converters = [
            (at, types[name]._cached_result_processor(_DIALECT, None))
            for at, name in enumerate(names)
            if name in types
        ]
        self._results = [(at, convert) for at, convert in converters if convert is not None]
        self._row = result_tuple(names)
        return self._row

    def _values(self, params: Params | None) -> Params:
        if not params:
            return self._fixed
        if not self._bind:
            return {**self._fixed, **params} if self._fixed else params
        values = {**self._fixed, **params}
        for name, convert in self._bind.items():
            values[name] = convert(values[name])
        return values

    def _converted(self, values: tuple[Any, ...]) -> list[Any]:
        changed = list(values)
        for at, convert in self._results:
            changed[at] = convert(changed[at])
        return changed

    def _as_sqlalchemy(self, error: sqlite3.Error, values: Any) -> BaseException:
        wrapped: BaseException = DBAPIError.instance(
            self.sql, values, error, sqlite3.Error, hide_parameters=True, dialect=_DIALECT
        )
        return wrapped
