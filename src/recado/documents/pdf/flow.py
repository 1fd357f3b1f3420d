"""A page's lines in the order they are read, as Markdown: columns after each other, headings by
their type, paragraphs whole, tables in their places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from recado.documents.pdf.page import Page, Run
from recado.documents.pdf.tables import Line, Table, ruled_tables, white_table
from recado.documents.pdf.two_up import parted_at, two_up
from recado.documents.tables import table_lines

#: From where to where lines go, in points.
Extent = tuple[float, float]

_BIN = 3.0
_NARROWEST_GUTTER = 9.0
_COLUMN_LINES, _COLUMN_CHARS, _COLUMN_FILL = 4, 18, 0.6
_MOST_COLUMNS_DEEP = 3
_LONGEST_HEADING = 120
_BULLET = re.compile(r"^(?:[•●▪■◦‣·∙–—*-]|\uf0b7|o(?=\s))\s*(?=\S)")
_NUMBERED = re.compile(r"^\d{1,3}[.)]\s")
_ENDS = (".", "!", "?", ":", ";", "…", "»", '"')
_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|_{4,}")


class Style(msgspec.Struct, frozen=True):
    """The size of the running text, and those of the headings, the largest first."""

    body: float
    headings: tuple[float, ...]


def style_of(pages: Iterable[Sequence[Line]]) -> Style:
    """The type that a document is set in."""
    sizes: Counter[float] = Counter()
    lines: Counter[float] = Counter()
    for page in pages:
        for line in page:
            for run in line:
                sizes[_size(run)] += len(run.text)
                lines[_size(run)] += 1
    if not sizes:
        return Style(0.0, ())
    body = max(sizes, key=lambda size: (sizes[size], -size))
    larger = sorted((size for size in lines if size >= body * 1.12), reverse=True)
    return Style(body, tuple(larger[:5]))


def _size(run: Run) -> float:
    return round(run.size * 2) / 2


class Flow:
    """The pages of a document, one after the other, as Markdown lines."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self.tables = self.rows = 0

    def page(self, lines: Sequence[Line], page: Page) -> Iterator[str]:
        """The Markdown lines of a page, whose `lines` are those without running headers."""
        tables, free = ruled_tables(lines, page.edges)
        extent = _extent(lines)
        at = 0
        for table in sorted(tables, key=lambda table: -table.top):
            above = [line for line in free[at:] if line[0].y > table.top]
            at += len(above)
            yield from self._columns(above, 0, extent)
            yield from self._table(table)
        yield from self._columns(free[at:], 0, extent)

    def _table(self, table: Table) -> Iterator[str]:
        self.tables += 1
        self.rows += len(table.rows)
        yield from table_lines(table.rows)

    def _columns(
        self, lines: Sequence[Line], depth: int, extent: Extent | None = None
    ) -> Iterator[str]:
        """Lines, those that stand in columns column by column."""
        gutter = _gutter(lines) if depth < _MOST_COLUMNS_DEEP else None
        if gutter is None and depth < _MOST_COLUMNS_DEEP and (gutter := two_up(lines)):
            lines = [parted_at(line, gutter) for line in lines]
        if gutter is None:
            yield from self._blocks(lines, extent or _extent(lines))
            return
        band: list[Line] = []
        for line in lines:
            if _crosses(line, gutter):
                yield from self._band(band, gutter, depth)
                band = []
                yield from self._blocks([line], _extent(lines))
            else:
                band.append(line)
        yield from self._band(band, gutter, depth)

    def _band(self, band: Sequence[Line], gutter: float, depth: int) -> Iterator[str]:
        left = [tuple(run for run in line if run.x1 <= gutter) for line in band]
        right = [tuple(run for run in line if run.x1 > gutter) for line in band]
        for side in (left, right):
            yield from self._columns([line for line in side if line], depth + 1)

    def _blocks(self, lines: Sequence[Line], extent: Extent) -> Iterator[str]:
        text: list[Line] = []
        at = 0
        while at < len(lines):
            found = white_table(lines, at)
            if found is None:
                text.append(lines[at])
                at += 1
                continue
            yield from self._paragraphs(text, extent)
            text = []
            yield from self._table(found[0])
            at = found[1]
        yield from self._paragraphs(text, extent)

    def _paragraphs(self, lines: Sequence[Line], extent: Extent) -> Iterator[str]:
        left, right = extent
        open_text, before, before_level = "", None, 0
        for line in lines:
            text = _LEADERS.sub(" ", "  ".join(run.text for run in line))
            text = _BULLET.sub("- ", " ".join(text.split()))
            level = self._level(line, text, before)
            if (
                before is not None
                and _continues(before, line, open_text, text, right, left)
                and level == before_level
            ):
                open_text = _joined(open_text, text)
            else:
                yield from _closed(open_text, before_level)
                if before is not None and _drop(before, line) > 1.7 * line[0].size:
                    yield ""
                open_text = text
            before, before_level = line, level
        yield from _closed(open_text, before_level)

    def _level(self, line: Line, text: str, before: Line | None) -> int:
        """The level of the heading that a line is, 0 for none."""
        if len(text) > _LONGEST_HEADING or not any(map(str.isalpha, text)) or text.startswith("- "):
            return 0
        size = max(_size(run) for run in line)
        if size in self._style.headings:
            return min(self._style.headings.index(size) + 1, 5)
        said = text.endswith((".", ",", ";")) or text[:1].islower()
        if len(line) == 1 and all(run.bold for run in line) and len(text) <= 90 and not said:
            return 6
        return 0


def _extent(lines: Sequence[Line]) -> Extent:
    left = min((line[0].x0 for line in lines), default=0.0)
    return left, max((line[-1].x1 for line in lines), default=0.0)


def _drop(above: Line, below: Line) -> float:
    return above[0].y - below[0].y


def _continues(
    before: Line, line: Line, open_text: str, text: str, right: float, left: float
) -> bool:
    """Whether a line goes on where the one above it only met the edge of the paper."""
    if _drop(before, line) > 1.7 * max(before[0].size, line[0].size) or _drop(before, line) <= 0:
        return False
    if text.startswith(("- ", "¿")) or _NUMBERED.match(text):
        return False
    if abs(_size(before[0]) - _size(line[0])) > 0.6 or before[0].bold != line[0].bold:
        return False
    if open_text.endswith(("-", "\xad")) or text[:1].islower():
        return not open_text.endswith((".", "!", "?"))
    if open_text.endswith("?"):
        return False
    full = before[-1].x1 - left >= 0.8 * (right - left)
    return full or (text[:1].isdigit() and open_text.endswith(","))


def _joined(text: str, more: str) -> str:
    if text.endswith("-") and len(text) > 1 and text[-2].isalpha() and more[:1].islower():
        return f"{text[:-1]}{more}"
    return f"{text} {more}"


def _closed(text: str, level: int) -> Iterator[str]:
    if not text:
        return
    if level:
        yield f"\n{'#' * level} {text}\n"
    elif text.startswith("#"):  # a sign of the text's, and no heading
        yield f"\\{text}"
    else:
        yield text


def _crosses(line: Line, gutter: float) -> bool:
    return any(run.x0 < gutter < run.x1 for run in line)


def _gutter(lines: Sequence[Line], deep: int = _MOST_COLUMNS_DEEP) -> float | None:
    """Where the white between two columns of running text is, None where there is one column.
    What stands beside it may be columns again, so many times `deep`."""
    if len(lines) < _COLUMN_LINES:
        return None
    x0 = min(line[0].x0 for line in lines)
    x1 = max(run.x1 for line in lines for run in line)
    bins = int((x1 - x0) / _BIN) + 1
    if bins < 10 or bins > 5000:
        return None
    covered = [0] * (bins + 1)
    for line in lines:
        for run in line:
            covered[max(0, int((run.x0 - x0) / _BIN))] += 1
            covered[min(bins, int((run.x1 - x0) / _BIN) + 1)] -= 1
    best, length, depth, most = 0, 0, 0, len(lines) * 0.25
    width = 0
    for at in range(bins):
        depth += covered[at]
        inner = bins * 0.15 <= at <= bins * 0.85
        length = length + 1 if inner and depth <= most else 0
        if length > width:
            width, best = length, at
    if width * _BIN < _NARROWEST_GUTTER:
        return None
    gutter = x0 + (best - width / 2 + 0.5) * _BIN
    return gutter if all(_are_columns(it, deep - 1) for it in _sides(lines, gutter)) else None


def _sides(lines: Sequence[Line], gutter: float) -> Iterator[list[Line]]:
    whole = [line for line in lines if not _crosses(line, gutter)]
    for left in (True, False):
        parts = (tuple(run for run in line if (run.x1 <= gutter) is left) for line in whole)
        yield [part for part in parts if part]


def _are_columns(lines: Sequence[Line], deep: int) -> bool:
    runs = [run for line in lines for run in line]
    return _is_running_text(runs) or (deep > 0 and _gutter(lines, deep) is not None)


def _is_running_text(runs: Sequence[Run]) -> bool:
    if len(runs) < _COLUMN_LINES:
        return False
    width = max(run.x1 for run in runs) - min(run.x0 for run in runs)
    filled = sum(run.x1 - run.x0 for run in runs) / len(runs)
    chars = sum(len(run.text) for run in runs) / len(runs)
    return chars >= _COLUMN_CHARS and filled >= _COLUMN_FILL * width
