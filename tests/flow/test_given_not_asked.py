"""Forms, addresses, carts and wishes get a receipt: what the vendor writes there asks nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from recado.conversations.model import Contact, Conversation
from recado.conversations.ownership import take_over
from recado.conversations.queries import contact_view
from recado.errors import Conflict
from recado.escalation.model import Escalation
from recado.sending.speak import say
from recado.store import Tx
from recado.templates.model import Template
from tests.support.conversations import columns
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import Json, list_reply, message_of, text_message

FORM = {"name": "flow", "body": "Sent", "response_json": '{"comment_text":"Great"}'}
ADDRESS = {"name": "address_message", "body": "Ana\n +910000000000\n 400063", "response_json": {}}
PAYMENT = {"type": "payment_notification", "payment_notification": {"reference_id": "ref_1"}}


UNPAID = {"type": "payment", "payment": {"reference_id": "1", "transaction": {"status": "failed"}}}


def nfm(details: Json) -> Json:
    reply = {"type": "nfm_reply", "nfm_reply": details}
    return message_of("interactive", reply, sender="573001234567")


def thing(type: str, details: Any) -> Json:
    return message_of(type, details, sender="573001234567")


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (nfm(FORM), "Recibí tu formulario, gracias."),
        (nfm(FORM | {"body": "Enviado"}), "Recibí tu formulario, gracias."),
        (nfm(FORM | {"response_json": '{"broken'}), "Recibí tu formulario, gracias."),
        (nfm({"name": "flow", "body": "Response"}), "Recibí tu formulario, gracias."),
        (nfm(ADDRESS), "Recibí tu dirección, gracias."),
        (message_of("interactive", PAYMENT, sender="573001234567"), "Recibí tu pago, gracias."),
        (message_of("interactive", UNPAID, sender="573001234567"), "Recibí tu mensaje, gracias."),
        (thing("event", {"name": "Horario de la panadería"}), "Recibí tu evento, gracias."),
        (thing("location", {"name": "Pan de masa madre"}), "Recibí tu ubicación, gracias."),
        (thing("location", {"latitude": "north"}), "Recibí tu ubicación, gracias."),
        (thing("poll", {"question": {"text": "Which?"}}), "Recibí tu encuesta, gracias."),
        (thing("hologram", {"title": "¿A qué hora abren?"}), "Recibí tu mensaje, gracias."),
        (thing("interactive", {"type": "standby", "standby": {"note": "pan"}}), "Recibí tu mensa"),
        (thing("text", None), "Recibí un mensaje que no puedo leer."),
        (thing("button", None), "Recibí un mensaje que no puedo leer."),
        (list_reply("x", "Zzyzx 9", sender="573001234567"), "Recibí tu respuesta, gracias."),
    ],
    ids=[
        *("form", "in Spanish", "broken", "without", "address", "payment", "unpaid"),
        *("event", "place by name", "odd place", "poll", "named", "described", "null text"),
        *("null button", "row"),
    ],
)
async def test_what_is_given_gets_a_receipt(tmp_path: Path, message: Json, answer: str) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(message)
        (sent,) = await flow.until_sent(1)
        assert sent.startswith(answer)
        assert (await flow.conversation()).state == "bot"


async def test_words_of_a_kind_that_is_not_known_are_answered(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(thing("ephemeral", {"text": "¿a qué hora abren?"}))
        (sent,) = await flow.until_sent(1)
        assert "7" in sent


async def test_a_cart_is_confirmed_and_a_person_has_its_lines_and_total(tmp_path: Path) -> None:
    items = [
        {"product_retailer_id": "PAN-1", "quantity": 2, "item_price": 12.5, "currency": "COP"},
        {"product_retailer_id": "PAN-2", "quantity": "3", "item_price": 10, "currency": "COP"},
    ]
    async with running_flow(tmp_path) as flow:
        order = {"catalog_id": "1", "product_items": items}
        await flow.receive(message_of("order", order, sender="573001234567"))
        (sent,) = await flow.until_sent(1)
        assert sent.startswith("Recibí tu pedido, gracias. Te estoy pasando con una persona")
        summary = await flow.runtime.store.read(lambda tx: tx.scalar(select(Escalation.summary)))
        for told in ("2 × PAN-1", "3 × PAN-2", "total 55 COP"):
            assert told in str(summary)


async def opted_out(flow: Flow) -> bool:
    def work(tx: Any) -> bool:
        return contact_view(tx, tx.scalar(select(Contact.id))).marketing_opt_out

    return await flow.runtime.store.read(work)


async def test_whoever_stops_marketing_is_confirmed_and_gets_none(tmp_path: Path) -> None:
    button = {"payload": "Unsubscribe", "text": "Unsubscribe"}
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola", sender="573001234567"))
        await flow.until_sent(1)
        await flow.receive(message_of("button", button, sender="573001234567"))
        assert (await flow.until_sent(2))[1].startswith("Listo: no te enviaremos más promociones")
        assert await opted_out(flow)

        await add_template(flow, "marketing")
        with pytest.raises(Conflict, match="stopped marketing"):
            await flow.write(lambda tx: offer(tx, flow))
        await add_template(flow, "utility")
        await flow.write(lambda tx: offer(tx, flow))
        await flow.receive(text_message("alta", sender="573001234567"))
        await flow.quiet()
        assert "Listo: volverás a recibir nuestras promociones" in str(
            [item.body for item in flow.graph.received]
        )
        assert not await opted_out(flow)


def offer(tx: Tx, flow: Flow) -> None:
    """The template `oferta` is queued, as a program would."""
    say(
        tx,
        flow.runtime,
        str(tx.scalar(select(Conversation.id))),
        text="",
        type="template",
        content={"template": {"name": "oferta", "language": "es"}},
        actor="api",
        user_id=None,
        author="system",
    )


async def add_template(flow: Flow, category: str) -> None:
    (line,) = [it for it in await flow.runtime.lines.all() if it.channel == "whatsapp"]
    row = columns(Template, id=category, line_id=line.id, name="oferta", language="es")
    row |= {"category": category, "status": "approved", "components": []}
    row |= {"components": [{"type": "BODY", "text": "¡Oferta!"}]}

    def work(tx: Any) -> None:
        tx.execute(Template.__table__.delete())  # type: ignore[attr-defined]
        tx.execute(tx.insert(Template), row)

    await flow.write(work)


async def test_marketing_that_was_queued_before_the_stop_waits(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola", sender="573001234567"))
        await flow.until_sent(1)
        await flow.quiet()
        await flow.stop_workers()
        await add_template(flow, "marketing")

        await flow.write(lambda tx: offer(tx, flow))
        stop = update(Contact).values(attributes={"marketing": "stopped"})
        await flow.write(lambda tx: tx.execute(stop))
        await flow.start_workers()
        await flow.quiet()
        (held,) = await flow.messages(type="template")
        assert held.held
        assert held.route["why"] == "marketing_stopped"
        await flow.receive(text_message("¿a qué hora abren?", sender="573001234567"))
        await flow.until_sent(2)
        await flow.quiet()
        (held,) = await flow.messages(type="template")
        assert held.held  # writing does not release it
        await flow.receive(text_message("START", sender="573001234567"))
        await flow.quiet()
        (sent,) = await flow.messages(type="template")
        assert sent.status == "sent"


async def test_a_person_who_has_the_word_is_not_talked_over(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola", sender="573001234567"))
        await flow.until_sent(1)
        id = (await flow.conversation()).id
        await flow.write(lambda tx: take_over(tx, id, actor="user:ana"))
        await flow.receive(text_message("no quiero más mensajes", sender="573001234567"))
        await flow.quiet()
        assert len(flow.sent) == 1
        assert await opted_out(flow)


async def test_no_model_is_asked_about_a_wish(tmp_path: Path) -> None:
    model = ScriptedModel()
    async with running_flow(tmp_path) as flow:
        flow.runtime.models.use(flow.runtime.settings.model, model)
        await flow.receive(text_message("SAIR", sender="5511987654321"))
        (sent,) = await flow.until_sent(1)
        assert sent.startswith("Pronto: não enviaremos mais promoções")
        assert not model.questions
