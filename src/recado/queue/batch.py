"""Many small requests to a database or broker, sent as few large ones.

What arrives while one batch is on its way goes out as the next: a lone request waits for
nothing, and a crowd shares the round trips.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

#: A batch takes no more items than this, so that the first of a flood is not kept waiting.
MAX_BATCH = 500


class Batcher(Generic[Item]):
    """`send` takes a batch and returns for each item what its caller is told: None, or an error.

    What `send` itself raises goes to every caller in the batch.
    """

    def __init__(
        self,
        send: Callable[[list[Item]], Awaitable[list[Exception | None]]],
        limit: int = MAX_BATCH,
    ) -> None:
        self._send = send
        self._limit = limit
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> None:
        """Send `item`, in order of calls. Returns once it is done, or raises its error."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._run(), name="batcher")
        await done

    async def _run(self) -> None:
        while self._waiting:
            batch = self._waiting[: self._limit]
            del self._waiting[: self._limit]
            try:
                errors = await self._send([item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 - belongs to the callers, who get it
                errors = [error] * len(batch)
            except asyncio.CancelledError:  # the loop is ending
                for _, done in batch + self._waiting:
                    done.cancel()
                self._waiting.clear()
                raise
            for (_, done), problem in zip(batch, errors, strict=True):
                if done.done():  # its caller was cancelled
                    continue
                if problem is None:
                    done.set_result(None)
                else:
                    done.set_exception(problem)
