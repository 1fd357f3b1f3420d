"""The SQL queue, on SQLite and PostgreSQL: the default engine.

The first job of every lane carries `head`, and only heads are received: finding work is one
index range, however deep a lane is. Publishing and settling keep the mark right; on PostgreSQL
an advisory lock a lane keeps two transactions from doing so at once (SQLite has one writer).
Sequence numbers are drawn under that lock, so order of number is order of commit in a lane.

A job that is due at once, heads its lane and is published in a process that waits for just such
work is written as received already, and handed over after the commit: the table is then only the
log to recover from. What is not handed over is looked for: when something was published or
settled here, when the next one is due, when another process calls (publication.py), and every
POLL_SECONDS for what was not called.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from recado.errors import LeaseLost, ServiceUnavailable
from recado.queue.dead_letters import add_dead_letter
from recado.queue.port import Batcher, Delivery, NewJob, Queue, QueueDepth, QueueSpec
from recado.queue.sql.publication import Local, Publication, Wakeups
from recado.queue.statements import (
    DEFER,
    DEFER_BESIDE_ANOTHER,
    DEPTH,
    DUE_AT_ONCE,
    EXTEND,
    PUBLISH,
    RECOVER,
    RETRY,
    claim_or_next,
    remove,
    remove_alone,
)
from recado.store import Store, Tx, new_id, now
from recado.store.prepared import Prepared

log = structlog.get_logger(__name__)

#: How often a process looks for work that another process published and it did not hear of.
POLL_SECONDS = 0.25
#: How soon it looks again for a job that is due but held by another transaction.
HELD_SECONDS = 0.005
#: A clock that goes back by more has been set.
SET_BACK_SECONDS = 1.0


class SqlQueue(Queue):
    """`node` names this process for `recover`: two processes alive at once never share one.

    With `listens`, it is woken when others publish, at the price of a connection; without, on
    PostgreSQL, from the first job on that it finds to come from another process.
    """

    transactional = True

    def __init__(
        self,
        store: Store,
        *,
        node: str | None = None,
        clock: Callable[[], float] = now,
        poll_seconds: float = POLL_SECONDS,
        listens: bool = False,
    ) -> None:
        self._store = store
        self._node = node or new_id()
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._latest = float("-inf")
        self._queues: dict[str, Local] = {}
        self._listens = listens
        self._calls = Wakeups(store, self._called)
        self._publishing = Batcher(self._publish_batch)
        self._acking = Batcher(self._ack_batch)

    async def publish(self, jobs: Sequence[NewJob]) -> None:
        if jobs:
            await self._publishing.add(jobs)

    async def _publish_batch(self, batch: list[Sequence[NewJob]]) -> list[Exception | None]:
        publication = self._publication([job for jobs in batch for job in jobs])
        try:
            rows = await self._store.run(PUBLISH[self._store.dialect], publication.runs)
        except ServiceUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised to the caller whose job it is
            if len(batch) == 1:
                return [error]
            # One job that the database refuses must not take the others with it.
            return [(await self._publish_batch([jobs]))[0] for jobs in batch]
        self._published(publication, rows)
        return [None] * len(batch)

    def publish_in(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        if not jobs:
            return
        publication = self._publication(jobs)
        rows = tx.all(PUBLISH[tx.dialect], publication.runs)
        tx.after_commit(lambda: self._published(publication, rows))

    def _published(self, publication: Publication, rows: Sequence[Row[Any]]) -> None:
        left = publication.committed(rows)
        # What is due later than that, everybody knows of in time.
        self._calls.call({job.queue for job in left if job.delay_seconds < self._poll_seconds})

    def _called(self, queues: Collection[str] | None) -> None:
        for name, local in self._queues.items():
            if queues is None or name in queues:
                local.look()

    def _publication(self, jobs: Sequence[NewJob]) -> Publication:
        locks = self._store.dialect == "postgresql"
        lease = f"{self._node}:{new_id()}"
        return Publication(jobs, self._local, lease=lease, moment=self._clock(), locks=locks)

    async def receive(self, spec: QueueSpec, limit: int, wait_seconds: float) -> list[Delivery]:
        local = self._local(spec.name)
        local.lease_seconds = spec.lease_seconds
        local.wanted += limit
        if self._listens:
            self._calls.listen()
        try:
            return await self._receive(local, spec, limit, wait_seconds)
        finally:
            local.wanted -= limit

    async def _receive(
        self, local: Local, spec: QueueSpec, limit: int, wait_seconds: float
    ) -> list[Delivery]:
        time = asyncio.get_running_loop().time
        deadline = time() + wait_seconds
        while True:
            local.signal.clear()
            if taken := await self._take_handed(local, limit):
                return taken
            if wait_seconds <= 0 or self._may_find(local):
                found = await self._look(local, spec, limit)
                if found:
                    return found
            left = deadline - time()
            if left <= 0:
                return []
            if local.due_at is not None:
                left = min(left, max(local.due_at - self._clock(), HELD_SECONDS))
            await _wait(local.signal, min(left, max(local.poll_at - time(), 0.0)))

    async def _take_handed(self, local: Local, limit: int) -> list[Delivery]:
        """What was handed over, but for what has waited here for too much of its lease."""
        taken = local.take(limit)
        latest = self._clock() - local.lease_seconds / 3
        for delivery in [old for old in taken if old.published_at < latest]:
            taken.remove(delivery)
            with suppress(LeaseLost, ServiceUnavailable):  # then its lease ends by itself
                await self.defer(delivery, 0)
        return taken

    def _may_find(self, local: Local) -> bool:
        polls = asyncio.get_running_loop().time() >= local.poll_at
        return local.stale or polls or self._is_due(local)

    def _is_due(self, local: Local) -> bool:
        return local.due_at is not None and self._clock() >= local.due_at

    async def _look(self, local: Local, spec: QueueSpec, limit: int) -> list[Delivery]:
        await self._heed_clock()
        expected = local.stale or self._is_due(local)
        local.stale, local.due_at = False, None
        try:
            lease = f"{self._node}:{new_id()}"
            found, next_ready = await claim_or_next(
                self._store, spec, limit, lease=lease, moment=self._clock()
            )
        except BaseException:
            local.stale = True
            raise
        local.poll_at = asyncio.get_running_loop().time() + self._poll_seconds
        if found:
            local.stale = True  # there may be more
            self._listens = self._listens or not (expected or self._store.dialect == "sqlite")
        else:
            local.know(next_ready)
        return found

    async def _heed_clock(self) -> None:
        """A clock that was set back by an hour must not keep a customer waiting for one. Whatever
        waits for its time is due now: who is not, will say so."""
        moment, before = self._clock(), self._latest
        self._latest = moment
        if moment < before - SET_BACK_SECONDS:
            log.warning("the clock was set back: what waits is looked at now", by=before - moment)
            await self._store.write(lambda tx: tx.execute(DUE_AT_ONCE, {"now": moment}))

    async def ack(self, delivery: Delivery) -> None:
        await self._acking.add(delivery)

    def ack_in(self, tx: Tx, delivery: Delivery) -> None:
        if not self._remove(tx, [delivery]):
            raise _lease_lost(delivery)

    async def _ack_batch(self, deliveries: list[Delivery]) -> list[Exception | None]:
        if self._store.dialect == "postgresql":
            gone = await remove_alone(self._store, deliveries)
            for delivery in deliveries:
                if delivery.id in gone:
                    self._settled(delivery, changed=gone[delivery.id])
        else:
            gone = await self._store.write(lambda tx: self._remove(tx, deliveries), brief=True)
        return [None if delivery.id in gone else _lease_lost(delivery) for delivery in deliveries]

    def _remove(self, tx: Tx, deliveries: Sequence[Delivery]) -> dict[str, bool]:
        gone = remove(tx, deliveries)
        for delivery in deliveries:
            if delivery.id in gone:
                self._settle_after(tx, delivery, changed=gone[delivery.id])
        return gone

    async def retry(self, delivery: Delivery, delay_seconds: float, cause: str) -> None:
        def work(tx: Tx) -> None:
            ready_at = self._clock() + delay_seconds
            self._change(tx, RETRY, delivery, ready_at=ready_at, cause=cause)
            self._settle_after(tx, delivery, due_at=ready_at)

        await self._store.write(work, brief=True)

    async def defer(self, delivery: Delivery, delay_seconds: float) -> None:
        def work(tx: Tx, statement: Prepared) -> None:
            ready_at = self._clock() + delay_seconds
            self._change(tx, statement, delivery, ready_at=ready_at)
            self._settle_after(tx, delivery, due_at=ready_at)

        try:
            await self._store.write(lambda tx: work(tx, DEFER), brief=True)
        except IntegrityError:
            # Another with its `dedup` was published while we looked: that one is the pending one.
            await self._store.write(lambda tx: work(tx, DEFER_BESIDE_ANOTHER), brief=True)

    def dead_letter_in(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        add_dead_letter(tx, delivery, cause)
        self.ack_in(tx, delivery)

    async def extend(self, delivery: Delivery, seconds: float) -> None:
        await self._store.write(
            lambda tx: self._change(tx, EXTEND, delivery, until=self._clock() + seconds),
            brief=True,
        )

    async def depth(self) -> Mapping[str, QueueDepth]:
        moment = self._clock()
        rows = await self._store.read(lambda tx: tx.all(DEPTH))
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
        freed = await self._store.write(lambda tx: tx.execute(RECOVER, parameters).rowcount)
        for local in self._queues.values():
            local.look()
        return freed

    async def check(self) -> None:
        await self._store.read(lambda tx: tx.scalar(text("SELECT 1")))

    async def close(self) -> None:
        """What was handed over and nobody took is for another worker."""
        await self._calls.close()
        for local in self._queues.values():
            for delivery in local.take(len(local.handed)):
                with suppress(LeaseLost, ServiceUnavailable):  # then its lease ends by itself
                    await self.defer(delivery, 0)

    def _change(self, tx: Tx, statement: Prepared, delivery: Delivery, **values: object) -> None:
        parameters = {"seq": int(delivery.id), "lease": delivery.lease, **values}
        if tx.execute(statement, parameters).rowcount != 1:
            raise _lease_lost(delivery)

    def _settle_after(
        self, tx: Tx, delivery: Delivery, *, changed: bool = False, due_at: float | None = None
    ) -> None:
        """`changed`: another job of the lane can be received; `due_at`: this one can, then."""

        tx.after_commit(lambda: self._settled(delivery, changed=changed, due_at=due_at))

    def _settled(
        self, delivery: Delivery, *, changed: bool = False, due_at: float | None = None
    ) -> None:
        delivery.settled = True
        if changed:
            self._local(delivery.queue).look()
        if due_at is not None:
            self._local(delivery.queue).look_at(due_at)

    def _local(self, queue: str) -> Local:
        local = self._queues.get(queue)
        if local is None:
            local = self._queues[queue] = Local()
        return local


def _lease_lost(delivery: Delivery) -> LeaseLost:
    return LeaseLost(f"Job {delivery.id} of {delivery.queue} has passed to another worker.")


async def _wait(signal: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):  # unlike wait_for, it takes no task
            await signal.wait()
    except TimeoutError:
        return
