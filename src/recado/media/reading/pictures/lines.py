"""The order in which people read what OCR found: lines from above to below, a price beside what it
is the price of, one column of a menu after the other.

Lines of a photo lean, and where it was taken from the side each leans differently: how much is
taken from the boxes around the words, as a straight line over the height of the picture.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from recado.media.reading.pictures.tasks import Line

Point = tuple[float, float]
#: The corners of a box around words, from above left in the direction of the clock.
Box = tuple[Point, Point, Point, Point]

#: A box is a line's only when it is so many times as long as high.
_LONG = 1.5
#: Longer ones tell how a line leans; beside the others' by more than this they are mistaken.
_TELLING = 2.5
_MOST_ASIDE = math.radians(12)
#: Of the height of the smaller: whose middles are nearer stand in one line.
_SAME_LINE = 0.5
#: Columns have so many lines at least, and those of running text so many characters.
_FEWEST_LINES = 3
_RUNNING_CHARS = 20
_PRICED = re.compile(r"\d\s{0,2}(?:€|\$|£|eur|usd)?\s{0,2}$", re.IGNORECASE)
#: What leads the eye from a name to its price, between them or at an end.
_LEADERS = re.compile(r"(?:^|\s)[.…·_]{1,400}(?=\s|$)|[.…·_]{3,400}")


@dataclass(frozen=True, slots=True)
class Cell:
    """Words that stand together, with where they are once their lines are level."""

    left: float
    right: float
    middle: float
    height: float
    text: str
    confidence: float


Row = list[Cell]


def length_of(box: Box) -> float:
    return math.dist(box[0], box[1])


def height_of(box: Box) -> float:
    return math.dist(box[0], box[3])


def is_sideways(boxes: Sequence[Box]) -> bool:
    """Whether the lines run from above to below, or the other way."""
    wide = sum(length_of(it) for it in boxes if length_of(it) > _LONG * height_of(it))
    tall = sum(height_of(it) for it in boxes if height_of(it) > _LONG * length_of(it))
    return tall > wide


def turned(box: Box, width: float) -> Box:
    """Where a box is once its picture of that width is turned by 90° against the clock."""
    first, second, third, fourth = ((y, width - x) for x, y in box)
    return second, third, fourth, first


def read_in_order(found: Sequence[tuple[Box, str, float]]) -> list[Line]:
    """Lines of boxes with their text and confidence."""
    boxes = [box for box, _, _ in found]
    leaning = _leaning(boxes)
    cells = [
        _cell(box, leaning, " ".join(cleared.split()), confidence)
        for box, text, confidence in found
        if (cleared := _LEADERS.sub(" ", text)).strip()
    ]
    return [_line(row) for row in _by_columns(_rows(cells))]


def from_above(boxes: Sequence[Box]) -> list[Box]:
    """Boxes in about the order in which they are read."""
    leaning = _leaning(boxes)
    return sorted(boxes, key=lambda box: _level(box, leaning))


def _leaning(boxes: Sequence[Box]) -> tuple[float, float]:
    """The slope of a line at the height y of the picture: a + b · y."""
    telling = [it for it in boxes if length_of(it) > _TELLING * height_of(it)]
    slopes = sorted((_slope(it), length_of(it)) for it in telling)
    if not slopes:
        return 0.0, 0.0
    half = sum(weight for _, weight in slopes) / 2
    median = slopes[-1][0]
    for slope, weight in slopes:
        half -= weight
        if half <= 0:
            median = slope
            break
    near = [it for it in telling if abs(math.atan(_slope(it)) - math.atan(median)) < _MOST_ASIDE]
    return _fitted(near) if len(near) >= 2 * _FEWEST_LINES else (median, 0.0)


def _fitted(boxes: Sequence[Box]) -> tuple[float, float]:
    """By least squares, longer boxes counting more."""
    points = [(_centre(it)[1], _slope(it), length_of(it)) for it in boxes]
    weight = sum(w for _, _, w in points)
    mean_y = sum(w * y for y, _, w in points) / weight
    mean = sum(w * slope for _, slope, w in points) / weight
    spread = sum(w * (y - mean_y) ** 2 for y, _, w in points)
    if not spread:
        return mean, 0.0
    rise = sum(w * (y - mean_y) * (slope - mean) for y, slope, w in points) / spread
    return mean - rise * mean_y, rise


def _slope(box: Box) -> float:
    (left, top), (right, other) = box[0], box[1]
    return (other - top) / max(right - left, 1.0)


def _centre(box: Box) -> Point:
    return sum(x for x, _ in box) / 4, sum(y for _, y in box) / 4


def _level(box: Box, leaning: tuple[float, float]) -> float:
    """The height at which a box would be at the picture's left edge."""
    x, y = _centre(box)
    constant, rise = leaning
    # y = level + slope(level) · x, solved for the level
    return (y - constant * x) / (1 + rise * x) if abs(1 + rise * x) > 0.1 else y


def _cell(box: Box, leaning: tuple[float, float], text: str, confidence: float) -> Cell:
    horizontal = [x for x, _ in box]
    return Cell(
        min(horizontal), max(horizontal), _level(box, leaning), height_of(box), text, confidence
    )


def _rows(cells: Sequence[Cell]) -> list[Row]:
    rows: list[Row] = []
    for cell in sorted(cells, key=lambda it: it.middle):
        if rows:
            middle = sum(it.middle for it in rows[-1]) / len(rows[-1])
            smaller = min(cell.height, rows[-1][0].height)
            if cell.middle - middle < _SAME_LINE * smaller:
                rows[-1].append(cell)
                continue
        rows.append([cell])
    return [sorted(row, key=lambda it: it.left) for row in rows]


def _by_columns(rows: Sequence[Row]) -> Iterator[Row]:
    at = 0
    while at < len(rows):
        left, right, after = _columns_from(rows, at)
        if right:
            yield from (*left, *right)
            at = after
        else:
            yield rows[at]
            at += 1


def _columns_from(rows: Sequence[Row], at: int) -> tuple[list[Row], list[Row], int]:
    """Two columns that begin in this row, and where they end; none where it is a row of one."""
    best: tuple[list[Row], list[Row], int] = ([], [], at)
    for before, behind in zip(rows[at], rows[at][1:], strict=False):
        gap = (before.right + behind.left) / 2
        left, right, end = [], [], at
        for row in rows[at:]:
            if any(it.left < gap < it.right for it in row):
                break
            left.append([it for it in row if it.right <= gap])
            right.append([it for it in row if it.left >= gap])
            end += 1
        if end > best[2] and _are_columns(left, right):
            best = [it for it in left if it], [it for it in right if it], end
    return best


def _are_columns(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Both have prices, or both are running text. A name with its price is no column, nor is a
    table's."""
    if sum(bool(a and b) for a, b in zip(left, right, strict=True)) < _FEWEST_LINES:
        return False
    return _share(left, _has_price) > 0.5 < _share(right, _has_price) or (
        _share(left, _is_running) > 0.7 < _share(right, _is_running)
    )


def _share(rows: Sequence[Row], judge: object) -> float:
    assert callable(judge)  # noqa: S101
    told = [bool(judge(row)) for row in rows if row]
    return sum(told) / len(told)


def _has_price(row: Row) -> bool:
    words = "".join(it.text for it in row)
    return bool(_PRICED.search(row[-1].text)) and sum(map(str.isalpha, words)) >= 3


def _is_running(row: Row) -> bool:
    text = row[-1].text
    return len(row) == 1 and len(text) >= _RUNNING_CHARS and not _PRICED.search(text)


def _line(row: Row) -> Line:
    chars = sum(len(it.text) for it in row)
    confidence = sum(it.confidence * len(it.text) for it in row) / chars
    return Line("  ".join(text for text, _ in groupby(it.text for it in row)), confidence)
