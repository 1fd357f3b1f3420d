"""Sheets and lists to sections: question and answer pairs first, any other table row by row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from recado.assistant.knowledge.sections import Section, clean_text, parse_sections
from recado.errors import Unprocessable

_COLUMNS = {
    "question": {
        "question", "questions", "q", "pregunta", "preguntas", "pergunta", "perguntas", "p",
        "title", "titulo", "título", "heading", "consulta",
    },
    "answer": {
        "answer", "answers", "a", "respuesta", "respuestas", "resposta", "respostas", "r",
        "text", "texto", "content", "contenido", "conteudo", "conteúdo", "body",
    },
    "topic": {"topic", "tema", "category", "categoria", "categoría", "section", "seccion"},
}  # fmt: skip
_ACCEPTED = (
    'a list of {"question": …, "answer": …} or {"title": …, "text": …}, or one object whose'
    " names are the questions"
)


def _role(column: str) -> str:
    name = column.strip().lower()
    return next((role for role, names in _COLUMNS.items() if name in names), "")


def pair_section(topic: str, question: str, answer: str) -> Section:
    """One question with its answer as a section."""
    path = tuple(part for part in (clean_text(topic).strip(), clean_text(question).strip()) if part)
    return Section(path, clean_text(answer).strip())


def csv_sections(text: str) -> list[Section]:
    """The sections of a sheet: by its question and answer columns, or row by row.

    Raises Unprocessable: not a sheet with at least two columns.
    """
    rows = _rows(text)
    if not rows or max(len(row) for row in rows) < 2:
        raise Unprocessable("The sheet needs at least two columns, such as question and answer.")
    roles = [_role(cell) for cell in rows[0]]
    if "question" in roles and "answer" in roles:
        return _pairs(rows[1:], roles)
    if all(row[0].rstrip().endswith("?") for row in rows[:5]):
        return _pairs(rows, ["question", "answer"])
    return table_sections(rows)


def _rows(text: str) -> list[list[str]]:
    sample = text[:4096]
    first_line = sample.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first_line.count)
    csv.field_size_limit(2**24)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Unprocessable(f"The sheet cannot be read: {error}. Save it again as CSV.") from error
    return [row for row in rows if any(cell.strip() for cell in row)]


def _pairs(rows: Sequence[Sequence[str]], roles: Sequence[str]) -> list[Section]:
    def cell(row: Sequence[str], role: str) -> str:
        at = roles.index(role) if role in roles else len(row)
        return row[at] if at < len(row) else ""

    pairs = (
        pair_section(cell(row, "topic"), cell(row, "question"), cell(row, "answer")) for row in rows
    )
    return [section for section in pairs if section.text]


def table_sections(rows: Sequence[Sequence[str]], path: tuple[str, ...] = ()) -> list[Section]:
    """A table whose first row names the columns: one section a row, headed by its first cell."""
    header = [clean_text(cell).strip() for cell in rows[0]]
    sections = []
    for row in rows[1:]:
        cells = [clean_text(cell).strip() for cell in row]
        facts = [
            f"{name}: {value}" if name else value
            for name, value in zip(header[1:], cells[1:], strict=False)
            if value
        ]
        if cells[0] and facts:
            sections.append(Section((*path, cells[0]), f"{cells[0]}. " + ". ".join(facts)))
    return sections


def json_sections(text: str) -> list[Section]:
    """The sections of a JSON list of pairs or of titled texts.

    Raises Unprocessable: not JSON, or not of a shape that is understood.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unprocessable(f"The file is not JSON: {error}.") from error
    if isinstance(content, dict):
        lists = [value for value in content.values() if isinstance(value, list)]
        if len(lists) == 1:
            content = lists[0]
        elif content and all(isinstance(value, str) for value in content.values()):
            content = [{"question": key, "answer": value} for key, value in content.items()]
    if not isinstance(content, list):
        raise Unprocessable(f"The JSON is none of what is understood: {_ACCEPTED}.")
    sections: list[Section] = []
    for number, entry in enumerate(content, start=1):
        sections.extend(_entry_sections(entry, number))
    return sections


def _entry_sections(entry: Any, number: int) -> list[Section]:
    fields: dict[str, str] = {}
    if isinstance(entry, Mapping):
        for name, value in entry.items():
            role = _role(str(name))
            if role and isinstance(value, str):
                fields.setdefault(role, value)
    answer = fields.get("answer", "").strip()
    if not answer:
        raise Unprocessable(f"Entry {number} has no answer or text. Expected: {_ACCEPTED}.")
    head = pair_section(fields.get("topic", ""), fields.get("question", ""), "")
    return [Section((*head.path, *part.path), part.text) for part in parse_sections(answer)]
