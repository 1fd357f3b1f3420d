"""Files of knowledge as they are read: of PDFs the pages that are pictures, too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from recado.documents.apart import extract_apart
from recado.documents.pdf.reader import why_nothing
from recado.documents.reading import LeftOut, Reading, Section
from recado.documents.sections import read_text
from recado.errors import ReadingFailed, Unprocessable
from recado.media.reading.papers.reader import shown_pages
from recado.media.reading.papers.scans import Scanned, ScanReader
from recado.media.reading.port import FileToRead


async def read_file(name: str, data: bytes, kind: str, scans: ScanReader | None) -> Reading:
    """What a file holds, read off the event loop. Raises as documents.extract."""
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
