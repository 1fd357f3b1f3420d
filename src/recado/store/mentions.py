"""Rows that speak of somebody: what is on its way or was put aside, and names nobody in a column.

Such tables are small enough to be read through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from recado.store.store import Tx

Key = InstrumentedAttribute[Any]
#: SQLite takes no more bind parameters than this in old builds.
CHUNK = 500


def rows_mentioning(tx: Tx, key: Key, marks: Sequence[bytes]) -> list[Row[Any]]:
    """The rows of `key`'s table with one of `marks` anywhere in them."""
    rows = tx.execute(select(key.class_.__table__)).yield_per(CHUNK)
    return [row for row in rows if _mentions(row, marks)]


def delete_mentioning(tx: Tx, key: Key, marks: Sequence[bytes]) -> int:
    """Delete those rows of `key`'s table. Returns how many."""
    found = rows_mentioning(tx, key, marks)
    return delete_by(tx, key, [row._mapping[key.key] for row in found])


def delete_by(tx: Tx, column: Key, values: Iterable[Any]) -> int:
    """Delete the rows whose `column` is one of `values`, however many. Returns how many."""
    return sum(
        tx.execute(delete(column.class_).where(column.in_(chunk))).rowcount
        for chunk in chunks(values)
    )


def chunks(values: Iterable[Any]) -> list[list[Any]]:
    every = list(values)
    return [every[start : start + CHUNK] for start in range(0, len(every), CHUNK)]


def plain(row: Row[Any]) -> dict[str, Any]:
    """A row as plain values; bytes as the text that they hold."""
    return {
        name: value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
        for name, value in row._mapping.items()
    }


def _mentions(row: Row[Any], marks: Sequence[bytes]) -> bool:
    parts = [
        value if isinstance(value, bytes) else msgspec.json.encode(value)
        for value in row._mapping.values()
        if value is not None
    ]
    return any(mark in part for part in parts for mark in marks)
