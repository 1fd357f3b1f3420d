"""What is shown and never answered: groups, calls, notices, blocked people, imports."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import select, update

from recado.conversations.model import Contact, Conversation, Message
from recado.conversations.ownership import hand_back, take_over
from recado.lines.model import LineEvent
from tests.support.flow import Flow
from tests.support.payloads import (
    CUSTOMER,
    call,
    change_of,
    message_of,
    reaction,
    text_message,
    value_of,
    webhook_of,
)

GROUP = "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD"


def in_group(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "group_id": GROUP}


async def take_over_and_hand_back(flow: Flow) -> None:
    conversation = await flow.conversation()
    await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
    await flow.write(lambda tx: hand_back(tx, conversation.id, actor="user:1"))
    await flow.quiet()


async def all_of(flow: Flow, query: Any) -> Any:
    return await flow.runtime.store.read(lambda tx: tx.all(query))


async def test_a_group_has_a_conversation_of_its_own_and_no_answer(flow: Flow) -> None:
    subject = [{"group_id": GROUP, "type": "group_create", "subject": "Obra norte"}]
    created = value_of() | {"groups": subject}
    await flow.post(webhook_of(change_of(created, "group_lifecycle_update")))
    await flow.receive(text_message("hola"))
    await flow.receive(in_group(text_message("hola a todos", id="wamid.g")))
    await flow.receive(in_group(text_message("¿quién trae pan?", sender="16505550002")))
    await flow.receive(in_group(reaction("👍", "wamid.g")))
    await flow.receive(in_group(reaction("🙏", "wamid.g", sender="16505550002")))
    await flow.quiet()
    assert flow.sent == ["Answer to: hola"]
    rows = await all_of(
        flow,
        select(Conversation.id, Contact.name)
        .join(Contact, Contact.id == Conversation.contact_id)
        .order_by(Conversation.id),
    )
    assert {row.name for row in rows} == {"Sheena Nelson", "Obra norte"}
    (group,) = [row for row in rows if row.name == "Obra norte"]
    said = await flow.messages(conversation_id=group.id, type="text")
    assert [m.text for m in said] == ["hola a todos", "¿quién trae pan?"]
    assert said[0].content["participant"]["identities"] == [{"kind": "phone", "value": CUSTOMER}]
    assert sorted(said[0].reactions.values()) == ["👍", "🙏"]


async def test_a_group_is_not_answered_after_a_hand_back_either(flow: Flow) -> None:
    await flow.receive(in_group(text_message("hola a todos")))
    await flow.quiet()
    await take_over_and_hand_back(flow)
    assert flow.sent == []


@pytest.mark.parametrize("order", [("connect", "terminate"), ("terminate", "connect")])
async def test_a_call_is_one_message_with_its_length(flow: Flow, order: tuple[str, str]) -> None:
    bodies = {
        "connect": call("connect", "wacid.1"),
        "terminate": call("terminate", "wacid.1", status="COMPLETED", duration=33),
    }
    for event in order:
        await flow.post(bodies[event])
        await flow.quiet()
    (message,) = await flow.messages()
    assert (message.type, message.direction) == ("call", "inbound")
    assert message.content["call"]["duration_seconds"] == 33
    assert message.content["call"]["status"] == "completed"
    assert message.content["call"]["event"] == "terminate"
    assert flow.sent == []


@pytest.mark.usefixtures("answered")
async def test_a_blocked_person_is_kept_and_not_answered(flow: Flow) -> None:
    await flow.write(lambda tx: tx.execute(update(Contact).values(blocked=True)))
    await flow.receive(text_message("¿sigues ahí?"))
    await flow.quiet()
    assert len(await flow.messages(direction="inbound")) == 2
    await take_over_and_hand_back(flow)
    assert len(flow.sent) == 1


async def test_a_notice_is_kept_and_opens_no_window(flow: Flow) -> None:
    await flow.receive(message_of("request_welcome"))
    await flow.quiet()
    assert flow.sent == []
    assert (await flow.conversation()).last_inbound_at is None


async def test_a_message_that_comes_hours_late_opens_the_window_of_when_it_was_said(
    flow: Flow,
) -> None:
    said_at = int(time.time()) - 20 * 3600
    await flow.receive(text_message("hola") | {"timestamp": str(said_at)})
    await flow.until_sent(1)
    await flow.quiet()
    assert (await flow.conversation()).last_inbound_at == said_at
    await flow.receive(text_message("¿sigues ahí?"))
    await flow.quiet()
    newest = (await flow.conversation()).last_inbound_at
    assert newest > said_at + 19 * 3600
    await flow.receive(text_message("antes de ayer") | {"timestamp": str(said_at - 3600)})
    await flow.quiet()
    assert (await flow.conversation()).last_inbound_at == newest


async def test_an_imported_history_is_kept_in_the_log_and_answered_by_nobody(
    flow: Flow,
) -> None:
    old = {**text_message("hola"), "history_context": {"status": "READ"}}
    part = {
        "metadata": {"phase": 0, "chunk_order": 1, "progress": 55},
        "threads": [{"id": CUSTOMER, "messages": [old]}],
    }
    await flow.post(webhook_of(change_of(value_of() | {"history": [part]}, "history")))
    await flow.quiet()
    assert flow.sent == []
    assert await flow.messages() == []
    (event,) = await all_of(flow, select(LineEvent.__table__))
    assert event.name == "history"
    assert event.raw["history"][0]["threads"][0]["messages"][0]["text"]["body"] == "hola"


@pytest.mark.usefixtures("answered")
async def test_a_deleted_conversation_comes_back_when_its_contact_writes(flow: Flow) -> None:
    await flow.write(
        lambda tx: tx.execute(update(Conversation).values(deleted_at=1.0, state="resolved"))
    )
    await flow.receive(text_message("otra vez"))
    assert await flow.until_sent(2) == ["Answer to: hola", "Answer to: otra vez"]
    count = await all_of(flow, select(Message.id).where(Message.direction == "inbound"))
    assert len(count) == 2
