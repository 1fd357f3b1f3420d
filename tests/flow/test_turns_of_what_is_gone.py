"""A turn that ends after its conversation is gone leaves nothing behind, and says nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from recado.assistant.model import Turn
from recado.conversations.model import Conversation, ConversationEvent
from recado.maintenance.personal_data import erase
from tests.flow.test_models_that_hang import TECHNICAL, Hanging, ask_it_what_is_technical
from tests.support.flow import Flow, running_flow
from tests.support.payloads import message_of, text_message, webhook


async def strays(flow: Flow) -> list[Any]:
    """Turns and events of conversations that there are not."""

    def work(tx: Any) -> list[Any]:
        known = select(Conversation.id)
        return [
            row
            for table in (Turn, ConversationEvent)
            for row in tx.all(select(table.__table__).where(table.conversation_id.not_in(known)))
        ]

    return await flow.runtime.store.read(work)


async def test_what_is_answered_while_its_contact_is_erased_is_erased_too(tmp_path: Path) -> None:
    hanging = Hanging()
    async with running_flow(tmp_path) as flow:
        await ask_it_what_is_technical(flow, hanging, places=4)
        await flow.receive(text_message(TECHNICAL, sender="16505550320"))
        await hanging.until_asked(1)
        await erase(flow.runtime, "16505550320", actor="test")
        hanging.goes_on.set()
        await flow.quiet()
        assert not await strays(flow)
        assert not flow.sent


async def test_a_question_under_way_while_its_conversation_is_joined_is_answered_once(
    tmp_path: Path,
) -> None:
    hanging = Hanging()
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola", sender=None, user_id="US.OLD"))
        await flow.until_sent(1)
        await flow.quiet()
        await ask_it_what_is_technical(flow, hanging, places=4)
        await flow.receive(text_message(TECHNICAL, sender=None, user_id="US.NEW"))
        await hanging.until_asked(1)
        told = {"type": "user_changed_user_id", "previous_user_id": "US.OLD", "user_id": "US.NEW"}
        await flow.post(webhook([message_of("system", told, sender=None)], contacts=[]))
        await hanging.until_asked(2)
        hanging.goes_on.set()
        await flow.until_sent(2)
        await flow.quiet()
        assert not await strays(flow)
        assert len(flow.sent) == 2
