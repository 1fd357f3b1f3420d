"""The team sees the vendor's templates, fills one in, and sends it; the composer tells the time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from recado.conversations.held import WINDOW
from recado.conversations.messages import append_message
from recado.conversations.model import Conversation, Message
from recado.lines.model import LineRow
from recado.runtime import Runtime
from recado.store import Tx, now
from recado.templates.model import Template
from tests.desk.conftest import DeskUser, browser
from tests.sending.test_window import template_row
from tests.support.conversations import add_conversation

ORDER = [
    {"type": "BODY", "text": "Hola {{1}}, tu pedido está listo"},
    {"type": "FOOTER", "text": "Café Luna"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Ver", "url": "https://x.mx/{{1}}"}]},
]


async def on_whatsapp(
    admin: DeskUser, *, hours_ago: float = 1.0, template: str = "order_ready"
) -> str:
    """A conversation on a WhatsApp line that has a template."""
    lines = admin.runtime.lines
    line = await lines.add("whatsapp", "106540352242922", "Café", {"access_token": "a token"})

    def work(tx: Tx) -> str:
        tx.execute(tx.insert(Template), template_row(line.id, template, ORDER))
        conversation_id = str(add_conversation(tx, line.id, name="Ana"))
        append_message(
            tx, conversation_id, direction="inbound", author="contact", type="text", text="hola"
        )
        tx.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(last_inbound_at=now() - hours_ago * 3600)
        )
        return conversation_id

    return await admin.runtime.store.write(work)


async def outbound(admin: DeskUser) -> Any:
    query = select(Message.__table__).where(Message.direction == "outbound")
    return await admin.runtime.store.read(lambda tx: tx.first(query))


async def test_the_templates_are_listed_by_line_as_a_phone_shows_them(admin: DeskUser) -> None:
    await on_whatsapp(admin)
    page = await admin.page("/templates")
    assert "order_ready" in page
    assert "Hola {{1}}, tu pedido está listo" in page
    assert "Café Luna" in page


async def test_a_synchronisation_that_fails_says_why_on_the_page(admin: DeskUser) -> None:
    await on_whatsapp(admin)
    line_id = await admin.runtime.store.read(
        lambda tx: tx.scalar(select(LineRow.id).where(LineRow.channel == "whatsapp"))
    )
    await admin.post(f"/templates/{line_id}/sync")
    assert "WhatsApp Business account id" in await admin.page("/templates")


async def test_a_template_is_chosen_previewed_and_sent_from_the_conversation(
    admin: DeskUser,
) -> None:
    id = await on_whatsapp(admin, hours_ago=48)
    form = await admin.page(f"/conversations/{id}/template", htmx=True)
    assert 'name="slot:body.1"' in form
    assert 'name="slot:buttons.0"' in form
    filled: Any = {"template": "order_ready|es_MX", "slot:body.1": "Ana"}
    shown = await admin.post(f"/conversations/{id}/template/preview", **filled)
    assert "Hola Ana, tu pedido está listo" in shown.text
    assert "buttons.0 is missing" in shown.text
    with_link: Any = {"slot:buttons.0": "4711"}
    sent = await admin.post(f"/conversations/{id}/template", **filled, **with_link)
    assert sent.status_code == 200
    message = await outbound(admin)
    assert message.type == "template"
    assert message.text == "Hola Ana, tu pedido está listo"
    assert message.content["preview"]["buttons"][0]["url"] == "https://x.mx/4711"


async def test_a_template_into_a_colleagues_conversation_asks_first(
    admin: DeskUser, runtime: Runtime
) -> None:
    id = await on_whatsapp(admin, hours_ago=48)
    async with browser(runtime) as bea:
        hers = await bea.sign_in("supervisor")
        await bea.post(f"/conversations/{id}/takeover")
    filled: Any = {"template": "order_ready|es_MX", "slot:body.1": "Ana", "slot:buttons.0": "4711"}
    asked = await admin.post(f"/conversations/{id}/template", **filled)
    assert (asked.status_code, asked.headers["x-question"]) == (409, hers)
    assert await outbound(admin) is None
    sent = await admin.post(f"/conversations/{id}/template", **filled, taking=hers)
    assert sent.status_code == 200
    assert (await outbound(admin)).type == "template"


async def test_a_template_may_have_any_name_that_its_vendor_lets_it_have(admin: DeskUser) -> None:
    id = await on_whatsapp(admin, template="Café | listo")  # Twilio's friendly names
    filled: Any = {"slot:body.1": "Ana", "slot:buttons.0": "4711"}
    await admin.post(f"/conversations/{id}/template", template="Café | listo|es_MX", **filled)
    assert (await outbound(admin)).content["template"]["name"] == "Café | listo"


async def test_the_composer_says_how_long_one_may_write_and_what_happens_then(
    admin: DeskUser,
) -> None:
    id = await on_whatsapp(admin, hours_ago=1)
    assert "Until then you can write freely" in await admin.page(f"/conversations/{id}")

    def later(tx: Tx) -> None:
        tx.execute(update(Conversation).values(last_inbound_at=now() - 25 * 3600))

    await admin.runtime.store.write(later)
    assert "what you write waits for the contact" in await admin.page(f"/conversations/{id}")


async def test_a_held_message_is_taken_back_with_a_button(admin: DeskUser) -> None:
    id = await on_whatsapp(admin, hours_ago=48)

    def held(tx: Tx) -> str:
        message = append_message(
            tx, id, direction="outbound", author="system", type="text", text="Uno", held=WINDOW
        )
        return str(message["id"])

    message_id = await admin.runtime.store.write(held)
    assert f"/messages/{message_id}/cancel" in await admin.page(f"/conversations/{id}")
    await admin.post(f"/messages/{message_id}/cancel")
    assert (await outbound(admin)).status == "failed"
