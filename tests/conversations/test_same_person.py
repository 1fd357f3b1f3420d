"""A conflict is settled by a person, once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recado.channels.messages import Identity
from recado.conversations.conflicts import show_conflict
from recado.conversations.contacts import recipient_of
from recado.conversations.messages import append_message
from recado.conversations.model import Contact, Conversation, ConversationEvent, Message
from recado.conversations.same_person import join_by_hand, keep_apart, open_conflicts, settle
from recado.errors import NotFound
from recado.runtime import Runtime
from recado.security.model import AuditEntry
from recado.store import Tx
from tests.support.conversations import add_conversation, add_line
from tests.support.runtime import make_runtime

ANA, MARIA, NEXT = (Identity("phone", f"1650555032{n}") for n in range(3))
THIRD = Identity("bsuid", "US.3")


class Two:
    """Ana and María claim one number, on one line, and a third contact another one of Ana's."""

    def __init__(self, tx: Tx) -> None:
        line = add_line(tx)
        self.conversations = [
            add_conversation(tx, line, name=name, identities=((it.kind, it.value),))
            for name, it in (("Ana", ANA), ("María", MARIA), ("Tercera", THIRD))
        ]
        for number, id in enumerate(self.conversations):
            about = {"direction": "inbound", "author": "contact", "type": "text"}
            append_message(tx, id, text=f"hola {number}", **about)
        query = select(Conversation.contact_id)
        self.ana, self.maria, self.third = (
            str(tx.scalar(query.where(Conversation.id == id))) for id in self.conversations
        )
        show_conflict(tx, {self.ana, self.maria}, MARIA)
        show_conflict(tx, {self.ana, self.third}, THIRD)


async def open_of(runtime: Runtime, contact_id: str) -> list[tuple[str, str]]:
    found = await runtime.store.read(lambda tx: open_conflicts(tx, contact_id))
    return [(it.claim["value"], it.other) for it in found]


async def audit(runtime: Runtime) -> list[tuple[str, str]]:
    rows = await runtime.store.read(lambda tx: tx.all(select(AuditEntry.actor, AuditEntry.action)))
    return [(row.actor, row.action) for row in rows]


@pytest.mark.parametrize("from_ana", [True, False])
async def test_the_same_person_has_one_conversation_with_all_that_was_said(
    tmp_path: Path, from_ana: bool
) -> None:
    async with make_runtime(tmp_path) as runtime:
        two = await runtime.store.write(Two)
        asked = two.ana if from_ana else two.maria
        settled = await settle(runtime, lambda tx: join_by_hand(tx, asked, MARIA, actor="user:bea"))
        assert settled.contact_id == two.ana
        assert settled.conversation_ids == [two.conversations[0]]

        def after(tx: Tx) -> tuple[Any, ...]:
            said = tx.all(
                select(Message.text)
                .where(Message.conversation_id == two.conversations[0])
                .order_by(Message.position)
            )
            known = recipient_of(tx, two.ana).identities
            return [row.text for row in said], known, tx.all(select(Contact.id))

        texts, known, contacts = await runtime.store.read(after)
        assert texts == ["hola 0", "hola 1"]
        assert known == (MARIA, ANA), "the newer number is the one that is written to"
        assert len(contacts) == 2
        assert await open_of(runtime, two.ana) == [(THIRD.value, two.third)]
        assert await audit(runtime) == [("user:bea", "contact.join")]
        with pytest.raises(NotFound):
            await settle(runtime, lambda tx: join_by_hand(tx, two.ana, MARIA, actor="x"))


async def test_whom_one_says_not_to_be_the_same_are_not_shown_again(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        two = await runtime.store.write(Two)
        await settle(runtime, lambda tx: keep_apart(tx, two.maria, MARIA, actor="api"))
        assert await open_of(runtime, two.maria) == []
        assert await open_of(runtime, two.ana) == [(THIRD.value, two.third)]
        await runtime.store.write(lambda tx: show_conflict(tx, {two.ana, two.maria}, MARIA))
        assert await open_of(runtime, two.maria) == []
        assert await audit(runtime) == [("api", "contact.keep_apart")]
        await runtime.store.write(lambda tx: show_conflict(tx, {two.ana, two.maria}, ANA))
        assert await open_of(runtime, two.maria) == [(ANA.value, two.ana)], "that is another"


@pytest.mark.parametrize("theirs", [True, False])
async def test_a_number_that_nobody_has_is_theirs_only_when_a_person_says_so(
    tmp_path: Path, theirs: bool
) -> None:
    async with make_runtime(tmp_path) as runtime:
        two = await runtime.store.write(Two)
        await runtime.store.write(lambda tx: show_conflict(tx, {two.ana}, NEXT))
        assert (NEXT.value, "") in await open_of(runtime, two.ana)
        decide = join_by_hand if theirs else keep_apart
        await settle(runtime, lambda tx: decide(tx, two.ana, NEXT, actor="api"))
        known = await runtime.store.read(lambda tx: recipient_of(tx, two.ana).identities)
        assert known == ((NEXT,) if theirs else (ANA,))
        await runtime.store.write(lambda tx: show_conflict(tx, {two.ana}, NEXT))
        assert (NEXT.value, "") not in await open_of(runtime, two.ana)
        names = await runtime.store.read(lambda tx: tx.all(select(ConversationEvent.name)))
        assert ("person_joined" if theirs else "person_apart") in {row.name for row in names}


async def test_what_is_no_conflict_is_not_settled(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        two = await runtime.store.write(Two)
        for decide in (join_by_hand, keep_apart):
            for contact, identity in ((two.ana, NEXT), (two.third, MARIA), ("0" * 32, MARIA)):
                about: Any = {"contact_id": contact, "identity": identity, "actor": "x"}
                with pytest.raises(NotFound):
                    await runtime.store.write(partial(decide, **about))
        assert len(await runtime.store.read(lambda tx: tx.all(select(Contact.id)))) == 3
