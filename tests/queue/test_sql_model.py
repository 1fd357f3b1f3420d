"""The SQL queue against a model of it in a few lines, through whatever Hypothesis thinks of."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule
from sqlalchemy import text

from recado.errors import LeaseLost
from recado.queue import Delivery, NewJob, QueueSpec
from recado.queue.dead_letters import DeadLetters
from recado.queue.sql.publication import CLOCKS_DIFFER_SECONDS
from recado.queue.sql.queue import SqlQueue
from recado.store import open_store
from recado.store.migrate import migrate
from tests.support.broken_lanes import BROKEN_LANES

T = TypeVar("T")

LEASE_SECONDS = 30
WORK = QueueSpec("work", lease_seconds=LEASE_SECONDS)
LANES = st.sampled_from(["ana", "bea", "eva"])
SECONDS = st.integers(0, 60)
RECEIVED: Bundle[Delivery] = Bundle("received")
#: In order of publishing, by what the body says.
ALL_JOBS = text(
    "SELECT lane, body, ready_at, receives, deaths, lease, pending_key FROM job"
    " ORDER BY CAST(body AS integer)"
)


@dataclass
class ModelJob:
    number: int
    lane: str
    body: bytes
    ready_at: float
    dedup: str | None
    pending: bool
    receives: int = 0
    deaths: int = 0
    lease: str | None = None


@cache
def empty_database() -> Path:
    """Migrated once, then copied."""
    path = Path(tempfile.mkdtemp(prefix="recado-queue-"), "empty.db")

    async def make() -> None:
        store = open_store(f"sqlite:///{path}")
        await migrate(store)
        await store.close()

    asyncio.run(make())
    return path


class QueueMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="recado-queue-")
        path = shutil.copy(empty_database(), self.folder.name)
        self.store = open_store(f"sqlite:///{path}", sync="off")
        self.now = 1000.0
        self.queue = SqlQueue(self.store, clock=lambda: self.now)
        self.jobs: list[ModelJob] = []
        self.dead: list[bytes] = []
        self.published = 0

    def run(self, awaitable: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(awaitable)

    def teardown(self) -> None:
        letters = self.run(DeadLetters(self.store, self.queue).list(limit=500)).items
        assert [letter.body for letter in reversed(letters)] == self.dead
        self.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    def heads(self) -> list[ModelJob]:
        first: dict[str, ModelJob] = {}
        for job in self.jobs:
            first.setdefault(job.lane, job)
        return list(first.values())

    def held(self, delivery: Delivery) -> ModelJob | None:
        """The job, while the delivery's lease is the one it is held under."""
        return next(
            (
                job
                for job in self.jobs
                if job.lease == delivery.lease
                and job.lane == delivery.lane
                and job.body == delivery.body
            ),
            None,
        )

    def is_pending(self, dedup: str | None) -> bool:
        return dedup is not None and any(job.pending and job.dedup == dedup for job in self.jobs)

    def settle(self, delivery: Delivery, action: Coroutine[Any, Any, None]) -> ModelJob | None:
        job = self.held(delivery)
        if job is not None:
            self.run(action)
            return job
        with pytest.raises(LeaseLost):
            self.run(action)
        return None

    @rule(lane=LANES, dedup=st.sampled_from([None, "x", "y"]), delay=st.one_of(st.just(0), SECONDS))
    def publish(self, lane: str, dedup: str | None, delay: int) -> None:
        self.published += 1
        body = str(self.published).encode()
        self.run(self.queue.publish([NewJob("work", lane, body, delay, dedup)]))
        if not self.is_pending(dedup):
            pending = dedup is not None
            ready_at = self.now + (delay or -CLOCKS_DIFFER_SECONDS)
            job = ModelJob(self.published, lane, body, ready_at, dedup, pending)
            self.jobs.append(job)

    @rule(target=RECEIVED, limit=st.integers(1, 4))
    def receive(self, limit: int) -> Any:
        due = [job for job in self.heads() if job.ready_at <= self.now]
        due = sorted(due, key=lambda job: (job.ready_at, job.number))[:limit]
        found = self.run(self.queue.receive(WORK, limit, wait_seconds=0))
        for job in due:
            job.receives += 1
            job.pending = False
            job.ready_at = self.now + LEASE_SECONDS
        expected = sorted(due, key=lambda job: job.number)
        assert [(it.lane, it.body, it.receives) for it in found] == [
            (job.lane, job.body, job.receives) for job in expected
        ]
        for job, delivery in zip(expected, found, strict=True):
            job.lease = delivery.lease
        return multiple(*found)

    @rule(delivery=RECEIVED)
    def ack(self, delivery: Delivery) -> None:
        if job := self.settle(delivery, self.queue.ack(delivery)):
            self.jobs.remove(job)

    @rule(delivery=RECEIVED)
    def dead_letter(self, delivery: Delivery) -> None:
        action = self.store.write(lambda tx: self.queue.dead_letter_in(tx, delivery, "because"))
        if job := self.settle(delivery, action):
            self.jobs.remove(job)
            self.dead.append(job.body)

    @rule(delivery=RECEIVED, delay=SECONDS)
    def retry(self, delivery: Delivery, delay: int) -> None:
        if job := self.settle(delivery, self.queue.retry(delivery, delay, "because")):
            job.lease = None
            job.ready_at = self.now + delay
            job.deaths = 0

    @rule(delivery=RECEIVED, delay=SECONDS)
    def defer(self, delivery: Delivery, delay: int) -> None:
        if job := self.settle(delivery, self.queue.defer(delivery, delay)):
            job.lease = None
            job.ready_at = self.now + delay
            job.receives -= 1
            job.deaths = 0
            job.pending = job.dedup is not None and not self.is_pending(job.dedup)

    @rule(delivery=RECEIVED, seconds=SECONDS)
    def extend(self, delivery: Delivery, seconds: int) -> None:
        if job := self.settle(delivery, self.queue.extend(delivery, seconds)):
            job.ready_at = self.now + seconds

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def this_process_restarts(self) -> None:
        self.run(self.queue.recover())
        for job in self.jobs:
            if job.lease is not None and job.ready_at > self.now:
                job.lease = None
                job.ready_at = self.now
                job.receives -= 1
                job.deaths += 1

    @invariant()
    def every_lane_has_its_head(self) -> None:
        assert self.run(self.store.read(lambda tx: tx.all(BROKEN_LANES))) == []

    @invariant()
    def the_table_holds_what_the_model_holds(self) -> None:
        rows = self.run(self.store.read(lambda tx: tx.all(ALL_JOBS)))
        expected = [
            (
                job.lane,
                job.body,
                job.ready_at,
                job.receives,
                job.deaths,
                job.lease,
                job.dedup if job.pending else None,
            )
            for job in self.jobs
        ]
        assert [tuple(row) for row in rows] == expected


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
