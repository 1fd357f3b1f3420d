"""What the secret of one line says of a person holds for that line, and for nobody else's."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.conversations.model import ContactIdentity, Message
from recado.runtime import Runtime
from tests.support.deliveries import (
    Deliveries,
    changed,
    conflicts,
    contact_of_message,
    counted,
)
from tests.support.engines import postgresql_url
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, Json, message_of, webhook
from tests.support.runtime import make_runtime

SETTINGS = {"WHATSAPP_APP_SECRET": SECRET, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
OURS, SISTER, FOREIGN = PHONE_NUMBER_ID, "106540352242001", "106540352242002"
#: Ana's number and her next one; no user id is known of her.
ANA, NEXT = "16505550320", "16505550321"


@pytest.fixture(params=["sqlite", "postgresql"])
async def lines(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Deliveries]:
    """OURS and SISTER are of one app, FOREIGN of another."""
    if request.param == "sqlite":
        async with make_runtime(tmp_path, **SETTINGS) as runtime:
            yield await with_lines(runtime)
    else:
        async with (
            postgresql_url() as url,
            make_runtime(tmp_path, DATABASE_URL=url, **SETTINGS) as runtime,
        ):
            yield await with_lines(runtime)


async def with_lines(runtime: Runtime) -> Deliveries:
    await runtime.lines.add("whatsapp", SISTER, "Sister", {"app_secret": SECRET})
    await runtime.lines.add("whatsapp", FOREIGN, "Foreign", {"app_secret": "another app's secret"})
    return Deliveries(runtime)


def notice(old: str = ANA, new: str = NEXT, *, at: float | None = None) -> Json:
    told = {"type": "user_changed_number", "wa_id": new}
    return message_of("system", told, sender=old, at=at or time.time())


async def tell(lines: Deliveries, to: str, *items: Json) -> None:
    await lines.take_in(webhook(items, contacts=[], phone_number_id=to))


async def numbers_of(runtime: Runtime, contact_id: str) -> set[str]:
    query = select(ContactIdentity.value).where(
        ContactIdentity.contact_id == contact_id, ContactIdentity.kind == "phone"
    )
    return {row.value for row in await runtime.store.read(lambda tx: tx.all(query))}


async def ana(lines: Deliveries, *, to: str = OURS, at: float = 0.0) -> str:
    """She has written to us; her contact's id."""
    await lines.message("hola", sender=ANA, to=to, id="wamid.ana", at=at or time.time() - 600)
    return await contact_of_message(lines.runtime, "wamid.ana")


async def test_another_apps_line_gives_nobody_another_number(lines: Deliveries) -> None:
    contact_id = await ana(lines)
    await tell(lines, FOREIGN, notice())
    assert await numbers_of(lines.runtime, contact_id) == {ANA}
    (shown,) = await conflicts(lines.runtime)
    assert shown.id == contact_id
    (claim,) = shown.attributes["conflicts"]
    assert claim == {"contact_id": "", "kind": "phone", "value": NEXT}


async def test_nor_when_somebody_waits_there_under_the_new_one(lines: Deliveries) -> None:
    await lines.message("yo", sender=NEXT, to=FOREIGN, id="wamid.next")
    contact_id = await ana(lines, at=time.time() - 700)
    await tell(lines, FOREIGN, notice())
    assert await contact_of_message(lines.runtime, "wamid.next") != contact_id
    assert len(await conflicts(lines.runtime)) == 2


async def test_nor_when_a_message_in_her_name_goes_before(lines: Deliveries) -> None:
    """Whoever can say that her number is another one can also write in her name."""
    contact_id = await ana(lines)
    await lines.message("hola", sender=ANA, to=FOREIGN)
    await tell(lines, FOREIGN, notice())
    assert await numbers_of(lines.runtime, contact_id) == {ANA}
    assert await conflicts(lines.runtime)


async def test_nor_when_both_come_in_one_webhook(lines: Deliveries) -> None:
    contact_id = await ana(lines)
    said = message_of("text", {"body": "soy yo"}, sender=NEXT, id="wamid.next")
    await tell(lines, FOREIGN, said, notice())
    assert await numbers_of(lines.runtime, contact_id) == {ANA}
    assert await contact_of_message(lines.runtime, "wamid.next") != contact_id
    assert await conflicts(lines.runtime)


async def test_nor_when_the_change_was_told_before_she_wrote(lines: Deliveries) -> None:
    await tell(lines, FOREIGN, notice())
    contact_id = await ana(lines)
    assert await numbers_of(lines.runtime, contact_id) == {ANA}
    await lines.message("y yo", sender=NEXT, to=FOREIGN, id="wamid.next")
    assert await contact_of_message(lines.runtime, "wamid.next") != contact_id


async def test_nor_by_messages_that_name_two_of_her_identities(lines: Deliveries) -> None:
    contact_id = await ana(lines)
    await lines.message("hola", sender=ANA, user_id="US.EVIL", to=FOREIGN)
    await lines.message("ahora desde aquí", sender=NEXT, user_id="US.EVIL", to=FOREIGN)
    assert await numbers_of(lines.runtime, contact_id) == {ANA}
    await lines.message("y desde aquí", sender=ANA, user_id="US.EVIL2", to=FOREIGN)
    assert await numbers_of(lines.runtime, contact_id) == {ANA}
    assert await conflicts(lines.runtime)


@pytest.mark.parametrize("order", ["change last", "change first", "one webhook"])
async def test_a_line_of_the_same_app_does(lines: Deliveries, order: str) -> None:
    long_ago = time.time() - 600
    if order == "change first":
        await tell(lines, SISTER, notice(at=time.time() - 60))
        await lines.message("antes", sender=ANA, id="wamid.ana", at=long_ago)
    else:
        await ana(lines, at=long_ago)
    said = message_of("text", {"body": "soy yo"}, sender=NEXT, id="wamid.next")
    if order == "one webhook":
        await tell(lines, SISTER, said, notice())
    else:
        await tell(lines, SISTER, notice(at=time.time() - 60))
        await tell(lines, SISTER, said)
    contact_id = await contact_of_message(lines.runtime, "wamid.ana")
    assert await contact_of_message(lines.runtime, "wamid.next") == contact_id
    assert await numbers_of(lines.runtime, contact_id) == {NEXT}
    assert not await conflicts(lines.runtime)


@pytest.mark.parametrize("lines_in_order", [(OURS, FOREIGN), (FOREIGN, OURS)])
async def test_what_all_her_lines_tell_is_so(
    lines: Deliveries, lines_in_order: tuple[str, str]
) -> None:
    contact_id = await ana(lines)
    await lines.message("también aquí", sender=ANA, to=FOREIGN)
    for to in lines_in_order:
        await lines.message("soy yo", sender=NEXT, to=to, id=f"wamid.{to}")
        await tell(lines, to, notice(at=time.time() - 60))
    assert await numbers_of(lines.runtime, contact_id) == {NEXT}
    owners = {await contact_of_message(lines.runtime, f"wamid.{to}") for to in lines_in_order}
    assert owners == {contact_id}
    assert (await counted(lines.runtime))[0] == 1


async def test_who_is_known_on_that_line_alone_goes_on_there(lines: Deliveries) -> None:
    contact_id = await ana(lines, to=FOREIGN)
    await tell(lines, FOREIGN, notice())
    await lines.message("soy yo", sender=NEXT, to=FOREIGN, id="wamid.next")
    assert await contact_of_message(lines.runtime, "wamid.next") == contact_id


async def test_a_changed_user_id_is_for_its_own_lines_too(lines: Deliveries) -> None:
    await lines.message("hola", sender=None, user_id="US.OLD", id="wamid.ana")
    contact_id = await contact_of_message(lines.runtime, "wamid.ana")
    told = changed({"user_id": "US.OLD"}, {"user_id": "US.NEW"}, time.time())
    await tell(lines, FOREIGN, told)
    await lines.message("soy otra", sender=None, user_id="US.NEW", to=FOREIGN, id="wamid.new")
    assert await contact_of_message(lines.runtime, "wamid.new") != contact_id
    await tell(lines, OURS, told)
    query = select(ContactIdentity.value).where(ContactIdentity.contact_id == contact_id)
    known = {row.value for row in await lines.runtime.store.read(lambda tx: tx.all(query))}
    assert known == {"US.NEW"}
    said = select(Message.contact_id).where(Message.provider_message_id == "wamid.new")
    assert await lines.runtime.store.read(lambda tx: tx.scalar(said)) == contact_id
