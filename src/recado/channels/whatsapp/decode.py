"""A webhook's bytes as plain JSON values that every store and queue can hold.

PostgreSQL refuses NUL characters and half surrogate pairs, strict decoders refuse what Python's
lenient one takes. A single odd character of one person must not cost the others in the same
webhook their messages, so it is replaced (U+FFFD) and the rest is read.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any

import msgspec

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
