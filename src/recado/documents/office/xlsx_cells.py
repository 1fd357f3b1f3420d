"""The cells of a sheet of Excel, and the texts that they share (ECMA-376, 18.3 and 18.4)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from recado.documents.office.cell_codes import Conventions
from recado.documents.office.cell_formats import shown_number, shown_text, shown_truth
from recado.documents.office.cell_numbers import general
from recado.documents.office.package import Target, local
from recado.documents.office.workbook import MAX_CELLS, Area, Sheet, without_result
from recado.documents.reading import LeftOut
from recado.errors import TooLarge

_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_HEADER_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d{1,3}|[A-Z&])')
_WIDEST = 16_384


class Formats(msgspec.Struct, frozen=True):
    """The formats of the cells by the number of their style, and how their numbers are written."""

    codes: tuple[str, ...]
    conventions: Conventions


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


class Strings(Target):
    """The texts that cells share, without how to pronounce them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._reads = self._spoken = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._spoken = True
        self._reads = name == "t" and not self._spoken

    def data(self, text: str) -> None:
        if self._reads:
            self._parts.append(text)

    def end(self, tag: str) -> None:
        name = local(tag)
        self._reads = False
        if name == "si":
            self.texts.append("".join(self._parts))
        elif name == "rPh":
            self._spoken = False


class SheetReader(Target):
    """The cells of one sheet, as it is read."""

    def __init__(
        self, sheet: Sheet, shared: Sequence[str], formats: Formats, most_cells: int
    ) -> None:
        self.sheet = sheet
        self.cells = 0
        self._shared = shared
        self._formats = formats
        self._most_cells = most_cells
        self._row = self._column = 0
        self._type = self._style = ""
        self._parts: list[str] = []
        self._reads: Literal["", "value", "around"] = ""
        self._has_formula = False
        self._hidden: set[int] = set()
        self._filtered: Area | None = None
        self._filters = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "t"}:
            self._reads = "value"
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            at = attributes.get("r", "")
            self._row = int(at) if at.isdecimal() and len(at) < 8 else self._row + 1
            self._column = 0
            if _is_on(attributes, "hidden"):
                self._hidden.add(self._row)
        else:
            self._around(name, attributes)

    def _around(self, name: str, attributes: dict[str, str]) -> None:
        """What stands before and after the rows."""
        if name == "col" and _is_on(attributes, "hidden"):
            first, last = number(attributes.get("min", "")), number(attributes.get("max", ""))
            self.sheet.hidden_columns.update(range(first, min(last, _WIDEST) + 1))
        elif name == "mergeCell":
            if len(self.sheet.merged) < MAX_CELLS and (area := _area(attributes.get("ref", ""))):
                self.sheet.merged.append(area)
        elif name == "autoFilter":
            self._filtered = _area(attributes.get("ref", ""))
        elif name == "filterColumn":
            self._filters = True
        elif name.endswith(("Header", "Footer")):
            self._reads, self._parts = "around", []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = _PLACE.fullmatch(attributes.get("r", ""))
        self._column = _column(place[1]) if place else self._column + 1
        if place:
            self._row = int(place[2])
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._parts, self._has_formula = [], False

    def data(self, text: str) -> None:
        if self._reads:
            self._parts.append(text)

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "c":
            self._end_cell()
        elif self._reads == "around" and name.endswith(("Header", "Footer")):
            text = _HEADER_CODES.sub(" ", "".join(self._parts)).strip()
            if text:
                note = LeftOut("Left out, as headers and footers of the pages", text)
                self.sheet.left_out.append(note)
        self._reads = ""

    def _end_cell(self) -> None:
        written = "".join(self._parts)
        where = f"{self.sheet.name}!{_letters(self._column)}{self._row}"
        if not written:
            if self._has_formula and self._type != "str":
                self.sheet.left_out.append(without_result(where))
            return
        self.cells += 1
        if self.cells > self._most_cells:
            raise TooLarge(f"The sheets have more than {MAX_CELLS:,} cells. Split them.")
        text = self._shown(written)
        if text.strip():
            self.sheet.cells.setdefault(self._row, {})[self._column] = text
        elif written.strip():
            self.sheet.left_out.append(
                LeftOut("Left out, as values that their cells do not show", where)
            )

    def _shown(self, written: str) -> str:
        style, codes = number(self._style), self._formats.codes
        code = codes[style] if style < len(codes) else "General"
        if self._type == "n":
            return self._shown_number(written, code)
        if self._type == "b":
            return shown_truth(written.strip() in {"1", "true"}, self._formats.conventions)
        if self._type == "s":
            at = int(written) if written.isdecimal() and len(written) < 9 else len(self._shared)
            written = self._shared[at] if at < len(self._shared) else ""
        return shown_text(written, code)

    def _shown_number(self, written: str, code: str) -> str:
        try:
            value = float(written)
        except ValueError:
            return written
        if not math.isfinite(value):
            return written
        if code in {"General", "@"}:
            return general(value, self._formats.conventions)
        return shown_number(value, code, self._formats.conventions)

    def close(self) -> None:
        """What a filter passes over for now is there all the same."""
        first, last = (self._filtered[0], self._filtered[2]) if self._filtered else (0, -1)
        self.sheet.hidden_rows = {
            row for row in self._hidden if not (self._filters and first < row <= last)
        }


def _is_on(attributes: dict[str, str], name: str) -> bool:
    return attributes.get(name, "") in {"1", "true"}


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(column: int) -> str:
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _area(ref: str) -> Area | None:
    first, _, last = ref.partition(":")
    begin, end = _PLACE.fullmatch(first), _PLACE.fullmatch(last or first)
    if begin is None or end is None:
        return None
    return int(begin[2]), _column(begin[1]), int(end[2]), _column(end[1])
