"""PostgreSQL over asyncpg: each transaction's body runs in SQLAlchemy's greenlet bridge.

What runs for every message is prepared and goes straight to the driver (docs/adr/0012).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import greenlet_spawn

from recado.errors import ServiceUnavailable
from recado.store.base import decode_json, encode_json
from recado.store.postgresql.dialect import is_lost, may_be_repeated, takes_no_writes
from recado.store.postgresql.listen import listening
from recado.store.postgresql.pool import Pool
from recado.store.postgresql.session import Session, Transaction
from recado.store.prepared import Prepared
from recado.store.store import Heard, Params, Store, Tx, Work

T = TypeVar("T")

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
        engine = create_async_engine(
            self.url,
            poolclass=NullPool,  # ours says BEGIN and ROLLBACK only where there is need
            isolation_level="AUTOCOMMIT",
            json_serializer=encode_json,
            json_deserializer=decode_json,
            hide_parameters=True,  # errors go to logs, customers' words do not
            connect_args={
                "timeout": 10,
                "command_timeout": 60,
                "statement_cache_size": 1000,  # what is prepared stays so
                "max_cached_statement_lifetime": 0,
                "server_settings": {"application_name": "recado"},
            },
        )
        self._engine = engine
        self._pool = Pool(engine, pool_size, wait_seconds)

    async def write(self, work: Work[T], *, brief: bool = False) -> T:
        async def attempt(session: Session) -> tuple[T, Tx]:
            transaction = Transaction(session)
            tx = self.begin(transaction)
            result = await greenlet_spawn(work, tx)
            await _known_end(transaction.commit())
            return result, tx

        result, tx = await self._with_session(attempt)
        tx.committed()
        return result

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        async def attempt(session: Session) -> T:
            return await greenlet_spawn(work, self.begin(Transaction(session, reads=True)))

        return await self._with_session(attempt)

    async def run(self, statement: Prepared, params: Params = None) -> Sequence[Row[Any]]:
        async def attempt(session: Session) -> Sequence[Row[Any]]:
            answer = session.run(statement, params)
            return await (answer if statement.for_postgresql.reads else _known_end(answer))

        return await self._with_session(attempt)

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        async def attempt(session: Session) -> T:
            # It rests while what it needs is loaded, on a busy machine for long.
            await session.query(
                "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0;"
                f" SELECT pg_advisory_xact_lock({DDL_LOCK})"
            )
            result = await greenlet_spawn(work, session.sqlalchemy)
            await session.query("COMMIT")
            return result

        return await self._with_session(attempt)

    def listening(self, channel: str) -> AbstractAsyncContextManager[Heard]:
        return listening(self._engine, channel)

    async def close(self) -> None:
        await self._pool.close()

    async def _with_session(self, attempt: Callable[[Session], Awaitable[T]]) -> T:
        """Run `attempt`, again after a deadlock or when a pooled connection turns out dead."""
        for number in range(1, ATTEMPTS + 1):
            try:
                async with self._pool.session() as session:
                    return await attempt(session)
            except (OSError, TimeoutError) as error:
                raise ServiceUnavailable(f"PostgreSQL does not answer: {error}") from error
            except DBAPIError as error:
                if takes_no_writes(error):
                    raise ServiceUnavailable(f"PostgreSQL takes no writes: {error}") from error
                if not may_be_repeated(error):
                    raise
                if number == ATTEMPTS:
                    raise ServiceUnavailable(f"PostgreSQL keeps failing: {error}") from error
                await asyncio.sleep(random.uniform(0, 0.02 * number))  # noqa: S311 - jitter
        raise AssertionError("unreachable")


async def _known_end(answer: Awaitable[T]) -> T:
    """Only a refusal is certain. A commit whose answer is lost may have happened: trying again
    could do the work twice."""
    try:
        return await answer
    except (OSError, TimeoutError, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not is_lost(error):
            raise
        raise ServiceUnavailable(f"PostgreSQL was lost in a commit: {error}") from error
