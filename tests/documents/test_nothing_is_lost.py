"""Every word of a file stands in some passage, or is told of as left out."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Sequence
from typing import Any

import docx
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.assistant.knowledge.passages import passages_of
from recado.documents.extract import extract
from tests.support.office_files import ods, odt, xlsx

# The marks of questions and answers are no words ("P: …"), and "A" would be one.
WORD = st.text("bcdfghjkmnñtvwxyzáé0123456789", min_size=1, max_size=8)
SIGN = st.sampled_from(
    ["¿", "?", "#", "*", "**", "|", "-", "_", ":", ".", ",", ";", '"', "<", ">", "[", "]", "(",
     ")", "!", "=", "~~~", "```", "---", "===", "•", "\\", "€", "\t", "  ", "&", "'"]
)  # fmt: skip
CELL = st.lists(st.one_of(WORD, WORD, SIGN), max_size=6).map(" ".join)
TABLE = st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=12)
LINE = st.lists(st.one_of(WORD, WORD, WORD, SIGN, st.just("\n")), max_size=10).map(" ".join)
LINES = st.lists(LINE, min_size=1, max_size=25)


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def lost(name: str, data: bytes, source: str) -> set[str]:
    """The words of `source` that are nowhere in what was read of the file."""
    reading = extract(name, data)
    kept = [f"{passage.heading} {passage.text}" for passage in passages_of(reading.sections)]
    kept += [left.what for left in reading.left_out]
    return set(words(source)) - set(words(" ".join(kept)))


def has_words(rows: Sequence[Sequence[str]]) -> bool:
    return any(words(cell) for row in rows for cell in row)


@settings(deadline=None)
@given(TABLE, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_cell_of_a_sheet_is_in_a_passage(
    rows: list[list[str]], delimiter: str, line_end: str
) -> None:
    if not has_words(rows):
        return
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    source = " ".join(cell for row in rows for cell in row)
    assert not lost("a.csv", out.getvalue().encode(), source)


@settings(deadline=None)
@given(LINES, st.sampled_from(["md", "txt"]))
def test_every_word_of_a_text_is_in_a_passage(lines: list[str], kind: str) -> None:
    text = "\n".join(lines)
    if words(text):
        assert not lost(f"a.{kind}", text.encode(), text)


@settings(deadline=None)
@given(TABLE, LINES, st.integers(0, 7))
def test_every_word_of_a_page_is_in_a_passage(
    rows: list[list[str]], lines: list[str], level: int
) -> None:
    tag = f"h{level}" if 0 < level < 7 else "p"
    table = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    body = "".join(f"<{tag}>{html.escape(line)}</{tag}>" for line in lines)
    source = " ".join([*lines, *(cell for row in rows for cell in row)])
    if words(source):
        assert not lost("a.html", f"{body}<table>{table}</table>".encode(), source)


NODE = st.recursive(
    st.one_of(CELL, st.integers(0, 99999), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(WORD, st.sampled_from(["question", "text", "name"])), inner),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(NODE)
def test_every_value_of_a_json_file_is_in_a_passage(node: object) -> None:
    written = json.dumps(node, ensure_ascii=False)
    if not isinstance(node, (list, dict)) or not _values(node):
        return
    assert not lost("a.json", written.encode(), " ".join(_values(node)))


def _values(node: object) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _values(value)]
    if isinstance(node, list):
        return [text for value in node for text in _values(value)]
    return words(str(node)) if node is not None else []


@settings(deadline=None, max_examples=40)
@given(TABLE, LINES, st.booleans())
def test_every_word_of_a_document_is_in_a_passage(
    rows: list[list[str]], lines: list[str], bold: bool
) -> None:
    document = docx.Document()
    for at, line in enumerate(lines):
        if at % 4 == 3:
            document.add_heading(line, 1 + at % 3)
        else:
            document.add_paragraph().add_run(line).bold = bold and at % 3 == 0
    width = max(map(len, rows))
    table = document.add_table(rows=0, cols=width)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=False):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    source = " ".join([*lines, *(cell for row in rows for cell in row)])
    if words(source):
        assert not lost("a.docx", out.getvalue(), source)


@settings(deadline=None, max_examples=40)
@given(TABLE, st.booleans())
def test_every_cell_of_a_workbook_is_in_a_passage(rows: list[list[str]], named: bool) -> None:
    if not has_words(rows):
        return

    def fill(book: Any) -> None:
        sheet = book.add_worksheet("Precios" if named else "Hoja1")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)

    cells = (
        "".join(f"<table:table-cell><text:p>{html.escape(cell)}</text:p></table:table-cell>"
                for cell in row)
        for row in rows
    )  # fmt: skip
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    source = " ".join(cell for row in rows for cell in row)
    assert not lost("a.xlsx", xlsx(fill), source)
    assert not lost("a.ods", ods(f"<table:table>{body}</table:table>"), source)


@settings(deadline=None, max_examples=30)
@given(TABLE, LINES)
def test_every_word_of_a_slide_is_in_a_passage(rows: list[list[str]], lines: list[str]) -> None:
    width = max(map(len, rows))
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = lines[0]
    slide.placeholders[1].text = "\n".join(lines)
    table = slide.shapes.add_table(len(rows), width, 0, 0, 1000, 1000).table
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            table.cell(at, column).text = cell
    slide.notes_slide.notes_text_frame.text = " ".join(reversed(lines))
    out = io.BytesIO()
    deck.save(out)
    source = " ".join([*lines, *(cell for row in rows for cell in row)])
    if words(source):
        assert not lost("a.pptx", out.getvalue(), source)


@settings(deadline=None, max_examples=40)
@given(TABLE, LINES, st.integers(0, 3))
def test_every_word_of_a_text_of_libreoffice_is_in_a_passage(
    rows: list[list[str]], lines: list[str], sort: int
) -> None:
    around = [
        "<text:p>{}</text:p>",
        '<text:h text:outline-level="2">{}</text:h>',
        "<text:list><text:list-item><text:p>{}</text:p></text:list-item></text:list>",
        (
            "<text:p>más<text:note><text:note-body><text:p>{}</text:p></text:note-body></text:note>y"
            "</text:p>"
        ),
    ]
    cells = (
        "".join(f"<table:table-cell><text:p>{html.escape(cell)}</text:p></table:table-cell>"
                for cell in row)
        for row in rows
    )  # fmt: skip
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    body = "".join(
        around[(at + sort) % 4].format(html.escape(line)) for at, line in enumerate(lines)
    )
    source = " ".join([*lines, *(cell for row in rows for cell in row)])
    if words(source):
        assert not lost("a.odt", odt(f"{body}<table:table>{table}</table:table>"), source)


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Tienda\nHorario: de 9 a 18\n---\nHola",
        "---\nAbrimos a las nueve\n---\nHola",
        "# Tienda\n\n## Cerrado los lunes\n## Pagos\nTarjeta",
        "P: ¿Sin respuesta?\nP: ¿Con respuesta?\nR: Sí",
        "![Menú del día a 12 euros](menu.png)\n\nOtra cosa",
        "```precio: 45 €\ncódigo\n",
        "<!-- sin fin\nHola",
        "Hola <!-- nota --> mundo",
    ],
)
def test_what_other_readers_take_for_marks_is_kept(text: str) -> None:
    assert lost("a.md", text.encode(), text.replace("menu.png", "")) <= {"title", "P", "R"}
