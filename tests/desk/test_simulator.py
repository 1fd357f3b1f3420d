"""The simulator's phone goes the way of every phone: through the queues."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from sqlalchemy import update

from recado.channels.messages import Identity, InboundMessage
from recado.conversations.model import ContactIdentity
from recado.conversations.queries import list_messages
from recado.jobs import STATUSES
from recado.runtime import Runtime
from recado.store import Tx
from tests.desk.conftest import DeskUser
from tests.support.screenshots import PDF, photo

PERSON: dict[str, Any] = {"person": "sim-0a1b2c", "name": "Lucía"}


@pytest.fixture
async def line_id(runtime: Runtime) -> str:
    line = await runtime.lines.at("web", "simulator")
    assert line is not None
    return line.id


async def add_simulated(admin: DeskUser, line_id: str) -> str:
    id = await admin.add_conversation(identities=(("provider", PERSON["person"]),))

    def scope(tx: Tx) -> None:
        tx.execute(update(ContactIdentity).values(scope=line_id))

    await admin.runtime.store.write(scope)
    return id


async def test_what_is_written_becomes_an_inbound_message(admin: DeskUser) -> None:
    response = await admin.post("/simulator/messages", text=" hola 🙂 ", **PERSON)
    assert response.status_code == 204
    (item,) = await admin.inbound_items()
    assert isinstance(item, InboundMessage)
    assert (item.channel, item.line_address, item.type) == ("web", "simulator", "text")
    assert (item.text, item.sender.name) == ("hola 🙂", "Lucía")
    assert item.sender.identities == (Identity("provider", "sim-0a1b2c"),)
    assert re.fullmatch(r"web\.[0-9a-f]{32}", item.provider_message_id)


async def test_a_burst_waits_in_one_lane_in_its_order(admin: DeskUser) -> None:
    for text in ("hola", "una pregunta", "¿abren hoy?"):
        await admin.post("/simulator/messages", text=text, **PERSON)
    items = await admin.inbound_items()
    assert [item.text for item in items if isinstance(item, InboundMessage)] == [
        "hola",
        "una pregunta",
        "¿abren hoy?",
    ]
    assert len({item.lane for item in items}) == 1
    ids = {item.provider_message_id for item in items if isinstance(item, InboundMessage)}
    assert len(ids) == 3


async def test_a_tap_is_told_with_the_button_it_belongs_to(admin: DeskUser) -> None:
    await admin.post(
        "/simulator/messages",
        kind="tap",
        details='{"id": "yes", "title": "Sí"}',
        reply_to="web.123",
        **PERSON,
    )
    (item,) = await admin.inbound_items()
    assert isinstance(item, InboundMessage)
    assert (item.type, item.reply_to) == ("interactive", "web.123")
    assert item.content == {"reply": {"id": "yes", "title": "Sí"}}


@pytest.mark.parametrize(
    ("kind", "file", "mime_type"),
    [
        ("image", ("torta.jpg", photo(), "image/jpeg"), "image/jpeg"),
        ("document", ("menú.pdf", PDF, "application/pdf"), "application/pdf"),
    ],
)
async def test_a_file_is_stored_before_its_message_goes_on_its_way(
    admin: DeskUser, kind: str, file: tuple[str, bytes, str], mime_type: str
) -> None:
    response = await admin.post(
        "/simulator/messages", files={"file": file}, kind=kind, text="mira", **PERSON
    )
    assert response.status_code == 204
    (item,) = await admin.inbound_items()
    assert isinstance(item, InboundMessage)
    assert response.headers["x-message-id"] == item.provider_message_id
    assert (item.type, item.text) == (kind, "mira")
    media = item.content["media"]
    assert (media["mime_type"], media["size_bytes"]) == (mime_type, len(file[1]))
    stored = await admin.get(f"/media/{media['media_id']}")
    assert stored.content == file[1]


@pytest.mark.parametrize(
    ("kind", "details", "type", "content"),
    [
        ("reaction", {"emoji": "👍"}, "reaction", {"message_id": "web.1", "emoji": "👍"}),
        ("revoke", {}, "revoke", {"message_id": "web.1"}),
    ],
)
async def test_a_reaction_and_a_deletion_name_their_message(
    admin: DeskUser, kind: str, details: dict[str, Any], type: str, content: dict[str, Any]
) -> None:
    await admin.post(
        "/simulator/messages", kind=kind, details=json.dumps(details), reply_to="web.1", **PERSON
    )
    (item,) = await admin.inbound_items()
    assert isinstance(item, InboundMessage)
    assert (item.type, item.reply_to) == (type, "web.1")
    assert list(item.content.values()) == [content]


async def test_what_is_no_picture_does_not_go_as_one(admin: DeskUser) -> None:
    for name, data in (("x.jpg", b"#!/bin/sh\nrm"), ("x.jpg", PDF)):
        response = await admin.post(
            "/simulator/messages",
            files={"file": (name, data, "image/jpeg")},
            kind="image",
            **PERSON,
        )
        assert response.status_code in {415, 422}
    assert await admin.inbound_items() == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": "  ", **PERSON}, 422),
        ({"text": "x" * 4097, **PERSON}, 422),
        ({"kind": "hologram", "text": "x", **PERSON}, 422),
        ({"kind": "image", **PERSON}, 422),
        ({"kind": "location", "details": "[", **PERSON}, 400),
        ({"kind": "location", "details": "[]", **PERSON}, 400),
        ({"kind": "reaction", "details": '{"emoji": "👍"}', **PERSON}, 422),
        ({"text": "hola", "person": "", "name": "X"}, 400),
        ({"text": "hola", "person": "../../x", "name": "X"}, 400),
        ({"text": "hola", "person": "x" * 41, "name": "X"}, 400),
    ],
)
async def test_what_makes_no_message_is_refused(
    admin: DeskUser, fields: dict[str, Any], status: int
) -> None:
    response = await admin.post("/simulator/messages", **fields)
    assert response.status_code == status
    assert await admin.inbound_items() == []


async def test_the_phone_shows_the_contacts_side(admin: DeskUser, line_id: str) -> None:
    id = await add_simulated(admin, line_id)
    await admin.add_message(id, "hola", provider_message_id="web.1")
    sent = {"inbound": False, "status": "sent", "provider_message_id": "web.2"}
    content = {"interactive": {"type": "button", "buttons": [{"id": "y", "title": "Sí, claro"}]}}
    await admin.add_message(id, "¿Reservo?", type="interactive", content=content, **sent)
    await admin.add_message(id, "aún no sale", inbound=False, status="queued")
    await admin.add_message(id, "no salió", inbound=False, status="failed")

    phone = await admin.page("/simulator/phone?person=sim-0a1b2c", htmx=True)
    assert 'data-provider-id="web.1"' in phone
    assert 'data-say="tap" data-message="web.2"' in phone
    assert "aún no sale" not in phone
    assert "no salió" not in phone
    page = await admin.page("/simulator")
    assert f'data-conversation="{id}"' in page  # the last who wrote, with the team's view beside
    assert "no salió" in page


async def test_a_phone_that_is_looked_at_reports_what_it_read(
    admin: DeskUser, line_id: str
) -> None:
    id = await add_simulated(admin, line_id)
    for n, status in enumerate(("sent", "delivered", "read", "queued", "failed")):
        await admin.add_message(
            id, "hola", inbound=False, status=status, provider_message_id=f"web.{n}"
        )
    await admin.post("/simulator/receipts", person=PERSON["person"], status="read")
    jobs = await admin.runtime.queue.receive(STATUSES.spec, 10, 0)
    told = sorted((STATUSES.body(job) for job in jobs), key=lambda s: s.provider_message_id)
    assert [(s.provider_message_id, s.status) for s in told] == [
        ("web.0", "read"),
        ("web.1", "read"),
    ]
    messages = await admin.runtime.store.read(lambda tx: list_messages(tx, id))
    assert told[0].callback_data == messages[0].id
    for job in jobs:
        await admin.runtime.queue.ack(job)

    await admin.post("/simulator/receipts", person=PERSON["person"], status="delivered")
    (job,) = await admin.runtime.queue.receive(STATUSES.spec, 10, 0)
    assert STATUSES.body(job).provider_message_id == "web.0"


async def test_anybody_can_be_simulated(admin: DeskUser) -> None:
    response = await admin.get("/simulator/new?name=Do%C3%B1a%20Inés%20%3Cb%3E")
    page = await admin.page(response.headers["location"])
    assert "Doña Inés <b>" in html.unescape(page)
    assert "<b>" not in page.split("<main")[1].split("phone-composer")[0]
    unnamed = await admin.get("/simulator/new")
    assert "name=" in unnamed.headers["location"]


async def test_before_the_first_message_there_is_nothing_for_the_team(admin: DeskUser) -> None:
    response = await admin.get("/simulator/view?person=sim-nobody", htmx=True)
    assert response.status_code == 204
    assert "Here the team sees the conversation" in await admin.page("/simulator")
