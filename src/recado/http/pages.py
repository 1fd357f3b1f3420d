"""Cursor pages of lists with filters: `{"items": […], "next": cursor or null}`.

A cursor (store/paging.py) also names the list that it was made for: one of another list or of
other filters, or one that was altered, is refused instead of misread. It carries no authority, so
it needs no secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from recado.errors import BadRequest
from recado.store import paging
from recado.store.paging import Page

__all__ = ["DEFAULT_LIMIT", "MAX_LIMIT", "Page", "check_limit", "decode_cursor", "make_page"]

T = TypeVar("T")
S = TypeVar("S")

MAX_LIMIT = 500
DEFAULT_LIMIT = 50


def make_page(
    found: Sequence[S],
    limit: int,
    scope: tuple[Any, ...],
    *,
    key: Callable[[S], tuple[float | str, ...]],
    view: Callable[[S], T],
) -> Page[T]:
    """A page from up to `limit + 1` found rows: the one too many tells that there is more.

    `scope` is the list's name with its filters, `key` a row's sort key, `view` what is shown.
    """
    shown = found[:limit]
    more = len(found) > limit
    return Page(
        [view(row) for row in shown], encode_cursor(scope, key(shown[-1])) if more else None
    )


def check_limit(limit: int) -> int:
    """Raises BadRequest unless 1 ≤ limit ≤ 500."""
    if not 1 <= limit <= MAX_LIMIT:
        raise BadRequest(f"limit is {limit}; it may be 1 to {MAX_LIMIT}.")
    return limit


def encode_cursor(scope: tuple[Any, ...], key: tuple[float | str, ...]) -> str:
    """A cursor after `key` for the list that `scope` describes."""
    return paging.encode_cursor(_seal(scope, key), *key)


def decode_cursor(cursor: str, scope: tuple[Any, ...], *types: type) -> tuple[Any, ...]:
    """The key in `cursor`, its parts of the given types.

    Raises BadRequest unless `encode_cursor` made it for `scope`.
    """
    seal, *key = paging.decode_cursor(cursor, str, *types)
    if seal != _seal(scope, tuple(key)):
        raise BadRequest(
            "The cursor does not belong to this list. Use the `next` of the page before,"
            " unchanged and with the same filters; leave it out to begin at the first page."
        )
    return tuple(key)


def _seal(scope: tuple[Any, ...], key: tuple[float | str, ...]) -> str:
    named = msgspec.json.encode((scope, key))
    return hashlib.blake2b(named, digest_size=6, person=b"recado/page").hexdigest()
