"""Cursor pages of lists with filters: `{"items": […], "next": cursor or null}`.

A cursor holds the sort key of the last item shown, so that rows which come and go between two pages
shift nothing. It also names the list that it was made for: one of another list or of other filters,
or one that was altered, is refused instead of misread. It carries no authority, so it needs no
secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from recado.errors import BadRequest

if TYPE_CHECKING:
    from sqlalchemy import Row, Select
    from sqlalchemy.orm import InstrumentedAttribute

    from recado.store.store import Tx

T = TypeVar("T")
S = TypeVar("S")

MAX_LIMIT = 500
DEFAULT_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor for what follows them; None: these are the last."""

    items: Sequence[T]
    next: str | None


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


def newest_page(
    tx: Tx,
    statement: Select[Any],
    id: InstrumentedAttribute[str],
    scope: tuple[Any, ...],
    *,
    equal: Iterable[tuple[InstrumentedAttribute[str], str]] = (),
    limit: int,
    cursor: str | None,
    view: Callable[[Row[Any]], T],
) -> Page[T]:
    """A page of what `statement` finds, the newest first: by its `id`, which grows with time.

    `equal` are columns with the values to look for, "" for any. Raises BadRequest: a wrong limit
    or cursor.
    """
    for column, value in equal:
        statement = statement.where(column == value) if value else statement
    if cursor:
        (last_id,) = decode_cursor(cursor, scope, str)
        statement = statement.where(id < last_id)
    rows = tx.all(statement.order_by(id.desc()).limit(check_limit(limit) + 1))
    return make_page(rows, limit, scope, key=lambda row: (row.id,), view=view)


def check_limit(limit: int) -> int:
    """Raises BadRequest unless 1 ≤ limit ≤ 500."""
    if not 1 <= limit <= MAX_LIMIT:
        raise BadRequest(f"limit is {limit}; it may be 1 to {MAX_LIMIT}.")
    return limit


def encode_cursor(scope: tuple[Any, ...], key: tuple[float | str, ...]) -> str:
    """A cursor after `key` for the list that `scope` describes: text that is safe in a URL."""
    sealed = msgspec.json.encode((_seal(scope, key), *key))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def decode_cursor(cursor: str, scope: tuple[Any, ...], *types: type) -> tuple[Any, ...]:
    """The key in `cursor`, its parts of the given types.

    Raises BadRequest unless `encode_cursor` made it for `scope`.
    """
    seal, *key = _opened(cursor, str, *types)
    if seal != _seal(scope, tuple(key)):
        raise BadRequest(
            "The cursor does not belong to this list. Use the `next` of the page before,"
            " unchanged and with the same filters; leave it out to begin at the first page."
        )
    return tuple(key)


def _opened(cursor: str, *types: type) -> tuple[Any, ...]:
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


def _seal(scope: tuple[Any, ...], key: tuple[float | str, ...]) -> str:
    named = msgspec.json.encode((scope, key))
    return hashlib.blake2b(named, digest_size=6, person=b"recado/page").hexdigest()
