"""Whether something was written to a SQLite file. Nobody calls, but asking costs microseconds:
https://www.sqlite.org/pragma.html#pragma_data_version"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from recado.errors import ServiceUnavailable

#: How often it is asked.
WATCH_SECONDS = 0.02


class Watched:
    """Store.listening, for SQLite: what is heard is "", which may concern everything."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._version = self._ask()

    async def next(self) -> set[str]:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            version = self._ask()
            if version != self._version:
                self._version = version
                return {""}

    def _ask(self) -> int:
        try:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return version
        except sqlite3.Error as error:
            raise ServiceUnavailable(f"The database is not available: {error}") from error


@asynccontextmanager
async def watching(path: str) -> AsyncIterator[Watched]:
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise ServiceUnavailable(f"The database is not available: {error}") from error
    try:
        yield Watched(connection)
    finally:
        connection.close()
