"""What the business says on its phone or through another app: shown, and the bot steps back."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import select, update

from recado.conversations.model import ConversationEvent, Message
from recado.conversations.ownership import hand_back, take_over
from recado.store import now
from tests.support.flow import Flow, ScriptedModel
from tests.support.payloads import (
    CUSTOMER,
    echo_of,
    echoes,
    edit,
    handover,
    reaction,
    revoke,
    standby,
    status,
    text_message,
)
from tests.support.waiting import until


async def take_over_by_a_person(flow: Flow) -> None:
    conversation = await flow.conversation()
    await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1", user_id="1"))


async def log_of(flow: Flow) -> list[tuple[str, str]]:
    query = select(ConversationEvent.name, ConversationEvent.actor).order_by(ConversationEvent.id)
    rows = await flow.runtime.store.read(lambda tx: tx.all(query))
    return [(row.name, row.actor) for row in rows]


@pytest.mark.parametrize("field", ["smb_message_echoes", "message_echoes"])
@pytest.mark.usefixtures("answered")
async def test_what_the_team_says_on_its_phone_silences_the_bot(flow: Flow, field: str) -> None:
    said = echo_of(text_message("Soy Ana, ya te ayudo", id="wamid.e"))
    await flow.post(echoes(said, field=field))
    await flow.receive(text_message("gracias"))
    await flow.quiet()
    conversation = await flow.conversation()
    (message,) = await flow.messages(provider_message_id="wamid.e")
    assert (message.direction, message.author, message.status) == ("outbound", "agent", "sent")
    assert message.text == "Soy Ana, ya te ayudo"
    assert conversation.state == "human"
    assert ("taken_over", "phone") in await log_of(flow)
    assert flow.sent == ["Answer to: hola"]


async def test_what_was_said_before_the_phone_answered_counts_as_answered(
    flow: Flow, model: ScriptedModel
) -> None:
    model.gate = asyncio.Event()
    await flow.receive(text_message("¿tienen pan?"))
    await until(lambda: model.questions)
    await flow.post(echoes(echo_of(text_message("Sí, hay"))))
    await until(lambda: flow.messages(author="agent"))
    model.gate.set()
    await flow.quiet()
    assert flow.sent == []
    assert (await flow.conversation()).unread_count == 0
    conversation = await flow.conversation()
    await flow.write(lambda tx: hand_back(tx, conversation.id, actor="user:1"))
    await flow.quiet()
    assert flow.sent == []
    await flow.receive(text_message("¿y leche?"))
    assert await flow.until_sent(1) == ["Answer to: ¿y leche?"]


async def test_the_first_word_from_the_phone_opens_the_conversation(flow: Flow) -> None:
    await flow.post(echoes(echo_of(text_message("Tu pedido está listo"))))
    await flow.receive(text_message("voy"))
    await flow.quiet()
    assert (await flow.conversation()).state == "human"
    assert flow.sent == []


@pytest.mark.usefixtures("answered")
async def test_an_echo_of_our_own_message_changes_nothing(flow: Flow) -> None:
    (answer,) = await flow.messages(author="assistant")
    ours = text_message(answer.text, id=answer.provider_message_id)
    await flow.post(echoes(echo_of(ours)))
    await flow.quiet()
    assert (await flow.conversation()).state == "bot"
    assert len(await flow.messages(direction="outbound")) == 1


@pytest.mark.usefixtures("answered")
async def test_an_echo_is_the_evidence_that_an_unknown_message_went_out(flow: Flow) -> None:
    await flow.write(
        lambda tx: tx.execute(
            update(Message)
            .where(Message.author == "assistant")
            .values(
                status="unknown",
                provider_message_id=None,
                attempted_at=now(),
                unknown_since=now(),
            )
        )
    )
    await flow.post(echoes(echo_of(text_message("Answer to: hola", id="wamid.e"))))
    await flow.quiet()
    (answer,) = await flow.messages(direction="outbound")
    assert (answer.status, answer.provider_message_id) == ("sent", "wamid.e")
    assert (await flow.conversation()).state == "bot"


@pytest.mark.usefixtures("answered")
async def test_an_echo_waits_for_the_receipt_of_a_message_on_its_way(flow: Flow) -> None:
    (answer,) = await flow.messages(author="assistant")

    def receipt(provider_id: str | None, state: str) -> Any:
        values = {"status": state, "provider_message_id": provider_id, "attempted_at": now()}
        change = update(Message).where(Message.id == answer.id).values(**values)
        return lambda tx: tx.execute(change)

    await flow.write(receipt(None, "queued"))
    await flow.post(echoes(echo_of(text_message(answer.text, id="wamid.e"))))
    await asyncio.sleep(0.1)
    await flow.write(receipt("wamid.e", "sent"))
    await flow.quiet()
    assert len(await flow.messages(direction="outbound")) == 1
    assert (await flow.conversation()).state == "bot"


@pytest.mark.usefixtures("answered")
async def test_edits_take_backs_and_reactions_of_the_phone_show_on_their_messages(
    flow: Flow,
) -> None:
    await flow.post(echoes(echo_of(reaction("🙏", "wamid.1"))))
    await flow.quiet()
    assert (await flow.conversation()).state == "bot"  # nobody has said anything
    await flow.post(
        echoes(
            echo_of(text_message("a las 8", id="wamid.e")),
            echo_of(edit("a las 9", "wamid.e")),
            echo_of(text_message("ups", id="wamid.f")),
            echo_of(revoke("wamid.f")),
        )
    )
    await flow.quiet()
    found = {m.provider_message_id: m for m in await flow.messages(type="text")}
    assert found["wamid.1"].reactions == {"business": "🙏"}
    assert found["wamid.e"].text == "a las 9"
    assert found["wamid.f"].revoked_at is not None


async def test_what_became_of_a_message_from_the_phone_is_shown(flow: Flow) -> None:
    await flow.receive(statuses=[status("wamid.e", "delivered")])
    await flow.quiet()
    await flow.post(echoes(echo_of(text_message("hola", id="wamid.e"))))
    await flow.receive(statuses=[status("wamid.e", "read")])
    await flow.quiet()
    (message,) = await flow.messages()
    assert message.status == "read"
    assert message.delivered_at is not None


async def test_a_person_of_the_team_keeps_a_conversation_when_the_phone_speaks_too(
    flow: Flow,
) -> None:
    await flow.receive(text_message("hola"))
    await flow.quiet()
    await take_over_by_a_person(flow)
    await flow.post(echoes(echo_of(text_message("hola"))))
    await flow.quiet()
    assert (await flow.conversation()).assignee_id == "1"


# --- hand-overs between apps -----------------------------------------------------------------


async def test_while_another_app_has_the_conversation_the_bot_is_silent(flow: Flow) -> None:
    await flow.post(handover("escalation", "ai_agent"))
    await flow.receive(text_message("hola"))
    await flow.quiet()
    assert (await flow.conversation()).state == "human"
    assert ("taken_over", "other app") in await log_of(flow)
    assert flow.sent == []
    await flow.post(handover("ai_agent", "escalation"))
    assert await flow.until_sent(1) == ["Answer to: hola"]
    assert (await flow.conversation()).state == "bot"


async def test_what_is_said_while_another_app_answers_is_shown_and_counts_as_answered(
    flow: Flow,
) -> None:
    asked = text_message("¿tienen pan?", id="wamid.s")
    await flow.post(standby(messages=[asked], contacts=[{"wa_id": CUSTOMER}]))
    told = {"to": CUSTOMER, "type": "text", "text": {"body": "Sí, hay"}}
    echo = {"id": "wamid.e", "timestamp": asked["timestamp"], "message": told}
    await flow.post(standby(message_echoes=[echo]))
    await flow.post(standby(statuses=[status("wamid.e", "delivered")]))
    await flow.quiet()
    assert [m.text for m in await flow.messages()] == ["¿tienen pan?", "Sí, hay"]
    assert (await flow.messages(provider_message_id="wamid.e"))[0].status == "delivered"
    await flow.post(handover("ai_agent", "escalation"))
    await flow.quiet()
    assert (await flow.conversation()).state == "bot"
    assert flow.sent == []


async def test_a_conversation_of_a_person_is_not_handed_back_by_another_app(flow: Flow) -> None:
    await flow.receive(text_message("hola"))
    await flow.quiet()
    await take_over_by_a_person(flow)
    await flow.post(handover("ai_agent", "escalation"))
    await flow.quiet()
    assert (await flow.conversation()).state == "human"


async def test_a_hand_over_that_comes_again_or_too_late_changes_nothing(flow: Flow) -> None:
    await flow.receive(text_message("hola"))
    await flow.until_sent(1)
    moment = int(time.time())
    away = handover("escalation", "ai_agent", at=moment - 60)
    back = handover("ai_agent", "escalation", at=moment - 30)
    for body in (away, back, away, handover("escalation", "ai_agent", at=moment - 40)):
        await flow.post(body)
        await flow.quiet()
    assert (await flow.conversation()).state == "bot"
    await flow.post(handover("escalation", "ai_agent", at=moment))
    await flow.quiet()
    assert (await flow.conversation()).state == "human"
