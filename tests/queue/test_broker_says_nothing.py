"""A broker that takes connections and ends them, as one does that is just stopping or starting."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from recado.errors import ServiceUnavailable
from recado.queue.brokers.broker import Partition
from recado.queue.brokers.engines import open_broker
from recado.queue.brokers.lanes import Envelope

JOB = Envelope("1", "lane", b"{}", published_at=0.0, ready_at=0.0)


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def publish_in_vain(scheme: str, times: int) -> None:
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    broker = open_broker(f"{scheme}://127.0.0.1:{port}")
    for _ in range(times):
        with pytest.raises(ServiceUnavailable):
            await broker.publish([(Partition("work", 0), JOB)])
    await broker.close()
    server.close()


# Whether the end is seen before the first word or after it is a matter of chance; and of the event
# loop, so this takes the one that processes run on.
@pytest.mark.parametrize(("scheme", "times"), [("nats", 1), ("amqp", 50)])
def test_publishing_to_a_broker_that_hangs_up_says_that_it_is_away(scheme: str, times: int) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(publish_in_vain(scheme, times))


async def test_all_who_wait_for_a_silent_nats_hear_of_it_at_once() -> None:
    came = 0

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        came += 1
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    broker = open_broker(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    jobs = [(Partition("work", 0), JOB)]
    tries = (broker.publish(jobs) for _ in range(20))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(it) for it in found} == {ServiceUnavailable}
    assert came <= 3  # the client itself tries again
    await broker.close()
    server.close()
