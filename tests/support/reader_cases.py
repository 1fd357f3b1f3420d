"""The readers that tests/contracts/test_readers.py holds to the port: a new one is a line here,
with a file in which there is something for it, and with what it asks, where it asks anybody."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import segno

from recado.app.readers import READERS
from recado.assistant.models.connecting import Connecting, connect
from recado.assistant.models.prices import Prices
from recado.assistant.models.provider_requests import ProviderRequests
from recado.assistant.vision.readers import FrameReader, VisionReader
from recado.errors import SettingsError
from recado.media.reading.papers.opening import open_scans
from recado.media.reading.port import FileReader, FileToRead
from recado.resilience.breaker import Breaker
from recado.settings import load_settings
from tests.support import voice_notes as vn
from tests.support.aws import REGION, Asked, Says, aws_stub
from tests.support.model_server import model_server, saying
from tests.support.papers import invoice_pdf, pdf_of, scan_of
from tests.support.photographs import PriceList, jpeg, printed
from tests.support.tiny_whisper import tiny_whisper
from tests.support.transcription import Ear, transcription_server

Opened = Callable[[Path], AbstractAsyncContextManager[FileReader]]

SPOKEN = "¿Tienen turno el jueves?"
_MENU = PriceList("Menú", (("Café con leche", "2,50 €"),), ())
_SEEN = "Una carta de precios.\n\nTEXT:\nCafé con leche 2,50 €\n"


class Case(NamedTuple):
    """`file` makes the file, `says` is among the words that stand in it; `opened` has the reader,
    and whoever it asks, for as long as it is entered."""

    name: str
    file: Callable[[], FileToRead]
    says: str
    opened: Opened


def _reader(name: str, folder: Path, **chosen: str) -> FileReader:
    reader = READERS[name](load_settings(None, RECADO_DATA=str(folder), **chosen))
    if reader is None:
        raise SettingsError(f"{name} is not installed here.")
    return reader


def _alone(name: str) -> Opened:
    """One that asks nobody."""

    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[FileReader]:
        yield _reader(name, folder)

    return opened


@asynccontextmanager
async def _scans(folder: Path) -> AsyncIterator[FileReader]:
    ocr = _reader("ocr", folder)
    reader = open_scans(load_settings(None, RECADO_DATA=str(folder)), lambda _name: ocr)
    if reader is None:
        raise SettingsError("Nothing here draws the pages of a PDF.")
    yield reader
    await ocr.close()


def _of_aws(name: str, says: Callable[[Asked], Says], **chosen: str) -> Opened:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[FileReader]:
        async with aws_stub(says):
            yield _reader(name, folder, AWS_REGION=REGION, **chosen)

    return opened


def _box(left: float, width: float) -> dict[str, Any]:
    corners = [(left, 0.3), (left + width, 0.3), (left + width, 0.34), (left, 0.34)]
    return {
        "BoundingBox": {"Left": left, "Top": 0.3, "Width": width, "Height": 0.04},
        "Polygon": [{"X": x, "Y": y} for x, y in corners],
    }


def _textract(_asked: Asked) -> Says:
    words = (("Total", 0.1), ("54,50", 0.3))
    blocks = [
        {"BlockType": "WORD", "Text": it, "Confidence": 99.0, "Geometry": _box(left, 0.1)}
        for it, left in words
    ]
    return Says({"Blocks": blocks, "DocumentMetadata": {"Pages": 1}})


def _rekognition(asked: Asked) -> Says:
    if asked.operation != "DetectText":
        return Says({"Labels": [{"Name": "Menu", "Confidence": 88.0}]})
    line = {"Type": "LINE", "DetectedText": "Café con leche", "Confidence": 99.0}
    return Says({"TextDetections": [{**line, "Geometry": _box(0.1, 0.4)}]})


@asynccontextmanager
async def _transcription(folder: Path) -> AsyncIterator[FileReader]:
    ear = Ear()
    ear.learn(SPOKEN, vn.speak(SPOKEN))
    async with transcription_server(ear) as server:
        chosen = {"RECADO_TRANSCRIPTION": "openai:whisper-1", "OPENAI_BASE_URL": server.url}
        yield _reader("transcription", folder, **chosen)


@asynccontextmanager
async def _whisper(folder: Path) -> AsyncIterator[FileReader]:
    model = tiny_whisper(folder / "tiny", ("Tienen", "turno", "el", "jueves"))
    yield _reader("transcription", folder, RECADO_TRANSCRIPTION=f"local:{model}")


def _seeing(kind: type[VisionReader] | type[FrameReader]) -> Opened:
    @asynccontextmanager
    async def opened(_folder: Path) -> AsyncIterator[FileReader]:
        async with model_server(saying(_SEEN)) as server:

            def requests() -> ProviderRequests:
                return ProviderRequests(
                    "openai:any",
                    connect("openai:any", Connecting(server.url)),
                    timeout_seconds=30,
                    breaker=Breaker("openai:any"),
                    prices=Prices(),
                )

            async def keep(_media_id: str, _made: object) -> None:
                """Nobody keeps what it costs."""

            yield kind(requests, keep)

    return opened


def _qr() -> FileToRead:
    picture = io.BytesIO()
    segno.make("https://recado.example/1").save(picture, kind="png", scale=8)
    return FileToRead("1", "image", "image/png", "", picture.getvalue(), "es")


def _photo() -> FileToRead:
    return FileToRead("1", "image", "image/jpeg", "", jpeg(printed(_MENU, "Liberation Sans")), "es")


def _invoice() -> FileToRead:
    return FileToRead("1", "document", "application/pdf", "factura.pdf", invoice_pdf(), "es")


def _scan() -> FileToRead:
    data = scan_of(pdf_of(("Fatura", "Total 54,50")), dpi=100)
    return FileToRead("1", "document", "application/pdf", "fatura.pdf", data, "pt")


def _note() -> FileToRead:
    return FileToRead("1", "audio", vn.VOICE_NOTE, "", vn.encode(vn.speak(SPOKEN)), "es")


def _film() -> FileToRead:
    spoken = vn.speak(SPOKEN)
    data = vn.as_video(spoken, seconds=len(spoken) / vn.RATE, megabytes=1)
    return FileToRead("1", "video", "video/mp4", "", data, "es")


CASES = {
    it.name: it
    for it in (
        Case("codes", _qr, "https://recado.example/1", _alone("codes")),
        Case("ocr", _photo, "2,50", _alone("ocr")),
        Case(
            "rekognition",
            _photo,
            "Café con leche",
            _of_aws("rekognition", _rekognition, RECADO_IMAGE_READER="rekognition"),
        ),
        Case("vision", _photo, "carta de precios", _seeing(VisionReader)),
        Case("frames", _film, "carta de precios", _seeing(FrameReader)),
        Case("documents", _invoice, "Total", _alone("documents")),
        Case("scans", _scan, "54,50", _scans),
        Case(
            "textract",
            _scan,
            "54,50",
            _of_aws("textract", _textract, RECADO_DOCUMENT_READER="textract"),
        ),
        Case("transcription", _note, SPOKEN, _transcription),
        Case("local whisper", _note, "turno el jueves", _whisper),
    )
}
