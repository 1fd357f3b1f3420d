"""The right people hear of what waits, once each, on the channel that they chose; whatever the
channel does, messages go on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from recado.conversations.ownership import hand_back, take_over
from recado.escalation.departments.model import DepartmentMember
from recado.escalation.departments.registry import add_department
from recado.escalation.model import Escalation
from recado.escalation.routing.limit import give_up
from recado.events import EscalationTriggered, OwnershipChanged, SlaBreached
from recado.notifications import keeping
from recado.notifications.choices import choose
from recado.notifications.model import Notification
from recado.security.model import User
from recado.security.users import add_user
from recado.store import Tx, now
from tests.support.amazon import amazon
from tests.support.chats import running_chat
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, running_flow
from tests.support.mail import MailServer, mail_server, parts_of
from tests.support.payloads import text_message

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)]
PERSON = "quiero hablar con una persona"
PUBLIC = "https://recado.example"


@asynccontextmanager
async def a_team(data: Path, engine: str = "sqlite", **settings: str) -> AsyncIterator[Flow]:
    async with AsyncExitStack() as stack:
        if engine == "postgresql":
            settings["DATABASE_URL"] = await stack.enter_async_context(postgresql_url())
        hosts = "RECADO_WEBHOOKS_PRIVATE_HOSTS"
        given: dict[str, Any] = {"RECADO_PUBLIC_URL": PUBLIC, hosts: "127.0.0.1"}
        yield await stack.enter_async_context(running_flow(data, **given | settings))


@asynccontextmanager
async def with_mail(data: Path, engine: str = "sqlite") -> AsyncIterator[tuple[Flow, MailServer]]:
    async with mail_server() as server:
        told = {"SMTP_URL": server.url, "RECADO_MAIL_FROM": "recado@shop.example"}
        async with a_team(data, engine, **told) as flow:
            yield flow, server


async def person(flow: Flow, name: str, *, role: str = "agent", **values: Any) -> str:
    """Somebody who wants e-mails of what waits; `values` are columns of the user."""

    def work(tx: Tx) -> str:
        id = add_user(tx, email=f"{name.lower()}@shop.example", name=name, role=role)
        if values:
            tx.execute(update(User).where(User.id == id).values(**values))
        choose(tx, id, {"channels": {"waiting": ["email"], "assigned": ["email"]}})
        return id

    id: str = await flow.write(work)
    await flow.runtime.notifications.refresh()
    return id


async def rows(flow: Flow, **where: Any) -> Sequence[Any]:
    query = select(Notification.__table__).order_by(Notification.id)
    for name, value in where.items():
        query = query.where(getattr(Notification, name) == value)
    return await flow.runtime.store.read(lambda tx: tx.all(query))


async def asks_for_a_person(flow: Flow) -> None:
    await flow.receive(text_message(PERSON))
    await flow.quiet()


@pytest.mark.parametrize("engine", ENGINES)
async def test_who_waits_is_mailed_once_to_each_with_a_link(tmp_path: Path, engine: str) -> None:
    async with with_mail(tmp_path, engine) as (flow, server):
        await person(flow, "Ana", language="es")
        await person(flow, "Rui", language="pt")
        await asks_for_a_person(flow)
        for words in ("¿hay alguien?", "hola??"):
            await flow.receive(text_message(words))
        await flow.quiet()
        mails = {it["To"]: it for it in server.mails}
        assert sorted(mails) == ["ana@shop.example", "rui@shop.example"]
        assert len(server.mails) == 2
        conversation = await flow.conversation()
        plain = parts_of(mails["ana@shop.example"])[0]
        assert f"{PUBLIC}/conversations/{conversation.id}" in plain
        assert "Pidió" in plain or "persona" in plain
        assert "espera por uma pessoa" in mails["rui@shop.example"]["Subject"]
        assert {it.state for it in await rows(flow, channel="email")} == {"sent"}


async def test_without_anybody_who_wants_it_no_event_is_kept(tmp_path: Path) -> None:
    async with a_team(tmp_path) as flow:
        assert not flow.runtime.bus.keeps(EscalationTriggered)
        await asks_for_a_person(flow)
        assert await rows(flow) == []


async def test_a_mail_server_that_is_away_holds_up_no_message(tmp_path: Path) -> None:
    async with with_mail(tmp_path) as (flow, server):
        await person(flow, "Ana")
        server.answers = ["451 4.3.0 Later", "421 4.3.0 Busy"]
        await asks_for_a_person(flow)
        handed_over = len(flow.graph.received)
        assert handed_over == 1
        await flow.quiet(hurried=True)
        (row,) = await rows(flow, channel="email")
        assert (row.state, row.tries) == ("sent", 3)
        assert [it["answer"][:3] for it in row.attempts] == ["451", "421", "250"]
        assert len(server.mails) == 1


async def test_what_no_try_delivers_is_seen_and_replayed(tmp_path: Path) -> None:
    async with with_mail(tmp_path) as (flow, server):
        await person(flow, "Ana")
        server.answers = ["550 5.1.1 No such mailbox"]
        await asks_for_a_person(flow)
        await flow.quiet()
        (row,) = await rows(flow, channel="email")
        assert (row.state, row.answer) == ("failed", "550 5.1.1 No such mailbox")
        await flow.write(lambda tx: keeping.replay(tx, row.id))
        await flow.quiet()
        (row,) = await rows(flow, channel="email")
        assert row.state == "sent"
        assert len(server.mails) == 1


async def test_somebody_who_has_quiet_hours_hears_at_their_end_unless_it_is_over(
    tmp_path: Path,
) -> None:
    async with with_mail(tmp_path) as (flow, server):
        id = await person(flow, "Ana", time_zone="America/Bogota")
        local = datetime.now(UTC) + timedelta(hours=-5)
        hours = {
            "quiet_from": f"{local - timedelta(hours=1):%H:%M}",
            "quiet_to": f"{local + timedelta(hours=1):%H:%M}",
        }
        await flow.write(lambda tx: choose(tx, id, hours))
        await flow.runtime.notifications.refresh()
        await flow.receive(text_message(PERSON))
        await flow.until_sent(1)
        (row,) = await rows(flow, channel="email")
        assert row.state == "waiting"
        assert 3400 < row.due_at - now() < 3660
        conversation = await flow.conversation()
        await flow.write(lambda tx: take_over(tx, conversation.id, actor="api"))
        await flow.write(
            lambda tx: tx.execute(
                update(Notification).values(due_at=now() - 1, asked_at=now() - 3600)
            )
        )
        await flow.quiet(hurried=True)
        (row,) = await rows(flow, channel="email")
        assert (row.state, server.mails) == ("dropped", [])


async def test_what_waited_the_night_is_tried_as_often_as_any(tmp_path: Path) -> None:
    async with with_mail(tmp_path) as (flow, server):
        id = await person(flow, "Ana")
        await flow.write(lambda tx: choose(tx, id, {"digest_minutes": 15}))
        await flow.runtime.notifications.refresh()
        server.answers = ["451 4.3.0 Later"]
        await flow.receive(text_message(PERSON))
        await flow.until_sent(1)
        night = {"asked_at": now() - 9 * 3600, "due_at": now() - 1}
        await flow.write(lambda tx: tx.execute(update(Notification).values(**night)))
        await flow.start_workers()
        await flow.quiet(hurried=True)
        (row,) = await rows(flow, channel="email")
        assert (row.state, row.tries, len(server.mails)) == ("sent", 2, 1)


async def test_a_digest_tells_several_matters_in_one_mail(tmp_path: Path) -> None:
    async with with_mail(tmp_path) as (flow, server):
        id = await person(flow, "Ana")
        await flow.write(lambda tx: choose(tx, id, {"digest_minutes": 15}))
        await flow.runtime.notifications.refresh()
        for sender in ("16505550001", "16505550002", "16505550003"):
            await flow.receive(text_message(PERSON, sender=sender))
        await flow.until_sent(3)
        found = await rows(flow, channel="email")
        assert len(found) == 3
        assert len({it.due_at for it in found}) == 1
        assert server.mails == []
        early = update(Notification).values(due_at=now() - 1)
        await flow.write(lambda tx: tx.execute(early))
        await flow.quiet(hurried=True)
        (mail,) = server.mails
        assert mail["Subject"].startswith("3 ")
        assert parts_of(mail)[0].count(f"{PUBLIC}/conversations/") == 3


async def test_only_the_members_of_the_department_are_told(tmp_path: Path) -> None:
    async with with_mail(tmp_path) as (flow, server):
        await person(flow, "Ana")
        member = await person(flow, "Rui")
        row = {"department": "general", "user_id": member, "capacity": 5, "created_at": now()}
        values = {"skills": None, "languages": None, "asked_at": None}
        await flow.write(lambda tx: tx.execute(insert(DepartmentMember), row | values))
        await flow.runtime.notifications.refresh()
        await asks_for_a_person(flow)
        await flow.quiet()
        assert [it["To"] for it in server.mails] == ["rui@shop.example"]


async def test_who_is_given_a_conversation_hears_of_it_and_who_takes_one_does_not(
    tmp_path: Path,
) -> None:
    async with with_mail(tmp_path) as (flow, server):
        id = await person(flow, "Ana")
        await asks_for_a_person(flow)
        await flow.quiet()
        conversation = await flow.conversation()

        def take(tx: Tx, actor: str) -> None:
            take_over(tx, conversation.id, actor=actor, user_id=id)

        await flow.write(lambda tx: take(tx, f"user:{id}"))
        await flow.quiet()
        assert len(server.mails) == 1
        await flow.write(lambda tx: hand_back(tx, conversation.id, actor="api"))
        await flow.write(lambda tx: take(tx, "api"))
        await flow.quiet()
        assert len(server.mails) == 2
        assert "es tuya" in server.mails[1]["Subject"]


async def test_rules_tell_a_topic_with_its_fields_and_a_chat(tmp_path: Path) -> None:
    async with amazon() as there, running_chat("slack") as chat, a_team(tmp_path) as flow:
        book = flow.runtime.notifications.rules

        def rules(tx: Tx) -> None:
            book.add(tx, {"channel": "sns", "target": there.topic}, None)
            book.add(tx, {"channel": "slack", "target": chat.url, "occasions": ["waiting"]}, None)

        await flow.write(rules)
        await flow.runtime.notifications.refresh()
        await asks_for_a_person(flow)
        await flow.quiet()
        ((subject, body),) = there.published
        told = json.loads(body)
        conversation = await flow.conversation()
        assert subject == f"WhatsApp Escalation - User {conversation.contact_id}"
        assert list(told) == [
            "user_id",
            "escalation_time",
            "reasons",
            "context_summary",
            "priority",
            "suggested_department",
        ]
        assert told["user_id"] == conversation.contact_id
        assert told["reasons"] == ["Customer asked for a person"]
        assert told["suggested_department"] == "general"
        assert datetime.fromisoformat(told["escalation_time"]).tzinfo is not None
        (posted,) = chat.posted
        assert f"{PUBLIC}/conversations/{conversation.id}" in posted["text"]
        (slack,) = await rows(flow, channel="slack")
        assert "sEcReT" not in slack.address
        assert "summary" not in slack.data


async def test_a_ticket_goes_to_its_departments_address_once(tmp_path: Path) -> None:
    async with with_mail(tmp_path) as (flow, server):
        await asks_for_a_person(flow)
        conversation = await flow.conversation()
        its = Escalation.conversation_id == conversation.id
        waits = await flow.runtime.store.read(
            lambda tx: tx.first(select(Escalation.__table__).where(its))
        )
        assert waits is not None
        given = {
            "key": waits.department,
            "name": "Caja",
            "if_nobody": "ticket",
            "settings": {"ticket_email": "tickets@shop.example"},
        }
        await flow.write(lambda tx: add_department(tx, given, actor="test"))

        def nobody_came(tx: Tx) -> bool:
            return give_up(tx, conversation.id, waits.waiting_since)

        assert [await flow.write(nobody_came) for _ in range(2)] == [True, False]
        await flow.quiet()
        (mail,) = server.mails
        assert mail["To"] == "tickets@shop.example"
        assert mail["Subject"].startswith("Ticket: ")
        assert f"{PUBLIC}/conversations/{conversation.id}" in parts_of(mail)[0]


async def test_supervisors_hear_that_nobody_took_it(tmp_path: Path) -> None:
    async with with_mail(tmp_path) as (flow, server):
        lead = await person(flow, "Eva", role="supervisor")
        mails = {"channels": {"waiting": [], "unclaimed": ["email"]}}
        await flow.write(lambda tx: choose(tx, lead, mails))
        await flow.runtime.notifications.refresh()
        await asks_for_a_person(flow)
        await flow.quiet()
        assert server.mails == []
        conversation = await flow.conversation()
        event = OwnershipChanged(conversation_id=conversation.id, state="waiting", actor="timer")
        for _ in range(2):
            await flow.write(lambda tx: tx.announce(event))
        await flow.quiet()
        (mail,) = server.mails
        assert mail["Subject"].startswith("Nadie tomó")


async def test_a_broken_promise_is_told_to_supervisors_once_for_each_target(
    tmp_path: Path,
) -> None:
    async with with_mail(tmp_path) as (flow, server):
        await person(flow, "Ana")
        lead = await person(flow, "Eva", role="supervisor")
        mails = {"channels": {"waiting": [], "sla_breached": ["email"]}}
        await flow.write(lambda tx: choose(tx, lead, mails))
        await flow.runtime.notifications.refresh()
        await asks_for_a_person(flow)
        await flow.quiet()
        conversation = await flow.conversation()

        def breached(tx: Tx) -> None:
            for target in ("first_reply", "first_reply", "resolution"):
                event = SlaBreached(
                    conversation_id=conversation.id,
                    user_id=conversation.contact_id,
                    escalation_id="0190",
                    target=target,
                    department="general",
                    priority="normal",
                    target_seconds=300.0,
                    due_at="2026-11-29T18:00:00+00:00",
                )
                tx.announce(event)

        await flow.write(breached)
        await flow.quiet()
        told = [it["Subject"] for it in server.mails if it["To"] == "eva@shop.example"]
        found = await rows(flow, occasion="sla_breached")
        assert [(it.recipient, it.state, it.urgent) for it in found] == [(lead, "sent", True)] * 2
        assert told
        assert all("más de lo prometido" in it or it.startswith("2 ") for it in told)
