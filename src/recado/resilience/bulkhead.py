"""Bulkheads: what may take a machine down with it gets so many places and a short line before them.

Connections to the database (20, the pool's) and requests to a provider (64, the client's) have
theirs where they are made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from recado.errors import TooManyRequests

T = TypeVar("T")


class ThreadBulkhead:
    """Heavy work in threads of its own: `places` at once, `waiting` in line, the rest refused."""

    def __init__(self, name: str, *, places: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(places, thread_name_prefix=name)
        self._most = places + waiting
        self._under_way = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Raises TooManyRequests: the line is full."""
        if self._under_way >= self._most:
            raise TooManyRequests("Too many of these are under way at the moment; try again.")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1
