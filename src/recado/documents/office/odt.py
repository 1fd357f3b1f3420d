"""Documents of LibreOffice (.odt) to sections, from their own XML (OpenDocument 1.3, part 3).

Headings, paragraphs, lists and tables in their order, with footnotes and boxes of text. What was
deleted and is only kept as a change is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from recado.documents.office.ods import check_unlocked
from recado.documents.office.package import local, opened, part
from recado.documents.reading import LeftOut, Reading, gathered
from recado.documents.sections import read_text
from recado.documents.tables import table_lines
from recado.errors import TooLarge, Unprocessable

_DEEPEST = 20
_CELLS = 200_000
_PASSED_OVER = {"tracked-changes", "annotation", "forms", "sequence-decls", "title", "desc"}
_BLOCKS = {"p", "h", "list", "table"}


def odt_reading(data: bytes) -> Reading:
    """The sections of a text document. Raises Unprocessable (locked, damaged, a trap, another kind
    of file), TooLarge."""
    with opened(data, "odt") as archive:
        check_unlocked(archive)
        root = part(archive, "content.xml")
        around: list[LeftOut] = []
        if "styles.xml" in archive.namelist():
            for it in part(archive, "styles.xml").iter():
                if local(it.tag) in {"header", "footer"}:
                    around += _around(it)
    body = next((it for it in root.iter() if local(it.tag) == "body"), None)
    if body is None:
        raise Unprocessable("The document has no body. Save it again as .odt.")
    writer = _Writer()
    reading = read_text("\n".join(writer.blocks(body, 0)))
    around += writer.left_out
    counts = {"paragraph": writer.paragraphs, "table": writer.tables, "row": writer.rows}
    return Reading(
        reading.sections,
        {noun: count for noun, count in counts.items() if count},
        (*reading.left_out, *gathered(around)),
    )


def _around(element: Element) -> Iterator[LeftOut]:
    for it in element.iter():
        if local(it.tag) in {"p", "h"} and (text := _text(it)[0].strip()):
            yield LeftOut("Left out, as headers and footers of the pages", text)


class _Writer:
    def __init__(self) -> None:
        self.paragraphs = self.tables = self.rows = 0
        self._cells = 0
        self.left_out: list[LeftOut] = []

    def blocks(self, parent: Element, depth: int) -> Iterator[str]:
        """Markdown lines of everything below `parent` that is a block."""
        if depth > _DEEPEST:
            raise Unprocessable(f"The document is nested deeper than {_DEEPEST} levels.")
        stack = [iter(parent)]
        while stack:
            block = next(stack[-1], None)
            name = "" if block is None else local(block.tag)
            if block is None:
                stack.pop()
            elif name in {"p", "h"}:
                yield from self._paragraph(block, name, depth)
            elif name == "list":
                yield from self._list(block, depth)
            elif name == "table":
                yield from self._table(block, depth)
            elif name == "annotation":
                said = " ".join(" ".join(block.itertext()).split())
                self.left_out.append(LeftOut("Left out, as comments", said))
            elif name not in _PASSED_OVER:  # sections, indices
                stack.append(iter(block))

    def _paragraph(self, block: Element, name: str, depth: int) -> Iterator[str]:
        text, inside = _text(block)
        text = text.strip()
        if text:
            self.paragraphs += 1
        if text and name == "h":
            level = next((it for key, it in block.items() if local(key) == "outline-level"), "1")
            size = min(int(level), 6) if level.isdecimal() and len(level) < 3 else 1
            yield f"\n{'#' * max(size, 1)} {' '.join(text.split())}\n"
        else:
            yield f"\n{text}" if text else ""
        for it in inside:  # footnotes, boxes, comments
            holder = Element("holder")
            holder.append(it)
            yield from self.blocks(holder, depth + 1)

    def _list(self, block: Element, depth: int) -> Iterator[str]:
        yield ""
        for item in (it for it in block if local(it.tag) in {"list-item", "list-header"}):
            lines = [line.strip() for line in self.blocks(item, depth + 1)]
            lines = [line for line in lines if line]
            heading = local(item.tag) == "list-header" or any(it.startswith("#") for it in lines)
            for at, line in enumerate(lines):
                plain = heading or at or line.startswith("- ")
                yield line if plain else f"- {line}"
        yield ""

    def _table(self, table: Element, depth: int) -> Iterator[str]:
        self.tables += 1
        rows: list[list[str]] = []
        for row in (it for it in table.iter() if local(it.tag) == "table-row"):
            cells: list[str] = []
            for cell in row:
                if local(cell.tag) in {"table-cell", "covered-table-cell"}:
                    self._cells += 1
                    if self._cells > _CELLS:
                        raise TooLarge(f"The document's tables have more than {_CELLS:,} cells.")
                    text = " ".join(" ".join(self.blocks(cell, depth + 1)).split())
                    cells.append(text.lstrip("# ").strip())
            rows.append(cells)
        rows = [row for row in rows if any(row)]
        self.rows += len(rows)
        yield from table_lines(rows)


def _text(paragraph: Element) -> tuple[str, list[Element]]:
    """The words of a paragraph, and the blocks that hang on it."""
    parts: list[str] = [paragraph.text or ""]
    inside: list[Element] = []
    stack = [iter(paragraph)]
    tails: list[str] = [""]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            parts.append(tails.pop())
            continue
        name = local(node.tag)
        tail = node.tail or ""
        if name in {"note", "frame", "custom-shape", "annotation"}:
            inside.append(_body(node))
            parts.append(tail)
        elif name in {"s", "tab", "line-break"}:
            parts.append({"s": " ", "tab": "\t"}.get(name, "\n") + tail)
        elif name in _PASSED_OVER:
            parts.append(tail)
        else:
            parts.append(node.text or "")
            tails.append(tail)
            stack.append(iter(node))
    return "".join(parts), inside


def _body(node: Element) -> Element:
    """What a note says, without its number."""
    return next((it for it in node if local(it.tag) == "note-body"), node)
