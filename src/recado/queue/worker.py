"""The worker: receives jobs, runs their handlers, and decides what becomes of failures.

handler returns          → acked (unless it did so itself, in its own transaction)
raises Defer             → again later, uncounted
raises LeaseLost         → dropped: another worker has the job
raises a retryable error → again after a back-off; dead letter after `max_receives`
raises any other error   → dead letter at once when it is ours and final, else as retryable
"""

from __future__ import annotations

import asyncio
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from recado.errors import LeaseLost, RecadoError, ServiceUnavailable
from recado.observability.redact import shown
from recado.observability.tracing import OFF, Tracing, bare_trace_id
from recado.queue.port import Delivery, Queue, QueueSpec
from recado.queue.slots import LeaseKeeper, Slots, job_slots
from recado.resilience.lasting import lasting
from recado.store import Store, Tx

log = structlog.get_logger(__name__)

#: A process that dies takes many jobs with it, and one of them at most is the cause: a job that was
#: held through this many deaths is put aside, while a process that is merely restarted often
#: (killed, evicted, out of memory) makes no dead letters.
MAX_DEATHS = 25
#: A receive returns after this long without work, so that stopping never waits longer.
IDLE_SECONDS = 1.0
#: And what waits for longer when it is to stop is cut off.
LOOK_UP_SECONDS = 15.0


class Defer(Exception):
    """Raised by a handler: the job is not due yet; hand it out again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not due for {seconds:.3f} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Consumer:
    """What a queue's jobs are handled by.

    `on_dead` runs in the transaction that makes a job a dead letter, so that what a person would
    otherwise wait for in silence (an answer) becomes somebody's task.
    """

    spec: QueueSpec
    handle: Callable[[Delivery], Awaitable[None]]
    on_dead: Callable[[Tx, Delivery, str], None] | None = None


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where one consumer's jobs are worked on."""

    consumer: Consumer
    slots: Slots
    leases: LeaseKeeper


class Worker:
    """Runs consumers until stopped. Each queue has its own bound on jobs under way."""

    def __init__(
        self,
        queue: Queue,
        store: Store,
        consumers: Sequence[Consumer],
        *,
        observe: Callable[[str, str, float], None] | None = None,
        tracing: Tracing = OFF,
    ) -> None:
        self._queue = queue
        self._store = store
        self._consumers = consumers
        self._observe = observe
        self._tracing = tracing
        self._stopping = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._jobs: set[asyncio.Task[None]] = set()
        self._benches: dict[str, _Bench] = {}

    @property
    def is_idle(self) -> bool:
        """Whether no job is under way here, nor one that is settled and still to end."""
        return not self._jobs

    async def start(self) -> None:
        self._loops = [
            lasting(f"queue:{consumer.spec.name}", partial(self._consume, consumer))
            for consumer in self._consumers
        ]

    async def stop(self, *, grace_seconds: float = 10.0) -> None:
        """Receive no more, give running jobs `grace_seconds`, then hand the rest back."""
        self._stopping.set()
        for bench in self._benches.values():
            bench.slots.give(0)  # a loop that waits for a free slot looks up
        await self._end_loops()
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=grace_seconds)
        for job in list(self._jobs):
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def _end_loops(self) -> None:
        """Those that receive look up by themselves; what waits to be started again does not."""
        if self._loops:
            _, late = await asyncio.wait(self._loops, timeout=LOOK_UP_SECONDS)
            for loop in late:
                loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    def _bench_of(self, consumer: Consumer) -> _Bench:
        """The same for a loop that is started again: its jobs are still under way."""
        name = consumer.spec.name
        if name not in self._benches:
            leases = LeaseKeeper(self._queue, consumer.spec.lease_seconds)
            self._benches[name] = _Bench(consumer, Slots(consumer.spec.concurrency), leases)
            self._keepers.append(lasting(f"leases:{name}", leases.run))
        return self._benches[name]

    async def _consume(self, consumer: Consumer) -> None:
        bench = self._bench_of(consumer)
        failures = 0
        while not self._stopping.is_set():
            taken = await bench.slots.take_all()
            if taken == 0:
                continue
            found: list[Delivery] = []
            begun = 0
            try:
                try:
                    found = await self._queue.receive(consumer.spec, taken, IDLE_SECONDS)
                    failures = 0
                except Exception as error:
                    failures += 1
                    known = isinstance(error, ServiceUnavailable)
                    log.warning(
                        "cannot receive",
                        queue=consumer.spec.name,
                        error=shown(error),
                        exc_info=not known,
                    )
                    await self._pause(min(5.0, 0.1 * 2 ** min(failures, 10)))
                if self._stopping.is_set():
                    await asyncio.gather(*map(self._hand_back, found))
                    return
                for delivery in found:
                    self._begin(bench, delivery)
                    begun += 1
            finally:
                bench.slots.give(taken - begun)

    def _begin(self, bench: _Bench, delivery: Delivery) -> None:
        def ended(job: asyncio.Task[None]) -> None:
            self._jobs.discard(job)
            bench.slots.job_done()

        job = asyncio.create_task(self._run(bench, delivery))
        self._jobs.add(job)
        job.add_done_callback(ended)

    async def _hand_back(self, delivery: Delivery) -> None:
        """Let another worker have the job, as if it had never been received here."""
        try:
            await self._queue.defer(delivery, 0)
        except (LeaseLost, ServiceUnavailable) as error:
            # The lease ends by itself, and the job comes again.
            log.warning("job not handed back", job=delivery.id, error=str(error))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _run(self, bench: _Bench, delivery: Delivery) -> None:
        # In this task's own context: nothing has to be undone.
        job_slots.set(bench.slots)
        structlog.contextvars.bind_contextvars(
            trace_id=bare_trace_id(delivery.trace_id), queue=delivery.queue, job=delivery.id
        )
        with self._tracing.span(delivery.queue, delivery.trace_id, "consumer") as span:
            # The jobs that it gives rise to are children of its span.
            delivery.trace_id = span.carry(delivery.trace_id)
            bench.leases.hold(delivery)
            started = time.perf_counter()
            outcome = "failed"
            try:
                outcome = await self._handle(bench.consumer, delivery)
            except LeaseLost as error:
                outcome = "lease_lost"
                log.warning("lease lost", error=str(error), **about(delivery))
            except asyncio.CancelledError:
                outcome = "handed_back"
                raise
            except Exception as error:
                # The lease ends by itself, and the job comes again.
                foreseen = isinstance(error, ServiceUnavailable)
                log.warning(
                    "job could not be settled",
                    error=shown(error),
                    exc_info=not foreseen,
                    **about(delivery),
                )
            finally:
                bench.leases.release(delivery)
                delivery.settled = True
                if self._tracing.on:
                    span.note(queue=delivery.queue, outcome=outcome, **about(delivery))
                if self._observe is not None:
                    self._observe(delivery.queue, outcome, time.perf_counter() - started)

    async def _handle(self, consumer: Consumer, delivery: Delivery) -> str:
        spec = consumer.spec
        if delivery.receives > spec.max_receives or delivery.deaths >= MAX_DEATHS:
            cause = delivery_cause(delivery, "its worker died each time it was tried")
            await self._dead_letter(consumer, delivery, cause)
            return "dead"
        try:
            await consumer.handle(delivery)
        except Defer as defer:
            await self._queue.defer(delivery, defer.seconds)
            return "deferred"
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or not task.cancelling():
                # The handler's own doing, such as awaiting what was cancelled: a failure.
                return await self._failed(consumer, delivery, error)
            if not delivery.settled:
                await asyncio.shield(self._hand_back(delivery))
            raise
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: logged once, retried or put aside
            return await self._failed(consumer, delivery, error)
        if not delivery.settled:
            await self._queue.ack(delivery)
        return "done"

    async def _failed(self, consumer: Consumer, delivery: Delivery, error: BaseException) -> str:
        ours = isinstance(error, RecadoError)
        final = isinstance(error, RecadoError) and not error.retryable
        if delivery.settled:  # its own transaction has acked it: there is nothing to try again
            log.error(
                "failed after the job was done",
                error=shown(error),
                exc_info=not ours,
                **about(delivery),
            )
            return "done"
        log.warning(
            "job failed",
            receives=delivery.receives,
            error=shown(error),
            exc_info=not ours,
            **about(delivery),
        )
        if final or delivery.receives >= consumer.spec.max_receives:
            cause = delivery_cause(delivery, describe(error))
            await self._dead_letter(consumer, delivery, cause)
            return "dead"
        delay = backoff_seconds(consumer.spec, delivery.receives)
        delay += error.again_after_seconds if isinstance(error, RecadoError) else 0.0
        await self._queue.retry(delivery, delay, describe(error))
        return "retried"

    async def _dead_letter(self, consumer: Consumer, delivery: Delivery, cause: str) -> None:
        # Not its lane: that is somebody's phone number.
        log.error("dead letter", cause=cause, **about(delivery))
        on_dead = consumer.on_dead

        def work(tx: Tx) -> None:
            self._queue.dead_letter_in(tx, delivery, cause)
            if on_dead is not None:
                on_dead(tx, delivery, cause)

        try:
            await self._store.write(work)
        except (LeaseLost, ServiceUnavailable):
            raise
        except Exception as error:
            if on_dead is None:
                raise
            # Its lane must go on, or it would wait behind this job for ever.
            log.exception("on_dead failed")
            cause = f"{cause}; and on_dead failed: {describe(error)}"
            await self._store.write(lambda tx: self._queue.dead_letter_in(tx, delivery, cause))


def backoff_seconds(spec: QueueSpec, receives: int) -> float:
    """Exponential back-off with jitter: 50–100 % of base·2^(receives-1), capped."""
    ceiling = min(spec.retry_max_seconds, spec.retry_base_seconds * 2 ** (receives - 1))
    return float(ceiling * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret


def about(delivery: Delivery) -> dict[str, str | None]:
    """Whose job it is, as far as its handler got: message, conversation, line."""
    return delivery.facts or {}


def describe(error: BaseException) -> str:
    """An error as a dead letter's cause: what it is, what it says, and where it arose."""
    where = traceback.extract_tb(error.__traceback__)
    place = f" (at {where[-1].name}:{where[-1].lineno})" if where else ""
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - whatever its __str__ does
        said = "it cannot be shown"
    return f"{type(error).__name__}: {said}{place}"


def delivery_cause(delivery: Delivery, what: str) -> str:
    return f"{what} [received {delivery.receives} ×]"
