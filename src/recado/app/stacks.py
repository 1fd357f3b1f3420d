"""What a process waits for, told on SIGUSR1: for the operator of one that stands still."""

from __future__ import annotations

import asyncio
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any

import structlog

log = structlog.get_logger(__name__)

#: Deeper is nothing that was written by people.
_DEEPEST = 50


def log_stacks() -> None:
    """Log each task of this process, and the calls in which it waits, the outermost first. Only
    names and lines of code are told: nothing of what anybody wrote."""
    tasks = sorted(asyncio.all_tasks(), key=lambda task: task.get_name())
    for task in tasks:
        log.warning("task waits", task=task.get_name(), calls=calls_of(task.get_coro()))
    log.warning("tasks told", tasks=len(tasks))


def calls_of(awaited: Any) -> list[str]:
    """`function (file:line)` of a coroutine and of what it awaits, down to what is no code of
    Python's own: that is named by its type."""
    calls: list[str] = []
    while awaited is not None and len(calls) < _DEEPEST:
        frame, inner = _step(awaited)
        calls.append(_place(frame) if frame is not None else type(awaited).__name__)
        awaited = inner
    return calls


def _step(awaited: Any) -> tuple[FrameType | None, Any]:
    match awaited:
        case CoroutineType():
            return awaited.cr_frame, awaited.cr_await
        case GeneratorType():
            return awaited.gi_frame, awaited.gi_yieldfrom
        case AsyncGeneratorType():
            return awaited.ag_frame, awaited.ag_await
        case _:
            return None, None


def _place(frame: FrameType) -> str:
    code = frame.f_code
    folder, _, file = code.co_filename.rpartition("/")
    return f"{code.co_qualname} ({folder.rpartition('/')[2]}/{file}:{frame.f_lineno})"
