"""The readers of documents, as settings ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from recado.errors import SettingsError
from recado.media.reading.papers.drawing import check_drawing
from recado.media.reading.papers.reader import DocumentReader
from recado.media.reading.papers.scans import ScanReader
from recado.media.reading.papers.textract import AT_ONCE, SETTING, open_textract_pages
from recado.media.reading.port import FileReader
from recado.settings import Settings

TAUGHT_PAGES, TAUGHT_SECONDS = 200, 600.0


def open_documents(_settings: Settings) -> FileReader:
    """Their own text; it needs nothing."""
    return DocumentReader()


def open_scans(
    settings: Settings, reader_of: Callable[[str], FileReader | None]
) -> FileReader | None:
    """Their own text, and pages that are pictures by OCR, where that is installed.

    Raises SettingsError: the setting asks for it, and it is not."""
    try:
        check_drawing("RECADO_DOCUMENT_READER=ocr", "ocr")
    except SettingsError:
        if settings.document_reader == "ocr":
            raise
        return None
    reader = reader_of("ocr")
    return None if reader is None else DocumentReader("scans", ScanReader(reader))


def scans_for_knowledge(readers: Iterable[FileReader]) -> ScanReader | None:
    """Who reads the pages that are pictures of a file that somebody teaches; they have more of
    them, and whoever waits has more patience."""
    found = (it.scans for it in readers if isinstance(it, DocumentReader) and it.scans is not None)
    scans = next(found, None)
    return None if scans is None else scans.longer(TAUGHT_PAGES, TAUGHT_SECONDS)


def open_textract(settings: Settings) -> FileReader | None:
    """Their own text, and pages that are pictures by Amazon Textract. Raises SettingsError."""
    if settings.document_reader != "textract":
        return None
    check_drawing(SETTING, "textract")
    pages = open_textract_pages(settings)
    return DocumentReader("textract", ScanReader(pages, at_once=AT_ONCE), owns=True)
