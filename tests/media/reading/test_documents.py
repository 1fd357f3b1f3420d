"""A document that somebody sends is read as what it is: words by page, tables, a line about it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from recado.documents.reading import Section
from recado.errors import FileRefused
from recado.media.reading.papers.pieces import PIECE_CHARS, pieces_of
from recado.media.reading.papers.reader import DocumentReader
from recado.media.reading.papers.summary import summary_of
from recado.media.reading.port import FileReading, FileToRead, Piece
from tests.support.papers import (
    DOCX,
    PDF,
    PPTX,
    XLSX,
    docx_of,
    invoice_pdf,
    pptx_of,
    sent,
    xlsx_of,
)

ROWS = [("Producto", "Precio"), ("Casco", "45 €"), ("Candado", "12 €"), ("Total", "57 €")]
TABLE = (
    "| Producto | Precio |\n| --- | --- |\n| Casco | 45 € |\n| Candado | 12 € |\n| Total | 57 € |"
)


async def read(file: FileToRead) -> FileReading:
    reader = DocumentReader()
    assert reader.takes(file)
    return await reader.read(file)


def tables(reading: FileReading) -> list[Piece]:
    return [piece for piece in reading.pieces if piece.kind == "table"]


async def test_the_total_of_a_bill_stands_in_its_table_on_its_page() -> None:
    reading = await read(sent(invoice_pdf(), PDF, "factura.pdf"))
    (table,) = tables(reading)
    assert table.page == 1
    assert "|  | Total a pagar | 1.234,50 € |" in table.text
    assert reading.pages == 2
    assert any(piece.page == 2 and "14 días" in piece.text for piece in reading.pieces)
    assert reading.language == "es"
    assert reading.unread == ()


async def test_a_line_about_it_tells_title_total_and_date() -> None:
    reading = await read(sent(invoice_pdf()))
    about = reading.pieces[0]
    assert about.kind == "description"
    assert about.text == (
        "Factura 2026/113 · Gracias por confiar en nuestra tienda de bicicletas."
        " · Total a pagar: 1.234,50 € · Fecha: 3/4/2026"
    )


async def test_a_word_document_keeps_its_table() -> None:
    data = docx_of("Presupuesto", ["Vale por 14 días desde hoy."], ROWS)
    reading = await read(sent(data, DOCX, "p.docx"))
    assert [piece.text for piece in tables(reading)] == [TABLE]
    assert any("Presupuesto" in piece.text for piece in reading.pieces)


async def test_a_workbook_is_a_table_a_sheet_below_its_name() -> None:
    data = xlsx_of(Ventas=ROWS, Horario=[("Día", "Abre"), ("Lunes", "9:00"), ("Martes", "10:00")])
    found = tables(await read(sent(data, XLSX, "v.xlsx")))
    assert [piece.text for piece in found] == [
        f"Ventas\n{TABLE}",
        "Horario\n| Día | Abre |\n| --- | --- |\n| Lunes | 9:00 |\n| Martes | 10:00 |",
    ]


async def test_slides_are_pages() -> None:
    data = pptx_of(("Precios de casco", ROWS), ("Fin", [("Hola", "Adiós"), ("a", "b")]))
    reading = await read(sent(data, PPTX, "p.pptx"))
    assert [(piece.page, piece.text) for piece in tables(reading)][:1] == [
        (1, f"Precios de casco\n{TABLE}")
    ]
    assert reading.pages == 2


async def test_a_long_table_names_its_columns_in_each_part() -> None:
    rows = [("Producto", "Precio"), *((f"Casco modelo {at}", f"{at} €") for at in range(1, 400))]
    found = tables(await read(sent(xlsx_of(Lista=rows), XLSX)))
    assert len(found) > 5
    for piece in found:
        assert piece.text.startswith("Lista\n| Producto | Precio |\n| --- | --- |\n| Casco")
        assert len(piece.text) <= PIECE_CHARS + 100
    assert sum(piece.text.count("modelo") for piece in found) == 399


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "utf-8-sig"])
async def test_a_text_is_read_in_whatever_encoding(encoding: str) -> None:
    reading = await read(sent("Mañana a las 9, señor".encode(encoding), "text/plain", "nota.txt"))
    assert reading.pieces[-1].text == "Mañana a las 9, señor"


async def test_a_mail_and_a_contact_are_documents_too() -> None:
    made = EmailMessage()
    made["Subject"] = "Pedido"
    made["From"] = "ana@example.com"
    made.set_content("Quiero dos cascos, por favor.")
    reading = await read(sent(made.as_bytes(), "message/rfc822", "a.eml"))
    assert reading.pieces[-1].text.startswith("Pedido\nFrom: ana@example.com")
    assert "dos cascos" in reading.pieces[-1].text
    card = b"BEGIN:VCARD\nFN:Ana\nTEL:+34 600 111 222\nEND:VCARD\n"
    reading = await read(sent(card, "text/plain", "ana.txt"))
    assert reading.pieces[-1].text == "Ana\n- Phone: +34 600 111 222"


@pytest.mark.parametrize(
    ("data", "mime_type", "name", "text"),
    [
        (b"a;b\n1;2\n3;4\n", "text/plain", "lista.csv", "| a | b |"),
        (b"a;b\n1;2\n3;4\n", "text/csv", "lista.pdf", "| a | b |"),
        (b"<p>Hola</p>", "text/html", "factura.pdf", "Hola"),
        (b"{\\rtf1\\ansi Hola}", "text/plain", "carta.txt", "Hola"),
        (b"Hola", "text/plain", "foto.png", "Hola"),
    ],
)
async def test_the_content_says_what_it_is_and_then_its_name(
    data: bytes, mime_type: str, name: str, text: str
) -> None:
    reading = await read(sent(data, mime_type, name))
    assert any(text in piece.text for piece in reading.pieces)


@pytest.mark.parametrize(
    ("mime_type", "name", "said"),
    [
        ("application/msword", "carta.doc", "old Word"),
        ("application/msword", "cuentas.xls", "old Excel"),
        ("application/vnd.ms-excel", "", "old Excel"),
        ("application/msword", "charla.ppt", "old PowerPoint"),
        ("application/vnd.ms-outlook", "correo.msg", "Outlook"),
        ("application/msword", "carta.docx", "locked with a password"),
        ("application/vnd.oasis.opendocument.presentation", "charla.odp", "LibreOffice"),
    ],
)
async def test_what_is_not_read_is_told_with_what_to_do(
    mime_type: str, name: str, said: str
) -> None:
    with pytest.raises(FileRefused, match=said):
        await read(sent(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", mime_type, name))


@pytest.mark.parametrize("mime_type", ["image/png", "audio/ogg", "application/x-executable"])
def test_it_takes_documents_only(mime_type: str) -> None:
    assert not DocumentReader().takes(sent(b"x", mime_type, "x.bin"))


async def test_a_document_of_many_words_is_read_in_part_and_says_so() -> None:
    line = "El precio de la bicicleta es de cuarenta y cinco euros.\n\n"
    reading = await read(sent((line * 8000).encode(), "text/plain", "libro.txt"))
    assert reading.unread == ("The end was not read: the document is too long.",)
    assert sum(len(piece.text) for piece in reading.pieces) < 310_000
    assert all(len(piece.text) <= PIECE_CHARS for piece in reading.pieces[1:])


def test_nothing_of_a_document_is_lost_on_the_way_to_its_pieces() -> None:
    from recado.documents.extract import extract

    data = docx_of("Título", ["Uno. " * 400, "Dos", "Tres"], ROWS)
    reading = extract("a.docx", data)
    whole = "\n".join(piece.text for piece in pieces_of(reading.sections))
    for section in reading.sections:
        for word in section.text.replace("- ", "").replace("·", " ").replace(":", " ").split():
            assert word in whole


def test_each_part_of_a_long_section_stands_below_its_heading() -> None:
    section = Section(("Garantía", "Ruedas"), "Las ruedas tienen dos años. " * 200, 3)
    found = list(pieces_of([section]))
    assert len(found) > 4
    for piece in found:
        assert piece.text.startswith("Garantía › Ruedas\nLas ruedas")
        assert (piece.page, piece.kind) == (3, "text")
        assert len(piece.text) <= PIECE_CHARS + 20


async def test_a_sheet_without_names_of_columns_is_cut_too() -> None:
    rows = [(f"{at}", f"{at + 1}") for at in range(1, 900)]
    reading = await read(sent(xlsx_of(Lista=rows), XLSX))
    assert all(len(piece.text) <= PIECE_CHARS + 20 for piece in reading.pieces)
    assert sum(piece.text.count("899") for piece in reading.pieces) >= 1


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (
            "INVOICE #4471\nDate: April 3, 2026\nSubtotal $1,000.00\nTotal due: $1,234.50",
            "INVOICE #4471 · Total due: $1,234.50 · Date: April 3, 2026",
        ),
        (
            "Nota fiscal\nData de emissão: 12 de março de 2026\nValor total da nota R$ 1.200,00",
            "Nota fiscal · Valor total da nota: R$ 1.200,00 · Data de emissão: 12 de março de 2026",
        ),
        ("Supermercado\nPan 1,20\nTOTAL\n2,19 €\nCAMBIO 2,81", "Supermercado · TOTAL: 2,19 €"),
        ("Ticket\nTotal de páginas: 3\nIVA total 21 %", "Ticket"),
        ("| Pan | 3 €  |\n| TOTAL | 30,00 € |", "Pan | 3 € · TOTAL: 30,00 €"),
        ("12345", ""),
        ("", ""),
    ],
)
def test_what_a_document_is_about_is_told_in_its_own_words(text: str, about: str) -> None:
    assert summary_of([Piece(text)]) == about
