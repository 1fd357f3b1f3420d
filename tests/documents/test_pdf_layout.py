"""A PDF is read as it looks: headings, tables, columns, and nothing that every page repeats."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    FrameBreak,
    PageBreak,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from recado.documents.extract import extract
from recado.documents.reading import Reading
from recado.errors import RequestError, Unprocessable
from tests.documents.test_nothing_is_lost import lost, words

STYLES = getSampleStyleSheet()
PRICES = [
    ["Producto", "Talla", "Precio"],
    ["Casco urbano", "M", "45,50 €"],
    ["", "L", "47,00 €"],
    ["Timbre de bronce", "", "9,90 €"],
    ["Luz trasera", "U", "15 €"],
]
PROSE = "Enviamos a todo el país en cuarenta y ocho horas hábiles desde el depósito central. "


def said(text: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(text, STYLES[style])


def ruled(rows: Sequence[Sequence[str]], kind: str) -> Table:
    table = Table([list(row) for row in rows])
    if kind == "grid":
        table.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    elif kind == "rows":
        table.setStyle([("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.black)])
    elif kind == "shaded":
        table.setStyle([("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey)])
    return table


def printed(*parts: Any, running: bool = False) -> bytes:
    def margins(canvas: Canvas, document: Any) -> None:
        if running:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(60, 815, "Ferretería Sol · Tel 555-1234")
            canvas.drawRightString(540, 30, f"Página {document.page} de 3")

    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4).build(
        list(parts), onFirstPage=margins, onLaterPages=margins
    )
    return out.getvalue()


def texts(reading: Reading) -> dict[str, str]:
    return {" › ".join(section.path): section.text for section in reading.sections}


@pytest.mark.parametrize("kind", ["grid", "rows", "shaded", "none"])
def test_rows_stay_rows_with_the_names_of_their_columns(kind: str) -> None:
    data = printed(
        said("Lista de precios", "Heading1"),
        ruled(PRICES, kind),
        Spacer(1, 20),
        said("Envíos", "Heading1"),
        said(PROSE * 3),
    )
    found = texts(extract("a.pdf", data))
    assert found["Lista de precios"].split("\n") == [
        "- Producto: Casco urbano · Talla: M · Precio: 45,50 €",
        "- Producto: Casco urbano · Talla: L · Precio: 47,00 €",
        "- Producto: Timbre de bronce · Precio: 9,90 €",
        "- Producto: Luz trasera · Talla: U · Precio: 15 €",
    ]
    assert found["Envíos"] == (PROSE * 3).strip()


def test_columns_are_read_one_after_the_other() -> None:
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4)
    frames = [Frame(50, 50, 230, 700), Frame(310, 50, 230, 700)]
    document.addPageTemplates([PageTemplate(frames=frames)])
    document.build(
        [said("Envíos", "Heading2"), said(PROSE * 6), FrameBreak(), said("Pagos", "Heading2"),
         said("Se paga al recibir, o antes por transferencia a la cuenta de la casa. " * 6)]
    )  # fmt: skip
    found = texts(extract("a.pdf", out.getvalue()))
    assert found["Envíos"] == (PROSE * 6).strip()
    assert found["Pagos"].startswith("Se paga al recibir, o antes por transferencia a la cuenta")


def test_columns_side_by_side_are_no_table() -> None:
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4)
    frames = [Frame(40 + at * 175, 50, 160, 700) for at in range(3)]
    document.addPageTemplates([PageTemplate(frames=frames)])
    parts: list[Any] = []
    for name in ("Desayuno", "Alberca", "Traslados"):
        parts += [said(name, "Heading2"), said(PROSE * 3), said("Mascotas", "Heading3"),
                  said(PROSE * 3), FrameBreak()]  # fmt: skip
    document.build(parts[:-1])
    found = texts(extract("a.pdf", out.getvalue()))
    assert [name for name in found if "Mascotas" not in name] == [
        "Desayuno",
        "Alberca",
        "Traslados",
    ]
    assert set(found.values()) == {(PROSE * 3).strip()}


def test_rows_that_differ_by_their_numbers_alone_are_no_running_line() -> None:
    rows = [[f"Ruta {at}", f"{at % 24}:{at * 7 % 60:02}", f"${40 + at}"] for at in range(120)]
    long = Table([["Ruta", "Salida", "Tarifa"], *rows], repeatRows=1)
    reading = extract("a.pdf", printed(long))
    assert reading.counts["page"] > 2
    assert reading.left_out == ()
    said_of = "\n".join(section.text for section in reading.sections)
    assert all(
        f"Ruta: {name} · Salida: {leaves} · Tarifa: {costs}" in said_of
        for name, leaves, costs in rows
    )


DISHES = [
    ("Molletes", "$75", "Frijoles refritos y queso gratinado"),
    ("Chilaquiles", "$98", "Con pollo, crema y cebolla"),
    ("Omelette", "$92", "Champiñones o espinacas"),
    ("Waffle", "$88", "Fresas con crema batida"),
]


def drawn(*words: tuple[float, float, str, float]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for x, y, text, size in words:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y, text)
    canvas.save()
    return out.getvalue()


def test_a_menu_in_two_columns_keeps_each_dish_with_its_price_and_its_words() -> None:
    words = []
    for at, (dish, costs, of_what) in enumerate(DISHES):
        x, y = 40 + 260 * (at // 2), 700 - 30 * (at % 2)
        words += [(x, y, dish, 11), (x + 225, y, costs, 11), (x, y - 12, of_what, 9)]
    (section,) = extract("a.pdf", drawn((40, 760, "Café Sur", 20), *words)).sections
    assert section.path == ("Café Sur",)
    assert [line for line in section.text.split("\n") if line] == [
        f"- {dish} {of_what} · {costs}" for dish, costs, of_what in DISHES
    ]


def test_cells_that_are_centred_beside_two_lines_are_one_row() -> None:
    words = [
        (200, 706, "Incluye vapor y mascarilla;", 11), (40, 700, "Facial", 11),
        (500, 700, "$650", 11), (200, 694, "dura noventa minutos.", 11),
        (40, 676, "Cejas", 11), (200, 676, "Con hilo o cera.", 11), (500, 676, "$120", 11),
        (200, 658, "Aceites de lavanda, sesenta", 11), (40, 652, "Masaje", 11),
        (500, 652, "$700", 11), (200, 646, "minutos en cabina.", 11),
    ]  # fmt: skip
    (section,) = extract("a.pdf", drawn(*words)).sections
    assert section.text.split("\n") == [
        "- Facial · Incluye vapor y mascarilla; dura noventa minutos. · $650",
        "- Cejas · Con hilo o cera. · $120",
        "- Masaje · Aceites de lavanda, sesenta minutos en cabina. · $700",
    ]


def test_a_space_without_room_parts_no_word() -> None:
    """As browsers print a soft hyphen in the middle of a line."""
    end = 72 + Canvas(io.BytesIO()).stringWidth("responsabi", "Helvetica", 11)
    data = drawn((72, 700, "responsabi", 11), (end, 700, " ", 11), (end, 700, "lidad", 11))
    (section,) = extract("a.pdf", data).sections
    assert section.text == "responsabilidad"


def test_letters_set_wide_are_a_word() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    text = canvas.beginText(72, 720)
    text.setFont("Helvetica-Bold", 20, leading=30)
    text.setCharSpace(6)
    text.textLine("HORARIO DE VERANO")
    text.setFont("Helvetica", 11, leading=14)
    text.setCharSpace(0)
    text.textLine("De lunes a viernes abrimos de 8 a 15 horas.")
    canvas.drawText(text)
    canvas.save()
    assert [*texts(extract("a.pdf", out.getvalue()))] == ["HORARIO DE VERANO"]


def test_what_every_page_repeats_is_left_out_and_told() -> None:
    pages = [said("Horarios", "Heading1"), said("De nueve a seis."), PageBreak()]
    pages += [said("Cambios", "Heading1"), said("En treinta días."), PageBreak()]
    pages += [said("Garantía", "Heading1"), said("Dos años.")]
    reading = extract("a.pdf", printed(*pages, running=True))
    found = texts(reading)
    assert found == {
        "Horarios": "De nueve a seis.",
        "Cambios": "En treinta días.",
        "Garantía": "Dos años.",
    }
    assert reading.counts["page"] == 3
    assert [left.what for left in reading.left_out] == ["“Ferretería Sol · Tel 555-1234”", "3"]


def test_a_word_cut_at_the_end_of_a_line_is_whole_again() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for at, line in enumerate(["La garantía cubre todas las repara-", "ciones del primer año."]):
        canvas.drawString(60, 700 - 14 * at, line)
    canvas.showPage()
    canvas.rect(60, 60, 200, 200, fill=1)  # a page that is only a picture
    canvas.showPage()
    canvas.save()
    reading = extract("a.pdf", out.getvalue())
    assert texts(reading)[""] == "La garantía cubre todas las reparaciones del primer año."
    assert [(left.reason, left.what) for left in reading.left_out] == [
        ("Pages without text (pictures, or empty)", "2")
    ]


def test_questions_in_a_table_are_questions() -> None:
    rows = [["Pregunta", "Respuesta"], ["¿Hacen envíos?", "Sí, gratis."], ["¿Abren hoy?", "No."]]
    found = texts(extract("a.pdf", printed(said("Dudas", "Heading1"), ruled(rows, "grid"))))
    assert found["¿Hacen envíos?"] == "Sí, gratis."


def test_a_file_that_unpacks_to_gigabytes_is_refused() -> None:
    import zlib

    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(400)) + packer.flush()
    trap = b"%%PDF-1.4\n1 0 obj<</Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream\nendobj\n"
    with pytest.raises(Unprocessable, match="300 MB"):
        extract("a.pdf", trap % (len(packed), packed))


CELL = st.lists(st.text("abcdefghij0123456789", min_size=1, max_size=9), max_size=3).map(" ".join)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(2, 5).flatmap(
        lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=9)
    ),
    st.sampled_from(["grid", "rows", "shaded", "none"]),
)
def test_every_cell_of_a_printed_table_is_in_a_passage(rows: list[list[str]], kind: str) -> None:
    source = " ".join(cell for row in rows for cell in row)
    if words(source):
        assert not lost("a.pdf", printed(said("Tabla xyz", "Heading1"), ruled(rows, kind)), source)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_pdf_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(printed(said("Precios", "Heading1"), ruled(PRICES, "grid")))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(RequestError):
        assert extract("a.pdf", bytes(whole)).sections


def by_a_browser(pages: Sequence[Sequence[str]], browser: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number, lines in enumerate(pages, start=1):
        canvas.setFont("Helvetica", 8)
        if browser == "chromium":
            canvas.drawString(24, 825, "29/11/26, 15:04")
            canvas.drawCentredString(297, 825, "Ferretería Sol - Preguntas")
            canvas.drawString(24, 16, "file:///C:/Users/Ana/Documents/preguntas.html")
            canvas.drawRightString(571, 16, f"{number}/{len(pages)}")
        else:
            canvas.drawString(24, 825, "Ferretería Sol - Preguntas")
            canvas.drawRightString(571, 825, "https://example.com/preguntas?x=1")
            canvas.drawString(24, 16, f"{number} of {len(pages)}")
            canvas.drawRightString(571, 16, "11/29/2026, 3:04 PM")
        canvas.setFont("Helvetica", 11)
        for at, line in enumerate(lines):
            canvas.drawString(60, 780 - 16 * at, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
@pytest.mark.parametrize("pages", [1, 2])
def test_what_a_browser_prints_around_a_page_answers_nothing(browser: str, pages: int) -> None:
    lines = [["Abrimos de lunes a viernes."], ["La tienda está en la calle Mayor 3."]][:pages]
    reading = extract("a.pdf", by_a_browser(lines, browser))
    told = " ".join(section.text for section in reading.sections)
    assert told.split() == " ".join(line for page in lines for line in page).split()
    (left,) = reading.left_out
    assert left.reason == "Left out, as printed around the pages by a browser"
    assert "Ferretería Sol" in left.what


def test_a_date_and_an_address_at_the_edge_of_a_page_are_its_own() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.drawString(60, 815, "24/12/2026, 20:00")
    canvas.drawString(200, 815, "Cena de Navidad")
    canvas.drawString(60, 700, "Habrá música.")
    canvas.drawString(60, 30, "https://example.com/cena")
    canvas.save()
    told = " ".join(section.text for section in extract("a.pdf", out.getvalue()).sections)
    assert "24/12/2026" in told
    assert "https://example.com/cena" in told
