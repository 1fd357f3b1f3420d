"""With RECADO_RETENTION_DAYS, what was said long ago is forgotten, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from recado.assistant.model import Turn
from recado.assistant.unanswered.model import UnansweredQuestion
from recado.conversations.messages import append_message
from recado.conversations.model import Contact, ContactIdentity, Conversation, Message, Note
from recado.conversations.ownership import open_conversation
from recado.conversations.summaries.model import ConversationSummary
from recado.errors import NotFound
from recado.escalation.model import Escalation
from recado.maintenance.tasks import clean_up, forget_old_messages
from recado.media.model import Media
from recado.runtime import Runtime
from recado.store import Base, Tx, first_id, new_id, now
from recado.store.sweeping import BATCH
from recado.subscriptions.model import EventDelivery
from tests.support.conversations import add_conversation, add_line, columns
from tests.support.runtime import make_runtime, make_runtime_on

DAY = 86_400.0
DAYS = 20


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path, RECADO_RETENTION_DAYS=str(DAYS)) as runtime:
        yield runtime


def old_id(days_ago: float) -> str:
    return first_id(now() - days_ago * DAY) + new_id()[12:]


def say(tx: Tx, conversation: str, words: str, *, days_ago: float, **values: Any) -> str:
    message = append_message(
        tx,
        conversation,
        **{"direction": "inbound", "author": "contact", "type": "text", **values},
        text=words,
        id=old_id(days_ago),
    )
    last = {"last_activity_at": now() - days_ago * DAY}
    tx.execute(update(Conversation).where(Conversation.id == conversation).values(last))
    return str(message["id"])


async def left(runtime: Runtime, column: Any) -> set[Any]:
    rows = await runtime.store.read(lambda tx: tx.all(select(column)))
    return {row[0] for row in rows}


async def count(runtime: Runtime, table: type[Base]) -> int:
    query = select(func.count()).select_from(table)
    return int(await runtime.store.read(lambda tx: tx.scalar(query)))


async def test_what_is_older_goes_and_what_is_younger_stays(runtime: Runtime) -> None:
    def work(tx: Tx) -> str:
        conversation = add_conversation(tx, add_line(tx))
        summary = {"conversation_id": conversation, "text": "Asked for a table long ago"}
        tx.execute(insert(ConversationSummary), columns(ConversationSummary, **summary))
        photo = say(tx, conversation, "the terrace", days_ago=DAYS + 1, type="image")
        media = columns(Media, id=new_id(), message_id=photo, created_at=now(), state="stored")
        tx.execute(insert(Media), media)
        for words, days_ago in (("old", DAYS + 1), ("young", DAYS - 1)):
            say(tx, conversation, words, days_ago=days_ago)
            note = {"id": old_id(days_ago), "conversation_id": conversation, "text": words}
            tx.execute(insert(Note), columns(Note, **note))
            turn = {"id": old_id(days_ago), "conversation_id": conversation, "intent": words}
            tx.execute(insert(Turn), columns(Turn, **turn))
            asked = {"id": old_id(days_ago), "conversation_id": conversation, "text": words}
            tx.execute(insert(UnansweredQuestion), columns(UnansweredQuestion, **asked))
            told = {"id": old_id(days_ago), "conversation_id": conversation, "body": words}
            tx.execute(insert(EventDelivery), columns(EventDelivery, **told))
        return conversation

    conversation = await runtime.store.write(work)
    await clean_up(runtime)
    assert await left(runtime, Message.text) == {"young"}
    assert await left(runtime, Note.text) == {"young"}
    assert await left(runtime, Turn.intent) == {"young"}
    assert await left(runtime, EventDelivery.body) == {"young"}
    assert await left(runtime, UnansweredQuestion.text) == {"young"}
    assert await left(runtime, Conversation.id) == {conversation}
    assert await left(runtime, ConversationSummary.id) == set()
    assert await left(runtime, Media.id) == set()


async def test_a_contact_who_has_long_been_silent_is_forgotten_however_much_they_said(
    runtime: Runtime,
) -> None:
    def work(tx: Tx) -> None:
        conversation = add_conversation(tx, add_line(tx))
        for number in range(BATCH + 5):
            say(tx, conversation, f"{number}", days_ago=DAYS + 1)
        handed = {"id": new_id(), "conversation_id": conversation, "created_at": now()}
        tx.execute(insert(Escalation), columns(Escalation, **handed))

    await runtime.store.write(work)
    done = await forget_old_messages(runtime)
    assert done["old messages removed"] == BATCH + 5
    assert done["silent conversations removed"] == 1
    for table in (Message, Conversation, Escalation, Contact, ContactIdentity):
        assert await count(runtime, table) == 0


async def test_a_block_outlives_what_was_said(runtime: Runtime) -> None:
    def work(tx: Tx) -> None:
        conversation = add_conversation(tx, add_line(tx))
        say(tx, conversation, "rude", days_ago=DAYS + 1)
        tx.execute(update(Contact).values(blocked=True))

    await runtime.store.write(work)
    await forget_old_messages(runtime)
    assert await count(runtime, Message) == 0
    assert await count(runtime, Contact) == 1
    assert await count(runtime, ContactIdentity) == 1


async def test_a_contact_who_writes_on_another_line_stays_known(runtime: Runtime) -> None:
    def work(tx: Tx) -> None:
        silent = add_conversation(tx, add_line(tx))
        say(tx, silent, "old", days_ago=DAYS + 1)
        contact = tx.scalar(select(Conversation.contact_id))
        talking = add_conversation(tx, add_line(tx))
        tx.execute(
            update(Conversation).where(Conversation.id == talking).values(contact_id=contact)
        )
        say(tx, talking, "young", days_ago=1)

    await runtime.store.write(work)
    await forget_old_messages(runtime)
    assert await left(runtime, Message.text) == {"young"}
    contacts = await left(runtime, Contact.id)
    assert await left(runtime, Conversation.contact_id) <= contacts


@pytest.mark.parametrize("status", ["queued", "unknown"])
async def test_what_may_still_go_out_stays_until_that_is_settled(
    runtime: Runtime, status: str
) -> None:
    def work(tx: Tx) -> None:
        conversation = add_conversation(tx, add_line(tx))
        sent = {"direction": "outbound", "author": "agent", "status": status}
        say(tx, conversation, "on its way", days_ago=DAYS + 1, **sent)

    await runtime.store.write(work)
    await forget_old_messages(runtime)
    assert await left(runtime, Message.text) == {"on its way"}
    assert await count(runtime, Conversation) == 1


async def test_who_writes_while_being_forgotten_is_taken_in_again_as_somebody_new(
    runtime: Runtime,
) -> None:
    def work(tx: Tx) -> None:
        line = add_line(tx)
        with pytest.raises(NotFound):  # the job comes again, and finds no such contact any more
            open_conversation(tx, line, "a contact just removed", said="", default_language="es")

    await runtime.store.write(work)
    assert await count(runtime, Conversation) == 0


async def test_without_the_setting_nothing_is_forgotten(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:

        def work(tx: Tx) -> None:
            say(tx, add_conversation(tx, add_line(tx)), "ages ago", days_ago=5000)

        await runtime.store.write(work)
        await clean_up(runtime)
        assert await left(runtime, Message.text) == {"ages ago"}
