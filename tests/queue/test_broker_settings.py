"""What an operator has set or removed on a broker beforehand, or behind Recado's back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import aio_pika
import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy
from nats.js.errors import NotFoundError

from recado.errors import ServiceUnavailable
from recado.queue import NewJob, QueueSpec
from recado.queue.brokers.broker import place_of
from recado.queue.brokers.brokered import BrokeredQueue
from recado.queue.brokers.nats import left_behind, read_consumers
from recado.store import Store
from tests.support.engines import broker_url
from tests.support.queue_engines import open_any_broker, receive_one

WORK = QueueSpec("work")


@asynccontextmanager
async def administrator(url: str) -> AsyncIterator[tuple[JetStreamContext, str]]:
    """JetStream as an operator uses it, and the name of the stream."""
    client = await nats.connect(url.partition("?")[0])
    yield client.jetstream(), parse_qs(urlsplit(url).query)["prefix"][0]
    await client.close()


async def test_a_full_nats_stream_refuses_what_is_new_and_loses_nothing_old(store: Store) -> None:
    async with broker_url("nats") as url, administrator(url) as (jetstream, name):
        await jetstream.add_stream(
            name=name,
            subjects=[f"{name}.>"],
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.OLD,
            max_msgs=2,
        )
        queue = BrokeredQueue(open_any_broker(url), store)
        await queue.publish([NewJob("work", "ana", b"1"), NewJob("work", "ana", b"2")])
        with pytest.raises(ServiceUnavailable):
            await queue.publish([NewJob("work", "ana", b"3")])
        assert (await receive_one(queue, WORK)).body == b"1"
        await queue.close()


async def test_a_nats_stream_that_is_not_recados_is_told(store: Store) -> None:
    async with broker_url("nats") as url, administrator(url) as (jetstream, name):
        await jetstream.add_stream(name=name, subjects=[f"{name}.other"])
        queue = BrokeredQueue(open_any_broker(url), store)
        with pytest.raises(ServiceUnavailable, match="choose another prefix"):
            await queue.publish([NewJob("work", "ana", b"1")])
        await queue.close()
        await jetstream.delete_stream(name)


async def test_a_deleted_nats_stream_is_made_anew(store: Store) -> None:
    async with broker_url("nats") as url, administrator(url) as (jetstream, name):
        queue = BrokeredQueue(open_any_broker(url), store)
        await queue.publish([NewJob("work", "ana", b"1")])
        await jetstream.delete_stream(name)
        with pytest.raises(ServiceUnavailable):
            await queue.publish([NewJob("work", "ana", b"2")])
        await queue.publish([NewJob("work", "ana", b"3")])
        assert (await receive_one(queue, WORK)).body == b"3"
        await queue.close()


async def test_health_finds_that_a_nats_stream_was_deleted_and_makes_it_anew(store: Store) -> None:
    async with broker_url("nats") as url, administrator(url) as (jetstream, name):
        queue = BrokeredQueue(open_any_broker(url), store)
        await queue.check()
        await jetstream.delete_stream(name)
        await queue.check()
        await queue.publish([NewJob("work", "ana", b"1")])  # nobody is refused
        await jetstream.delete_stream(name)
        await jetstream.add_stream(name=f"{name}_theirs", subjects=[f"{name}.>"])
        with pytest.raises(ServiceUnavailable, match="stores nothing"):
            await queue.check()
        await jetstream.delete_stream(f"{name}_theirs")
        await queue.close()


def test_a_nats_consumer_that_is_being_removed_hides_none_of_the_others() -> None:
    page = (
        b'{"total":2,"consumers":[null,{"name":"turn-0","config":{"deliver_subject":"_INBOX.a"}}]}'
    )
    assert [it.inbox for it in read_consumers(page)] == ["", "_INBOX.a"]
    assert read_consumers(b'{"total":0,"consumers":null}') == []
    refused = b'{"error":{"code":404,"err_code":10059,"description":"stream not found"}}'
    with pytest.raises(NotFoundError):
        read_consumers(refused)


@pytest.mark.parametrize(
    ("told", "left", "behind"),
    [
        ({"num_pending": 0, "num_ack_pending": 0}, 1, True),
        ({"num_pending": 0, "num_ack_pending": 0}, 0, False),
        ({"num_pending": 1, "num_ack_pending": 0}, 1, False),  # it will bring it
        ({"num_pending": 0, "num_ack_pending": 1}, 1, False),  # its owner has it in hand
        ({}, 1, False),
    ],
)
def test_a_nats_consumer_that_takes_for_done_what_is_left_is_found(
    told: dict[str, int], left: int, behind: bool
) -> None:
    config = {"deliver_subject": "_INBOX.a", "filter_subject": "recado.turn.0"}
    page = json.dumps({"consumers": [{"config": config, **told}]}).encode()
    counts = {"recado.turn.0": left, "recado.turn.1": 5}
    assert left_behind(counts, read_consumers(page)) == ({"_INBOX.a"} if behind else set())


async def test_a_deleted_nats_consumer_is_made_anew(store: Store) -> None:
    async with broker_url("nats") as url, administrator(url) as (jetstream, name):
        broker = open_any_broker(url)
        queue = BrokeredQueue(broker, store)
        assert await queue.receive(WORK, 1, 0.1) == []
        for number in range(broker.partitions):
            await jetstream.delete_consumer(name, f"work-{number}")
        await queue.publish([NewJob("work", "ana", b"1")])
        found = await queue.receive(WORK, 1, 30)
        assert [it.body for it in found] == [b"1"]
        await queue.close()


async def test_a_deleted_rabbitmq_queue_is_made_anew(store: Store) -> None:
    async with broker_url("rabbitmq") as url:
        broker = open_any_broker(url)
        queue = BrokeredQueue(broker, store)
        assert await queue.receive(WORK, 1, 0.1) == []
        await broker.remove(["work"])
        with pytest.raises(ServiceUnavailable):
            await queue.publish([NewJob("work", "ana", b"1")])
        await queue.publish([NewJob("work", "ana", b"2")])
        assert (await receive_one(queue, WORK)).body == b"2"
        await queue.close()


async def test_a_rabbitmq_queue_with_a_limit_of_deliveries_is_used_as_it_is(store: Store) -> None:
    async with broker_url("rabbitmq") as url:
        broker = open_any_broker(url)
        place = place_of("work", "ana", broker.partitions)
        connection = await aio_pika.connect(url.partition("?")[0])
        channel = await connection.channel()
        await channel.declare_queue(
            f"{parse_qs(urlsplit(url).query)['prefix'][0]}.work.{place.number}",
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-single-active-consumer": True,
                "x-delivery-limit": 20,
            },
        )
        await connection.close()
        queue = BrokeredQueue(broker, store)
        await queue.publish([NewJob("work", "ana", b"1")])
        assert (await receive_one(queue, WORK)).body == b"1"
        await queue.close()
