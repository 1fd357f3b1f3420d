"""Processes of their own for a stranger's file, which may keep its reader busy or fill the memory.

A thread that computes holds up all others (Python's lock) and cannot be ended. A process can.
"""

from __future__ import annotations

import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

#: What Python and the system's loader need; keys and passwords of services are not among it.
_ENVIRONMENT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT"),
    *("PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
)
#: What a pipe hands over at once, the most.
_PIPE_BYTES = 1 << 20


def environment() -> dict[str, str]:
    """What such a process may know of ours: whoever breaks into it finds no secret there."""
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


@asynccontextmanager
async def started(entry: str) -> AsyncIterator[Process]:
    """A process that calls `entry` (`recado.documents.apart:answer`) and has ended afterwards,
    whatever happens. It is asked by its stdin and tells by its stdout."""
    module, _, function = entry.partition(":")
    child = await start(f"from {module} import {function}; {function}()")
    try:
        yield child
    finally:
        await end(child)


async def start(code: str, **known: str) -> Process:
    """A process that runs `code` (Python), with `known` in its environment, too. Whoever starts it
    ends it. Raises OSError."""
    return await create_subprocess_exec(
        *(sys.executable, "-P", "-c", code),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={**environment(), **known},
        limit=_PIPE_BYTES,
    )


async def end(child: Process) -> None:
    """Nothing, where it has ended already."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def told_by(entry: str, asked: msgspec.Struct) -> bytes:
    """All that the process tells; nothing where it broke."""
    async with started(entry) as child:
        told, _ = await child.communicate(msgspec.msgpack.encode(asked))
        return told


def confine(memory_bytes: int, cpu_seconds: float) -> None:
    """In the process, first: take no more, and let whoever waits for an answer come first."""
    os.nice(10)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        # Who asked may be gone, killed.
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds) + 10,) * 2)
