"""Each kind of file, made here, becomes passages under their headings."""

from __future__ import annotations

import io
from contextlib import suppress

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from recado.assistant.knowledge.passages import MAX_CHARS, passages_of, split_text
from recado.documents.encodings import decode_text
from recado.documents.extract import KINDS
from recado.documents.extract import extract as read
from recado.documents.reading import Section
from recado.documents.sections import parse_sections
from recado.errors import RequestError, Unprocessable
from recado.turns.formatting import format_for_whatsapp

PAGE = [
    "Horario",
    "Abrimos de lunes a viernes",
    "de 9:00 a 18:00.",
    "¿Hacen envíos?",
    "Sí, gratis.",
]


def extract(name: str, data: bytes) -> list[Section]:
    return list(read(name, data).sections)


def make_pdf(lines: list[str], *, password: str = "") -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(width=595, height=842)
    if lines:
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
                NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
            }
        )
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        shown = "".join(f"({line}) Tj 0 -16 Td\n" for line in lines)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 50 780 Td\n{shown}ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def make_docx() -> bytes:
    document = docx.Document()
    document.add_heading("Manual", 1)
    document.add_heading("Garantía", 2)
    document.add_paragraph("Dos años en todos los productos.")
    document.add_paragraph("cubre piezas", style="List Bullet")
    document.add_paragraph("cubre mano de obra", style="List Bullet")
    document.add_heading("Precios", 2)
    table = document.add_table(rows=0, cols=2)
    for cells in (("Producto", "Precio"), ("Casco", "45 €"), ("Timbre", "9 €")):
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            cell.text = text
    faq = document.add_table(rows=0, cols=2)
    for cells in (("Pregunta", "Respuesta"), ("¿Hacen envíos?", "Sí, a todo el país.")):
        for cell, text in zip(faq.add_row().cells, cells, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def found(sections: list[Section], heading: str) -> str:
    return next(s.text for s in sections if s.path and s.path[-1] == heading)


def test_markdown_keeps_its_headings_and_its_title_once() -> None:
    text = (
        "---\ntitle: x\n---\n# Tienda\n\n## Envíos\n### ¿Cuánto cuesta?\nGratis.\n\n## Pagos\nSí."
    )
    assert extract("a.md", text.encode()) == [
        Section(("Tienda",), "Tienda"),
        Section(("Envíos", "¿Cuánto cuesta?"), "Gratis."),
        Section(("Pagos",), "Sí."),
    ]


def test_questions_and_answers_in_plain_text_belong_together() -> None:
    text = (
        "P: ¿Abren hoy?\nR: Sí, hasta las 8.\n\nQ: Do you ship?\nA: Yes.\n\n1. ¿Y los lunes?\nNo."
    )
    assert parse_sections(text) == [
        Section(("¿Abren hoy?",), "Sí, hasta las 8."),
        Section(("Do you ship?",), "Yes."),
        Section(("¿Y los lunes?",), "No."),
    ]


def test_a_question_inside_a_paragraph_is_no_heading() -> None:
    text = "Nos preguntan mucho lo mismo.\nCan I come in today?\nOf course."
    assert [section.path for section in parse_sections(text)] == [()]


def test_html_is_read_without_its_scripts_and_menus() -> None:
    page = """<html><head><title>T</title><style>p{}</style></head><body><nav>Inicio</nav>
    <h1>Tienda</h1><h2>Env&iacute;os</h2><p>Gratis<br>desde 35 €</p><ul><li>Centro</li></ul>
    <script>alert("x")</script><dl><dt>¿Abren hoy?</dt><dd>Sí.</dd></dl></body></html>"""
    sections = extract("a.html", page.encode())
    assert found(sections, "Envíos") == "Gratis\ndesde 35 €\n\n- Centro"
    assert found(sections, "¿Abren hoy?") == "Sí."
    assert "alert" not in str(sections)
    assert "Inicio" not in str(sections)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_sheet_of_questions_and_answers(delimiter: str) -> None:
    rows = [
        ["Tema", "Pregunta", "Respuesta"],
        ["Pagos", "¿Tarjeta?", "Sí."],
        ["", "¿Bizum?", "No."],
    ]
    text = "\n".join(delimiter.join(row) for row in rows)
    assert extract("a.csv", text.encode("utf-8-sig")) == [
        Section(("Pagos", "¿Tarjeta?"), "Sí."),
        Section(("Pagos", "¿Bizum?"), "No."),
    ]


def test_a_price_list_answers_row_by_row() -> None:
    sections = extract("a.csv", "Producto;Precio;Talla\nCasco;45 €;M\n".encode("cp1252"))
    facts = (("Producto", "Casco"), ("Precio", "45 €"), ("Talla", "M"))
    text = "Producto: Casco. Precio: 45 €. Talla: M"
    assert sections == [Section(("Casco",), text, facts=facts)]


def test_json_lists_and_objects() -> None:
    pairs = b'{"faq": [{"question": "A?", "answer": "B"}, {"title": "C", "text": "D"}]}'
    assert extract("a.json", pairs)[1:] == [Section(("A?",), "B"), Section(("C",), "D")]
    assert extract("a.json", '{"¿Hola?": "Sí"}'.encode()) == [Section(("¿Hola?",), "Sí")]


def test_word_with_tables_and_lists() -> None:
    sections = extract("a.docx", make_docx())
    assert "cubre mano de obra" in found(sections, "Garantía")
    assert "- Producto: Casco · Precio: 45 €" in found(sections, "Precios")
    assert found(sections, "¿Hacen envíos?") == "Sí, a todo el país."


def test_a_pdf_is_read_across_its_line_breaks() -> None:
    data = make_pdf(PAGE)
    assert len(PdfReader(io.BytesIO(data)).pages) == 1
    sections = extract("a.pdf", data)
    assert found(sections, "¿Hacen envíos?") == "Sí, gratis."
    assert "de lunes a viernes de 9:00" in sections[0].text


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("scan.pdf", make_pdf([]), "scan"),
        ("locked.pdf", make_pdf(PAGE, password="secret"), "password"),
        ("broken.pdf", b"%PDF-1.7 nothing more", "damaged"),
        ("broken.docx", b"PK\x03\x04 nothing more", "damaged"),
        ("old.docx", b"\xd0\xcf\x11\xe0 old", "docx"),
        ("a.json", b"{not json", "JSON"),
        ("a.json", b"[" * 100 + b"1" + b"]" * 100, "deeper than 30"),
        ("a.json", b"[" * 100_000, "deeper than 30"),
    ],
)
def test_a_bad_file_says_what_to_do(name: str, data: bytes, says: str) -> None:
    with pytest.raises(Unprocessable, match=says):
        extract(name, data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_accents_survive_any_usual_encoding(encoding: str) -> None:
    text = "Año nuevo: abrimos mañana, ¿sí? 35 euros"
    assert decode_text(text.encode(encoding)) == text


def test_a_long_list_is_cut_between_items_with_its_introduction() -> None:
    items = "\n".join(f"- producto número {n} con su descripción" for n in range(60))
    pieces = split_text(f"Estos son:\n{items}")
    assert len(pieces) > 1
    assert all(piece.startswith("Estos son:\n- producto") for piece in pieces)
    assert sum(piece.count("\n- ") for piece in pieces) == 60


@given(st.text(alphabet=st.sampled_from("ab .?\n-#¿éñ1|\t"), max_size=3000))
def test_no_passage_is_too_long_and_no_word_is_lost(text: str) -> None:
    pieces = split_text(text)
    assert all(len(piece) <= MAX_CHARS for piece in pieces)
    assert all(piece.strip() for piece in pieces)


@given(st.binary(max_size=400), st.sampled_from(sorted(set(KINDS.values()))))
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes, kind: str) -> None:
    passages = []
    with suppress(RequestError):
        passages = passages_of(extract(f"a.{kind}", data))
    assert all("\x00" not in passage.text for passage in passages)


def test_each_passage_knows_its_language() -> None:
    text = "## Horario\nAbrimos todos los días a las 9.\n\n## Hours\nWe are open from nine to five."
    assert [p.language for p in passages_of(parse_sections(text))] == ["es", "en"]


ANGLES = "Escribe PAGO <monto> a <SOPORTE>, <nombre del titular>. x < y > z, <3, List<String>"


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.csv", "a.html", "b.html", "a.docx", "a.pdf"])
def test_words_in_angle_brackets_are_learnt(name: str) -> None:
    document = docx.Document()
    document.add_paragraph(ANGLES)
    word = io.BytesIO()
    document.save(word)
    escaped = ANGLES.replace("<", "&lt;").replace(">", "&gt;")
    files = {
        "a.md": f"# Pagos\n\n{ANGLES}\n".encode(),
        "a.txt": ANGLES.encode(),
        "a.csv": f'pregunta,respuesta\n¿Cómo pago?,"{ANGLES}"\n'.encode(),
        "a.html": f"<html><body><p>{ANGLES}</p></body></html>".encode(),
        "b.html": f"<p>{escaped}</p><app-footer><o:p class=x></o:p></app-footer>".encode(),
        "a.docx": word.getvalue(),
        "a.pdf": make_pdf([ANGLES]),
    }
    text = " ".join(section.text for section in extract(name, files[name]))
    assert format_for_whatsapp(text) == ANGLES


def test_lines_that_stand_alone_over_a_text_are_its_headings() -> None:
    text = (
        "El Tornillo\n\nHorario\nLunes a viernes de 8:00 a 18:00.\n\n"
        "Pagos:\nAceptamos efectivo y tarjeta débito.\n\nAlquiler\nNo alquilamos herramientas.\n"
    )
    found = [(s.path, s.text) for s in parse_sections(text, plain=True)]
    assert found[1:] == [
        (("Horario",), "Lunes a viernes de 8:00 a 18:00."),
        (("Pagos",), "Aceptamos efectivo y tarjeta débito."),
        (("Alquiler",), "No alquilamos herramientas."),
    ]


def test_a_text_without_that_manner_keeps_its_lines_together() -> None:
    for text in ("Hola\nAbrimos a las 8:00.", "Ana López\nJuan Pérez\n\nCalle 5\nPereira"):
        assert [s.path for s in parse_sections(text, plain=True)] == [()]
