"""Price lists printed in two columns: "Molletes  $75    Omelette  $92" is two rows, not one of four
cells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recado.documents.pdf.page import Run, Word

Line = tuple[Run, ...]
_AMOUNT = re.compile(r"[^\w\s]{0,3}[A-Z]{0,3}[$€]?\d[\d.,]{0,12}(?:€|\$)?")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_LEAST = 2
#: In points: how far the second list's rows may begin from each other, and the white before them.
_NEAR, _WHITE = 6.0, 4.0


def two_up(lines: Sequence[Line]) -> float | None:
    """Where the white between two lists is whose rows each end with an amount; None: no such.

    A table that names its columns is one, as far as it goes.
    """
    found = [(at, pair) for at, line in enumerate(lines) if (pair := _second(line))]
    if len(found) < _LEAST or any(len(line) > 2 for line in lines[: found[0][0]]):
        return None
    starts = [second.x0 for _, (_, second) in found]
    ends = [amount.x1 for _, (amount, _) in found]
    if max(starts) - min(starts) > _NEAR or min(starts) - max(ends) < _WHITE:
        return None
    gutter = (max(ends) + min(starts)) / 2
    words = [[word for run in line for word in run.words] for line in lines]
    crossed = sum(1 for line in words if any(word.x0 < gutter < word.x1 for word in line))
    return gutter if crossed * 4 <= len(lines) else None


def _second(line: Line) -> tuple[Word, Word] | None:
    """The first row's amount and the word with which the second begins, of a line that has words
    and an amount twice."""
    words = [word for run in line for word in run.words]
    amounts = [at for at, word in enumerate(words) if _AMOUNT.fullmatch(word.text)]
    if len(amounts) != 2 or amounts[0] == 0 or amounts[1] != len(words) - 1:
        return None
    between = words[amounts[0] + 1 : amounts[1]]
    if not between or not _HAS_LETTER.search(between[0].text):
        return None
    return words[amounts[0]], between[0]


def parted_at(line: Line, gutter: float) -> Line:
    """A line none of whose runs goes across `gutter`, unless a word does."""
    parts: list[Run] = []
    for run in line:
        left = tuple(word for word in run.words if word.x1 <= gutter)
        right = run.words[len(left) :]
        parts += [Run(words) for words in (left, right) if words]
    return tuple(parts)
