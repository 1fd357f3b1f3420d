"""Cursor pages: `{"items": […], "next": cursor or null}`.

A cursor is the sort key of the last item shown, so that paging neither skips nor repeats what
stays in place while rows come and go. It is opaque to callers, and it names the list that it was
made for: a cursor of another list, or one that was altered, is refused instead of misread. It
carries no authority, so it needs no secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from recado.errors import BadRequest

T = TypeVar("T")
S = TypeVar("S")

MAX_LIMIT = 500
DEFAULT_LIMIT = 50
_CHECK_BYTES = 6


class Page(msgspec.Struct, Generic[T], frozen=True):
    """`next` is the cursor of the page that follows; None on the last one."""

    items: Sequence[T]
    next: str | None = None

    def map(self, change: Callable[[T], S]) -> Page[S]:
        return Page([change(item) for item in self.items], self.next)


def make_page(
    found: Sequence[T], limit: int, scope: Any, key: Callable[[T], tuple[float | str, ...]]
) -> Page[T]:
    """A page from up to `limit + 1` found items: the one too many tells that there is more."""
    items = found[:limit]
    more = len(found) > limit
    return Page(items, encode_cursor(scope, key(items[-1])) if more else None)


def check_limit(limit: int) -> int:
    """Raises BadRequest unless 1 ≤ limit ≤ 500."""
    if not 1 <= limit <= MAX_LIMIT:
        raise BadRequest(f"limit is {limit}; it may be 1 to {MAX_LIMIT}.")
    return limit


def encode_cursor(scope: Any, key: tuple[float | str, ...]) -> str:
    """A cursor after `key` for the list that `scope` (its name and filters) describes."""
    body = msgspec.json.encode(key)
    return base64.urlsafe_b64encode(_check(scope, body) + body).decode().rstrip("=")


def decode_cursor(cursor: str, scope: Any, type: type[T]) -> T:
    """The key in `cursor`. Raises BadRequest unless `encode_cursor` made it for `scope`."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        check, body = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        if check != _check(scope, body):
            raise _refused()
        return msgspec.json.decode(body, type=type)
    except (binascii.Error, ValueError) as error:  # msgspec's errors are ValueErrors
        raise _refused() from error


def _check(scope: Any, body: bytes) -> bytes:
    named = msgspec.json.encode(scope) + b"\0" + body
    return hashlib.blake2b(named, digest_size=_CHECK_BYTES, person=b"recado/page").digest()


def _refused() -> BadRequest:
    return BadRequest(
        "The cursor does not belong to this list. Use the `next` of the page before it,"
        " unchanged and with the same filters; leave it out to begin at the first page."
    )
