"""Spreadsheets as people keep them: what each cell shows, under its sheet and its columns."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from recado.documents.apart import extract_apart
from recado.documents.extract import extract
from recado.documents.office.cell_codes import Conventions
from recado.documents.office.cell_formats import shown_number
from recado.documents.reading import Reading
from recado.errors import RequestError, TooLarge, Unprocessable
from tests.support.office_files import ods, with_part, xlsx, zipped

SPAIN = Conventions("es", comma=True)


def rows(reading: Reading) -> list[str]:
    return [" › ".join([*section.path, section.text]) for section in reading.sections]


def left_out(reading: Reading) -> dict[str, str]:
    return {note.reason: note.what for note in reading.left_out}


def price_list(book: Any) -> None:
    euro = book.add_format({"num_format": '#,##0.00\\ "€"'})
    share = book.add_format({"num_format": "0.0%"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Bicicletas")
    sheet.merge_range("A1:D1", "Tarifa de primavera")
    sheet.write_row("A3", ["Marca", "Modelo", "Precio", "Descuento", "Llega el", "Con IVA"])
    sheet.merge_range("A4:A5", "Orbea")
    sheet.write_row("B4", ["Alma", 1234.5, 0.155])
    sheet.write("C4", 1234.5, euro)
    sheet.write("D4", 0.155, share)
    sheet.write_datetime("E4", date(2026, 3, 1), day)
    sheet.write_formula("F4", "=C4*1.21", euro, 1493.745)
    sheet.write("B5", "Rise")
    sheet.write("C5", 5999, euro)
    sheet.write("D5", 0, share)
    sheet.write_boolean("E5", False)
    sheet.write("F5", "incluido")


def test_a_price_list_says_what_its_cells_show() -> None:
    reading = extract("precios.xlsx", xlsx(price_list))
    assert rows(reading) == [
        (
            "Bicicletas › Tarifa de primavera › Orbea › Marca: Orbea. Modelo: Alma."
            " Precio: 1.234,50 €. Descuento: 15,5%. Llega el: 01/03/2026. Con IVA: 1.493,75 €"
        ),
        (
            "Bicicletas › Tarifa de primavera › Orbea › Marca: Orbea. Modelo: Rise."
            " Precio: 5.999,00 €. Descuento: 0,0%. Llega el: FALSO. Con IVA: incluido"
        ),
    ]
    assert reading.counts == {"sheet": 1, "row": 4}
    assert reading.left_out == ()


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1234.5, "#,##0.00\\ [$€-C0A]", "1.234,50 €"),
        (
            1234.5,
            '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-',
            "1.234,50 €",
        ),
        (-3.5, '"$"#,##0.00_);[Red]("$"#,##0.00)', "($3,50)"),
        (0.5, "0%", "50%"),
        (45000.5, 'd "de" mmmm "de" yyyy, h:mm', "15 de marzo de 2023, 12:00"),
        (45000.75, "h:mm AM/PM", "6:00 PM"),
        (45000, "short", "15/03/2023"),
        (1.5, "[h]:mm", "36:00"),
        (600123456, "000-000-000", "600-123-456"),
        (5551234567, "(###) ###-####", "(555) 123-4567"),
        (7501030123456, "General", "7501030123456"),
        (0.1 + 0.2, "General", "0,3"),
        (1.25, "# ??/??", "1 1/4"),
        (1_500_000, '0.0,,"M"', "1,5M"),
        (3, '[>=2]0 "unidades";0 "unidad"', "3 unidades"),
        (12345, "0.00E+00", "1,23E+04"),
        (2.345, "0.00", "2,35"),
        (5, "00000", "00005"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (1e300, "#,##0.00", "1e+300"),
        (-1, "dd/mm/yyyy", "-1"),
    ],
)
def test_a_number_is_shown_as_its_format_says(value: float, code: str, shown: str) -> None:
    assert shown_number(value, code, SPAIN) == shown


def test_a_mexican_sheet_has_points_before_its_cents() -> None:
    def fill(book: Any) -> None:
        peso = book.add_format({"num_format": "[$$-80A]#,##0.00"})
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["Producto", "Precio"])
        sheet.write("A2", "Silla de oficina")
        sheet.write("B2", 1234.5, peso)

    assert rows(extract("a.xlsx", xlsx(fill)))[0].endswith("Precio: $1,234.50")


def test_what_nobody_sees_is_told_and_not_learnt() -> None:
    def fill(book: Any) -> None:
        price_list(book)
        sheet = book.get_worksheet_by_name("Bicicletas")
        sheet.set_column("G:G", None, None, {"hidden": True})
        sheet.write_column("G3", ["Coste", 700, 3000])
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.write_row("A6", ["Secreta", "Nueva", 1])
        sheet.write_comment("B4", "pedir a Luis")
        sheet.set_header("&CSolo uso interno")
        hides = book.add_format({"num_format": ";;;"})
        sheet.write("B7", 99, hides)
        hidden = book.add_worksheet("Márgenes")
        hidden.write("A1", "Margen: 30 %")
        hidden.hide()
        book.add_chartsheet("Ventas")

    reading = extract("a.xlsx", xlsx(fill))
    said = " ".join(rows(reading))
    assert not {"700", "Secreta", "Margen", "Luis", "99"} & set(said.split())
    told = left_out(reading)
    assert told["Left out, as hidden sheets"] == "“Márgenes”"
    assert told["Left out, as hidden columns"] == "“Coste”, “700”, “3000”"
    assert told["Left out, as hidden rows"] == "“Secreta · Nueva · 1”"
    assert "pedir a Luis" in told["Left out, as comments on cells"]
    assert told["Left out, as values that their cells do not show"] == "“Bicicletas!B7”"
    assert "Solo uso interno" in told["Left out, as headers and footers of the pages"]
    assert told["Left out, as sheets without cells"] == "“Ventas”"


def test_rows_that_a_filter_hides_for_now_are_learnt() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["Ciudad", "Envío"])
        sheet.write_row("A2", ["Madrid", "24 h"])
        sheet.write_row("A3", ["Sevilla", "48 h"])
        sheet.autofilter("A1:B3")
        sheet.filter_column("A", "x == Madrid")
        sheet.set_row(2, None, None, {"hidden": True})

    assert rows(extract("a.xlsx", xlsx(fill)))[1] == "Sevilla › Ciudad: Sevilla. Envío: 48 h"


def test_a_formula_that_was_never_worked_out_is_told() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("Precios")
        sheet.write_row("A1", ["Producto", "Precio"])
        sheet.write("A2", "Casco")
        sheet.write_formula("B2", "=40*1.21", None, "")
        sheet.insert_textbox("D2", "Precios con IVA\nEnvío gratis desde 50 €")

    reading = extract("a.xlsx", xlsx(fill))
    assert [what for reason, what in left_out(reading).items() if "without a result" in reason] == [
        "“Precios!B2”"
    ]
    assert "Precios › Precios con IVA\nEnvío gratis desde 50 €" in rows(reading)


def test_questions_with_answers_on_several_sheets() -> None:
    def fill(book: Any) -> None:
        for name in ("Envíos", "Hoja2"):
            sheet = book.add_worksheet(name)
            sheet.write_row("A1", ["Pregunta", "Respuesta"])
            sheet.write_row("A2", ["¿Hacen envíos?", "Sí, en 24 horas."])

    assert rows(extract("a.xlsx", xlsx(fill))) == [
        "Envíos › ¿Hacen envíos? › Sí, en 24 horas.",
        "¿Hacen envíos? › Sí, en 24 horas.",
    ]


TABLE = """
<table:table table:name="Precios"><table:table-column table:number-columns-repeated="2"/>
<table:table-column table:visibility="collapse"/>
<table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>Tarifa</text:p>
</table:table-cell><table:covered-table-cell/></table:table-row>
<table:table-row table:number-rows-repeated="3"><table:table-cell
 table:number-columns-repeated="16384"/></table:table-row>
<table:table-row><table:table-cell><text:p>Producto</text:p></table:table-cell>
<table:table-cell><text:p>Precio</text:p></table:table-cell>
<table:table-cell><text:p>Coste</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>Casco<text:s text:c="2"/>azul</text:p>
<office:annotation><text:p>ver con Ana</text:p></office:annotation></table:table-cell>
<table:table-cell office:value-type="currency" office:value="45.5"><text:p>45,50 €</text:p>
</table:table-cell><table:table-cell><text:p>30 €</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>Luz</text:p></table:table-cell><table:table-cell
 office:value-type="currency" office:value="9" office:currency="EUR"/></table:table-row>
<table:table-row table:number-rows-repeated="1048000"><table:table-cell
 table:number-columns-repeated="16384"/></table:table-row></table:table>
<table:table table:name="Oculta" table:style-name="ta2"><table:table-row><table:table-cell>
<text:p>secreto</text:p></table:table-cell></table:table-row></table:table>
"""
HIDDEN = (
    '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
)


def test_a_sheet_of_libreoffice() -> None:
    reading = extract("a.ods", ods(TABLE, HIDDEN))
    assert rows(reading) == [
        "Precios › Tarifa › Casco azul › Producto: Casco azul. Precio: 45,50 €",
        "Precios › Tarifa › Luz › Producto: Luz. Precio: 9 EUR",
    ]
    assert left_out(reading) == {
        "Left out, as hidden sheets": "“Oculta”",
        "Left out, as comments on cells": "“ver con Ana”",
        "Left out, as hidden columns": "“Coste”, “30 €”",
    }


BOOK = xlsx(price_list)
SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = '<!DOCTYPE a [<!ENTITY b "bb">]><worksheet><sheetData/></worksheet>'
LOCKED = "<manifest><file-entry><encryption-data/></file-entry></manifest>"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.xlsx", b"\xd0\xcf\x11\xe0 old", "old Office or is locked"),
        ("a.xlsx", b"Producto;Precio\nCasco;45\n", "damaged, or no .xlsx"),
        ("a.xlsx", b"PK\x03\x04 nothing more", "damaged"),
        ("a.xlsx", ods(TABLE), "is a .ods. Name it so"),
        ("a.docx", BOOK, "is a .xlsx. Name it so"),
        ("a.csv", BOOK, "a.csv is a .xlsx. Name it so"),
        ("a.txt", zipped({"a": "b"}), "zip archive. Unpack it"),
        ("a.xlsx", zipped({"a": "b"}), "damaged"),
        ("a.xlsx", with_part(BOOK, SHEET, ENTITIES), "declares entities"),
        ("a.xlsx", with_part(BOOK, SHEET, ENTITIES.encode("utf-16")), "declares entities"),
        ("a.xlsx", with_part(BOOK, SHEET, "<worksheet><sheetData>"), "damaged"),
        ("a.xlsx", with_part(BOOK, "bomb", bytes(100_000_000)), "trap"),
        ("a.ods", with_part(ods(TABLE), "META-INF/manifest.xml", LOCKED), "password"),
        ("a.ods", with_part(ods(TABLE), "content.xml", ENTITIES), "declares entities"),
        ("a.xlsx", xlsx(lambda book: book.add_worksheet()), "no text to answer from"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_with_a_reason(
    name: str, data: bytes, says: str
) -> None:
    with pytest.raises(Unprocessable, match=says):
        extract(name, data)


def _worksheet(body: str) -> str:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{body}</sheetData></worksheet>'


async def test_a_million_empty_rows_hold_nobody_up() -> None:
    text = '<c t="inlineStr"><is><t>{}</t></is></c>'
    last = f'<row r="1048576">{text.format("Envío")}{text.format("gratis")}</row>'
    many = "".join(f'<row r="{number}"/>' for number in range(1, 1_000_001))
    began = time.monotonic()
    reading = await extract_apart("a.xlsx", with_part(BOOK, SHEET, _worksheet(many + last)))
    assert "Envío" in rows(reading)[0]
    assert time.monotonic() - began < 60


def test_cells_that_are_spread_over_the_whole_sheet_are_refused() -> None:
    cell = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="XFD{0}"><v>1</v></c></row>'
    near = _worksheet("".join(cell.format(number) for number in range(1, 3000)))
    assert extract("a.xlsx", with_part(BOOK, SHEET, near)).counts["row"] == 2999
    diagonal = "".join(
        f'<row r="{at}"><c t="inlineStr"><is><t>x</t></is></c></row>'
        f'<row r="{at}"><c r="{_letters(at)}{at}"><v>1</v></c></row>'
        for at in range(1, 5000)
    )
    with pytest.raises(TooLarge, match="Split"):
        extract("a.xlsx", with_part(BOOK, SHEET, _worksheet(diagonal)))


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def test_a_strange_date_or_number_is_no_reason_to_fail() -> None:
    for value in ("1e999", "nan", "-5", "99999999999", "x", "0x1"):
        sheet = _worksheet(f'<row><c s="3"><v>{value}</v></c><c><v>{value}</v></c></row>')
        try:
            extract("a.xlsx", with_part(BOOK, SHEET, sheet))
        except RequestError as error:
            pytest.fail(f"{value}: {error.detail}")


def test_dates_are_dates_whatever_they_are_counted_from() -> None:
    def fill(book: Any) -> None:
        day = book.add_format({"num_format": "d mmm yyyy"})
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["Holiday", "Day we are closed"])
        sheet.write("A2", "Christmas")
        sheet.write_datetime("B2", date(2026, 12, 25), day)

    for since_1904 in (False, True):
        reading = extract("a.xlsx", xlsx(fill, date_1904=since_1904))
        assert "25 Dec 2026" in rows(reading)[0]
