"""Barcodes and QR codes, as receipts, tickets and parcels have them: what they say."""

from __future__ import annotations

from recado.extras import is_installed
from recado.media.reading.pictures.process import PictureProcess
from recado.media.reading.pictures.tasks import Codes, ReadCodes
from recado.media.reading.pictures.unpacking import is_readable
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece
from recado.settings import Settings


class CodeReader(FileReader):
    """A process beside that of OCR: a code takes a moment, and does not wait for a page of text."""

    name = "codes"

    def __init__(self, process: PictureProcess | None = None) -> None:
        self._process = process or PictureProcess()

    def takes(self, file: FileToRead) -> bool:
        return is_readable(file.mime_type)

    async def read(self, file: FileToRead) -> FileReading:
        found = await self._process.ask(ReadCodes(file.data, file.mime_type), Codes)
        return FileReading(tuple(Piece(it, "code") for it in found.said))

    async def close(self) -> None:
        await self._process.close()


def open_codes(_settings: Settings) -> CodeReader | None:
    """None: its package is not installed."""
    return CodeReader() if is_installed("zxingcpp") else None
