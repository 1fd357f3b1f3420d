"""The queue on a broker outside the database: what NATS JetStream and RabbitMQ have in common.

Each process owns some of a queue's partitions (partitions.py), has their jobs in memory
(lanes.py) and acknowledges each to the broker when it is done. What must outlive the process is in
the store: who owns what, and how often the jobs in hand were tried. Jobs born in a transaction go
through the outbox. Why it is done this way: docs/adr/0010.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from recado.errors import LeaseLost, ServiceUnavailable
from recado.queue.brokers import partitions
from recado.queue.brokers.broker import Broker, place_of
from recado.queue.brokers.lanes import Entry, Envelope, LaneTable
from recado.queue.brokers.outbox import Outbox
from recado.queue.brokers.partitions import OWNED_SECONDS
from recado.queue.brokers.share import SEEK_SECONDS, SWEEPER, Receiving, Share
from recado.queue.dead_letters import add_dead_letter
from recado.queue.inline_job import InlineJob
from recado.queue.port import Batcher, Delivery, NewJob, Queue, QueueDepth, QueueSpec
from recado.resilience.lasting import lasting
from recado.store import Store, Tx, new_id, now

#: How much of a lease must be left for its owner to trust its own clock.
MARGIN_SECONDS = 5.0
#: Jobs that are done are told to the broker together: what it does not hear of in a crash comes
#: again, and is recognised.
GATHER_SECONDS = 0.01
#: How often a receiver looks up though nothing has woken it.
LOOK_SECONDS = 0.25


class BrokeredQueue(Queue):
    """`node` names this process for `recover`: two processes alive at once never share one."""

    transactional = False

    def __init__(
        self,
        broker: Broker,
        store: Store,
        *,
        node: str | None = None,
        clock: Callable[[], float] = now,
    ) -> None:
        self._broker = broker
        self._store = store
        self._node = node or new_id()
        self._owner = f"{self._node}:{new_id()}"
        self._clock = clock
        self._publishing = Batcher(self._publish_batch)
        #: Jobs that the broker has still to hear of as done, whoever tells it, and one at a time.
        self._acked: list[Any] = []
        self._teller: asyncio.Task[None] | None = None
        self._telling = asyncio.Lock()
        self._share = Share(
            broker,
            store,
            self._owner,
            arrived=self._arrived,
            flush=self._flush_acks,
            clock=clock,
        )
        self._receiving = self._share.receiving
        #: By queue, when it was first seen that jobs wait and nobody has any of them.
        self._unattended: dict[str, float] = {}
        self._outbox = Outbox(store, self._publish, self._share.lead, clock)

    # Publishing

    async def publish(self, jobs: Sequence[NewJob]) -> None:
        if jobs:
            await self._publishing.add(jobs)

    def publish_in(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        self._outbox.add(tx, jobs)

    def inline_job(self, job: NewJob) -> InlineJob | None:
        return self._outbox.inline_job(job) if self._store.dialect == "postgresql" else None

    async def _publish_batch(self, batch: list[Sequence[NewJob]]) -> list[Exception | None]:
        moment = self._clock()
        outcomes = await self._publish(
            [
                (
                    job.queue,
                    Envelope(
                        id=new_id(),
                        lane=job.lane,
                        body=job.body,
                        published_at=moment,
                        ready_at=moment + job.delay_seconds if job.delay_seconds else 0.0,
                        dedup=job.dedup,
                        trace_id=job.trace_id,
                    ),
                )
                for jobs in batch
                for job in jobs
            ]
        )
        remaining = iter(outcomes)
        each = [[next(remaining) for _ in jobs] for jobs in batch]
        return [next((error for error in errors if error), None) for errors in each]

    async def _publish(self, jobs: Sequence[tuple[str, Envelope]]) -> list[Exception | None]:
        count = self._broker.partitions
        return await self._broker.publish(
            [(place_of(queue, job.lane, count), job) for queue, job in jobs]
        )

    # Receiving

    async def receive(self, spec: QueueSpec, limit: int, wait_seconds: float) -> list[Delivery]:
        it = self._receiving.get(spec.name)
        if it is None:
            it = self._receiving[spec.name] = Receiving(LaneTable(spec.name))
        it.waiting += 1
        try:
            if (
                not it.table.partitions
                and self._clock() - it.owned_until > SEEK_SECONDS - OWNED_SECONDS
            ):
                await self._share.keep()
                self._share.start()
                self._outbox.start()
            return await self._receive(it, spec, limit, wait_seconds)
        finally:
            it.waiting -= 1
            it.asked_at = self._clock()

    async def _receive(
        self, it: Receiving, spec: QueueSpec, limit: int, wait_seconds: float
    ) -> list[Delivery]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_seconds
        while True:
            it.signal.clear()
            moment = self._clock()
            taken = it.table.take(limit, spec.lease_seconds, moment)
            if taken and (found := await self._hand_out(it, taken)):
                return found
            left = deadline - loop.time()
            if left <= 0:
                return []
            due_at = it.table.next_due_at()
            pause = min(left, LOOK_SECONDS if due_at is None else max(due_at - moment, 0.001))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):  # unlike wait_for, it takes no task
                    await it.signal.wait()

    async def _hand_out(self, it: Receiving, taken: Sequence[Entry]) -> list[Delivery]:
        """Once their counts are durable, and only where the partition is still ours."""
        moment = self._clock()
        queue = it.table.queue
        held = self._share.held(it.table, {entry.partition for entry in taken})
        try:
            mine = await partitions.record(self._store, queue, self._owner, held)
        except BaseException:
            for entry in taken:
                if self._is_held(it, entry):
                    it.table.untake(entry, moment)
            raise
        for number in set(held) - mine:
            self._share.lose(it, number)
        return [
            _delivery(queue, entry)
            for entry in taken
            if entry.partition in mine and self._is_held(it, entry)
        ]

    def _is_held(self, it: Receiving, entry: Entry) -> bool:
        state = it.table.partitions.get(entry.partition)
        return state is not None and state.entries.get(entry.job.id) is entry

    def _arrived(self, queue: str, number: int, job: Envelope, token: Any) -> None:
        it = self._receiving[queue]
        if it.table.arrived(number, job, token, self._clock()):
            it.signal.set()
        else:
            self._ack_later(token)

    # Settling

    async def ack(self, delivery: Delivery) -> None:
        it, entry = self._entry(delivery)
        self._end(it, entry, delivery)

    def ack_in(self, tx: Tx, delivery: Delivery) -> None:
        it, entry = self._entry(delivery)
        # Whoever has not heard from the store for long asks whether the partition is still ours.
        stale = self._clock() > it.owned_until - MARGIN_SECONDS
        if stale and not partitions.owns(tx, delivery.queue, entry.partition, self._owner):
            raise LeaseLost(f"Job {delivery.id} of {delivery.queue} has passed to another worker.")

        def settle() -> None:
            with suppress(LeaseLost):  # it comes again, and its handler finds the work done
                self._end(*self._entry(delivery), delivery)
            delivery.settled = True

        tx.after_commit(settle)

    def dead_letter_in(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        add_dead_letter(tx, delivery, cause)
        self.ack_in(tx, delivery)

    async def retry(self, delivery: Delivery, delay_seconds: float, cause: str) -> None:
        self._put_back(delivery, delay_seconds, counted=True)

    async def defer(self, delivery: Delivery, delay_seconds: float) -> None:
        self._put_back(delivery, delay_seconds, counted=False)

    async def extend(self, delivery: Delivery, seconds: float) -> None:
        it, entry = self._entry(delivery)
        it.table.extend(entry, self._clock() + seconds)

    def _put_back(self, delivery: Delivery, delay_seconds: float, *, counted: bool) -> None:
        it, entry = self._entry(delivery)
        it.table.put_back(entry, self._clock() + delay_seconds, counted=counted)
        delivery.settled = True
        it.signal.set()

    def _end(self, it: Receiving, entry: Entry, delivery: Delivery) -> None:
        it.table.end(entry)
        self._ack_later(entry.token)
        delivery.settled = True
        it.signal.set()

    def _entry(self, delivery: Delivery) -> tuple[Receiving, Entry]:
        """Raises LeaseLost."""
        it = self._receiving[delivery.queue]
        return it, it.table.hold(delivery)

    def _ack_later(self, token: Any) -> None:
        self._acked.append(token)
        if self._teller is None or self._teller.done():
            self._teller = lasting("queue:acks", self._tell)

    async def _tell(self) -> None:
        while self._acked:
            await asyncio.sleep(GATHER_SECONDS)
            await self._flush_acks()

    async def _flush_acks(self) -> None:
        async with self._telling:
            tokens, self._acked = self._acked, []
            if tokens:
                try:
                    await self._broker.ack(tokens)
                except BaseException:
                    self._acked[:0] = tokens  # told later, else the jobs would come again
                    raise

    # The whole

    async def depth(self) -> Mapping[str, QueueDepth]:
        moment = self._clock()
        try:
            outbox = await self._outbox.depth()
            others, names = await self._store.read(
                lambda tx: (
                    partitions.held_by_others(tx, self._owner),
                    partitions.known_queues(tx),
                )
            )
        except ServiceUnavailable:  # the broker knows what matters most
            outbox, others, names = {}, {}, []
        names = {*names, *self._receiving} - {SWEEPER}
        backlog = await self._broker.backlog(sorted(names))
        depths = {}
        unattended: dict[str, float] = {}
        for name in {*names, *outbox, *backlog}:
            held = [others[name]] if name in others else []
            if name in self._receiving:
                table = self._receiving[name].table
                held += self._share.held(table, table.partitions).values()
            in_hands = sum(it.waiting + it.leased for it in held)
            leased = sum(it.leased for it in held)
            total = backlog.get(name, 0) + (0 if self._broker.counts_held else in_hands)
            left = outbox.get(name, QueueDepth(0, 0, 0.0))
            times = [it.oldest_at for it in held if it.oldest_at is not None]
            if total and not times:  # how old they are, their owner would know
                unattended[name] = self._unattended.get(name, moment)
                times = [unattended[name]]
            oldest = max(left.oldest_seconds, moment - min(times, default=moment))
            if total + left.waiting:
                waiting = max(0, total - leased) + left.waiting
                depths[name] = QueueDepth(waiting, min(leased, total), max(0.0, oldest))
        self._unattended = unattended
        return depths

    async def recover(self) -> int:
        return await self._store.write(lambda tx: partitions.recover(tx, self._node, self._owner))

    async def check(self) -> None:
        await self._broker.check()

    async def close(self) -> None:
        await self._outbox.close()
        await self._share.close()
        await self._flush_acks()
        if self._teller is not None:
            await self._teller
        await self._broker.close()


def _delivery(queue: str, entry: Entry) -> Delivery:
    return Delivery(
        id=entry.job.id,
        queue=queue,
        lane=entry.job.lane,
        body=entry.job.body,
        receives=entry.receives,
        deaths=entry.deaths,
        published_at=entry.job.published_at,
        lease=entry.lease or "",
        trace_id=entry.job.trace_id,
    )
