"""Answers leave whole: in one write when they are short, and slowed down when they are long."""

from __future__ import annotations

import asyncio
from typing import Any

from recado.http.door import MOST_BYTES, OneWriteTransport


class Wire(asyncio.Transport):
    """What reaches the system, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        assert not self.closing
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True


def gathering() -> tuple[Wire, OneWriteTransport]:
    wire = Wire()
    return wire, OneWriteTransport(wire, asyncio.get_running_loop())


async def test_a_short_answer_leaves_in_one_write() -> None:
    wire, transport = gathering()
    transport.write(b"head, ")
    transport.write(b"body")
    await asyncio.sleep(0)
    transport.write(b"another")
    await asyncio.sleep(0)
    assert wire.written == [b"head, body", b"another"]


async def test_a_long_answer_is_not_gathered_in_memory() -> None:
    wire, transport = gathering()
    part = b"x" * MOST_BYTES
    for number in range(1, 5):
        transport.write(part)
        transport.write(part)
        assert sum(map(len, wire.written)) == number * 2 * len(part)


async def test_what_was_answered_before_a_close_still_leaves() -> None:
    wire, transport = gathering()
    transport.write(b"the last word")
    transport.close()
    await asyncio.sleep(0)
    assert wire.written == [b"the last word"]
    assert wire.closing


async def test_nothing_is_written_to_a_connection_that_is_gone() -> None:
    wire, transport = gathering()
    transport.write(b"too late")
    wire.closing = True
    await asyncio.sleep(0)
    assert wire.written == []
