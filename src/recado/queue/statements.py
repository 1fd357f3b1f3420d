"""The SQL queue's statements, on SQLite and PostgreSQL, and the two that take: `claim_or_next`
finds the heads of lanes that are due, `remove` takes jobs out that are done, so that their lanes go
on. What they keep true is told in queue/sql/queue.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Row, text

from recado.queue.port import Delivery, QueueSpec
from recado.store import Store, Tx
from recado.store.prepared import prepare

UNLOCKED = "(SELECT go FROM locked)"


def locking(purpose: int, behind: str = "") -> str:
    """For PostgreSQL: a statement that begins so, and does its work WHERE {UNLOCKED}, is run twice
    in one round trip: first with `lanes` to lock, which is all that this run does, then with null.

    Each run has a snapshot of its own: the second sees what those who held the locks before have
    committed. Locks of another `purpose` are others; what is read `behind` comes before them.
    """
    return (
        "WITH locked AS MATERIALIZED (SELECT CASE WHEN CAST(:lanes AS text[]) IS NULL THEN true"  # noqa: S608
        f" ELSE (SELECT count(pg_advisory_xact_lock(hashtextextended(k, {purpose}))) < 0"
        f" FROM (SELECT DISTINCT k FROM {behind}unnest(CAST(:lanes AS text[])) AS k"
        " ORDER BY k) AS sorted)"
        " END AS go)"
    )


def locking_first(lanes: Sequence[str], runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The parameters of a statement that begins with `locking`: to lock `lanes`, then `runs`."""
    return [{**runs[0], "lanes": lanes}, *({**run, "lanes": None} for run in runs)]


def lane_keys(lanes: Iterable[tuple[str, str]]) -> list[str]:
    """The names under which a queue's lanes are locked."""
    return [f"{queue}/{lane}" for queue, lane in lanes]


_COLUMNS = (
    "INSERT INTO job (queue, lane, head, ready_at, receives, deaths, dedup, pending_key,"
    " created_at, trace_id, body, lease)"
)
# Not DO NOTHING: the update locks the waiting job, so that nobody receives it before what was
# written beside this publishing is there to be seen. One received meanwhile is no conflict.
_ONCE = (
    " ON CONFLICT (queue, pending_key) WHERE pending_key IS NOT NULL"
    " DO UPDATE SET pending_key = excluded.pending_key RETURNING seq, lease, head"
)
_BUSY = "EXISTS (SELECT 1 FROM job WHERE queue = :queue AND lane = :lane)"
_WAITS = f":lease IS NULL OR {_BUSY}"
#: Publishes a job; given a `lease`, the job is received at once where it heads its lane. Returns
#: one row for each job.
PUBLISH = {
    # No SELECT ... FROM: of a table that is written, SQLite makes a copy first.
    "sqlite": prepare(
        text(
            f"{_COLUMNS} VALUES (:queue, :lane, NOT {_BUSY},"
            f" CASE WHEN {_WAITS} THEN :ready_at ELSE :until END,"
            f" CASE WHEN {_WAITS} THEN 0 ELSE 1 END, 0,"
            f" :dedup, CASE WHEN {_WAITS} THEN :dedup END,"
            f" :created_at, :trace_id, :body, CASE WHEN {_WAITS} THEN NULL ELSE :lease END){_ONCE}"
        )
    ),
    "postgresql": prepare(
        text(
            f"{locking(0)} {_COLUMNS}"  # noqa: S608
            " SELECT CAST(:queue AS text), CAST(:lane AS text), free,"
            " CASE WHEN taken THEN CAST(:until AS double precision)"
            " ELSE CAST(:ready_at AS double precision) END,"
            " CASE WHEN taken THEN 1 ELSE 0 END, 0,"
            " CAST(:dedup AS text), CASE WHEN taken THEN NULL ELSE CAST(:dedup AS text) END,"
            " :created_at, :trace_id, :body, CASE WHEN taken THEN CAST(:lease AS text) END"
            " FROM (SELECT free, free AND CAST(:lease AS text) IS NOT NULL AS taken"
            " FROM (SELECT NOT EXISTS (SELECT 1 FROM job WHERE queue = CAST(:queue AS text)"
            " AND lane = CAST(:lane AS text)) AS free) AS lane_state) AS state"
            f" WHERE {UNLOCKED}{_ONCE}"
        )
    ),
}
_DUE = "SELECT seq FROM job WHERE queue = :queue AND head AND ready_at <= :now"
_TAKE = "SET lease = :lease, ready_at = :until, receives = receives + 1, pending_key = NULL"
_TAKEN = "RETURNING job.seq, lane, receives, deaths, created_at, trace_id, body"
CLAIM = prepare(
    text(f"UPDATE job {_TAKE} WHERE seq IN ({_DUE} ORDER BY ready_at, seq LIMIT :limit) {_TAKEN}")
)
NEXT_READY = prepare(text("SELECT min(ready_at) FROM job WHERE queue = :queue AND head"))
#: Both of the above in one statement, for PostgreSQL: when nothing is claimed, one row without
#: `seq`. In a WITH, the locking SELECT runs exactly once: as a subquery, a nested-loop plan may run
#: it again, skip what it has just locked, and take more than the limit.
CLAIM_OR_NEXT = prepare(
    text(
        f"WITH due AS ({_DUE} ORDER BY ready_at, seq LIMIT :limit FOR UPDATE SKIP LOCKED),"  # noqa: S608
        f" taken AS (UPDATE job {_TAKE} FROM due WHERE job.seq = due.seq {_TAKEN})"
        " SELECT *, CAST(NULL AS double precision) AS next_ready FROM taken UNION ALL"
        " SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
        " (SELECT min(ready_at) FROM job WHERE queue = :queue AND head)"
        " WHERE NOT EXISTS (SELECT 1 FROM taken)"
    )
)
REMOVE = prepare(text("DELETE FROM job WHERE seq = :seq AND lease = :lease"))
PROMOTE = prepare(
    text(
        "UPDATE job SET head = true WHERE seq ="
        " (SELECT min(seq) FROM job WHERE queue = :queue AND lane = :lane)"
    )
)
#: Both of the above in one statement, for PostgreSQL (all parts see the same snapshot, hence
#: `next.seq > gone.seq`). Returns what was removed. For several jobs it is run several times: with
#: arrays in their place the server would plan it anew each time, which takes longer than all else.
REMOVE_AND_PROMOTE = prepare(
    text(
        f"{locking(0)}, gone AS (DELETE FROM job"  # noqa: S608
        f" WHERE seq = :seq AND lease = :lease AND {UNLOCKED} RETURNING seq, queue, lane),"
        " promoted AS (UPDATE job SET head = true FROM gone WHERE job.seq ="
        " (SELECT min(next.seq) FROM job AS next"
        " WHERE next.queue = gone.queue AND next.lane = gone.lane AND next.seq > gone.seq)"
        " RETURNING job.seq)"
        " SELECT seq, (SELECT count(*) FROM promoted) AS promoted FROM gone"
    )
)
RETRY = prepare(
    text(
        "UPDATE job SET lease = NULL, ready_at = :ready_at, cause = :cause, deaths = 0"
        " WHERE seq = :seq AND lease = :lease"
    )
)
DEFER = prepare(
    text(
        "UPDATE job SET lease = NULL, ready_at = :ready_at, receives = receives - 1, deaths = 0,"
        " pending_key = CASE WHEN EXISTS (SELECT 1 FROM job AS other WHERE other.queue = job.queue"
        " AND other.pending_key = job.dedup) THEN NULL ELSE dedup END"
        " WHERE seq = :seq AND lease = :lease"
    )
)
DEFER_BESIDE_ANOTHER = prepare(
    text(
        "UPDATE job SET lease = NULL, ready_at = :ready_at, receives = receives - 1, deaths = 0"
        " WHERE seq = :seq AND lease = :lease"
    )
)
EXTEND = prepare(text("UPDATE job SET ready_at = :until WHERE seq = :seq AND lease = :lease"))
DUE_AT_ONCE = text("UPDATE job SET ready_at = :now WHERE lease IS NULL AND ready_at > :now")
RECOVER = text(
    "UPDATE job SET lease = NULL, ready_at = :now, receives = receives - 1, deaths = deaths + 1"
    " WHERE substr(lease, 1, :length) = :mine AND ready_at > :now"
)
# From the indices: behind a backlog, to read each job's row would take longer than a probe waits. A
# lane's oldest job, and the one that is in hand, is its head.
DEPTH = text(
    "SELECT jobs.queue, jobs.total, heads.leased, heads.oldest"
    " FROM (SELECT queue, count(*) AS total FROM job GROUP BY queue) AS jobs"
    " JOIN (SELECT queue, count(lease) AS leased, min(created_at) AS oldest"
    " FROM job WHERE head GROUP BY queue) AS heads ON heads.queue = jobs.queue"
)


async def claim_or_next(
    store: Store, spec: QueueSpec, limit: int, *, lease: str, moment: float
) -> tuple[list[Delivery], float | None]:
    """Up to `limit` jobs that are due at `moment`, received under `lease`; when there are none, the
    time at which something will be due."""
    claim = {
        "lease": lease,
        "until": moment + spec.lease_seconds,
        "queue": spec.name,
        "now": moment,
        "limit": limit,
    }
    if store.dialect == "postgresql":
        rows = await store.run(CLAIM_OR_NEXT, claim)
        if rows[0].seq is None:
            return [], rows[0].next_ready
    else:
        rows, next_ready = await store.write(lambda tx: _claim_or_next(tx, claim), brief=True)
        if not rows:
            return [], next_ready
    ordered = sorted(rows, key=lambda row: row.seq)
    return [_delivery(row, spec.name, lease) for row in ordered], None


def _claim_or_next(tx: Tx, claim: Mapping[str, object]) -> tuple[Sequence[Row[Any]], float | None]:
    rows = tx.all(CLAIM, claim)
    return rows, None if rows else tx.scalar(NEXT_READY, {"queue": claim["queue"]})


def _delivery(row: Row[Any], queue: str, lease: str) -> Delivery:
    return Delivery(
        id=str(row.seq),
        queue=queue,
        lane=row.lane,
        body=bytes(row.body),
        receives=row.receives,
        deaths=row.deaths,
        published_at=row.created_at,
        lease=lease,
        trace_id=row.trace_id,
    )


def remove(tx: Tx, deliveries: Sequence[Delivery]) -> dict[str, bool]:
    """Remove those whose leases are still theirs. Returns their ids, and whether another job of the
    lane can be received now."""
    if tx.dialect == "postgresql":
        return _removed(tx.all(REMOVE_AND_PROMOTE, _runs(deliveries)))
    tried = {delivery.id: _remove_one(tx, delivery) for delivery in deliveries}
    return {id: promoted for id, promoted in tried.items() if promoted is not None}


async def remove_alone(store: Store, deliveries: Sequence[Delivery]) -> dict[str, bool]:
    """As `remove`, for PostgreSQL, as a transaction of its own in one round trip."""
    return _removed(await store.run(REMOVE_AND_PROMOTE, _runs(deliveries)))


@contextmanager
def in_lanes(tx: Tx, lanes: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Hold these lanes (queue and lane) while jobs are taken out of them, as the queue itself does;
    each goes on with what is left in it. Yields them without repetition."""
    held = sorted(set(lanes))
    for key in lane_keys(held):
        tx.lock(key)
    yield held
    for queue, lane in held:
        tx.execute(PROMOTE, {"queue": queue, "lane": lane})


def _runs(deliveries: Sequence[Delivery]) -> list[dict[str, Any]]:
    """The runs of REMOVE_AND_PROMOTE: to lock the lanes, and to remove each."""
    lanes = lane_keys((delivery.queue, delivery.lane) for delivery in deliveries)
    runs = [{"seq": int(delivery.id), "lease": delivery.lease} for delivery in deliveries]
    return locking_first(lanes, runs)


def _removed(rows: Sequence[Row[Any]]) -> dict[str, bool]:
    return {str(row.seq): row.promoted > 0 for row in rows}


def _remove_one(tx: Tx, delivery: Delivery) -> bool | None:
    """Remove a job that is done. Returns whether another job heads its lane now, and None if the
    job was not ours any more: its lease had ended."""
    mine = {"seq": int(delivery.id), "lease": delivery.lease}
    if tx.execute(REMOVE, mine).rowcount != 1:
        return None
    return tx.execute(PROMOTE, {"queue": delivery.queue, "lane": delivery.lane}).rowcount > 0
