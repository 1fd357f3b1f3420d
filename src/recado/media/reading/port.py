"""The port of readers: a stored file in, what stands in it out.

A reader is one way of getting words out of one sort of file: OCR, a vision model, a transcriber,
the parser of a format. Which of them read a file, and which stands in when one fails, is the plan's
(plan.py); when, how often and what becomes of it is the job's (jobs.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import msgspec

#: What a piece is: words that stand there or are said (`text`, `table` in Markdown, `transcript`),
#: what a barcode or QR code says (`code`), what is seen (`label`, one or two words; `description`,
#: sentences).
PieceKind = Literal["text", "table", "transcript", "code", "label", "description"]


class FileToRead(msgspec.Struct, frozen=True):
    """A stored file. `kind` is the message's type (image, video, audio, document, sticker),
    `mime_type` what the content is, `language` the conversation's (es, pt, en): a hint."""

    media_id: str
    kind: str
    mime_type: str
    filename: str
    data: bytes
    language: str = ""

    @property
    def family(self) -> str:
        """`image` of `image/png; …`."""
        return self.mime_type.partition("/")[0]


class Piece(msgspec.Struct, frozen=True):
    """Something that was read. `page` counts from 1, None where there are none; `confidence` is
    from 0 to 1, None where the reader tells none; `at_seconds` is where in a recording."""

    text: str
    kind: PieceKind = "text"
    page: int | None = None
    confidence: float | None = None
    at_seconds: float | None = None


class FileReading(msgspec.Struct, frozen=True):
    """What one reader found, in reading order; no pieces: there is nothing to read in it.

    `language` is that of the words, "" when unknown. `unread` says in words for a person what of
    the file was not read (pages beyond a limit, silence), [] when all was. `waveform` is how loud a
    recording is from its beginning to its end, from 0 to 100."""

    pieces: tuple[Piece, ...] = ()
    language: str = ""
    pages: int | None = None
    seconds: float | None = None
    unread: tuple[str, ...] = ()
    waveform: tuple[int, ...] = ()


class FileReader(ABC):
    """One adapter. `name` stands in settings, metrics and the desk: `ocr`, `textract`, …
    `paid_model` is what it asks that costs something, as its costs are kept; "": nothing does. What
    it uses of a service it notes as it does (spending.py)."""

    name: str
    paid_model: str = ""

    @abstractmethod
    def takes(self, file: FileToRead) -> bool:
        """Whether this sort of file is one for it; decided without looking far into it."""

    @abstractmethod
    async def read(self, file: FileToRead) -> FileReading:
        """What stands in the file. Never computes on the event loop, ends within its own limit of
        time and memory, and treats the file as a stranger's: it may be a trap.

        Raises FileRefused (final, with a reason for a person), ReadingFailed (another try may
        help); nothing else."""

    async def check(self) -> None:
        """For `recado doctor`. Raises RecadoError, saying what to do."""

    async def probe(self) -> bool:
        """For `recado doctor`, when it may ask outside: True: who reads for it has answered; False:
        it asks nobody. Raises RecadoError, saying what to do."""
        return False

    async def close(self) -> None:
        """Called once, when the process ends."""
