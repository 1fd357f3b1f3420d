"""Spreadsheets of LibreOffice (.ods) to sections, from their own XML (OpenDocument 1.3, part 3).

Each cell holds what it shows as text; hidden sheets, rows and columns are left out.
"""

from __future__ import annotations

import zipfile

from recado.documents.office.package import Target, local, opened, part, stream
from recado.documents.office.workbook import (
    MAX_CELLS,
    Sheet,
    without_result,
    workbook_reading,
)
from recado.documents.reading import LeftOut, Reading
from recado.errors import TooLarge, Unprocessable

_WIDEST, _LONGEST = 16_384, 1_048_576
#: Of cells that a writer without a text for them gives by their value.
_VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")


def ods_reading(data: bytes) -> Reading:
    """The sections of a spreadsheet's sheets. Raises Unprocessable (locked, damaged, a trap,
    another kind of file), TooLarge."""
    with opened(data, "ods") as archive:
        check_unlocked(archive)
        reader = _Reader()
        stream(archive, "content.xml", reader)
    return workbook_reading(reader.sheets, reader.hidden)


def check_unlocked(archive: zipfile.ZipFile) -> None:
    """Raises Unprocessable: a password is needed."""
    name = "META-INF/manifest.xml"
    if name in archive.namelist() and any(
        local(it.tag) == "encryption-data" for it in part(archive, name).iter()
    ):
        raise Unprocessable("The document is locked with a password. Save it without one.")


class _Reader(Target):
    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.hidden: list[str] = []
        self._unseen_styles: set[str] = set()
        self._style = ""
        self._sheet: Sheet | None = None
        self._cells = self._row = self._column = 0
        self._rows, self._columns = 1, 1
        self._hides_row = False
        self._first_column = 0
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._aside: list[str] = []
        self._depths: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name in {"annotation", "forms"}:
            self._depths.append(name)
        named = {local(key): it for key, it in attributes.items()}
        if name == "style":
            self._style = named.get("name", "")
        elif name == "table-properties" and named.get("display") == "false":
            self._unseen_styles.add(self._style)
        elif name == "table":
            self._begin_sheet(named)
        elif self._sheet is not None:
            self._inside(name, named)

    def _begin_sheet(self, named: dict[str, str]) -> None:
        title = named.get("name", "")
        self._row = self._column = self._first_column = 0
        if named.get("style-name") in self._unseen_styles:
            self.hidden.append(title)
            self._sheet = None
        else:
            self._sheet = Sheet(title)
            self.sheets.append(self._sheet)

    def _inside(self, name: str, named: dict[str, str]) -> None:
        assert self._sheet is not None  # noqa: S101 - told only inside one
        if name == "table-column":
            count = _count(named, "number-columns-repeated", _WIDEST)
            if named.get("visibility") == "collapse":
                columns = range(self._first_column, self._first_column + count)
                self._sheet.hidden_columns.update(columns)
            self._first_column += count
        elif name == "table-row":
            self._rows = _count(named, "number-rows-repeated", _LONGEST)
            self._hides_row = named.get("visibility") == "collapse"
            self._column = 0
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell, self._text = named, []
            self._columns = _count(named, "number-columns-repeated", _WIDEST)
        elif name == "p" and self._text and not self._depths:
            self._text.append("\n")
        elif name == "s":
            self.data(" " * _count(named, "c", 1000))
        elif name in {"tab", "line-break"}:
            self.data("\t" if name == "tab" else "\n")

    def data(self, text: str) -> None:
        if self._depths and self._depths[-1] == "annotation":
            self._aside.append(text)
        elif self._cell is not None and not self._depths:
            self._text.append(text)

    def end(self, tag: str) -> None:
        name = local(tag)
        if self._depths and name == self._depths[-1]:
            self._depths.pop()
            said = " ".join("".join(self._aside).split())
            if self._sheet is not None and said:
                self._sheet.left_out.append(LeftOut("Left out, as comments on cells", said))
            self._aside = []
        elif name in {"table-cell", "covered-table-cell"} and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif name == "table-row":
            self._row += self._rows
        elif name == "table":
            self._sheet = None

    def _end_cell(self, named: dict[str, str]) -> None:
        sheet = self._sheet
        text = "".join(self._text).strip() or _by_value(named)
        first, self._column = self._column, self._column + self._columns
        if sheet is None or not text:
            if sheet is not None and "formula" in named and named.get("value-type") != "string":
                sheet.left_out.append(without_result(sheet.name))
            return
        down = _count(named, "number-rows-spanned", _LONGEST)
        if down > 1:
            sheet.merged.append((self._row, first, self._row + down - 1, first))
        self._cells += self._rows * self._columns
        if self._cells > MAX_CELLS:
            raise TooLarge(f"The sheets have more than {MAX_CELLS:,} cells. Split them.")
        for row in range(self._row, self._row + self._rows):
            if self._hides_row:
                sheet.hidden_rows.add(row)
            cells = sheet.cells.setdefault(row, {})
            cells.update(dict.fromkeys(range(first, first + self._columns), text))


def _by_value(named: dict[str, str]) -> str:
    value = next((named[name] for name in _VALUES if named.get(name)), "")
    return f"{value} {named['currency']}" if value and "currency" in named else value


def _count(named: dict[str, str], name: str, most: int) -> int:
    text = named.get(name, "1")
    return max(1, min(int(text), most)) if text.isdecimal() and len(text) < 9 else 1
