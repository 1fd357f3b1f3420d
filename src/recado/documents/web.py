"""HTML to sections, by way of the Markdown that it means."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from recado.documents.reading import LeftOut, Reading, shown
from recado.documents.sections import read_text, without_comments
from recado.documents.tables import table_lines
from recado.documents.tags import Tags, attributes
from recado.errors import Unprocessable

#: What a browser does not show …
_UNSEEN = {"script", "style", "noscript", "template", "svg"}
#: … and what belongs to the site and not to the page.
_OF_THE_SITE = {"nav", "button", "select"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"dt": 6, "summary": 6}
_BLOCKS = {"p", "div", "section", "article", "ul", "ol", "dl", "dd", "details", "form", "caption"}
_BLOCKS |= {"blockquote", "header", "footer", "main", "aside", "figure", "pre", "address", "label"}
_CONDITION = re.compile(r"<!\[[^<>]{0,200}>")
_SPACES = re.compile(r"\s+")
_BLANKS = re.compile(r"\n{3,}")
#: Tables in tables in tables are layout, or a trap.
_DEEPEST_TABLE = 20
_DEEPEST = 100
_WIDEST_SPAN, _MOST_CELLS = 50, 200_000


class _Table:
    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.caption: list[str] = []
        self.cell: list[str] | None = None
        self.width = 1
        #: Cells that reach down: column → (rows left, text).
        self.down: dict[int, tuple[int, str]] = {}
        self.height = 1

    def end_cell(self) -> None:
        if self.cell is None:
            return
        text = _SPACES.sub(" ", "".join(self.cell)).strip()
        row = self.rows[-1]
        self._fill(row)
        if self.height > 1:
            self.down[len(row)] = (self.height - 1, text)
        row.append(text)
        row.extend([""] * (self.width - 1))
        self.cell = None

    def end_row(self) -> None:
        self.end_cell()
        if self.rows:
            self._fill(self.rows[-1])

    def _fill(self, row: list[str]) -> None:
        while left := self.down.pop(len(row), None):
            if left[0] > 1:
                self.down[len(row)] = (left[0] - 1, left[1])
            row.append(left[1])


class _ToMarkdown(HTMLParser):
    def __init__(self, tags: Tags, passed_over: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._tags = tags
        self._passed_over = passed_over
        self.parts: list[str] = []
        self.left_out: list[str] = []
        self.title: list[str] = []
        self.tables_read = 0
        self._cells = 0
        self._inside: list[str] = []
        self._tables: list[_Table] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = self.get_starttag_text() or ""
        if not self._tags.is_tag(written) and self._are_words(tag, written):
            self.handle_data(written)
        elif tag in self._passed_over:
            if len(self._inside) < _DEEPEST:
                self._inside.append(tag)
        elif tag == "title":
            self._in_title = True
        elif not self._in_unseen():
            self._open(tag, dict(attrs))

    def _are_words(self, tag: str, written: str) -> bool:
        """`<monto>` is somebody's; what a page names itself (`<my-shop>`) has an end tag."""
        values = attributes(written[1 + len(tag) : -1])
        return not self._tags.closes(tag) and not values

    def _open(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "table" and len(self._tables) < _DEEPEST_TABLE:
            self._tables.append(_Table())
        elif self._tables and tag in {"tr", "td", "th"}:
            self._open_cell(tag, attrs)
        elif tag in _HEADINGS and not self._tables:
            self.parts.append(f"\n\n{'#' * _HEADINGS[tag]} ")
        elif tag == "li":
            self._put("\n- ")
        elif tag == "br":
            self._put("\n")
        elif tag == "img" and (described := (attrs.get("alt") or "").strip()):
            self._put(f" {described} ")
        elif tag in _BLOCKS or tag in {"tr", "table"}:
            self._put("\n\n")
        elif tag in {"td", "th"}:
            self._put(" ")

    def _open_cell(self, tag: str, attrs: dict[str, str | None]) -> None:
        table = self._tables[-1]
        if tag == "tr" or not table.rows:
            table.end_row()
            table.rows.append([])
        if tag == "tr":
            return
        table.end_cell()
        table.cell = []
        table.width, table.height = _span(attrs, "colspan"), _span(attrs, "rowspan")
        self._cells += table.width * table.height
        if self._cells > _MOST_CELLS:
            raise Unprocessable(f"The page has tables of more than {_MOST_CELLS} cells.")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass
        elif tag == "title":
            self._in_title = False
        elif self._in_unseen():
            return
        elif tag == "table" and self._tables:
            self._end_table()
        elif tag in {"td", "th"} and self._tables:
            self._tables[-1].end_cell()
        elif tag in _HEADINGS or tag in _BLOCKS:
            self._put("\n\n")

    def _end_table(self) -> None:
        table = self._tables.pop()
        table.end_row()
        self.tables_read += 1
        lines = [*table.caption, *table_lines(table.rows)]
        self._put("\n\n" + "\n".join(lines) + "\n\n")

    def handle_data(self, data: str) -> None:
        if self._in_title and "svg" not in self._inside:
            self.title.append(data)
        elif not self._in_unseen():
            self._put(_SPACES.sub(" ", data))
        elif data.strip() and not any(tag in _UNSEEN for tag in self._inside):
            self.left_out.append(data)

    def _put(self, text: str) -> None:
        table = self._tables[-1] if self._tables else None
        if table is None:
            self.parts.append(text)
        elif table.cell is not None:
            table.cell.append(text)
        elif text.strip():  # between the rows of a table: its caption
            table.caption.append(" ".join(text.split()))

    def _in_unseen(self) -> bool:
        return bool(self._inside)

    def finish(self) -> bool:
        """Close what the page left open. False: it left open what is passed over."""
        self.close()
        while self._tables:
            self._end_table()
        return not self._inside


def _span(attrs: dict[str, str | None], name: str) -> int:
    value = (attrs.get(name) or "1").strip()[:4]
    return min(max(int(value), 1), _WIDEST_SPAN) if value.isdecimal() else 1


def _closed(text: str) -> str:
    """A page without comments, and without beginnings of tags that never end: the parser would
    look for the end of each anew."""
    text = _CONDITION.sub("", without_comments(text)[0]).replace("<![", "&lt;![")
    text = text.replace("<!--", "&lt;!--")
    last = text.rfind(">") + 1
    return text[:last] + text[last:].replace("<", "&lt;")


def html_reading(text: str) -> Reading:
    """The sections of a page: its headings, definition lists and disclosures open them."""
    text = _closed(text)
    tags = Tags(text)
    parser = _ToMarkdown(tags, _UNSEEN | _OF_THE_SITE)
    parser.feed(text)
    if not parser.finish():
        parser = _ToMarkdown(tags, {"script", "style"})
        parser.feed(text)
        parser.finish()
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    body = "\n".join(line for line in lines if line not in {"-", "#"})
    reading = read_text(_BLANKS.sub("\n\n", body))
    left_out = [*reading.left_out]
    title = " ".join("".join(parser.title).split())
    if title and title not in body:
        left_out.append(LeftOut("Left out, as the page's title", shown([title])))
    if parser.left_out:
        left_out.append(LeftOut("Left out, as menus and buttons", shown(parser.left_out)))
    counts = dict(reading.counts)
    if parser.tables_read:
        counts["table"] = parser.tables_read
    return Reading(reading.sections, counts, tuple(left_out))
