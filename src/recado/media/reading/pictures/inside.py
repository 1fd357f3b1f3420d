"""In the process of its own: unpack what is asked for on stdin, one task after the other."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from recado.errors import FileRefused
from recado.media.reading.pictures.tasks import (
    LENGTH,
    Answer,
    Answered,
    MakeSmall,
    ReadCodes,
    ReadText,
    Refused,
    TakeFrames,
    Task,
)

#: Of address space: a picture of 64 megapixels needs a quarter of it, with the models.
MEMORY_BYTES = 3 << 30
#: Who has grown to this after a picture is replaced by a new process.
MOST_GROWN_BYTES = 700 << 20
#: Of computing, for one task; who asked may be gone, killed.
CPU_SECONDS = 120


def serve() -> None:
    """Answer until who asks is gone."""
    os.nice(5)  # who needs no picture for an answer comes first
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    _limit_memory()
    while task := _next(sys.stdin.buffer):
        _limit_time()
        told = msgspec.msgpack.encode(Answered(answer(task), _resident() > MOST_GROWN_BYTES))
        answers.write(LENGTH.pack(len(told)) + told)
        answers.flush()


def answer(task: Task) -> Answer:
    """What comes of one task; its libraries are loaded when they are first needed."""
    try:
        return _done(task)
    except FileRefused as error:
        return Refused(error.detail)
    except MemoryError:
        return Refused("The file needs too much memory to be unpacked.")


def _done(task: Task) -> Answer:
    match task:
        case ReadText():
            from recado.media.reading.pictures.recognition import read_text

            return read_text(task)
        case ReadCodes():
            from recado.media.reading.pictures.decoding import read_codes

            return read_codes(task)
        case MakeSmall():
            from recado.media.reading.pictures.unpacking import make_small

            return make_small(task)
        case TakeFrames():
            from recado.media.reading.pictures.filming import take_frames

            return take_frames(task)


def _next(asked: BinaryIO) -> Task | None:
    head = asked.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    told = asked.read(length)
    return msgspec.msgpack.decode(told, type=Task) if len(told) == length else None


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _limit_time() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _resident() -> int:
    """In bytes; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
