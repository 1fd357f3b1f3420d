"""PDF files to sections, by the layout of their pages. pdfminer finds the characters."""

from __future__ import annotations

import io
import math
import re
import struct
import time
import zlib
from collections.abc import Sequence

from recado.documents.pdf.flow import Flow, style_of
from recado.documents.pdf.page import Page, read_page
from recado.documents.pdf.running import repeating
from recado.documents.pdf.tables import Line
from recado.documents.reading import Bounds, LeftOut, Reading, shown
from recado.documents.sections import read_pages
from recado.errors import TooLarge, Unprocessable

MAX_PAGES = 2000
#: … and so many are counted, where only the first are read.
MOST_COUNTED = 10_000
MAX_INFLATED_BYTES = 300 * 1024 * 1024
#: How much of a page's height is its margin, above and below.
_MARGIN = 0.12
_PAGE_NUMBER = re.compile(
    r"^\W*(?:(?:p[áa]g(?:ina)?|page|p)\W{0,3})?\d{1,4}(?:\s*(?:/|de|of)\s*\d{1,4})?\W*$",
    re.IGNORECASE,
)
#: What a browser prints around a page: when, from where, and which page of how many.
_PRINTED = {
    "when": re.compile(
        r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},?(?: \d{1,2}[:.]\d{2}(?: ?[ap]\.? ?m\.?)?)?",
        re.IGNORECASE,
    ),
    "where": re.compile(r"(?:file|https?|about|blob):\S{1,2000}", re.IGNORECASE),
    "page": re.compile(r"(?:p[áa]g(?:ina|e)?\.? )?\d{1,4} ?(?:/|de|of) ?\d{1,4}", re.IGNORECASE),
}
#: What pdfminer raises over a damaged file, apart from its own.
_DAMAGED = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError, OverflowError,
    RecursionError, OSError, EOFError, struct.error, zlib.error, NotImplementedError,
)  # fmt: skip


def pdf_reading(data: bytes, bounds: Bounds | None = None) -> Reading:
    """The sections of a PDF by page: tables as rows, columns in order, without what repeats on
    every page. None of a scan. `bounds`: of a longer one the beginning, instead of TooLarge.

    Raises Unprocessable: encrypted, damaged or a trap; TooLarge.
    """
    pages, count = _pages(data, bounds)
    kept, left_out = _without_running(pages)
    if not any(kept):  # nothing but a line that is the same on each
        kept, left_out = [list(page.lines) for page in pages], []
    flow = Flow(style_of(kept))
    texts = [
        (page.number, "\n".join(flow.page(own, page)))
        for page, own in zip(pages, kept, strict=True)
    ]
    reading = read_pages(texts)
    counts = {"page": count, "table": flow.tables, "row": flow.rows}
    return Reading(
        reading.sections,
        {k: n for k, n in counts.items() if n},
        (*reading.left_out, *left_out, *_left_out(pages)),
        tuple(page.number for page in pages if page.pictured),
        len(pages) + 1 if count > len(pages) else 0,
    )


def why_nothing(reading: Reading) -> str:
    """Why there is no text in a PDF, and what to do about it."""
    if any(note.reason == _unreadable(0).reason for note in reading.left_out):
        return (
            "The PDF does not say which letters its signs are. Export it again with its fonts, or"
            " paste its text into a .txt file."
        )
    return (
        "The PDF holds pictures of pages and no text (a scan). Run text recognition over it,"
        " or paste its text into a .txt file."
    )


def _pages(data: bytes, bounds: Bounds | None) -> tuple[list[Page], int]:
    """The pages that are read, and how many there are."""
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser
    from pdfminer.psexceptions import PSException

    _check_streams(data)
    reach = _Reach(bounds)
    pages: list[Page] = []
    count = 0
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
        resources = PDFResourceManager()
        device = PDFPageAggregator(resources, laparams=None)
        interpreter = PDFPageInterpreter(resources, device)
        for count, page in enumerate(PDFPage.create_pages(document), start=1):
            if not reach.covers(count):
                break
            if len(pages) == count - 1 and reach.reads(count):
                interpreter.process_page(page)
                pages.append(read_page(count, device.get_result()))
    except PDFPasswordIncorrect as error:
        raise Unprocessable("The PDF is locked with a password. Save it without one.") from error
    except (PDFException, PSException, *_DAMAGED) as error:
        raise Unprocessable("The PDF is damaged. Save or export it again.") from error
    if not pages:
        raise Unprocessable("The PDF is damaged. Save or export it again.")
    return pages, min(count, MOST_COUNTED)


class _Reach:
    """How far into a PDF to go."""

    def __init__(self, bounds: Bounds | None) -> None:
        self._bounds = bounds
        self._until = time.monotonic() + bounds.seconds if bounds else math.inf

    def covers(self, number: int) -> bool:
        """Whether a page is still counted. Raises TooLarge."""
        if number <= MAX_PAGES:
            return True
        if self._bounds is None:
            raise TooLarge(f"The PDF has more than {MAX_PAGES} pages. Split it.")
        return number <= MOST_COUNTED

    def reads(self, number: int) -> bool:
        """Whether its words are read, too: the first always are."""
        if self._bounds is None or number == 1:
            return True
        return number <= self._bounds.pages and time.monotonic() < self._until


def _check_streams(data: bytes) -> None:
    """Refuse a file whose compressed parts unpack to far more than any document has.

    Counted before a reader unpacks them, which it does at once and without a bound.
    """
    at = inflated = 0
    while (at := data.find(b"stream", at)) >= 0:
        begin = at + len(b"stream")
        at = begin
        if data[begin - 9 : begin - 6] == b"end":
            continue
        while data[begin : begin + 1] in {b"\r", b"\n"}:
            begin += 1
        if data[begin : begin + 1] not in {b"\x78", b"\x58", b"\x48", b"\x68"}:
            continue
        end = data.find(b"endstream", begin)
        size = _inflated(memoryview(data)[begin : end if end >= 0 else len(data)])
        inflated += size
        if inflated > MAX_INFLATED_BYTES:
            raise Unprocessable("The PDF unpacks to more than 300 MB. Split it, or print it anew.")
        at = max(at, end)


def _inflated(part: memoryview) -> int:
    decoder = zlib.decompressobj()
    size, rest = 0, bytes(part)
    try:
        while rest and size <= MAX_INFLATED_BYTES:
            size += len(decoder.decompress(rest, 1 << 22))
            rest = decoder.unconsumed_tail
    except zlib.error:
        pass  # not compressed, or encrypted: the reader says what it is
    return size


def _without_running(pages: Sequence[Page]) -> tuple[list[list[Line]], list[LeftOut]]:
    """Each page's lines without what repeats in its margins, what a browser printed there and its
    number; and what that was."""
    margins = [_margin_lines(page) for page in pages]
    repeats = repeating([list(map(_text, margin)) for margin in margins])
    kept: list[list[Line]] = []
    running: list[str] = []
    printed: list[str] = []
    numbers = 0
    for page, margin in zip(pages, margins, strict=True):
        dropped: set[int] = set()
        by_browser = _browsers_lines(margin)
        for line in margin:
            if id(line) in by_browser:
                printed.append(_text(line))
                dropped.add(id(line))
            elif _PAGE_NUMBER.match(_text(line)) and (len(pages) > 1 or line is page.lines[-1]):
                numbers += 1
                dropped.add(id(line))
            elif _text(line) in repeats and not _heads_a_table(line, page.lines):
                running.append(_text(line))
                dropped.add(id(line))
        kept.append([line for line in page.lines if id(line) not in dropped])
    notes = [
        LeftOut("Left out, as it repeats on the pages", shown(running)),
        LeftOut("Left out, as printed around the pages by a browser", shown(printed)),
        LeftOut("Left out, as numbers of pages", str(numbers)),
    ]
    return kept, [note for note in notes if note.what not in ("", "0")]


def _browsers_lines(margin: Sequence[Line]) -> set[int]:
    """The lines of a page's margins (as ids) that a browser has printed there: the address or the
    time of printing, and the page's number, beside the title or alone."""
    marks = {id(line): {mark for run in line if (mark := _printed(run.text))} for line in margin}
    found = set().union(*marks.values())
    if not {"page"} < found:
        return set()
    return {line for line, its in marks.items() if its}


def _printed(text: str) -> str:
    return next((mark for mark, pattern in _PRINTED.items() if pattern.fullmatch(text.strip())), "")


def _margin_lines(page: Page) -> list[Line]:
    high = [line for line in page.lines[:4] if line[0].y >= page.height * (1 - _MARGIN)]
    low = [line for line in page.lines[-4:] if 0 <= line[0].y <= page.height * _MARGIN]
    return list({id(line): line for line in (*high, *low)}.values())


def _heads_a_table(line: Line, lines: Sequence[Line]) -> bool:
    """Whether the names of columns stand in it, which a table repeats on every page: the line
    below has as many cells, or has them under it."""
    at = next(at for at, other in enumerate(lines) if other is line)
    if len(line) < 2 or at + 1 >= len(lines):
        return False
    below = lines[at + 1]
    under = [run for run in below if any(run.x0 < it.x1 and it.x0 < run.x1 for it in line)]
    return len(below) == len(line) or (len(under) > 1 and len(under) * 2 > len(line))


def _text(line: Line) -> str:
    return " ".join(run.text for run in line)


def _left_out(pages: Sequence[Page]) -> list[LeftOut]:
    notes = []
    if bare := [str(page.number) for page in pages if not page.lines]:
        places = ", ".join(bare[:20]) + (" …" if len(bare) > 20 else "")
        notes.append(LeftOut("Pages without text (pictures, or empty)", places))
    if unreadable := sum(page.unreadable for page in pages):
        notes.append(_unreadable(unreadable))
    return notes


def _unreadable(count: int) -> LeftOut:
    return LeftOut("Left out, as signs whose letters the fonts do not tell", str(count))
