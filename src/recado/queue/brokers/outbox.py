"""The outbox: jobs born in a database transaction, on their way to a broker.

They are rows of that transaction, published as soon as it is committed and then removed. A lane's
rows go in the order of their commits: a row with another before it waits until that one has been
published, by whichever process it is. What a dead process leaves behind is swept up by another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from recado.errors import RecadoError, ServiceUnavailable
from recado.queue.brokers import outbox_table as table
from recado.queue.brokers.lanes import Envelope
from recado.queue.brokers.outbox_table import OutboxJob
from recado.queue.dead_letters import record_in
from recado.queue.inline_job import InlineJob
from recado.queue.port import NewJob, QueueDepth
from recado.resilience.lasting import lasting
from recado.store import Store, Tx

log = structlog.get_logger(__name__)

#: A row older than this was left behind: its process is dead, or the broker was away.
LEFT_SECONDS = 3.0
SWEEP_SECONDS = 1.0
BATCH = 500

#: Publishes a queue's jobs in order; what is returned for each is None or its error.
Publish = Callable[[Sequence[tuple[str, Envelope]]], Awaitable[list[Exception | None]]]


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
        self._ready: list[OutboxJob] = []
        self._relay: asyncio.Task[None] | None = None
        self._sweeper: asyncio.Task[None] | None = None

    def add(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        """Write `jobs` with the caller's transaction; they are published after its commit."""
        if not jobs:
            return
        written = table.add(tx, jobs, self._clock())
        free: dict[tuple[str, str], bool] = {}
        mine = [row for row, behind in written if free.setdefault(row.place, not behind)]
        tx.after_commit(lambda: self._send(mine))

    def inline_job(self, job: NewJob) -> InlineJob:
        """As `add`, by a statement of the caller's."""
        return InlineJob(
            job, self._clock(), lambda row, behind: self._send([] if behind else [row])
        )

    def start(self) -> None:
        """Sweep up what others leave behind, from now on."""
        if self._sweeper is None:
            self._sweeper = lasting("outbox:sweep", self._sweep)

    async def depth(self) -> Mapping[str, QueueDepth]:
        """What has not reached the broker yet, by queue."""
        moment = self._clock()
        rows = await self._store.read(lambda tx: tx.all(table.DEPTH))
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

    def _send(self, rows: Sequence[OutboxJob]) -> None:
        self._ready += rows
        self.start()
        if self._ready and (self._relay is None or self._relay.done()):
            self._relay = lasting("outbox:relay", self._run)

    async def _run(self) -> None:
        while self._ready:
            batch = self._ready[:BATCH]
            del self._ready[:BATCH]
            try:
                outcomes = await self._publish_all(batch)
                if problem := next((error for _, error in outcomes if error), None):
                    log.warning("jobs not taken", error=str(problem))
                self._ready[:0] = await _settle(self._store, outcomes)
            except RecadoError as error:
                # They are in the database: the sweeper tries again.
                log.warning("outbox not relayed", jobs=len(batch), error=str(error))
            except Exception:
                log.exception("outbox not relayed", jobs=len(batch))

    async def _publish_all(
        self, batch: Sequence[OutboxJob]
    ) -> list[tuple[OutboxJob, Exception | None]]:
        """Of each lane one job at a time: the next goes when the broker has taken it, so that it
        cannot come first. Raises what publishing the first ones raises."""
        done: list[tuple[OutboxJob, Exception | None]] = []
        left = list(batch)
        while left:
            firsts = list({row.place: row for row in reversed(left)}.values())[::-1]
            try:
                outcomes = await self._publish([(row.queue, row.envelope()) for row in firsts])
            except RecadoError as error:
                if not done:
                    raise
                outcomes = [error] * len(firsts)
            done += zip(firsts, outcomes, strict=True)
            over = {row.seq for row in firsts}
            stuck = {row.place for row, error in done if error and not _is_final(error)}
            left = [row for row in left if row.seq not in over and row.place not in stuck]
        return done

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with suppress(ServiceUnavailable):  # the store is away: later
                await self._sweep_once()

    async def _sweep_once(self) -> None:
        if self._relay is not None and not self._relay.done():
            return
        left_at = self._clock() - LEFT_SECONDS
        oldest = await self._store.read(lambda tx: tx.scalar(table.OLDEST), brief=True)
        if oldest is None or oldest > left_at or not await self._store.write(self._lead):
            return
        rows = await self._store.read(lambda tx: table.first(tx, BATCH))
        left = {row.place for row in rows if row.created_at <= left_at}
        self._send([row for row in rows if row.place in left])


async def _settle(
    store: Store, outcomes: Sequence[tuple[OutboxJob, Exception | None]]
) -> Sequence[OutboxJob]:
    """Removes what was sent, and puts aside what the broker will never take; returns what waited
    behind it in its lanes."""
    refused = [(row, error) for row, error in outcomes if error and _is_final(error)]
    failed = {row.place for row, error in outcomes if error and not _is_final(error)}
    over = [row for row, error in outcomes if not error or _is_final(error)]

    def put_aside(tx: Tx) -> Sequence[OutboxJob]:
        for row, error in refused:
            record_in(
                tx,
                queue=row.queue,
                lane=row.lane,
                body=row.body,
                cause=f"not published: {error}",
                trace_id=row.trace_id,
            )
        return table.remove_in(tx, over)

    rows = await (store.write(put_aside) if refused else table.remove(store, over))
    return [row for row in rows if row.place not in failed]


def _is_final(error: Exception) -> bool:
    return isinstance(error, RecadoError) and not error.retryable
