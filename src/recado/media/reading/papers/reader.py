"""The reader of documents: their own text, and the pages that are pictures by a reader of those."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from recado.documents.extract import MAX_BYTES
from recado.documents.process import told_by
from recado.errors import FileRefused
from recado.language.detection import detect_language
from recado.media.reading.limit import place
from recado.media.reading.papers import child
from recado.media.reading.papers.kinds import advice_for, kind_of_file
from recado.media.reading.papers.scans import ScanReader
from recado.media.reading.papers.summary import summary_of
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece

#: How many documents are read at once: each has a process of its own.
AT_ONCE = 2
#: Enough to see which language it is in.
_LOOKED_AT = 10_000


class DocumentReader(FileReader):
    """`scans`: who reads pages without text; None: they are told as unread. It `owns` that reader
    where nobody else closes it."""

    def __init__(
        self,
        name: str = "documents",
        scans: ScanReader | None = None,
        *,
        owns: bool = False,
        limit_seconds: float = child.LIMIT_SECONDS,
    ) -> None:
        self.name = name
        self.scans = scans
        self.paid_model = scans.reader.paid_model if scans is not None else ""
        self._owns = owns
        self._limit_seconds = limit_seconds
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def takes(self, file: FileToRead) -> bool:
        """Also what it only has a word of advice about."""
        if file.kind != "document":
            return False
        return bool(kind_of_file(file) or advice_for(file))

    async def read(self, file: FileToRead) -> FileReading:
        """Text and tables by page, above them a summary. As the port says."""
        kind = kind_of_file(file)
        if not kind:
            raise FileRefused(advice_for(file) or "The file is of a kind that is not read.")
        if len(file.data) > MAX_BYTES:
            raise FileRefused("The document has more than 20 MB. Split it.")
        async with place(self._at_once):
            told = await self._told(file, kind)
        scanned: dict[int, tuple[Piece, ...]] = {}
        unread = [*told.pictured]
        if told.pictured and self.scans is not None:
            read = await self.scans.read(file, told.pictured)
            scanned, unread = read.pieces, [*read.unread]
        pieces = in_order(told.pieces, scanned)
        return await asyncio.to_thread(_reading, pieces, told, tuple(unread), file.language)

    async def _told(self, file: FileToRead, kind: str) -> child.Told:
        """Raises FileRefused."""
        asked = child.Asked("The document", kind, file.data)
        try:
            async with asyncio.timeout(self._limit_seconds):
                answered = await told_by(child.ENTRY, asked)
            told = msgspec.msgpack.decode(answered, type=child.Told)
        except TimeoutError as error:
            raise FileRefused("The document takes too long to read. Split it.") from error
        except msgspec.DecodeError as error:
            raise FileRefused("The document made its reader end. Save it anew.") from error
        if told.problem:
            raise FileRefused(told.problem)
        return told

    async def check(self) -> None:
        if self.scans is not None and self._owns:
            await self.scans.reader.check()

    async def probe(self) -> bool:
        return self.scans is not None and self._owns and await self.scans.reader.probe()

    async def close(self) -> None:
        if self.scans is not None and self._owns:
            await self.scans.reader.close()


def in_order(pieces: Iterable[Piece], scanned: dict[int, tuple[Piece, ...]]) -> tuple[Piece, ...]:
    """The pages one after the other. What a picture of a page says stands in the place of the few
    words that were laid over it."""
    own = [piece for piece in pieces if not scanned.get(piece.page or 0)]
    read = [piece for found in scanned.values() for piece in found]
    return tuple(sorted([*own, *read], key=lambda piece: piece.page or 0))


def _reading(
    pieces: tuple[Piece, ...], told: child.Told, pictured: Sequence[int], spoken: str
) -> FileReading:
    text = "\n".join(piece.text for piece in pieces[:50])[:_LOOKED_AT]
    found = detect_language(text, default=spoken if spoken in ("es", "pt", "en") else "es")
    summary = summary_of(pieces)
    described = (Piece(text=summary, kind="description"),) if summary else ()
    return FileReading(
        pieces=(*described, *pieces),
        language=found.code if found.confidence else "",
        pages=told.pages,
        unread=tuple(_unread(told, pictured)),
    )


def _unread(told: child.Told, pictured: Sequence[int]) -> Iterable[str]:
    if pictured:
        yield f"Pages that are pictures and were not read: {shown_pages(pictured)}."
    if told.unread_from:
        yield f"Pages {told.unread_from} to {told.pages} were not read: the document is too long."
    if told.cut:
        yield "The end was not read: the document is too long."


def shown_pages(pages: Sequence[int]) -> str:
    """`1–4, 7`, and no more than a line."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][-1] == page - 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    shown = [f"{it[0]}–{it[-1]}" if len(it) > 1 else str(it[0]) for it in runs]
    return ", ".join(shown[:20]) + (" …" if len(shown) > 20 else "")
