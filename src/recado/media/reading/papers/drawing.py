"""Pages of a PDF as pictures, one after the other, drawn by PDFium in a process of its own.

A page is handed over before the next is drawn, so neither side ever holds more than a few.
"""

from __future__ import annotations

import asyncio
import io
import math
import struct
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from recado.documents.process import confine, started
from recado.extras import needing

ENTRY = f"{__name__}:draw"
MEMORY_BYTES = 1024**3
#: Of computing, for all pages; and of waiting for one.
LIMIT_SECONDS, PAGE_SECONDS = 180.0, 30.0
#: 200 dots an inch read best; a poster is drawn with fewer, so that no page has more than this.
SCALE = 200 / 72
MOST_PIXELS = 4_500_000
_QUALITY = 88
#: Before each picture: its page, and how many bytes it has.
_HEAD = struct.Struct(">II")
_MOST_BYTES = 32 * 1024 * 1024


class _Asked(msgspec.Struct):
    data: bytes
    pages: tuple[int, ...]


def check_drawing(wanted_by: str, extra: str) -> None:
    """Raises SettingsError: what draws pages is not installed, and what brings it."""
    with needing(extra, wanted_by):
        import pypdfium2  # noqa: F401


async def drawn(data: bytes, pages: Sequence[int]) -> AsyncGenerator[tuple[int, bytes]]:
    """Each of the pages (they count from 1) as a JPEG. A page that cannot be drawn is left out, as
    are all after one that broke the process, or took too long.

    To be closed (aclosing) where it is not read to its end.
    """
    async with started(ENTRY) as child:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            return
        # A process that has broken takes nothing more; what it told is all there is.
        with suppress(BrokenPipeError, ConnectionResetError):
            stdin.write(msgspec.msgpack.encode(_Asked(data, tuple(pages))))
            await stdin.drain()
            stdin.close()
        with suppress(asyncio.IncompleteReadError, TimeoutError):
            while True:
                async with asyncio.timeout(PAGE_SECONDS):
                    number, size = _HEAD.unpack(await stdout.readexactly(_HEAD.size))
                    picture = await stdout.readexactly(min(size, _MOST_BYTES))
                yield number, picture


def draw() -> None:
    """In the process of its own."""
    confine(MEMORY_BYTES, LIMIT_SECONDS)
    import pypdfium2

    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Asked)
    document = pypdfium2.PdfDocument(asked.data)
    out = sys.stdout.buffer
    for number in asked.pages:
        with suppress(pypdfium2.PdfiumError, ValueError, OSError, MemoryError):
            picture = _picture(document[number - 1])
            out.write(_HEAD.pack(number, len(picture)))
            out.write(picture)
            out.flush()


def _picture(page: Any) -> bytes:
    width, height = page.get_size()
    fits = math.sqrt(MOST_PIXELS / max(1.0, width * height))
    bitmap = page.render(scale=min(SCALE, fits), grayscale=False)
    kept = io.BytesIO()
    bitmap.to_pil().convert("RGB").save(kept, "JPEG", quality=_QUALITY)
    page.close()
    return kept.getvalue()
