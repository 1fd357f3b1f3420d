"""Workbooks of Excel (.xlsx) to sections, from their own XML (ECMA-376, 18).

What is read is what a person sees: numbers and dates in their formats, results and no formulas,
no hidden sheets, rows and columns. Macros are not even looked at.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from recado.documents.office.cell_codes import BUILT_IN, Conventions, country_of
from recado.documents.office.package import (
    find_relation,
    local,
    opened,
    part,
    relations,
    start_part,
    stream,
)
from recado.documents.office.workbook import MAX_CELLS, Sheet, workbook_reading
from recado.documents.office.xlsx_cells import Formats, SheetReader, Strings, number
from recado.documents.reading import LeftOut, Reading
from recado.language.detection import detect_language

_COMMA_CURRENCIES = ("€", "R$")
_SAMPLE_TEXTS = 300


def xlsx_reading(data: bytes) -> Reading:
    """The sections of a workbook's sheets. Raises Unprocessable (locked, damaged, a trap, another
    kind of file), TooLarge."""
    with opened(data, "xlsx") as archive:
        return _Workbook(archive).reading()


class _Workbook:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._start = start_part(archive)
        self._parts = relations(archive, self._start)
        self._root = part(archive, self._start)

    def reading(self) -> Reading:
        shared = Strings()
        if name := self._named("sharedStrings"):
            stream(self._archive, name, shared)
        formats = self._formats(shared.texts)
        hidden: list[str] = []
        strange: list[str] = []
        visible: list[tuple[str, str]] = []
        for element in (it for it in self._root.iter() if local(it.tag) == "sheet"):
            title = element.get("name", "")
            sort, path = self._parts.get(find_relation(element), ("", ""))
            if sort != "worksheet":
                strange.append(title)
            elif element.get("state", "visible") != "visible":
                hidden.append(title)
            else:
                visible.append((title, path))
        left_out = [LeftOut("Left out, as sheets without cells", name) for name in strange]
        if any(name.endswith("vbaProject.bin") for name in self._archive.namelist()):
            left_out.append(LeftOut("Left out, as macros", "VBA"))
        return workbook_reading(self._sheets(visible, shared.texts, formats), hidden, left_out)

    def _named(self, sort: str) -> str:
        return next((name for its, name in self._parts.values() if its == sort), "")

    def _sheets(
        self, visible: Sequence[tuple[str, str]], shared: Sequence[str], formats: Formats
    ) -> Iterator[Sheet]:
        cells = 0
        for title, path in visible:
            reader = SheetReader(Sheet(title), shared, formats, MAX_CELLS - cells)
            stream(self._archive, path, reader)
            cells += reader.cells
            self._beside(path, reader.sheet)
            yield reader.sheet

    def _beside(self, path: str, sheet: Sheet) -> None:
        """What stands over a sheet: boxes of text, comments, pictures."""
        for sort, name in relations(self._archive, path).values():
            if sort in {"comments", "threadedComment"}:
                root = part(self._archive, name)
                for it in root.iter():
                    if local(it.tag) in {"comment", "threadedComment"}:
                        said = (t.text or "" for t in it.iter() if local(t.tag) in {"t", "text"})
                        note = LeftOut("Left out, as comments on cells", "".join(said))
                        sheet.left_out.append(note)
            elif sort == "drawing":
                root = part(self._archive, name)
                for it in root.iter():
                    if local(it.tag) == "txBody":
                        sheet.texts += [text] if (text := _box(it)) else []
                    elif local(it.tag) in {"pic", "graphicFrame"}:
                        named = (e.get("name", "") for e in it.iter() if local(e.tag) == "cNvPr")
                        sheet.left_out.append(
                            LeftOut("Left out, as pictures and charts", next(named, ""))
                        )

    def _formats(self, texts: Sequence[str]) -> Formats:
        codes: list[str] = []
        if name := self._named("styles"):
            root = part(self._archive, name)
            own = {
                it.get("numFmtId", ""): it.get("formatCode", "")
                for it in root.iter()
                if local(it.tag) == "numFmt"
            }
            for cells in (it for it in root if local(it.tag) == "cellXfs"):
                numbers = [it.get("numFmtId", "0") for it in cells]
                codes = [own.get(it) or BUILT_IN.get(number(it), "General") for it in numbers]
        dates = next((it for it in self._root if local(it.tag) == "workbookPr"), None)
        since_1904 = dates is not None and dates.get("date1904", "") in {"1", "true"}
        return Formats(tuple(codes), _conventions(codes, texts, since_1904=since_1904))


def _conventions(codes: Sequence[str], texts: Sequence[str], *, since_1904: bool) -> Conventions:
    """How the workbook's people write: by the country that its currencies name, else by the
    currency, else by the language of its words."""
    from babel import Locale
    from babel.numbers import get_decimal_symbol

    language = detect_language("\n".join(texts[:_SAMPLE_TEXTS])[:20_000]).code
    country = next(filter(None, map(country_of, codes)), "")
    if country:
        comma = get_decimal_symbol(Locale.parse(country)) == ","
    elif any(sign in code for code in codes for sign in _COMMA_CURRENCIES):
        comma = True
    else:
        comma = language != "en"
    return Conventions(language, comma, since_1904)


def _box(body: Element) -> str:
    paragraphs = [it for it in body.iter() if local(it.tag) == "p"]
    lines = ("".join(t.text or "" for t in it.iter() if local(t.tag) == "t") for it in paragraphs)
    return "\n".join(line for line in lines if line.strip())
