"""The whole pipeline on a broker: everybody is answered, once and in order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message
from tests.support.queue_engines import cuttable_broker
from tests.support.waiting import until

SENT = {"sent", "delivered", "read"}
CONTACTS = [f"1650555{number:04}" for number in range(12)]
#: Each of another matter, and known: nobody has to call a person in between.
QUESTIONS = ("¿A qué hora abren?", "¿Tienen wifi?", "¿Aceptan tarjetas?", "¿Dónde están?")


@pytest.fixture(params=["nats", "rabbitmq", "servicebus", "sqs"])
async def way(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, Any]]:
    """The settings that name the broker."""
    async with cuttable_broker(request.param) as broker:
        url, _, connection_string = broker.url.partition("#")
        yield {"RECADO_QUEUE_URL": url, "SERVICEBUS_CONNECTION_STRING": connection_string}


@pytest.fixture
async def flow(way: dict[str, Any], tmp_path: Path) -> AsyncIterator[Flow]:
    async with running_flow(tmp_path, **way) as flow:
        yield flow


async def test_everybody_is_answered_once_and_in_order(flow: Flow) -> None:
    for turn, question in enumerate(QUESTIONS):
        messages = [
            text_message(question, sender=sender, id=f"wamid.{sender}.{turn}")
            for sender in CONTACTS
        ]
        # The provider brings some twice, at once and again later.
        await asyncio.gather(*(flow.receive(*messages[at : at + 3]) for at in (0, 3, 6, 9, 3)))
        await flow.receive(*messages[:2])
    await until(lambda: _all_answered(flow))
    await _settled(flow)
    by_contact = defaultdict(list)
    for row in await flow.messages():
        by_contact[row.conversation_id].append(row)
    assert len(by_contact) == len(CONTACTS)
    sent = [item.body["to"] for item in flow.graph.received]
    for rows in by_contact.values():
        heard = [row.text for row in rows if row.direction == "inbound"]
        assert heard == list(QUESTIONS)
        replies = [row for row in rows if row.direction == "outbound"]
        assert {row.status for row in replies} <= SENT
        answered = [id for row in replies for id in row.in_reply_to]
        assert answered == [row.id for row in rows if row.direction == "inbound"]
        accepted = [row.accepted_at for row in replies]
        assert accepted == sorted(accepted)
    replies_in_all = await flow.messages(direction="outbound")
    assert len(sent) == len(replies_in_all)


async def test_what_waits_in_the_broker_is_answered_after_a_restart(
    way: dict[str, Any], tmp_path: Path
) -> None:
    async with running_flow(tmp_path, workers=False, **way) as before:
        await before.receive(*(text_message("hello", sender=sender) for sender in CONTACTS))
    async with running_flow(tmp_path, **way) as after:
        await after.until_sent(len(CONTACTS))
        await _settled(after)
        assert len(after.graph.received) == len(CONTACTS)


async def _all_answered(flow: Flow) -> bool:
    rows = await flow.messages()
    heard = [row.id for row in rows if row.direction == "inbound"]
    answered = [
        id
        for row in rows
        if row.direction == "outbound" and row.status in SENT
        for id in row.in_reply_to
    ]
    return len(heard) == 4 * len(CONTACTS) and set(answered) == set(heard)


async def _settled(flow: Flow) -> None:
    """Nothing waits anywhere, and nothing comes any more."""
    for _ in range(3):
        await flow.quiet()
        await asyncio.sleep(0.2)
