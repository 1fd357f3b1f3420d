"""What is known about a contact stays true: newer replaces older, people have the last word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from recado.conversations.facts.keeping import (
    correct_fact,
    erase_fact,
    list_facts,
    write_fact,
)
from recado.conversations.facts.model import ContactFact, FactsRead
from recado.conversations.facts.reading import find_facts
from recado.conversations.joining import join
from recado.conversations.messages import append_message
from recado.conversations.model import Conversation, Message
from recado.errors import BadRequest, NotFound
from recado.maintenance.personal_data import erase_contact, export_contact, find_contact
from recado.store import Store, Tx, now, open_store
from recado.store.migrate import migrate
from tests.support.conversations import add_conversation, add_line


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/recado.db", sync="off")
    await migrate(store)
    yield store
    await store.close()


class Talk:
    """A contact who writes."""

    def __init__(self, store: Store, conversation_id: str, contact_id: str) -> None:
        self.store = store
        self.conversation_id = conversation_id
        self.contact_id = contact_id

    async def say(self, text: str, **values: Any) -> str:
        about: dict[str, Any] = {"direction": "inbound", "author": "contact", "type": "text"}

        def work(tx: Tx) -> str:
            return str(append_message(tx, self.conversation_id, text=text, **about, **values)["id"])

        id = await self.store.write(work)
        await find_facts(self.store)
        return id

    async def known(self, *, history: bool = False) -> list[tuple[str, str, str]]:
        facts = await self.store.read(lambda tx: list_facts(tx, self.contact_id, history=history))
        return [(it.kind, it.value, it.state) for it in facts]

    async def current(self) -> dict[str, str]:
        return {kind: value for kind, value, _ in await self.known()}

    async def id_of(self, kind: str) -> str:
        facts = await self.store.read(lambda tx: list_facts(tx, self.contact_id))
        return next(it.id for it in facts if it.kind == kind)


async def begin(store: Store, line: str = "") -> Talk:
    def work(tx: Tx) -> tuple[str, str]:
        id = add_conversation(tx, line or add_line(tx))
        row = tx.first(Conversation.__table__.select().where(Conversation.id == id))
        assert row is not None
        return id, row.contact_id

    return Talk(store, *await store.write(work))


@pytest.fixture
async def talk(store: Store) -> Talk:
    return await begin(store)


async def again(store: Store) -> None:
    """All messages are looked through once more, as after a crash."""
    await store.write(lambda tx: tx.execute(update(FactsRead).values(read_to=0.0)))
    await find_facts(store)


async def test_a_newer_fact_takes_the_place_of_an_older_one_which_stays_as_history(
    talk: Talk,
) -> None:
    await talk.say("me llamo Ana")
    await talk.say("perdón, me llamo Ana María y mi pedido es 1182")
    await talk.say("y también mi pedido es 1183")
    assert await talk.known() == [
        ("name", "Ana María", "current"),
        ("order", "1183", "current"),
        ("order", "1182", "current"),
    ]
    assert ("name", "Ana", "replaced") in await talk.known(history=True)


async def test_each_fact_names_its_message(talk: Talk) -> None:
    id = await talk.say("mi correo es ana@cafe.mx")
    (fact,) = await talk.store.read(lambda tx: list_facts(tx, talk.contact_id))
    assert (fact.source_message_id, fact.conversation_id) == (id, talk.conversation_id)
    assert (fact.position, fact.confidence) == (1, 0.95)


async def test_what_a_person_corrected_is_not_found_again_in_that_message(talk: Talk) -> None:
    await talk.say("me llamo Ana y mi pedido es 1182")
    id = await talk.id_of("name")

    def correct(tx: Tx) -> None:
        correct_fact(tx, talk.contact_id, id, "Anna", actor="user:1")

    await talk.store.write(correct)
    await again(talk.store)
    assert await talk.current() == {"name": "Anna", "order": "1182"}
    await talk.say("mi nombre es Hanna")  # a newer word of the contact's own
    assert (await talk.current())["name"] == "Hanna"


async def test_what_a_person_erased_is_gone_and_not_found_again_in_that_message(
    talk: Talk,
) -> None:
    await talk.say("soy alérgica a las nueces")
    await talk.say("me llamo Ana")
    await talk.say("me llamo Anna")
    for kind in ("name", "diet"):
        id = await talk.id_of(kind)

        def erase(tx: Tx, id: str = id) -> None:
            erase_fact(tx, talk.contact_id, id, actor="user:1")

        await talk.store.write(erase)
    await again(talk.store)
    assert await talk.known(history=True) == []
    rows = await talk.store.read(lambda tx: tx.all(ContactFact.__table__.select()))
    assert {row.value for row in rows} == {""}


async def test_what_is_taken_back_passed_on_or_said_by_others_is_not_known(talk: Talk) -> None:
    await talk.say("me llamo Ana", content={"forwarded": True})
    await talk.say("me llamo Bea", content={"participant": {"name": "Bea"}})
    assert await talk.known() == []
    id = await talk.say("mi pedido es 1182")
    assert await talk.current() == {"order": "1182"}
    gone = update(Message).where(Message.id == id).values(revoked_at=now())
    await talk.store.write(lambda tx: tx.execute(gone))
    assert await talk.known() == []


async def test_two_contacts_that_are_one_share_what_is_known_of_both(store: Store) -> None:
    older = await begin(store)
    younger = await begin(store)
    await older.say("me llamo Ana. Mi correo es ana@cafe.mx")
    await younger.say("me llamo Ana Ruiz. Mi pedido es 77120")
    await store.write(lambda tx: join(tx, older.contact_id, younger.contact_id))
    assert await older.current() == {"name": "Ana Ruiz", "email": "ana@cafe.mx", "order": "77120"}


async def test_erasing_a_contact_takes_what_is_known_along_and_the_export_has_it(
    talk: Talk,
) -> None:
    await talk.say("me llamo Ana")

    def leave(tx: Tx) -> Any:
        subject = find_contact(tx, talk.contact_id)
        told = export_contact(tx, subject)["facts"]
        erase_contact(tx, subject, actor="user:1")
        return told

    (told,) = await talk.store.write(leave)
    assert told["value"] == "Ana"
    assert await talk.store.read(lambda tx: tx.all(ContactFact.__table__.select())) == []
    await again(talk.store)
    assert await talk.known() == []


async def test_a_person_writes_down_what_nobody_said(talk: Talk) -> None:
    def write(tx: Tx) -> None:
        write_fact(tx, talk.contact_id, "name", "  Ana   Ruiz ", actor="user:1")

    await talk.store.write(write)
    assert await talk.current() == {"name": "Ana Ruiz"}
    for contact, kind, value, error in (
        (talk.contact_id, "shoe size", "38", BadRequest),
        (talk.contact_id, "name", " ", BadRequest),
        (talk.contact_id, "name", "a" * 201, BadRequest),
        ("nobody", "name", "Ana", NotFound),
    ):

        def wrong(tx: Tx, contact: str = contact, kind: str = kind, value: str = value) -> None:
            write_fact(tx, contact, kind, value, actor="user:1")

        with pytest.raises(error):
            await talk.store.write(wrong)
