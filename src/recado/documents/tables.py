"""Sheets to sections: question and answer pairs first, any other table row by row."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from recado.documents.grid import (
    Grid,
    Record,
    fact_text,
    grid_lines,
    read_grid,
    unused_names,
)
from recado.documents.reading import LeftOut, Reading, Section, shown
from recado.documents.sections import clean_text, read_text
from recado.documents.sheets import cleaned, tables_of

COLUMNS = {
    "question": {
        "question", "questions", "q", "pregunta", "preguntas", "pergunta", "perguntas", "p",
        "title", "titulo", "título", "heading", "consulta", "duda", "dudas", "faq",
    },
    "answer": {
        "answer", "answers", "a", "respuesta", "respuestas", "resposta", "respostas", "r",
        "text", "texto", "content", "contenido", "conteudo", "conteúdo", "body",
    },
    "topic": {"topic", "tema", "category", "categoria", "categoría", "section", "seccion",
              "sección", "seção"},
}  # fmt: skip
#: From the most deliberate to the one that text is full of.
_DELIMITERS = ("\t", ";", "|", ",")
_SAMPLE_LINES = 200
_LONGEST_TITLE = 10
#: Spaces between a quote and the sign after it.
_AFTER_A_QUOTE = {
    ",": re.compile(r'" {1,9}(?=,)'),
    ";": re.compile(r'" {1,9}(?=;)'),
    "|": re.compile(r'" {1,9}(?=\|)'),
}
#: In lines, where some quotes of a sheet are none.
_LONGEST_CELL = 9
_DECIMALS = re.compile(r"\d{2}(?!\d)")


def role_of(column: str) -> str:
    """What a column or a field holds by its name: question, answer, topic or ""."""
    name = column.strip().strip("*:_ ").lower()
    return next((role for role, names in COLUMNS.items() if name in names), "")


def pair_section(topic: str, question: str, answer: str) -> Section:
    """One question with its answer as a section."""
    path = tuple(part for part in (clean_text(topic).strip(), clean_text(question).strip()) if part)
    return Section(path, clean_text(answer).strip())


def csv_reading(text: str) -> Reading:
    """The sections of a sheet: by its question and answer columns, or row by row; a sheet of one
    column is read as the text that it is."""
    rows, delimiter = _rows(clean_text(text))
    return rows_reading(_with_decimals(rows) if delimiter == "," else rows)


def rows_reading(rows: list[list[str]]) -> Reading:
    """The sections of a sheet's rows, empty ones among them."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    counts = {"row": len(filled)}
    if max((len(row) for row in filled), default=0) < 2:
        reading = read_text("\n".join(row[0] for row in filled), plain=True)
        return Reading(reading.sections, counts, reading.left_out)
    rows, errors = cleaned(rows)
    grids = list(tables_of(rows))
    left_out = [note for grid in grids for note in _unanswered(grid)]
    if errors:
        left_out.append(LeftOut("Left out, as errors of the spreadsheet", shown(errors)))
    sections = [section for grid in grids for section in _grid_sections(grid)]
    return Reading(tuple(sections), counts, tuple(left_out))


def _rows(text: str) -> tuple[list[list[str]], str]:
    """The rows, empty ones too, and the sign between their cells."""
    first, _, rest = text.partition("\n")
    if re.fullmatch(r'"?sep=(.)"?\s{0,9}', first):
        delimiter, text = first.strip('" ')[4], rest
    else:
        delimiter = _delimiter(text)
    csv.field_size_limit(2**25)
    try:
        rows = _quoted(text, delimiter)
    except csv.Error:  # quotes that are no quotes: 5" pipes
        rows = list(_line_by_line(text, delimiter))
    return rows, delimiter


def _quoted(text: str, delimiter: str) -> list[list[str]]:
    """The rows of a sheet that quotes as it should, spaces around its quotes or not."""
    if delimiter in _AFTER_A_QUOTE:
        text = _AFTER_A_QUOTE[delimiter].sub('"', text)
    lines = io.StringIO(text, newline="")
    return list(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True))


def _line_by_line(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows of a sheet some of whose quotes are none: those lines as they are written, the
    others, also in cells of several lines, as they are meant."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        for count in range(1, _LONGEST_CELL if '"' in lines[at] else 2):
            try:
                rows = _quoted("\n".join(lines[at : at + count]), delimiter)
            except csv.Error:
                continue
            yield from rows or [[]]
            at += count
            break
        else:
            bare = csv.reader([lines[at]], delimiter=delimiter, quoting=csv.QUOTE_NONE)
            yield [cell.strip().strip('"') for cell in next(bare, [])]
            at += 1


def _delimiter(text: str) -> str:
    """The sign that parts most rows in as many cells."""

    def fits(delimiter: str) -> float:
        lines = io.StringIO(text[:200_000], newline="")
        rows = csv.reader(lines, delimiter=delimiter)
        widths: Counter[int] = Counter()
        try:
            for row in rows:
                widths[len(row)] += any(row)
                if widths.total() >= _SAMPLE_LINES:
                    break
        except csv.Error:
            return 0.0
        parted = {width: times for width, times in widths.items() if width > 1}
        return max(parted.values(), default=0) / max(1, widths.total())

    return max(_DELIMITERS, key=fits)


def _with_decimals(rows: list[list[str]]) -> list[list[str]]:
    """Rows where a price such as 45,50 was parted by its comma, made whole again."""
    filled = [len(row) for row in rows if any(row)]
    # A title above the names is alone in its row, whatever its commas.
    usual = next((width for width in filled if width > 1), 1)
    if sum(1 for width in filled if width > usual) * 2 <= len(filled) - 1:
        return rows
    return [_joined(row, len(row) - usual) for row in rows]


def _joined(row: list[str], excess: int) -> list[str]:
    at = [
        place
        for place in range(len(row) - 1)
        if row[place].strip()[-1:].isdigit()
        and "." not in row[place][-4:]
        and _DECIMALS.match(row[place + 1])
    ]
    if excess < 1 or len(at) != excess:
        return row
    joined: list[str] = []
    for place, cell in enumerate(row):
        if place - 1 in at:
            joined[-1] += f",{cell}"
        else:
            joined.append(cell)
    return joined


def _roles(grid: Grid) -> list[str]:
    roles = [role_of(name) for name in grid.header]
    if "question" in roles and "answer" in roles:
        return roles
    first = [record.facts[0][1] for record in grid.records if len(record.facts) > 1]
    asking = sum(1 for cell in first if cell.endswith("?"))
    return ["question", "answer"] if first and asking * 5 >= len(first) * 4 else []


def _grid_sections(grid: Grid) -> list[Section]:
    titles = tuple(line for line in grid.before if grid.records and _is_title(line))
    told = " · ".join(line for line in grid.before if line not in titles)
    sections = [Section(titles, told)] if told else []
    roles = _roles(grid)
    for record in grid.records:
        pair = _pair(record, grid.header, roles) if roles else None
        section = pair or _fact_section(record)
        sections.append(msgspec.structs.replace(section, path=(*titles, *section.path)))
    ends = [*grid.after]
    if not grid.records:
        ends = [" · ".join(cell for cell in grid.header if cell), *ends]
    elif unused := unused_names(grid):
        ends.append(" · ".join(unused))
    return sections + [Section((), line) for line in ends if line]


def _is_title(line: str) -> bool:
    """A line above a table that says what the table is of, and answers nothing by itself."""
    return len(line.split()) <= _LONGEST_TITLE and not re.search(r"[.!;:](?:\s|$)|:", line)


def _fact_section(record: Record) -> Section:
    path = (*record.group, record.label)
    return Section(path, fact_text(record.facts, ". "), facts=record.facts)


def _pair(record: Record, header: Sequence[str], roles: Sequence[str]) -> Section | None:
    """A row as question and answer; what stands in other columns is told after the answer."""
    parts: dict[str, str] = {}
    others = []
    named = dict(zip((name.rstrip(":").strip() for name in header), roles, strict=False))
    for at, (name, value) in enumerate(record.facts):
        role = named.get(name, "") if header else dict(enumerate(roles)).get(at, "")
        if role and role not in parts:
            parts[role] = value
        else:
            others.append((name, value))
    answer = "\n".join(filter(None, (parts.get("answer", ""), fact_text(others, ". "))))
    if not answer:
        return None
    section = pair_section(parts.get("topic", ""), parts.get("question", ""), answer)
    return Section((*record.group, *section.path), section.text)


def _unanswered(grid: Grid) -> list[LeftOut]:
    roles = _roles(grid)
    if "answer" not in roles or not grid.header:
        return []
    names = {
        name.rstrip(":").strip()
        for name, r in zip(grid.header, roles, strict=False)
        if r == "answer"
    }
    bare = [r.label for r in grid.records if not names & {name for name, _ in r.facts}]
    return [LeftOut("Without an answer, and kept as they are", shown(bare))] if bare else []


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table inside a document as Markdown: questions with their answers, or an item a row."""
    rows = [row for row in rows if any(row)]
    asking = sum(1 for row in rows if row[0].endswith("?") and any(row[1:]))
    if not asking or asking + 1 < len(rows):
        yield from grid_lines(read_grid(rows))
        return
    for row in rows:
        first, *others = [cell for cell in row if cell]
        if first.endswith("?") and others:
            yield f"\nP: {first}\nR: {' '.join(others)}\n"
        elif role_of(first) != "question":
            yield f"\n{' · '.join((first, *others))}\n"
