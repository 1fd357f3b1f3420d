"""Texts with places for values, to be known again when their values are filled in.

What an error says is made where it happens, in English; the desk looks it up by its shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from string import Formatter
from typing import Any, NamedTuple


class Filled(NamedTuple):
    #: The text with its places, `There is no {a}.`
    shape: str
    values: dict[str, str]


class Shapes:
    def __init__(self, texts: Iterable[str]) -> None:
        longest_first = sorted((it for it in texts if "{" in it), key=lambda it: -len(it))
        self._known = [(it, list(Formatter().parse(it))) for it in longest_first]

    def find(self, text: str) -> Filled | None:
        """The longest shape that `text` is, with what stands in its places. Time grows with the
        text's length."""
        for shape, parts in self._known:
            values = _values(parts, text)
            if values is not None:
                return Filled(shape, values)
        return None


def _values(shape: list[Any], text: str) -> dict[str, str] | None:
    """What stands in the places of a shape, each as short as can be; None: it is another text."""
    values: dict[str, str] = {}
    at, waits = 0, None
    for literal, name, _, _ in shape:
        found = text.find(literal, at + 1) if waits else _here(literal, text, at)
        if found < 0:
            return None
        if waits:
            values[waits] = text[at:found] if literal else text[at:]
            found = found if literal else len(text)
        at, waits = found + len(literal), name
    if waits:
        values[waits] = text[at:]
        return values if values[waits] else None
    if at == len(text):
        return values
    return _values_to_the_end(shape, text, values)


def _here(literal: str, text: str, at: int) -> int:
    return at if text.startswith(literal, at) else -1


def _values_to_the_end(
    shape: list[Any], text: str, values: dict[str, str]
) -> dict[str, str] | None:
    """As _values, where the last literal also stands within the last value."""
    last, before = shape[-1][0], shape[-2][1] if len(shape) > 1 else None
    if not before or not last or not text.endswith(last):
        return None
    start = sum(len(part[0]) for part in shape[:-1]) + sum(
        len(value) for name, value in values.items() if name != before
    )
    return {**values, before: text[start : len(text) - len(last)]}
