"""A process of its own that answers one question after the other, for what a stranger's file or a
large model may do to the one that asks: take its memory, its time, or its life.

Questions and answers are bytes with their length before them. The process knows no secret of the
environment, gives way to whoever answers people, and ends when nobody can ask it any more.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import Process

from recado.documents.process import end, start
from recado.media.reading.sound.serving import LENGTH, LONGEST


class ChildEnded(Exception):
    """It ended, or said what is no answer, while it was asked."""


class Child:
    """`code` is Python that calls `serve` (serving.py). It starts with the first question."""

    def __init__(self, code: str, *, threads: int = 1) -> None:
        self._code = code
        self._threads = threads
        self._process: Process | None = None

    async def ask(self, question: bytes, *, limit_seconds: float) -> bytes:
        """Asked again only once it has answered. Raises TimeoutError, ChildEnded: then it has
        ended, and the next question starts another."""
        process = self._process or await self._start()
        self._process = process
        try:
            async with asyncio.timeout(limit_seconds):
                return await _exchange(process, question)
        except TimeoutError:  # an OSError, too
            raise
        except (OSError, EOFError) as error:  # asyncio's IncompleteReadError is an EOFError
            raise ChildEnded from error
        finally:
            if sys.exc_info()[0] is not None:  # whoever stopped waiting included
                await self.end()

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await end(process)

    async def _start(self) -> Process:
        # Libraries that count with several threads take memory for each.
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        return await start(self._code, **dict.fromkeys(names, str(self._threads)))


async def _exchange(process: Process, question: bytes) -> bytes:
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(LENGTH.pack(len(question)))
    process.stdin.write(question)
    await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    if length > LONGEST:
        raise EOFError
    return await process.stdout.readexactly(length)
