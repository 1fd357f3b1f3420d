"""What holds on PostgreSQL beside a broker, where most of the way is one statement a step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from recado.conversations.model import Contact, Conversation, Message
from recado.conversations.ownership import take_over
from recado.sending.model import EarlyStatus
from recado.sending.plain import begin_plain, record_plain
from recado.store import now
from tests.support.engines import broker_url, postgresql_url
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import reaction, text_message
from tests.support.waiting import until

pytestmark = pytest.mark.engine

SENT = {"sent", "delivered", "read"}


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[Flow]:
    async with (
        postgresql_url() as database,
        broker_url("nats") as broker,
        running_flow(tmp_path, DATABASE_URL=database, RECADO_QUEUE_URL=broker) as flow,
    ):
        yield flow


async def said(flow: Flow, words: str, answers: int, **about: str) -> None:
    """A text is taken in, answered, and all that follows is done."""
    await flow.receive(text_message(words, **about))
    await flow.until_sent(answers)
    await flow.quiet()


async def test_everybody_is_answered_once_and_in_order(flow: Flow) -> None:
    contacts = [f"1650555{number:04}" for number in range(6)]
    for turn in range(3):
        messages = [
            text_message(f"question {turn}", sender=it, id=f"wamid.{it}.{turn}") for it in contacts
        ]
        # The provider brings some twice.
        await asyncio.gather(flow.receive(*messages), flow.receive(*messages[:3]))
        await flow.quiet()
        await until(partial(answered, flow, len(contacts) * (turn + 1)))
    rows = await flow.messages()
    for conversation in {row.conversation_id for row in rows}:
        own = [row for row in rows if row.conversation_id == conversation]
        assert [row.position for row in own] == list(range(1, len(own) + 1))
        heard = [row for row in own if row.direction == "inbound"]
        assert [row.text for row in heard] == [f"question {turn}" for turn in range(3)]
        replies = [row for row in own if row.direction == "outbound"]
        assert [id for row in replies for id in row.in_reply_to] == [row.id for row in heard]
    assert len(flow.graph.received) == len([row for row in rows if row.direction == "outbound"])


async def answered(flow: Flow, count: int) -> bool:
    rows = await flow.messages(direction="outbound")
    return sum(len(row.in_reply_to) for row in rows if row.status in SENT) == count


async def test_whoever_writes_in_another_way_than_before_is_not_mistaken(flow: Flow) -> None:
    await said(flow, "hola, ¿a qué hora abren mañana?", 1)
    await said(flow, "hello, what time do you open tomorrow?", 2)
    assert (await flow.conversation()).language == "en"
    name = select(Contact.name)
    given = await flow.runtime.store.read(lambda tx: tx.scalar(name))
    await flow.write(lambda tx: tx.execute(update(Contact).values(name="A former name")))
    await said(flow, "what are your prices?", 3)
    assert await flow.runtime.store.read(lambda tx: tx.scalar(name)) == given
    await flow.write(lambda tx: tx.execute(update(Contact).values(blocked=True)))
    await flow.receive(text_message("do you hear me?"))
    await until(lambda: heard(flow, 4))
    await flow.quiet()
    assert len(flow.graph.received) == 3


async def heard(flow: Flow, count: int) -> bool:
    return len(await flow.messages(direction="inbound")) == count


async def test_a_reaction_that_comes_before_its_message_is_not_lost(flow: Flow) -> None:
    await said(flow, "hola", 1)
    await flow.receive(reaction("👍", "wamid.later"))
    await flow.quiet()
    await said(flow, "¿a qué hora abren?", 2, id="wamid.later")
    (later,) = await flow.messages(provider_message_id="wamid.later")
    assert later.reactions == {"contact": "👍"}


async def test_a_reply_in_the_making_is_dropped_when_a_person_takes_over(flow: Flow) -> None:
    model = ScriptedModel()
    flow.runtime.models.use(flow.runtime.settings.model, model)
    await said(flow, "hola", 1)
    model.gate = asyncio.Event()
    await flow.receive(text_message("¿y mañana?"))

    async def is_asked() -> bool:
        return len(model.questions) == 2

    await until(is_asked)
    id = (await flow.conversation()).id
    await flow.write(lambda tx: take_over(tx, id, actor="user:1"))
    model.gate.set()
    await flow.quiet()
    await flow.receive(text_message("¿hola?"))
    await until(lambda: heard(flow, 3))
    await flow.quiet()
    assert len(flow.graph.received) == 1
    assert len(await flow.messages(direction="outbound")) == 1


async def test_what_cannot_simply_be_sent_is_looked_at_more_closely(flow: Flow) -> None:
    await said(flow, "hola", 1)
    (reply,) = await flow.messages(direction="outbound")
    store, at = flow.runtime.store, now()
    fresh = {"status": "queued", "attempted_at": None, "route": None}

    async def begins(**values: object) -> bool:
        changed = update(Message).where(Message.id == reply.id).values(**fresh | values)
        await flow.write(lambda tx: tx.execute(changed))
        begun = await begin_plain(store, reply.id, windowed=True, began_at=at, trace="")
        return begun is not None

    assert not await begins(status="sent")
    assert not await begins(attempted_at=at)
    assert not await begins(held="window")
    assert not await begins(held=None, route={"failed_ids": ["wamid.1"]})
    assert not await begins(held=None, type="template")
    assert await begins(held=None, type="text")
    assert not await begin_plain(store, reply.id, windowed=True, began_at=at, trace="")
    long_ago = update(Conversation).values(last_inbound_at=at - 25 * 3600)
    await flow.write(lambda tx: tx.execute(long_ago))
    assert not await begins()
    taken = update(Conversation).values(last_inbound_at=at, state="human")
    await flow.write(lambda tx: tx.execute(taken))
    assert not await begins()


async def test_a_receipt_leaves_what_was_heard_before_it_to_be_told(flow: Flow) -> None:
    await said(flow, "hola", 1)
    (reply,) = await flow.messages(direction="outbound")
    early = {
        "id": "1",
        "line_id": reply.line_id,
        "provider_message_id": "wamid.early",
        "status": {},
        "created_at": now(),
    }
    await flow.write(lambda tx: tx.execute(insert(EarlyStatus), early))
    store = flow.runtime.store
    assert not await record_plain(store, reply.line_id, reply.id, "wamid.early")
    assert await record_plain(store, reply.line_id, reply.id, "wamid.other")
    (row,) = await flow.messages(direction="outbound")
    assert row.provider_message_id == "wamid.other"
