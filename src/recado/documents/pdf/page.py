"""A page of a PDF as it looks: lines of words with their places and type, and the drawn rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from recado.errors import TooLarge

if TYPE_CHECKING:
    from pdfminer.layout import LTChar

_BOLD = ("bold", "black", "heavy", "semibd", "demi")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
#: Gaps as parts of the type's size: between words, and between what does not belong together.
_WORD_GAP, _RUN_GAP = 0.17, 1.3
_SAME_LINE = 0.35
_NO_ROOM = 0.03
#: From so many letters on, and up to so much white after each, a line is set wide.
_WIDE_LETTERS, _WIDEST_LETTERS = 4, 0.8
_THIN = 2.5
#: A scan may have a line of text laid over it; a page without any may be set in outlines.
_MOST_OF_IT, _FEW_LETTERS, _HARDLY_ANY, _OUTLINES = 0.5, 150, 0.01, 20
MAX_EDGES = 1500
MAX_CHARS = 400_000


class Word(msgspec.Struct, frozen=True):
    """`x0` to `x1` from the left, `y` its base line from the bottom, in points."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool


class Run(msgspec.Struct, frozen=True):
    """Words side by side, without a gap that a reader would take for one."""

    words: tuple[Word, ...]

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return self.words[-1].x1

    @property
    def y(self) -> float:
        return self.words[0].y

    @property
    def size(self) -> float:
        return max(self.words, key=lambda word: len(word.text)).size

    @property
    def bold(self) -> bool:
        return all(word.bold for word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Edge(msgspec.Struct, frozen=True):
    """A drawn rule: `across` a horizontal one."""

    x0: float
    y0: float
    x1: float
    y1: float
    across: bool


class Page(msgspec.Struct, frozen=True):
    """`lines` are top down, each of its runs from left to right; `unreadable` is how many of the
    page's characters its fonts do not tell. `pictured`: it shows words that are not in `lines`, as
    far as its pictures, its curves and such characters tell."""

    number: int
    height: float
    lines: tuple[tuple[Run, ...], ...]
    edges: tuple[Edge, ...]
    unreadable: int = 0
    pictured: bool = False


def read_page(number: int, layout: Any) -> Page:
    """What pdfminer found on a page (an LTPage made without layout parameters)."""
    from pdfminer.layout import LTChar, LTCurve, LTFigure, LTImage

    chars: list[LTChar] = []
    edges: list[Edge] = []
    curves = 0
    drawn = 0.0
    stack = [iter(layout)]
    while stack:
        item = next(stack[-1], None)
        if item is None:
            stack.pop()
        elif isinstance(item, LTChar):
            chars.append(item)
            if len(chars) > MAX_CHARS:
                raise TooLarge(f"Page {number} has more than {MAX_CHARS} signs. Split it.")
        elif isinstance(item, LTFigure):
            stack.append(iter(item))
        elif isinstance(item, LTImage):
            drawn += max(0.0, item.width) * max(0.0, item.height)
        elif isinstance(item, LTCurve):
            curves += 1
            if len(edges) <= MAX_EDGES:
                edges.extend(_edges(item))
    readable = [char for char in chars if not char.get_text().startswith("(cid:")]
    words = list(_words(readable))
    unreadable = len(chars) - len(readable)
    area = max(1.0, float(layout.width) * float(layout.height))
    return Page(
        number,
        float(layout.height),
        tuple(_lines(words)),
        tuple(edges) if len(edges) <= MAX_EDGES else (),
        unreadable,
        _is_pictured(sum(len(word.text) for word in words), unreadable, drawn / area, curves),
    )


def _is_pictured(letters: int, unreadable: int, drawn: float, curves: int) -> bool:
    """`drawn` is the share of the page that pictures cover, `curves` how many lines are drawn."""
    if unreadable > letters or (drawn > _MOST_OF_IT and letters < _FEW_LETTERS):
        return True
    return letters == 0 and (drawn > _HARDLY_ANY or curves >= _OUTLINES)


def _edges(shape: Any) -> Iterator[Edge]:
    x0, y0, x1, y1 = shape.bbox
    wide, high = x1 - x0, y1 - y0
    if high <= _THIN and wide <= _THIN:
        return
    if high <= _THIN:
        yield Edge(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2, True)
    elif wide <= _THIN:
        yield Edge((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, False)
    elif len(getattr(shape, "pts", ())) in {4, 5}:
        yield Edge(x0, y0, x1, y0, True)
        yield Edge(x0, y1, x1, y1, True)
        yield Edge(x0, y0, x0, y1, False)
        yield Edge(x1, y0, x1, y1, False)


def _words(chars: Sequence[LTChar]) -> Iterator[Word]:
    """Upright text line by line; turned text after it, in the order it was written."""
    upright = [char for char in chars if char.upright and abs(char.matrix[1]) < 0.01]
    # Sorted into lines: by height first, in steps that a line's own characters do not leave.
    upright.sort(key=lambda char: -char.matrix[5])
    line: list[LTChar] = []
    for char in upright:
        if line and abs(line[0].matrix[5] - char.matrix[5]) > _SAME_LINE * min(
            line[0].size, char.size
        ):
            yield from _line_words(line)
            line = []
        line.append(char)
    yield from _line_words(line)
    turned = "".join(char.get_text() for char in chars if not char.upright)
    if turned.strip():
        for text in turned.split():
            yield Word(text, 0.0, 1.0, -1.0, 1.0, False)


def _line_words(line: list[LTChar]) -> Iterator[Word]:
    line.sort(key=lambda char: char.x0)
    y = line[0].matrix[5] if line else 0.0
    spaced = _letter_space(line)
    word: list[LTChar] = []
    parted = False
    for char in line:
        text = char.get_text()
        if text.isspace() or not text:
            parted = True
            continue
        # A soft hyphen that cuts nothing is a space without room.
        if word and parted and char.x0 - word[-1].x1 > _NO_ROOM * char.size:
            yield _word(word, y)
            word = []
        parted = False
        if word:
            last = word[-1]
            if text == last.get_text() and char.x0 - last.x0 < 0.12 * char.size:
                continue  # printed twice, to look bold
            if char.x0 - last.x1 > spaced + _WORD_GAP * min(char.size, last.size):
                yield _word(word, y)
                word = []
        word.append(char)
    if word:
        yield _word(word, y)


def _letter_space(line: Sequence[LTChar]) -> float:
    """The white after every letter of a line that is set wide (H O R A R I O); 0 of any other."""
    gaps = [
        (after.x0 - before.x1) / after.size
        for before, after in pairwise(line)
        if before.get_text().isalnum() and after.get_text().isalnum()
    ]
    if len(gaps) < _WIDE_LETTERS or min(gaps) <= _WORD_GAP or max(gaps) > _WIDEST_LETTERS:
        return 0.0
    return max(gaps) * line[0].size if max(gaps) - min(gaps) < _WORD_GAP else 0.0


def _word(chars: Sequence[LTChar], y: float) -> Word:
    text = "".join(char.get_text() for char in chars).translate(_LIGATURES).replace("\xad", "-")
    name = chars[0].fontname.lower()
    return Word(
        text,
        chars[0].x0,
        max(char.x1 for char in chars),
        y,
        chars[0].size,
        any(mark in name for mark in _BOLD),
    )


def _lines(words: Iterable[Word]) -> Iterator[tuple[Run, ...]]:
    line: list[Word] = []
    for word in words:
        if line and word.y != line[-1].y:
            yield runs_of(line)
            line = []
        line.append(word)
    if line:
        yield runs_of(line)


def runs_of(words: Sequence[Word], starts: Sequence[float] = ()) -> tuple[Run, ...]:
    """Words of one line as runs, parted where the gap is wide, or where one of `starts` is."""
    parted: list[list[Word]] = [[words[0]]] if words else []
    for last, word in pairwise(words):
        wide = word.x0 - last.x1 > _RUN_GAP * min(last.size, word.size)
        if wide or any(abs(word.x0 - start) < 1.5 for start in starts):
            parted.append([])
        parted[-1].append(word)
    return tuple(Run(tuple(part)) for part in parted)
