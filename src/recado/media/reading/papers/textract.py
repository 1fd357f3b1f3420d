"""Amazon Textract: what stands on a page that is a picture.

Each page is drawn here and asked for by itself (DetectDocumentText), several at once. Textract also
takes a whole PDF, by way of S3 (StartDocumentTextDetection): that costs the same a page, and needs
a bucket with rights of its own, a copy there of what a customer sent that somebody must delete, and
polling for a result that comes all at once or not in time. A page needs none of it, pages with text
of their own are not paid for, and what has been read when the time is up is kept.

Textract tells words with their places; lines, columns and tables are made of them as of a PDF's
(documents/pdf).
https://docs.aws.amazon.com/textract/latest/dg/API_DetectDocumentText.html
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

import msgspec

from recado.aws.client import AwsClient, AwsFailed
from recado.documents.pdf.flow import Flow, style_of
from recado.documents.pdf.page import Page, Word, runs_of
from recado.documents.sections import read_pages
from recado.errors import FileRefused, ReadingFailed
from recado.media.reading.papers.pieces import pieces_of
from recado.media.reading.port import FileReader, FileReading, FileToRead
from recado.media.reading.spending import using
from recado.settings import Settings

SETTING = "RECADO_DOCUMENT_READER=textract"
TIMEOUT_SECONDS = 20.0
#: Pages asked for at the same time: an account's quota is from 1 (most regions) to 25 a second, and
#: the SDK tries again by itself.
AT_ONCE = 3
MOST_BYTES = 10 * 1024 * 1024
_TYPES = frozenset({"image/jpeg", "image/png"})
#: The page's own fault.
_REFUSED = frozenset(
    {
        *("BadDocumentException", "UnsupportedDocumentException", "DocumentTooLargeException"),
        "InvalidParameterException",
    }
)
#: An A4 page in points, whatever its picture's size.
_WIDTH, _HEIGHT = 595.0, 842.0
_SAME_ROW = 0.5
#: From so many times the usual height on, a line is a heading.
_LARGE = 1.5
_MOST_WORDS = 20_000
#: A white dot, to see whether Textract may be asked.
_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)


class Textract(FileReader):
    """Reads pictures of pages."""

    name = "textract"
    paid_model = "aws:textract"

    def __init__(self, client: AwsClient) -> None:
        self._client = client

    def takes(self, file: FileToRead) -> bool:
        return file.mime_type.partition(";")[0] in _TYPES and len(file.data) <= MOST_BYTES

    async def read(self, file: FileToRead) -> FileReading:
        """Text and tables of one page. As the port says."""
        answer = await self._asked(file.data)
        return await asyncio.to_thread(page_reading, answer)

    async def _asked(self, data: bytes) -> dict[str, Any]:
        try:
            with using(self.paid_model, "page", 1):
                return await self._client.call("detect_document_text", Document={"Bytes": data})
        except AwsFailed as error:
            if error.aws_code in _REFUSED:
                raise FileRefused(
                    f"Amazon Textract does not take it ({error.aws_code})."
                ) from error
            raise ReadingFailed(error.detail) from error

    async def check(self) -> None:
        """Raises AwsFailed: there are no credentials."""
        await self._client.check()

    async def probe(self) -> bool:
        """Raises AwsFailed: it does not answer, or this account may not use it."""
        try:
            await self._client.call("detect_document_text", Document={"Bytes": _DOT})
        except AwsFailed as error:
            if error.aws_code not in _REFUSED:  # who may not use it is told so first
                raise
        return True

    async def close(self) -> None:
        await self._client.close()


def open_textract_pages(settings: Settings) -> Textract:
    """Raises SettingsError: its packages are not installed, or no region is set."""
    return Textract(
        AwsClient(
            "textract",
            "Amazon Textract",
            SETTING,
            region=settings.aws_region,
            timeout_seconds=TIMEOUT_SECONDS,
        )
    )


class _Found(msgspec.Struct, frozen=True):
    """A word, its place as a share of the page, from its left and upper edge."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def page_reading(answer: Mapping[str, Any]) -> FileReading:
    """What an answer of DetectDocumentText says; a malformed part of it costs that part."""
    blocks = [it for it in answer.get("Blocks") or () if isinstance(it, Mapping)]
    words = [it for it in map(_word, blocks[:_MOST_WORDS]) if it is not None]
    if not words:
        return FileReading()
    page = _page(words)
    lines = "\n".join(Flow(style_of([page.lines])).page(page.lines, page))
    sections = read_pages([(1, lines)]).sections
    sure = _confidence(blocks)
    return FileReading(
        tuple(msgspec.structs.replace(it, confidence=sure) for it in pieces_of(sections)), pages=1
    )


def _word(block: Mapping[str, Any]) -> _Found | None:
    box = (block.get("Geometry") or {}).get("BoundingBox") or {}
    text = " ".join(str(block.get("Text") or "").split())
    if block.get("BlockType") != "WORD" or not text:
        return None
    try:
        left, top = float(box["Left"]), float(box["Top"])
        right, bottom = left + float(box["Width"]), top + float(box["Height"])
    except (KeyError, TypeError, ValueError):
        return None
    return _Found(text, left, right, top, bottom) if bottom > top and right > left else None


def _confidence(blocks: Iterable[Mapping[str, Any]]) -> float | None:
    told = [it.get("Confidence") for it in blocks if it.get("BlockType") == "WORD"]
    sure = [float(it) for it in told if isinstance(it, int | float)]
    return round(min(1.0, max(0.0, sum(sure) / len(sure) / 100)), 3) if sure else None


def _page(words: Sequence[_Found]) -> Page:
    """The page as if it were a PDF's, so that its columns and tables are found as there."""
    usual = median(word.height for word in words)
    rows: list[list[_Found]] = []
    for word in sorted(words, key=lambda word: word.middle):
        if rows and word.middle - rows[-1][0].middle <= _SAME_ROW * usual:
            rows[-1].append(word)
        else:
            rows.append([word])
    lines = tuple(runs_of(_set(row, usual)) for row in rows)
    return Page(1, _HEIGHT, lines, ())


def _set(row: Sequence[_Found], usual: float) -> list[Word]:
    """A row's words at one height. Letters without stems are lower, and no smaller for it."""
    height = max(word.height for word in row)
    size = (height if height >= _LARGE * usual else usual) * _HEIGHT
    y = (1 - row[0].middle) * _HEIGHT
    return [
        Word(it.text, it.left * _WIDTH, it.right * _WIDTH, y, size, False)
        for it in sorted(row, key=lambda word: word.left)
    ]
