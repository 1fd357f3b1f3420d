"""Tables as people make them: where the names of the columns stand, cells left empty because they
are as above, headings in between, notes around. Nothing of one is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from recado.language.dates import weekday_of
from recado.language.reading import fold

_NUMBER = re.compile(r"\W*\d[\d.,\s]*\S{0,3}|\W*(?:[a-z]{1,3}\W*)?\d[\d.,\s]*")
_STATED = re.compile(r":\s?\d")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_TOTALS = re.compile(r"(?:sub ?|gran )?total(?:es|s)?\b|suma\b|grand total\b")
#: How many rows at the top may come before the one that names the columns.
_LOOKED_AT = 20
_LONGEST_NAME = 60
_LONGEST_LABEL = 120

Row = tuple[str, ...]


class Record(msgspec.Struct, frozen=True):
    """One row: `group` is the headings above it inside the table, `label` what it is about,
    `facts` its cells, each with the name of its column ("" where it has none)."""

    group: tuple[str, ...]
    label: str
    facts: tuple[tuple[str, str], ...]


class Grid(msgspec.Struct, frozen=True):
    """`before` and `after` are the lines around the table proper; `header` the columns' names."""

    header: Row
    records: tuple[Record, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def read_grid(rows: Sequence[Sequence[str]]) -> Grid:
    """Rows of cells (empty ones too) as records. Every word of every cell is kept."""
    cleaned = [tuple(" ".join(cell.split()) for cell in row) for row in rows]
    table = [row for row in cleaned if any(row)]
    start = first_of_table(table)
    header: Row = ()
    if names_columns(table[start:]):
        header, rest = _header(table[start:])
    else:
        start -= bool(start and table[start - 1][0])  # a heading of the rows below it
        rest = table[start:]
    before = tuple(_above_table(row) for row in table[:start])
    table = rest
    end = len(table)
    while end > 1 and _cells(table[end - 1]) == 1 and _is_remark(table[end - 1]):
        end -= 1
    after = tuple(cell for row in table[end:] for cell in row if cell)
    return Grid(header, tuple(_records(table[:end], header)), before, after)


def clearly_names(table: Sequence[Row]) -> bool:
    """Whether the first row names the columns, and what stands below cannot be names."""
    if not names_columns(table):
        return False
    below = table[1:_LOOKED_AT]
    for at, name in enumerate(table[0]):
        cells = [_sort(row[at]) for row in below if at < len(row) and row[at]]
        if name and sum(1 for sort in cells if sort != "text") * 2 > len(cells):
            return True
    return False


def _header(table: list[Row]) -> tuple[Row, list[Row]]:
    """The names of the columns, of two rows where the first stands above several columns of the
    second; and the rows below."""
    over, under = table[0], table[1]
    stands_above = any(not cell for cell in over[1:]) and _cells(under) > _cells(over)
    if not (stands_above and clearly_names(table[1:])):
        return over, table[1:]
    spread: list[str] = []
    for at in range(max(len(over), len(under))):
        cell = over[at] if at < len(over) else ""
        spread.append(cell or (spread[-1] if spread else ""))
    names = [
        # the same name twice is one that reaches over both rows
        " ".join(filter(None, dict.fromkeys((above, under[at] if at < len(under) else ""))))
        for at, above in enumerate(spread)
    ]
    return tuple(names), table[2:]


def _above_table(row: Row) -> str:
    """A row above a table: its title, or something particular such as "Fecha: 1/3/2026"."""
    cells = [cell for cell in row if cell]
    if len(cells) == 2 and not any(":" in cell for cell in cells):
        return f"{cells[0]}: {cells[1]}"
    return " · ".join(cells)


def names_columns(table: Sequence[Row]) -> bool:
    """Whether the first row names the columns, and is no row like those below it."""
    if len(table) < 2 or not any(_cells(row) > 1 for row in table[1:]):
        return False
    first = [cell for cell in table[0] if cell]
    if len(first) < 2 or any(len(cell) > _LONGEST_NAME or _STATED.search(cell) for cell in first):
        return False
    below = table[1:_LOOKED_AT]
    for at, name in enumerate(table[0]):
        sort = _sort(name)
        if sort in {"number", "address"}:
            return False
        cells = [_sort(row[at]) for row in below if at < len(row) and row[at]]
        if sort != "text" and cells and cells.count(sort) * 2 > len(cells):
            return False
    return True


def _sort(cell: str) -> str:
    """What sort of thing a cell holds, as far as that tells a name from a value."""
    folded = fold(cell).strip()
    if not folded:
        return "empty"
    if len(folded) < 40 and _NUMBER.fullmatch(folded):
        return "number"
    if "@" in folded or folded.startswith(("http", "www.")):
        return "address"
    if weekday_of(folded.split()[0].strip(".,:")) is not None:
        return "weekday"
    if folded.endswith("?"):
        return "question"
    return "text"


def first_of_table(table: Sequence[Row]) -> int:
    """How many rows stand above the table: titles, each alone in its row, and particulars in two
    cells above a table that is wider or names its columns clearly."""
    start = 0
    while start < min(len(table), _LOOKED_AT) and _cells(table[start]) < 2:
        start += 1
    if start >= len(table) or _cells(table[start]) < 2:
        return 0
    at = start
    while at < min(len(table), _LOOKED_AT) and table[at][0] and _cells(table[at]) <= 2:
        at += 1
        wider = any(_cells(row) > 2 for row in table[at + 1 :][:_LOOKED_AT])
        wider = wider and at < len(table) and _cells(table[at]) > 2
        stated = any(_STATED.search(cell) for row in table[start:at] for cell in row)
        if (wider or stated) and clearly_names(table[at:]):
            return at
    return start


def _cells(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell)


def _is_remark(row: Row) -> bool:
    """A sentence below a table, rather than a row with one cell."""
    text = next(cell for cell in row if cell)
    return len(text.split()) > 3 or text.startswith("*")


def _records(table: Sequence[Row], header: Row) -> Iterator[Record]:
    grouped = bool(table) and _cells(table[0]) == 1 and bool(table[0][0])
    group: tuple[str, ...] = ()
    above: Row = ()
    for at, row in enumerate(table):
        follows = at + 1 < len(table) and _cells(table[at + 1]) > 1
        if follows and _cells(row) == 1 and row[0] and (grouped or _looks_like_heading(row[0])):
            group, above = (row[0].rstrip(":").strip(),), ()
            continue
        filled = _as_above(row, above)
        if not _is_total(row):
            above = filled
        yield Record(group, _label(filled), _facts(filled, header))


def _looks_like_heading(cell: str) -> bool:
    return cell.endswith(":") or (cell.isupper() and len(cell) > 2)


def _is_total(row: Row) -> bool:
    first = next((cell for cell in row if cell), "")
    return _TOTALS.match(fold(first)) is not None


def _as_above(row: Row, above: Row) -> Row:
    """The row with its first cells, where they are left empty, taken from the row above: sheets
    lose all but the first of merged cells."""
    if not above or row[:1] != ("",) or _is_total(row):
        return row
    empty = next((at for at, cell in enumerate(row) if cell), len(row))
    return (*above[:empty], *row[min(empty, len(above)) :])


def _label(row: Row) -> str:
    named = next((cell for cell in row if _HAS_LETTER.search(cell)), "")
    label = named or next((cell for cell in row if cell), "")
    return label if len(label) <= _LONGEST_LABEL else f"{label[:_LONGEST_LABEL].rstrip()}…"


def _facts(row: Row, header: Row) -> tuple[tuple[str, str], ...]:
    return tuple(
        (header[at].rstrip(":").strip() if at < len(header) else "", cell)
        for at, cell in enumerate(row)
        if cell
    )


def fact_text(facts: Sequence[tuple[str, str]], joint: str) -> str:
    """Cells as a line: "Producto: Casco. Precio: 45 €"."""
    texts = [f"{name}: {value}" if name else value for name, value in facts]
    if joint.startswith("."):
        texts = [text.removesuffix(".") for text in texts[:-1]] + texts[-1:]
    return joint.join(texts)


def grid_lines(grid: Grid) -> Iterator[str]:
    """A table inside a document as Markdown: an item a row, each cell with its column's name."""
    yield ""
    yield from grid.before
    if grid.before:
        yield ""
    if grid.header and not grid.records:
        yield "- " + " · ".join(cell for cell in grid.header if cell)
    for record in grid.records:
        yield "- " + " · ".join((*record.group, fact_text(record.facts, " · ")))
    if grid.records and (unused := unused_names(grid)):
        yield "- " + " · ".join(unused)
    yield ""
    yield from grid.after
    yield ""


def unused_names(grid: Grid) -> list[str]:
    """The names of columns that have no cell in any row."""
    used = {name for record in grid.records for name, _ in record.facts}
    return [name for name in grid.header if name and name.rstrip(":").strip() not in used]
