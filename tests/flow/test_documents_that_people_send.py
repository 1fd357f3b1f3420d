"""A document comes with a question, and the answer is what stands in it, and where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.app.readers import READERS, READERS_OVER
from recado.media.reading.model import MediaReading
from recado.media.reading.plan import open_plan
from tests.support.flow import Flow, running_flow
from tests.support.papers import (
    DOCX,
    INVOICE_PT,
    PDF,
    PPTX,
    TERMS_PT,
    XLSX,
    docx_of,
    invoice_pdf,
    joined,
    long_pdf,
    pdf_of,
    pptx_of,
    scan_of,
    xlsx_of,
    zip_bomb,
)
from tests.support.readers import send_document

ROWS = [
    ("Producto", "Cantidad", "Importe"),
    ("Casco de niño", "2", "90,00 €"),
    ("Bicicleta urbana", "1", "1.144,50 €"),
    ("Total a pagar", "", "1.234,50 €"),
]


@asynccontextmanager
async def reading_flow(tmp_path: Path) -> AsyncIterator[Flow]:
    """What is installed here reads what comes, as long as it takes."""
    wait = {"RECADO_FILE_WAIT_SECONDS": "120"}
    async with running_flow(tmp_path, plan=None, workers=True, **wait) as flow:
        flow.runtime.reading = open_plan(flow.runtime.settings, READERS, READERS_OVER)
        yield flow
        await flow.runtime.reading.close()


@pytest.mark.parametrize(
    ("data", "mime_type", "name", "page"),
    [
        (joined(pdf_of(["Estimado cliente:"]), invoice_pdf()), PDF, "factura.pdf", "página 2"),
        (docx_of("Factura", ["Gracias por su compra."], ROWS), DOCX, "factura.docx", ""),
        (xlsx_of(Factura=ROWS), XLSX, "factura.xlsx", ""),
        (pptx_of(("Inicio", [("a", "b")] * 2), ("Factura", ROWS)), PPTX, "f.pptx", "página 2"),
    ],
    ids=["pdf", "docx", "xlsx", "pptx"],
)
async def test_the_total_of_a_document_is_told_with_its_page(
    tmp_path: Path, data: bytes, mime_type: str, name: str, page: str
) -> None:
    async with reading_flow(tmp_path) as flow:
        await send_document(flow, data, mime_type, filename=name, caption="¿Cuánto es el total?")
        (answer,) = await flow.until_sent(1)
        assert "1.234,50" in answer
        assert page in answer


async def test_the_total_of_a_scan_in_portuguese_is_told_with_its_page(tmp_path: Path) -> None:
    async with reading_flow(tmp_path) as flow:
        scan = scan_of(pdf_of(TERMS_PT, INVOICE_PT))
        await send_document(flow, scan, PDF, filename="fatura.pdf", caption="Quanto é o total?")
        (answer,) = await flow.until_sent(1)
        assert "54,50" in answer
        assert "página 2" in answer


async def test_a_document_that_cannot_be_read_is_answered_kindly_and_its_reason_is_kept(
    tmp_path: Path,
) -> None:
    async with reading_flow(tmp_path) as flow:
        old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
        await send_document(flow, old, "application/msword", filename="carta.doc")
        (answer,) = await flow.until_sent(1)
        assert "persona" in answer
        await flow.quiet(hurried=True)
        rows = await flow.runtime.store.read(lambda tx: tx.all(select(MediaReading.__table__)))
        (step,) = [row for row in rows if row.step == "document"]
        assert step.error.startswith("The document is of an old Word.")


@pytest.mark.parametrize(
    ("data", "mime_type", "name"),
    [
        (zip_bomb(10), DOCX, "oferta.docx"),
        (zip_bomb(10, claimed=1000), DOCX, "oferta.docx"),
        (b"<html><script>alert(1)</script>", PDF, "../../../oferta.pdf"),
        (long_pdf(5000), PDF, "libro.pdf"),
    ],
    ids=["bomb", "bomb-that-lies", "page-as-pdf-with-a-path", "five-thousand-pages"],
)
async def test_what_is_made_to_harm_stops_no_answer(
    tmp_path: Path, data: bytes, mime_type: str, name: str
) -> None:
    async with reading_flow(tmp_path) as flow:
        asked = "¿A qué hora abren el sábado?"
        await send_document(flow, data, mime_type, filename=name, caption=asked)
        (answer,) = await flow.until_sent(1)
        assert "9:00" in answer
