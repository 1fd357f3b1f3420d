"""A document's sections as the pieces that a question is answered from.

Each piece tells enough by itself: its headings, its page, and of a table the names of the columns
above the rows. None is long, so that the one that holds the answer has room beside others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from recado.documents.grid import fact_text
from recado.documents.reading import Section
from recado.media.reading.port import Piece, PieceKind

#: In characters. What a question needs of a document is a handful of such pieces.
PIECE_CHARS = 1200
MOST_COLUMNS = 40
_LONGEST_NAME, _LONGEST_HEADING = 60, 200
_JOINT = " · "

Facts = Sequence[tuple[str, str]]
Block = tuple[PieceKind, str]


def pieces_of(sections: Iterable[Section]) -> Iterator[Piece]:
    """The pieces of a document, in reading order; none goes over the end of a page."""
    for page, own in groupby(sections, key=lambda section: section.page):
        for kind, text in _joined(_blocks_of(list(own))):
            yield Piece(text=text, kind=kind, page=page)


def _blocks_of(sections: Sequence[Section]) -> Iterator[Block]:
    above: tuple[str, ...] = ()
    at = 0
    while at < len(sections):
        section = sections[at]
        if section.facts:
            rows = _rows_from(sections, at)
            yield from _tables([row.facts for row in rows], _headed(section.path[:-1], above))
            at, above = at + len(rows), section.path[:-1]
            continue
        own = section.text == section.path[-1] if section.path else False
        heading = _headed(section.path, above)
        yield from _under(heading, "" if own else section.text)
        at, above = at + 1, section.path


def _rows_from(sections: Sequence[Section], at: int) -> list[Section]:
    """The rows of one table of a sheet."""
    rows = []
    for section in sections[at:]:
        if not section.facts or section.path[:-1] != sections[at].path[:-1]:
            break
        rows.append(section)
    return rows


def _headed(path: Sequence[str], above: Sequence[str]) -> str:
    """The headings of a section, unless the one before it had the same."""
    return "" if not path or tuple(path) == tuple(above) else " › ".join(path)


def _under(heading: str, text: str) -> Iterator[Block]:
    """A section's text and the tables in it. The heading stands above the first of them, and above
    each part of one that is long."""
    for is_list, run in groupby(text.split("\n"), key=_is_row):
        lines = list(run)
        facts = [_facts(line) for line in lines] if is_list else []
        if is_list and _is_table(facts):
            yield from _tables(facts, heading)
        elif words := "\n".join(lines).strip():
            yield from _texts(words, heading)
        else:
            continue
        heading = ""
    if heading:
        yield "text", heading


def _texts(words: str, heading: str) -> Iterator[Block]:
    title = heading[:_LONGEST_HEADING]
    for part in _parts(words, PIECE_CHARS - len(title)):
        yield "text", f"{heading}\n{part}".strip()
        heading = title


def _is_row(line: str) -> bool:
    """Whether it is as documents/grid.py writes the row of a table: `- Casco · Precio: 45 €`."""
    return line.startswith("- ") and _JOINT in line


def _facts(line: str) -> list[tuple[str, str]]:
    facts = []
    for cell in line[2:].split(_JOINT):
        name, colon, value = cell.partition(": ")
        named = bool(colon) and len(name) <= _LONGEST_NAME
        facts.append((name, value) if named else ("", cell))
    return facts


def _is_table(rows: Sequence[Facts]) -> bool:
    """Whether most cells say of which column they are, and no row has two of the same."""
    cells = [name for row in rows for name, _ in row]
    if len(rows) < 2 or sum(map(bool, cells)) * 5 < len(cells) * 4:
        return False
    return all(len({name for name, _ in row}) == len(row) for row in rows)


def _tables(rows: Sequence[Facts], heading: str) -> Iterator[Block]:
    """Rows as Markdown tables, each with the names of the columns and of a piece's length."""
    names = list(dict.fromkeys(name for row in rows for name, _ in row))
    if len(names) > MOST_COLUMNS or len(names) < 2 or _has_twins(rows):
        yield from _texts("\n".join(f"- {fact_text(row, _JOINT)}" for row in rows), heading)
        return
    head = [_row(names), "|" + " --- |" * len(names)]
    lines: list[str] = []
    for row in rows:
        cells = dict(row)
        line = _row([cells.get(name, "") for name in names])
        if lines and sum(map(len, (*head, *lines, line))) > PIECE_CHARS:
            yield "table", "\n".join(filter(None, (heading, *head, *lines)))
            lines = []
        lines.append(line)
    yield "table", "\n".join(filter(None, (heading, *head, *lines)))


def _has_twins(rows: Sequence[Facts]) -> bool:
    return any(len({name for name, _ in row}) < len(row) for row in rows)


def _row(cells: Sequence[str]) -> str:
    shown = (" ".join(cell.replace("|", "\\|").split()) for cell in cells)
    return f"| {' | '.join(shown)} |"


def _joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """Short texts together."""
    waiting = ""
    for kind, text in blocks:
        if waiting and (kind != "text" or len(waiting) + len(text) + 2 > PIECE_CHARS):
            yield "text", waiting
            waiting = ""
        if kind != "text":
            yield kind, text
            continue
        waiting = f"{waiting}\n\n{text}" if waiting else text
    if waiting:
        yield "text", waiting


def _parts(text: str, most: int) -> list[str]:
    """A text in parts of at most so many characters, cut between its lines, else between words."""
    parts: list[str] = []
    while len(text) > most:
        ends = (text.rfind(end, most // 2, most) for end in ("\n", ". ", " "))
        at = next((end + 1 for end in ends if end > 0), most)
        parts.append(text[:at].strip())
        text = text[at:].strip()
    return [*(part for part in parts if part), text]
