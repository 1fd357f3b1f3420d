"""So many connections to PostgreSQL, each for one transaction at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncpg import PostgresError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from recado.errors import ServiceUnavailable
from recado.store.postgresql.dialect import is_lost
from recado.store.postgresql.session import Session

#: A connection is replaced after this: what lies between may forget it, the server may grow.
MAX_AGE_SECONDS = 1800.0


class Pool:
    def __init__(self, engine: AsyncEngine, size: int, wait_seconds: float) -> None:
        self._engine = engine
        self._wait_seconds = wait_seconds
        self._free = asyncio.Semaphore(size)
        #: The last one used is used next: the others may rest, and are few.
        self._idle: list[Session] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A connection; afterwards no transaction is open on it.

        Raises ServiceUnavailable: all are taken, or PostgreSQL cannot be reached.
        """
        await self._wait()
        try:
            session = await self._open()
            usable = False
            try:
                yield session
                await session.end()
                usable = True
            except Exception as error:
                # A lost one the driver may not have noticed yet.
                usable = not is_lost(error) and await _ended(session)
                raise
            finally:
                # Cancelled: nobody knows what state it is in.
                if usable and session.is_usable and not self._closed:
                    self._idle.append(session)
                else:
                    self._close(session)
        finally:
            self._free.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise ServiceUnavailable(
                f"PostgreSQL cannot be reached: no connection was free for {self._wait_seconds} s"
            ) from error

    async def _open(self) -> Session:
        oldest = time.monotonic() - MAX_AGE_SECONDS
        while self._idle:
            session = self._idle.pop()
            if session.is_usable and session.opened_at > oldest:
                return session
            self._close(session)
        try:
            return await Session.open(self._engine)
        except (OSError, TimeoutError, PostgresError, DBAPIError) as error:
            raise ServiceUnavailable(f"PostgreSQL cannot be reached: {error}") from error

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            self._close(self._idle.pop())
        await asyncio.gather(*self._closing)
        await self._engine.dispose()

    def _close(self, session: Session) -> None:
        task = asyncio.create_task(session.close(), name="postgresql:close")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _ended(session: Session) -> bool:
    try:
        await session.end()
    except (OSError, TimeoutError, DBAPIError):
        return False
    return True
