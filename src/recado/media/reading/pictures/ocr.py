"""OCR on this machine: no provider, nothing leaves it (docs/adr/0021-ocr.md)."""

from __future__ import annotations

import re

from recado.errors import SettingsError
from recado.extras import is_installed, lacking
from recado.language.detection import detect_language
from recado.media.reading.pictures.process import PictureProcess
from recado.media.reading.pictures.tasks import Lines, ReadText
from recado.media.reading.pictures.unpacking import is_readable
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece
from recado.settings import Settings

EXTRA = "ocr"
_PACKAGES = ("rapidocr", "onnxruntime")
#: An amount in reais; the sign is read as a letter.
_REAIS = re.compile(r"\bRS(?=\s?\d{1,3}(?:\.\d{3}){0,5},\d{2}(?!\d))")
#: An exclamation that begins in its line.
_EXCLAIMED = re.compile(r"(?:^|(?<=[.!?…] )|(?<= {2}))(?=[^\W\d_a-z])([^¡.!?…]{2,200}!)")


class Ocr(FileReader):
    name = "ocr"

    def __init__(self, process: PictureProcess | None = None) -> None:
        self._process = process or PictureProcess()

    def takes(self, file: FileToRead) -> bool:
        return is_readable(file.mime_type)

    async def read(self, file: FileToRead) -> FileReading:
        task = ReadText(file.data, file.mime_type, file.language)
        found = await self._process.ask(task, Lines)
        return as_reading(found)

    async def close(self) -> None:
        await self._process.close()


def open_ocr(settings: Settings) -> Ocr | None:
    """None: its packages are not installed, and no setting asks for it. Raises SettingsError."""
    if is_installed(*_PACKAGES):
        return Ocr()
    for setting, value in (
        ("RECADO_IMAGE_READER", settings.image_reader),
        ("RECADO_DOCUMENT_READER", settings.document_reader),
    ):
        if value == "ocr":
            raise SettingsError(lacking(f"{setting}=ocr", EXTRA))
    return None


def as_reading(found: Lines) -> FileReading:
    """What was found, with what the recognition cannot tell put right."""
    text = "\n".join(it.text for it in found.lines)
    language = detect_language(text).code if text else ""
    pieces = tuple(
        Piece(mended(it.text, language), "text", confidence=round(it.confidence, 3))
        for it in found.lines
    )
    left = (f"{found.left} lines: there are too many in one picture.",) if found.left else ()
    return FileReading(pieces, language, unread=left)


def mended(text: str, language: str) -> str:
    """A line with the signs that the model's alphabet lacks, where spelling demands them.

    It has no "¡": in Spanish, what ends with "!" begins with one."""
    text = _REAIS.sub("R$", text)
    return _EXCLAIMED.sub(r"¡\1", text) if language == "es" else text
