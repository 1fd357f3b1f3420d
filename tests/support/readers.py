"""Readers of files whose findings, failures and slowness the test decides, and files to read."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from recado.media.reading.plan import Plan, Step
from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece
from tests.support.files import PDF, VOICE, picture
from tests.support.flow import Flow
from tests.support.payloads import media_message

FILE_ID = "1013859600285441"
ANY = frozenset({"image", "audio", "video", "document"})


def read_by(flow: Flow, *steps: tuple[str, tuple[FileReader, ...]]) -> None:
    """From now on these are the steps, with these readers."""
    flow.runtime.reading = Plan([Step(name, ANY, readers) for name, readers in steps])


async def send_photo(flow: Flow, file_id: str = FILE_ID, **about: Any) -> None:
    await _send(flow, "image", file_id, "image/jpeg", picture(), about)


async def send_pdf(flow: Flow, file_id: str = FILE_ID, **about: Any) -> None:
    await _send(flow, "document", file_id, "application/pdf", PDF, about)


async def send_document(
    flow: Flow, data: bytes, mime_type: str, file_id: str = FILE_ID, **about: Any
) -> None:
    await _send(flow, "document", file_id, mime_type, data, about)


async def send_voice(
    flow: Flow, file_id: str = FILE_ID, *, data: bytes = VOICE, **about: Any
) -> None:
    await _send(flow, "audio", file_id, "audio/ogg", data, about)


async def send_video(flow: Flow, data: bytes, file_id: str = FILE_ID, **about: Any) -> None:
    await _send(flow, "video", file_id, "video/mp4", data, about)


async def _send(
    flow: Flow, type: str, file_id: str, mime_type: str, data: bytes, about: dict[str, Any]
) -> None:
    flow.graph.media[file_id] = (mime_type, data)
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    await flow.receive(media_message(type, file_id, mime_type=mime_type, sha256=digest, **about))


class ScriptedReader(FileReader):
    """Takes what comes with the messages of `kinds`; says `found`, or raises the next of `errors`.
    `gate`, where there is one, is waited for first."""

    def __init__(
        self,
        name: str = "scripted",
        *found: Piece | str,
        kinds: Sequence[str] = ("image", "audio", "document", "video"),
        language: str = "",
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.read_ids: list[str] = []
        self.errors: list[Exception] = []
        self.gate: asyncio.Event | None = None
        self.closed = False
        pieces = tuple(Piece(it) if isinstance(it, str) else it for it in found)
        self.reading = FileReading(pieces, language)

    def takes(self, file: FileToRead) -> bool:
        return file.kind in self.kinds

    async def read(self, file: FileToRead) -> FileReading:
        self.read_ids.append(file.media_id)
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        return self.reading

    async def close(self) -> None:
        self.closed = True
