"""One clock for all processes on a database: what one has leased must not look free to another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from recado.errors import ServiceUnavailable
from recado.store.base import now
from recado.store.prepared import prepare
from recado.store.store import Store

#: How often the database is asked: a machine's clock drifts by less than a millisecond meanwhile.
ASK_SECONDS = 30.0
#: The quickest of so many answers is the most exact.
FIRST_ASKED = 3

_TIME = prepare(text("SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)"))


def steady() -> float:
    """Seconds that nobody sets, and that a machine's sleep counts in where the system knows it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class DatabaseClock:
    """Unix seconds by PostgreSQL's clock: machines' own differ, and are set while they run.

    On SQLite all processes have the machine's own clock. So has one that has not asked yet.
    """

    def __init__(
        self,
        store: Store,
        *,
        here: Callable[[], float] = now,
        steady: Callable[[], float] = steady,
    ) -> None:
        self._store = store
        self._here = here
        self._steady = steady
        #: By how much the database's clock is ahead of the steady one, give or take so much.
        self._ahead: float | None = None
        self._give_or_take = 0.0

    def __call__(self) -> float:
        return self._here() if self._ahead is None else self._steady() + self._ahead

    async def ask(self, times: int = 1) -> None:
        """Compare with the database's. Raises ServiceUnavailable."""
        if self._store.dialect != "postgresql":
            return
        for _ in range(times):
            began = self._steady()
            [(theirs,)] = await self._store.run(_TIME)
            ended = self._steady()
            self._learn(theirs - (began + ended) / 2, give_or_take=(ended - began) / 2)

    def _learn(self, ahead: float, give_or_take: float) -> None:
        """A slow answer tells nothing where it could as well mean what a quicker one has told."""
        if (
            self._ahead is None
            or give_or_take <= self._give_or_take
            or abs(ahead - self._ahead) > give_or_take + self._give_or_take
        ):
            self._ahead, self._give_or_take = ahead, give_or_take

    async def keep(self) -> None:
        """Ask again every now and then, until cancelled."""
        while self._store.dialect == "postgresql":
            await asyncio.sleep(ASK_SECONDS)
            with suppress(ServiceUnavailable, SQLAlchemyError):  # it goes on steadily
                await self.ask()
