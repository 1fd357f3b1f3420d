"""Reading Evolution's payloads: protobuf turned into JSON, whose fields may be anything.

What another version writes otherwise must cost a detail, never the message.
"""

from __future__ import annotations

import base64
import math
from datetime import datetime
from time import time
from typing import Any

Json = dict[str, Any]

_YEAR_2001, _YEAR_2100 = 1_000_000_000, 4_102_444_800


def obj(value: Any) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: Any, most: int = 65_536) -> str:
    """The text, or a number as text; "" for anything else."""
    if isinstance(value, bool):
        return ""
    return str(value)[:most] if isinstance(value, str | int | float) else ""


def first_text(*values: Any) -> str:
    """The first of the values that is a text with something in it."""
    return next((found for found in map(text, values) if found.strip()), "")


def number(value: Any) -> int | float | None:
    """A number, a text of digits, or a protobuf Long ({low, high}, both 32 bits)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, dict):
        low, high = value.get("low"), value.get("high", 0)
        if isinstance(low, int) and isinstance(high, int):
            return (high << 32) + (low & 0xFFFFFFFF)
    return None


def seconds(*values: Any) -> float:
    """The first value that is a point in time, in Unix seconds; the present when none is.

    Takes seconds, milliseconds and ISO 8601.
    """
    for value in values:
        found = number(value)
        if found is None and isinstance(value, str):
            found = _from_iso(value)
        if found is not None and found > _YEAR_2100:
            found = found / 1000
        if found is not None and _YEAR_2001 < found < _YEAR_2100:
            return float(found)
    return time()


def in_base64(value: Any) -> str:
    """Bytes as base64: Evolution writes them so, or as {"0": 12, "1": 255, …}."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value = dict(enumerate(value["data"]))
    if not isinstance(value, dict) or not 0 < len(value) <= 1024:
        return ""
    octets = [byte for byte in value.values() if isinstance(byte, int) and 0 <= byte < 256]
    return base64.b64encode(bytes(octets)).decode() if len(octets) == len(value) else ""


def filled(**fields: Any) -> Json:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in ("", None, False)}


def _from_iso(value: str) -> float | None:
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        return None
