"""The outbox: jobs born in a database transaction, on their way to a broker.

They are rows of that transaction, published as soon as it is committed and then removed. A lane's
rows go in the order of their commits: a row with another before it waits until that one has been
published, by whichever process it is. What a dead process leaves behind is swept up by another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, delete, func, select, text, tuple_

from recado.errors import RecadoError, ServiceUnavailable
from recado.queue.lanes import Envelope
from recado.queue.model import OutboxRow
from recado.queue.port import NewJob, QueueDepth
from recado.store import Store, Tx
from recado.store.prepared import prepare

log = structlog.get_logger(__name__)

#: A row older than this was left behind: its process is dead, or the broker was away.
LEFT_SECONDS = 3.0
SWEEP_SECONDS = 1.0
BATCH = 500

#: Publishes a queue's jobs in order; what is returned for each is None or its error.
Publish = Callable[[Sequence[tuple[str, Envelope]]], Awaitable[list[Exception | None]]]

_LOCK_LANES = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(k, 1)) FROM (SELECT DISTINCT k"
    " FROM unnest(CAST(:lanes AS text[])) AS k ORDER BY k) AS sorted"
)
_LANE = tuple_(OutboxRow.queue, OutboxRow.lane)
_ROWS = select(OutboxRow.__table__).order_by(OutboxRow.seq)
_ADD = prepare(
    text(
        "INSERT INTO outbox (queue, lane, body, ready_at, dedup, trace_id, created_at)"
        " VALUES (:queue, :lane, :body, :ready_at, :dedup, :trace_id, :created_at)"
        " RETURNING seq, EXISTS (SELECT 1 FROM outbox AS other WHERE other.queue = outbox.queue"
        " AND other.lane = outbox.lane AND other.seq < outbox.seq) AS behind"
    )
)
_OLDEST = select(OutboxRow.created_at).order_by(OutboxRow.seq).limit(1)
_DEPTH = select(
    OutboxRow.queue, func.count().label("waiting"), func.min(OutboxRow.created_at).label("oldest")
).group_by(OutboxRow.queue)


@dataclass(frozen=True, slots=True)
class _Born:
    """A row of the outbox."""

    seq: int
    queue: str
    lane: str
    body: bytes
    ready_at: float
    dedup: str | None
    trace_id: str
    created_at: float


class Outbox:
    """`lead` says, in a transaction, whether this process is the one that sweeps."""

    def __init__(
        self,
        store: Store,
        publish: Publish,
        lead: Callable[[Tx], bool],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._publish = publish
        self._lead = lead
        self._clock = clock
        self._ready: list[_Born] = []
        self._relay: asyncio.Task[None] | None = None
        self._sweeper: asyncio.Task[None] | None = None

    def add(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        """Write `jobs` with the caller's transaction; they are published after its commit."""
        if not jobs:
            return
        _lock(tx, list(dict.fromkeys((job.queue, job.lane) for job in jobs)))
        moment = self._clock()
        free: dict[tuple[str, str], bool] = {}
        mine = []
        for job in jobs:
            values: dict[str, Any] = {
                "queue": job.queue,
                "lane": job.lane,
                "body": job.body,
                "ready_at": moment + job.delay_seconds,
                "dedup": job.dedup,
                "trace_id": job.trace_id,
                "created_at": moment,
            }
            row = tx.all(_ADD, values)[0]
            if free.setdefault((job.queue, job.lane), not row.behind):
                mine.append(_Born(seq=row.seq, **values))
        tx.after_commit(lambda: self._send(mine))

    def start(self) -> None:
        """Sweep up what others leave behind, from now on."""
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep(), name="outbox:sweep")

    async def depth(self) -> Mapping[str, QueueDepth]:
        """What has not reached the broker yet, by queue."""
        moment = self._clock()
        rows = await self._store.read(lambda tx: tx.all(_DEPTH))
        return {
            row.queue: QueueDepth(row.waiting, 0, max(0.0, moment - row.oldest)) for row in rows
        }

    async def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._relay is not None:
            await asyncio.wait([self._relay], timeout=2.0)
            self._relay.cancel()
        tasks = [task for task in (self._sweeper, self._relay) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _send(self, rows: Sequence[_Born]) -> None:
        self._ready += rows
        self.start()
        if self._ready and (self._relay is None or self._relay.done()):
            self._relay = asyncio.create_task(self._run(), name="outbox:relay")

    async def _run(self) -> None:
        while self._ready:
            batch = self._ready[:BATCH]
            del self._ready[:BATCH]
            try:
                outcomes = await self._publish([(row.queue, envelope(row)) for row in batch])
                failed = {(it.queue, it.lane) for it, e in zip(batch, outcomes, strict=True) if e}
                sent = [it for it, e in zip(batch, outcomes, strict=True) if e is None]
                self._ready[:0] = await self._store.write(_removal(sent, failed))
            except RecadoError as error:
                # They are in the database: the sweeper tries again.
                log.warning("outbox not relayed", jobs=len(batch), error=str(error))
            except Exception:
                log.exception("outbox not relayed", jobs=len(batch))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with suppress(ServiceUnavailable):  # the store is away: later
                await self._sweep_once()

    async def _sweep_once(self) -> None:
        if self._relay is not None and not self._relay.done():
            return
        left_at = self._clock() - LEFT_SECONDS
        oldest = await self._store.read(lambda tx: tx.scalar(_OLDEST), brief=True)
        if oldest is None or oldest > left_at or not await self._store.write(self._lead):
            return
        rows = await self._store.read(lambda tx: _born(tx.all(_ROWS.limit(BATCH))))
        left = {(row.queue, row.lane) for row in rows if row.created_at <= left_at}
        self._send([row for row in rows if (row.queue, row.lane) in left])


def envelope(row: _Born) -> Envelope:
    """The row as a job whose id stays the same however often it is published."""
    return Envelope(
        id=f"{row.created_at:.6f}-{row.seq}",
        lane=row.lane,
        body=row.body,
        published_at=row.created_at,
        ready_at=row.ready_at,
        dedup=row.dedup,
        trace_id=row.trace_id,
    )


def _born(rows: Sequence[Row[Any]]) -> list[_Born]:
    return [_Born(**{**row._mapping, "body": bytes(row.body)}) for row in rows]


def _removal(
    sent: Sequence[_Born], failed: set[tuple[str, str]]
) -> Callable[[Tx], Sequence[_Born]]:
    """Removes what was sent; returns what waited behind it in its lanes."""
    lanes = list(dict.fromkeys((row.queue, row.lane) for row in sent))

    def work(tx: Tx) -> Sequence[_Born]:
        _lock(tx, lanes)
        tx.execute(delete(OutboxRow).where(OutboxRow.seq.in_([row.seq for row in sent])))
        free = [lane for lane in lanes if lane not in failed]
        return _born(tx.all(_ROWS.where(_LANE.in_(free)))) if free else []

    return work


def _lock(tx: Tx, lanes: Sequence[tuple[str, str]]) -> None:
    """Keeps a lane's publishers and relays apart: neither believes that the other goes on."""
    if tx.dialect == "postgresql":
        tx.execute(_LOCK_LANES, {"lanes": [f"{queue}/{lane}" for queue, lane in lanes]})
