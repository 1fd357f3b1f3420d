"""Statements that run thousands of times a second.

    _NAME = prepare(select(Contact.name).where(Contact.id == bindparam("contact")))
    row = tx.first(_NAME, {"contact": contact_id})

SQLAlchemy takes some 30 µs to run a statement on SQLite's driver, which needs 2, and over 100 on
asyncpg, which needs 30. What is prepared is compiled once for each driver and goes straight to it
(store/sqlite/driver.py, store/postgresql/plan.py). Rows, errors and conversions of types are
SQLAlchemy's own: JSON goes in and out as values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from recado.store.postgresql.plan import PostgresPlan
    from recado.store.sqlite.driver import SqlitePlan

Params = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Prepared:
    """A statement with named parameters, made once for a module.

    `keys` are an INSERT's columns where the statement does not name them itself.
    """

    def __init__(self, statement: Executable, keys: Sequence[str] | None = None) -> None:
        self.statement = statement
        self._keys = None if keys is None else list(keys)

    @cached_property
    def for_sqlite(self) -> SqlitePlan:
        from recado.store.sqlite.driver import DIALECT, SqlitePlan

        return SqlitePlan(self._compile(DIALECT), self._keys)

    @cached_property
    def for_postgresql(self) -> PostgresPlan:
        # Imported here: who runs on SQLite need not load the other driver.
        from recado.store.postgresql.dialect import DIALECT
        from recado.store.postgresql.plan import PostgresPlan

        return PostgresPlan(self._compile(DIALECT), self._keys)

    def _compile(self, dialect: Dialect) -> SQLCompiler:
        compiled = self.statement.compile(  # type: ignore[attr-defined]
            dialect=dialect, column_keys=self._keys
        )
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"not a statement with results or parameters: {self.statement}")
        if compiled.post_compile_params:
            raise TypeError(
                f"its SQL depends on its values, so it cannot be prepared: {self.statement}"
            )
        return compiled


def prepare(statement: Executable, keys: Sequence[str] | None = None) -> Prepared:
    return Prepared(statement, keys)


def fixed_values(compiled: SQLCompiler, keys: Sequence[str] | None) -> dict[str, Any]:
    """The values that stand in the statement itself."""
    return {
        name: bind.effective_value
        for name, bind in compiled.binds.items()
        if not bind.required and name not in (keys or ())
    }
