"""Cursor pages: what every listing hands out.

A cursor holds the sort key of the last item shown, so that rows which come and go between two
pages shift nothing. Outsiders pass it back as they got it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from recado.errors import BadRequest

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and the cursor for what follows them; None: these are the last."""

    items: Sequence[Item]
    next: str | None


def encode_cursor(*key: str | float) -> str:
    """A sort key as a cursor: text that is safe in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """The sort key in a cursor, its parts of the given types. Raises BadRequest: it is not one."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key: tuple[Any, ...] = msgspec.json.decode(raw, type=tuple[types])  # type: ignore[valid-type]
        if not all(map(_is_storable, key)):
            raise ValueError("no database has such a key")
        return key
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadRequest("The cursor is not one that this listing gave out.") from error


def _is_storable(part: Any) -> bool:
    if isinstance(part, str):
        return "\x00" not in part and not any("\ud800" <= it <= "\udfff" for it in part)
    return not isinstance(part, int) or abs(part) < 2**63
