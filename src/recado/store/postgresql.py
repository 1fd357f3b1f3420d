"""PostgreSQL over asyncpg: each transaction body runs in SQLAlchemy's greenlet bridge."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from recado.errors import ServiceUnavailable
from recado.store.base import decode_json, encode_json
from recado.store.store import Store, Tx, Work

T = TypeVar("T")

#: https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
TRY_AGAIN = {"40001", "40P01"}
ATTEMPTS = 5
DDL_LOCK = 0x5EC_AD0


class PostgresStore(Store):
    dialect = "postgresql"

    def __init__(self, url: URL, *, pool_size: int = 20) -> None:
        self.url = url.set(drivername="postgresql+asyncpg")
        self._engine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=30,
            pool_recycle=1800,
            json_serializer=encode_json,
            json_deserializer=decode_json,
            connect_args={"timeout": 10, "command_timeout": 60},
        )

    async def write(self, work: Work[T]) -> T:
        async def attempt(connection: AsyncConnection) -> T:
            result, tx = await connection.run_sync(lambda c: _run(c, work))
            try:
                await connection.commit()
            except (OSError, DBAPIError) as error:
                raise ServiceUnavailable(f"PostgreSQL was lost during a commit: {error}") from error
            tx.committed()
            return result

        return await self._with_connection(attempt)

    async def read(self, work: Work[T]) -> T:
        async def attempt(connection: AsyncConnection) -> T:
            result, _ = await connection.run_sync(lambda c: _run(c, work))
            return result

        return await self._with_connection(attempt)

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({DDL_LOCK})"))
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()

    async def _with_connection(self, attempt: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `attempt`, again after a deadlock or when a pooled connection turns out dead."""
        for number in range(1, ATTEMPTS + 1):
            try:
                async with self._engine.connect() as connection:
                    return await attempt(connection)
            except (OSError, TimeoutError) as error:
                raise ServiceUnavailable(f"PostgreSQL cannot be reached: {error}") from error
            except DBAPIError as error:
                again = getattr(error.orig, "sqlstate", None) in TRY_AGAIN
                if not (again or error.connection_invalidated):
                    raise
                if number == ATTEMPTS:
                    raise ServiceUnavailable(f"PostgreSQL keeps failing: {error}") from error
                await asyncio.sleep(random.uniform(0, 0.02 * number))  # noqa: S311 - jitter
        raise AssertionError("unreachable")


def _run(connection: Connection, work: Work[T]) -> tuple[T, Tx]:
    tx = Tx(connection)
    return work(tx), tx
