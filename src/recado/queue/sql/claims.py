"""Finding work in the SQL queue's table: the heads of lanes that are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from recado.queue.port import Delivery, QueueSpec
from recado.queue.statements import CLAIM, CLAIM_OR_NEXT, NEXT_READY
from recado.store import Store, Tx


async def claim_or_next(
    store: Store, spec: QueueSpec, limit: int, *, lease: str, moment: float
) -> tuple[list[Delivery], float | None]:
    """Up to `limit` jobs that are due at `moment`, received under `lease`; when there are none, the
    time at which something will be due."""
    claim = {
        "lease": lease,
        "until": moment + spec.lease_seconds,
        "queue": spec.name,
        "now": moment,
        "limit": limit,
    }
    if store.dialect == "postgresql":
        rows = await store.run(CLAIM_OR_NEXT, claim)
        if rows[0].seq is None:
            return [], rows[0].next_ready
    else:
        rows, next_ready = await store.write(lambda tx: _claim_or_next(tx, claim), brief=True)
        if not rows:
            return [], next_ready
    ordered = sorted(rows, key=lambda row: row.seq)
    return [_delivery(row, spec.name, lease) for row in ordered], None


def _claim_or_next(tx: Tx, claim: Mapping[str, object]) -> tuple[Sequence[Row[Any]], float | None]:
    rows = tx.all(CLAIM, claim)
    return rows, None if rows else tx.scalar(NEXT_READY, {"queue": claim["queue"]})


def _delivery(row: Row[Any], queue: str, lease: str) -> Delivery:
    return Delivery(
        id=str(row.seq),
        queue=queue,
        lane=row.lane,
        body=bytes(row.body),
        receives=row.receives,
        deaths=row.deaths,
        published_at=row.created_at,
        lease=lease,
        trace_id=row.trace_id,
    )
