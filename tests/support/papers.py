"""Documents as people send them, and as people who mean harm do; all are made here."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from collections.abc import Iterable, Sequence

import docx
import pptx
import pypdfium2
import xlsxwriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from recado.media.reading.port import FileReader, FileReading, FileToRead, Piece

Row = Sequence[str]
PDF = "application/pdf"
_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = f"{_OFFICE}.wordprocessingml.document"
XLSX = f"{_OFFICE}.spreadsheetml.sheet"
PPTX = f"{_OFFICE}.presentationml.presentation"

INVOICE_PT = (
    "Fatura nº 2026/113",
    "Data de emissão: 3/4/2026",
    "Obrigado pela preferência da Padaria São João.",
    "Pão de queijo          30,00",
    "Café da manhã          24,50",
    "Total a pagar: R$ 54,50",
)
TERMS_PT = (
    "Condições",
    "A devolução é possível até 14 dias depois da entrega.",
    "O endereço é Rua das Flores, 12.",
)


def sent(
    data: bytes, mime_type: str = PDF, filename: str = "", *, language: str = "es"
) -> FileToRead:
    return FileToRead(
        media_id="01JC0000000000000000000000",
        kind="document",
        mime_type=mime_type,
        filename=filename,
        data=data,
        language=language,
    )


def pdf_of(*pages: Sequence[str], size: float = 14) -> bytes:
    """A page for each, a line for each of its texts."""
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    for lines in pages:
        canvas.setFont("Helvetica", size)
        for at, line in enumerate(lines):
            canvas.drawString(60, 780 - at * size * 1.8, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def invoice_pdf() -> bytes:
    """Two pages: a table without rules, whose total stands at its end, and conditions."""
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(60, 780, "Factura 2026/113")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 755, "Fecha: 3/4/2026")
    canvas.drawString(60, 738, "Gracias por confiar en nuestra tienda de bicicletas.")
    rows = [
        ("Concepto", "Cantidad", "Importe"),
        ("Casco de niño", "2", "90,00 €"),
        ("Bicicleta urbana", "1", "1.144,50 €"),
        ("", "Total a pagar", "1.234,50 €"),
    ]
    for at, row in enumerate(rows):
        for x, text in zip((60, 300, 420), row, strict=True):
            canvas.drawString(x, 700 - at * 18, text)
    canvas.showPage()
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 780, "El plazo de devolución es de 14 días desde la entrega.")
    canvas.save()
    return out.getvalue()


def scan_of(data: bytes, *, dpi: int = 200) -> bytes:
    """The pages of a PDF as a scanner keeps them: a picture each, and no text."""
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    for page in pypdfium2.PdfDocument(data):
        kept = io.BytesIO()
        page.render(scale=dpi / 72).to_pil().convert("L").save(kept, "JPEG", quality=80)
        canvas.drawImage(ImageReader(kept), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def joined(*documents: bytes) -> bytes:
    """The pages of several PDFs in one."""
    whole = pypdfium2.PdfDocument.new()
    for data in documents:
        whole.import_pages(pypdfium2.PdfDocument(data))
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def long_pdf(pages: int) -> bytes:
    """Of so many pages with a line each."""
    drawn = b"BT /F1 12 Tf 60 500 Td (El precio es 45 euros.) Tj ET"
    kids = b" ".join(b"%d 0 R" % at for at in range(5, pages + 5))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(drawn), drawn),
    ]
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 3 0 R>>>>>>"
    )
    return _pdf([*objects, *[page] * pages])


def _pdf(objects: Iterable[bytes]) -> bytes:
    body = [b"%PDF-1.4\n"]
    places = []
    at = len(body[0])
    for number, content in enumerate(objects, start=1):
        places.append(at)
        body.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        at += len(body[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, at)
    return b"".join((*body, head, table, end))


def docx_of(title: str, lines: Sequence[str], rows: Sequence[Row]) -> bytes:
    document = docx.Document()
    document.add_heading(title, 1)
    for line in lines:
        document.add_paragraph(line)
    table = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx_of(**sheets: Sequence[Sequence[str | float]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return out.getvalue()


def pptx_of(*slides: tuple[str, Sequence[Row]]) -> bytes:
    """A slide for each: its title, and a table."""
    show = pptx.Presentation()
    for title, rows in slides:
        slide = show.slides.add_slide(show.slide_layouts[5])
        if slide.shapes.title is not None:
            slide.shapes.title.text = title
        shape = slide.shapes.add_table(len(rows), len(rows[0]), 0, 0, 6_000_000, 2_000_000)
        for row, texts in zip(shape.table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def zip_bomb(gigabytes: int, *, claimed: int | None = None) -> bytes:
    """A .docx whose body unpacks to so much, truly; its directory says so, or `claimed` bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * (64 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * (16 * gigabytes) + packer.flush(zlib.Z_FINISH)
    unpacked = (gigabytes << 30) if claimed is None else claimed
    name = b"word/document.xml"
    # Above 4 GB the size stands in a field of its own (APPNOTE 4.5.3).
    large = struct.pack("<HHQ", 1, 8, unpacked)
    size = 0xFFFFFFFF
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 45, 0, 8, 0, 0, 0, len(packed), size,
                        len(name), len(large) + 8)  # fmt: skip
    local += name + struct.pack("<HHQQ", 1, 16, unpacked, len(packed))[: len(large) + 8]
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, 45, 0, 8, 0, 0, 0, len(packed), size,
                        len(name), len(large), 0, 0, 0, 0, 0) + name + large  # fmt: skip
    start = len(local) + len(packed)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry), start, 0)
    return local + packed + entry + end


class Eyes(FileReader):
    """Sees a page of each picture: what it says, or what it raises."""

    name = "ocr"

    def __init__(self, *says: str | Exception, wait: float = 0.0) -> None:
        self._says = list(says)
        self._wait = wait
        self.seen: list[FileToRead] = []
        self.busy = self.most_busy = 0

    def takes(self, file: FileToRead) -> bool:
        return file.family == "image"

    async def read(self, file: FileToRead) -> FileReading:
        self.seen.append(file)
        said = self._says[min(len(self.seen), len(self._says)) - 1]
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        await asyncio.sleep(self._wait)
        self.busy -= 1
        if isinstance(said, Exception):
            raise said
        label = Piece("a page", kind="label", confidence=0.9)
        return FileReading((Piece(said, confidence=0.8), label) if said else ())
