"""Tasks that last as long as what they belong to: consumers, relays, schedulers, listeners.

One that fails would stop its work in silence, while everything around it looks well. It is started
again after a pause, is counted, and until it runs again it is among `troubles()`, which `/ready`
tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from recado.observability.failures import failures
from recado.observability.redact import shown

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.1
MOST_PAUSE_SECONDS = 30.0
#: Whoever has run for so long does so again; before, it may fail at once once more.
STEADY_SECONDS = 1.0

#: What does not run at the moment, and why.
_down: dict[_Lasting, str] = {}


def troubles() -> list[str]:
    """Tasks of this process that have failed and do not run again yet, each with its error."""
    return [f"{task.name} is started again: {why}" for task, why in _down.items()]


def lasting(
    name: str,
    run: Callable[[], Coroutine[Any, Any, None]],
    *,
    first_pause_seconds: float = FIRST_PAUSE_SECONDS,
) -> asyncio.Task[None]:
    """Run `run()` until it returns or the task is cancelled; when it fails, again."""
    return asyncio.create_task(_Lasting(name, run, first_pause_seconds).keep(), name=name)


class _Lasting:
    def __init__(
        self, name: str, run: Callable[[], Coroutine[Any, Any, None]], first_pause: float
    ) -> None:
        self.name = name
        self._run = run
        self._first_pause = first_pause

    async def keep(self) -> None:
        pause = self._first_pause
        steady: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        try:
            while True:
                began = loop.time()
                try:
                    return await self._run()
                except asyncio.CancelledError as error:
                    if _is_cancelled():
                        raise
                    self._failed(error)  # something that it waited for was cancelled
                except Exception as error:  # noqa: BLE001 - logged and counted, and tried again
                    self._failed(error)
                if steady is not None:
                    steady.cancel()
                if loop.time() - began > MOST_PAUSE_SECONDS:
                    pause = self._first_pause
                await asyncio.sleep(pause)
                pause = min(MOST_PAUSE_SECONDS, 2 * pause)
                steady = loop.call_later(STEADY_SECONDS, self._well)
        finally:
            if steady is not None:
                steady.cancel()
            _down.pop(self, None)

    def _failed(self, error: BaseException) -> None:
        failures[self.name] += 1
        _down[self] = type(error).__name__  # what it says may hold what people wrote
        log.error("task failed", task=self.name, error=shown(error), exc_info=error)

    def _well(self) -> None:
        if _down.pop(self, None):
            log.info("task runs again", task=self.name)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
