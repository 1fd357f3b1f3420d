"""Waiting for what one can see, never for so many seconds: machines are slow at times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, TypeVar, overload

T = TypeVar("T")

#: How long what must happen may take, on a machine that is busy with much else.
PATIENCE_SECONDS = 60.0


class Clock:
    """The time of day, which a test moves on."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@overload
async def until(condition: Callable[[], Awaitable[T]]) -> T: ...


@overload
async def until(condition: Callable[[], T]) -> T: ...


async def until(condition: Callable[[], Any]) -> Any:
    """Ask `condition` again and again until what it tells is true; that."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = condition()
            if isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.01)
