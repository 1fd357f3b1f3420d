"""What the queue's own tables need from time to time: old jobs, closed dead letters, replays."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select

from recado.queue.dead_letters import record_in
from recado.queue.model import DeadLetterRow, JobRow, ReplayRow
from recado.queue.port import QueueSpec
from recado.queue.statements import in_lanes
from recado.store import Tx, now
from recado.store.sweeping import BATCH, DAY, remove_selected

#: Replayed and dropped dead letters are kept this long, to look back at.
CLOSED_DEAD_LETTER_DAYS = 30


def remove_closed_dead_letters(tx: Tx) -> int:
    before = now() - CLOSED_DEAD_LETTER_DAYS * DAY
    closed = (
        select(DeadLetterRow.id)
        .where(DeadLetterRow.state.in_(("replayed", "dropped")))
        # It was made before it was closed: that much an index knows.
        .where(DeadLetterRow.created_at < before, DeadLetterRow.closed_at < before)
        .order_by(DeadLetterRow.created_at, DeadLetterRow.id)
        .limit(BATCH)
    )
    return remove_selected(tx, DeadLetterRow.id, closed)


def remove_finished_replays(tx: Tx) -> int:
    before = now() - CLOSED_DEAD_LETTER_DAYS * DAY
    old = select(ReplayRow.id).where(ReplayRow.finished_at < before).limit(BATCH)
    return remove_selected(tx, ReplayRow.id, old)


def bury_old_jobs(tx: Tx, specs: Iterable[QueueSpec]) -> int:
    """Jobs that nobody has handled within their queue's retention (EVT-2) become dead letters: they
    are off the way, and a person still sees them."""
    return sum(_bury(tx, spec.name, spec.retention_days) for spec in specs)


def _bury(tx: Tx, queue: str, days: int) -> int:
    moment = now()
    overdue = (
        select(JobRow.__table__)
        .where(JobRow.queue == queue, JobRow.created_at < moment - days * DAY)
        .where((JobRow.lease.is_(None)) | (JobRow.ready_at < moment))
        .order_by(JobRow.seq)
        .limit(BATCH)
    )
    buried = 0
    with in_lanes(tx, ((queue, row.lane) for row in tx.all(overdue))) as lanes:
        named = overdue.where(JobRow.lane.in_([lane for _, lane in lanes]))
        for row in tx.all(named) if lanes else ():
            gone = delete(JobRow).where(JobRow.seq == row.seq, JobRow.receives == row.receives)
            if tx.execute(gone).rowcount == 0:
                continue  # received at this very moment
            record_in(
                tx,
                queue=queue,
                lane=row.lane,
                body=bytes(row.body),
                cause=f"Nobody handled it within {days} days"
                + (f": {row.cause}" if row.cause else "."),
                receives=row.receives,
                trace_id=row.trace_id,
            )
            buried += 1
    return buried
