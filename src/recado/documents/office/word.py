"""Word documents (.docx) to sections, from the document's own XML (ECMA-376).

Everything that Word shows is read: content controls, tracked insertions, text boxes, footnotes,
tables in tables. What was deleted is not.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from recado.documents.office.package import opened, part
from recado.documents.reading import LeftOut, Reading, shown
from recado.documents.sections import read_text
from recado.documents.tables import table_lines
from recado.errors import Unprocessable

_DEEPEST_TABLE = 20
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING = re.compile(
    r"^(?:heading|título|titulo|title|überschrift|titre|encabezado|cabeçalho)\s{0,3}(\d?)$",
    re.IGNORECASE,
)
_PASSED_OVER = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", _FALLBACK}
_LONGEST_BOLD = 90


def docx_reading(data: bytes) -> Reading:
    """The sections of a Word document, tables in their places.

    Raises Unprocessable: not a .docx, protected by a password, damaged, or a trap; TooLarge.
    """
    with opened(data, "docx") as archive:
        return _read(archive)


def _read(archive: zipfile.ZipFile) -> Reading:
    names = set(archive.namelist())
    body = part(archive, "word/document.xml").find(f"{_W}body")
    if body is None:
        raise Unprocessable("The document has no body. Save it again as .docx.")
    styles = _styles(archive) if "word/styles.xml" in names else {}
    writer = _Writer(styles)
    lines = list(writer.blocks(body, 0))
    for notes in ("word/footnotes.xml", "word/endnotes.xml"):
        if notes in names:
            found = (_text(p).strip() for p in part(archive, notes).iter(f"{_W}p"))
            lines += [f"\n{text}" for text in found if text]
    around = [name for name in names if re.fullmatch(r"word/(header|footer)\d{0,4}\.xml", name)]
    running = [_text(p) for name in sorted(around) for p in part(archive, name).iter(f"{_W}p")]
    running = [text for text in running if text.strip()]
    reading = read_text("\n".join(lines))
    left_out = [*reading.left_out]
    if running:
        left_out.append(LeftOut("Left out, as headers and footers of the pages", shown(running)))
    counts = {"paragraph": writer.paragraphs, "table": writer.tables, "row": writer.rows}
    return Reading(reading.sections, {k: v for k, v in counts.items() if v}, tuple(left_out))


def _styles(archive: zipfile.ZipFile) -> dict[str, str]:
    """The names of the styles by their ids, each style's own or that of what it is based on."""
    found = {}
    for style in part(archive, "word/styles.xml").iter(f"{_W}style"):
        name = _value(style.find(f"{_W}name"))
        level = style.find(f"{_W}pPr/{_W}outlineLvl")
        if level is not None and not _HEADING.match(name) and _value(level) in set("012345"):
            name = f"heading {int(_value(level)) + 1}"
        found[style.get(f"{_W}styleId", "")] = name
    return found


def _value(element: Element | None) -> str:
    return "" if element is None else element.get(f"{_W}val", "")


class _Writer:
    def __init__(self, styles: dict[str, str]) -> None:
        self._styles = styles
        self.paragraphs = self.tables = self.rows = 0

    def blocks(self, parent: Element, depth: int) -> Iterator[str]:
        """Markdown lines of everything below `parent` that is a block."""
        stack = [iter(parent)]
        while stack:
            block = next(stack[-1], None)
            if block is None:
                stack.pop()
            elif block.tag == f"{_W}p":
                yield from self._paragraph(block)
            elif block.tag == f"{_W}tbl":
                yield from self._table(block, depth)
            elif block.tag not in _PASSED_OVER:  # content controls, tracked blocks
                stack.append(iter(block))

    def _paragraph(self, paragraph: Element) -> Iterator[str]:
        text = _text(paragraph).strip()
        if not text:
            yield ""
            return
        self.paragraphs += 1
        flat = " ".join(text.split())
        properties = paragraph.find(f"{_W}pPr")
        style = level = listed = None
        if properties is not None:
            style = self._styles.get(_value(properties.find(f"{_W}pStyle")), "")
            level = properties.find(f"{_W}outlineLvl")
            listed = properties.find(f"{_W}numPr")
        if heading := _HEADING.match((style or "").strip()):
            yield f"\n{'#' * min(int(heading[1] or 1), 6)} {flat}\n"
        elif level is not None and _value(level) in set("012345"):
            yield f"\n{'#' * (int(_value(level)) + 1)} {flat}\n"
        elif listed is not None or (style or "").lower().startswith(("list", "lista")):
            yield f"- {flat}"
        elif _is_bold_line(paragraph, flat):
            yield f"\n**{flat.strip('*')}**\n"
        else:
            yield f"\n{text}"

    def _table(self, table: Element, depth: int) -> Iterator[str]:
        if depth > _DEEPEST_TABLE:
            raise Unprocessable("The document has tables nested deeper than 20 levels.")
        self.tables += 1
        rows = [self._cells(row, depth) for row in _rows(table)]
        rows = [row for row in rows if any(row)]
        self.rows += len(rows)
        yield from table_lines(rows)

    def _cells(self, row: Element, depth: int) -> list[str]:
        cells = []
        for cell in _children(row, f"{_W}tc"):
            text = " ".join(" ".join(self.blocks(cell, depth + 1)).split())
            cells.append(text.replace("**", "").lstrip("# ").strip())
            span = _value(cell.find(f"{_W}tcPr/{_W}gridSpan"))[:3]
            cells += [""] * (min(int(span), 60) - 1 if span.isdecimal() else 0)
        return cells


def _rows(table: Element) -> Iterator[Element]:
    return _children(table, f"{_W}tr")


def _children(parent: Element, tag: str) -> Iterator[Element]:
    """The children with a tag, those in content controls too."""
    stack = [iter(parent)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag == tag:
            yield child
        elif child.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}moveTo"}:
            stack.append(iter(child))


def _text(paragraph: Element) -> str:
    """All that a paragraph shows, text boxes in it too."""
    parts: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
            continue
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag in {f"{_W}tab", f"{_W}ptab"}:
            parts.append("\t")
        elif node.tag in {f"{_W}br", f"{_W}cr"}:
            parts.append("\n")
        elif node.tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif node.tag not in _PASSED_OVER and node.tag != f"{_W}pPr":
            if node.tag == f"{_W}p":  # a text box inside the paragraph
                parts.append("\n")
            stack.append(iter(node))
    return "".join(parts)


def _is_bold_line(paragraph: Element, text: str) -> bool:
    """A short line all in bold: a heading by someone who knows no styles."""
    if (
        len(text) > _LONGEST_BOLD
        or text.endswith((".", ",", ";"))
        or not any(map(str.isalpha, text))
    ):
        return False
    runs = [run for run in paragraph.iter(f"{_W}r") if _text(run).strip()]
    bold = [run.find(f"{_W}rPr/{_W}b") for run in runs]
    return all(b is not None and _value(b) not in {"0", "false", "none"} for b in bold)
