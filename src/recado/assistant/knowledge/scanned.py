"""Files of knowledge as they are read: of PDFs the pages that are pictures, too, and pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import PurePath

from recado.documents.apart import extract_apart
from recado.documents.extract import MAX_BYTES, kind_of
from recado.documents.pdf.reader import why_nothing
from recado.documents.reading import LeftOut, Reading, Section
from recado.documents.sections import read_text
from recado.errors import FileRefused, ReadingFailed, TooLarge, Unprocessable
from recado.media.reading.papers.reader import shown_pages
from recado.media.reading.papers.scans import Scanned, ScanReader, together
from recado.media.reading.port import FileToRead

#: The kind of a photographed menu or price list.
PICTURE = "picture"
_PICTURES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
PICTURE_ENDS = tuple(_PICTURES)


def kind_of_source(filename: str) -> str:
    """The kind of a file by its name's end. Raises BadRequest."""
    return PICTURE if _suffix(filename) in _PICTURES else kind_of(filename)


async def read_file(name: str, data: bytes, kind: str, scans: ScanReader | None) -> Reading:
    """What a file holds, read off the event loop; a picture in which nothing was read has no
    sections. Raises as documents.extract."""
    if kind == PICTURE:
        return await _read_picture(name, data, scans)
    reading = await extract_apart(name, data, kind=kind, scans=scans is not None)
    if scans is None or not reading.pictured:
        return reading
    file = FileToRead(
        media_id="", kind="document", mime_type="application/pdf", filename=name, data=data
    )
    try:
        found = await scans.read(file, reading.pictured)
    except ReadingFailed as error:
        raise Unprocessable(f"Its pages cannot be read now: {error.detail}") from error
    whole = await asyncio.to_thread(_with_pages, reading, found)
    if not whole.sections:
        raise Unprocessable(why_nothing(reading))
    return whole


def _with_pages(reading: Reading, found: Scanned) -> Reading:
    sections = [it for it in reading.sections if not found.pieces.get(it.page or 0)]
    for page, pieces in found.pieces.items():
        sections += _sections_of(page, (piece.text for piece in pieces))
    notes = [it for it in reading.left_out if not it.reason.startswith("Pages without text")]
    if found.unread:
        pages = shown_pages(found.unread)
        notes.append(LeftOut("Left out, as pages that are pictures and were not read", pages))
    in_order = sorted(sections, key=lambda section: section.page or 0)
    return Reading(tuple(in_order), reading.counts, tuple(notes))


def _sections_of(page: int, texts: Iterable[str]) -> list[Section]:
    own = read_text("\n".join(texts), plain=True).sections
    return [Section(it.path, it.text, page) for it in own]


async def _read_picture(name: str, data: bytes, scans: ScanReader | None) -> Reading:
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{name} has more than 20 MB; make the picture smaller.")
    if not data:
        raise Unprocessable(f"{name} is empty.")
    mime_type = _PICTURES.get(_suffix(name), "image/jpeg")
    file = FileToRead(media_id="", kind="image", mime_type=mime_type, filename=name, data=data)
    if scans is None or not scans.reader.takes(file):
        return Reading(
            (), {"picture": 1}, (LeftOut("Left out, as nobody reads pictures here", name),)
        )
    try:
        found = await scans.reader.read(file)
    except FileRefused as error:
        raise Unprocessable(f"{name} cannot be read: {error.detail}") from error
    except ReadingFailed as error:
        raise Unprocessable(f"{name} cannot be read now: {error.detail}") from error
    words = [it for it in found.pieces if it.kind in ("text", "table", "code")]
    texts = [it.text for it in together(words)]
    return Reading(tuple(_sections_of(1, texts)) if texts else (), {"picture": 1}, ())


def _suffix(filename: str) -> str:
    return PurePath(filename.strip()).suffix.lower()
