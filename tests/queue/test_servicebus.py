"""Azure Service Bus: what is its own, beside what every engine promises (tests/contracts)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvloop
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import (
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
)

from recado.errors import ServiceUnavailable, SettingsError, TooLarge
from recado.queue.brokers.broker import Partition
from recado.queue.brokers.engines import open_broker
from recado.queue.brokers.lanes import Envelope
from tests.support.servicebus_emulator import ServiceBusEmulator
from tests.support.servicebus_entities import Entity
from tests.support.waiting import Clock, until

PLACE = Partition("work", 1)
LOCK_SECONDS = 60.0


def job(id: str, body: bytes = b"{}") -> Envelope:
    return Envelope(id, "lane", body, published_at=0.0, ready_at=0.0)


@pytest.fixture
def clock() -> Clock:
    """The service's."""
    return Clock()


@pytest.fixture
async def emulator() -> AsyncIterator[ServiceBusEmulator]:
    async with ServiceBusEmulator() as emulator:
        yield emulator


@pytest.fixture
async def client(emulator: ServiceBusEmulator, clock: Clock) -> AsyncIterator[ServiceBusClient]:
    entity = Entity("q", lock_seconds=LOCK_SECONDS, max_deliveries=2, clock=clock)
    emulator.entities["q"] = entity
    async with ServiceBusClient.from_connection_string(
        emulator.connection_string, retry_total=0
    ) as client:
        yield client


async def send(client: ServiceBusClient, session: str, *bodies: str) -> None:
    async with client.get_queue_sender("q") as sender:
        await sender.send_messages([ServiceBusMessage(it, session_id=session) for it in bodies])


async def receive(receiver: Any, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        batch = await receiver.receive_messages(max_message_count=count, max_wait_time=60)
        assert batch, f"only {found} came"
        found += [str(message) for message in batch]
    return found


async def lock_ends(emulator: ServiceBusEmulator, clock: Clock) -> None:
    clock.ahead += LOCK_SECONDS + 1
    await until(lambda: emulator.entities["q"].sessions["ana"].holder is None)


async def test_a_job_that_no_message_can_hold_is_refused_and_the_others_are_taken(
    emulator: ServiceBusEmulator,
) -> None:
    broker = open_broker("servicebus", emulator.connection_string)
    large = b"x" * (2 * 1024 * 1024)
    outcomes = await broker.publish(
        [(PLACE, job("1")), (PLACE, job("2", large)), (PLACE, job("3"))]
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), TooLarge, type(None)]
    assert await broker.backlog(["work", "media"]) == {"work": 2, "media": 0}
    await broker.close()


async def test_many_large_jobs_go_in_as_many_batches_as_it_takes(
    emulator: ServiceBusEmulator,
) -> None:
    broker = open_broker("servicebus", emulator.connection_string)
    jobs = [(PLACE, job(str(number), b"x" * 300_000)) for number in range(8)]
    assert await broker.publish(jobs) == [None] * 8
    [session] = [it for it in emulator.entities["recado.work"].sessions.values() if it.messages]
    assert session.id == str(PLACE.number)
    assert len(session.messages) == 8
    await broker.close()


async def test_publishing_goes_on_when_the_service_has_ended_an_idle_connection(
    emulator: ServiceBusEmulator,
) -> None:
    broker = open_broker("servicebus", emulator.connection_string)
    for id in ("1", "2"):
        assert await broker.publish([(PLACE, job(id))]) == [None]
        emulator.cut()
    assert await broker.backlog(["work"]) == {"work": 2}
    await broker.close()


async def test_a_wrong_key_is_a_broker_that_cannot_be_used(emulator: ServiceBusEmulator) -> None:
    wrong = emulator.connection_string.replace("RootManage", "Other")
    broker = open_broker("servicebus", wrong)
    with pytest.raises(ServiceUnavailable):
        await broker.check()
    with pytest.raises(ServiceUnavailable):
        await broker.publish([(PLACE, job("1"))])
    await broker.close()


@pytest.mark.parametrize(
    ("connection_string", "hint"),
    [("", "needs SERVICEBUS_CONNECTION_STRING"), ("nonsense", "SERVICEBUS_CONNECTION_STRING: ")],
)
async def test_a_missing_or_broken_connection_string_is_told(
    connection_string: str, hint: str
) -> None:
    with pytest.raises(SettingsError, match=hint):
        open_broker("servicebus", connection_string)


def test_jobs_travel_on_the_event_loop_that_processes_run_on() -> None:
    async def travel() -> list[str]:
        arrived: asyncio.Queue[str] = asyncio.Queue()
        async with ServiceBusEmulator() as emulator:
            broker = open_broker("servicebus", emulator.connection_string)
            await broker.attach(
                PLACE, lambda _queue, _number, job, _token: arrived.put_nowait(job.id)
            )
            await broker.publish([(PLACE, job("1")), (PLACE, job("2"))])
            found = [await asyncio.wait_for(arrived.get(), 60) for _ in range(2)]
            await broker.check()
            await broker.close()
        return found

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(travel()) == ["1", "2"]


# The emulator, through the official SDK: what the adapter's proof rests on.


async def test_the_next_session_is_the_one_that_has_messages_and_no_lock(
    client: ServiceBusClient,
) -> None:
    await send(client, "ana", "1", "2")
    async with client.get_queue_receiver("q", session_id=NEXT_AVAILABLE_SESSION) as first:
        assert first.session.session_id == "ana"
        assert await receive(first, 2) == ["1", "2"]
        await send(client, "bea", "3")
        async with client.get_queue_receiver("q", session_id=NEXT_AVAILABLE_SESSION) as second:
            assert second.session.session_id == "bea"
            with pytest.raises(OperationTimeoutError):
                await client.get_queue_receiver(
                    "q", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=0.2
                ).__aenter__()


async def test_a_session_is_one_receivers_until_its_lock_ends(
    emulator: ServiceBusEmulator, clock: Clock, client: ServiceBusClient
) -> None:
    await send(client, "ana", "1", "2")
    async with client.get_queue_receiver("q", session_id="ana") as first:
        assert await receive(first, 2) == ["1", "2"]
        until = first.session.locked_until_utc
        assert until is not None
        with pytest.raises(SessionCannotBeLockedError):
            await client.get_queue_receiver("q", session_id="ana").__aenter__()
        assert await first.session.renew_lock() > until
        await lock_ends(emulator, clock)
        async with client.get_queue_receiver("q", session_id="ana") as second:
            [message] = await second.receive_messages(max_message_count=1, max_wait_time=60)
            assert (str(message), message.delivery_count) == ("1", 1)
            with pytest.raises(ServiceBusError):
                await first.receive_messages(max_message_count=1, max_wait_time=60)


async def test_a_lost_connection_keeps_its_lock_and_what_it_had_comes_after(
    emulator: ServiceBusEmulator, clock: Clock, client: ServiceBusClient
) -> None:
    await send(client, "ana", "1", "2")
    receiver = client.get_queue_receiver("q", session_id="ana")
    await receiver.__aenter__()
    assert await receive(receiver, 2) == ["1", "2"]
    emulator.cut()
    with pytest.raises(SessionCannotBeLockedError):
        await client.get_queue_receiver("q", session_id="ana").__aenter__()
    await lock_ends(emulator, clock)
    async with client.get_queue_receiver("q", session_id="ana") as after:
        assert await receive(after, 2) == ["1", "2"]


async def test_an_abandoned_message_comes_first_again_and_is_dead_in_the_end(
    emulator: ServiceBusEmulator, client: ServiceBusClient
) -> None:
    await send(client, "ana", "1", "2")
    async with client.get_queue_receiver("q", session_id="ana") as receiver:
        for count in range(2):
            [message] = await receiver.receive_messages(max_message_count=1, max_wait_time=60)
            assert (str(message), message.delivery_count) == ("1", count)
            await receiver.abandon_message(message)
        [message] = await receiver.receive_messages(max_message_count=1, max_wait_time=60)
        assert str(message) == "2"
        await receiver.dead_letter_message(message, reason="because")
    assert [len(it.bare) > 0 for it in emulator.entities["q"].dead] == [True, True]
    assert emulator.entities["q"].active_count() == 0


async def test_a_scheduled_message_comes_when_it_is_due(
    clock: Clock, client: ServiceBusClient
) -> None:
    async with client.get_queue_sender("q") as sender:
        message = ServiceBusMessage("later", session_id="ana")
        message.scheduled_enqueue_time_utc = datetime.now(UTC) + timedelta(seconds=600)
        await sender.send_messages(message)
    await send(client, "ana", "now")
    async with client.get_queue_receiver("q", session_id="ana") as receiver:
        assert await receive(receiver, 1) == ["now"]
        clock.ahead += 601
        assert await receive(receiver, 1) == ["later"]
