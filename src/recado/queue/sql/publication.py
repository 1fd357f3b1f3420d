"""Jobs on their way into the SQL queue's table, and from there to who waits for them: here
(`Local`), or in a process apart (`Wakeups`).

Processes apart wake each other: one that publishes what nobody there takes calls, and those that
wait for work listen. By PostgreSQL's NOTIFY; on SQLite, writing to the file is call enough.

A call is a transaction of its own, after the one that it speaks of. Transactions that notify commit
one after the other, each with its flush (`PreCommit_Notify` in PostgreSQL's commands/async.c), so
publishing is none of them, and a call is not flushed. One that is lost costs the time until the
next look.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import Row, text
from sqlalchemy.exc import SQLAlchemyError

from recado.errors import ServiceUnavailable
from recado.queue.port import Delivery, NewJob
from recado.queue.statements import lane_keys, locking_first
from recado.resilience.lasting import lasting
from recado.store import Store, new_id
from recado.store.prepared import prepare
from recado.store.store import Heard

log = structlog.get_logger(__name__)

CHANNEL = "recado_jobs"
#: The first call goes out at once, and is heard at once; those of the next moments are one.
GAP_SECONDS = 0.005
#: How often one who listens asks whether calls arrive at all, and how long the answer may take: a
#: pooler may pass LISTEN on to a connection that is somebody else's the next moment, and a network
#: may have forgotten a connection.
ASK_SECONDS = 30.0
ANSWER_SECONDS = 5.0
#: How soon after a failure it tries again; doubles from one to the next.
AGAIN_SECONDS = 1.0
AGAIN_MOST_SECONDS = 60.0
#: How long a process that ends waits for its last call to go out.
LAST_SECONDS = 1.0

_CALL = prepare(
    text("SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, :said)")
)


class Wakeups:
    """`hear` is called with the names of queues in which there may be work; with None if that
    may be any queue."""

    def __init__(
        self,
        store: Store,
        hear: Callable[[Collection[str] | None], None],
        *,
        ask_seconds: float = ASK_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._store = store
        self._hear = hear
        self._ask_seconds = ask_seconds
        self._answer_seconds = answer_seconds
        self._can_speak = store.dialect == "postgresql"
        self._me = f"?{new_id()}"
        self._to_say: set[str] = set()
        self._saying: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._again_seconds = AGAIN_SECONDS
        self._in_trouble = False

    def call(self, queues: Iterable[str]) -> None:
        """Soon wake whoever waits for work in `queues`."""
        if not self._can_speak:
            return
        self._to_say.update(queues)
        if self._to_say and (self._saying is None or self._saying.done()):
            self._saying = lasting("calls:say", self._say_all)

    def listen(self) -> None:
        """From now on, be woken."""
        if self._listener is None:
            self._listener = lasting("calls:listen", self._listen)

    async def close(self) -> None:
        """What was to be said is said: whoever publishes may be a command that ends with it."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        if self._saying is not None:
            await asyncio.wait({self._saying}, timeout=LAST_SECONDS)
            self._saying.cancel()
            await asyncio.gather(self._saying, return_exceptions=True)

    async def _say_all(self) -> None:
        while self._to_say:
            said = ",".join(sorted(self._to_say))
            self._to_say.clear()
            with suppress(ServiceUnavailable, SQLAlchemyError):  # then they find it by looking
                await self._say(said)
            await asyncio.sleep(GAP_SECONDS)

    async def _say(self, said: str) -> None:
        await self._store.run(_CALL, {"channel": CHANNEL, "said": said})

    async def _listen(self) -> None:
        while True:
            try:
                async with self._store.listening(CHANNEL) as heard:
                    self._hear(None)  # what was published before
                    await self._heed(heard)
            except (ServiceUnavailable, SQLAlchemyError) as error:
                if not self._in_trouble:
                    log.warning("processes do not hear each other's jobs at once", error=str(error))
                self._in_trouble = True
            await asyncio.sleep(self._again_seconds)
            self._again_seconds = min(2 * self._again_seconds, AGAIN_MOST_SECONDS)

    async def _heed(self, heard: Heard) -> None:
        """Pass on what is said. Raises ServiceUnavailable once nothing arrives any more."""
        time = asyncio.get_running_loop().time
        asked, until = False, time() if self._can_speak else None
        while True:
            try:
                async with asyncio.timeout_at(until):
                    said = await heard.next()
            except TimeoutError:
                if asked:
                    raise ServiceUnavailable(
                        "What is notified does not arrive: a pooler lies in between that does not"
                        " keep a session for its client, or the connection is dead."
                    ) from None
                await self._say(self._me)
                asked, until = True, time() + self._answer_seconds
                continue
            if self._me in said:
                asked, until = False, time() + self._ask_seconds
                self._all_well()
            self._pass_on(said)
            await asyncio.sleep(GAP_SECONDS)

    def _pass_on(self, said: set[str]) -> None:
        if "" in said:
            self._hear(None)
        elif names := {name for it in said if not it.startswith("?") for name in it.split(",")}:
            self._hear(names)

    def _all_well(self) -> None:
        self._again_seconds = AGAIN_SECONDS
        if self._in_trouble:
            log.info("processes hear each other's jobs at once again")
        self._in_trouble = False


class Local:
    """`wanted` jobs are waited for here, under leases of `lease_seconds`; `handed` were written as
    received already. The table is looked through when `stale`, or at one of the two times."""

    __slots__ = ("due_at", "handed", "lease_seconds", "poll_at", "signal", "stale", "wanted")

    def __init__(self) -> None:
        self.signal = asyncio.Event()
        self.wanted = 0
        self.lease_seconds = 0.0
        self.handed: deque[Delivery] = deque()
        self.stale = True
        #: By the queue's clock, when the next job is due; None: nobody knows of any.
        self.due_at: float | None = None
        #: By the event loop's clock, when to look for what other processes published.
        self.poll_at = 0.0

    @property
    def takes_more(self) -> bool:
        return self.wanted > len(self.handed)

    def hand_over(self, delivery: Delivery) -> None:
        self.handed.append(delivery)
        self.signal.set()

    def take(self, limit: int) -> list[Delivery]:
        return [self.handed.popleft() for _ in range(min(limit, len(self.handed)))]

    def look(self) -> None:
        """Something in the table has changed."""
        self.stale = True
        self.signal.set()

    def look_at(self, due_at: float) -> None:
        self.know(due_at)
        self.signal.set()

    def know(self, due_at: float | None) -> None:
        """A job is due then; what was heard of meanwhile may be due earlier."""
        known = [at for at in (self.due_at, due_at) if at is not None]
        self.due_at = min(known, default=None)


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
