"""A store that measures its transactions as their callers see them, waiting included."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy.engine import Connection

from recado.observability.metrics import Metrics
from recado.store.prepared import Prepared
from recado.store.store import Followers, Heard, Params, Store, Work

T = TypeVar("T")


class MeasuredStore(Store):
    """Passes everything on to `store`."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self.url = store.url
        self.dialect = store.dialect
        self._store = store
        self._metrics = metrics

    async def write(self, work: Work[T], *, brief: bool = False) -> T:
        started = time.perf_counter()
        try:
            return await self._store.write(work, brief=brief)
        finally:
            self._metrics.database_write(time.perf_counter() - started)

    async def read(self, work: Work[T], *, brief: bool = False) -> T:
        started = time.perf_counter()
        try:
            return await self._store.read(work, brief=brief)
        finally:
            self._metrics.database_read(time.perf_counter() - started)

    async def run(self, statement: Prepared, params: Params = None) -> Sequence[Row[Any]]:
        started = time.perf_counter()
        try:
            return await self._store.run(statement, params)
        finally:
            self._metrics.database_write(time.perf_counter() - started)

    def follow(self, followers: Followers) -> None:
        self._store.follow(followers)

    async def run_ddl(self, work: Callable[[Connection], T]) -> T:
        return await self._store.run_ddl(work)

    def listening(self, channel: str) -> AbstractAsyncContextManager[Heard]:
        return self._store.listening(channel)

    async def close(self) -> None:
        await self._store.close()
