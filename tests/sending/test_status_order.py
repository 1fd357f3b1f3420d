"""Statuses in any order: the message shows how far it came, and its history what went wrong."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from recado.conversations.messages import queue_message, update_message
from recado.conversations.queries import get_message
from recado.conversations.setbacks import MOST, with_setback
from recado.conversations.views import MessageView
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.graph import Behaviour
from tests.support.payloads import status, text_message
from tests.support.waiting import until

PERSON = "16505550001"
#: As they happened.
WAY = ("sent", "failed", "delivered", "read")


async def a_reply(flow: Flow) -> Any:
    flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
    await flow.receive(text_message("hola", sender=PERSON))
    await flow.until_sent(1)
    await flow.quiet()
    return flow.graph.received[0]


async def shown(flow: Flow) -> MessageView:
    (row,) = await flow.messages(direction="outbound", type="text")
    return await flow.runtime.store.read(lambda tx: get_message(tx, row.id))


async def hear(flow: Flow, record: Any, *words: str, code: int = 131026) -> None:
    for word in words:
        item = status(
            record.id,
            word,
            recipient=PERSON,
            callback_data=record.callback_data,
            at=1_800_000_000 + 10 * WAY.index(word),
            error=code if word == "failed" else None,
        )
        await flow.receive(statuses=[item])
        await flow.quiet()


def reached(words: tuple[str, ...]) -> str:
    for word in ("read", "delivered", "failed"):
        if word in words:
            return word
    return "sent"


async def test_in_whatever_order_they_come_the_message_shows_how_far_it_came(
    tmp_path: Path,
) -> None:
    orders = itertools.permutations(WAY)
    for number, order in enumerate(orders):
        async with running_flow(tmp_path / str(number)) as flow:
            record = await a_reply(flow)
            for count, word in enumerate(order, start=1):
                await hear(flow, record, word)
                assert (await shown(flow)).status == reached(order[:count]), order
            message = await shown(flow)
            told = [step.status for step in message.history]
            assert told.count("failed") == ("failed" in order)
            assert ("delivered" in told) == ("delivered" in order)
            times = [step.reached_at for step in message.history if step.reached_at > 1.7e9]
            assert times == sorted(times)
            assert (message.error is None) == (reached(order) != "failed")


async def test_what_arrived_after_it_failed_is_delivered_and_tells_its_history(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        record = await a_reply(flow)
        await hear(flow, record, "sent", "failed")
        message = await shown(flow)
        assert message.status == "failed"
        await hear(flow, record, "failed", "delivered", "failed", "sent")
        message = await shown(flow)
        assert (message.status, message.error) == ("delivered", None)
        assert [it.status for it in message.history if it.reached_at >= 1_800_000_000] == [
            "failed",
            "delivered",
        ]
        (failure,) = [step for step in message.history if step.status == "failed"]
        assert failure.error is not None
        assert failure.error["code"] == 131026


async def test_an_unknown_fate_stays_in_the_history(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(drop=True))
        flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
        await flow.receive(text_message("hola", sender=PERSON))
        await until(lambda: flow.messages(status="unknown"))
        await hear(flow, flow.graph.received[0], "delivered")
        message = await shown(flow)
        assert message.status == "delivered"
        assert {"queued", "unknown", "delivered"} <= {step.status for step in message.history}


@pytest.mark.parametrize("since", [None, "❤️"])
async def test_a_reaction_that_arrived_after_it_failed_is_seen_again(
    tmp_path: Path, since: str | None
) -> None:
    async with running_flow(tmp_path) as flow:
        record = await a_reply(flow)
        (question,) = await flow.messages(direction="inbound")
        given = {"message_id": question.provider_message_id, "emoji": "🙏"}

        def react(tx: Any) -> str:
            message = queue_message(
                tx,
                question.conversation_id,
                author="agent",
                type="reaction",
                text="🙏",
                content={"reaction": given},
            )
            return str(message["id"])

        id = await flow.write(react)
        await flow.quiet()
        record = flow.graph.received[-1]
        assert record.callback_data == id

        async def reactions() -> Any:
            (row,) = await flow.messages(id=question.id)
            return row.reactions

        def seen(emoji: str) -> Any:
            return lambda tx: update_message(tx, question.id, reactions={"business": emoji})

        await flow.write(seen("🙏"))
        await hear(flow, record, "failed")
        assert await reactions() == {}
        if since:
            await flow.write(seen(since))
        await hear(flow, record, "delivered")
        assert await reactions() == {"business": since or "🙏"}


def test_setbacks_count_once_and_are_bounded() -> None:
    kept: Any = None
    for number in range(2 * MOST):
        kept = with_setback(kept, "failed", float(number // 2), {"code": 1})
    assert len(kept) == MOST
    for number in range(3 * MOST):
        kept = with_setback(kept, "unknown", float(number), None)
    assert len(kept) == MOST
    assert kept[-1]["at"] == 3 * MOST - 1
