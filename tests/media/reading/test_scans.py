"""Pages that are pictures are read by a reader of pictures, and the others are not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from recado.app.readers import READERS, READERS_OVER
from recado.errors import FileRefused, ReadingFailed
from recado.media.reading.papers.reader import DocumentReader, shown_pages
from recado.media.reading.papers.scans import ScanReader
from recado.media.reading.plan import open_plan
from recado.settings import load_settings
from tests.support.papers import INVOICE_PT, TERMS_PT, Eyes, joined, pdf_of, scan_of, sent


def scanned() -> bytes:
    return scan_of(pdf_of(INVOICE_PT, TERMS_PT), dpi=100)


async def test_a_scan_is_read_page_by_page() -> None:
    eyes = Eyes("\n".join(INVOICE_PT), "\n".join(TERMS_PT))
    reading = await DocumentReader("scans", ScanReader(eyes)).read(sent(scanned(), language="pt"))
    about, *pages = reading.pieces
    assert [(piece.page, piece.kind, piece.confidence) for piece in pages] == [
        (1, "text", 0.8),
        (2, "text", 0.8),
    ]
    assert about.text.startswith("Fatura nº 2026/113 · Obrigado pela preferência")
    assert "Total a pagar: R$ 54,50" in about.text
    assert "Data de emissão: 3/4/2026" in about.text
    assert (reading.language, reading.pages, reading.unread) == ("pt", 2, ())
    for file in eyes.seen:
        assert (file.kind, file.mime_type, file.language) == ("image", "image/jpeg", "pt")
        assert file.data.startswith(b"\xff\xd8")


async def test_of_a_mixed_document_only_the_pictures_are_looked_at() -> None:
    text = ["Contrato de aluguel do apartamento", "O valor mensal é de R$ 900,00."]
    data = joined(pdf_of(text), scanned(), pdf_of(["Assinado em São Paulo"]))
    eyes = Eyes("lido um", "lido dois")
    reading = await DocumentReader("scans", ScanReader(eyes)).read(sent(data))
    assert len(eyes.seen) == 2
    words = [(piece.page, piece.text) for piece in reading.pieces if piece.kind != "description"]
    assert [page for page, _ in words] == [1, 2, 3, 4]
    assert "R$ 900,00" in words[0][1]
    assert words[1:3] == [(2, "lido um"), (3, "lido dois")]
    assert "Assinado" in words[3][1]


async def test_without_a_reader_of_pictures_the_rest_is_read_and_the_pages_are_named() -> None:
    data = joined(pdf_of(["Contrato", "O valor mensal é de R$ 900,00."]), scanned())
    reading = await DocumentReader().read(sent(data))
    assert any("R$ 900,00" in piece.text for piece in reading.pieces)
    assert reading.unread == ("Pages that are pictures and were not read: 2–3.",)
    alone = await DocumentReader().read(sent(scanned()))
    assert alone.pieces == ()
    assert alone.unread == ("Pages that are pictures and were not read: 1–2.",)


async def test_of_many_pages_the_first_are_read_and_the_rest_is_told() -> None:
    data = scan_of(pdf_of(*[[f"Página {at}"] for at in range(8)]), dpi=40)
    eyes = Eyes("lido")
    reading = await DocumentReader("scans", ScanReader(eyes, most_pages=3)).read(sent(data))
    assert [file.filename for file in eyes.seen] == ["1.jpg", "2.jpg", "3.jpg"]
    assert reading.unread == ("Pages that are pictures and were not read: 4–8.",)


async def test_what_was_read_when_the_time_is_up_is_kept() -> None:
    data = scan_of(pdf_of(*[[f"Página {at}"] for at in range(5)]), dpi=40)
    reader = DocumentReader("scans", ScanReader(Eyes("lido"), limit_seconds=0))
    reading = await reader.read(sent(data))
    assert [piece.page for piece in reading.pieces if piece.kind == "text"] == [1]
    assert reading.unread == ("Pages that are pictures and were not read: 2–5.",)


async def test_a_reader_that_is_away_is_asked_again_unless_it_has_read_some() -> None:
    away = ReadingFailed("It is away.")
    with pytest.raises(ReadingFailed, match="away"):
        await DocumentReader("scans", ScanReader(Eyes(away))).read(sent(scanned()))
    reading = await DocumentReader("scans", ScanReader(Eyes("lido", away))).read(sent(scanned()))
    assert reading.unread == ("Pages that are pictures and were not read: 2.",)


async def test_a_page_that_is_refused_costs_that_page() -> None:
    eyes = Eyes(FileRefused("Not this one."), "lido")
    reading = await DocumentReader("scans", ScanReader(eyes)).read(sent(scanned()))
    assert [(it.page, it.text) for it in reading.pieces if it.kind == "text"] == [(2, "lido")]
    assert reading.unread == ("Pages that are pictures and were not read: 1.",)


async def test_several_pages_are_asked_for_at_once_where_the_reader_is_elsewhere() -> None:
    data = scan_of(pdf_of(*[[f"Página {at}"] for at in range(6)]), dpi=40)
    eyes = Eyes("lido", wait=0.05)
    reading = await DocumentReader("textract", ScanReader(eyes, at_once=3)).read(sent(data))
    assert eyes.most_busy == 3
    assert reading.unread == ()


async def test_a_scan_with_a_line_laid_over_it_is_read_all_the_same() -> None:
    over = PdfReader(io.BytesIO(pdf_of(["Escaneado com CamScanner"]))).pages[0]
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(scan_of(pdf_of(TERMS_PT), dpi=60))))
    writer.pages[0].merge_page(over)
    out = io.BytesIO()
    writer.write(out)
    reading = await DocumentReader("scans", ScanReader(Eyes("lido"))).read(sent(out.getvalue()))
    assert [piece.text for piece in reading.pieces if piece.kind == "text"] == ["lido"]


async def test_a_scanned_bill_in_portuguese_tells_its_total_and_its_page(tmp_path: Path) -> None:
    settings = load_settings(None, RECADO_DATA=str(tmp_path))
    plan = open_plan(settings, READERS, READERS_OVER)
    file = sent(scan_of(pdf_of(INVOICE_PT, TERMS_PT)), language="pt")
    (reader, *_) = [
        it for step in plan.steps_for(file) for it in step.readers if it.name == "scans"
    ]
    reading = await reader.read(file)
    await plan.close()
    first, second = (
        "\n".join(it.text for it in reading.pieces if it.page == page) for page in (1, 2)
    )
    assert "Total a pagar: R$ 54,50" in first
    assert "Pão de queijo  30,00" in first
    assert "Rua das Flores, 12" in second
    assert "Total a pagar: R$ 54,50" in reading.pieces[0].text
    assert (reading.language, reading.pages, reading.unread) == ("pt", 2, ())


def test_pages_are_told_in_a_line() -> None:
    assert shown_pages([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"
    assert shown_pages(range(1, 100, 2)).endswith(", 39 …")
