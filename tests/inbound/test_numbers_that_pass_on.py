"""A number has one owner after another: where the channel tells them apart, they are two people."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from recado.channels.messages import Identity, Sender
from recado.channels.port import Line
from recado.conversations.contacts import find_or_add_contact
from recado.conversations.messages import append_message
from recado.conversations.model import ContactIdentity
from recado.conversations.ownership import open_conversation
from recado.runtime import Runtime
from recado.store import Tx
from tests.support.runtime import make_runtime

NUMBER = Identity("phone", "5491123456789")
OTHER_NUMBER = Identity("phone", "5491198765432")
FORMER, PRESENT = Identity("provider", "1038@lid"), Identity("provider", "2049@lid")


async def wrote(runtime: Runtime, *identities: Identity) -> str:
    line = Line("0" * 32, "evolution", "shop", "Shop", {})

    def work(tx: Tx) -> str:
        contact_id = find_or_add_contact(tx, line, Sender(identities, ""), language="es")
        conversation = open_conversation(
            tx, line.id, contact_id, said="hola", default_language="es"
        )
        append_message(
            tx, conversation.id, direction="inbound", author="contact", type="text", text="hola"
        )
        return contact_id

    return await runtime.store.write(work)


async def owner_of(runtime: Runtime, identity: Identity) -> str:
    query = select(ContactIdentity.contact_id).where(
        ContactIdentity.kind == identity.kind, ContactIdentity.value == identity.value
    )
    return str(await runtime.store.read(lambda tx: tx.scalar(query)))


@pytest.mark.parametrize("wrote_before", [True, False])
async def test_the_next_owner_of_a_number_is_somebody_else(
    tmp_path: Path, wrote_before: bool
) -> None:
    async with make_runtime(tmp_path) as runtime:
        former = await wrote(runtime, NUMBER, FORMER)
        known = await wrote(runtime, PRESENT) if wrote_before else None
        present = await wrote(runtime, NUMBER, PRESENT)
        assert present != former
        assert known in (None, present)
        assert await owner_of(runtime, NUMBER) == present
        assert await wrote(runtime, FORMER) == former
        assert await wrote(runtime, NUMBER, PRESENT) == present


async def test_a_person_with_another_number_is_written_to_at_that_one(tmp_path: Path) -> None:
    async with make_runtime(tmp_path) as runtime:
        person = await wrote(runtime, NUMBER, PRESENT)
        assert await wrote(runtime, OTHER_NUMBER, PRESENT) == person
        assert await owner_of(runtime, OTHER_NUMBER) == person
        assert await owner_of(runtime, NUMBER) == "None"


async def test_who_writes_from_their_address_and_then_with_the_number_is_one(
    tmp_path: Path,
) -> None:
    async with make_runtime(tmp_path) as runtime:
        first = await wrote(runtime, PRESENT)
        assert await wrote(runtime, NUMBER, PRESENT) == first
        assert await wrote(runtime, NUMBER) == first
