"""Numbers as people type them into a form."""

from __future__ import annotations

from recado.errors import BadRequest

_LONGEST = 9


def whole_in(text: str, *, longest: int = _LONGEST) -> int:
    """A whole number of at most so many digits. Raises BadRequest."""
    if not (text.isascii() and text.isdecimal() and len(text) <= longest):
        raise BadRequest(f"{text[:40]} is not a number.")
    return int(text)


def decimal_in(text: str) -> float:
    """A number that may have a part, after a point or a comma. Raises BadRequest."""
    plain = text.replace(",", ".", 1)
    if not plain.replace(".", "", 1).isdecimal() or not plain.isascii() or len(plain) > _LONGEST:
        raise BadRequest(f"{text[:40]} is not a number.")
    return float(plain)
