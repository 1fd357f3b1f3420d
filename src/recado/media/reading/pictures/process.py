"""The process that unpacks strangers' pictures, as Recado sees it.

A small file can draw gigapixels, keep a decoder busy, or make it end. So one process serves one
picture at a time within limits of time and memory, and is replaced when it hangs, ends or has
grown. It starts when it is first needed, for models take a second to load, and ends when nobody
has needed it for some minutes.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from typing import TypeVar

import msgspec

from recado.documents.process import end, start
from recado.errors import FileRefused, ReadingFailed
from recado.media.reading.limit import place
from recado.media.reading.pictures.tasks import LENGTH, MOST_BYTES, Answer, Answered, Refused, Task

#: A page full of small print takes ten seconds on two cores of its own.
LIMIT_SECONDS = 90.0
IDLE_SECONDS = 300.0
_CHILD = "from recado.media.reading.pictures.inside import serve; serve()"

A = TypeVar("A", bound=Answer)


class PictureProcess:
    """`ask` takes turns: what is asked meanwhile waits."""

    def __init__(
        self, *, limit_seconds: float = LIMIT_SECONDS, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._limit_seconds = limit_seconds
        self._idle_seconds = idle_seconds
        self._turn = asyncio.Lock()
        self._child: Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that runs, None where none does."""
        return self._child.pid if self._child else None

    async def ask(self, task: Task, expected: type[A]) -> A:
        """What came of the task.

        Raises FileRefused: the file is damaged or a trap; ReadingFailed: it took too long, or the
        process ended, which may be another's fault."""
        async with place(self._turn):
            if self._idle is not None:
                self._idle.cancel()
            try:
                async with asyncio.timeout(self._limit_seconds):
                    answered = await self._asked(task)
            except TimeoutError as error:
                await self._end()
                raise ReadingFailed(
                    f"The file takes more than {self._limit_seconds:g} seconds to read."
                ) from error
            except (OSError, EOFError, msgspec.DecodeError) as error:
                await self._end()
                raise ReadingFailed("The file made its reader end.") from error
            except BaseException:
                await self._end()  # it is in the middle of something
                raise
            if answered.last:
                await self._end()
            else:
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self._idle_seconds, self._rest)
        if isinstance(answered.answer, Refused):
            raise FileRefused(answered.answer.reason)
        if not isinstance(answered.answer, expected):
            raise ReadingFailed("The reader of pictures answered something else.")
        return answered.answer

    async def close(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        await self._end()
        if self._ending is not None:
            await self._ending

    async def _asked(self, task: Task) -> Answered:
        child = await self._started()
        if child.stdin is None or child.stdout is None:
            raise EOFError  # they are pipes
        told = msgspec.msgpack.encode(task)
        child.stdin.write(LENGTH.pack(len(told)) + told)
        await child.stdin.drain()
        (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
        if length > MOST_BYTES:
            raise EOFError
        return msgspec.msgpack.decode(await child.stdout.readexactly(length), type=Answered)

    async def _started(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await start(_CHILD)
        return self._child

    def _rest(self) -> None:
        if not self._turn.locked():
            self._ending = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await end(child)
