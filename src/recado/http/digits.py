"""Whole numbers that strangers write: `int()` takes more than digits, and refuses many of them."""

from __future__ import annotations

#: Enough for any size, position or point in time, and far below where Python refuses.
MOST_DIGITS = 18


def read_natural(text: str) -> int | None:
    """The number that `text` is; one of more than MOST_DIGITS digits counts as the largest that has
    so many. None: it is not ASCII digits alone."""
    if not (text.isascii() and text.isdigit()):
        return None
    text = text.lstrip("0") or "0"
    return int(text) if len(text) <= MOST_DIGITS else 10**MOST_DIGITS - 1
