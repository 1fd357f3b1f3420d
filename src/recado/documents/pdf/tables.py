"""Tables on a page of a PDF: by their drawn rules where there are any, else by the white between
their columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from recado.documents.pdf.page import Edge, Run, Word, runs_of

Line = tuple[Run, ...]
_NEAR = 3.0
_MOST_COLUMNS = 40
#: Parts of the type's size: the white between columns, and the way down to a row and to a line
#: of the same cell; a wrapped line is this part of the way to a row.
_WHITE, _FAR, _LEADING = 0.55, 3.2, 1.25
_WRAPS = 0.75
#: Lines that overlap by more than this stand in one row; what is set smaller explains it.
_ONE_ROW, _SMALLER, _SMALL = 0.8, 0.7, 0.93


class Table(msgspec.Struct, frozen=True):
    """Rows of cells; it stands on the page from `top` down to `bottom`."""

    rows: tuple[tuple[str, ...], ...]
    top: float
    bottom: float


class _Frame(msgspec.Struct, frozen=True):
    x0: float
    y0: float
    x1: float
    y1: float
    across: tuple[Edge, ...]
    down: tuple[Edge, ...]


def ruled_tables(lines: Sequence[Line], edges: Sequence[Edge]) -> tuple[list[Table], list[Line]]:
    """The tables with drawn rules, and the lines of the page that are not in them."""
    words = [word for line in lines for run in line for word in run.words]
    tables: list[Table] = []
    for found in _frames(edges):
        frame = found if found.down else _with_names(found, words)
        inside = [word for word in words if _is_in(word, frame)]
        table = _ruled(frame, inside) if len(inside) > 1 else None
        if table is not None:
            tables.append(table)
            taken = set(map(id, inside))
            words = [word for word in words if id(word) not in taken]
    if not tables:
        return [], list(lines)
    kept = set(map(id, words))
    left = [[word for run in line for word in run.words if id(word) in kept] for line in lines]
    return tables, [runs_of(line) for line in left if line]


def _with_names(frame: _Frame, words: Sequence[Word]) -> _Frame:
    """A frame of rules across only, with the row above the first of them if it is one of cells."""
    levels = _places(edge.y0 for edge in frame.across)
    heights = sorted(above - below for below, above in pairwise(levels))
    if not heights:
        return frame
    taller = msgspec.structs.replace(frame, y0=frame.y1, y1=frame.y1 + heights[len(heights) // 2])
    above = [word for word in words if _is_in(word, taller)]
    if len(_runs(above)) < 2 or len({word.y for word in above}) > 1:
        return frame
    return msgspec.structs.replace(frame, y1=taller.y1)


def _is_in(word: Word, frame: _Frame) -> bool:
    middle = word.y + word.size * 0.3
    return (
        frame.x0 - _NEAR <= (word.x0 + word.x1) / 2 <= frame.x1 + _NEAR
        and frame.y0 <= middle <= frame.y1
    )


def _frames(edges: Sequence[Edge]) -> list[_Frame]:
    """Edges that touch each other, together."""
    parent = list(range(len(edges)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    order = sorted(range(len(edges)), key=lambda at: edges[at].x0)
    for place, first in enumerate(order):
        one = edges[first]
        for second in order[place + 1 :]:
            two = edges[second]
            if two.x0 > one.x1 + _NEAR:
                break
            if two.y0 <= one.y1 + _NEAR and one.y0 <= two.y1 + _NEAR:
                parent[root(first)] = root(second)
    groups: dict[int, list[Edge]] = {}
    for at, edge in enumerate(edges):
        groups.setdefault(root(at), []).append(edge)
    frames = [_frame(group) for group in groups.values() if len(group) > 3]
    return sorted([*frames, *_stacked(edges)], key=lambda frame: -frame.y1)


def _frame(group: Sequence[Edge]) -> _Frame:
    return _Frame(
        min(edge.x0 for edge in group),
        min(edge.y0 for edge in group),
        max(edge.x1 for edge in group),
        max(edge.y1 for edge in group),
        tuple(edge for edge in group if edge.across),
        tuple(edge for edge in group if not edge.across),
    )


def _stacked(edges: Sequence[Edge]) -> list[_Frame]:
    """Rules across of the same width below each other, with none down between them."""
    groups: dict[tuple[int, int], list[Edge]] = {}
    for edge in _whole(edge for edge in edges if edge.across):
        groups.setdefault((round(edge.x0 / 4), round(edge.x1 / 4)), []).append(edge)
    return [_frame(group) for group in groups.values() if len(_places(e.y0 for e in group)) > 2]


def _whole(edges: Iterable[Edge]) -> list[Edge]:
    """Rules across that were drawn cell by cell, each in one piece."""
    whole: list[Edge] = []
    for edge in sorted(edges, key=lambda edge: (round(edge.y0), edge.x0)):
        last = whole[-1] if whole else None
        if last and round(last.y0) == round(edge.y0) and edge.x0 - last.x1 <= _NEAR:
            whole[-1] = msgspec.structs.replace(last, x1=max(last.x1, edge.x1))
        else:
            whole.append(edge)
    return whole


def _places(values: Iterable[float]) -> list[float]:
    """Places that are not nearly the same, in order."""
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _NEAR:
            places.append(value)
    return places


def _ruled(frame: _Frame, words: Sequence[Word]) -> Table | None:
    levels = _places(edge.y0 for edge in frame.across)[::-1]
    if len(levels) < 3:
        return None
    if frame.y1 > levels[0] + _NEAR:  # the names of the columns stand above the first rule
        levels = [frame.y1, *levels]
    sides = _places([frame.x0, frame.x1, *(edge.x0 for edge in frame.down)])
    if len(sides) < 3:
        sides = _sides_by_white(frame, words)
    if not 3 <= len(sides) <= _MOST_COLUMNS:
        return None
    cells: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        row, column = _cell_of(word, levels, sides, frame)
        cells.setdefault((row, column), []).append(word)
    rows = [
        tuple(_text(cells.get((row, column), ())) for column in range(len(sides) - 1))
        for row in range(len(levels) - 1)
    ]
    rows = [row for row in rows if any(row)]
    if len(rows) < 2 or max(sum(map(bool, row)) for row in rows) < 2:
        return None
    return Table(tuple(rows), frame.y1, frame.y0)


def _sides_by_white(frame: _Frame, words: Sequence[Word]) -> list[float]:
    gaps = _gaps(((word.x0, word.x1) for word in words), _WHITE * max(w.size for w in words))
    return [frame.x0, *((left + right) / 2 for left, right in gaps), frame.x1]


def _runs(words: Sequence[Word]) -> list[Run]:
    lines: dict[float, list[Word]] = {}
    for word in words:
        lines.setdefault(word.y, []).append(word)
    return [run for line in lines.values() for run in runs_of(line)]


def _band(place: float, bounds: Sequence[float]) -> int:
    """In which of the bands between `bounds` a place is; the first or last for one outside."""
    rising = bounds[0] < bounds[-1]
    for at, bound in enumerate(bounds[1:-1]):
        if (place < bound) == rising:
            return at
    return len(bounds) - 2


def _cell_of(
    word: Word, levels: Sequence[float], sides: Sequence[float], frame: _Frame
) -> tuple[int, int]:
    """The row and column of a word; of merged cells the first."""
    x, y = (word.x0 + word.x1) / 2, word.y + word.size * 0.3
    row, column = _band(y, levels), _band(x, sides)
    while column > 0 and frame.down and not _parts(frame.down, sides[column], y):
        column -= 1
    while row > 0 and not _parts_rows(frame.across, levels[row], x):
        row -= 1
    return row, column


def _parts(down: Sequence[Edge], side: float, y: float) -> bool:
    return any(abs(e.x0 - side) <= _NEAR and e.y0 - _NEAR <= y <= e.y1 + _NEAR for e in down)


def _parts_rows(across: Sequence[Edge], level: float, x: float) -> bool:
    return any(abs(e.y0 - level) <= _NEAR and e.x0 - _NEAR <= x <= e.x1 + _NEAR for e in across)


def _text(words: Sequence[Word]) -> str:
    ordered = sorted(words, key=lambda word: (-round(word.y, 1), word.x0))
    return " ".join(word.text for word in ordered)


def _gaps(spans: Iterable[tuple[float, float]], narrowest: float) -> list[tuple[float, float]]:
    """The white between spans, from left to right."""
    gaps = []
    reached: float | None = None
    for left, right in sorted(spans):
        if reached is not None and left - reached >= narrowest:
            gaps.append((reached, left))
        reached = right if reached is None else max(reached, right)
    return gaps


class _Open:
    """A table without rules, while its lines come. `spans` are its columns as far as they are
    known: merged where they touch, so that a long table costs no more a line than a short one."""

    def __init__(self, line: Line) -> None:
        self.lines = [line]
        self.narrowest = _WHITE * line[0].size
        self.spans = self._merged(line, [])

    def _merged(
        self, line: Line, spans: Sequence[tuple[float, float]]
    ) -> list[tuple[float, float]]:
        merged: list[tuple[float, float]] = []
        words = ((word.x0, word.x1) for run in line for word in run.words)
        for left, right in sorted([*spans, *words]):
            if merged and left - merged[-1][1] < self.narrowest:
                merged[-1] = (merged[-1][0], max(merged[-1][1], right))
            else:
                merged.append((left, right))
        return merged

    def take(self, line: Line) -> bool:
        """Take a line that leaves white between the columns as they are."""
        last = self.lines[-1]
        if last[0].y - line[0].y > _FAR * max(last[0].size, line[0].size):
            return False
        if len(line) == 1 and not self._fits_alone(line[0]):
            return False
        merged = self._merged(line, self.spans)
        if len(merged) < 2 or (len(line) == 1 and len(merged) < len(self.spans)):
            return False
        self.lines.append(line)
        self.spans = merged
        return True

    def _fits_alone(self, run: Run) -> bool:
        """A line with one cell is part of the table if it looks like its rows."""
        sizes = [other.size for line in self.lines[-3:] for other in line]
        least = min(min(sizes) - 0.6, max(sizes) * _SMALLER)
        return least <= run.size <= max(sizes) + 0.6 and not run.text.startswith("•")


def white_table(lines: Sequence[Line], at: int) -> tuple[Table, int] | None:
    """The table without rules that begins with line `at`, and the line after it."""
    if len(lines[at]) < 2 and not (
        at + 1 < len(lines) and len(lines[at + 1]) > 1 and _overlap(lines[at], lines[at + 1])
    ):
        return None
    table = _Open(lines[at])
    end = at + 1
    while end < len(lines) and table.take(lines[end]):
        end += 1
    while len(table.lines) > 1 and _is_below(table):
        table.lines.pop()  # a paragraph that only happens to be narrow
        end -= 1
    if sum(len(line) > 1 for line in table.lines) < 2 or len(table.spans) < 2:
        return None
    return Table(tuple(_white_rows(table)), lines[at][0].y, lines[end - 1][0].y), end


def _overlap(above: Line, below: Line) -> bool:
    """Whether two lines stand in one row, whose cells are centred on different heights."""
    drop = above[0].y - below[0].y
    return drop < _ONE_ROW * min(above[0].size, below[0].size)


def _is_below(table: _Open) -> bool:
    """Whether the last line, alone in its first column, is farther down than a row."""
    *_, above, last = table.lines
    alone = len(last) == 1 and last[0].x0 <= table.spans[0][1]
    return alone and above[0].y - last[0].y > 1.6 * last[0].size


def _white_rows(table: _Open) -> list[tuple[str, ...]]:
    sides = [
        float("-inf"),
        *sorted(
            [
                *((left[1] + right[0]) / 2 for left, right in pairwise(table.spans)),
                *_aligned(table),
            ]
        ),
        float("inf"),
    ]
    drops = [above[0].y - below[0].y for above, below in pairwise(table.lines)]
    full = [d for d, line in zip(drops, table.lines[1:], strict=True) if len(line) > 1]
    usual = sorted(full or drops)[len(full or drops) // 2] if drops else 0.0
    rows: list[list[str]] = []
    for place, line in enumerate(table.lines):
        around = table.lines[max(0, place - 1) : place + 2]
        centred = [_overlap(*pair) for pair in pairwise(around)]
        row = [""] * (len(sides) - 1)
        for run in line:
            for word in run.words:
                column = _band((word.x0 + word.x1) / 2, sides)
                row[column] = f"{row[column]} {word.text}".strip()
        if not rows or (place and centred[0]):
            goes_on = bool(rows)
        elif centred and centred[-1]:
            goes_on = False
        else:
            small = len(line) == 1 and line[0].size < _SMALL * table.lines[place - 1][0].size
            goes_on = small or _goes_on(row, drops[place - 1], usual, line[0].size)
        if goes_on:
            rows[-1] = [f"{a} {b}".strip() for a, b in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return [tuple(row) for row in rows]


def _aligned(table: _Open) -> list[float]:
    """Where words of most lines begin at the very same place inside a column: another column,
    whose white some cell has filled."""
    inside = len(table.lines)
    begins: dict[int, set[int]] = {}
    white: set[int] = set()
    for at, line in enumerate(table.lines):
        for run in line:
            reached = float("-inf")
            for word in run.words:
                begins.setdefault(round(word.x0), set()).add(at)
                if word.x0 - reached >= _WHITE * word.size:
                    white.add(round(word.x0))  # elsewhere it only follows words as long
                reached = word.x1
    starts = [left for left, _ in table.spans]
    found: list[float] = []
    for place, lines in sorted(begins.items()):
        apart = all(abs(place - start) > 2 * _NEAR for start in [*starts, *found])
        if len(lines) >= max(3, 0.6 * inside) and apart and place in white:
            found.append(place - 0.6)
    return found[:_MOST_COLUMNS]


def _goes_on(row: Sequence[str], drop: float, usual: float, size: float) -> bool:
    """Whether a line is the rest of the row above it, wrapped in its cells."""
    filled = [at for at, cell in enumerate(row) if cell]
    if len(filled) == len(row):
        return False
    if drop < _WRAPS * usual or (drop <= _LEADING * size and usual > 1.35 * size):
        return True
    return len(filled) == 1 and (filled[0] > 0 or row[0][:1].islower())
