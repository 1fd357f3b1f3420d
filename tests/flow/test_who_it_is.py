"""A person stays one contact through numbers, user ids and usernames; no two become one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recado.conversations.model import Contact, ContactIdentity
from recado.lines.model import LineEvent
from tests.support.flow import Flow, running_flow
from tests.support.payloads import (
    change_of,
    contact_of,
    message_of,
    text_message,
    value_of,
    webhook,
    webhook_of,
)


async def wrote(flow: Flow, words: str, **about: Any) -> str:
    """The contact id under which it was taken in."""
    username = about.pop("username", "")
    message = text_message(words, **about)
    contacts = [contact_of(message, username=username)]
    assert (await flow.post(webhook([message], contacts=contacts))).status_code == 200
    await flow.quiet()
    (row,) = await flow.messages(provider_message_id=message["id"])
    return str(row.contact_id)


async def identities(flow: Flow, contact_id: str) -> set[tuple[str, str]]:
    query = select(ContactIdentity.kind, ContactIdentity.value)
    rows = await flow.runtime.store.read(
        lambda tx: tx.all(query.where(ContactIdentity.contact_id == contact_id))
    )
    return {(row.kind, row.value) for row in rows}


async def contacts(flow: Flow) -> Sequence[Any]:
    return await flow.runtime.store.read(lambda tx: tx.all(select(Contact.__table__)))


@pytest.mark.parametrize(
    "forms",
    [
        ("5592981723241", "559281723241"),
        ("541158749895", "5491158749895", "54111558749895"),
        ("525639691841", "5215639691841"),
    ],
    ids=["Brazil", "Argentina", "Mexico"],
)
async def test_all_forms_of_a_number_are_one_person(tmp_path: Path, forms: tuple[str, ...]) -> None:
    async with running_flow(tmp_path) as flow:
        found = [await wrote(flow, "oi", sender=form) for form in (*forms, *reversed(forms))]
        assert len(set(found)) == 1
        # Sending works with the form that the channel gave last.
        assert await identities(flow, found[0]) == {("phone", forms[0])}


async def test_a_changed_number_keeps_the_conversation(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        person = await wrote(flow, "hola", sender="16505551234")
        notice = {"body": "User A changed …", "wa_id": "12195555358", "type": "user_changed_number"}
        await flow.receive(message_of("system", notice, sender="16505551234"))
        assert await wrote(flow, "soy yo", sender="12195555358") == person
        assert len(flow.sent) == 2  # nobody answers the notice
        stranger = await wrote(flow, "buenas", sender="16505551234")
        assert stranger != person
        assert await identities(flow, person) == {("phone", "12195555358")}


async def test_a_changed_user_id_keeps_the_conversation_however_it_is_told(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        person = await wrote(flow, "hola", sender=None, user_id="US.1")
        notice = {"body": "User changed", "user_id": "US.2", "type": "user_changed_user_id"}
        await flow.receive(message_of("system", notice, sender=None, user_id="US.1"))
        update = {"user_id": {"previous": "US.1", "current": "US.2"}, "detail": "changed"}
        body = value_of() | {"user_id_update": [update]}
        await flow.post(webhook_of(change_of(body, "user_id_update")))
        await flow.post(webhook_of(change_of(body, "user_id_update")))
        assert await wrote(flow, "soy yo", sender=None, user_id="US.2") == person
        assert await identities(flow, person) == {("bsuid", "US.2")}
        assert len(await contacts(flow)) == 1


async def test_a_new_number_that_belongs_to_another_merges_nobody(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        first = await wrote(flow, "hola", sender="16505551234")
        second = await wrote(flow, "hola", sender="12195555358")
        notice = {"body": "User changed", "wa_id": "12195555358", "type": "user_changed_number"}
        await flow.receive(message_of("system", notice, sender="16505551234"))
        await flow.quiet()
        assert await identities(flow, first) == {("phone", "16505551234")}
        assert await identities(flow, second) == {("phone", "12195555358")}
        names = await flow.runtime.store.read(lambda tx: tx.all(select(LineEvent.name)))
        assert [row.name for row in names] == ["system user_changed_number: conflict"]


async def test_news_of_somebody_unknown_makes_no_contact(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        notice = {"body": "User changed", "wa_id": "12195555358", "type": "user_changed_number"}
        await flow.receive(message_of("system", notice))
        await flow.quiet()
        assert await contacts(flow) == []


async def test_a_person_with_a_username_and_later_a_phone_is_one_contact(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        person = await wrote(flow, "hola", sender=None, user_id="BR.1", username="ana")
        assert await wrote(flow, "1", sender="5592981723241", user_id="BR.1") == person
        assert await wrote(flow, "2", sender="559281723241") == person
        assert await wrote(flow, "3", sender=None, user_id="BR.1", username="ana2") == person
        known = {("bsuid", "BR.1"), ("phone", "559281723241"), ("username", "ana2")}
        assert await identities(flow, person) == known


async def test_a_username_passes_from_one_person_to_another(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        ana = await wrote(flow, "hola", sender=None, user_id="US.1", username="ana")
        other = await wrote(flow, "hola", sender=None, user_id="US.2", username="ana")
        assert ana != other
        assert ("username", "ana") in await identities(flow, other)
        assert await identities(flow, ana) == {("bsuid", "US.1")}
        assert await wrote(flow, "soy Ana", sender=None, user_id="US.1", username="ana3") == ana


async def test_the_next_owner_of_a_number_is_somebody_new(tmp_path: Path) -> None:
    """Without any notice: the user id tells that it is another person."""
    async with running_flow(tmp_path) as flow:
        former = await wrote(flow, "mi saldo es 10", sender="16505551234", user_id="US.1")
        new = await wrote(flow, "hola", sender="16505551234", user_id="US.2")
        assert new != former
        assert await identities(flow, new) == {("phone", "16505551234"), ("bsuid", "US.2")}
        assert await identities(flow, former) == {("bsuid", "US.1")}
        assert await wrote(flow, "soy yo", sender="12195555358", user_id="US.1") == former


async def test_the_same_parent_id_is_the_same_person_under_another_user_id(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:

        async def came(words: str, user_id: str) -> str:
            message = text_message(words, sender=None, user_id=user_id)
            message["from_parent_user_id"] = "US.ENT.77"
            await flow.receive(message)
            await flow.quiet()
            return str((await flow.messages(provider_message_id=message["id"]))[0].contact_id)

        assert await came("hola", "US.1") == await came("hola", "US.2")


async def test_identities_of_two_people_in_one_message_merge_nobody(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        first = await wrote(flow, "hola", sender=None, user_id="US.1")
        second = await wrote(flow, "hola", sender="16505551234")
        assert await wrote(flow, "¿?", sender="16505551234", user_id="US.1") == first
        assert await identities(flow, second) == {("phone", "16505551234")}
        assert await wrote(flow, "yo", sender="16505551234") == second


async def test_who_wants_no_marketing_is_remembered(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await wrote(flow, "hola", sender="5592981723241")
        for wish, kept in (("stop", "stopped"), ("resume", "resumed")):
            preference = {
                "wa_id": "559281723241",
                "category": "marketing_messages",
                "value": wish,
                "timestamp": 1731705721,
            }
            body = value_of() | {"user_preferences": [preference]}
            await flow.post(webhook_of(change_of(body, "user_preferences")))
            await flow.quiet()
            (contact,) = await contacts(flow)
            assert contact.attributes == {"marketing": kept}
