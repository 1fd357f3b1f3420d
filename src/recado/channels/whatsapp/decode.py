"""A webhook's bytes as values, objects and items: what the readers of all its fields share.

`load` gives plain JSON values that every store and queue can hold. PostgreSQL refuses NUL
characters and half surrogate pairs, strict decoders refuse what Python's lenient one takes. A
single odd character of one person must not cost the others in the same webhook their messages, so
it is replaced (U+FFFD) and the rest is read.

`convert` gives their structs, also where a field is not what Meta's pages promise. An odd detail
must cost that detail and not the message. As nearly always all is as documented, and then this is
msgspec's own conversion; only when that refuses, the object is read field by field: what is of
another type is turned into the right one where that loses nothing (a number for its digits, one
item for a list of it), and left out otherwise.

`each` reads the items of a list apart; below it stand their ids, times and contacts.
"""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate
from time import time
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from recado.channels.messages import InboundEvent, InboundItem, ProviderError, Unparsable
from recado.channels.whatsapp.identities import Contacts
from recado.channels.whatsapp.payload import Contact, Error, Unreadable
from recado.errors import UnparsablePayload

#: Meta's own payloads are some 12 levels deep.
DEEPEST = 64
#: How often a JSON text may stand in a JSON text.
_ENCODED_AGAIN = 4
#: A JSON text, also one that never ends: so no search begins again within it.
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_STEPS = bytes.maketrans(b"{[}]", b"\2\2\0\0")
_NO_BRACKETS = bytes(set(range(256)) - set(b"{[}]"))
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def load(body: bytes) -> dict[str, Any]:
    """The JSON object of a webhook, safe to store.

    Raises UnparsablePayload: not JSON, not an object, or nested deeper than any real payload.
    """
    try:
        payload = _load_any(body)
    except RecursionError as error:
        raise UnparsablePayload("The body is nested too deeply") from error
    except ValueError as error:
        raise UnparsablePayload(f"The body is not JSON: {error}") from error
    if not isinstance(payload, dict):
        raise UnparsablePayload("The body is JSON, but not an object")
    return payload


def load_value(text: str) -> Any:
    """The JSON value inside a text (the answers of a flow), or the text itself if it is none.

    Some senders encode it twice: what is a text again is looked into again."""
    value: Any = text
    for _ in range(_ENCODED_AGAIN):
        try:
            value = _load_any(value.encode())
        except (RecursionError, ValueError, UnparsablePayload):
            return value
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "[", '"'):
            return value
    return value


def _load_any(body: bytes) -> Any:
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _storable(_load_leniently(body), DEEPEST)
    if b"\\u0000" in body or _depth(body) > DEEPEST:
        return _storable(payload, DEEPEST)
    return payload


def _depth(body: bytes) -> int:
    """How deep the JSON in `body` is nested, or a little more."""
    brackets = body.count(b"{") + body.count(b"[")
    if brackets <= DEEPEST:
        return brackets
    outside = _TEXT.sub(b"", body).translate(_STEPS, _NO_BRACKETS)
    # Each closing bracket is 0, each opening one 2: a step of -1 or 1.
    return max(accumulate(step - 1 for step in outside))


def _load_leniently(body: bytes) -> Any:
    """JSON with half surrogates, raw control characters, broken UTF-8 or endless numbers."""
    text = body.decode("utf-8-sig", "replace")
    return json.loads(text, strict=False, parse_int=_bounded_int, parse_constant=lambda _: None)


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else float(digits)


def _storable(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        raise UnparsablePayload(f"The body is nested deeper than {DEEPEST} levels")
    if isinstance(value, dict):
        return {_storable(k, levels): _storable(v, levels - 1) for k, v in value.items()}
    return [_storable(v, levels - 1) for v in value]


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


CHANNEL = "whatsapp"
#: Ids go into unique indices, whose keys PostgreSQL limits; Meta's have some 60 characters.
LONGEST_ID = 256
#: Before there was WhatsApp, nobody said anything on it.
_YEAR_2009, _YEAR_2100 = 1_230_768_000, 4_102_444_800

Json = dict[str, Any]
#: Reads the value of one webhook field; `account` is the WhatsApp Business account's id.
Reader = Callable[[Json, str], Iterator[InboundItem]]


def each(found: Any, line: str, read: Callable[[Any], InboundItem]) -> Iterator[InboundItem]:
    """Read every item apart: what cannot be read does not cost its neighbours."""
    if not found:
        return
    if not isinstance(found, list):
        yield unparsable(line, "items that are not a list", found)
        return
    for item in found:
        try:
            yield read(item)
        except (msgspec.ValidationError, Unreadable) as error:
            yield unparsable(line, str(error), item)


def rest(value: Json, line: str, account: str, name: str) -> Iterator[InboundItem]:
    """The event for the line's log: errors beside the items, or a value without any."""
    if value.get("errors"):
        yield InboundEvent(CHANNEL, line or account, "errors", value)
    else:
        yield InboundEvent(CHANNEL, line or account, name, value)


def line_of(value: Any) -> str:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return id_of(metadata.get("phone_number_id")) if isinstance(metadata, dict) else ""


def id_of(value: Any) -> str:
    """An id that Meta writes as text, and another program perhaps as a number; "" for none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip()[:LONGEST_ID] if isinstance(value, str) else ""


def contacts_of(found: Any) -> list[Contact]:
    """The readable contacts: a message without one still says who sent it."""
    contacts = Contacts()
    for item in found if isinstance(found, list) else ():
        try:
            contacts.append(convert(item, Contact))
        except msgspec.ValidationError:
            continue
    return contacts


def is_alone(items: Any, *keys: str) -> bool:
    """Do all items name the same person under `keys`?"""
    if not isinstance(items, list):
        return False
    if len(items) == 1:
        return True
    people = {tuple(str(item.get(key)) for key in keys) for item in items if isinstance(item, dict)}
    return len(people) == 1


def provider_id(value: str) -> str:
    value = value.strip()
    if not 0 < len(value) <= LONGEST_ID:
        raise Unreadable("a message id that is empty or too long")
    return value


def seconds(value: Any) -> float:
    """Unix seconds, which Meta sends as text; also milliseconds. The present when it is
    neither, or no likely time: a message that can be read has come, at the latest now."""
    text = str(int(value)) if _is_number(value) else value
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 13:
        found = int(text) / (1000 if len(text) > 10 else 1)
        if _YEAR_2009 < found < _YEAR_2100:
            return found
    return time()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e13


def error_of(error: Error) -> ProviderError:
    details = error.error_data.details if error.error_data else None
    return ProviderError(
        code=error.code,
        title=error.title or error.message or "",
        detail=details or error.message or "",
    )


def unparsable(line: str, cause: str, item: Any) -> Unparsable:
    return Unparsable(CHANNEL, line, cause[:500], msgspec.json.encode(item).decode())
