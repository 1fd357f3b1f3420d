"""The worker: what becomes of each way in which a handler may end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from recado.errors import LeaseLost, ServiceUnavailable, Unprocessable
from recado.observability.failures import failures
from recado.queue import Delivery, NewJob, Queue, QueueSpec
from recado.queue.dead_letters import DeadLetter, DeadLetters
from recado.queue.port import QueueDepth
from recado.queue.slots import waiting_outside
from recado.queue.sql.queue import SqlQueue
from recado.queue.worker import MAX_DEATHS, Consumer, Defer, Worker, backoff_seconds
from recado.store import Store, Tx
from tests.support.queue_engines import receive_none, receive_one

WORK = QueueSpec(
    "work", lease_seconds=60, max_receives=3, retry_base_seconds=0.01, retry_max_seconds=0.02
)
Handle = Callable[[Delivery], Awaitable[None]]


class Observed:
    """What the worker reports of each job, and a way to wait for it."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self._changed = asyncio.Event()

    def __call__(self, _queue: str, outcome: str, _seconds: float) -> None:
        self.outcomes.append(outcome)
        self._changed.set()

    async def until(self, outcome: str, times: int = 1) -> None:
        async with asyncio.timeout(60):
            while self.outcomes.count(outcome) < times:
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def observed() -> Observed:
    return Observed()


@asynccontextmanager
async def working(
    queue: Queue,
    store: Store,
    handle: Handle,
    observed: Observed,
    on_dead: Callable[[Tx, Delivery, str], None] | None = None,
    spec: QueueSpec = WORK,
) -> AsyncIterator[Worker]:
    worker = Worker(queue, store, [Consumer(spec, handle, on_dead)], observe=observed)
    await worker.start()
    yield worker
    await worker.stop()


async def letters(store: Store, queue: Queue) -> Sequence[DeadLetter]:
    return (await DeadLetters(store, queue).list()).items


async def test_a_job_whose_handler_returns_is_done(
    queue: Queue, store: Store, observed: Observed
) -> None:
    async def handle(delivery: Delivery) -> None:
        assert delivery.body == b"1"

    await queue.publish([NewJob("work", "ana", b"1")])
    async with working(queue, store, handle, observed):
        await observed.until("done")
    assert await queue.depth() == {}


async def test_a_final_error_is_not_tried_again(
    queue: Queue, store: Store, observed: Observed
) -> None:
    async def handle(delivery: Delivery) -> None:
        raise Unprocessable("no such template")

    await queue.publish([NewJob("work", "ana", b"1")])
    async with working(queue, store, handle, observed):
        await observed.until("dead")
    assert observed.outcomes == ["dead"]
    [letter] = await letters(store, queue)
    assert "no such template" in letter.cause
    assert letter.receives == 1


async def test_a_job_that_is_not_due_is_asked_again_and_never_given_up(
    queue: Queue, store: Store, observed: Observed
) -> None:
    async def handle(delivery: Delivery) -> None:
        assert delivery.receives == 1
        if len(observed.outcomes) < 6:
            raise Defer(0.0)

    await queue.publish([NewJob("work", "ana", b"1")])
    async with working(queue, store, handle, observed):
        await observed.until("done")
    assert observed.outcomes == ["deferred"] * 6 + ["done"]


async def test_a_job_that_its_handler_acked_is_left_alone(
    queue: Queue, store: Store, observed: Observed
) -> None:
    async def handle(delivery: Delivery) -> None:
        await store.write(lambda tx: queue.ack_in(tx, delivery))
        if delivery.body == b"2":
            raise RuntimeError("after it was done")

    await queue.publish([NewJob("work", "ana", b"1"), NewJob("work", "ana", b"2")])
    async with working(queue, store, handle, observed):
        await observed.until("done", 2)
    assert await queue.depth() == {}
    assert await letters(store, queue) == []


async def test_a_handler_that_lost_its_lease_leaves_the_job_to_the_other(
    queue: Queue, store: Store, observed: Observed
) -> None:
    async def handle(delivery: Delivery) -> None:
        raise LeaseLost("as planned")

    await queue.publish([NewJob("work", "ana", b"1")])
    async with working(queue, store, handle, observed):
        await observed.until("lease_lost")
    assert (await queue.depth())["work"].leased == 1
    assert await letters(store, queue) == []


async def test_a_handler_that_awaits_something_cancelled_has_failed(
    queue: Queue, store: Store, observed: Observed
) -> None:
    async def handle(delivery: Delivery) -> None:
        cancelled = asyncio.get_running_loop().create_future()
        cancelled.cancel()
        await cancelled

    await queue.publish([NewJob("work", "ana", b"1")])
    async with working(queue, store, handle, observed):
        await observed.until("dead")
    assert observed.outcomes == ["retried", "retried", "dead"]


async def test_giving_a_job_up_becomes_somebodys_task_in_one_transaction(
    queue: Queue, store: Store, observed: Observed
) -> None:
    async def handle(delivery: Delivery) -> None:
        if delivery.lane == "ana":
            raise Unprocessable("as planned")

    def on_dead(tx: Tx, delivery: Delivery, cause: str) -> None:
        queue.publish_in(tx, [NewJob("work", "bea", cause.encode())])

    await queue.publish([NewJob("work", "ana", b"1")])
    async with working(queue, store, handle, observed, on_dead):
        await observed.until("done")
    assert observed.outcomes == ["dead", "done"]


async def test_a_bug_in_giving_up_does_not_hold_the_lane_for_ever(
    queue: Queue, store: Store, observed: Observed
) -> None:
    async def handle(delivery: Delivery) -> None:
        if delivery.body == b"1":
            raise Unprocessable("as planned")

    def on_dead(tx: Tx, delivery: Delivery, cause: str) -> None:
        raise ValueError("a bug")

    await queue.publish([NewJob("work", "ana", b"1"), NewJob("work", "ana", b"2")])
    async with working(queue, store, handle, observed, on_dead):
        await observed.until("done")
    [letter] = await letters(store, queue)
    assert "as planned" in letter.cause
    assert "a bug" in letter.cause


async def test_restarts_give_no_job_up_until_it_is_surely_the_cause(
    store: Store, observed: Observed
) -> None:
    tried: list[Delivery] = []

    async def handle(delivery: Delivery) -> None:
        tried.append(delivery)
        raise Defer(0.0)

    queue = SqlQueue(store, node="here")
    await queue.publish([NewJob("work", "ana", b"1")])
    for _ in range(MAX_DEATHS - 1):
        await receive_one(queue, WORK)
        assert await queue.recover() == 1
    async with working(queue, store, handle, observed):
        await observed.until("deferred")
    assert (tried[0].receives, tried[0].deaths) == (1, MAX_DEATHS - 1)
    # Its worker came back alive: the deaths before were not its doing.
    for _ in range(MAX_DEATHS):
        await receive_one(queue, WORK)
        assert await queue.recover() == 1
    async with working(queue, store, handle, observed):
        await observed.until("dead")
    [letter] = await letters(store, queue)
    assert "died" in letter.cause


async def test_stopping_waits_for_what_is_under_way(
    queue: Queue, store: Store, observed: Observed
) -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def handle(delivery: Delivery) -> None:
        started.set()
        await release.wait()

    await queue.publish([NewJob("work", "ana", b"1"), NewJob("work", "ana", b"2")])
    async with working(queue, store, handle, observed) as worker:
        await started.wait()
        stopping = asyncio.create_task(worker.stop(grace_seconds=30))
        await asyncio.sleep(0.05)
        assert not stopping.done()
        release.set()
        await stopping
    assert observed.outcomes == ["done"]
    assert (await receive_one(queue, WORK)).body == b"2"


async def test_stopping_does_not_wait_for_a_stuck_job_though_all_places_are_taken(
    queue: Queue, store: Store, observed: Observed
) -> None:
    started = asyncio.Event()

    async def handle(delivery: Delivery) -> None:
        started.set()
        await asyncio.Event().wait()

    spec = QueueSpec("work", lease_seconds=600, concurrency=1)
    await queue.publish([NewJob("work", "ana", b"1")])
    async with working(queue, store, handle, observed, spec=spec) as worker:
        await started.wait()
        await asyncio.wait_for(worker.stop(grace_seconds=0.05), 30)
    assert observed.outcomes == ["handed_back"]
    again = await receive_one(queue, spec)
    assert (again.body, again.receives) == (b"1", 1)


async def test_no_more_jobs_run_at_once_than_the_queue_allows(
    queue: Queue, store: Store, observed: Observed
) -> None:
    running, most = 0, 0

    async def handle(delivery: Delivery) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1

    await queue.publish([NewJob("work", f"lane-{n}", b"1") for n in range(40)])
    async with working(queue, store, handle, observed, spec=QueueSpec("work", concurrency=3)):
        await observed.until("done", 40)
    assert most == 3


async def test_jobs_that_wait_for_somebody_outside_hold_up_no_others(
    queue: Queue, store: Store, observed: Observed
) -> None:
    answered = asyncio.Event()
    waiting = working_now = most = 0

    async def handle(delivery: Delivery) -> None:
        nonlocal waiting, working_now, most
        if delivery.lane.startswith("asks"):
            waiting += 1
            with waiting_outside():
                await answered.wait()
        else:
            working_now += 1
            most = max(most, working_now)
            await asyncio.sleep(0.005)
            working_now -= 1

    await queue.publish([NewJob("work", f"asks-{n}", b"1") for n in range(20)])
    async with working(queue, store, handle, observed, spec=QueueSpec("work", concurrency=2)):
        async with asyncio.timeout(60):
            while waiting < 20:
                await asyncio.sleep(0.005)
        await queue.publish([NewJob("work", f"works-{n}", b"1") for n in range(20)])
        await observed.until("done", 20)
        answered.set()
        await observed.until("done", 40)
        await queue.publish([NewJob("work", f"works-{n}", b"1") for n in range(20)])
        await observed.until("done", 60)
    assert most == 2


class Flaky(SqlQueue):
    """Fails a few times, as a database that is restarted does, or as a bug would."""

    def __init__(self, store: Store, failures: list[Exception]) -> None:
        super().__init__(store)
        self.failures = failures

    async def receive(self, spec: QueueSpec, limit: int, wait_seconds: float) -> list[Delivery]:
        if self.failures:
            raise self.failures.pop()
        return await super().receive(spec, limit, wait_seconds)

    async def depth(self) -> Mapping[str, QueueDepth]:
        return await super().depth()


async def test_whatever_happens_while_receiving_the_worker_goes_on(
    store: Store, observed: Observed
) -> None:
    queue = Flaky(store, [ServiceUnavailable("down"), ValueError("a bug")])

    async def handle(delivery: Delivery) -> None:
        return

    await queue.publish([NewJob("work", "ana", b"1")])
    async with working(queue, store, handle, observed):
        await observed.until("done")
    assert queue.failures == []
    await receive_none(queue, WORK)


def test_the_back_off_doubles_with_jitter_up_to_its_maximum() -> None:
    spec = QueueSpec("work", retry_base_seconds=1, retry_max_seconds=10)
    for receives, most in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (500, 10)):
        delays = [backoff_seconds(spec, receives) for _ in range(200)]
        assert most / 2 <= min(delays) <= max(delays) <= most


class Breaking(SqlQueue):
    """The loop that receives ends, for something that it waits for was cancelled."""

    times = 2

    async def receive(self, spec: QueueSpec, max_jobs: int, wait_seconds: float) -> list[Delivery]:
        if self.times:
            self.times -= 1
            raise asyncio.CancelledError
        return await super().receive(spec, max_jobs, wait_seconds)


async def test_a_consumer_that_fails_is_started_again_with_all_its_slots(
    store: Store, observed: Observed
) -> None:
    queue = Breaking(store)
    handled: list[bytes] = []

    async def handle(delivery: Delivery) -> None:
        handled.append(delivery.body)

    before = failures["queue:work"]
    spec = replace(WORK, concurrency=2)
    async with working(queue, store, handle, observed, spec=spec):
        for number in range(6):
            await queue.publish([NewJob("work", f"lane {number}", str(number).encode())])
        await observed.until("done", 6)
    assert failures["queue:work"] == before + 2
    assert sorted(handled) == [str(number).encode() for number in range(6)]
    await queue.close()
