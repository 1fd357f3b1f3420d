"""JSON objects as structs, also where a field is not what Meta's pages promise.

An odd detail must cost that detail and not the message. As nearly always all is as documented,
and then this is msgspec's own conversion; only when that refuses, the object is read field by
field: what is of another type is turned into the right one where that loses nothing (a number for
its digits, one item for a list of it), and left out otherwise.
"""

from __future__ import annotations

import types
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

S = TypeVar("S", bound=msgspec.Struct)
_TRUE, _FALSE = frozenset({True, "true", "True", "1"}), frozenset({False, "false", "False", "0"})


class _Left(Exception):
    """The value cannot be made into what the field holds."""


def convert(value: Any, wanted: type[S]) -> S:
    """The struct of a JSON object.

    Raises msgspec.ValidationError: no object, or a field without which it is nothing is missing.
    """
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        if not isinstance(value, dict):
            raise
        return _mended(value, wanted)


def _mended(value: dict[str, Any], wanted: type[S]) -> S:
    found: dict[str, Any] = {}
    for name, given, kinds, required in _fields(wanted):
        try:
            if given in value:
                found[name] = _as_any_of(value[given], kinds)
                continue
        except _Left:
            pass
        if required:
            raise msgspec.ValidationError(f"Object without a readable `{given}`")
    return wanted(**found)


@cache
def _fields(wanted: type[msgspec.Struct]) -> tuple[tuple[str, str, tuple[Any, ...], bool], ...]:
    """Of each field its name here, its name in JSON, what it may be, and whether it must be."""
    hints = get_type_hints(wanted)
    return tuple(
        (field.name, field.encode_name, _alternatives(hints[field.name]), field.required)
        for field in msgspec.structs.fields(wanted)
    )


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _as_any_of(value: Any, kinds: tuple[Any, ...]) -> Any:
    for kind in kinds:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError:
            continue
    for kind in kinds:
        try:
            return _as(value, kind)
        except (_Left, msgspec.ValidationError):
            continue
    raise _Left


def _as(value: Any, kind: Any) -> Any:
    if kind is str and isinstance(value, int | float) and not isinstance(value, bool):
        whole = isinstance(value, float) and value.is_integer()
        return str(int(value) if whole else value)
    if kind is bool and isinstance(value, bool | str | int) and value in _TRUE | _FALSE:
        return value in _TRUE
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]  # a list of one stands for that one
        if isinstance(value, dict):
            return _mended(value, kind)
    if get_origin(kind) is list:
        return _items(value, get_args(kind))
    raise _Left


def _items(value: Any, kinds: tuple[Any, ...]) -> list[Any]:
    """The readable ones; a single one stands for a list of it."""
    found = []
    for item in value if isinstance(value, list) else [value]:
        try:
            found.append(_as_any_of(item, kinds))
        except _Left:
            continue
    if not found and value != []:
        raise _Left
    return found
