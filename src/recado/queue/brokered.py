"""The queue on a broker outside the database: what NATS JetStream and RabbitMQ have in common.

Each process owns some of a queue's partitions (partitions.py), has their jobs in memory
(lanes.py) and acknowledges each to the broker when it is done. What must outlive the process is in
the store: who owns what, and how often the jobs in hand were tried. Jobs born in a transaction go
through the outbox. Why it is done this way: docs/adr/0010.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from recado.errors import LeaseLost, RecadoError, ServiceUnavailable
from recado.queue import partitions
from recado.queue.batch import Batcher
from recado.queue.broker import Broker, Place, place_of
from recado.queue.dead_letters import add_dead_letter
from recado.queue.lanes import Entry, Envelope, LaneTable
from recado.queue.outbox import Outbox
from recado.queue.partitions import OWNED_SECONDS, Held
from recado.queue.port import Delivery, NewJob, Queue, QueueDepth, QueueSpec
from recado.store import Store, Tx, new_id, now

log = structlog.get_logger(__name__)

#: How often leases on partitions are renewed, and how often a process without any looks for some.
RENEW_SECONDS = 2.0
SEEK_SECONDS = 0.25
#: After an outage of the store every lease is over: the living have this long to renew theirs
#: before anybody takes one over.
STEADY_SECONDS = 5.0
#: How much of a lease must be left for its owner to trust its own clock.
MARGIN_SECONDS = 5.0
#: A process that has not asked for jobs for this long gives its partitions to those that do.
IDLE_SECONDS = 2.0
#: How often a receiver looks up though nothing has woken it.
LOOK_SECONDS = 0.25
#: The partition, in the store only, whose owner sweeps the outbox.
SWEEPER = "outbox"


@dataclass
class _Receiving:
    """One queue that this process receives from."""

    table: LaneTable
    signal: asyncio.Event = field(default_factory=asyncio.Event)
    #: How many wait for a job at this moment, and when the last one asked.
    waiting: int = 0
    asked_at: float = 0.0
    owned_until: float = 0.0

    def active(self, moment: float) -> bool:
        return self.waiting > 0 or moment - self.asked_at < IDLE_SECONDS


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
        self._acking = Batcher(self._ack_batch)
        self._acks: set[asyncio.Task[None]] = set()
        self._outbox = Outbox(store, self._publish, self._lead, clock)
        self._receiving: dict[str, _Receiving] = {}
        self._keeping = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._kept_at = self._steady_since = 0.0

    # Publishing

    async def publish(self, jobs: Sequence[NewJob]) -> None:
        await self._publishing.add(jobs)

    def publish_in(self, tx: Tx, jobs: Sequence[NewJob]) -> None:
        self._outbox.add(tx, jobs)

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
            it = self._receiving[spec.name] = _Receiving(LaneTable(spec.name))
        it.waiting += 1
        try:
            if (
                not it.table.partitions
                and self._clock() - it.owned_until > SEEK_SECONDS - OWNED_SECONDS
            ):
                await self._keep()
                self._start()
            return await self._receive(it, spec, limit, wait_seconds)
        finally:
            it.waiting -= 1
            it.asked_at = self._clock()

    async def _receive(
        self, it: _Receiving, spec: QueueSpec, limit: int, wait_seconds: float
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
                await asyncio.wait_for(it.signal.wait(), pause)

    async def _hand_out(self, it: _Receiving, taken: Sequence[Entry]) -> list[Delivery]:
        """Once their counts are durable, and only where the partition is still ours."""
        moment = self._clock()
        queue = it.table.queue
        held = self._held(it.table, {entry.partition for entry in taken})
        try:
            mine = await self._store.write(
                lambda tx: partitions.record(tx, queue, self._owner, held), brief=True
            )
        except BaseException:
            for entry in taken:
                if self._is_held(it, entry):
                    it.table.untake(entry, moment)
            raise
        for number in set(held) - mine:
            await self._lose(it, number)
        return [
            _delivery(queue, entry)
            for entry in taken
            if entry.partition in mine and self._is_held(it, entry)
        ]

    def _is_held(self, it: _Receiving, entry: Entry) -> bool:
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

    def _end(self, it: _Receiving, entry: Entry, delivery: Delivery) -> None:
        it.table.end(entry)
        self._ack_later(entry.token)
        delivery.settled = True
        it.signal.set()

    def _entry(self, delivery: Delivery) -> tuple[_Receiving, Entry]:
        """Raises LeaseLost."""
        it = self._receiving[delivery.queue]
        return it, it.table.hold(delivery)

    def _ack_later(self, token: Any) -> None:
        task = asyncio.create_task(self._acking.add(token))
        self._acks.add(task)
        task.add_done_callback(self._acks.discard)

    async def _ack_batch(self, tokens: list[Any]) -> list[Exception | None]:
        await self._broker.ack(tokens)
        return [None] * len(tokens)

    # Partitions

    def _start(self) -> None:
        self._outbox.start()
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._run_keeper(), name="queue:partitions")

    async def _run_keeper(self) -> None:
        while True:
            moment = self._clock()
            seeking = any(
                it.active(moment) and not it.table.partitions for it in self._receiving.values()
            )
            await asyncio.sleep(SEEK_SECONDS if seeking else RENEW_SECONDS)
            try:
                await self._keep()
            except RecadoError as error:
                log.warning("partitions not renewed", error=str(error))
            except Exception:
                log.exception("partitions not renewed")

    async def _keep(self) -> None:
        """Renew what we own, claim what we lack, give up what others should have."""
        async with self._keeping:
            moment = self._clock()
            held = {
                name: self._held(it.table, it.table.partitions)
                for name, it in self._receiving.items()
            }
            if moment - self._kept_at > STEADY_SECONDS:
                self._steady_since = moment
            may_take_over = moment - self._steady_since > STEADY_SECONDS

            def work(tx: Tx) -> dict[str, partitions.Kept]:
                return {
                    name: partitions.keep(
                        tx,
                        name,
                        self._owner,
                        self._broker.partitions,
                        its,
                        active=self._receiving[name].active(moment),
                        may_take_over=may_take_over,
                        now=moment,
                    )
                    for name, its in held.items()
                }

            kept = await self._store.write(work)
            self._kept_at = moment
            for name, its in kept.items():
                await self._follow(self._receiving[name], set(held[name]), its, moment)

    async def _follow(
        self, it: _Receiving, held: set[int], kept: partitions.Kept, moment: float
    ) -> None:
        it.owned_until = moment + OWNED_SECONDS
        for number in held - kept.mine:
            await self._lose(it, number)
        for number, counts in kept.claimed.items():
            it.table.add_partition(number, counts, moment)
        await asyncio.gather(*(self._attach(it, number) for number in kept.claimed))
        await self._give_up(it, len(it.table.partitions) - kept.share, moment)

    async def _attach(self, it: _Receiving, number: int) -> None:
        try:
            await self._broker.attach(Place(it.table.queue, number), self._arrived)
        except ServiceUnavailable as error:
            # It stays ours in the store for a while, and is claimed anew.
            log.warning("partition not attached", queue=it.table.queue, error=str(error))
            await self._lose(it, number)

    async def _give_up(self, it: _Receiving, surplus: int, moment: float) -> None:
        """Let go of `surplus` partitions, those first in which no job is in hand; of the others,
        hand nothing out until their jobs have ended."""
        states = it.table.partitions
        order = sorted(states, key=lambda number: it.table.leased(number, moment))
        for number in order[max(0, surplus) :]:
            if states[number].draining:
                it.table.resume(number)
        leaving = order[: max(0, surplus)]
        for number in leaving:
            states[number].draining = it.active(moment) or not it.table.leased(number, moment)
        free = [number for number in leaving if not it.table.leased(number, moment)]
        await self._release(it, free)

    async def _release(self, it: _Receiving, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        queue = it.table.queue
        await self._flush_acks()
        held = self._held(it.table, numbers)
        for number in numbers:
            await self._lose(it, number)
        await self._store.write(lambda tx: partitions.release(tx, queue, self._owner, held))

    async def _lose(self, it: _Receiving, number: int) -> None:
        it.table.drop_partition(number)
        await self._broker.detach(Place(it.table.queue, number))

    async def _flush_acks(self) -> None:
        while self._acks:
            await asyncio.wait(self._acks, timeout=1.0)

    def _held(self, table: LaneTable, numbers: Iterable[int]) -> dict[int, Held]:
        moment = self._clock()
        held = {}
        for number in numbers:
            entries, leased = table.partitions[number].entries, table.leased(number, moment)
            oldest = next((entry.job.published_at for entry in entries.values()), None)
            counts = table.counts(number, moment)
            held[number] = Held(len(entries) - leased, leased, oldest, counts)
        return held

    def _lead(self, tx: Tx) -> bool:
        kept = partitions.keep(
            tx,
            SWEEPER,
            self._owner,
            1,
            {0: Held(0, 0, None)},
            active=True,
            may_take_over=True,
            now=self._clock(),
        )
        return bool(kept.mine or kept.claimed)

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
        for name in {*names, *outbox, *backlog}:
            held = [others[name]] if name in others else []
            if name in self._receiving:
                table = self._receiving[name].table
                held += self._held(table, table.partitions).values()
            in_hands = sum(it.waiting + it.leased for it in held)
            leased = sum(it.leased for it in held)
            total = backlog.get(name, 0) + (0 if self._broker.counts_held else in_hands)
            left = outbox.get(name, QueueDepth(0, 0, 0.0))
            times = [it.oldest_at for it in held if it.oldest_at is not None]
            oldest = max(left.oldest_seconds, moment - min(times, default=moment))
            if total + left.waiting:
                waiting = max(0, total - leased) + left.waiting
                depths[name] = QueueDepth(waiting, min(leased, total), max(0.0, oldest))
        return depths

    async def recover(self) -> int:
        return await self._store.write(lambda tx: partitions.recover(tx, self._node, self._owner))

    async def check(self) -> None:
        await self._broker.check()

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._outbox.close()
        async with self._keeping:
            with suppress(RecadoError):  # then its leases end by themselves
                for it in self._receiving.values():
                    await self._release(it, list(it.table.partitions))
                if self._receiving:
                    await self._store.write(lambda tx: partitions.leave(tx, self._owner))
        await self._flush_acks()
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
