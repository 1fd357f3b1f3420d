"""Sheets as people fill them: several tables on one, with titles and particulars above each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from recado.documents.grid import Grid, clearly_names, first_of_table, read_grid

_ERROR = re.compile(
    r"#(?:N/?[AD]|¡?REF!|¡?DIV/0!|¡?VALUE!|¡?VALOR!|¿?NAME\?|¿?NOMBRE\?|NOME\?|¡?N[UÚ]M!|¡?NULL!"
    r"|¡?NULO!|#{3,60})",
    re.IGNORECASE,
)
_QUOTED_FORMULA = re.compile(r'="([^"]*+)"')
_RULE = re.compile(r":?-{2,}:?")
#: So many tables stand beside each other at most; a stranger's sheet may have a thousand gaps.
_MOST_BESIDE = 8
_MOST_PARTICULARS = 8

Rows = Sequence[Sequence[str]]


def cleaned(rows: Rows) -> tuple[list[list[str]], list[str]]:
    """Rows without what a spreadsheet writes for its own: `="0012"` as 0012, rules of Markdown,
    errors in place of values. The second is those errors."""
    errors: list[str] = []

    def value(cell: str) -> str:
        cell = cell.strip()
        if _ERROR.fullmatch(cell):
            errors.append(cell)
            return "–"
        quoted = _QUOTED_FORMULA.fullmatch(cell)
        return quoted[1] if quoted else cell

    kept = []
    for row in rows:
        filled = [cell.strip() for cell in row if cell.strip()]
        if not filled or not all(_RULE.fullmatch(cell) for cell in filled):
            kept.append([value(cell) for cell in row])
    return kept, errors


def tables_of(rows: Rows) -> Iterator[Grid]:
    """The tables of a sheet. A new one begins after an empty row where the names of its columns
    stand, or beside an empty column where its rows go on alone."""
    parts: list[list[Sequence[str]]] = []
    for block in _blocks(rows):
        if (parts and not _begins(block)) or (parts and _is_particulars(parts[-1])):
            parts[-1] += block
        else:
            parts.append(block)
    for part in parts:
        for side in _side_by_side(part):
            yield read_grid(side)


def _blocks(rows: Rows) -> Iterator[list[Sequence[str]]]:
    block: list[Sequence[str]] = []
    for row in rows:
        if any(cell.strip() for cell in row):
            block.append(row)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _begins(block: Rows) -> bool:
    table = [tuple(" ".join(cell.split()) for cell in row) for row in block]
    return clearly_names(table[first_of_table(table) :])


def _is_particulars(block: Rows) -> bool:
    """A few lines that say of a table whose it is, when, or where."""
    narrow = all(sum(1 for cell in row if cell.strip()) <= 2 for row in block)
    return narrow and len(block) <= _MOST_PARTICULARS and not _begins(block)


def _side_by_side(block: Rows) -> list[Rows]:
    """The tables that stand beside each other in it, parted by an empty column."""
    found: list[Rows] = []
    for _ in range(_MOST_BESIDE):
        parted = _parted(block)
        if parted is None:
            break
        left, block = parted
        found.append(left)
    return [*found, block]


def _parted(block: Rows) -> tuple[Rows, Rows] | None:
    for at in islice(_gaps(block), _MOST_BESIDE):
        left = _filled([row[:at] for row in block])
        right = _filled([row[at + 1 :] for row in block])
        if _begins(left) and _begins(right):
            return left, right
    return None


def _gaps(block: Rows) -> Iterator[int]:
    """The columns that are empty in every row, beside something that stands alone to their right:
    the first of those that lie together, two columns or more from either end."""
    used_in = [[at for at, cell in enumerate(row) if cell.strip()] for row in block]
    used = {at for row in used_in for at in row}
    alone_from = max((row[0] for row in used_in if row), default=0)
    last = min(max(map(len, block)) - 2, alone_from)
    for at in sorted(used):
        gap = max(2, at + 1)
        if gap not in used and gap < last:
            yield gap


def _filled(rows: Rows) -> list[Sequence[str]]:
    return [row for row in rows if not _is_empty(row)]


def _is_empty(row: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in row)
