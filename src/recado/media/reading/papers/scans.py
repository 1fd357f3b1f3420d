"""The pages of a PDF that are pictures, read one by one by a reader of pictures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing

import msgspec

from recado.errors import FileRefused, ReadingFailed
from recado.media.reading.limit import place, waited_seconds
from recado.media.reading.papers.drawing import drawn
from recado.media.reading.papers.pieces import PIECE_CHARS
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece

#: A scanned contract has fewer, and each takes a reader a second or two.
MOST_PAGES = 30
LIMIT_SECONDS = 150.0
_WORDS = frozenset({"text", "table", "code"})


class Scanned(msgspec.Struct, frozen=True):
    """What the pages say, by page; `unread` are those that were not asked for or gave an error."""

    pieces: dict[int, tuple[Piece, ...]]
    unread: tuple[int, ...] = ()


class ScanReader:
    """`reader` reads pictures, `at_once` at the same time, of all documents together: whoever sends
    it a photo meanwhile waits for a page, and not for a page of each document."""

    def __init__(
        self,
        reader: FileReader,
        *,
        at_once: int = 1,
        most_pages: int = MOST_PAGES,
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        self.reader = reader
        self._at_once = at_once
        self._places = asyncio.Semaphore(at_once)
        self._most_pages = most_pages
        self._limit_seconds = limit_seconds

    def longer(self, most_pages: int, limit_seconds: float) -> ScanReader:
        """The same reader, with more time for more pages."""
        return ScanReader(
            self.reader,
            at_once=self._at_once,
            most_pages=most_pages,
            limit_seconds=limit_seconds,
        )

    async def read(self, file: FileToRead, pages: Sequence[int]) -> Scanned:
        """What stands on those pages, as far as there is time. Raises ReadingFailed: the reader is
        away before it has read one."""
        asked = tuple(pages)[: self._most_pages]
        found: dict[int, tuple[Piece, ...]] = {}
        began, waited = time.monotonic(), waited_seconds()
        async with aclosing(drawn(file.data, asked)) as pictures:
            waiting: list[tuple[int, bytes]] = []
            async for number, picture in pictures:
                waiting.append((number, picture))
                if len(waiting) >= self._at_once:
                    if not await self._take(file, waiting, found):
                        break
                    waiting = []
                taken = time.monotonic() - began - (waited_seconds() - waited)
                if taken > self._limit_seconds:
                    break
            await self._take(file, waiting, found)
        return Scanned(found, tuple(page for page in pages if page not in found))

    async def _take(
        self,
        file: FileToRead,
        pictures: Iterable[tuple[int, bytes]],
        found: dict[int, tuple[Piece, ...]],
    ) -> bool:
        """Read some pages. False: the reader has gone away, and those before are all there is."""
        read = await asyncio.gather(
            *(self._page(file, number, data) for number, data in pictures if number not in found),
            return_exceptions=True,
        )
        for it in read:
            if isinstance(it, BaseException) and not isinstance(it, FileRefused | ReadingFailed):
                raise it
        found.update(it for it in read if isinstance(it, tuple))
        failed = next((it for it in read if isinstance(it, ReadingFailed)), None)
        if failed is not None and not found:
            raise failed
        return failed is None

    async def _page(
        self, file: FileToRead, number: int, data: bytes
    ) -> tuple[int, tuple[Piece, ...]]:
        page = FileToRead(
            media_id=file.media_id,
            kind="image",
            mime_type="image/jpeg",
            filename=f"{number}.jpg",
            data=data,
            language=file.language,
        )
        async with place(self._places):
            reading: FileReading = await self.reader.read(page)
        words = [it for it in reading.pieces if it.kind in _WORDS]
        return number, tuple(msgspec.structs.replace(it, page=number) for it in together(words))


def together(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Lines of text, which a reader tells one by one, as pieces of a useful length."""
    lines: list[Piece] = []
    for piece in pieces:
        full = sum(len(it.text) + 1 for it in lines) + len(piece.text) > PIECE_CHARS
        if lines and (full or piece.kind != "text"):
            yield _one(lines)
            lines = []
        if piece.kind == "text":
            lines.append(piece)
        else:
            yield piece
    if lines:
        yield _one(lines)


def _one(lines: Sequence[Piece]) -> Piece:
    told = [it.confidence for it in lines if it.confidence is not None]
    sure = round(sum(told) / len(told), 3) if told else None
    return Piece("\n".join(it.text for it in lines), confidence=sure)
