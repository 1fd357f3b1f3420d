"""This process's share of a broker's partitions: kept, claimed, given up.

`partitions.py` has the leases in the store; here is what follows from them: whose jobs are brought
here, and which are handed out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from recado.errors import RecadoError, ServiceUnavailable
from recado.queue.brokers import partitions
from recado.queue.brokers.broker import Arrived, Broker, Partition
from recado.queue.brokers.lanes import LaneTable
from recado.queue.brokers.partitions import OWNED_SECONDS, Held
from recado.resilience.lasting import lasting
from recado.store import Store, Tx

log = structlog.get_logger(__name__)

#: How often leases on partitions are renewed, and how often a process without any looks for some.
RENEW_SECONDS = 2.0
SEEK_SECONDS = 0.25
#: After an outage of the store every lease is over: the living have this long to renew theirs
#: before anybody takes one over.
STEADY_SECONDS = 5.0
#: How soon a lost partition is attached anew; and who has not reached the broker for so long leaves
#: its partitions to those who may.
REATTACH_SECONDS = 0.5
PATIENCE_SECONDS = 5.0
#: A process that has not asked for jobs for this long gives its partitions to those that do.
IDLE_SECONDS = 2.0
#: Whoever comes to a partition later than this after claiming it might take it from the next owner.
ATTACH_SECONDS = 5.0
#: How long what is being attached or given up may go on while the process ends.
CLOSE_SECONDS = 2.0
#: The partition, in the store only, whose owner sweeps the outbox.
SWEEPER = "outbox"


@dataclass
class Receiving:
    """One queue that this process receives from."""

    table: LaneTable
    signal: asyncio.Event = field(default_factory=asyncio.Event)
    #: How many wait for a job at this moment, and when the last one asked.
    waiting: int = 0
    asked_at: float = 0.0
    owned_until: float = 0.0
    #: Attaches what was claimed and gives up what is too much. A broker may take its time for that,
    #: and the leases must not end meanwhile.
    following: asyncio.Task[None] | None = None

    @property
    def is_settled(self) -> bool:
        return self.following is None or self.following.done()

    def active(self, moment: float) -> bool:
        return self.waiting > 0 or moment - self.asked_at < IDLE_SECONDS


class Share:
    """`arrived` takes the jobs that the broker brings; `flush` sees that what was acknowledged has
    reached the broker."""

    def __init__(
        self,
        broker: Broker,
        store: Store,
        owner: str,
        *,
        arrived: Arrived,
        flush: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self.receiving: dict[str, Receiving] = {}
        self._broker = broker
        self._store = store
        self._owner = owner
        self._arrived = arrived
        self._flush = flush
        self._clock = clock
        self._keeping = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._leaving: dict[Partition, asyncio.Task[None]] = {}
        self._renewed_at = self._steady_since = 0.0
        #: Since when the broker is missed, until when it need not be asked again, and what came of
        #: the last time.
        self._missed_since: float | None = None
        self._asked_until = 0.0
        self._cut_off = False

    def start(self) -> None:
        if self._keeper is None:
            self._keeper = lasting("queue:partitions", self._run_keeper)

    async def _run_keeper(self) -> None:
        while True:
            moment = self._clock()
            settled = [it for it in self.receiving.values() if it.is_settled]
            seeking = any(it.active(moment) and not it.table.partitions for it in settled)
            lost = not self._cut_off and any(map(self._lost, settled))
            pause = REATTACH_SECONDS if lost else SEEK_SECONDS if seeking else RENEW_SECONDS
            await asyncio.sleep(pause)
            await _logged(self.renew())

    async def keep(self) -> None:
        """Renew what we own, claim what we lack, give up what others should have."""
        await self.renew()
        if following := [it.following for it in self.receiving.values() if it.following]:
            await asyncio.wait(following)

    async def renew(self) -> None:
        """As `keep`, without waiting for what the broker must do."""
        async with self._keeping:
            cut_off = await self._is_cut_off()
            moment = self._clock()
            if moment - self._renewed_at > STEADY_SECONDS:
                self._steady_since = moment
            held = {
                name: self.held(it.table, it.table.partitions)
                for name, it in self.receiving.items()
            }
            settled = {name for name, it in self.receiving.items() if it.is_settled}
            kept = await self._store.write(
                lambda tx: {
                    name: self._keep_in(tx, name, its, moment, cut_off, name in settled)
                    for name, its in held.items()
                }
            )
            self._renewed_at = moment
            for name, its in kept.items():
                it = self.receiving[name]
                it.owned_until = moment + OWNED_SECONDS
                for number in set(held[name]) - its.mine:
                    self.lose(it, number)
                if name in settled:
                    following = _logged(self._follow(it, its, moment))
                    it.following = asyncio.create_task(following, name="queue:following")

    def _keep_in(
        self,
        tx: Tx,
        name: str,
        held: Mapping[int, Held],
        moment: float,
        cut_off: bool,
        may_claim: bool,
    ) -> partitions.Kept:
        return partitions.keep(
            tx,
            name,
            self._owner,
            self._broker.partitions,
            held,
            active=self.receiving[name].active(moment) and not cut_off,
            may_claim=may_claim,
            may_take_over=moment - self._steady_since > STEADY_SECONDS,
            now=moment,
        )

    async def _follow(self, it: Receiving, kept: partitions.Kept, claimed_at: float) -> None:
        lost = self._lost(it)
        if (kept.claimed or lost) and await self._may_attach(it, claimed_at):
            for number, counts in kept.claimed.items():
                it.table.add_partition(number, counts, claimed_at)
            await asyncio.gather(*(self._attach(it, number) for number in [*lost, *kept.claimed]))
            for number in set(kept.claimed) & set(self._lost(it)):
                self.lose(it, number)
        await self._give_up(it, len(it.table.partitions) - kept.share)

    async def _may_attach(self, it: Receiving, claimed_at: float) -> bool:
        """Whether the broker is there, and what was claimed is surely still ours. If not, it stays
        ours in the store for a while, and is claimed anew."""
        if self._cut_off:
            return False
        try:
            await self._broker.check()
        except ServiceUnavailable as error:
            if self._missed_since is None:
                log.warning("partitions not attached", queue=it.table.queue, error=str(error))
                self._missed_since = claimed_at
            return False
        self._missed_since = None
        return self._clock() - claimed_at < ATTACH_SECONDS

    def _lost(self, it: Receiving) -> list[int]:
        """Partitions of ours from which nothing comes at this moment."""
        queue = it.table.queue
        return [n for n in it.table.partitions if not self._broker.reaches(Partition(queue, n))]

    async def _is_cut_off(self) -> bool:
        """Whether others should have our partitions, for the broker is out of our reach."""
        moment = self._clock()
        if self._missed_since is None and any(map(self._lost, self.receiving.values())):
            self._missed_since = moment
        if self._missed_since is None or moment - self._missed_since < PATIENCE_SECONDS:
            return False
        if moment < self._asked_until:
            return self._cut_off
        was_cut_off = self._cut_off
        try:
            await self._broker.check()
            self._cut_off, self._missed_since = False, None
            if was_cut_off:
                log.info("the broker is reached again")
        except ServiceUnavailable as error:
            self._cut_off = True
            if not was_cut_off:
                log.warning("partitions left to others", error=str(error))
        self._asked_until = self._clock() + RENEW_SECONDS
        return self._cut_off

    async def _attach(self, it: Receiving, number: int) -> None:
        place = Partition(it.table.queue, number)
        if leaving := self._leaving.get(place):
            await asyncio.wait({leaving})
        state = it.table.partitions.get(number)
        if state is None:  # lost meanwhile
            return
        try:
            await self._broker.attach(place, self._arrived)
        except ServiceUnavailable as error:
            log.warning("partition not attached", queue=place.queue, error=str(error))
        if it.table.partitions.get(number) is not state:
            await self._broker.detach(place)

    async def _give_up(self, it: Receiving, surplus: int) -> None:
        """Let go of `surplus` partitions, those first in which no job is in hand; of the others,
        hand nothing out until their jobs have ended."""
        states, moment = it.table.partitions, self._clock()
        order = sorted(states, key=lambda number: it.table.leased(number, moment))
        for number in order[max(0, surplus) :]:
            it.table.resume(number)
        leaving = order[: max(0, surplus)]
        for number in leaving:
            if it.active(moment) or not it.table.leased(number, moment):
                it.table.drain(number)
            else:
                it.table.resume(number)
        free = [number for number in leaving if not it.table.leased(number, moment)]
        await self._release(it, free)

    async def _release(self, it: Receiving, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        queue = it.table.queue
        await self._flush()
        held = self.held(it.table, [number for number in numbers if number in it.table.partitions])
        if held:
            await asyncio.wait([self.lose(it, number) for number in held])
            await self._store.write(lambda tx: partitions.release(tx, queue, self._owner, held))

    def lose(self, it: Receiving, number: int) -> asyncio.Task[None]:
        """From now on, hand out nothing of this partition; the broker has its jobs back when the
        task ends."""
        it.table.drop_partition(number)
        place = Partition(it.table.queue, number)
        if (leaving := self._leaving.get(place)) is None:
            leaving = asyncio.create_task(self._broker.detach(place), name="queue:detaching")
            self._leaving[place] = leaving
            leaving.add_done_callback(lambda _: self._leaving.pop(place))
        return leaving

    def held(self, table: LaneTable, numbers: Iterable[int]) -> dict[int, Held]:
        moment = self._clock()
        held = {}
        for number in numbers:
            entries, leased = table.partitions[number].entries, table.leased(number, moment)
            oldest = next((entry.job.published_at for entry in entries.values()), None)
            counts = table.counts(number, moment)
            held[number] = Held(len(entries) - leased, leased, oldest, counts)
        return held

    def lead(self, tx: Tx) -> bool:
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

    async def close(self) -> None:
        following = [it.following for it in self.receiving.values() if not it.is_settled]
        tasks = [task for task in (self._keeper, *following) if task is not None]
        if self._keeper is not None:
            self._keeper.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with self._keeping:
            with suppress(RecadoError):  # then its leases end by themselves
                for it in self.receiving.values():
                    await self._release(it, list(it.table.partitions))
                if self.receiving:
                    await self._store.write(lambda tx: partitions.leave(tx, self._owner))
        await asyncio.gather(*self._leaving.values())


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except RecadoError as error:
        log.warning("partitions not renewed", error=str(error))
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        log.exception("partitions not renewed")  # something it waited for was cancelled
    except Exception:
        log.exception("partitions not renewed")
