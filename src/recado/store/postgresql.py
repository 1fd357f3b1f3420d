"""PostgreSQL over asyncpg: each transaction body runs in SQLAlchemy's greenlet bridge."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from asyncpg import PostgresError
from sqlalchemy import text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from recado.errors import ServiceUnavailable
from recado.store.base import decode_json, encode_json
from recado.store.store import Store, Tx, Work

T = TypeVar("T")

#: https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
TRY_AGAIN = {"40001", "40P01"}
#: The server ends the session: https://www.postgresql.org/docs/current/errcodes-appendix.html
#: (08: connection exceptions; 57P01, 57P02, 57P03: it shuts down, crashes, is starting).
CONNECTION_LOST = ("08", "57P01", "57P02", "57P03")
ATTEMPTS = 5
#: A transaction that finds every connection taken gives up after this.
POOL_WAIT_SECONDS = 30.0
DDL_LOCK = 0x5EC_AD0


class PostgresStore(Store):
    dialect = "postgresql"

    def __init__(
        self, url: URL, *, pool_size: int = 20, wait_seconds: float = POOL_WAIT_SECONDS
    ) -> None:
        """`wait_seconds` is how long a transaction waits for one of the `pool_size` connections."""
        self.url = url.set(drivername="postgresql+asyncpg")
        self._engine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait_seconds,
            pool_recycle=1800,
            json_serializer=encode_json,
            json_deserializer=decode_json,
            hide_parameters=True,  # errors go to logs, customers' words do not
            connect_args={"timeout": 10, "command_timeout": 60},
        )

    async def write(self, work: Work[T], *, brief: bool = False) -> T:
        async def attempt(connection: AsyncConnection) -> tuple[T, Tx]:
            result, tx = await connection.run_sync(_run, work)
            try:
                await connection.commit()
            except (OSError, TimeoutError, DBAPIError) as error:
                # Only a refusal is certain. A commit whose answer is lost may have happened:
                # trying again here could do the work twice.
                if isinstance(error, DBAPIError) and not _is_lost(error):
                    raise
                raise ServiceUnavailable(f"PostgreSQL was lost in a commit: {error}") from error
            return result, tx

        result, tx = await self._with_connection(attempt)
        tx.committed()
        return result

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        async def attempt(connection: AsyncConnection) -> T:
            result, _ = await connection.run_sync(_run, work)
            return result

        return await self._with_connection(attempt)

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        async def attempt(connection: AsyncConnection) -> T:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({DDL_LOCK})"))
            result = await connection.run_sync(work)
            await connection.commit()
            return result

        return await self._with_connection(attempt)

    async def close(self) -> None:
        await self._engine.dispose()

    async def _with_connection(self, attempt: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `attempt`, again after a deadlock or when a pooled connection turns out dead."""
        for number in range(1, ATTEMPTS + 1):
            try:
                async with self._connect() as connection:
                    return await attempt(connection)
            except (OSError, TimeoutError) as error:
                raise ServiceUnavailable(f"PostgreSQL does not answer: {error}") from error
            except DBAPIError as error:
                if not (_is_lost(error) or _sqlstate(error) in TRY_AGAIN):
                    raise
                if number == ATTEMPTS:
                    raise ServiceUnavailable(f"PostgreSQL keeps failing: {error}") from error
                await asyncio.sleep(random.uniform(0, 0.02 * number))  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self._engine.connect())
            except (OSError, TimeoutError, PoolTimeout, PostgresError, DBAPIError) as error:
                raise ServiceUnavailable(f"PostgreSQL cannot be reached: {error}") from error
            try:
                yield connection
            except DBAPIError as error:
                if _is_lost(error):
                    # The driver may not have noticed yet: never pool it again.
                    await connection.invalidate()
                raise


def _run(connection: Connection, work: Work[T]) -> tuple[T, Tx]:
    tx = Tx(connection)
    return work(tx), tx


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _is_lost(error: DBAPIError) -> bool:
    return error.connection_invalidated or _sqlstate(error).startswith(CONNECTION_LOST)
