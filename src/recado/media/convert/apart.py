"""Conversions, each in a process of its own: a stranger's file may keep its reader busy, or unpack
to gigabytes, and nothing of that is this process's memory or time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from recado.documents.process import confine, told_by
from recado.errors import FileRefused

What = Literal["thumb", "page", "frame", "photo", "voice"]
#: A picture of 64 megapixels takes 256 MB, twice while it is turned.
MEMORY_BYTES = 1024**3
LIMIT_SECONDS = 30.0
AT_ONCE = 2
_ENTRY = "recado.media.convert.apart:answer"


class _Asked(msgspec.Struct):
    what: What
    data: bytes
    most_bytes: int = 0


class _Told(msgspec.Struct):
    data: bytes = b""
    problem: str = ""


class Converter:
    """Makes another form of a file; AT_ONCE of them are at work."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)

    async def make(self, what: What, data: bytes, *, most_bytes: int = 0) -> bytes:
        """`thumb` of a picture, of the first `page` of a PDF, of the first `frame` of a video: a
        small WebP. `photo`: a JPEG of at most `most_bytes`. `voice`: the
        sound as OGG/Opus. Raises FileRefused."""
        async with self._places:
            try:
                async with asyncio.timeout(LIMIT_SECONDS):
                    answered = await told_by(_ENTRY, _Asked(what, data, most_bytes))
            except TimeoutError as error:
                raise FileRefused("The file takes too long to convert.") from error
        try:
            told = msgspec.msgpack.decode(answered, type=_Told)
        except msgspec.DecodeError as error:
            raise FileRefused("The file made its converter end.") from error
        if told.problem:
            raise FileRefused(told.problem)
        return told.data


def answer() -> None:
    """In the process of its own: convert what comes on stdin, tell what came of it on stdout."""
    confine(MEMORY_BYTES, LIMIT_SECONDS)
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Asked)
    try:
        told = _Told(_MAKERS[asked.what](asked))
    except FileRefused as error:
        told = _Told(problem=error.detail)
    except MemoryError:
        told = _Told(problem="The file unpacks to more than the memory that it may take.")
    sys.stdout.buffer.write(msgspec.msgpack.encode(told))


def _thumb(asked: _Asked) -> bytes:
    from recado.media.convert.pictures import thumbnail

    return thumbnail(asked.data)


def _page(asked: _Asked) -> bytes:
    from recado.media.convert.first import of_pdf

    return of_pdf(asked.data)


def _frame(asked: _Asked) -> bytes:
    from recado.media.convert.first import of_video

    return of_video(asked.data)


def _photo(asked: _Asked) -> bytes:
    from recado.media.convert.pictures import photo

    return photo(asked.data, asked.most_bytes)


def _voice(asked: _Asked) -> bytes:
    from recado.media.convert.voice import voice

    return voice(asked.data)


_MAKERS: Mapping[What, Callable[[_Asked], bytes]] = {
    "thumb": _thumb,
    "page": _page,
    "frame": _frame,
    "photo": _photo,
    "voice": _voice,
}
