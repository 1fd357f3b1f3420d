"""A job born by a statement that writes its cause as well, for PostgreSQL beside a broker.

BEGIN, the statements, the outbox and COMMIT are one round trip: a statement that begins with
LOCKING is run twice in it (statements.py). The first run locks the conversation's row, then the
job's lane in the outbox, in the order in which transactions do; the second sees all that was
committed before, and does the work.

    WITH {LOCKING}, word AS (UPDATE … WHERE … AND {UNLOCKED} RETURNING …),
    born AS ({inline_job_of("word")}) SELECT word.*, born.seq, born.behind FROM word, born
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Row

from recado.queue.brokers.outbox_table import BEHIND, OutboxJob, row_of
from recado.queue.model import OutboxRow
from recado.queue.port import NewJob
from recado.queue.statements import lane_keys, locking, locking_first
from recado.store import Store
from recado.store.base import InsertFrom
from recado.store.prepared import Prepared

#: Of the conversation `:conversation`.
LOCKING = (
    "mine AS MATERIALIZED (SELECT id FROM conversation WHERE id = :conversation FOR UPDATE), "  # noqa: S608
    + locking(1, "mine, ").removeprefix("WITH ")
)
_GIVEN = ("queue", "lane", "body", "ready_at", "dedup", "trace_id", "created_at")


def inline_job_of(source: str) -> tuple[str, Sequence[BindParameter[Any]]]:
    """The part that publishes the job for a row of `source`, and its parameters."""
    part = InsertFrom(OutboxRow, source, taken={}, given=_GIVEN)
    return f"{part.sql} RETURNING seq, {BEHIND}", part.binds


class InlineJob:
    """One job: `relay` hears of its row and whether it is behind another, once it is durable."""

    def __init__(
        self, job: NewJob, moment: float, relay: Callable[[OutboxJob, bool], None]
    ) -> None:
        self._row = row_of(job, moment)
        self._lanes = lane_keys([(job.queue, job.lane)])
        self._relay = relay

    async def run(
        self, store: Store, statement: Prepared, params: Mapping[str, Any]
    ) -> Row[Any] | None:
        """Run the statement that writes the job with its cause. Returns its one row, and None if it
        has found nothing to do; then there is no job, either."""
        job = {f"outbox_{name}": value for name, value in self._row.items()}
        rows = await store.run(statement, locking_first(self._lanes, [{**params, **job}]))
        if not rows:
            return None
        self._relay(OutboxJob(seq=rows[0].seq, **self._row), bool(rows[0].behind))
        return rows[0]
