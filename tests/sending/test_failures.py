"""What Meta reports as failed goes again where that helps, and says why where it does not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from recado.app.wiring import open_channels
from recado.channels.port import Line
from recado.lines.model import LineRow
from recado.sending.prices import price_of
from recado.sending.rates import Rates
from recado.settings import load_settings
from recado.store import Tx
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.graph import Behaviour
from tests.support.payloads import status, text_message
from tests.support.waiting import until

PERSON = "16505550001"


async def answered(flow: Flow) -> Any:
    """A reply that Meta has taken; its record at the stub."""
    flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
    await flow.receive(text_message("hola", sender=PERSON))
    await flow.until_sent(1)
    await flow.quiet()
    return flow.graph.received[0]


def told(record: Any, word: str, **values: Any) -> Any:
    return status(record.id, word, recipient=PERSON, callback_data=record.callback_data, **values)


async def trouble(flow: Flow) -> Any:
    query = select(LineRow.state).where(LineRow.channel == "whatsapp")
    state = await flow.runtime.store.read(lambda tx: tx.scalar(query))
    return (state or {}).get("trouble")


async def outbound(flow: Flow) -> Any:
    (message,) = await flow.messages(direction="outbound")
    return message


async def until_status(flow: Flow, *wanted: str) -> Any:
    """Wait until the only reply has one of these; it."""

    async def found() -> Any:
        message = await outbound(flow)
        return message if message.status in wanted else None

    return await until(found)


async def test_a_passing_fault_that_meta_reports_later_is_sent_again(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        first = await answered(flow)
        await flow.receive(statuses=[told(first, "failed", error=131000)])
        message = await until_status(flow, "queued")
        assert message.error["class"] == "retry"
        await flow.until_sent(2, hurried=True)
        await flow.quiet()
        again = flow.graph.received[1]
        assert again.callback_data == first.callback_data
        await flow.receive(statuses=[told(first, "failed", error=131000), told(again, "delivered")])
        await flow.quiet()
        message = await outbound(flow)
        assert (message.status, message.error) == ("delivered", None)
        assert len(flow.graph.received) == 2


async def test_a_message_that_arrived_after_all_is_not_sent_again(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        first = await answered(flow)
        await flow.receive(statuses=[told(first, "failed", error=131000)])
        await until_status(flow, "queued")
        await flow.receive(statuses=[told(first, "delivered")])
        await until_status(flow, "delivered")
        await flow.quiet(hurried=True)
        message = await outbound(flow)
        assert message.status == "delivered"
        assert len(flow.graph.received) == 1


async def test_what_will_never_arrive_stays_failed_with_advice(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        first = await answered(flow)
        await flow.receive(statuses=[told(first, "failed", error=131049)])
        await flow.quiet()
        message = await outbound(flow)
        assert message.status == "failed"
        assert message.error["class"] == "never"
        assert "marketing" in message.error["advice"]


async def test_it_is_tried_a_few_times_and_then_fails(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await answered(flow)
        for tries in range(1, 6):
            await flow.until_sent(tries, hurried=True)
            await until_status(flow, "sent")
            await flow.receive(statuses=[told(flow.graph.received[-1], "failed", error=131000)])
            await until_status(flow, "queued", "failed")
        await flow.quiet(hurried=True)
        message = await outbound(flow)
        assert message.status == "failed"
        assert len(flow.graph.received) == 5


async def test_messages_wait_while_a_line_needs_a_person_and_go_when_it_is_mended(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
        flow.graph.script(Behaviour(error=190))
        await flow.receive(text_message("hola", sender=PERSON))
        found = await until(lambda: trouble(flow))
        assert found["code"] == 190
        assert "token" in found["advice"]
        await flow.receive(text_message("hola", sender="16505550002"))

        async def both() -> Any:
            messages = await flow.messages(direction="outbound")
            return messages if len(messages) == 2 else None

        assert {message.status for message in await until(both)} == {"queued"}
        await asyncio.sleep(0.3)
        assert flow.sent == []
        credentials = {"access_token": "a new token"}
        (line,) = [it for it in await flow.runtime.lines.all() if it.channel == "whatsapp"]
        line.credentials.update(credentials)  # what a person saves in the desk
        await flow.until_sent(2, hurried=True)
        await flow.quiet(hurried=True)
        assert await trouble(flow) is None


async def test_what_meta_says_about_the_price_is_recorded_as_cost(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        first = await answered(flow)
        prices = {"prices": {"currency": "MXN", "marketing": 0.8}}

        def priced(tx: Tx) -> None:
            tx.execute(update(LineRow).where(LineRow.channel == "whatsapp").values(settings=prices))

        await flow.write(priced)
        await flow.runtime.lines.refresh()
        billed = {"billable": True, "category": "marketing", "type": "regular"}
        item = {**told(first, "delivered"), "pricing": {**billed, "pricing_model": "PMP"}}
        await flow.receive(statuses=[item])
        await flow.quiet()
        message = await outbound(flow)
        assert message.pricing == {**billed, "model": "PMP", "amount": 0.8, "currency": "MXN"}
        assert message.cost is None or message.cost != 0.8  # the model's cost is another matter


def test_what_is_free_costs_nothing() -> None:
    line = Line("1", "whatsapp", "2", "", settings={"prices": {"service": 0.1}})
    told = {"billable": False, "category": "service", "type": "free_customer_service"}
    assert price_of(line, told)["amount"] == 0.0


async def test_a_played_voice_message_counts_as_read(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        first = await answered(flow)
        await flow.receive(statuses=[told(first, "played", at=1_700_000_000)])
        await flow.quiet()
        message = await outbound(flow)
        assert message.status == "read"
        assert message.content["played_at"] == 1_700_000_000
        assert message.read_at == 1_700_000_000


async def test_metas_rates_are_kept_for_meta_alone_and_a_line_may_have_its_own(
    tmp_path: Path,
) -> None:
    settings = load_settings(None, RECADO_DATA=str(tmp_path))
    rates = Rates(settings, open_channels(settings))
    meta = Line("1", "whatsapp", "1", "")
    twilio = Line("2", "twilio", "2", "")
    slow = Line("3", "twilio", "3", "", settings={"rate_per_second": 1})
    assert [await rates.take(meta, "ana") for _ in range(45)] == [0] * 45
    assert await rates.take(meta, "ana") > 5
    assert await rates.take(meta, "juan") == 0  # one contact's burst is nobody else's wait
    assert [await rates.take(twilio, "ana") for _ in range(200)] == [0] * 200
    assert await rates.take(slow, "ana") == 0
    assert 0 < await rates.take(slow, "juan") <= 1
