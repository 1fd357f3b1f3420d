"""What differs between two versions of a character, field by field, the words marked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

import msgspec

from recado.assistant.content import FIELDS, CharacterContent
from recado.calendars.week import DAYS

#: Words keep the space behind them; lines break where they did.
_TOKEN = re.compile(r"\S+[^\S\n]*|\n|[^\S\n]+")
#: More are not compared word by word, but line by line, and many lines not at all: that takes
#: their number squared at worst.
_MOST = 1500


class DiffPiece(msgspec.Struct, frozen=True):
    """A run of text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


class FieldChangeView(msgspec.Struct, frozen=True):
    """A field that differs: its values, and both in words with what came and what went."""

    field: str
    before: Any
    after: Any
    pieces: tuple[DiffPiece, ...]


def changes_between(
    before: CharacterContent,
    after: CharacterContent,
    describe: Callable[[str, Any], str] | None = None,
) -> list[FieldChangeView]:
    """The fields that differ, in the order of a character's fields. `describe` says in words what
    a field holds, as `readable` does."""
    say, found = describe or readable, []
    for name in FIELDS:
        old, new = (msgspec.to_builtins(getattr(it, name)) for it in (before, after))
        if old != new:
            found.append(FieldChangeView(name, old, new, compare(say(name, old), say(name, new))))
    return found


def readable(field: str, value: Any, days: Iterable[str] = DAYS) -> str:
    """A field's value as lines of text; "" when there is nothing in it. `days` are the names of the
    days that `hours` has, in order."""
    if field == "hours":
        return "\n".join(f"{day} {_spans(value[day])}" for day in days if value.get(day))
    if field == "holidays":
        return "\n".join(
            " ".join(filter(None, (it["date"], _spans(it.get("spans", ())), it.get("name"))))
            for it in value
        )
    if field == "sources" and value is None:
        return "*"
    return "\n".join(_lines(value))


def _spans(spans: Sequence[Sequence[str]]) -> str:
    return ", ".join("-".join(span) for span in spans)


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        told = [(key, "; ".join(_lines(it))) for key, it in value.items()]
        return [f"{key.replace('_', ' ')}: {text}" for key, text in told if text]
    if isinstance(value, (list, tuple)):
        return ["; ".join(_lines(it)) for it in value]
    return [] if value in (None, "") else [str(value)]


def compare(before: str, after: str) -> tuple[DiffPiece, ...]:
    """Both texts in one: the pieces that are not `added` are `before`, those that are not
    `removed` are `after`."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) + len(new) > _MOST:
        return _compare_lines(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return tuple(_pieces(old, new))


def _compare_lines(old: list[str], new: list[str]) -> tuple[DiffPiece, ...]:
    if len(old) + len(new) > _MOST:
        return (DiffPiece("removed", "".join(old)), DiffPiece("added", "".join(new)))
    pieces: list[DiffPiece] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        gone, come = ("".join(old[i:j]), "".join(new[k:m]))
        words = _TOKEN.findall(gone), _TOKEN.findall(come)
        if kind == "replace" and sum(map(len, words)) <= _MOST:
            pieces += _pieces(*words)
        else:
            pieces += _piece(kind, gone, come)
    return tuple(pieces)


def _pieces(old: list[str], new: list[str]) -> list[DiffPiece]:
    pieces: list[DiffPiece] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        pieces += _piece(kind, "".join(old[i:j]), "".join(new[k:m]))
    return pieces


def _piece(kind: str, gone: str, come: str) -> list[DiffPiece]:
    if kind == "equal":
        return [DiffPiece("same", gone)]
    removed = [DiffPiece("removed", gone)] if gone else []
    return [*removed, DiffPiece("added", come)] if come else removed
