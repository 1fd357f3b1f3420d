"""How long a reader may take for a file. That it waits for its place on this machine, behind other
files, is not its time: else eight voice notes on one local model would each use up the others'.

async with limited(900.0):         # whoever has a file read
    async with place(self._turn):  # a reader that takes one file after the other
        …
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar


class Clock:
    """Counts down while nobody waits for a place. `waited` is how long somebody did."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        self._limit = limit
        self._waiting = 0
        self._since = 0.0
        self._left = 0.0
        self.waited = 0.0

    def pause(self) -> None:
        self._waiting += 1
        when = self._limit.when()
        if self._waiting > 1 or when is None or self._limit.expired():
            return
        self._since = time.monotonic()
        self._left = when - asyncio.get_running_loop().time()
        self._limit.reschedule(None)

    def go_on(self) -> None:
        self._waiting -= 1
        if self._waiting or self._limit.when() is not None or self._limit.expired():
            return
        self.waited += time.monotonic() - self._since
        self._limit.reschedule(asyncio.get_running_loop().time() + self._left)


_CLOCK: ContextVar[Clock | None] = ContextVar("clock", default=None)


@asynccontextmanager
async def limited(seconds: float) -> AsyncIterator[Clock]:
    """Raises TimeoutError: what is inside has taken longer, not counting its waits for a place."""
    async with asyncio.timeout(seconds) as limit:
        clock = Clock(limit)
        token = _CLOCK.set(clock)
        try:
            yield clock
        finally:
            _CLOCK.reset(token)


@asynccontextmanager
async def place(places: asyncio.Lock | asyncio.Semaphore) -> AsyncIterator[None]:
    """Has one of the places inside; waiting for it takes nobody's time."""
    clock = _CLOCK.get()
    if clock is not None:
        clock.pause()
    try:
        await places.acquire()
    finally:
        if clock is not None:
            clock.go_on()
    try:
        yield
    finally:
        places.release()


def waited_seconds() -> float:
    """How long the file that is read here has waited for places so far."""
    clock = _CLOCK.get()
    return clock.waited if clock is not None else 0.0
