"""What SQLAlchemy makes of asyncpg: its conversions and its errors."""

from __future__ import annotations

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import (
    AsyncAdapt_asyncpg_dbapi,
    PGDialect_asyncpg,
)
from sqlalchemy.exc import DBAPIError

from recado.store.base import decode_json, encode_json
from recado.store.internals import raise_translated

_DRIVER = AsyncAdapt_asyncpg_dbapi(asyncpg)  # type: ignore[no-untyped-call]
DIALECT = PGDialect_asyncpg(  # type: ignore[no-untyped-call]
    dbapi=_DRIVER,
    json_serializer=encode_json,
    json_deserializer=decode_json,
)
#: What the driver raises of the database's and its own.
DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
#: https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
_CONFLICTS = {"40001", "40P01"}
#: The server ends the session: https://www.postgresql.org/docs/current/errcodes-appendix.html
#: (08: connection exceptions; 57P01, 57P02, 57P03: it shuts down, crashes, is starting).
_LOST = ("08", "57P01", "57P02", "57P03")


def as_sqlalchemy(error: Exception, sql: str, *, lost: bool) -> Exception:
    """What SQLAlchemy would raise for the driver's `error`; `lost`: its connection is."""
    try:
        raise_translated(_DRIVER, error)
    except _DRIVER.Error as translated:
        wrapped: Exception = DBAPIError.instance(
            sql,
            None,
            translated,
            _DRIVER.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=DIALECT,
        )
        return wrapped
    except Exception as other:  # noqa: BLE001 - handed on: it is no error of the database's
        return other


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone: nobody knows what became of a statement on its way."""
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated
        or _sqlstate(error).startswith(_LOST)
        # The driver itself does not know what it has just heard of.
        or isinstance(error.orig, _DRIVER.InternalClientError)
    )


def takes_no_writes(error: DBAPIError) -> bool:
    """Whether it only reads: a server that another has taken over from, or our own transaction."""
    return _sqlstate(error) == "25006"


def may_be_repeated(error: DBAPIError) -> bool:
    """Whether the transaction, as far as it came, may well succeed on a second run."""
    # The tables' columns are not those that a statement was prepared for.
    stale = isinstance(error.orig, _DRIVER.InvalidCachedStatementError)
    return stale or is_lost(error) or _sqlstate(error) in _CONFLICTS


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""
