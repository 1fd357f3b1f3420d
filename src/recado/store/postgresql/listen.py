"""What other processes say to each other through PostgreSQL: LISTEN, on a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from recado.errors import ServiceUnavailable
from recado.store.postgresql.dialect import DRIVER_ERRORS
from recado.store.postgresql.session import Session


class Heard:
    """What has come on one channel, until somebody asks for it."""

    def __init__(self) -> None:
        self._payloads: set[str] = set()
        self._arrived = asyncio.Event()
        self._lost = False

    async def next(self) -> set[str]:
        """The payloads that have come since the last call, after waiting for one.

        Raises ServiceUnavailable: the connection is lost.
        """
        await self._arrived.wait()
        if self._lost:
            raise ServiceUnavailable("PostgreSQL has ended the connection that listens.")
        payloads, self._payloads = self._payloads, set()
        self._arrived.clear()
        return payloads

    def on_notification(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._payloads.add(str(payload))
        self._arrived.set()

    def on_lost(self, _connection: Any) -> None:
        self._lost = True
        self._arrived.set()


@asynccontextmanager
async def listening(engine: AsyncEngine, channel: str) -> AsyncIterator[Heard]:
    """Once it is entered, nothing that is said on `channel` is missed.

    Raises ServiceUnavailable: PostgreSQL cannot be reached.
    """
    heard = Heard()
    session: Session | None = None
    try:
        try:
            session = await Session.open(engine)
            session.driver.add_termination_listener(heard.on_lost)
            await session.driver.add_listener(channel, heard.on_notification)
        except (OSError, TimeoutError, DBAPIError, *DRIVER_ERRORS) as error:
            raise ServiceUnavailable(f"PostgreSQL cannot be reached: {error}") from error
        yield heard
    finally:
        if session is not None:
            await session.close()
