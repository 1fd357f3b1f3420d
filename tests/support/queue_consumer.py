"""A process that works on a queue, for tests that kill it.

    python -m tests.support.queue_consumer '{"store_url": …, "queue_url": "", "journal": …}'

Each job appends to the journal: `begin LANE BODY RECEIVES PID`, then `done` or `fail` likewise.
SIGTERM stops it as a deployment does.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import msgspec

from recado.errors import ServiceUnavailable
from recado.queue import Delivery, QueueSpec
from recado.queue.worker import Consumer, Worker
from recado.store import open_store
from tests.support.queue_engines import open_queue


class ConsumerPlan(msgspec.Struct, kw_only=True):
    store_url: str
    queue_url: str
    journal: str
    queue: str = "work"
    node: str | None = None
    lease_seconds: float = 30.0
    max_receives: int = 1000
    fail_rate: float = 0.0
    #: A job with this body hangs for ever, or kills its process.
    hangs_on: str = ""
    dies_on: str = ""


class Journal:
    def __init__(self, path: Path) -> None:
        # One write to a file opened for appending is never mixed with another process's.
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def add(self, what: str, delivery: Delivery) -> None:
        parts = [what, delivery.lane, delivery.body.decode(), delivery.receives, os.getpid()]
        line = " ".join(map(str, parts)) + "\n"
        os.write(self._file, line.encode())


async def consume(plan: ConsumerPlan) -> None:
    journal = Journal(Path(plan.journal))
    store = open_store(plan.store_url)
    queue = open_queue(plan.queue_url, store, plan.node)
    spec = QueueSpec(
        plan.queue,
        lease_seconds=plan.lease_seconds,
        max_receives=plan.max_receives,
        concurrency=4,
        retry_base_seconds=0.01,
        retry_max_seconds=0.05,
    )

    async def handle(delivery: Delivery) -> None:
        body = delivery.body.decode()
        journal.add("begin", delivery)
        if body == plan.dies_on:
            os.kill(os.getpid(), signal.SIGKILL)
        if body == plan.hangs_on:
            await asyncio.Event().wait()
        await asyncio.sleep(random.uniform(0, 0.01))
        if random.random() < plan.fail_rate:
            journal.add("fail", delivery)
            raise ServiceUnavailable("as planned")
        journal.add("done", delivery)

    await queue.recover()
    worker = Worker(queue, store, [Consumer(spec, handle)])
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await worker.start()
    Path(f"{plan.journal}.{os.getpid()}").touch()  # from here on SIGTERM stops it in order
    await stopping.wait()
    await worker.stop(grace_seconds=0.5)
    await queue.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(consume(msgspec.json.decode(sys.argv[1], type=ConsumerPlan)))
