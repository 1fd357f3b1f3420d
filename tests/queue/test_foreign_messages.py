"""What another program, or a version of Recado yet to come, has put into a broker's queue."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import msgspec
import pytest

from recado.queue import Delivery, NewJob, QueueSpec
from recado.queue.brokers.broker import place_of
from recado.queue.brokers.lanes import Envelope
from recado.queue.dead_letters import DeadLetters
from recado.queue.worker import Consumer, Worker
from tests.support.queue_engines import FACTORIES, open_any_broker

WORK = QueueSpec("work", max_receives=2, retry_base_seconds=0.01)


class Foreign(msgspec.Struct):
    """What an adapter needs to publish, and nothing that Recado could read."""

    id: str
    lane: str
    dedup: str | None = None


@pytest.mark.parametrize("name", ["nats", "rabbitmq", "servicebus", "sqs"])
async def test_a_foreign_message_becomes_a_dead_letter_and_the_others_go_on(
    name: str, tmp_path: Path
) -> None:
    done = asyncio.Event()

    async def handle(delivery: Delivery) -> None:
        msgspec.json.decode(delivery.body)
        done.set()

    async with FACTORIES[name](tmp_path) as engine:
        broker = open_any_broker(engine.queue_url)
        queue = engine.open()
        worker = Worker(queue, engine.store, [Consumer(WORK, handle)])
        dead_letters = DeadLetters(engine.store, queue)
        place = place_of("work", "ana", broker.partitions)
        await broker.publish([(place, cast(Envelope, Foreign("1", "ana")))])
        await queue.publish([NewJob("work", "ana", b'"ours"')])
        await worker.start()
        async with asyncio.timeout(60):
            await done.wait()
            while not await dead_letters.count_open():
                await asyncio.sleep(0.05)
        (letter,) = (await dead_letters.list()).items
        await worker.stop()
        await broker.close()
    assert b"ana" in letter.body
    assert "DecodeError" in letter.cause
