"""PDF and Word files to sections. Their libraries are imported when such a file comes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from recado.assistant.knowledge.sections import Section, parse_sections
from recado.errors import Unprocessable
from recado.media.archives import check_archive

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph

MAX_PAGES = 2000
_HYPHENATED = re.compile(r"(\w)[-\u00ad]\n(?=[a-záéíóúñçãõâêô])")
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "…", "»", '"')
_HEADING_STYLE = re.compile(r"^(?:heading|título|titulo|title)\s*(\d?)$", re.IGNORECASE)


def pdf_sections(data: bytes) -> list[Section]:
    """The sections of a PDF with text in it.

    Raises Unprocessable: encrypted, scanned (images only) or damaged.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unprocessable("The PDF is locked with a password. Save it without one.")
        if len(reader.pages) > MAX_PAGES:
            raise Unprocessable(f"The PDF has more than {MAX_PAGES} pages. Split it.")
        pages = [page.extract_text() or "" for page in reader.pages]
    except DependencyError as error:
        raise Unprocessable("The PDF is encrypted. Save it without encryption.") from error
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, OSError) as error:
        raise Unprocessable(f"The PDF is damaged ({error}). Save or export it again.") from error
    if not re.search(r"\w{2}", "".join(pages)):
        raise Unprocessable(
            "The PDF holds pictures of pages and no text (a scan). Run text recognition over it,"
            " or paste its text into a .txt file."
        )
    return parse_sections("\n\n".join(_unwrap(page) for page in pages))


def _unwrap(page: str) -> str:
    """A page's lines joined where they broke only because the paper ended."""
    lines = [line.strip() for line in _HYPHENATED.sub(r"\1", page).split("\n")]
    joined: list[str] = []
    for line in lines:
        before = joined[-1] if joined else ""
        goes_on = line[:1].islower() or (line[:1].isdigit() and before.endswith(","))
        if before and goes_on and not before.endswith(_SENTENCE_ENDS):
            joined[-1] = f"{before} {line}"
            continue
        if line.endswith("?") and before.endswith(_SENTENCE_ENDS):
            joined.append("")  # a PDF keeps no blank lines, and a question after a full stop
        joined.append(line)  # is likely to be a heading
    return "\n".join(joined)


def docx_sections(data: bytes) -> list[Section]:
    """The sections of a Word document, tables in their places.

    Raises Unprocessable: not a .docx, protected by a password, or damaged.
    """
    import docx
    from docx.opc.exceptions import OpcError

    if data.startswith(b"\xd0\xcf\x11\xe0"):  # OLE: an old .doc, or a locked .docx
        raise Unprocessable("The document is a .doc or is locked. Save it as .docx, unlocked.")
    try:
        check_archive(data).close()
        document = docx.Document(io.BytesIO(data))
    except (zipfile.BadZipFile, OpcError, KeyError, ValueError) as error:
        raise Unprocessable(f"The document is damaged ({error}). Save it again.") from error
    return parse_sections("\n".join(_docx_lines(document)))


def _docx_lines(document: Document) -> Iterator[str]:
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from _table_lines(block)
        else:
            yield _paragraph_line(block)


def _paragraph_line(paragraph: Paragraph) -> str:
    text = paragraph.text.strip()
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    if not text:
        return ""
    if heading := _HEADING_STYLE.match(style.strip()):
        return f"\n{'#' * min(int(heading[1] or 1), 6)} {' '.join(text.split())}\n"
    if style.lower().startswith("list"):
        return f"- {text}"
    return f"\n{text}"


def _table_lines(table: Table) -> Iterator[str]:
    rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
    rows = [row for row in rows if any(row)]
    if rows and len(rows[0]) >= 2 and all(row[0].endswith("?") for row in rows[1:]):
        for question, *answer in rows:
            if question.endswith("?"):
                yield f"\nP: {question}\nR: {' '.join(answer)}\n"
        return
    yield ""
    for row in rows:
        yield "- " + " · ".join(dict.fromkeys(cell for cell in row if cell))
    yield ""
