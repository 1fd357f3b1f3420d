"""What somebody hears who writes while they wait for a person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from recado.assistant.characters import default_character, update_character
from recado.calendars.week import DAYS
from recado.conversations.model import Contact, ConversationEvent
from recado.conversations.ownership import hand_back, take_over
from recado.escalation.waiting import AGAIN_SECONDS, tell_waiting
from recado.store import Tx, now
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message, webhook


async def say(flow: Flow, words: str, **about: Any) -> None:
    await flow.receive(text_message(words, **about))
    await flow.quiet()


async def test_one_honest_word_is_said_and_no_more(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "quiero hablar con una persona")
        for words in ("es urgente", "¿hola?", "sigo acá"):
            await say(flow, words)
        assert len(flow.sent) == 2
        assert "siguiente" in flow.sent[1]
        assert [m.text for m in await flow.messages(direction="inbound")][-1] == "sigo acá"
        assert (await flow.conversation()).unread_count == 4


async def test_it_says_how_many_wait_before_them_in_their_language(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "quiero hablar con una persona", sender="16505550001")
        await say(flow, "quiero hablar con una persona", sender="16505550002")
        await say(flow, "i want to talk to a person", sender="16505550003")
        await say(flow, "hello?", sender="16505550003")
        assert "2 conversations before yours" in flow.sent[-1]
        await say(flow, "quanto tempo ainda demora?", sender="16505550002")
        assert "uma conversa antes" in flow.sent[-1]


async def test_a_message_that_comes_twice_is_answered_with_one_word(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "quiero hablar con una persona")
        body = webhook(messages=[text_message("es urgente", id="wamid.again")])
        for _ in range(3):
            await flow.post(body)
            await flow.quiet()
        assert len(flow.sent) == 2


async def test_another_wait_and_a_long_one_have_a_word_of_their_own(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "quiero hablar con una persona")
        await say(flow, "es urgente")

        def later(tx: Tx) -> None:
            tx.execute(update(ConversationEvent).values(created_at=now() - AGAIN_SECONDS - 1))

        await flow.write(later)
        await say(flow, "¿hola?")
        await say(flow, "¿nadie?")
        assert len(flow.sent) == 3
        conversation = await flow.conversation()

        def back(tx: Tx) -> None:
            take_over(tx, conversation.id, actor="user:1")
            hand_back(tx, conversation.id, actor="user:1")

        await flow.write(back)
        await flow.quiet()
        before = len(flow.sent)
        await say(flow, "quiero hablar con una persona")
        await say(flow, "por favor")
        assert len(flow.sent) <= before + 2
        assert "siguiente" in flow.sent[-1]


async def test_when_a_person_has_the_word_nothing_else_is_said(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "quiero hablar con una persona")
        conversation = await flow.conversation()
        await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
        await say(flow, "es urgente")
        assert len(flow.sent) == 1


async def test_a_word_that_has_not_gone_out_is_taken_back_when_a_person_takes_over(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "quiero hablar con una persona")
        conversation = await flow.conversation()
        (question,) = await flow.messages(direction="inbound")

        def both(tx: Tx) -> None:
            asked = {"id": question.id}
            tell_waiting(tx, conversation, asked, language="es")
            take_over(tx, conversation.id, actor="user:1")

        await flow.write(both)
        await flow.quiet()
        (*_, told) = await flow.messages(direction="outbound")
        assert (told.author, told.status) == ("system", "failed")
        assert len(flow.sent) == 1


async def test_outside_the_hours_it_says_when_the_business_opens(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        # Open on one day of the week, which is neither today nor yesterday anywhere.
        day = DAYS[(datetime.now(UTC).weekday() + 3) % 7]
        hours = {"hours": {day: [["09:00", "10:00"]]}, "time_zone": "America/Bogota"}

        def write_hours(tx: Tx) -> None:
            update_character(tx, default_character(tx).id, hours)

        await flow.write(write_hours)
        await say(flow, "quiero hablar con una persona")
        await say(flow, "es urgente")
        assert "Abrimos el" in flow.sent[1]
        assert "a las 09:00" in flow.sent[1]


@pytest.mark.parametrize(
    ("wish", "confirmed"),
    [
        ("BAJA", "no te enviaremos más promociones"),
        ("SAIR", "não enviaremos mais promoções"),
        ("STOP", "no te enviaremos más promociones"),  # a word of no language
    ],
)
async def test_a_wish_about_marketing_is_kept_and_confirmed_while_a_person_is_awaited(
    tmp_path: Path, wish: str, confirmed: str
) -> None:
    async with running_flow(tmp_path) as flow:
        await say(flow, "quiero hablar con una persona")
        await say(flow, wish)
        assert confirmed in flow.sent[-1]
        kept = await flow.runtime.store.read(lambda tx: tx.scalar(select(Contact.attributes)))
        assert kept["marketing"] == "stopped"
        assert (await flow.conversation()).state == "waiting"
        await say(flow, "¿hola?")
        assert "siguiente" in flow.sent[-1]  # the word about waiting is still to be said
