"""What the queue holds about a person: for their right to see it, and to have it removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recado.queue.model import DeadLetterRow, JobRow, OutboxRow
from recado.queue.statements import in_lanes
from recado.store import Tx
from recado.store.mentions import delete_by, delete_mentioning, plain, rows_mentioning


def export_mentions(tx: Tx, marks: Sequence[bytes]) -> dict[str, list[dict[str, Any]]]:
    """Jobs and dead letters that hold one of `marks`, as plain values."""
    keys = {"waiting_jobs": JobRow.seq, "dead_letters": DeadLetterRow.id}
    return {
        name: [plain(row) for row in rows_mentioning(tx, key, marks)] for name, key in keys.items()
    }


def remove_mentions(tx: Tx, marks: Sequence[bytes]) -> dict[str, int]:
    """Remove everything that holds one of `marks`. Returns how much, by kind. Lanes go on with what
    is left in them, which may be about others."""
    jobs = rows_mentioning(tx, JobRow.seq, marks)
    with in_lanes(tx, ((row.queue, row.lane) for row in jobs)):
        waiting = delete_by(tx, JobRow.seq, [row.seq for row in jobs])
    return {
        "dead letters": delete_mentioning(tx, DeadLetterRow.id, marks),
        "waiting jobs": waiting,
        "outbox entries": delete_mentioning(tx, OutboxRow.seq, marks),
    }
