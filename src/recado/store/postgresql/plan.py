"""Prepared statements on asyncpg."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from asyncpg import Record
from sqlalchemy import Double, Row
from sqlalchemy.engine import result_tuple
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from recado.store.internals import bind_processors, result_processor, result_types
from recado.store.postgresql.dialect import DIALECT
from recado.store.prepared import Convert, Params, fixed_values

#: https://www.postgresql.org/docs/current/catalog-pg-type.html
FLOAT8OID, NUMERICOID = 701, 1700


class PostgresPlan:
    """The statement as asyncpg takes it, and how its values are converted."""

    def __init__(self, compiled: SQLCompiler, keys: Sequence[str] | None) -> None:
        self.sql = compiled.string
        #: It changes nothing, whatever its values.
        self.reads = is_select(self.sql)
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._fixed = fixed_values(compiled, keys)
        converters = bind_processors(compiled)
        self._bind: list[tuple[int, Convert]] = [
            (at, converters[name]) for at, name in enumerate(self._names) if name in converters
        ]
        self._types = result_types(compiled)
        self._row: Callable[[Any], Row[Any]] | None = None
        self._results: list[tuple[int, Convert]] = []

    def arguments(self, params: Params | None) -> list[Any]:
        """The values in the order of `$1`, `$2`, …"""
        given = params if params is not None else {}
        if self._fixed:
            given = {**self._fixed, **given}
        values = [given[name] for name in self._names]
        for at, convert in self._bind:
            values[at] = convert(values[at])
        return values

    def rows(self, records: Sequence[Record]) -> list[Row[Any]]:
        """SQLAlchemy's rows. JSON was decoded by the driver."""
        if not records:
            return []
        make = self._row or self._learn(records[0])
        if self._results:
            return [make(self._converted(record)) for record in records]
        return [make(record) for record in records]

    def _learn(self, record: Record) -> Callable[[Any], Row[Any]]:
        """The result's names, of SQL text known only when it has run once."""
        names = list(record.keys())
        types = self._types
        converters = [
            (at, result_processor(types[name], DIALECT, _oid(types[name])))
            for at, name in enumerate(names)
            if name in types
        ]
        self._results = [(at, convert) for at, convert in converters if convert is not None]
        self._row = result_tuple(names)
        return self._row

    def _converted(self, record: Record) -> list[Any]:
        changed = list(record.values())
        for at, convert in self._results:
            changed[at] = convert(changed[at])
        return changed


def _oid(type: TypeEngine[Any]) -> int:
    """Of which type on the server a column of `type` may be, where that makes a difference:
    any number of the server's can come where we want a float."""
    return FLOAT8OID if isinstance(type, Double) else NUMERICOID


def is_select(sql: str) -> bool:
    return sql.lstrip()[:6].upper() == "SELECT"
