"""The clocks of service levels as lists and heads of conversations show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import select

from recado.escalation.clocks.model import ServiceClock
from recado.store import Tx


class ShownClock(msgspec.Struct, frozen=True):
    """`due_at` None: it stands still, with `left` of its target (`1:05` are hours and minutes)."""

    target: str
    due_at: float | None
    paused_by: str
    left: str


def read_clocks(tx: Tx, conversation_ids: Collection[str]) -> Mapping[str, ShownClock]:
    """By conversation, what is promised next: the first reply, then the resolution."""
    columns = (
        ServiceClock.conversation_id,
        ServiceClock.kind,
        ServiceClock.due_at,
        ServiceClock.paused_by,
        ServiceClock.target_seconds,
        ServiceClock.used_seconds,
    )
    of_these = ServiceClock.conversation_id.in_(conversation_ids), ServiceClock.ended_at.is_(None)
    # Backwards, so that the first reply stays.
    rows = tx.all(select(*columns).where(*of_these).order_by(ServiceClock.kind.desc()))
    return {
        row.conversation_id: ShownClock(
            row.kind, row.due_at, row.paused_by, _left(row.target_seconds - row.used_seconds)
        )
        for row in rows
    }


def _left(seconds: float) -> str:
    minutes = max(int(seconds // 60), 0)
    return f"{minutes // 60}:{minutes % 60:02}"
