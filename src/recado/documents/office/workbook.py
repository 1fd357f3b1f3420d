"""A workbook's sheets to sections: each table row by row, below the name of its sheet."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from recado.documents.reading import LeftOut, Reading, Section, gathered
from recado.documents.sections import clean_text, read_text
from recado.documents.tables import rows_reading
from recado.errors import TooLarge

#: What a workbook may hold that somebody is to answer from.
MAX_CELLS = 2_000_000
#: … and over how many places its cells may be spread.
MAX_PLACES = 4_000_000
_UNNAMED = re.compile(
    r"(?:sheet|hoja|planilha|folha|p[áa]gina|tab|tabla|tabelle|feuil|feuille)[ _]?\d{0,4}",
    re.IGNORECASE,
)

Cells = dict[int, dict[int, str]]
Area = tuple[int, int, int, int]


class Sheet(msgspec.Struct):
    """One sheet as it is shown. `cells` are its texts by row and column, `merged` the areas (first
    row and column, last row and column) that show the text of their first cell. `texts` stand in
    boxes over it. `left_out` is what is not read of it, each by itself."""

    name: str
    cells: Cells = msgspec.field(default_factory=dict)
    merged: list[Area] = msgspec.field(default_factory=list)
    hidden_rows: set[int] = msgspec.field(default_factory=set)
    hidden_columns: set[int] = msgspec.field(default_factory=set)
    texts: list[str] = msgspec.field(default_factory=list)
    left_out: list[LeftOut] = msgspec.field(default_factory=list)


def without_result(where: str) -> LeftOut:
    """Of a formula that no spreadsheet has worked out yet."""
    return LeftOut(
        "Left out, as formulas without a result (open the file in a spreadsheet and save it there)",
        where,
    )


def workbook_reading(
    sheets: Iterable[Sheet], hidden: Sequence[str], left_out: Sequence[LeftOut] = ()
) -> Reading:
    """The sections of the sheets, one after the other; `hidden` are the names of those that are not
    shown. Raises TooLarge."""
    sections: list[Section] = []
    counts: Counter[str] = Counter()
    own: list[LeftOut] = [LeftOut("Left out, as hidden sheets", name) for name in hidden]
    others: list[LeftOut] = []
    budget = _Budget()
    for sheet in sheets:
        counts["sheet"] += 1
        reading = _sheet_reading(sheet, budget)
        counts.update(reading.counts)
        name = clean_text(sheet.name).strip()
        sections += [_below(name, section) for section in reading.sections]
        others += reading.left_out
        own += sheet.left_out
    return Reading(tuple(sections), dict(counts), (*gathered([*own, *left_out]), *others))


def _below(name: str, section: Section) -> Section:
    """The section under its sheet's name, if somebody has given it one."""
    if not name or _UNNAMED.fullmatch(name) or section.path[:1] == (name,):
        return section
    return msgspec.structs.replace(section, path=(name, *section.path))


class _Budget:
    def __init__(self) -> None:
        self._places = 0

    def take(self, places: int) -> None:
        self._places += places
        if self._places > MAX_PLACES:
            raise TooLarge("The sheets are too large to answer from. Split them.")


def _sheet_reading(sheet: Sheet, budget: _Budget) -> Reading:
    _fill_merged(sheet, budget)
    _leave_out_hidden(sheet)
    reading = rows_reading(_rows(sheet.cells, budget))
    boxes = read_text("\n\n".join(sheet.texts))
    return Reading(
        (*reading.sections, *boxes.sections),
        {**reading.counts, **({"text box": len(sheet.texts)} if sheet.texts else {})},
        (*reading.left_out, *boxes.left_out),
    )


def _fill_merged(sheet: Sheet, budget: _Budget) -> None:
    """Put the text of cells that were merged over several rows into each of them."""
    rows = sorted(sheet.cells)
    for top, left, bottom, _ in sheet.merged:
        text = sheet.cells.get(top, {}).get(left, "")
        if not text:
            continue
        reached = rows[bisect_right(rows, top) : bisect_right(rows, bottom)]
        budget.take(len(reached))
        for row in reached:
            sheet.cells[row].setdefault(left, text)


def _leave_out_hidden(sheet: Sheet) -> None:
    for number in sheet.hidden_rows & sheet.cells.keys():
        row = sheet.cells.pop(number)
        if words := " · ".join(text for _, text in sorted(row.items()) if text.strip()):
            sheet.left_out.append(LeftOut("Left out, as hidden rows", words))
    if sheet.hidden_columns:
        for number in sorted(sheet.cells):
            row = sheet.cells[number]
            for column in sheet.hidden_columns & row.keys():
                if (text := row.pop(column)).strip():
                    sheet.left_out.append(LeftOut("Left out, as hidden columns", text))


def _rows(cells: Cells, budget: _Budget) -> list[list[str]]:
    """The cells as rows. Of empty rows that lie together, and of empty columns, one is left: it
    parts tables."""
    filled = {number: row for number, row in cells.items() if any(map(str.strip, row.values()))}
    used = sorted({at for row in filled.values() for at, text in row.items() if text.strip()})
    place: dict[int, int] = {}
    for before, column in zip([-1, *used], used, strict=False):
        gap = column - before > 1
        place[column] = (place[before] + 1 if before in place else 0) + gap
    rows: list[list[str]] = []
    last = 0
    for number in sorted(filled):
        if rows and number - last > 1:
            rows.append([])
        last = number
        row = {place[at]: text for at, text in filled[number].items() if text.strip()}
        width = max(row) + 1
        budget.take(width)
        rows.append([clean_text(row.get(at, "")) for at in range(width)])
    return rows
