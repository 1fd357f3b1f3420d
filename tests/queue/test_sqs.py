"""AWS SQS FIFO: what is its own, beside what every engine promises (tests/contracts)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvloop

from recado.errors import ServiceUnavailable, TooLarge
from recado.queue import NewJob, QueueSpec
from recado.queue.brokers.broker import Partition
from recado.queue.brokers.brokered import BrokeredQueue
from recado.queue.brokers.engines import open_broker
from recado.queue.brokers.lanes import Envelope
from recado.store import Store
from tests.support.queue_engines import receive_none, receive_one
from tests.support.sqs_server import sqs_url

PLACE = Partition("work", 1)
WORK = QueueSpec("work")


def job(id: str, body: bytes = b"{}", lane: str = "ana") -> Envelope:
    return Envelope(id, lane, body, published_at=0.0, ready_at=0.0)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with sqs_url() as url:
        yield url


@pytest.fixture
async def queue(url: str, store: Store) -> AsyncIterator[BrokeredQueue]:
    queue = BrokeredQueue(open_broker(url), store)
    yield queue
    await queue.close()


async def empty(queue: BrokeredQueue) -> None:
    """Nothing comes any more, and nothing is left on the broker."""
    async with asyncio.timeout(60):
        while await queue.depth() != {}:
            assert await queue.receive(WORK, 1, wait_seconds=0.1) == []


class Owner:
    """Whom a partition's jobs are brought to."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[tuple[str, object]] = asyncio.Queue()

    def __call__(self, queue: str, number: int, job: Envelope, token: object) -> None:
        self.arrived.put_nowait((job.id, token))

    async def next(self, count: int) -> list[tuple[str, object]]:
        async with asyncio.timeout(60):
            return [await self.arrived.get() for _ in range(count)]


async def test_what_an_owner_gives_up_is_brought_to_the_next_in_order(url: str) -> None:
    broker, other = open_broker(url), open_broker(url)
    first, second = Owner(), Owner()
    ids = [str(number) for number in range(25)]
    await broker.publish([(PLACE, job(id)) for id in ids])
    await broker.attach(PLACE, first)
    found = await first.next(10)
    assert [id for id, _ in found] == ids[:10]
    await broker.ack([token for _, token in found[:3]])
    await broker.detach(PLACE)
    await other.attach(PLACE, second)
    rest: list[str] = []
    while len(rest) < 22:
        [(id, token)] = await second.next(1)
        rest.append(id)
        await other.ack([token])
    assert rest == ids[3:]
    await broker.close()
    await other.close()


async def test_a_group_in_hand_holds_up_no_other(url: str) -> None:
    broker, owner = open_broker(url), Owner()
    await broker.publish([(PLACE, job(str(number))) for number in range(30)])
    await broker.publish([(PLACE, job("bea", lane="bea"))])
    await broker.attach(PLACE, owner)
    found = [id for id, _ in await owner.next(11)]
    assert sorted(found) == sorted([*map(str, range(10)), "bea"])
    await broker.close()


async def test_a_job_published_again_by_its_id_is_one(url: str) -> None:
    """As the outbox does when nobody told it that the first try had come through."""
    broker = open_broker(url)
    for _ in range(2):
        assert await broker.publish([(PLACE, job("1")), (PLACE, job("2"))]) == [None, None]
    assert await broker.backlog(["work", "media"]) == {"work": 2, "media": 0}
    await broker.close()


async def test_equal_jobs_published_together_are_one(queue: BrokeredQueue) -> None:
    turn = NewJob("work", "ana", b"turn", dedup="turn:ana")
    await queue.publish([turn, turn, NewJob("work", "ana", b"other"), turn])
    for expected in (b"turn", b"other"):
        delivery = await receive_one(queue, WORK)
        assert delivery.body == expected
        await queue.ack(delivery)
    await empty(queue)


async def test_equal_jobs_behind_one_in_hand_are_one_when_it_is_done(queue: BrokeredQueue) -> None:
    turn = NewJob("work", "ana", b"turn", dedup="turn:ana")
    await queue.publish([turn])
    first = await receive_one(queue, WORK)
    for _ in range(3):
        await queue.publish([turn])
    await receive_none(queue, WORK)
    await queue.ack(first)
    await queue.ack(await receive_one(queue, WORK))
    await empty(queue)


async def test_a_job_that_no_message_can_hold_is_refused_and_the_others_are_taken(url: str) -> None:
    broker = open_broker(url)
    large = b"x" * (2 * 1024 * 1024)
    outcomes = await broker.publish(
        [(PLACE, job("1")), (PLACE, job("2", large)), (PLACE, job("3"))]
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), TooLarge, type(None)]
    await broker.close()


async def test_a_server_that_does_not_answer_is_a_broker_that_is_away() -> None:
    broker = open_broker("sqs://key:secret@us-east-1/recado?endpoint=http://127.0.0.1:9")
    for attempt in (
        broker.check(),
        broker.backlog(["work"]),
        broker.attach(PLACE, Owner()),
        broker.publish([(PLACE, job("1"))]),
    ):
        with pytest.raises(ServiceUnavailable):
            await attempt
    await broker.close()


def test_jobs_travel_on_the_event_loop_that_processes_run_on() -> None:
    async def travel() -> list[str]:
        async with sqs_url() as url:
            broker, owner = open_broker(url), Owner()
            await broker.attach(PLACE, owner)
            await broker.publish([(PLACE, job("1")), (PLACE, job("2"))])
            ids = []
            for _ in range(2):  # the first may come alone, and then holds up the second
                ((id, token),) = await owner.next(1)
                ids.append(id)
                await broker.ack([token])
            await broker.check()
            await broker.close()
        return ids

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(travel()) == ["1", "2"]
