"""The SQL queue, on SQLite and PostgreSQL: the default engine.

The first job of every lane carries `head`, and only heads are received: finding work is one
index range, however deep a lane is. Publishing and settling keep the mark right; on PostgreSQL
an advisory lock a lane keeps two transactions from doing so at once (SQLite has one writer).
Sequence numbers are drawn under that lock, so order of number is order of commit in a lane.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError

from recado.errors import LeaseLost, ServiceUnavailable
from recado.queue.batch import Batcher
from recado.queue.dead_letters import add_dead_letter
from recado.queue.port import Delivery, NewJob, Queue, QueueDepth, QueueSpec
from recado.store import Store, Tx, new_id, now

#: How often a process looks for work that another process published.
POLL_SECONDS = 0.25
#: How soon it looks again for a job that is due but held by another transaction.
HELD_SECONDS = 0.005

_LOCK_LANES = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM (SELECT DISTINCT k"
    " FROM unnest(CAST(:lanes AS text[])) AS k ORDER BY k) AS sorted"
)
_PUBLISH = text(
    "INSERT INTO job (queue, lane, head, ready_at, receives, deaths, dedup, pending_key,"
    " created_at, trace_id, body)"
    " SELECT CAST(:queue AS text), CAST(:lane AS text), NOT EXISTS"
    " (SELECT 1 FROM job WHERE queue = CAST(:queue AS text) AND lane = CAST(:lane AS text)),"
    " :ready_at, 0, 0, CAST(:dedup AS text), CAST(:dedup AS text), :created_at, :trace_id, :body"
    " WHERE true"
    # Not DO NOTHING: the update locks the waiting job, so that nobody receives it before what was
    # written beside this publishing is there to be seen. One received meanwhile is no conflict.
    " ON CONFLICT (queue, pending_key) WHERE pending_key IS NOT NULL"
    " DO UPDATE SET pending_key = excluded.pending_key"
)
_DUE = "SELECT seq FROM job WHERE queue = :queue AND head AND ready_at <= :now"
_TAKE = "SET lease = :lease, ready_at = :until, receives = receives + 1, pending_key = NULL"
_TAKEN = "RETURNING job.seq, lane, receives, deaths, created_at, trace_id, body"
CLAIM = {
    "sqlite": text(
        f"UPDATE job {_TAKE} WHERE seq IN ({_DUE} ORDER BY ready_at, seq LIMIT :limit) {_TAKEN}"
    ),
    # In a WITH, the locking SELECT runs exactly once: as a subquery, a nested-loop plan may run
    # it again, skip what it has just locked, and take more than the limit.
    "postgresql": text(
        f"WITH due AS ({_DUE} ORDER BY ready_at, seq LIMIT :limit FOR UPDATE SKIP LOCKED)"
        f" UPDATE job {_TAKE} FROM due WHERE job.seq = due.seq {_TAKEN}"
    ),
}
REMOVE = "DELETE FROM job WHERE seq = ? AND lease = ?"
PROMOTE = (
    "UPDATE job SET head = true WHERE seq = (SELECT min(seq) FROM job WHERE queue = ? AND lane = ?)"
)
#: Both of the above in one round trip, for any number of jobs (all parts see the same snapshot,
#: hence `next.seq > gone.seq`). Returns what was removed.
REMOVE_AND_PROMOTE = text(
    "WITH given AS (SELECT * FROM unnest(CAST(:seqs AS bigint[]), CAST(:leases AS text[]))"
    " AS given (seq, lease)),"
    " gone AS (DELETE FROM job USING given WHERE job.seq = given.seq AND job.lease = given.lease"
    " RETURNING job.seq, job.queue, job.lane),"
    " promoted AS (UPDATE job SET head = true FROM gone WHERE job.seq ="
    " (SELECT min(next.seq) FROM job AS next"
    " WHERE next.queue = gone.queue AND next.lane = gone.lane AND next.seq > gone.seq))"
    " SELECT seq FROM gone"
)
_RETRY = text(
    "UPDATE job SET lease = NULL, ready_at = :ready_at, cause = :cause, deaths = 0"
    " WHERE seq = :seq AND lease = :lease"
)
_DEFER = text(
    "UPDATE job SET lease = NULL, ready_at = :ready_at, receives = receives - 1, deaths = 0,"
    " pending_key = CASE WHEN EXISTS (SELECT 1 FROM job AS other WHERE other.queue = job.queue"
    " AND other.pending_key = job.dedup) THEN NULL ELSE dedup END"
    " WHERE seq = :seq AND lease = :lease"
)
_DEFER_BESIDE_ANOTHER = text(
    "UPDATE job SET lease = NULL, ready_at = :ready_at, receives = receives - 1, deaths = 0"
    " WHERE seq = :seq AND lease = :lease"
)
_EXTEND = text("UPDATE job SET ready_at = :until WHERE seq = :seq AND lease = :lease")
_RECOVER = text(
    "UPDATE job SET lease = NULL, ready_at = :now, receives = receives - 1, deaths = deaths + 1"
    " WHERE substr(lease, 1, :length) = :mine AND ready_at > :now"
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
        self._publishing = Batcher(self._publish_batch)
        self._acking = Batcher(self._ack_batch)

    async def publish(self, jobs: Sequence[NewJob]) -> None:
        await self._publishing.add(jobs)

    async def _publish_batch(self, batch: list[Sequence[NewJob]]) -> list[Exception | None]:
        together = [job for jobs in batch for job in jobs]
        try:
            await self._store.write(lambda tx: self.publish_in(tx, together))
        except ServiceUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised to the caller whose job it is
            if len(batch) == 1:
                return [error]
            # One job that the database refuses must not take the others with it.
            return [(await self._publish_batch([jobs]))[0] for jobs in batch]
        return [None] * len(batch)

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
            found, next_ready = await self._store.write(
                lambda tx: self._claim_or_next(tx, spec, limit)
            )
            left = deadline - asyncio.get_running_loop().time()
            if found or left <= 0:
                return found
            until_ready = left if next_ready is None else next_ready - self._clock()
            await _wait(signal, min(left, max(until_ready, HELD_SECONDS), self._poll_seconds))

    def _claim_or_next(
        self, tx: Tx, spec: QueueSpec, limit: int
    ) -> tuple[list[Delivery], float | None]:
        """What is claimed; when nothing is, the time at which something will be due."""
        found = self._claim(tx, spec, limit)
        return found, None if found else tx.scalar(_NEXT_READY, {"queue": spec.name})

    def _claim(self, tx: Tx, spec: QueueSpec, limit: int) -> list[Delivery]:
        moment = self._clock()
        lease = f"{self._node}:{new_id()}"
        rows = tx.all(
            CLAIM[tx.dialect],
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
                deaths=row.deaths,
                published_at=row.created_at,
                lease=lease,
                trace_id=row.trace_id,
            )
            for row in sorted(rows, key=lambda row: row.seq)
        ]

    async def ack(self, delivery: Delivery) -> None:
        await self._acking.add(delivery)

    def ack_in(self, tx: Tx, delivery: Delivery) -> None:
        if not self._remove(tx, [delivery]):
            raise _lease_lost(delivery)

    async def _ack_batch(self, deliveries: list[Delivery]) -> list[Exception | None]:
        gone = await self._store.write(lambda tx: self._remove(tx, deliveries))
        return [None if delivery.id in gone else _lease_lost(delivery) for delivery in deliveries]

    def _remove(self, tx: Tx, deliveries: Sequence[Delivery]) -> set[str]:
        """Remove those that are still ours, and let their lanes go on. Returns their ids."""
        self._lock(tx, [(delivery.queue, delivery.lane) for delivery in deliveries])
        if tx.dialect == "postgresql":
            leases = {
                "seqs": [int(delivery.id) for delivery in deliveries],
                "leases": [delivery.lease for delivery in deliveries],
            }
            gone = {str(row.seq) for row in tx.all(REMOVE_AND_PROMOTE, leases)}
        else:
            gone = {delivery.id for delivery in deliveries if _remove_one(tx, delivery)}
        for delivery in deliveries:
            if delivery.id in gone:
                self._settle_after(tx, delivery)
        return gone

    async def retry(self, delivery: Delivery, delay_seconds: float, cause: str) -> None:
        def work(tx: Tx) -> None:
            ready_at = self._clock() + delay_seconds
            self._change(tx, _RETRY, delivery, ready_at=ready_at, cause=cause)
            self._settle_after(tx, delivery)

        await self._store.write(work)

    async def defer(self, delivery: Delivery, delay_seconds: float) -> None:
        def work(tx: Tx, statement: TextClause) -> None:
            self._change(tx, statement, delivery, ready_at=self._clock() + delay_seconds)
            self._settle_after(tx, delivery)

        try:
            await self._store.write(lambda tx: work(tx, _DEFER))
        except IntegrityError:
            # Another with its `dedup` was published while we looked: that one is the pending one.
            await self._store.write(lambda tx: work(tx, _DEFER_BESIDE_ANOTHER))

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
        mine = f"{self._node}:"
        parameters = {"now": self._clock(), "mine": mine, "length": len(mine)}
        return await self._store.write(lambda tx: tx.execute(_RECOVER, parameters).rowcount)

    async def check(self) -> None:
        await self._store.read(lambda tx: tx.scalar(text("SELECT 1")))

    def _lock(self, tx: Tx, lanes: Sequence[tuple[str, str]]) -> None:
        if tx.dialect == "postgresql":
            tx.execute(_LOCK_LANES, {"lanes": [f"{queue}/{lane}" for queue, lane in lanes]})

    def _change(self, tx: Tx, statement: TextClause, delivery: Delivery, **values: object) -> None:
        parameters = {"seq": int(delivery.id), "lease": delivery.lease, **values}
        if tx.execute(statement, parameters).rowcount != 1:
            raise _lease_lost(delivery)

    def _settle_after(self, tx: Tx, delivery: Delivery) -> None:
        def settled() -> None:
            delivery.settled = True
            self._signal(delivery.queue).set()

        tx.after_commit(settled)

    def _signal(self, queue: str) -> asyncio.Event:
        return self._signals.setdefault(queue, asyncio.Event())


def _remove_one(tx: Tx, delivery: Delivery) -> bool:
    if tx.sql(REMOVE, (int(delivery.id), delivery.lease)).rowcount != 1:
        return False
    tx.sql(PROMOTE, (delivery.queue, delivery.lane))
    return True


def _lease_lost(delivery: Delivery) -> LeaseLost:
    return LeaseLost(f"Job {delivery.id} of {delivery.queue} has passed to another worker.")


async def _wait(signal: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(signal.wait(), seconds)
    except TimeoutError:
        return
