"""The SQL queue, on SQLite and PostgreSQL: the default engine.

The first job of every lane carries `head`, and only heads are received: finding work is one
index range, however deep a lane is. Publishing and settling keep the mark right; on PostgreSQL
an advisory lock a lane keeps two transactions from doing so at once (SQLite has one writer).
Sequence numbers are drawn under that lock, so order of number is order of commit in a lane.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import insert, text

from recado.errors import LeaseLost
from recado.queue.model import DeadLetterRow
from recado.queue.port import Delivery, NewJob, Queue, QueueDepth, QueueSpec
from recado.store import Store, Tx, new_id, now

#: How often a process looks for work that another process published.
POLL_SECONDS = 0.25

_LOCK_LANES = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM (SELECT DISTINCT k"
    " FROM unnest(CAST(:lanes AS text[])) AS k ORDER BY k) AS sorted"
)
_PUBLISH = text(
    "INSERT INTO job (queue, lane, head, ready_at, receives, dedup, pending_key, created_at,"
    " trace_id, body)"
    " SELECT CAST(:queue AS text), CAST(:lane AS text), NOT EXISTS"
    " (SELECT 1 FROM job WHERE queue = CAST(:queue AS text) AND lane = CAST(:lane AS text)),"
    " :ready_at, 0, CAST(:dedup AS text), CAST(:dedup AS text), :created_at, :trace_id, :body"
    " WHERE true"
    " ON CONFLICT (queue, pending_key) WHERE pending_key IS NOT NULL DO NOTHING"
)
_CLAIM = (
    "UPDATE job SET lease = :lease, ready_at = :until, receives = receives + 1, pending_key = NULL"
    " WHERE seq IN (SELECT seq FROM job WHERE queue = :queue AND head AND ready_at <= :now"
    " ORDER BY ready_at, seq LIMIT :limit{skip_locked})"
    " RETURNING seq, lane, receives, created_at, trace_id, body"
)
_CLAIMS = {
    "sqlite": text(_CLAIM.format(skip_locked="")),
    "postgresql": text(_CLAIM.format(skip_locked=" FOR UPDATE SKIP LOCKED")),
}
_REMOVE = text("DELETE FROM job WHERE seq = :seq AND lease = :lease")
_PROMOTE = text(
    "UPDATE job SET head = true WHERE seq ="
    " (SELECT min(seq) FROM job WHERE queue = :queue AND lane = :lane)"
)
_RETRY = text(
    "UPDATE job SET lease = NULL, ready_at = :ready_at, cause = :cause"
    " WHERE seq = :seq AND lease = :lease"
)
_DEFER = text(
    "UPDATE job SET lease = NULL, ready_at = :ready_at, receives = receives - 1,"
    " pending_key = CASE WHEN EXISTS (SELECT 1 FROM job AS other WHERE other.queue = job.queue"
    " AND other.pending_key = job.dedup) THEN NULL ELSE dedup END"
    " WHERE seq = :seq AND lease = :lease"
)
_EXTEND = text("UPDATE job SET ready_at = :until WHERE seq = :seq AND lease = :lease")
_RECOVER = text(
    "UPDATE job SET lease = NULL, ready_at = :now WHERE lease LIKE :mine AND ready_at > :now"
)
_NEXT_READY = text("SELECT min(ready_at) FROM job WHERE queue = :queue AND head")
_DEPTH = text(
    "SELECT queue, count(*) AS total, count(lease) AS leased, min(created_at) AS oldest"
    " FROM job GROUP BY queue"
)


class SqlQueue(Queue):
    """`node` names this process for `recover`: two processes alive at once never share one."""

    transactional = True

    def __init__(
        self,
        store: Store,
        *,
        node: str | None = None,
        clock: Callable[[], float] = now,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._store = store
        self._node = node or new_id()
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._signals: dict[str, asyncio.Event] = {}

    async def publish(self, jobs: Sequence[NewJob]) -> None:
        await self._store.write(lambda tx: self.publish_in(tx, jobs))

    def publish_in(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        if not jobs:
            return
        self._lock(tx, [(job.queue, job.lane) for job in jobs])
        moment = self._clock()
        rows = [
            {
                "queue": job.queue,
                "lane": job.lane,
                "ready_at": moment + job.delay_seconds,
                "dedup": job.dedup,
                "created_at": moment,
                "trace_id": job.trace_id,
                "body": job.body,
            }
            for job in jobs
        ]
        tx.execute(_PUBLISH, rows)
        for queue in {job.queue for job in jobs}:
            tx.after_commit(self._signal(queue).set)

    async def receive(self, spec: QueueSpec, limit: int, wait_seconds: float) -> list[Delivery]:
        deadline = asyncio.get_running_loop().time() + wait_seconds
        signal = self._signal(spec.name)
        while True:
            signal.clear()
            found = await self._store.write(lambda tx: self._claim(tx, spec, limit))
            left = deadline - asyncio.get_running_loop().time()
            if found or left <= 0:
                return found
            next_ready = await self._store.read(
                lambda tx: tx.scalar(_NEXT_READY, {"queue": spec.name})
            )
            until_ready = max(0.0, next_ready - self._clock()) if next_ready else left
            await _wait(signal, min(left, until_ready + 0.0005, self._poll_seconds))

    def _claim(self, tx: Tx, spec: QueueSpec, limit: int) -> list[Delivery]:
        moment = self._clock()
        lease = f"{self._node}:{new_id()}"
        rows = tx.all(
            _CLAIMS[tx.dialect],
            {
                "lease": lease,
                "until": moment + spec.lease_seconds,
                "queue": spec.name,
                "now": moment,
                "limit": limit,
            },
        )
        return [
            Delivery(
                id=str(row.seq),
                queue=spec.name,
                lane=row.lane,
                body=bytes(row.body),
                receives=row.receives,
                published_at=row.created_at,
                lease=lease,
                trace_id=row.trace_id,
            )
            for row in sorted(rows, key=lambda row: row.seq)
        ]

    async def ack(self, delivery: Delivery) -> None:
        await self._store.write(lambda tx: self.ack_in(tx, delivery))

    def ack_in(self, tx: Tx, delivery: Delivery) -> None:
        self._lock(tx, [(delivery.queue, delivery.lane)])
        self._change(tx, _REMOVE, delivery)
        tx.execute(_PROMOTE, {"queue": delivery.queue, "lane": delivery.lane})
        self._settle_after(tx, delivery)

    async def retry(self, delivery: Delivery, delay_seconds: float, cause: str) -> None:
        def work(tx: Tx) -> None:
            ready_at = self._clock() + delay_seconds
            self._change(tx, _RETRY, delivery, ready_at=ready_at, cause=cause)
            self._settle_after(tx, delivery)

        await self._store.write(work)

    async def defer(self, delivery: Delivery, delay_seconds: float) -> None:
        def work(tx: Tx) -> None:
            self._change(tx, _DEFER, delivery, ready_at=self._clock() + delay_seconds)
            self._settle_after(tx, delivery)

        await self._store.write(work)

    def dead_letter_in(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        add_dead_letter(tx, delivery, cause)
        self.ack_in(tx, delivery)

    async def extend(self, delivery: Delivery, seconds: float) -> None:
        await self._store.write(
            lambda tx: self._change(tx, _EXTEND, delivery, until=self._clock() + seconds)
        )

    async def depth(self) -> Mapping[str, QueueDepth]:
        moment = self._clock()
        rows = await self._store.read(lambda tx: tx.all(_DEPTH))
        return {
            row.queue: QueueDepth(
                waiting=row.total - row.leased,
                leased=row.leased,
                oldest_seconds=max(0.0, moment - row.oldest),
            )
            for row in rows
        }

    async def recover(self) -> int:
        parameters = {"now": self._clock(), "mine": f"{self._node}:%"}
        return await self._store.write(lambda tx: tx.execute(_RECOVER, parameters).rowcount)

    async def check(self) -> None:
        await self._store.read(lambda tx: tx.scalar(text("SELECT 1")))

    def _lock(self, tx: Tx, lanes: Sequence[tuple[str, str]]) -> None:
        if tx.dialect == "postgresql":
            tx.execute(_LOCK_LANES, {"lanes": [f"{queue}/{lane}" for queue, lane in lanes]})

    def _change(self, tx: Tx, statement: object, delivery: Delivery, **values: object) -> None:
        parameters = {"seq": int(delivery.id), "lease": delivery.lease, **values}
        if tx.execute(statement, parameters).rowcount != 1:  # type: ignore[arg-type]
            raise LeaseLost(f"Job {delivery.id} of {delivery.queue} has passed to another worker.")

    def _settle_after(self, tx: Tx, delivery: Delivery) -> None:
        def settled() -> None:
            delivery.settled = True
            self._signal(delivery.queue).set()

        tx.after_commit(settled)

    def _signal(self, queue: str) -> asyncio.Event:
        return self._signals.setdefault(queue, asyncio.Event())


def add_dead_letter(
    tx: Tx, delivery: Delivery, cause: str, *, conversation_id: str | None = None
) -> None:
    """Record a job as a dead letter (the engines share the table)."""
    tx.execute(
        insert(DeadLetterRow),
        {
            "id": new_id(),
            "queue": delivery.queue,
            "lane": delivery.lane,
            "body": delivery.body,
            "cause": cause,
            "receives": delivery.receives,
            "trace_id": delivery.trace_id,
            "conversation_id": conversation_id,
            "state": "open",
            "created_at": now(),
            "closed_at": None,
        },
    )


async def _wait(signal: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(signal.wait(), seconds)
    except TimeoutError:
        return
