"""Sheets as people have them: every row with its names, and no title for an answer."""

from __future__ import annotations

import pytest

from recado.documents.extract import extract
from recado.documents.reading import Reading


def read(text: str | bytes) -> Reading:
    return extract("a.csv", text if isinstance(text, bytes) else text.encode())


def rows(text: str | bytes) -> list[str]:
    return [" › ".join([*section.path, section.text]) for section in read(text).sections]


CASCO = "Casco › Producto: Casco. Precio: 45,50"
LUZ = "Luz › Producto: Luz. Precio: 15"


@pytest.mark.parametrize(
    "title",
    [
        "Lista de precios - marzo 2026;\n",
        "Lista de precios - marzo 2026\n",
        "Lista de precios - marzo 2026;\n;\n",
        "\n\nLista de precios - marzo 2026;;;\n",
    ],
)
def test_a_title_says_what_the_rows_are_of_and_answers_nothing(title: str) -> None:
    assert rows(f"{title}Producto;Precio\nCasco;45,50\nLuz;15\n") == [
        f"Lista de precios - marzo 2026 › {row}" for row in (CASCO, LUZ)
    ]


def test_a_sentence_above_a_table_is_told_as_well() -> None:
    text = "Tarifas;\nLos precios llevan IVA.;\nProducto;Precio\nCasco;45,50\nLuz;15\n"
    assert rows(text)[0] == "Tarifas › Los precios llevan IVA."


def test_particulars_above_a_table_are_no_names_of_columns() -> None:
    table = "Código;Producto;Precio\nA1;Casco;45,50\n"
    for above in ("Empresa;Sol\nFecha;01/03/2026\n;\n", "Empresa;Sol;\nFecha;01/03/2026;\n"):
        assert rows(above + table) == [
            "Empresa: Sol · Fecha: 01/03/2026",
            "A1 › Código: A1. Producto: Casco. Precio: 45,50",
        ]
    assert rows("Tarifa;Fecha: 01/03/2026\nProducto;Precio\nCasco;45,50\nLuz;15\n")[1:] == [
        CASCO,
        LUZ,
    ]


def test_each_of_several_tables_has_its_own_names() -> None:
    two = "Producto;Precio\nCasco;45,50\nLuz;15\n;\nCiudad;Envío\nMadrid;24 h\nSevilla;48 h\n"
    towns = ["Madrid › Ciudad: Madrid. Envío: 24 h", "Sevilla › Ciudad: Sevilla. Envío: 48 h"]
    assert rows(two) == [CASCO, LUZ, *towns]
    titled = two.replace("Ciudad;", "Envíos;\nCiudad;")
    assert rows(titled) == [CASCO, LUZ, *(f"Envíos › {town}" for town in towns)]
    beside = (
        "Producto;Precio;;Ciudad;Envío\nCasco;45,50;;Madrid;24 h\nLuz;15;;Sevilla;48 h\n"
        ";;;Cádiz;72 h\n"
    )
    assert rows(beside) == [CASCO, LUZ, *towns, "Cádiz › Ciudad: Cádiz. Envío: 72 h"]


def test_an_empty_row_in_a_table_leaves_it_one() -> None:
    assert rows("Clase;Quién\nYoga;Ana\n;\nBoxeo;Eva\nZumba;Sol\n") == [
        "Yoga › Clase: Yoga. Quién: Ana",
        "Boxeo › Clase: Boxeo. Quién: Eva",
        "Zumba › Clase: Zumba. Quién: Sol",
    ]
    assert rows("Producto;Precio\nCasco;45,50\n;\nLuz;15\n") == [CASCO, LUZ]


def test_names_in_two_rows_are_read_together() -> None:
    text = ";Precios;;Envío\nProducto;Minorista;Mayorista;Días\nCasco;45;40;2\nLuz;15;12;3\n"
    assert rows(text)[0] == (
        "Casco › Producto: Casco. Precios Minorista: 45. Precios Mayorista: 40. Envío Días: 2"
    )


def test_what_a_spreadsheet_writes_for_its_own_is_no_value() -> None:
    text = 'Producto;Precio\n"=""0012""";45\nCasco;#¡REF!\nLuz;15\n'
    assert rows(text) == [
        "0012 › Producto: 0012. Precio: 45",
        "Casco › Producto: Casco. Precio: –",
        LUZ,
    ]
    assert [(note.reason, note.what) for note in read(text).left_out] == [
        ("Left out, as errors of the spreadsheet", "“#¡REF!”")
    ]
    assert rows("| Producto | Precio |\n|---|:--|\n| Luz | 15 |\n| Casco | 45,50 |\n") == [
        LUZ,
        CASCO,
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp850", "mac_roman"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_letters_are_read_whoever_saved_them(encoding: str, end: str) -> None:
    text = end.join(["Producto;Precio", "Lámpara ñandú;45", "Piñón;15", ""])
    assert rows(text.encode(encoding)) == [
        "Lámpara ñandú › Producto: Lámpara ñandú. Precio: 45",
        "Piñón › Producto: Piñón. Precio: 15",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Producto,Precio\n"Pan, negro",28\n"Tubo 5" de acero",45\n', "Pan, negro › Producto: Pan"),
        ('Producto,Precio\n"Pan de caja,45\n"Pan, negro",28\n', "Pan, negro › Producto: Pan"),
        ('"Producto" , "Precio"\n"Pan, negro" , "28"\n', "Pan, negro › Producto: Pan"),
        ('Producto,Precio\n"Tubo 5"",45\n"Pan\nnegro",28\n', "Pan negro › Producto: Pan"),
    ],
    ids=["a quote inside", "a quote that never ends", "spaces around", "a cell of two lines"],
)
def test_a_quote_that_is_none_parts_no_cell_of_another_line(text: str, found: str) -> None:
    assert any(row.startswith(found) and row.endswith("Precio: 28") for row in rows(text))


def test_names_and_values_are_no_table_because_one_has_a_semicolon() -> None:
    told = " ".join(rows("Calle;Real 12\nHorario;L-V 9 a 18; S 9 a 14\nCorreo;hola@sol.mx\n"))
    assert "Horario: Correo" not in told
    assert all(it in told for it in ("Real 12", "L-V 9 a 18", "S 9 a 14", "hola@sol.mx"))
