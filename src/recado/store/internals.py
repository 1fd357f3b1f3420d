"""What Recado takes from inside SQLAlchemy and Alembic, which promise none of it: the one file to
look at when either is upgraded past its bound in pyproject.toml (tests/store/test_internals.py).

Prepared statements do by themselves what an `execute` of SQLAlchemy does each time anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

if TYPE_CHECKING:  # neither is there on every installation, nor needed by every process
    from alembic.script import ScriptDirectory
    from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi

Convert = Callable[[Any], Any]


def bind_processors(compiled: SQLCompiler) -> Mapping[str, Convert]:
    """How the values of a statement become the driver's, by the names of its parameters; without
    those that go as they are."""
    return compiled._bind_processors  # type: ignore[return-value]  # sequences only where tuples are bound


def result_types(compiled: SQLCompiler) -> dict[str, TypeEngine[Any]]:
    """The types of the columns that a statement returns, by their names; {} of SQL text that does
    not say."""
    return {column.keyname: column.type for column in compiled._result_columns}


def result_processor(kind: TypeEngine[Any], dialect: Dialect, oid: int | None) -> Convert | None:
    """How the driver's value becomes ours; None: it is. `oid` is the server's type, if it tells."""
    return kind._cached_result_processor(dialect, oid)


def raise_translated(driver: AsyncAdapt_asyncpg_dbapi, error: Exception) -> NoReturn:
    """Raise what SQLAlchemy's adapter of asyncpg makes of the driver's `error`, or itself."""
    from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection

    AsyncAdapt_asyncpg_connection._handle_exception_no_connection(driver, error)
    raise error


def upgrade_steps(scripts: ScriptDirectory, revision: Any) -> Sequence[Any]:
    """The migrations from `revision` to the newest, as Alembic's environment runs them."""
    return scripts._upgrade_revs("head", revision)
