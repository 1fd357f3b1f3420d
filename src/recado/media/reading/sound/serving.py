"""The other end of apart.py: how a process of its own is asked, within which limits it answers."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from contextlib import suppress

LENGTH = struct.Struct(">Q")
LONGEST = 256 << 20


def serve(answer: Callable[[bytes], bytes], *, memory_bytes: int = 0, cpu_seconds: int = 0) -> None:
    """In the process of its own: answer what is asked, until nobody asks. 0: without a limit."""
    os.nice(10)  # whoever waits for an answer comes first
    with suppress(ImportError, ValueError, OSError):
        import resource

        if memory_bytes:
            # Not the addresses (RLIMIT_AS): of those libraries take many that they do not use.
            resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        if cpu_seconds:  # who asked may be gone, killed
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    asked, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while len(head := asked.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        said = answer(asked.read(length))
        told.write(LENGTH.pack(len(said)) + said)
        told.flush()
