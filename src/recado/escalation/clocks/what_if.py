"""What other targets would have meant for the hand-overs of late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, or_, select

from recado.escalation.clocks.clock import FIRST_REPLY
from recado.escalation.clocks.levels import ServiceLevels
from recado.escalation.clocks.model import ServiceClock
from recado.store import Tx, first_id, now

DAYS = 28
#: The newest so many are looked at.
MOST = 10_000


class OutcomeView(msgspec.Struct, frozen=True):
    """Of the hand-overs of a department and a priority in the last four weeks: for how many a
    target was broken (`late`), and for how many other targets would have been (`would_be_late`).
    `target` is first_reply or resolution."""

    department: str
    priority: str
    target: str
    handovers: int
    late: int
    would_be_late: int


def what_if(tx: Tx, given: ServiceLevels) -> Sequence[OutcomeView]:
    """By department, priority and target; the working time is as it was measured then, and what has
    neither ended nor is late says nothing yet."""
    columns = (
        ServiceClock.department,
        ServiceClock.priority,
        ServiceClock.kind,
        ServiceClock.used_seconds,
        ServiceClock.target_seconds,
        ServiceClock.ended_at,
        ServiceClock.breached_at,
    )
    known = or_(ServiceClock.ended_at.is_not(None), ServiceClock.breached_at.is_not(None))
    late = ServiceClock.id >= first_id(now() - DAYS * 86400)
    rows = tx.all(select(*columns).where(late, known).order_by(ServiceClock.id.desc()).limit(MOST))
    counted: Counter[tuple[str, str, str]] = Counter()
    before: Counter[tuple[str, str, str]] = Counter()
    after: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        key = row.department, row.priority, row.kind
        counted[key] += 1
        before[key] += row.breached_at is not None
        after[key] += _would_be_late(row, given)
    return [OutcomeView(*key, counted[key], before[key], after[key]) for key in sorted(counted)]


def _would_be_late(row: Row[Any], given: ServiceLevels) -> bool:
    level = given.level_for(row.department, row.priority)
    target = level.first_reply_seconds if row.kind == FIRST_REPLY else level.resolution_seconds
    used = row.used_seconds
    if row.ended_at is None:  # it is late, and goes on
        used = max(used, row.target_seconds)
    return target is not None and used >= target
