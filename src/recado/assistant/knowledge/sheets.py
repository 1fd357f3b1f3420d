"""Sheets as people fill them: several tables on one, with titles and particulars above each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from recado.assistant.knowledge.grid import Grid, clearly_names, first_of_table, read_grid

_ERROR = re.compile(
    r"#(?:N/?[AD]|¡?REF!|¡?DIV/0!|¡?VALUE!|¡?VALOR!|¿?NAME\?|¿?NOMBRE\?|NOME\?|¡?N[UÚ]M!|¡?NULL!"
    r"|¡?NULO!|#{3,60})",
    re.IGNORECASE,
)
_QUOTED_FORMULA = re.compile(r'="([^"]*+)"')
_RULE = re.compile(r":?-{2,}:?")
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
    width = max(map(len, block))
    rows = [[*row, *[""] * (width - len(row))] for row in block]
    used = [any(row[at].strip() for row in rows) for at in range(width)]
    for at in range(2, width - 2):
        if used[at]:
            continue
        left, right = [row[:at] for row in rows], [row[at + 1 :] for row in rows]
        alone = any(
            _is_empty(one) and not _is_empty(two) for one, two in zip(left, right, strict=True)
        )
        if alone and _begins(_filled(left)) and _begins(_filled(right)):
            return [_filled(left), *_side_by_side(_filled(right))]
    return [block]


def _filled(rows: Rows) -> list[Sequence[str]]:
    return [row for row in rows if not _is_empty(row)]


def _is_empty(row: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in row)
