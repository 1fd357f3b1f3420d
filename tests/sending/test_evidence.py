"""What the provider says may come at any moment, also before we know that it took the message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from recado.channels.messages import InboundStatus, OutboundMessage, SendReceipt
from recado.channels.port import Line
from recado.channels.whatsapp import WhatsAppChannel
from recado.jobs import STATUSES
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.graph import Behaviour, Received
from tests.support.payloads import Json, status, text_message, webhook

PERSON = "16505550001"


class Meddled(WhatsAppChannel):
    """What is in `before` or `after` a send happens to the first message, once."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api_url=api_url)
        self.before: Any = None
        self.after: Any = None

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        before, self.before = self.before, None
        if before is not None:
            await before()
        receipt = await super().send(line, message)
        after, self.after = self.after, None
        if after is not None:
            await after()
        return receipt


@asynccontextmanager
async def meddled(data: Path, **settings: Any) -> AsyncIterator[tuple[Flow, Meddled]]:
    async with running_flow(data, **settings) as flow:
        channel = Meddled(flow.graph.url)
        flow.runtime.channels["whatsapp"] = channel
        flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
        yield flow, channel
        await channel.close()


async def take_in(flow: Flow, item: Json) -> None:
    """The status has taken effect when this returns, before anything else goes on."""
    (parsed,) = WhatsAppChannel().parse(webhook(statuses=[item]))
    assert isinstance(parsed, InboundStatus)
    await flow.runtime.queue.publish([STATUSES.job("a lane of its own", parsed)])
    async with asyncio.timeout(60):
        while STATUSES.name in await flow.runtime.queue.depth():
            await asyncio.sleep(0.01)


def failed(record: Received, code: int) -> Json:
    return status(
        record.id, "failed", recipient=PERSON, callback_data=record.callback_data, error=code
    )


async def outbound(flow: Flow, position: int = 2) -> Any:
    (message,) = await flow.messages(direction="outbound", position=position)
    return message


async def test_a_failure_that_overtakes_our_own_record_keeps_its_reason(tmp_path: Path) -> None:
    async with meddled(tmp_path) as (flow, channel):
        channel.after = lambda: take_in(flow, failed(flow.graph.received[0], 131026))
        await flow.receive(text_message("hola", sender=PERSON))
        await flow.until_sent(1)
        await flow.quiet()
        message = await outbound(flow)
        assert message.status == "failed"
        assert message.error["code"] == 131026
        assert message.error["class"] == "never"


async def test_what_failed_before_our_own_record_was_written_goes_again(tmp_path: Path) -> None:
    async with meddled(tmp_path) as (flow, channel):
        channel.after = lambda: take_in(flow, failed(flow.graph.received[0], 131047))
        await flow.receive(text_message("hola", sender=PERSON))
        async with asyncio.timeout(60):
            while not flow.graph.received or (await outbound(flow)).held is None:
                await asyncio.sleep(0.02)
        await flow.receive(text_message("¿abren hoy?", sender=PERSON))
        assert await flow.until_sent(3) == [
            "Answer to: hola",
            "Answer to: hola",
            "Answer to: ¿abren hoy?",
        ]


async def test_where_the_provider_does_not_name_our_messages_an_unknown_one_never_goes_again(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path, RECADO_UNKNOWN_GRACE_SECONDS="0.5") as flow:
        flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
        flow.graph.script(Behaviour(drop=True))
        await flow.receive(text_message("hola", sender=PERSON))
        await flow.until_sent(1)
        await flow.receive(text_message("hola", sender="16505550002"))
        await flow.until_sent(2)
        # Evolution reports that the later message arrived, and of neither whose it was.
        await flow.receive(statuses=[status(flow.graph.received[1].id, "delivered")])
        await flow.quiet()
        assert len(flow.graph.received) == 2
        statuses = {m.status for m in await flow.messages(direction="outbound")}
        assert statuses == {"unknown", "delivered"}


async def test_a_message_refused_while_the_contact_writes_goes_with_the_open_window(
    tmp_path: Path,
) -> None:
    async with meddled(tmp_path) as (flow, channel):
        flow.graph.script(Behaviour(error=131047))

        async def the_contact_writes() -> None:
            await flow.receive(text_message("sigo aquí", sender=PERSON))
            async with asyncio.timeout(60):
                while len(await flow.messages(direction="inbound")) < 2:
                    await asyncio.sleep(0.01)

        channel.before = the_contact_writes
        await flow.receive(text_message("hola", sender=PERSON))
        sent = await flow.until_sent(2)
        assert sent == ["Answer to: hola", "Answer to: sigo aquí"]
        await flow.quiet()
        assert (await flow.conversation()).held_count == 0


async def test_when_an_adapter_breaks_the_message_says_so_and_is_not_sent_blindly(
    tmp_path: Path,
) -> None:
    async with meddled(tmp_path, RECADO_UNKNOWN_GRACE_SECONDS="0.5") as (flow, channel):

        async def breaks() -> None:
            raise KeyError("a fault of the adapter's own")

        channel.after = breaks
        await flow.receive(text_message("hola", sender=PERSON))
        await flow.until_sent(1)
        await flow.quiet()
        message = await outbound(flow)
        assert message.status == "unknown"
        assert "a fault of the adapter's own" in message.error["detail"]
        assert len(flow.graph.received) == 1
