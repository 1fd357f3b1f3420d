"""Removing rows that are past their time: so many in a transaction that nobody waits for it long.

Each returns how many it removed, and is called again until that is none.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from recado.store.base import first_id
from recado.store.store import Tx

DAY = 86_400.0
#: One transaction takes no more rows than this.
BATCH = 1000


def remove_older(tx: Tx, key: InstrumentedAttribute[str], before: float) -> int:
    """Rows whose id was made before that time (Unix seconds)."""
    old = select(key).where(key < first_id(before)).order_by(key).limit(BATCH)
    return remove_selected(tx, key, old)


def remove_selected(tx: Tx, key: InstrumentedAttribute[str], which: Select[Any]) -> int:
    """Rows whose keys are `which`, which names no more than BATCH of them."""
    ids = [row[0] for row in tx.all(which)]
    return tx.execute(delete(key.class_).where(key.in_(ids))).rowcount if ids else 0
