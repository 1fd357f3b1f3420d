"""The SQL queue's statements, on SQLite and PostgreSQL. What they keep true is told in sql.py."""

from __future__ import annotations

from sqlalchemy import text

from recado.store.prepared import prepare

LOCK_LANES = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM (SELECT DISTINCT k"
    " FROM unnest(CAST(:lanes AS text[])) AS k ORDER BY k) AS sorted"
)
_FREE = (
    "NOT EXISTS"
    " (SELECT 1 FROM job WHERE queue = CAST(:queue AS text) AND lane = CAST(:lane AS text))"
)
# Not DO NOTHING: the update locks the waiting job, so that nobody receives it before what was
# written beside this publishing is there to be seen. One received meanwhile is no conflict.
_ONCE = (
    " ON CONFLICT (queue, pending_key) WHERE pending_key IS NOT NULL"
    " DO UPDATE SET pending_key = excluded.pending_key"
)
PUBLISH = prepare(
    text(
        "INSERT INTO job (queue, lane, head, ready_at, receives, deaths, dedup, pending_key,"
        " created_at, trace_id, body)"
        f" SELECT CAST(:queue AS text), CAST(:lane AS text), {_FREE},"
        " :ready_at, 0, 0, CAST(:dedup AS text), CAST(:dedup AS text),"
        f" :created_at, :trace_id, :body WHERE true{_ONCE}"
    )
)
#: The same, received at once when it heads its lane.
PUBLISH_RECEIVED = prepare(
    text(
        "INSERT INTO job (queue, lane, head, ready_at, receives, deaths, dedup, pending_key,"  # noqa: S608
        " created_at, trace_id, body, lease)"
        " SELECT CAST(:queue AS text), CAST(:lane AS text), free,"
        " CASE WHEN free THEN CAST(:until AS double precision)"
        " ELSE CAST(:ready_at AS double precision) END,"
        " CASE WHEN free THEN 1 ELSE 0 END, 0, CAST(:dedup AS text),"
        " CASE WHEN free THEN NULL ELSE CAST(:dedup AS text) END,"
        " :created_at, :trace_id, :body, CASE WHEN free THEN CAST(:lease AS text) END"
        f" FROM (SELECT {_FREE} AS free) AS lane_state WHERE true{_ONCE} RETURNING seq, lease"
    )
)
_DUE = "SELECT seq FROM job WHERE queue = :queue AND head AND ready_at <= :now"
_TAKE = "SET lease = :lease, ready_at = :until, receives = receives + 1, pending_key = NULL"
_TAKEN = "RETURNING job.seq, lane, receives, deaths, created_at, trace_id, body"
CLAIM = {
    "sqlite": prepare(
        text(
            f"UPDATE job {_TAKE} WHERE seq IN ({_DUE} ORDER BY ready_at, seq LIMIT :limit) {_TAKEN}"
        )
    ),
    # In a WITH, the locking SELECT runs exactly once: as a subquery, a nested-loop plan may run
    # it again, skip what it has just locked, and take more than the limit.
    "postgresql": prepare(
        text(
            f"WITH due AS ({_DUE} ORDER BY ready_at, seq LIMIT :limit FOR UPDATE SKIP LOCKED)"
            f" UPDATE job {_TAKE} FROM due WHERE job.seq = due.seq {_TAKEN}"
        )
    ),
}
REMOVE = prepare(text("DELETE FROM job WHERE seq = :seq AND lease = :lease"))
PROMOTE = prepare(
    text(
        "UPDATE job SET head = true WHERE seq ="
        " (SELECT min(seq) FROM job WHERE queue = :queue AND lane = :lane)"
    )
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
    " WHERE next.queue = gone.queue AND next.lane = gone.lane AND next.seq > gone.seq)"
    " RETURNING job.seq)"
    " SELECT seq, (SELECT count(*) FROM promoted) AS promoted FROM gone"
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
RECOVER = text(
    "UPDATE job SET lease = NULL, ready_at = :now, receives = receives - 1, deaths = deaths + 1"
    " WHERE substr(lease, 1, :length) = :mine AND ready_at > :now"
)
NEXT_READY = prepare(text("SELECT min(ready_at) FROM job WHERE queue = :queue AND head"))
DEPTH = text(
    "SELECT queue, count(*) AS total, count(lease) AS leased, min(created_at) AS oldest"
    " FROM job GROUP BY queue"
)
