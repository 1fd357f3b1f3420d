"""Presentations and documents of LibreOffice: by their headings, with all that is shown."""

from __future__ import annotations

import io
import re
from typing import Any

import pptx
import pytest
from pptx.util import Inches

from recado.documents.extract import extract
from recado.documents.reading import Reading
from recado.errors import Unprocessable
from tests.support.office_files import odt, with_part


def rows(reading: Reading) -> list[str]:
    return [" › ".join([*section.path, section.text]) for section in reading.sections]


def deck() -> bytes:
    made: Any = pptx.Presentation()
    title, content, bare = (made.slide_layouts[at] for at in (0, 1, 6))
    first = made.slides.add_slide(title)
    first.shapes.title.text = "Clínica Sol"
    first.placeholders[1].text = "Abrimos de lunes a viernes de 9:00 a 18:00."
    prices = made.slides.add_slide(content)
    prices.shapes.title.text = "Tarifas"
    prices.placeholders[1].text = "Precios con IVA\nPago con tarjeta"
    frame = prices.shapes.add_table(3, 2, 0, 0, Inches(4), Inches(2))
    for at, row in enumerate((("Servicio", "Precio"), ("Limpieza", "60 €"), ("Revisión", "30 €"))):
        for column, cell in enumerate(row):
            frame.table.cell(at, column).text = cell
    notes = prices.notes_slide.notes_text_frame
    notes.text = "La primera revisión es gratis para menores de 12 años."
    group = made.slides.add_slide(bare).shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 100, 100).text_frame.text = "Aparcamiento gratis en el sótano."
    hidden = made.slides.add_slide(content)
    hidden.shapes.title.text = "Márgenes internos"
    hidden._element.set("show", "0")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_slide_answers_below_its_title_with_its_table_and_what_is_said_to_it() -> None:
    reading = extract("a.pptx", deck())
    assert [re.sub(r"\n{2,}", "\n", row) for row in rows(reading)] == [
        "Clínica Sol › Abrimos de lunes a viernes de 9:00 a 18:00.",
        (
            "Tarifas › - Precios con IVA\n- Pago con tarjeta\n"
            "- Servicio: Limpieza · Precio: 60 €\n- Servicio: Revisión · Precio: 30 €\n"
            "La primera revisión es gratis para menores de 12 años."
        ),
        "Aparcamiento gratis en el sótano.",
    ]
    assert reading.counts == {"slide": 4, "table": 1, "row": 3}
    assert [(note.reason, note.what) for note in reading.left_out] == [
        ("Left out, as hidden slides", "“Márgenes internos”")
    ]


def test_a_presentation_with_macros_is_read_without_them() -> None:
    macros = with_part(deck(), "ppt/vbaProject.bin", b"\xd0\xcf\x11\xe0 Shell")
    assert rows(extract("a.pptm", macros)) == rows(extract("a.pptx", deck()))


def test_a_presentation_whose_slides_are_a_trap_is_refused() -> None:
    entities = '<!DOCTYPE a [<!ENTITY b "bb">]><p:sld xmlns:p="p">&b;</p:sld>'
    with pytest.raises(Unprocessable, match="declares entities"):
        extract("a.pptx", with_part(deck(), "ppt/slides/slide1.xml", entities))


def test_a_document_of_libreoffice() -> None:
    reading = extract(
        "a.odt",
        odt(
            '<text:h text:outline-level="1">Manual</text:h>'
            '<text:h text:outline-level="2">Garantía</text:h>'
            "<text:p>Dos años<text:s/>en <text:span>todo</text:span>."
            "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Salvo"
            " baterías.</text:p></text:note-body></text:note></text:p>"
            "<text:list><text:list-item><text:p>cubre piezas</text:p></text:list-item>"
            "<text:list-item><text:p>cubre envío</text:p></text:list-item></text:list>"
            '<text:h text:outline-level="2">Precios</text:h>'
            "<text:tracked-changes><text:changed-region><text:p>borrado</text:p>"
            "</text:changed-region></text:tracked-changes>"
            "<table:table><table:table-row><table:table-cell><text:p>Producto</text:p>"
            "</table:table-cell><table:table-cell><text:p>Precio</text:p></table:table-cell>"
            "</table:table-row><table:table-row><table:table-cell><text:p>Casco</text:p>"
            "</table:table-cell><table:table-cell><text:p>45 €</text:p></table:table-cell>"
            "</table:table-row></table:table>"
        ),
    )
    assert rows(reading) == [
        "Manual › Manual",
        "Garantía › Dos años en todo.\n\nSalvo baterías.\n\n- cubre piezas\n- cubre envío",
        "Precios › - Producto: Casco · Precio: 45 €",
    ]
    assert "borrado" not in str(reading)
    deep = "<text:list><text:list-item>" * 30 + "<text:p>a</text:p>"
    with pytest.raises(Unprocessable, match="nested deeper"):
        extract("a.odt", odt(deep + "</text:list-item></text:list>" * 30))
