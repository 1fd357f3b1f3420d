"""Presentations of PowerPoint (.pptx) to sections, from their own XML (ECMA-376, 19).

A slide is a section below its title: its texts, lists and tables in their order, then what the
speaker's notes say.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from recado.documents.office.package import (
    find_relation,
    local,
    opened,
    part,
    relations,
    start_part,
)
from recado.documents.reading import LeftOut, Reading, Section, gathered
from recado.documents.sections import read_text
from recado.documents.tables import table_lines
from recado.errors import TooLarge

MAX_SLIDES = 2000
_TITLES = {"title", "ctrTitle"}
_AROUND = {"dt", "ftr", "sldNum", "hdr"}
#: What a placeholder for text is, which PowerPoint shows as a list.
_BODIES = {"body", "obj", ""}
_CELLS = 200_000


def pptx_reading(data: bytes) -> Reading:
    """The sections of a presentation's slides. Raises Unprocessable (locked, damaged, a trap,
    another kind of file), TooLarge."""
    with opened(data, "pptx") as archive:
        return _Presentation(archive).reading()


class _Slide:
    """One slide as it is read. `lines` are Markdown, `left_out` is what is not read."""

    def __init__(self) -> None:
        self.title = ""
        self.lines: list[str] = []
        self.left_out: list[LeftOut] = []
        self.tables = 0
        self.rows = 0


class _Presentation:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._cells = 0
        start = start_part(archive)
        parts = relations(archive, start)
        self._slides = [
            parts[id][1]
            for it in part(archive, start).iter()
            if local(it.tag) == "sldId" and (id := find_relation(it)) in parts
        ]
        if len(self._slides) > MAX_SLIDES:
            raise TooLarge(f"The presentation has more than {MAX_SLIDES} slides. Split it.")

    def reading(self) -> Reading:
        sections: list[Section] = []
        notes: list[LeftOut] = []
        others: list[LeftOut] = []
        tables = rows = 0
        for number, name in enumerate(self._slides, start=1):
            root = part(self._archive, name)
            slide = self._read(root, name)
            if root.get("show", "1") in {"0", "false"}:
                hidden = " ".join([slide.title, *slide.lines]).strip() or str(number)
                notes.append(LeftOut("Left out, as hidden slides", hidden))
                continue
            own = read_text("\n".join(slide.lines))
            path = (slide.title,) if slide.title else ()
            sections += [Section((*path, *it.path), it.text, number) for it in own.sections]
            if slide.title and not own.sections:
                sections.append(Section(path, slide.title, number))
            others += own.left_out
            notes += slide.left_out
            tables, rows = tables + slide.tables, rows + slide.rows
        counts = {"slide": len(self._slides), "table": tables, "row": rows}
        return Reading(
            tuple(sections), {k: n for k, n in counts.items() if n}, (*gathered(notes), *others)
        )

    def _read(self, root: Element, name: str) -> _Slide:
        slide = _Slide()
        tree = next((it for it in root.iter() if local(it.tag) == "spTree"), None)
        if tree is not None:
            self._shapes(tree, slide)
        for sort, other in relations(self._archive, name).values():
            if sort == "diagramData":  # SmartArt: what it draws
                texts = [_text(it).strip() for it in _paragraphs(part(self._archive, other))]
                slide.lines += ["", *(f"- {text}" for text in texts if text), ""]
            elif sort == "notesSlide":
                slide.lines += ["", *_notes(part(self._archive, other)), ""]
            elif sort == "comments":
                said = (_text(it) for it in part(self._archive, other).iter())
                notes = (LeftOut("Left out, as comments", it) for it in said if it.strip())
                slide.left_out += notes
        return slide

    def _shapes(self, tree: Element, slide: _Slide) -> None:
        """The shapes of a slide or a group, in their order."""
        stack = [iter(tree)]
        while stack:
            shape = next(stack[-1], None)
            if shape is None:
                stack.pop()
                continue
            name = local(shape.tag)
            if name in {"grpSp", "AlternateContent", "Choice"}:
                stack.append(iter(shape))
            elif name in {"sp", "cxnSp"}:
                _shape(shape, slide)
            elif name == "graphicFrame" and (table := _find(shape, "tbl")) is not None:
                slide.tables += 1
                rows = self._table(table)
                slide.rows += len(rows)
                slide.lines += ["", *table_lines(rows), ""]
            elif name in {"pic", "graphicFrame"} and _find(shape, "relIds") is None:
                slide.left_out.append(
                    LeftOut("Left out, as pictures and charts", _described(shape))
                )

    def _table(self, table: Element) -> list[list[str]]:
        rows: list[list[str]] = []
        for row in (it for it in table if local(it.tag) == "tr"):
            cells: list[str] = []
            for cell in (it for it in row if local(it.tag) == "tc"):
                self._cells += 1
                if self._cells > _CELLS:
                    raise TooLarge(f"The slides have tables of more than {_CELLS:,} cells.")
                text = " ".join(" ".join(map(_text, _paragraphs(cell))).split())
                above = rows[-1] if rows else []
                if cell.get("vMerge", "") in {"1", "true"} and len(cells) < len(above):
                    text = above[len(cells)]
                cells.append(text)
            rows.append(cells)
        return [row for row in rows if any(row)]


def _shape(shape: Element, slide: _Slide) -> None:
    body = _find(shape, "txBody")
    if body is None:
        return
    placeholder = _find(shape, "ph")
    sort = None if placeholder is None else placeholder.get("type", "")
    texts = [(it, " ".join(_text(it).split())) for it in _paragraphs(body)]
    texts = [(it, text) for it, text in texts if text]
    if sort in _TITLES and not slide.title:
        slide.title = " ".join(text for _, text in texts)
    elif sort in _AROUND:
        slide.left_out += [
            LeftOut("Left out, as headers and footers of the pages", it) for _, it in texts
        ]
    else:
        listed = sort in _BODIES and len(texts) > 1
        slide.lines += ["", *_lines(texts, listed=listed), ""]


def _lines(texts: list[tuple[Element, str]], *, listed: bool) -> Iterator[str]:
    for paragraph, text in texts:
        manner = {local(it.tag) for it in paragraph.iter()} & {"buChar", "buAutoNum", "buNone"}
        bullet = bool(manner - {"buNone"}) or (listed and "buNone" not in manner)
        yield f"- {text}" if bullet else f"\n{text}"


def _notes(root: Element) -> list[str]:
    """What the speaker is to say, without the slide's number and picture."""
    lines = []
    for shape in (it for it in root.iter() if local(it.tag) == "sp"):
        placeholder = _find(shape, "ph")
        if placeholder is not None and placeholder.get("type", "") not in {*_AROUND, "sldImg"}:
            lines += [text for it in _paragraphs(shape) if (text := _text(it).strip())]
    return lines


def _find(element: Element, name: str) -> Element | None:
    return next((it for it in element.iter() if local(it.tag) == name), None)


def _paragraphs(element: Element) -> Iterator[Element]:
    return (it for it in element.iter() if local(it.tag) == "p")


def _text(paragraph: Element) -> str:
    parts = []
    for it in paragraph.iter():
        name = local(it.tag)
        if name in {"t", "text"}:
            parts.append(it.text or "")
        elif name in {"br", "tab"}:
            parts.append(" ")
    return "".join(parts)


def _described(shape: Element) -> str:
    """A picture by its description, else by its name."""
    named = _find(shape, "cNvPr")
    return "" if named is None else named.get("descr", "") or named.get("name", "")
