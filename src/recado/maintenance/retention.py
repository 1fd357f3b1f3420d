"""Removing what is past its time: so many rows in a transaction that nobody waits for it long.

A task returns how many it removed, and is run again until there is nothing left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from recado.channels.model import LineEvent
from recado.conversations.model import IdentityChange
from recado.queue.dead_letters import record_in
from recado.queue.model import DeadLetterRow, JobRow, ReplayRow
from recado.queue.queues import ESCALATION_SPEC, INBOUND, MEDIA, SEND, STATUSES, TURN
from recado.queue.statements import PROMOTE
from recado.security.sessions import delete_expired
from recado.sending.model import EarlyStatus
from recado.store import Tx, first_id, now

DAY = 86_400.0
#: A status that no message has claimed by then speaks of one that another system sent.
EARLY_STATUS_DAYS = 7
#: Replayed and dropped dead letters are kept this long, to look back at.
CLOSED_DEAD_LETTER_DAYS = 30
#: So long after a change of number, something that was said before it may still come.
IDENTITY_CHANGE_DAYS = 30
#: What vendors report of a line, beside messages, is shown in its log for so long.
LINE_EVENT_DAYS = 180
#: One transaction takes no more rows than this.
BATCH = 1000

#: EVT-2: how many days a job may wait, by queue.
RETENTION_DAYS = {
    spec.name: spec.retention_days
    for spec in (
        INBOUND.spec,
        STATUSES.spec,
        TURN.spec,
        MEDIA.spec,
        SEND.spec,
        ESCALATION_SPEC,
    )
}


def remove_early_statuses(tx: Tx) -> int:
    return remove_older(tx, EarlyStatus.id, now() - EARLY_STATUS_DAYS * DAY)


def remove_line_events(tx: Tx) -> int:
    return remove_older(tx, LineEvent.id, now() - LINE_EVENT_DAYS * DAY)


def remove_identity_changes(tx: Tx) -> int:
    return remove_older(tx, IdentityChange.id, now() - IDENTITY_CHANGE_DAYS * DAY)


def remove_older(tx: Tx, key: InstrumentedAttribute[str], before: float) -> int:
    """Rows whose id was made before that time."""
    old = select(key).where(key < first_id(before)).order_by(key).limit(BATCH)
    return _remove(tx, key, old)


def _remove(tx: Tx, key: InstrumentedAttribute[str], which: Select[Any]) -> int:
    ids = [row[0] for row in tx.all(which)]
    return tx.execute(delete(key.class_).where(key.in_(ids))).rowcount if ids else 0


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
    return _remove(tx, DeadLetterRow.id, closed)


def remove_finished_replays(tx: Tx) -> int:
    before = now() - CLOSED_DEAD_LETTER_DAYS * DAY
    old = select(ReplayRow.id).where(ReplayRow.finished_at < before).limit(BATCH)
    return _remove(tx, ReplayRow.id, old)


def bury_old_jobs(tx: Tx) -> int:
    """Jobs that nobody has handled within their queue's retention become dead letters: they are
    off the way, and a person still sees them."""
    return sum(_bury(tx, queue, days) for queue, days in RETENTION_DAYS.items())


def _bury(tx: Tx, queue: str, days: int) -> int:
    moment = now()
    overdue = (
        select(JobRow.__table__)
        .where(JobRow.queue == queue, JobRow.created_at < moment - days * DAY)
        .where((JobRow.lease.is_(None)) | (JobRow.ready_at < moment))
        .order_by(JobRow.seq)
        .limit(BATCH)
    )
    lanes = sorted({row.lane for row in tx.all(overdue)})
    for lane in lanes:
        tx.lock(f"{queue}/{lane}")  # as the queue itself does, so that the lane's head stays right
    buried = 0
    for row in tx.all(overdue.where(JobRow.lane.in_(lanes))) if lanes else ():
        gone = delete(JobRow).where(JobRow.seq == row.seq, JobRow.receives == row.receives)
        if tx.execute(gone).rowcount == 0:
            continue  # received at this very moment
        cause = f"Nobody handled it within {days} days" + (f": {row.cause}" if row.cause else ".")
        record_in(
            tx,
            queue=queue,
            lane=row.lane,
            body=bytes(row.body),
            cause=cause,
            receives=row.receives,
            trace_id=row.trace_id,
        )
        buried += 1
    for lane in lanes:
        tx.execute(PROMOTE, {"queue": queue, "lane": lane})
    return buried


TASKS: dict[str, Callable[[Tx], int]] = {
    "expired sessions and sign-in links removed": delete_expired,
    "statuses that no message claimed removed": remove_early_statuses,
    "what vendors reported of lines removed": remove_line_events,
    "former numbers and user ids forgotten": remove_identity_changes,
    "closed dead letters removed": remove_closed_dead_letters,
    "finished replays of dead letters removed": remove_finished_replays,
    "jobs past their retention made dead letters": bury_old_jobs,
}
