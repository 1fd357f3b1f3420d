"""However the vendor delivers, as many contacts come of it as there are persons."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from recado.conversations.messages import append_message
from recado.conversations.model import (
    Contact,
    ContactIdentity,
    Conversation,
    ConversationEvent,
    Message,
)
from recado.maintenance.personal_data import erase
from recado.runtime import Runtime
from recado.sending.begin import begin_conversation, identity_of
from recado.turns.burst import read_turn
from tests.support.deliveries import (
    Deliveries,
    changed,
    conflicts,
    contact_of_message,
    counted,
)
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, Json, message_of, webhook
from tests.support.payloads import status as status_of
from tests.support.runtime import make_runtime_on

SETTINGS = {"WHATSAPP_APP_SECRET": SECRET, "WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID}
MINUTE = 60.0


@pytest.fixture(params=["sqlite", "postgresql"])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    async with make_runtime_on(request.param, tmp_path, **SETTINGS) as runtime:
        yield runtime


class Person:
    """One person with two lives: before and after a change of number, and what the vendor tells
    of both. A phone number may be left out of any message, a user id never is."""

    def __init__(self, number: int, dice: random.Random) -> None:
        self.dice = dice
        self.ids: list[str] = []
        before = {"number": f"1650555{number:03}0", "user_id": f"US.{number:03}A"}
        after = {"number": f"1650555{number:03}1", "user_id": f"US.{number:03}B"}
        if dice.random() < 0.3:
            del after["number"]
        began = time.time() - 3600 + number
        self.items: list[Json] = []
        for minute, life in enumerate((before, before, after, after)):
            self.items.append(self._said(f"{number}.{minute}", life, began + minute * MINUTE))
        change = changed(before, after, began + 1.5 * MINUTE)
        if dice.random() < 0.5:
            change["from_user_id"] = dice.choice([before, after])["user_id"]
        self.items.append(change)
        if dice.random() < 0.4:
            self.items.append(dice.choice(self.items))

    def _said(self, name: str, life: Json, at: float) -> Json:
        shown = life.get("number") if self.dice.random() < 0.6 else None
        id = f"wamid.{name}"
        self.ids.append(id)
        about = {"sender": shown, "user_id": life["user_id"], "at": at, "id": id}
        if self.dice.random() < 0.2 and life.get("number") and not shown:
            card = {"name": {"formatted_name": "Ana"}, "phones": [{"wa_id": life["number"]}]}
            return {**message_of("contacts", [card], **about), "origin": "contact_request"}
        return message_of("text", {"body": name}, **about)


@pytest.mark.parametrize("seed", range(12))
async def test_each_person_is_one_contact_in_every_order(runtime: Runtime, seed: int) -> None:
    dice = random.Random(seed)
    people = [Person(number, dice) for number in range(5)]
    items = [item for person in people for item in person.items]
    dice.shuffle(items)
    deliveries = Deliveries(runtime)
    while items:
        batch = [items.pop() for _ in range(min(len(items), dice.choice([1, 1, 2, 4])))]
        await deliveries.take_in(webhook(batch, contacts=[]))
    assert await counted(runtime) == (len(people), len(people))
    owners = [{await contact_of_message(runtime, id) for id in person.ids} for person in people]
    assert all(len(owner) == 1 for owner in owners)
    positions = await runtime.store.read(
        lambda tx: tx.all(
            select(Message.conversation_id, Message.position).order_by(Message.position)
        )
    )
    for conversation in {row.conversation_id for row in positions}:
        own = [row.position for row in positions if row.conversation_id == conversation]
        assert own == list(range(1, len(own) + 1))


async def wrote_to(runtime: Runtime, number: str) -> tuple[str, str]:
    """We write first. The contact's and the message's id."""
    (line,) = [it for it in await runtime.lines.all() if it.channel == "whatsapp"]

    def work(tx: Any) -> tuple[str, str]:
        identity = identity_of(line, number)
        conversation = begin_conversation(tx, line, identity, language="es")
        message = append_message(
            *(tx, conversation),
            direction="outbound",
            author="agent",
            type="text",
            text="x",
            provider_message_id=f"wamid.to.{number}",
        )
        return message["contact_id"], message["id"]

    return await runtime.store.write(work)


@pytest.mark.parametrize("reply_first", [True, False])
async def test_a_status_that_names_number_and_user_id_makes_them_one(
    runtime: Runtime, reply_first: bool
) -> None:
    deliveries = Deliveries(runtime)
    contact_id, _ = await wrote_to(runtime, "573000003801")
    told = webhook(
        statuses=[status_of("wamid.to.573000003801", recipient="573000003801", user_id="CO.1")]
    )
    if not reply_first:
        await deliveries.take_in(told)
    await deliveries.message("hola", sender=None, user_id="CO.1", id="wamid.reply")
    await deliveries.take_in(told)
    assert await counted(runtime) == (1, 1)
    assert await contact_of_message(runtime, "wamid.reply") == contact_id


async def test_a_status_about_two_who_are_known_merges_nobody_and_is_shown(
    runtime: Runtime,
) -> None:
    deliveries = Deliveries(runtime)
    await deliveries.message("soy otra", sender=None, user_id="CO.1")
    await deliveries.message("hola", sender="573000003801")
    await wrote_to(runtime, "573000003801")
    named = status_of("wamid.to.573000003801", recipient="573000003801", user_id="CO.1")
    await deliveries.take_in(webhook(statuses=[named]))
    assert await counted(runtime) == (2, 2)
    assert len(await conflicts(runtime)) == 2


async def test_a_card_of_somebody_known_merges_nobody_and_is_shown(runtime: Runtime) -> None:
    deliveries = Deliveries(runtime)
    await deliveries.message("hola", sender="16505550320", at=time.time() - 600)
    await deliveries.message("soy otra", sender=None, user_id="US.32", at=time.time() - 500)
    card = {"name": {"formatted_name": "Ana"}, "phones": [{"phone": "+1 650 555 0320"}]}
    asked = [card | {"origin": "contact_request"}]
    await deliveries.take_in(webhook([message_of("contacts", asked, sender=None, user_id="US.32")]))
    assert await counted(runtime) == (2, 2)
    assert len(await conflicts(runtime)) == 2


async def test_who_is_erased_stands_on_nobody_else_any_more(runtime: Runtime) -> None:
    deliveries = Deliveries(runtime)
    await deliveries.message("soy otra", sender=None, user_id="CO.1", id="wamid.other")
    await deliveries.message("hola", sender="573000003801")
    await wrote_to(runtime, "573000003801")
    named = status_of("wamid.to.573000003801", recipient="573000003801", user_id="CO.1")
    await deliveries.take_in(webhook(statuses=[named]))
    erased = await contact_of_message(runtime, "wamid.other")
    await erase(runtime, erased, actor="test")
    kept = await runtime.store.read(
        lambda tx: [*tx.all(select(Contact.attributes)), *tx.all(select(ConversationEvent.detail))]
    )
    assert kept
    assert erased not in str(kept)
    assert "CO.1" not in str(kept)


@pytest.mark.parametrize("origin", ["other", None, "contact_request"])
async def test_a_card_gives_its_number_only_if_it_was_asked_for(
    runtime: Runtime, origin: str | None
) -> None:
    deliveries = Deliveries(runtime)
    card = {"name": {"formatted_name": "Ana"}, "phones": [{"wa_id": "16505550320"}]}
    shared = message_of("contacts", [card | {"origin": origin}], sender=None, user_id="US.32")
    await deliveries.take_in(webhook([shared]))
    await deliveries.message("ahora con teléfono", sender="16505550320")
    asked = origin == "contact_request"
    assert await counted(runtime) == ((1, 1) if asked else (2, 2))


async def test_a_card_that_nobody_could_have_asked_for_merges_nobody(runtime: Runtime) -> None:
    deliveries = Deliveries(runtime)
    await deliveries.message("hola", sender="16505550320", at=time.time() - 600)
    card = {"name": {"formatted_name": "Ana"}, "phones": [{"wa_id": "16505550320"}]}
    asked = message_of("contacts", [card], sender=None, user_id="US.32")
    await deliveries.take_in(webhook([asked | {"origin": "contact_request"}]))
    assert await counted(runtime) == (2, 2)
    assert len(await conflicts(runtime)) == 2


@pytest.mark.parametrize("timestamp", ["1", "86400", "1000000000"])
async def test_a_notice_that_says_no_likely_time_merges_nobody_who_is_known(
    runtime: Runtime, timestamp: str
) -> None:
    deliveries = Deliveries(runtime)
    hour_ago = time.time() - 3600
    for number in ("16505550320", "16505550321"):
        await deliveries.message("hola", sender=number, at=hour_ago)
    told = {"type": "user_changed_number", "wa_id": "16505550321"}
    notice = message_of("system", told, sender="16505550320") | {"timestamp": timestamp}
    await deliveries.take_in(webhook([notice]))
    assert await counted(runtime) == (2, 2)
    assert len(await conflicts(runtime)) == 2


async def test_somebody_known_for_longer_than_news_take_is_no_newcomer(runtime: Runtime) -> None:
    deliveries = Deliveries(runtime)
    await deliveries.message("hola", sender="16505550320")
    await deliveries.message("soy otra", sender="16505550321", id="wamid.other")
    known_for_a_month = (
        update(Message)
        .where(Message.provider_message_id == "wamid.other")
        .values(created_at=time.time() - 30 * 86400)
    )
    await runtime.store.write(lambda tx: tx.execute(known_for_a_month))
    told = {"type": "user_changed_number", "wa_id": "16505550321"}
    year_ago = time.time() - 365 * 86400
    notice = message_of("system", told, sender="16505550320", at=year_ago)
    await deliveries.take_in(webhook([notice]))
    assert await counted(runtime) == (2, 2)
    assert len(await conflicts(runtime)) == 2


async def test_a_change_in_the_future_gives_nobody_the_next_owners_messages(
    runtime: Runtime,
) -> None:
    deliveries = Deliveries(runtime)
    told = {"type": "user_changed_number", "wa_id": "16505550321"}
    notice = message_of("system", told, sender="16505550320", at=time.time() + 90 * 86400)
    await deliveries.take_in(webhook([notice]))
    await deliveries.message("nueva dueña", sender="16505550320", at=time.time() + 2)
    await deliveries.message("otra", sender="16505550321")
    assert await counted(runtime) == (2, 2)


@pytest.mark.parametrize("seed", range(6))
async def test_claims_on_somebody_known_before_merge_nobody(runtime: Runtime, seed: int) -> None:
    dice = random.Random(seed)
    deliveries = Deliveries(runtime)
    long_ago = time.time() - 30 * 86400
    people = [{"number": f"1650555{n:03}0", "user_id": f"US.{n:03}A"} for n in range(4)]
    for person in people:
        about = {"sender": person["number"], "user_id": person["user_id"]}
        await deliveries.message("hola", at=long_ago, **about)
    for _ in range(6):
        one, other = dice.sample(people, 2)
        await deliveries.take_in(webhook([changed(one, other, time.time() - 60)]))
    for person in people:
        await deliveries.message("¿y?", sender=person["number"], user_id=person["user_id"])
    assert await counted(runtime) == (4, 4)
    assert await conflicts(runtime)


async def test_news_of_the_unknown_makes_nobody_and_what_was_said_before_it_may_come_later(
    runtime: Runtime,
) -> None:
    deliveries = Deliveries(runtime)
    old, new = {"user_id": "US.OLD", "number": "1"}, {"user_id": "US.NEW"}
    await deliveries.take_in(webhook([changed(old, new, time.time())], contacts=[]))
    assert await counted(runtime) == (0, 0)
    await deliveries.message("antes", sender=None, user_id="US.OLD", at=time.time() - 60)
    await deliveries.message("después", sender=None, user_id="US.NEW")
    assert await counted(runtime) == (1, 1)


async def test_what_was_answered_before_it_was_joined_is_not_answered_again(
    runtime: Runtime,
) -> None:
    deliveries = Deliveries(runtime)
    await deliveries.message("waits", sender=None, user_id="US.OLD")
    await deliveries.message("answered", sender=None, user_id="US.NEW", id="wamid.2")
    where = select(Message.conversation_id).where(Message.provider_message_id == "wamid.2")
    answered = update(Conversation).where(Conversation.id == where.scalar_subquery())
    await runtime.store.write(lambda tx: tx.execute(answered.values(answered_to=1)))
    await deliveries.message("new", sender=None, user_id="US.NEW")
    notice = changed({"user_id": "US.OLD"}, {"user_id": "US.NEW"}, time.time())
    await deliveries.take_in(webhook([notice], contacts=[]))
    (conversation,) = await runtime.store.read(lambda tx: tx.all(select(Conversation.id)))
    _, burst = await runtime.store.read(lambda tx: read_turn(tx, conversation.id))
    assert burst.text == "waits\nnew"


async def test_joined_conversations_keep_the_owner_of_the_older_one(runtime: Runtime) -> None:
    deliveries = Deliveries(runtime)
    await deliveries.message("antes", sender=None, user_id="US.OLD", id="wamid.1")

    def taken(tx: Any) -> None:
        from recado.conversations.ownership import take_over

        take_over(tx, tx.scalar(select(Conversation.id)), actor="user:ana")

    await runtime.store.write(taken)
    await deliveries.message("después", sender=None, user_id="US.NEW", id="wamid.2")
    notice = changed({"user_id": "US.OLD"}, {"user_id": "US.NEW"}, time.time())
    await deliveries.take_in(webhook([notice], contacts=[]))
    rows = await runtime.store.read(lambda tx: tx.all(select(Conversation.__table__)))
    (conversation,) = rows
    assert conversation.state == "human"
    said = await runtime.store.read(
        lambda tx: tx.all(select(Message.text).order_by(Message.position))
    )
    assert [row.text for row in said] == ["antes", "después", "User changed"]
    identities = await runtime.store.read(lambda tx: tx.all(select(ContactIdentity.value)))
    assert [row.value for row in identities] == ["US.NEW"]
