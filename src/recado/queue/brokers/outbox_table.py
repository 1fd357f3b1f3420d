"""The outbox's table. A lane's rows are its jobs in the order of their commits.

A lock a lane keeps its publishers and relays apart on PostgreSQL (SQLite has one writer): neither
believes that the other goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select, text

from recado.queue.brokers.lanes import Envelope
from recado.queue.model import OutboxRow
from recado.queue.port import NewJob
from recado.queue.statements import UNLOCKED, lane_keys, locking, locking_first
from recado.store import Store, Tx
from recado.store.prepared import prepare

_LOCKING = locking(1)
_INTO = "INSERT INTO outbox (queue, lane, body, ready_at, dedup, trace_id, created_at)"
_VALUES = ":queue, :lane, :body, :ready_at, :dedup, :trace_id, :created_at"
BEHIND = (
    "EXISTS (SELECT 1 FROM outbox AS other WHERE other.queue = outbox.queue"
    " AND other.lane = outbox.lane AND other.seq < outbox.seq) AS behind"
)
_ADD = {
    "sqlite": prepare(text(f"{_INTO} VALUES ({_VALUES}) RETURNING seq, {BEHIND}")),
    "postgresql": prepare(
        text(f"{_LOCKING} {_INTO} SELECT {_VALUES} WHERE {UNLOCKED} RETURNING seq, {BEHIND}")
    ),
}
_COLUMNS = "seq, queue, lane, body, ready_at, dedup, trace_id, created_at"
_REMOVE = prepare(text("DELETE FROM outbox WHERE seq = :seq"))
_LEFT = prepare(
    text(f"SELECT {_COLUMNS} FROM outbox WHERE queue = :queue AND lane = :lane ORDER BY seq")  # noqa: S608
)
#: Both of the above, for a job on PostgreSQL; `after` is null but for the last one of its lane.
_REMOVE_AND_LEFT = prepare(
    text(
        f"{_LOCKING}, gone AS (DELETE FROM outbox WHERE seq = :seq AND {UNLOCKED})"  # noqa: S608
        f" SELECT {_COLUMNS} FROM outbox WHERE queue = :queue AND lane = :lane"
        f" AND seq > CAST(:after AS bigint) AND {UNLOCKED} ORDER BY seq"
    )
)
_FIRST = select(OutboxRow.__table__).order_by(OutboxRow.seq)
OLDEST = select(OutboxRow.created_at).order_by(OutboxRow.seq).limit(1)
DEPTH = select(
    OutboxRow.queue, func.count().label("waiting"), func.min(OutboxRow.created_at).label("oldest")
).group_by(OutboxRow.queue)


@dataclass(frozen=True, slots=True)
class OutboxJob:
    """A row of the outbox."""

    seq: int
    queue: str
    lane: str
    body: bytes
    ready_at: float
    dedup: str | None
    trace_id: str
    created_at: float

    @property
    def place(self) -> tuple[str, str]:
        return self.queue, self.lane

    def envelope(self) -> Envelope:
        """The row as a job whose id stays the same however often it is published."""
        return Envelope(
            id=f"{self.created_at:.6f}-{self.seq}",
            lane=self.lane,
            body=self.body,
            published_at=self.created_at,
            ready_at=self.ready_at,
            dedup=self.dedup,
            trace_id=self.trace_id,
        )


def add(tx: Tx, jobs: Sequence[NewJob], moment: float) -> list[tuple[OutboxJob, bool]]:
    """Write `jobs`; each with whether it is behind another in its lane."""
    rows = [row_of(job, moment) for job in jobs]
    runs = rows if tx.dialect == "sqlite" else _locking_lanes(rows)
    written = tx.all(_ADD[tx.dialect], runs)
    return [
        (OutboxJob(seq=it.seq, **row), bool(it.behind))
        for row, it in zip(rows, written, strict=True)
    ]


def row_of(job: NewJob, moment: float) -> dict[str, Any]:
    return {
        "queue": job.queue,
        "lane": job.lane,
        "body": job.body,
        "ready_at": moment + job.delay_seconds,
        "dedup": job.dedup,
        "trace_id": job.trace_id,
        "created_at": moment,
    }


def first(tx: Tx, limit: int) -> list[OutboxJob]:
    return _born(tx.all(_FIRST.limit(limit)))


async def remove(store: Store, rows: Sequence[OutboxJob]) -> list[OutboxJob]:
    """Remove `rows`; what waited behind them in their lanes."""
    if rows and store.dialect == "postgresql":
        return _born(await store.run(_REMOVE_AND_LEFT, _removals(rows)))
    return await store.write(lambda tx: remove_in(tx, rows), brief=True)


def remove_in(tx: Tx, rows: Sequence[OutboxJob]) -> list[OutboxJob]:
    """As `remove`, with the caller's transaction."""
    if not rows:
        return []
    if tx.dialect == "postgresql":
        return _born(tx.all(_REMOVE_AND_LEFT, _removals(rows)))
    tx.execute(_REMOVE, [{"seq": row.seq} for row in rows])
    lanes = dict.fromkeys(row.place for row in rows)
    return _born(tx.all(_LEFT, [{"queue": queue, "lane": lane} for queue, lane in lanes]))


def _removals(rows: Sequence[OutboxJob]) -> list[dict[str, Any]]:
    last = {row.place: row.seq for row in rows}
    return _locking_lanes(
        [
            {
                "queue": row.queue,
                "lane": row.lane,
                "seq": row.seq,
                "after": row.seq if row.seq == last[row.place] else None,
            }
            for row in rows
        ]
    )


def _locking_lanes(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return locking_first(lane_keys((run["queue"], run["lane"]) for run in runs), runs)


def _born(rows: Sequence[Row[Any]]) -> list[OutboxJob]:
    return [OutboxJob(**{**row._mapping, "body": bytes(row.body)}) for row in rows]
