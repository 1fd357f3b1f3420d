"""Jobs on their way into the SQL queue's table, and from there to who waits for them here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row

from recado.queue.port import Delivery, NewJob
from recado.queue.sql.local import Local
from recado.queue.statements import lane_keys, locking_first

#: What is due at once is so by a clock that is behind, too: on a busy machine, nobody knows the
#: database's time any better.
CLOCKS_DIFFER_SECONDS = 1.0


class Publication:
    """`runs` are the parameters of PUBLISH (queue/statements.py), one after the other; its rows,
    once they are committed, are for `committed`.

    What is due and waited for here goes with a lease: where it heads its lane, it is received.
    """

    def __init__(
        self,
        jobs: Sequence[NewJob],
        local: Callable[[str], Local],
        *,
        lease: str,
        moment: float,
        locks: bool,
    ) -> None:
        """`lease` is for this publication only; with `locks`, the first run locks the lanes."""
        self._jobs = jobs
        self._local = local
        self._lease = lease
        self._moment = moment
        self._wanted: dict[str, int] = {}
        self.runs = [self._run(job) for job in jobs]
        if locks:
            lanes = lane_keys((job.queue, job.lane) for job in jobs)
            self.runs = locking_first(lanes, self.runs)

    def committed(self, rows: Sequence[Row[Any]]) -> list[NewJob]:
        """Hand over what was received, and let others be looked for. Returns those that can be
        received and that nobody here waits for."""
        left = []
        for job, row in zip(self._jobs, rows, strict=True):
            local = self._local(job.queue)
            if row.lease == self._lease:
                local.hand_over(self._delivery(job, row.seq))
            else:
                local.look()
                if row.head and not local.takes_more:
                    left.append(job)
        return left

    def _run(self, job: NewJob) -> dict[str, Any]:
        local = self._local(job.queue)
        left = self._wanted.setdefault(job.queue, local.wanted - len(local.handed))
        now = job.delay_seconds <= 0 and left > 0
        self._wanted[job.queue] -= now
        return {
            "queue": job.queue,
            "lane": job.lane,
            "ready_at": self._ready_at(job.delay_seconds),
            "dedup": job.dedup,
            "created_at": self._moment,
            "trace_id": job.trace_id,
            "body": job.body,
            "lease": self._lease if now else None,
            "until": self._moment + local.lease_seconds,
        }

    def _ready_at(self, delay_seconds: float) -> float:
        return self._moment + (delay_seconds if delay_seconds > 0 else -CLOCKS_DIFFER_SECONDS)

    def _delivery(self, job: NewJob, seq: int) -> Delivery:
        return Delivery(
            id=str(seq),
            queue=job.queue,
            lane=job.lane,
            body=job.body,
            receives=1,
            published_at=self._moment,
            lease=self._lease,
            trace_id=job.trace_id,
        )
