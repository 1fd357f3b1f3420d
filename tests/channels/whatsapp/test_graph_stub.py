"""The stub answers as Meta does, so that what passes against it means something."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from recado.channels.messages import Identity, InboundStatus, OutboundMessage, Recipient
from recado.channels.port import Line
from recado.channels.whatsapp import WhatsAppChannel
from tests.support.graph import Behaviour, GraphStub
from tests.support.graph_statuses import StatusPlan
from tests.support.payloads import PHONE_NUMBER_ID, SECRET

LINE = Line("line1", "whatsapp", PHONE_NUMBER_ID, "Shop", {"access_token": "good"})


class Receiver:
    """A webhook that verifies and parses with Recado's own channel."""

    def __init__(self) -> None:
        self.channel = WhatsAppChannel()
        self.statuses: list[InboundStatus] = []
        self.webhooks = 0
        self.down = False
        self.refusals = 0
        self.refused_twice = asyncio.Event()
        self.enough = asyncio.Event()
        self.wanted = 0

    async def take(self, request: web.BaseRequest) -> web.Response:
        if self.down:
            self.refusals += 1
            if self.refusals == 2:
                self.refused_twice.set()
            return web.Response(status=503)
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.channel.verify(headers, body, [SECRET])
        self.webhooks += 1
        self.statuses += [i for i in self.channel.parse(body) if isinstance(i, InboundStatus)]
        if len(self.statuses) >= self.wanted:
            self.enough.set()
        return web.Response()

    async def wait_for(self, count: int) -> None:
        self.wanted = count
        if len(self.statuses) < count:
            self.enough.clear()
            await asyncio.wait_for(self.enough.wait(), 60)


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    runner = web.ServerRunner(web.Server(receiver.take), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/whatsapp"
    finally:
        await runner.cleanup()


async def send(url: str, count: int = 1, to: str = "16505551234") -> list[str]:
    channel = WhatsAppChannel(url)
    recipient = Recipient((Identity("phone", to),))
    messages = [OutboundMessage(f"m{n}", recipient, "text", "hola") for n in range(count)]
    receipts = await asyncio.gather(*(channel.send(LINE, message) for message in messages))
    await channel.close()
    return [receipt.provider_message_id for receipt in receipts]


async def test_statuses_follow_a_message_and_name_it() -> None:
    plan = StatusPlan(delay_seconds=0.02)
    async with (
        receiving() as (receiver, url),
        GraphStub(webhook=url, secret=SECRET, plan=plan) as graph,
    ):
        (id,) = await send(graph.url)
        await receiver.wait_for(3)
    assert [status.status for status in receiver.statuses] == ["sent", "delivered", "read"]
    assert {status.provider_message_id for status in receiver.statuses} == {id}
    assert {status.callback_data for status in receiver.statuses} == {"m0"}
    assert {status.recipient.value for status in receiver.statuses} == {"16505551234"}


async def test_statuses_wait_for_a_receiver_that_is_down_and_come_in_batches() -> None:
    plan = StatusPlan(delay_seconds=0.01, shuffled=True)
    async with (
        receiving() as (receiver, url),
        GraphStub(webhook=url, secret=SECRET, plan=plan) as graph,
    ):
        receiver.down = True
        ids = await send(graph.url, 40)
        await asyncio.wait_for(receiver.refused_twice.wait(), 60)
        assert graph.stats()["statuses_pending"] == 120
        receiver.down = False
        await receiver.wait_for(120)
        assert receiver.webhooks < 120
    told = [(status.provider_message_id, status.status) for status in receiver.statuses]
    assert sorted(told) == sorted((id, word) for id in ids for word in plan.words)


async def test_a_message_may_fail_after_it_was_taken() -> None:
    async with (
        receiving() as (receiver, url),
        GraphStub(webhook=url, secret=SECRET, plan=StatusPlan(delay_seconds=0.01)) as graph,
    ):
        graph.script(Behaviour(failed=131026))
        await send(graph.url)
        await receiver.wait_for(1)
    (status,) = receiver.statuses
    assert status.status == "failed"
    assert status.error is not None
    assert status.error.code == 131026


async def test_a_script_can_be_for_one_person() -> None:
    async with GraphStub() as graph:
        graph.script(Behaviour(failed=131026, to="222"), Behaviour(hang_seconds=0.01))
        await send(graph.url, to="111")
        await send(graph.url, to="222")
        await send(graph.url, to="222")
        assert [received.to for received in graph.received] == ["111", "222", "222"]


async def test_the_stub_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.graph", "--token", "good", stdout=-1
    )
    assert process.stdout
    url = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
    try:
        async with aiohttp.ClientSession() as session:
            script = [{"drop": True, "to": "222"}]
            async with session.post(f"{url}/_stub/script", json=script) as answer:
                assert answer.status == 200
            ids = await send(url, 3)
            async with session.get(f"{url}/_stub/received") as answer:
                received = await answer.json()
            assert sorted(item["id"] for item in received["items"]) == sorted(ids)
            async with session.get(f"{url}/_stub/received?since=2") as answer:
                assert await answer.json() == {"items": received["items"][2:], "next": 3}
            async with session.get(f"{url}/_stub/stats") as answer:
                assert (await answer.json())["accepted"] == 3
    finally:
        process.terminate()
        await process.wait()


async def test_a_file_of_the_media_api_can_be_fetched_with_the_token() -> None:
    async with GraphStub(token="good") as graph, aiohttp.ClientSession() as session:
        graph.media["77"] = ("image/jpeg", b"bytes")
        authorization = {"Authorization": "Bearer good"}
        async with session.get(f"{graph.url}/v23.0/77", headers=authorization) as answer:
            found = await answer.json()
        assert found["mime_type"] == "image/jpeg"
        async with session.get(found["url"], headers=authorization) as answer:
            assert await answer.read() == b"bytes"
        async with session.get(found["url"]) as answer:
            assert answer.status == 404
