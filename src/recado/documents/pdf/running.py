"""What a document repeats in the margins of its pages, apart from rows that only look alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_NUMBERS = re.compile(r"\d{1,9}")


def repeating(margins: Sequence[Sequence[str]]) -> set[str]:
    """The lines that stand on half of the pages or more, of the lines in each page's margins: word
    for word, or with a number in them that counts the pages."""
    least = max(2, (len(margins) + 1) // 2)
    times = Counter(text for margin in margins for text in {it.lower() for it in margin})
    repeated = {it for margin in margins for it in margin if times[it.lower()] >= least}
    alike: dict[str, list[tuple[int, str]]] = {}
    for page, margin in enumerate(margins):
        for text in margin:
            alike.setdefault(_NUMBERS.sub("#", text).lower(), []).append((page, text))
    for lines in alike.values():
        if len(lines) >= least and _count_the_pages(lines):
            repeated |= {text for _, text in lines}
    return repeated


def _count_the_pages(lines: Sequence[tuple[int, str]]) -> bool:
    """Whether there is one of them a page, and each number is the same on all or goes up with
    them: rows of a table do neither."""
    pages = [page for page, _ in lines]
    if len(set(pages)) < len(pages):
        return False
    numbers = [[int(it) for it in _NUMBERS.findall(text)] for _, text in lines]
    return all(
        len(set(slot)) == 1 or len({n - page for n, page in zip(slot, pages, strict=True)}) == 1
        for slot in zip(*numbers, strict=True)
    )
