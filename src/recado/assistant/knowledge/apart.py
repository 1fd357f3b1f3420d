"""Files read off the event loop: in a thread, and a PDF in a process of its own.

A PDF can keep its reader busy for as long as its maker likes, and a thread that computes holds up
all others (Python's lock) and cannot be ended. A process can.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

import msgspec

from recado.assistant.knowledge.extract import extract, kind_of
from recado.assistant.knowledge.reading import Reading
from recado.errors import RequestError, TooLarge, Unprocessable

#: 2,000 pages of text take about a minute.
LIMIT_SECONDS = 180.0
#: How many PDFs are read at once, and what each may take.
AT_ONCE = 2
MEMORY_BYTES = 2 * 1024**3
_CHILD = "from recado.assistant.knowledge.apart import answer; answer()"


class _Asked(msgspec.Struct):
    filename: str
    data: bytes


class _Told(msgspec.Struct):
    reading: Reading | None = None
    problem: str = ""
    too_large: bool = False


async def extract_apart(
    filename: str, data: bytes, *, kind: str = "", limit_seconds: float = LIMIT_SECONDS
) -> Reading:
    """As `extract`, and raises Unprocessable for a PDF that takes longer than `limit_seconds`."""
    if (kind or kind_of(filename)) != "pdf":
        return await asyncio.to_thread(extract, filename, data, kind=kind)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", _CHILD, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(limit_seconds):
            asked = msgspec.msgpack.encode(_Asked(filename, data))
            answered, _ = await child.communicate(asked)
    except TimeoutError as error:
        raise Unprocessable(
            f"The PDF takes more than {limit_seconds / 60:.0f} minutes to read. Split it, or print"
            " it anew as a PDF."
        ) from error
    finally:
        await _end(child)
    return _reading(answered)


async def _end(child: Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _reading(answered: bytes) -> Reading:
    try:
        told = msgspec.msgpack.decode(answered, type=_Told)
    except msgspec.DecodeError as error:
        raise Unprocessable("The PDF made its reader end. Print it anew as a PDF.") from error
    if told.reading is not None:
        return told.reading
    raise TooLarge(told.problem) if told.too_large else Unprocessable(told.problem)


def answer() -> None:
    """In the process of its own: read what is asked for on stdin, tell what came of it."""
    os.nice(10)  # whoever waits for an answer comes first
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        # Who asked may be gone, killed.
        resource.setrlimit(resource.RLIMIT_CPU, (int(LIMIT_SECONDS) + 10,) * 2)
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Asked)
    try:
        told = _Told(extract(asked.filename, asked.data, kind="pdf"))
    except RequestError as error:
        told = _Told(problem=error.detail, too_large=isinstance(error, TooLarge))
    except MemoryError:
        told = _Told(problem="The PDF needs more than 2 GB to be read. Split it.")
    sys.stdout.buffer.write(msgspec.msgpack.encode(told))
